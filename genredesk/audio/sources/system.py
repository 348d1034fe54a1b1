"""What the computer is playing: a monitor of an output, or a loopback device."""

from __future__ import annotations

from genredesk.audio.live import LiveSource
from genredesk.audio.source import OnState


def open_(rest: str, sample_rate: int, on_state: OnState | None = None) -> LiveSource:
    """Open ``system`` (the default output's monitor) or ``system:<device id>``."""
    return LiveSource("system", rest, sample_rate, on_state)
