"""A file that plays: decoded ahead, heard through a device, its clock what is heard.

One thread per file feeds two queues: the player's (stereo, for the device) and the ring (mono at
the model's rate). Both run a second ahead of what is heard, so nobody waits for the decoder.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

from genredesk.audio.decode import describe, tagged_name
from genredesk.audio.feed import Feed
from genredesk.audio.output import OutputSelector
from genredesk.audio.player import AHEAD_S, BLOCK_S, Player
from genredesk.audio.source import OnState, SourceBase, SourceInfo, SourceState
from genredesk.core.errors import AudioFileError
from genredesk.core.messages import say

log = logging.getLogger(__name__)

BACKFILL_S = 12.0
"""So much sound before the target of a jump is put into the ring."""

_LOOK_S = 1.0
"""How often the feeding thread looks whether file and device are still there."""

_SHORTEST_LOOP_S = 0.1
"""Shorter files are not repeated: that would be a buzz, and busy work."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """Frame ``frame`` = ring ``index`` = ``seconds`` of the file; true from ring index ``base``."""

    frame: int
    base: int
    index: int
    seconds: float


class FileSource(SourceBase):
    """A file as a source, with the controls of a player; every method may be called on any thread.

    Parameters
    ----------
    path
        The file.
    sample_rate
        Rate of the ring in Hz.
    on_state
        See :func:`~genredesk.audio.sources.open_source`.
    playing
        Whether it plays as soon as it is open.
    output
        Id of the output device; empty for the system's default.
    """

    def __init__(
        self,
        path: str | Path,
        sample_rate: int,
        on_state: OnState | None = None,
        *,
        playing: bool = True,
        output: str = "",
    ) -> None:
        self._path = Path(path).absolute()
        info = SourceInfo("file", f"file:{self._path}", self._path.name)
        super().__init__(info, sample_rate, on_state)
        self._loop = False
        self._wanted = playing
        self._volume, self._muted = 1.0, False
        self._target: float | None = None
        self._output_id = output
        self._player: Player | None = None
        self._anchors: deque[_Anchor] = deque([_Anchor(0, 0, 0, 0.0)], maxlen=1024)
        self._last_now = 0
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="genredesk-player", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------ controls

    def play(self) -> None:
        """Play, or go on playing; after the end, from the beginning."""
        if self._state is SourceState.ENDED:
            self._target = 0.0
        self._wanted = True
        self._wake.set()

    def pause(self) -> None:
        """Stop playing where it is."""
        self._wanted = False
        self._wake.set()

    def seek(self, seconds: float) -> None:
        """Jump to ``seconds``, limited to the file."""
        end = self.info.seconds
        self._target = max(0.0, seconds if end is None else min(seconds, end))
        self._wake.set()

    def position(self) -> float:
        """Seconds of the file that are being heard."""
        target = self._target
        return target if target is not None else self.time_of(self.now())

    @property
    def seconds(self) -> float | None:
        """Length of the file; ``None`` until it is known."""
        return self.info.seconds

    @property
    def loop(self) -> bool:
        """Whether the file begins again at its end."""
        return self._loop

    @loop.setter
    def loop(self, on: bool) -> None:
        self._loop = bool(on)
        self._wake.set()

    @property
    def volume(self) -> float:
        """Loudness from 0 to 1, as on a slider: the gain is its square."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._volume = min(1.0, max(0.0, float(volume)))
        self._apply_gain()

    @property
    def muted(self) -> bool:
        """Whether nothing is heard; it still plays."""
        return self._muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self._muted = bool(muted)
        self._apply_gain()

    def _apply_gain(self) -> None:
        if self._player is not None:
            self._player.set_gain(0.0 if self._muted else self._volume**2)

    def set_output(self, device_id: str) -> None:
        """Play through another device (empty: the default); if it fails, the old one goes on."""
        self._output_id = device_id
        self._wake.set()

    # ------------------------------------------------------------ the clock

    def now(self) -> int:
        """Absolute ring index up to which the sound has been heard."""
        player = self._player
        if player is None:
            return 0
        with self._changed:
            frame = player.heard()
            anchor = next((a for a in reversed(self._anchors) if a.frame <= frame), None)
            if anchor is not None:
                ahead = int((frame - anchor.frame) * self.sample_rate / player.rate)
                index = min(anchor.index + ahead, self.ring.end)
                self._last_now = max(self._last_now, index)
            return self._last_now

    def time_of(self, index: int) -> float:
        """Seconds of the file at a ring index."""
        with self._changed:
            anchor = next((a for a in reversed(self._anchors) if a.base <= index), self._anchors[0])
        return max(0.0, anchor.seconds + (index - anchor.index) / self.sample_rate)

    def wait_until(self, index: int, timeout: float) -> bool:
        """Wait until ``now() >= index``; return whether that came true within ``timeout`` s."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while (now := self.now()) < index:
                left = deadline - time.monotonic()
                if left <= 0 or self._closed.is_set():
                    return False
                running = self._state is SourceState.RUNNING
                due = (index - now) / self.sample_rate if running else left
                self._changed.wait(min(left, max(due, 0.002)))
        return True

    def close(self) -> None:
        """Stop playing and let go of file and device."""
        super().close()
        with self._changed:
            self._changed.notify_all()
        self._wake.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    # ------------------------------------------------------------ the feeding thread

    def _run(self) -> None:
        feed = speaker = None
        try:
            feed = Feed(self._path, self.sample_rate)
            facts = feed.reader.facts
            self.info = replace(
                self.info,
                seconds=facts.seconds,
                detail=describe(facts),
                title=tagged_name(facts.tags),
            )
            player = feed.player
            speaker = OutputSelector(player, self._wake.set)
            self._jump(feed, self._target or 0.0)
            self._player = player
            self._apply_gain()
            self._loop_until_closed(feed, player, speaker)
        except AudioFileError as error:
            self._become(SourceState.FAILED, str(error))
        except Exception as error:  # a defect; it must not look as if the file were still playing
            log.exception("Playing %s failed", self._path)
            self._become(
                SourceState.FAILED,
                say("{path}: it cannot be played ({reason}).", path=self._path.name, reason=error),
            )
        finally:
            if speaker is not None:
                speaker.close()
            if feed is not None:
                feed.close()

    def _loop_until_closed(self, feed: Feed, player: Player, speaker: OutputSelector) -> None:
        looked = time.monotonic()
        gone = ""
        while not self._closed.is_set():
            self._wake.clear()
            if (target := self._target) is not None:
                self._jump(feed, target)
            while player.queued < (AHEAD_S - BLOCK_S) * player.rate and self._feed(feed):
                pass
            over = feed.finished and player.seconds_left() <= 0
            self._wanted = self._wanted and not over
            speaker.follow(self._wanted, self._output_id)
            if time.monotonic() - looked > _LOOK_S:
                looked = time.monotonic()
                gone = "" if _there(self._path) else _gone(self._path)
            message = gone or speaker.message or (feed.complaint() if over else "")
            if over:
                self._become(SourceState.ENDED, message)
            elif self._wanted:
                self._become(SourceState.RUNNING, message)
            else:
                self._become(SourceState.PAUSED, message)
            self._wake.wait(self._rest(feed, player, speaker))

    def _rest(self, feed: Feed, player: Player, speaker: OutputSelector) -> float | None:
        """Seconds until there is something to do; ``None`` while paused: nothing until told."""
        if self._target is not None:
            return 0.0
        if not self._wanted:
            return speaker.rest()
        if feed.finished:
            return max(0.01, player.seconds_left())
        spare = player.queued / player.rate - AHEAD_S / 2
        return min(_LOOK_S, max(0.005, spare))

    def _jump(self, feed: Feed, target: float) -> None:
        """Go to ``target``: first the context before it into the ring, then the sound itself."""
        if self.ring.end:
            self.ring.mark_gap()
        base = self.ring.end
        run_up = feed.go_to(target, min(target, BACKFILL_S), self.ring.write)
        first = feed.fetch(self.ring.write)  # the ring must reach beyond the target
        with self._changed:
            feed.player.flush()
            index = base + round(run_up * self.sample_rate)
            self._anchors.append(_Anchor(feed.player.written, base, index, target))
            feed.player.put(first)
            if self._target == target:
                self._target = None
            self._changed.notify_all()

    def _feed(self, feed: Feed) -> bool:
        """Decode one block into ring and player; return whether there may be more."""
        if feed.finished:
            if not self._loop or feed.reached_s < _SHORTEST_LOOP_S:
                return False
            feed.go_to(0.0, 0.0, self.ring.write)
            with self._changed:
                end = self.ring.end
                self._anchors.append(_Anchor(feed.player.written, end, end, 0.0))
        feed.player.put(feed.fetch(self.ring.write))
        if feed.finished and feed.decoded_any:  # however long it said it was
            self.info = replace(self.info, seconds=feed.reached_s)
        return True


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder on the way may no longer be entered
        return False


def _gone(path: Path) -> str:
    return say(
        "{path} is no longer in its folder; what is still open of it is played. Check that its "
        "drive is connected.",
        path=path.name,
    )


def open_(rest: str, sample_rate: int, on_state: OnState | None = None) -> FileSource:
    """Open ``file:<path>``; it plays at once."""
    return FileSource(rest, sample_rate, on_state)
