"""What a person sets on the live engine, and how the engine is doing."""

from __future__ import annotations

from dataclasses import dataclass

from genredesk.core.trust import Care


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What a person can change while it runs; see :class:`.engine.LiveEngine`."""

    hop_s: float = 0.5
    smoothing_s: float = 4.0
    silence_dbfs: float = -60.0
    unsure_below: float | None = None
    care: Care | str = Care.BALANCED

    def __post_init__(self) -> None:
        if not 0.05 <= self.hop_s <= 60:
            raise ValueError(f"a hop of {self.hop_s} s is not between 0.05 and 60 s")
        if not 0 <= self.smoothing_s <= 600:
            raise ValueError(f"a smoothing of {self.smoothing_s} s is not between 0 and 600 s")


@dataclass(frozen=True, slots=True)
class EngineStats:
    """How the engine is doing.

    Parameters
    ----------
    ms_per_window
        Median time for front end and network over the last windows; 0 before the first.
    realtime_factor
        How many times faster than the sound that is; 0 before the first window.
    device, why
        Where the network runs and why there.
    windows, skipped
        Windows answered (silence included), and windows left out because newer ones were due.
    bundle_id
        The network that answers now; empty before one is open.
    opening
        Whether another bundle or device is being opened.
    """

    ms_per_window: float = 0.0
    realtime_factor: float = 0.0
    device: str = ""
    why: str = ""
    windows: int = 0
    skipped: int = 0
    bundle_id: str = ""
    opening: bool = False
