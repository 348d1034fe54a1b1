"""The player's clock and queue: stereo blocks go in, the sound device pulls them out.

The clock counts what is *heard*: every pull comes with the moment at which its first frame will
leave the speaker, and :meth:`Player.heard` looks up which frame that moment has reached. Picture,
ribbon and sound therefore agree however long the device's own queue is.
"""

from __future__ import annotations

import threading
import time
from collections import deque

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

AHEAD_S = 1.0
"""So much sound is kept ready for the device; a busy second on the other threads is not heard."""

BLOCK_S = 0.25
"""So much is decoded at a time."""

_FADE_S = 0.012
"""Starting, stopping, jumping and changes of volume are ramps of this length: no clicks."""


class Player:
    """A queue of stereo frames with a gain, pause and a clock; all times are ``time.monotonic``.

    Frames are counted from the beginning of the player's life; frames thrown away by
    :meth:`flush` keep their numbers, so a number always means the same sound.

    Parameters
    ----------
    rate
        Frames per second.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._queue = np.zeros((round(AHEAD_S * rate) + rate, 2), np.float32)
        self._written = 0
        self._read = 0
        self._floor = 0
        self._playing = False
        self._target = 1.0
        self._gain = 0.0
        self._tail = np.zeros((0, 2), np.float32)
        # (moment its first frame is heard, number of that frame, frames); newest last
        self._pulls: deque[tuple[float, int, int]] = deque(maxlen=512)
        self._lock = threading.Lock()

    # ------------------------------------------------------------ the feeding side

    @property
    def written(self) -> int:
        """Number of the frame that will be put next."""
        return self._written

    @property
    def queued(self) -> int:
        """Frames that wait for the device."""
        return self._written - self._read

    @property
    def playing(self) -> bool:
        """Whether frames are taken from the queue."""
        return self._playing

    def put(self, frames: FloatArray) -> None:
        """Append ``frames``, shape ``(n, 2)``; the caller keeps ``queued`` under a second."""
        with self._lock:
            size = len(self._queue)
            if self._written - self._read + len(frames) > size:
                raise ValueError("the player's queue is full")
            at = self._written % size
            head = min(len(frames), size - at)
            self._queue[at : at + head] = frames[:head]
            self._queue[: len(frames) - head] = frames[head:]
            self._written += len(frames)

    def flush(self) -> None:
        """Throw away what is queued: the next frame put is the next one heard."""
        with self._lock:
            self._fade_out()
            self._read = self._floor = self._written

    def play(self) -> None:
        """Let the device take frames."""
        with self._lock:
            self._playing = True

    def pause(self) -> None:
        """Stop taking frames, with a short fade of what would have come next."""
        with self._lock:
            self._fade_out()
            self._playing = False

    def set_gain(self, gain: float) -> None:
        """Go to a new gain (1 = as recorded) without a click."""
        self._target = float(gain)

    def heard(self, at: float | None = None) -> int:
        """Number of the first frame that has not been heard yet at the moment ``at`` (now)."""
        at = time.monotonic() if at is None else at
        with self._lock:
            number = self._floor
            for moment, first, count in reversed(self._pulls):
                if moment <= at:
                    number = first + min(count, round((at - moment) * self.rate))
                    break
            else:
                if self._pulls:
                    number = self._pulls[0][1]
            return min(max(number, self._floor), self._read)

    def seconds_left(self) -> float:
        """Seconds until everything that was put has been heard, if it goes on playing."""
        with self._lock:
            # The device goes on pulling when there is nothing left; that is not waited for.
            last = next(((at, n) for at, _, n in reversed(self._pulls) if n), (0.0, 0))
            heard_at = last[0] + last[1] / self.rate
            queued = (self._written - self._read) / self.rate
        return max(0.0, heard_at - time.monotonic()) + queued

    def rewind(self) -> None:
        """Take back what a device took but never let be heard; the next one goes on there."""
        heard = self.heard()
        with self._lock:
            self._read = self._floor = max(heard, self._written - len(self._queue))
            self._pulls.clear()
            self._gain = 0.0

    # ------------------------------------------------------------ the device's side

    def pull(self, out: FloatArray, heard_at: float) -> None:
        """Fill ``out``, shape ``(frames, 1 or 2)``; its first frame is heard at ``heard_at``."""
        frames = len(out)
        with self._lock:
            count = min(frames, self._written - self._read) if self._playing else 0
            stereo = np.zeros((frames, 2), np.float32)
            stereo[:count] = self._peek(count)
            self._pulls.append((heard_at, self._read, count))
            self._read += count
            self._gain = self._ramp(stereo[:count])
            tail, self._tail = self._tail[:frames], self._tail[frames:]
            stereo[: len(tail)] += tail
        np.clip(stereo, -1.0, 1.0, out=stereo)
        if out.shape[1] == 1:
            out[:, 0] = stereo.mean(axis=1)
        else:
            out[:, :2] = stereo
            out[:, 2:] = 0.0

    def _fade_out(self) -> None:
        """Keep a fading copy of what would have come next; it is mixed into the next pull."""
        if self._playing and self._gain > 0:
            fade = self._peek(round(_FADE_S * self.rate))
            self._tail = fade * np.linspace(self._gain, 0, len(fade), dtype=np.float32)[:, None]
        self._gain = 0.0

    def _ramp(self, frames: FloatArray) -> float:
        """Apply the gain in place, moving towards the target; return where it got to."""
        gain, target = self._gain, self._target
        if gain != target and len(frames):
            steps = max(1.0, _FADE_S * self.rate)
            n = np.arange(1, len(frames) + 1, dtype=np.float32)
            curve = gain + np.sign(target - gain) * n / steps
            curve = np.clip(curve, min(gain, target), max(gain, target))
            frames *= curve[:, None].astype(np.float32)
            return float(curve[-1])
        if gain != 1.0:
            frames *= np.float32(gain)
        return gain

    def _peek(self, count: int) -> FloatArray:
        count = min(count, self._written - self._read)
        size = len(self._queue)
        at = self._read % size
        head = min(count, size - at)
        return np.concatenate([self._queue[at : at + head], self._queue[: count - head]])
