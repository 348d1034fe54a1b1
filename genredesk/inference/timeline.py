"""A file's answers, window by window, as text for other programs: CSV and JSON.

Pure functions; who calls them decides where the text goes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from genredesk.core.scores import Scores
from genredesk.inference.stretches import Merger, Stretch
from genredesk.inference.track import TrackResult


def stretches(scores: Iterable[Scores]) -> list[Stretch]:
    """Merge overlapping windows, each by what it says itself, into stretches."""
    merger = Merger()
    for one in scores:
        merger.add(one.start, one.end, one.state, one.named, one.shares)
    return merger.stretches


def scores_csv(scores: Sequence[Scores]) -> str:
    """Return one line a window: start, end, state, level and a column for every label."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    labels = scores[0].labels if scores else ()
    writer.writerow(["start", "end", "state", "level_dbfs", *labels])
    for s in scores:
        row = [f"{s.start:.3f}", f"{s.end:.3f}", s.state.value, f"{s.level_dbfs:.1f}"]
        writer.writerow(row + [f"{p:.4f}" for p in s.probabilities])
    return text.getvalue()


def window_as_dict(scores: Scores) -> dict[str, Any]:
    """Return one window as it is written to JSON."""
    return {
        "start": round(scores.start, 3),
        "end": round(scores.end, 3),
        "state": scores.state.value,
        "scores": {label: round(p, 6) for label, p in scores.as_dict().items()},
    }


def result_as_dict(result: TrackResult) -> dict[str, Any]:
    """Return everything about a file, ready for ``json.dumps``."""
    label, share = result.majority
    decision = result.decision
    return {
        "file": str(result.path),
        "seconds": round(result.seconds, 3),
        "bundle": result.bundle_id,
        "device": result.device,
        "windows": [window_as_dict(s) for s in result.scores],
        "decision": {
            "label": decision.label,
            "score": round(decision.score, 6),
            "state": decision.state or "",
            "named": list(decision.named),
            **({"also": list(decision.also)} if decision.also else {}),
        },
        "majority": {"label": label, "share": round(share, 6)},
        "elapsed_s": round(result.elapsed_s, 4),
        "realtime_factor": round(result.realtime_factor, 1),
    }


def scores_json(result: TrackResult) -> str:
    """Return :func:`result_as_dict` as indented JSON text."""
    return json.dumps(result_as_dict(result), indent=2, ensure_ascii=False) + "\n"
