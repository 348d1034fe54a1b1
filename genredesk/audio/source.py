"""What a source of sound is: a ring that fills, a clock that says what has been heard, a state.

The kinds of sources live in ``sources/``, one file each; what they share is here.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from genredesk.audio.ring import RingBuffer, RingOverrun
from genredesk.core.levels import SILENCE, Level, level_of
from genredesk.core.names import LONGEST, shown

log = logging.getLogger(__name__)

RING_S = 60.0
"""Seconds of sound every source keeps."""

LEVEL_S = 0.1
"""The level meter looks at this much of the newest sound."""


class SourceState(StrEnum):
    """Where a source is in its life."""

    OPENING = "opening"
    RUNNING = "running"
    PAUSED = "paused"
    LOST = "lost"
    """The device is gone; the source goes on by itself when it is back."""
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source is: ``address`` opens it again, ``name`` and ``detail`` are shown.

    ``title`` is what a file's tags call it, ``Title – Artist``; empty where they say nothing.
    Whatever a file or device is called, name and title are fit to be shown.
    """

    kind: str
    address: str
    name: str
    seconds: float | None = None
    detail: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", shown(self.name))
        object.__setattr__(self, "title", shown(self.title, 2 * LONGEST + 3))


class Source(Protocol):
    """A running source; see :func:`genredesk.audio.sources.open_source`."""

    info: SourceInfo
    sample_rate: int
    ring: RingBuffer

    @property
    def state(self) -> SourceState:
        """Where the source is in its life."""
        ...

    @property
    def message(self) -> str:
        """What a banner should say; empty when all is well."""
        ...

    def now(self) -> int:
        """Absolute ring index up to which the sound has been heard."""
        ...

    def wait_until(self, index: int, timeout: float) -> bool:
        """Wait until ``now() >= index``; return whether that came true within ``timeout`` s."""
        ...

    def time_of(self, index: int) -> float:
        """Seconds of the source at a ring index: of the file, or since a live source began."""
        ...

    def level(self) -> Level:
        """Level of what is heard now."""
        ...

    def close(self) -> None:
        """Stop and let go of devices and files; safe to call twice."""
        ...


@runtime_checkable
class Playable(Source, Protocol):
    """A source with a player: it can be held, sought in and made louder."""

    @property
    def volume(self) -> float:
        """Loudness from 0 to 1."""
        ...

    @volume.setter
    def volume(self, volume: float) -> None: ...

    @property
    def muted(self) -> bool:
        """Whether nothing is heard; it still plays."""
        ...

    @muted.setter
    def muted(self, muted: bool) -> None: ...

    @property
    def loop(self) -> bool:
        """Whether it begins again at its end."""
        ...

    @loop.setter
    def loop(self, on: bool) -> None: ...

    def play(self) -> None:
        """Play, or go on playing."""
        ...

    def pause(self) -> None:
        """Stop playing where it is."""
        ...

    def seek(self, seconds: float) -> None:
        """Jump to ``seconds``."""
        ...

    def position(self) -> float:
        """Seconds that are being heard."""
        ...

    def set_output(self, device_id: str) -> None:
        """Play through another device (empty: the default)."""
        ...


OnState = Callable[[Source], None]


class SourceBase:
    """State, message, ring and their announcements; kinds of sources add where sound comes from."""

    def __init__(self, info: SourceInfo, sample_rate: int, on_state: OnState | None) -> None:
        self.info = info
        self.sample_rate = sample_rate
        self.ring = RingBuffer(round(RING_S * sample_rate))
        self._on_state = on_state
        self._state = SourceState.OPENING
        self._message = ""
        self._closed = threading.Event()
        # Everything that changes what somebody may be waiting for notifies this.
        self._changed = threading.Condition()

    @property
    def state(self) -> SourceState:
        """Where the source is in its life."""
        return self._state

    @property
    def message(self) -> str:
        """What a banner should say; empty when all is well."""
        return self._message

    def _become(self, state: SourceState, message: str = "") -> None:
        """Change state or message and tell the listener, on the calling thread."""
        with self._changed:
            if (self._state, self._message) == (state, message):
                return
            self._state, self._message = state, message
            self._changed.notify_all()
        self._announce()

    def _announce(self) -> None:
        if self._on_state is not None and not self._closed.is_set():
            try:
                self._on_state(self)
            except Exception:  # a listener's defect must not stop the sound
                log.exception("The listener of %s failed", self.info.name)

    def now(self) -> int:
        """Absolute ring index up to which the sound has been heard."""
        return self.ring.end

    def wait_until(self, index: int, timeout: float) -> bool:
        """Wait until ``now() >= index``; return whether that came true within ``timeout`` s."""
        return self.ring.wait_for(index, timeout)

    def close(self) -> None:
        """Stop; kinds with a thread or a device add their own."""
        self._closed.set()

    def time_of(self, index: int) -> float:
        """Seconds since the source began, at a ring index."""
        return index / self.sample_rate

    def level(self) -> Level:
        """Level of the newest tenth of a second that was heard."""
        if self._state is not SourceState.RUNNING:
            return SILENCE
        stop = self.now()
        try:
            return level_of(self.ring.read(max(0, stop - round(LEVEL_S * self.sample_rate)), stop))
        except RingOverrun:  # overtaken between the two lines
            return SILENCE
