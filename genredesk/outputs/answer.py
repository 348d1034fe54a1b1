"""What is told to other programs: one answer of the engine, as plain data."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

from genredesk.core import certainty
from genredesk.core.certainty import Strength
from genredesk.core.genres import colour_of, genre_key, genre_name, genre_word
from genredesk.core.messages import say
from genredesk.core.scores import Decision
from genredesk.core.shares import capped

WAITING = "waiting"
"""The strength of no answer: nothing is heard, or not enough of it yet."""

N_SCORES = 5

NO_COLOR = "#2C313A"
"""Of an answer that names no genre."""


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """One answer, the same for every peer.

    Parameters
    ----------
    strength
        One of :class:`genredesk.core.certainty.Strength`, or :data:`WAITING`.
    word
        What a person reads, such as "Probably jazz"; empty while waiting.
    named
        Names of the genres the word names: one, two for "between", else none.
    score
        Probability of the likeliest genre, 0..1.
    scores
        Names and probabilities of the five likeliest genres, those that are named first.
    source
        What is heard: a file's title, a microphone.
    position
        Seconds of the source.
    time
        When it was decided, in seconds since 1970.
    """

    strength: str = WAITING
    word: str = ""
    named: tuple[str, ...] = ()
    score: float = 0.0
    scores: tuple[tuple[str, float], ...] = ()
    source: str = ""
    position: float = 0.0
    time: float = 0.0

    @classmethod
    def of(cls, decision: Decision, source: str, at: float | None = None) -> LiveAnswer:
        """Return what is told of a decision; ``at`` is when it was made, by default now."""
        ranked = tuple((genre_name(label), score) for label, score in decision.ranked(N_SCORES))
        return cls(
            strength=decision.state or WAITING,
            word=_word(decision.state, decision.named),
            named=tuple(genre_name(label) for label in decision.named),
            score=decision.score,
            scores=ranked if decision.state is not None else (),
            source=source,
            position=decision.time,
            time=time.time() if at is None else at,
        )

    @property
    def genre(self) -> str:
        """The likelier of the genres the word names; empty when it names none."""
        return max(self.named, key=dict(self.scores).__getitem__, default="")

    @property
    def color(self) -> str:
        """Colour of :attr:`genre` as ``#RRGGBB``."""
        return colour_of(self.genre) if self.genre else NO_COLOR

    @property
    def sure(self) -> str:
        """How sure it is, as a person reads it; empty when it is not."""
        if self.strength != Strength.SURE:
            return ""
        return say("{score:.0%} sure{held}", score=capped(self.score), held="")

    def as_dict(self) -> dict[str, Any]:
        """Return it as it is written in JSON; ``word``, ``sure`` and ``name`` are for people."""
        return {
            "genre": self.genre,
            "strength": str(self.strength),
            "word": self.word,
            "sure": self.sure,
            "named": list(self.named),
            "color": self.color,
            "score": round(self.score, 4),
            "scores": [
                {
                    "genre": name,
                    "name": genre_word(name),
                    "score": round(score, 4),
                    "color": colour_of(name),
                }
                for name, score in self.scores
            ],
            "source": self.source,
            "position": round(self.position, 3),
            "time": round(self.time, 3),
        }


def address_of(genre: str) -> str:
    """Return a genre's name as a part of an OSC address or a topic: "Hip-hop" is ``hiphop``."""
    return genre_key(genre) or "unnamed"


def _word(strength: Strength | None, named: tuple[str, ...]) -> str:
    if strength is None:
        return ""
    return certainty.word(strength, named)


NOTHING = LiveAnswer()
"""Told when listening stops: nobody should go on showing an old genre."""

SAMPLE = LiveAnswer(
    strength=Strength.SURE,
    word="Jazz",
    named=("Jazz",),
    score=0.82,
    scores=(("Jazz", 0.82), ("Blues", 0.09), ("Classical", 0.05), ("Pop", 0.03), ("Rock", 0.01)),
    source="Test",
)
"""What a test sends, but for the time."""


def sample() -> LiveAnswer:
    """Return :data:`SAMPLE` as if it was just decided."""
    return replace(SAMPLE, time=time.time())
