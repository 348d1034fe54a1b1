"""List every network that can be trained: its paper, its size, what it hears and how fast it is.

The time is that of one window in torch on one processor thread, the front end not counted; models
in use run in ONNX Runtime, which is about twice as fast. --no-timing leaves it out.
"""

from __future__ import annotations

import argparse
import json
import os
import time

from genredesk.cli import _progress, _tables
from genredesk.nets import registry
from genredesk.nets.spec import NetSpec

_REPEATS = 9
_FEWEST = 3
_ENOUGH_S = 2.0
"""Of a slow network no more windows are timed after so long."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument("names", nargs="*", metavar="NETWORK", help="these only")
    parser.add_argument("--json", action="store_true", help="write a JSON list")
    parser.add_argument("--no-timing", action="store_true", help="do not build and time them")


def run(args: argparse.Namespace) -> int:
    """List them."""
    # Before torch is loaded: one thread, as in live use.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    names = args.names or registry.names()
    entries = []
    with _progress.bar("Timing the networks") as context:
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
    return {
        "name": spec.name,
        "title": spec.title,
        "paper": spec.paper,
        "parameters": spec.parameters,
        "frontend": spec.frontend_name,
        "shape": list(spec.shape),
        "window_s": round(spec.frontend.window_s, 3),
        "ms_per_window": round(ms_per_window(spec), 3) if timed else None,
        "recipe": spec.recipe,
    }


def ms_per_window(spec: NetSpec) -> float:
    """Return the time of one window at the paper's shape, in milliseconds.

    The shortest of several: what else the machine does only makes it longer.
    """
    net = spec.build(*spec.shape, spec.n_classes).eval().requires_grad_(False)
    window = next(net.parameters()).new_zeros((1, *spec.shape))
    times: list[float] = []
    while len(times) < _REPEATS and (len(times) < _FEWEST or sum(times) < _ENOUGH_S):
        begin = time.perf_counter()
        net(window)
        times.append(time.perf_counter() - begin)
    return 1000 * min(times)


def _table(entries: list[dict[str, object]]) -> None:
    headings = ("network", "paper", "parameters", "front end", "input", "window", "takes")
    rows = []
    for entry in entries:
        shape, took = entry["shape"], entry["ms_per_window"]
        rows.append((
            str(entry["name"]),
            str(entry["paper"]),
            f"{entry['parameters']:,}",
            str(entry["frontend"]),
            "×".join(str(n) for n in shape) if isinstance(shape, list) else "",
            f"{entry['window_s']} s",
            f"{took:.1f} ms" if isinstance(took, float) else "not timed",
        ))  # fmt: skip
    _tables.show(
        headings, rows, right=("parameters", "window", "takes"), whole=headings,
        spare=("input", "window", "paper", "front end", "takes"),
    )  # fmt: skip
