"""Graphs of published families' shapes, small and with random weights, written by the test."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

STYLES = tuple(
    f"{parent}---{child}"
    for parent in ("Electronic", "Rock", "Jazz", "Hip Hop")
    for child in (f"Style {i}" for i in range(100))
)


def save(path: Path, nodes: list, constants: dict, takes: tuple, gives: dict, **more) -> Path:
    kind = more.get("kind", TensorProto.FLOAT)
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info(takes[0], more.get("input_kind", kind), takes[1])],
        [helper.make_tensor_value_info(name, kind, shape) for name, shape in gives.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", more.get("opset", 13)), *more.get("domains", [])]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=more.get("ir", 8))
    path.write_bytes(model.SerializeToString())
    return path


def effnet(folder: Path, name: str = "discogs-effnet-bsdynamic-1", **more) -> Path:
    """Mean over time, 1,280 numbers, 400 sigmoid styles."""
    rng = np.random.default_rng(1)
    dtype = more.pop("dtype", np.float32)
    frames, batch = more.pop("frames", 128), more.pop("batch", "n")
    first, second = rng.normal(0, 0.3, (96, 1280)), rng.normal(0, 0.1, (1280, 400))
    nodes = [
        helper.make_node("ReduceMean", ["melspectrogram"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["mean", "first"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["embeddings"]),
        helper.make_node("MatMul", ["embeddings", "second"], ["scores"]),
        helper.make_node(more.pop("end", "Sigmoid"), ["scores"], ["activations"]),
    ]
    file = save(
        folder / f"{name}.onnx", nodes,
        {"first": first.astype(dtype), "second": second.astype(dtype)},
        ("melspectrogram", [batch, frames, 96]),
        {"activations": [batch, 400], "embeddings": [batch, 1280]}, **more,
    )  # fmt: skip
    describe(file, STYLES, "TensorflowPredictEffnetDiscogs", "Sigmoid")
    return file


def head(folder: Path, name: str, classes: tuple[str, ...], end: str, width: int = 1280) -> Path:
    weight = np.random.default_rng(len(classes)).normal(0, 0.1, (width, len(classes)))
    nodes = [
        helper.make_node("MatMul", ["embeddings", "w"], ["scores"]),
        helper.make_node(end, ["scores"], ["activations"]),
    ]
    file = save(
        folder / f"{name}.onnx", nodes, {"w": weight.astype("f4")},
        ("embeddings", ["n", width]), {"activations": ["n", len(classes)]},
    )  # fmt: skip
    describe(file, classes, "TensorflowPredict2D", end)
    return file


def describe(file: Path, classes: tuple[str, ...], algorithm: str, op: str) -> None:
    outputs = [
        {"name": "PartitionedCall:0", "op": op, "output_purpose": "predictions"},
        {"name": "PartitionedCall:1", "op": "Flatten", "output_purpose": "embeddings"},
    ]
    text = {
        "name": file.stem.replace("-", " "), "type": "classifier", "author": "Somebody",
        "classes": list(classes),
        "dataset": {"name": "Discogs-4M", "size": "4M", "metrics": {"ROC-AUC": 0.95}},
        "schema": {"inputs": [], "outputs": outputs},
        "inference": {"sample_rate": 16000, "algorithm": algorithm},
    }  # fmt: skip
    file.with_suffix(".json").write_text(json.dumps(text), encoding="utf-8")
