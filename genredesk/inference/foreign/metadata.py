"""What a publisher says of a graph: Essentia's JSON, or a small one of our own.

Both lie beside the graph under its name (``NAME.onnx``, ``NAME.json``). Ours has these keys, all of
which may be missing::

    {"title": "…", "license": "…", "link": "…",
     "frontend": "effnet-mel" | {"kind": "waveform", "sample_rate": 32000, "samples": 320000} | {…},
     "classes": ["…"], "task": "one" | "several",
     "outputs": {"predictions": "…", "embeddings": "…"}}

``frontend`` is a name of ``features/foreign.py:FRONTENDS``, a waveform, or a whole table as a card
has it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.core.names import sentence
from genredesk.features.foreign import FRONTENDS, waveform
from genredesk.features.spec import FrontendSpec
from genredesk.inference.card import Task

_MAX_BYTES = 4 << 20
_MOST_METRICS = 12

HEAD = "TensorflowPredict2D"
"""Essentia's algorithm of a network that takes another one's embedding."""

_ALGORITHMS = {
    "TensorflowPredictEffnetDiscogs": ("effnet-mel",),
    "TensorflowPredictMusiCNN": ("essentia-musicnn-mel",),
    "TensorflowPredictMAEST": ("maest-mel-30s", "maest-mel-20s", "maest-mel-10s", "maest-mel-5s"),
    "TensorflowPredictVGGish": ("essentia-vggish-mel",),
}
"""Front ends of Essentia's algorithms; of several the graph's shape decides."""

_ESSENTIA = "CC BY-NC-SA 4.0, not for commercial use (as Essentia licenses its models)"
UNSAID = "not stated by its publisher"


@dataclass(frozen=True, slots=True)
class ForeignMetadata:
    """What is known of a graph before it is opened.

    Parameters
    ----------
    frontends
        Which it may be; none where it is not said.
    head
        Whether it takes another network's embedding.
    task
        Whether one or several labels may hold; ``None`` where it is not said.
    predictions, embeddings
        Names of the graph's outputs, the likeliest first.
    published
        The publisher's own numbers and words, as sentences.
    """

    title: str = ""
    frontends: tuple[FrontendSpec, ...] = ()
    head: bool = False
    labels: tuple[str, ...] = ()
    task: Task | None = None
    predictions: tuple[str, ...] = ("activations", "predictions")
    embeddings: tuple[str, ...] = ("embeddings", "embedding")
    licence: str = UNSAID
    data: str = ""
    published: str = ""


def beside(model: Path) -> Path | None:
    """Return the JSON of the same name, where there is one."""
    file = model.with_suffix(".json")
    return file if file.is_file() else None


def read(path: Path | None) -> ForeignMetadata:
    """Read what lies beside a graph; nothing is known without.

    Raises
    ------
    BundleError
        Names the file and says what is wrong with it.
    """
    if path is None:
        return ForeignMetadata()
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BundleError(
                say("{path}: it is too large for a description of a model.", path=path.name)
            )
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BundleError(
            say("{path}: it cannot be read ({strerror}).", path=path.name, strerror=error.strerror)
        ) from error
    except (ValueError, RecursionError) as error:
        raise BundleError(say("{path}: it is not JSON. Get it again.", path=path.name)) from error
    if not isinstance(raw, dict):
        raise BundleError(
            say("{path}: it describes no model. Get the one that belongs to it.", path=path.name)
        )
    table = cast("dict[str, Any]", raw)
    try:
        return _essentia(table) if "schema" in table or "inference" in table else _ours(table)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise BundleError(
            say(
                "{path}: it does not describe a model as Essentia or GenreDesk do ({reason}).",
                path=path.name,
                reason=error,
            )
        ) from error
    except BundleError as error:
        raise BundleError(f"{path.name}: {error}") from error


def _text(table: Mapping[str, Any], *names: str) -> str:
    found = next((table[name] for name in names if isinstance(table.get(name), str)), "")
    return sentence(cast("str", found)[:2000]).strip()


def _labels(value: object) -> tuple[str, ...]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(sentence(str(item)).strip() for item in items)


def _essentia(table: Mapping[str, Any]) -> ForeignMetadata:
    """Read Essentia's metadata (essentia.upf.edu/models)."""
    schema: dict[str, Any] = table.get("schema") or {}
    inference: dict[str, Any] = table.get("inference") or {}
    outputs: list[dict[str, Any]] = [dict(out) for out in schema.get("outputs", [])]
    purposes = {
        purpose: [out for out in outputs if out.get("output_purpose") == purpose]
        for purpose in ("predictions", "embeddings")
    }
    ops = {str(out.get("op")) for out in purposes["predictions"]}
    tasks: dict[str, Task] = {"Sigmoid": "several", "Softmax": "one"}
    algorithm = str(inference.get("algorithm", ""))
    said = ForeignMetadata(
        title=_text(table, "name"),
        frontends=tuple(FRONTENDS[name] for name in _ALGORITHMS.get(algorithm, ())),
        head=algorithm == HEAD or "embedding_model" in inference,
        labels=_labels(table.get("classes")),
        task=next((tasks[op] for op in sorted(ops) if op in tasks), None),
        licence=_text(table, "license", "licence") or _ESSENTIA,
    )
    named = {
        purpose: tuple(str(out.get("name")) for out in outs) for purpose, outs in purposes.items()
    }
    return replace(
        said,
        predictions=(*said.predictions, *named["predictions"]),
        embeddings=(*said.embeddings, *named["embeddings"]),
        data=_dataset(table),
        published=_published(table),
    )


def _dataset(table: Mapping[str, Any]) -> str:
    dataset = table.get("dataset")
    return _text(cast("dict[str, Any]", dataset), "name") if isinstance(dataset, dict) else ""


def _published(table: Mapping[str, Any]) -> str:
    """Return the publisher's numbers as theirs: they were not measured here."""
    dataset = table.get("dataset")
    metrics = cast("dict[str, Any]", dataset).get("metrics") if isinstance(dataset, dict) else None
    parts: list[str] = []
    if isinstance(metrics, dict):
        for name, value in list(cast("dict[str, Any]", metrics).items())[:_MOST_METRICS]:
            parts.append(f"{sentence(str(name))} {sentence(str(value))[:80]}")
    said = [f"By its publisher, not measured here: {', '.join(parts)}."] if parts else []
    said += [f"{label}: {text}" for label, name in (("Author", "author"), ("Link", "link"))
             if (text := _text(table, name))]  # fmt: skip
    return " ".join([_text(table, "description"), *said]).strip()


def _ours(table: Mapping[str, Any]) -> ForeignMetadata:
    known = {"title", "license", "link", "frontend", "classes", "task", "outputs", "data"}
    if unknown := sorted(set(table) - known):
        raise BundleError(
            say(
                "it has an unknown “{unknown}”; known are {known}.",
                unknown=unknown[0],
                known=", ".join(sorted(known)),
            )
        )
    task = table.get("task")
    if task not in {None, "one", "several"}:
        raise BundleError(say("its task “{task}” is neither “one” nor “several”.", task=task))
    outputs = dict(table.get("outputs") or {})
    said = ForeignMetadata()
    first = {
        key: (str(outputs[key]),) if key in outputs else () for key in ("predictions", "embeddings")
    }
    link = _text(table, "link")
    return replace(
        said,
        title=_text(table, "title"),
        frontends=(frontend(table["frontend"]),) if "frontend" in table else (),
        labels=_labels(table.get("classes")),
        task=cast("Task | None", task),
        predictions=(*first["predictions"], *said.predictions),
        embeddings=(*first["embeddings"], *said.embeddings),
        licence=_text(table, "license") or UNSAID,
        data=_text(table, "data"),
        published=f"Link: {link}" if link else "",
    )


def frontend(value: object) -> FrontendSpec:
    """Read a front end: its name, a waveform, or a whole table.

    Raises
    ------
    BundleError
        With the names that are known.
    """
    if isinstance(value, str):
        if value not in FRONTENDS:
            raise BundleError(
                say(
                    "there is no front end “{value}”. Choose one of: {frontends}.",
                    value=value[:60],
                    frontends=", ".join(FRONTENDS),
                )
            )
        return FRONTENDS[value]
    if isinstance(value, dict) and "samples" in value:
        table = cast("dict[str, Any]", value)
        return waveform(int(table["sample_rate"]), int(table["samples"]))
    return FrontendSpec.from_dict(cast("object", value))
