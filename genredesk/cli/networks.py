"""List every network that can be trained: its paper, its size, its input and how fast it is.

The times are those of one window on one processor thread, the front end not counted: in ONNX
Runtime, where models in use run, and in torch, as it is trained. --no-timing leaves them out.
"""

from __future__ import annotations

import argparse
import json
import os

from genredesk.cli import _progress, _tables
from genredesk.core.messages import mark, number, say
from genredesk.nets import registry
from genredesk.nets.spec import NetSpec


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument("names", nargs="*", metavar="NETWORK", help=say("these only"))
    parser.add_argument("--json", action="store_true", help=say("write a JSON list"))
    parser.add_argument("--no-timing", action="store_true", help=say("do not build and time them"))


def run(args: argparse.Namespace) -> int:
    """Time the networks that are asked for and list them; return 0."""
    # Before torch is loaded: one thread, as in live use.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    names = args.names or registry.names()
    entries = []
    with _progress.bar(say("Timing the networks")) as context:
        for i, name in enumerate(names):
            context.progress(i, len(names), name)
            spec = registry.get(name)
            entries.append(describe(spec, timed=not args.no_timing))
    if args.json:
        print(json.dumps(entries, indent=2, ensure_ascii=False))
    else:
        _table(entries)
    return 0


def describe(spec: NetSpec, *, timed: bool) -> dict[str, object]:
    """Return what the list shows of one network, ready for JSON."""
    took = _times(spec) if timed else (None, None)
    return {
        "name": spec.name,
        "title": spec.title,
        "paper": spec.paper,
        "parameters": spec.parameters,
        "frontend": spec.frontend_name,
        "shape": list(spec.shape),
        "window_s": round(spec.frontend.window_s, 3),
        "ms_per_window": took[0],
        "ms_in_torch": took[1],
        "recipe": spec.recipe,
    }


def _times(spec: NetSpec) -> tuple[float, float]:
    """Return milliseconds of one window in ONNX Runtime and in torch."""
    from genredesk.training.export import speed  # noqa: PLC0415 - heavy

    found = speed.times(spec)
    return round(found.onnx_ms, 3), round(found.torch_ms, 3)


def _time(ms: object) -> str:
    return say("{ms:.1f} ms", ms=ms) if isinstance(ms, float) else say("not timed")


def _table(entries: list[dict[str, object]]) -> None:
    headings = (
        mark("network"),
        mark("paper"),
        mark("parameters"),
        mark("front end"),
        mark("input"),
        mark("window"),
        mark("takes"),
        mark("in torch"),
    )
    rows = []
    for entry in entries:
        shape, took = entry["shape"], (entry["ms_per_window"], entry["ms_in_torch"])
        rows.append((
            str(entry["name"]),
            str(entry["paper"]),
            number(entry["parameters"], ","),
            str(entry["frontend"]),
            "×".join(str(n) for n in shape) if isinstance(shape, list) else "",
            f"{number(entry['window_s'], 'g')} s",
            *map(_time, took),
        ))  # fmt: skip
    _tables.show(
        headings, rows, right=("parameters", "window", "takes", "in torch"), whole=headings,
        spare=("in torch", "input", "window", "paper", "front end", "takes"),
    )  # fmt: skip
