"""FFmpeg's tracks and frames: which track is heard, when its frames are due, blocks of float32.

What is handed to PyAV here is what it was made for: its lists of planes and of channels' places
end the program for some files, so neither is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from av.audio.plane import AudioPlane
from av.stream import Disposition
from numpy.typing import NDArray

from genredesk.audio.resample import StreamResampler
from genredesk.core.messages import say

FloatArray = NDArray[np.float32]

STILL_S = 0.1
"""Time stamps that disagree by less are rounded ones; more is sound that is missing."""


def playable_tracks(container: Any) -> list[int]:
    """Return the sound tracks that can be decoded, the default one first."""
    tracks = [track for track in container.streams.audio if track.codec_context is not None]
    tracks.sort(key=lambda track: not track.disposition & Disposition.default)
    return [track.index for track in tracks]


def forget_places(context: Any) -> None:
    """Keep only the number of channels where a file says in its own order what they are.

    PyAV frees the memory of such a list twice, which ends the program. To look at it is enough, so
    it is looked at once and replaced at once.
    """
    layout = context.layout
    if "(" in layout.name:
        context.layout = say("{nb_channels} channels", nb_channels=layout.nb_channels)


class Clock:
    """Follows time stamps, and says how much sound is missing before each piece.

    Parameters
    ----------
    tick
        What time stamps count in, in seconds.
    start
        Time stamp of the beginning; ``None``: the first one's.
    longest_s
        Missing sound of more than this in all is not believed.
    """

    def __init__(self, tick: float, start: int | None, longest_s: float) -> None:
        self._tick, self._left = tick, longest_s
        self._shift = None if start is None else -start * tick
        self.passed = 0.0

    def gap(self, stamp: int | None, length_s: float) -> float:
        """Take a piece and return the seconds that are missing before it."""
        missing = 0.0
        if stamp is not None:
            moment = stamp * self._tick
            if self._shift is None:
                self._shift = -moment
            off = moment + self._shift - self.passed
            if abs(off) <= STILL_S:
                self.passed += off
            elif 0 < off <= self._left:
                missing = off
                self._left -= off
                self.passed += off
            else:  # it begins to count anew, or is damaged
                self._shift -= off
        self.passed += length_s
        return missing


_ADTS_RATES = (
    96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
)  # fmt: skip


def adts_seconds(packet: av.Packet[av.AudioStream]) -> float:
    """Return the length of a packet of AAC by its own header (ISO/IEC 13818-7, 6.2)."""
    head = bytes(memoryview(packet)[:7])
    index = head[2] >> 2 & 15 if len(head) == 7 and head[0] == 0xFF else 15
    return 1024 * ((head[6] & 3) + 1) / _ADTS_RATES[index] if index < len(_ADTS_RATES) else 0.0


class Fit:
    """Brings blocks of any form into one rate and number of channels.

    Parameters
    ----------
    rate
        Rate of what comes in.
    wanted_rate, channels
        What is given.
    """

    def __init__(self, rate: int, wanted_rate: int, channels: int) -> None:
        self._channels = channels
        self._resampler = StreamResampler(rate, wanted_rate, channels)

    def push(self, block: FloatArray) -> Iterator[FloatArray]:
        """Take ``(n, any channels)`` and give what is ready."""
        if block.shape[1] != self._channels:
            block = np.repeat(block.mean(axis=1, keepdims=True), self._channels, axis=1)
        yield from self._shaped(self._resampler.push(block[:, 0] if self._channels == 1 else block))

    def flush(self) -> Iterator[FloatArray]:
        """Give the rest."""
        yield from self._shaped(self._resampler.flush())

    def _shaped(self, out: FloatArray) -> Iterator[FloatArray]:
        if len(out):
            yield out.reshape(len(out), self._channels)


class Run:
    """Frames of one form on their way into blocks of the form that their file began with."""

    def __init__(self, frame: av.AudioFrame, rate: int, channels: int) -> None:
        self._fifo = av.AudioFifo()
        self._fit = Fit(frame.sample_rate, rate, channels)

    def add(self, frame: av.AudioFrame, frames: int) -> Iterator[FloatArray]:
        """Take a frame; give a block when there are enough."""
        frame.pts = None  # the FIFO insists on gapless time stamps
        self._fifo.write(frame)
        if self._fifo.samples >= frames:
            yield from self._given()

    def end(self) -> Iterator[FloatArray]:
        """Give the rest."""
        yield from self._given()
        yield from self._fit.flush()

    def _given(self) -> Iterator[FloatArray]:
        gathered = self._fifo.read(0)
        if gathered is not None:
            yield from self._fit.push(_as_float(gathered))


_KINDS = {
    "u8": (np.uint8, 1 / 128, -1.0),
    "s16": (np.int16, 2.0**-15, 0.0),
    "s32": (np.int32, 2.0**-31, 0.0),
    "s64": (np.int64, 2.0**-63, 0.0),
    "flt": (np.float32, 1.0, 0.0),
    "dbl": (np.float64, 1.0, 0.0),
}
"""Sample formats: type, and what makes [-1, 1] of it."""


def _as_float(frame: av.AudioFrame) -> FloatArray:
    """Return the frame as ``(n, channels)`` in [-1, 1], whatever its sample format.

    The planes are taken one by one: PyAV's own list of them ends at a null pointer, which is not
    there when a frame has eight or more.
    """
    channels, planar = frame.layout.nb_channels, frame.format.is_planar
    dtype, factor, offset = _KINDS[frame.format.name.removesuffix("p")]
    shape = (channels, frame.samples) if planar else (1, frame.samples * channels)
    out = np.empty(shape, np.float32)
    for plane, row in enumerate(out):
        numbers: Any = AudioPlane(frame, plane)
        row[:] = np.frombuffer(numbers, dtype, len(row))
    if factor != 1.0:
        out *= np.float32(factor)
        out += np.float32(offset)
    return out.T if planar else out.reshape(-1, channels)
