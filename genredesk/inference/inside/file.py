"""What the answer to a file hangs on, in the window that speaks for it most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from genredesk.audio import decode
from genredesk.core.messages import say
from genredesk.core.scores import Scores
from genredesk.features.frontend import FrontendSpec
from genredesk.inference.inside import why as reasons
from genredesk.inference.inside.graph import InsideGraph
from genredesk.inference.inside.why import Why
from genredesk.inference.pieces import one_window
from genredesk.inference.track import TrackResult


@dataclass(frozen=True, slots=True)
class ExplainedWindow:
    """A window of a file, and what its word hangs on."""

    window: Scores
    why: Why
    spec: FrontendSpec

    @property
    def sentence(self) -> str:
        """In words, with the window's place in the file."""
        minutes, seconds = divmod(self.window.start, 60)
        return say(
            "{spec} at {minutes:.0f}:{seconds:04.1f}.",
            spec=reasons.sentence(self.spec, self.why)[:-1],
            minutes=minutes,
            seconds=seconds,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: the window, and what each patch and branch holds of the log-odds."""
        return {
            "label": self.why.label,
            "start": self.window.start,
            "end": self.window.end,
            "log_odds": self.why.evidence,
            "weights": self.why.weights.tolist(),
            "branches": dict(self.why.branches),
            **reasons.places(self.spec, self.why),
        }


def explained(
    result: TrackResult, inside: InsideGraph, checkpoint: Callable[[], object] = lambda: None
) -> ExplainedWindow | None:
    """Explain the window that speaks most for the answer to a file; ``None`` when it is silent.

    Raises
    ------
    AudioFileError
        When the file can no longer be read.
    """
    label = result.decision.label
    if label is None:
        return None
    spec = inside.card.frontend
    number = inside.card.labels.index(label)
    window = max(result.scores, key=lambda scores: float(scores.probabilities[number]))
    sound = decode.load(result.path, spec.sample_rate, window.end + 1.0)
    first = round(window.start * spec.sample_rate)
    features = one_window(spec, sound[first : first + spec.window_samples])
    return ExplainedWindow(window, reasons.explain(inside, features, number, checkpoint), spec)
