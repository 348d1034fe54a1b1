"""A file's answers as text for other programs: CSV, JSON, and labels for Audacity.

Pure functions; who calls them decides where the text goes.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from genredesk.core import certainty
from genredesk.core.certainty import Strength
from genredesk.core.scores import Scores
from genredesk.inference.track import TrackResult


@dataclass(frozen=True, slots=True)
class TimelineSpan:
    """A stretch of a file with one answer, in seconds; ``named`` are the genres of its word."""

    start: float
    end: float
    state: Strength
    named: tuple[str, ...]

    @property
    def word(self) -> str:
        """What a person reads."""
        return certainty.word(self.state, self.named)


def runs(scores: Sequence[Scores]) -> list[TimelineSpan]:
    """Merge overlapping windows into stretches without holes or overlaps.

    A window speaks for the time around its middle: the border between two neighbours lies half
    way between their middles.
    """
    merged: list[TimelineSpan] = []
    for i, window in enumerate(scores):
        start = window.start if i == 0 else _border(scores[i - 1], window)
        end = window.end if i + 1 == len(scores) else _border(window, scores[i + 1])
        named = window.named
        last = merged[-1] if merged else None
        if last is not None and (last.state, last.named) == (window.state, named):
            merged[-1] = TimelineSpan(last.start, end, last.state, last.named)
        else:
            merged.append(TimelineSpan(start, end, window.state, named))
    return merged


def _border(a: Scores, b: Scores) -> float:
    return (a.start + a.end + b.start + b.end) / 4


def audacity_labels(scores: Sequence[Scores]) -> str:
    r"""Return an Audacity label track: ``start\tend\tlabel`` a line, seconds with six decimals."""
    lines = []
    for run in runs(scores):
        text = run.word.replace("\t", " ").replace("\n", " ")
        lines.append(f"{run.start:.6f}\t{run.end:.6f}\t{text}\n")
    return "".join(lines)


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
