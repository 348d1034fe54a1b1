"""A microphone or another recording device."""

from __future__ import annotations

from genredesk.audio.live import LiveSource
from genredesk.audio.source import OnState


def open_(rest: str, sample_rate: int, on_state: OnState | None = None) -> LiveSource:
    """Open ``mic`` (the default, or the next best) or ``mic:<device id>``."""
    return LiveSource("microphone", rest, sample_rate, on_state)
