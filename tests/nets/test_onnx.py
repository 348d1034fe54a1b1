"""Export: ONNX Runtime answers as torch does, for any batch, raw front-end features in."""

from __future__ import annotations

import functools
import io
import logging
import warnings

import numpy as np
import onnxruntime
import pytest
import torch
import warm

from genredesk.features.frontend import LIVE_MEL
from genredesk.nets import registry
from genredesk.nets.standardise import Standardised

SLOW = ("kth-mel3", "densenet121", "mobilenet-v2", "vae", "edge-2x2")
HEAVY = ("densenet121", "mobilenet-v2", "vae")
"""Exported once, on the papers' own shape: their graphs are long."""


@pytest.fixture(scope="module", autouse=True)
def _quick_exports() -> None:
    warm.read_exporters_table_once()


def graphs():
    """One name per graph: variants that differ in the numbers inside alone are left out."""
    seen = {}
    for name in registry.names():
        spec = registry.get(name)
        options = spec.build.keywords if isinstance(spec.build, functools.partial) else {}
        make = getattr(spec.build, "func", spec.build)
        if name == "vae-2" or name.endswith("-130"):
            continue
        seen.setdefault((make, repr(options)), name)
    return list(seen.values())


def exported(net, shape) -> onnxruntime.InferenceSession:
    example = (torch.zeros(2, *shape),)
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)  # it regrets that torchvision is not installed
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's exporter calls its own deprecated names
            program = torch.onnx.export(
                net,
                example,
                dynamo=True,
                verbose=False,
                input_names=["features"],
                output_names=["logits", "embedding"],
                dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=1 << 16)},),
            )
    finally:
        log.setLevel(level)
    buffer = io.BytesIO()
    program.save(buffer)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        buffer.getvalue(), options, providers=["CPUExecutionProvider"]
    )


def check(name, shape, n_classes, batches=(1, 3)):
    net = registry.get(name).build(*shape, n_classes)
    # running statistics as after some training, so that batch norms are no identity
    net.train()
    with torch.no_grad():
        net(torch.randn(4, *shape))
    mean, std = np.linspace(-3, 3, shape[1]), np.linspace(1, 2, shape[1])
    wrapped = Standardised(net, mean, std).eval()
    session = exported(wrapped, shape)
    assert [i.name for i in session.get_inputs()] == ["features"]
    assert [o.name for o in session.get_outputs()] == ["logits", "embedding"]
    for batch in batches:
        x = torch.randn(batch, *shape)
        with torch.inference_mode():
            expected = wrapped(x)
        got = session.run(None, {"features": x.numpy()})
        for ours, theirs in zip(got, expected, strict=True):
            np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in graphs()],
)
def test_parity_on_the_papers_shape(name):
    check(name, registry.get(name).shape, 10, (1,) if name in SLOW else (1, 3))


@pytest.mark.parametrize(
    "name",
    [f.name for f in registry.families() if f.name not in HEAVY and f.shape != LIVE_MEL.shape],
)
def test_parity_on_the_live_front_end(name):
    check(name, LIVE_MEL.shape, 3)
