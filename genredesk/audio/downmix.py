"""From many channels to the one that is analysed: their mean, or one of them where that cancels.

In sound that is recorded or wired in opposite phase, one side is the other turned upside down.
People hear it; the mean of the channels is silence. Where the mean's power is 20 dB or more under
the mean power of the channels, the strongest channel alone is taken: what one side gives. Sides
that have nothing to do with each other are 3 dB under it, so ordinary music is far from that.

A file has one choice for all of its length (:class:`Downmix`), what comes live changes its mind
with hysteresis (:class:`LiveDownmix`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

CANCELLED = 0.01
"""The mean cancels when it keeps no more than this share of the channels' power (-20 dB)."""

RESTORED = 0.04
"""It has come back when it keeps this share again (-14 dB)."""

QUIET = 1e-8
"""Sound of less power (-80 dB) says nothing about its channels."""

SHARE = 1 / 8
"""A file is heard by one channel when the mean cancels in this share of the time with sound."""

LOOK_S = 10.0
"""So much of a file is looked at before its first sample is given."""

_SEGMENT_S = 1.0
"""A file is judged second by second, wherever the blocks it comes in begin and end."""

_CHUNK_S = 0.1
"""What comes live is judged in pieces of at least this length."""

_TO_ONE_S, _TO_MEAN_S = 0.5, 2.0
"""So long it must be true, live, that the mean cancels, or that it does not any more."""

_FADE_S = 0.02
"""One way of mixing goes over into the other in this time, so that nothing clicks."""


def mix(block: FloatArray, channel: int = -1) -> FloatArray:
    """Return one channel, or (-1) the mean of all; ``(n, channels)`` to ``(n,)``."""
    channels = block.shape[1]
    if channels == 1 or channel >= 0:
        return np.ascontiguousarray(block[:, max(0, channel)])
    if channels == 2:
        mono = block[:, 0] + block[:, 1]
        mono *= np.float32(0.5)
        return mono
    return block @ np.full(channels, 1 / channels, np.float32)


def _power(sound: FloatArray) -> float:
    """Return the sum of the squares."""
    flat = sound.reshape(-1) if sound.flags.c_contiguous else sound.T.reshape(-1)
    return float(np.dot(flat, flat))


def _powers(sound: FloatArray) -> NDArray[np.float64]:
    """Return the sum of the squares of every channel; ``(n, channels)`` to ``(channels,)``."""
    return np.einsum("ij,ij->j", sound, sound, dtype=np.float64)


class Downmix:
    """How the channels of one file become one, in one pass over its sound.

    There is one choice for the whole file: a change from the mean to a side would be heard as a
    change of the music. It is made from the first :data:`LOOK_S` seconds, which are held back for
    it, so that a file that is in opposite phase throughout is decoded once like any other. What is
    given is measured on the way, at next to no cost; where the whole says otherwise than its
    beginning, :attr:`revised` is what the file is to be heard with from its beginning again. So
    the choice is the same for whoever asks, in whatever blocks, and no file is decoded twice but
    those few.

    Only a part of a file may be in opposite phase: one side of a tape, an effect. From an eighth of
    the time with sound (:data:`SHARE`) on, one channel is taken throughout: it is heard in every
    part, while the mean would call some of them silence. Less is left to the mean, because one
    channel lacks what only the others play, all through the piece.

    Parameters
    ----------
    channel
        What an earlier pass chose: the index of a channel, or -1 for the mean; ``None`` where
        nothing was chosen yet.
    """

    def __init__(self, channel: int | None = None) -> None:
        self.channel = channel
        self._given = channel is not None
        self._measure = _Measure()

    @property
    def revised(self) -> Downmix | None:
        """What the file must be heard with instead, by all that was given; mostly ``None``."""
        if self._given or self.channel is None:
            return None
        right = self._measure.verdict()
        return None if (right < 0) == (self.channel < 0) else Downmix(right)

    def blocks(self, blocks: Iterable[FloatArray], rate: int) -> Iterator[FloatArray]:
        """Mix a file's blocks ``(n, channels)`` of ``rate`` Hz from its first; gives ``(n,)``."""
        held: list[FloatArray] = []
        frames = 0
        for block in blocks:
            if self._given and self.channel is not None:
                yield mix(block, self.channel)
                continue
            mean = mix(block)
            self._measure.add(block, mean, rate)
            if self.channel is not None:
                yield mean if self.channel < 0 else mix(block, self.channel)
                continue
            held.append(block)
            frames += len(block)
            if frames >= LOOK_S * rate or block.shape[1] == 1:
                self.channel = self._measure.verdict()
                yield from (mix(one, self.channel) for one in held)
                held.clear()
        if self.channel is None:
            self.channel = self._measure.verdict()
        yield from (mix(one, self.channel) for one in held)


class _Measure:
    """For how long there is sound, and for how long its mean cancels."""

    def __init__(self) -> None:
        self._frames = 0  # of the second that is not complete yet
        self._both = np.zeros(2)  # power of the mean in it, and mean power of the channels
        self._loud = self._cancelled = 0  # frames
        self._energies: NDArray[np.float64] | None = None  # of the channels where they cancel

    def add(self, block: FloatArray, mean: FloatArray, rate: int) -> None:
        """Take the next block ``(n, channels)`` and the mean of its channels ``(n,)``."""
        if block.shape[1] == 1:
            return
        segment = max(1, round(_SEGMENT_S * rate))
        at = 0
        while at < len(block):
            n = min(segment - self._frames, len(block) - at)
            self._take(block[at : at + n], mean[at : at + n])
            at += n
            if self._frames == segment:
                self._loud, self._cancelled = self._counts()
                self._frames, self._both = 0, np.zeros(2)

    def _take(self, part: FloatArray, mean: FloatArray) -> None:
        powers = np.array([_power(mean), _power(part) / part.shape[1]])
        if _cancels(*powers):
            before = 0.0 if self._energies is None else self._energies
            self._energies = before + _powers(part)
        self._both += powers
        self._frames += len(part)

    def _counts(self) -> tuple[int, int]:
        """Return for how many frames there was sound, and for how many its mean cancelled."""
        loud = self._both[1] > QUIET * self._frames
        lost = loud and _cancels(*self._both)
        return self._loud + loud * self._frames, self._cancelled + lost * self._frames

    def verdict(self) -> int:
        """Return the channel to take, -1 for the mean of all."""
        loud, cancelled = self._counts()
        if self._energies is None or not cancelled or cancelled < SHARE * loud:
            return -1
        return int(np.argmax(self._energies))


def _cancels(of_mean: float, of_channels: float) -> bool:
    return of_mean <= CANCELLED * of_channels


class LiveDownmix:
    """How the channels of what comes live, or plays, become one.

    Nobody knows what will come, so the choice follows the sound, slowly enough to be steady: one
    channel is taken when the mean has cancelled for :data:`_TO_ONE_S` seconds (at once at the very
    beginning, where there is nothing to keep steady), the mean again when it has not for
    :data:`_TO_MEAN_S`. Between -20 and -14 dB, and in silence, everything stays as it is.

    Parameters
    ----------
    rate
        Frames a second.
    """

    def __init__(self, rate: int) -> None:
        self.channel = -1
        self._rate = rate
        self._fresh = True
        self._against = 0  # frames that spoke against the present choice, one after the other
        self._frames = 0
        self._of_mean, self._of_channels = 0.0, 0.0

    def push(self, block: FloatArray) -> FloatArray:
        """Mix the next block; ``(n, channels)`` to ``(n,)``."""
        if block.shape[1] == 1 or not len(block):
            return mix(block)
        before = self.channel
        self._of_mean += _power(mix(block))
        self._of_channels += _power(block) / block.shape[1]
        self._frames += len(block)
        if self._fresh or self._frames >= _CHUNK_S * self._rate:
            self._judge(block)
        if self.channel == before:
            return mix(block, before)
        n = min(len(block), max(1, round(_FADE_S * self._rate)))
        old, new = mix(block, before), mix(block, self.channel).copy()
        new[:n] = old[:n] + np.linspace(1 / n, 1, n, dtype=np.float32) * (new[:n] - old[:n])
        return new

    def _judge(self, block: FloatArray) -> None:
        frames, of_mean, of_channels = self._frames, self._of_mean, self._of_channels
        self._frames, self._of_mean, self._of_channels = 0, 0.0, 0.0
        if of_channels <= QUIET * frames:
            return
        cancelled = _cancels(of_mean, of_channels)
        if self._fresh:
            self._fresh = False
            if cancelled:
                self.channel = int(np.argmax(_powers(block)))
            return
        by_mean = self.channel < 0
        against = cancelled if by_mean else of_mean >= RESTORED * of_channels
        self._against = self._against + frames if against else 0
        if self._against >= (_TO_ONE_S if by_mean else _TO_MEAN_S) * self._rate:
            self._against = 0
            self.channel = int(np.argmax(_powers(block))) if by_mean else -1
