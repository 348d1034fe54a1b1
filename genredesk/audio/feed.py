"""The way of a file's sound into player and ring; the file source's thread turns the handle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genredesk.audio.decode import clean
from genredesk.audio.decoding.reader import Reader
from genredesk.audio.decoding.readers import open_reader
from genredesk.audio.downmix import LiveDownmix, mix
from genredesk.audio.player import BLOCK_S, Player
from genredesk.audio.resample import StreamResampler
from genredesk.core.messages import say

FloatArray = NDArray[np.float32]
Write = Callable[[FloatArray], object]
"""Takes mono sound at the ring's rate."""


class Feed:
    """An open file, and the way of its sound into player and ring."""

    def __init__(self, path: Path, ring_rate: int) -> None:
        self._path, self._ring_rate = path, ring_rate
        self.reader = open_reader(path)
        rate = self.reader.facts.rate
        self.player = Player(rate if 32000 <= rate <= 96000 else 48000)
        self._downmix = LiveDownmix(rate)  # kept when it jumps: it is the same piece
        self._fresh(0.0, 0.0)

    def _fresh(self, start_s: float, run_up_s: float) -> None:
        rate = self.reader.facts.rate
        self._start = round(start_s * rate)
        self._frames = 0
        self._pieces = _pieces(self.reader, round(BLOCK_S * rate), round(run_up_s * rate))
        self._to_ring = StreamResampler(rate, self._ring_rate)
        self._to_player = StreamResampler(rate, self.player.rate, 2)
        self.finished = False

    @property
    def reached_s(self) -> float:
        """Where in the file decoding has come to, in seconds."""
        return (self._start + self._frames) / self.reader.facts.rate

    @property
    def decoded_any(self) -> bool:
        """Whether there was sound since it was opened or gone to."""
        return self._frames > 0

    def go_to(self, target_s: float, run_up_s: float, write: Write) -> float:
        """Begin anew at ``target_s``; the ``run_up_s`` before go into the ring alone.

        Returns the seconds of run-up there really were.
        """
        start_s = target_s - run_up_s
        self.reader.close()
        self.reader = open_reader(self._path, start_s)
        self._fresh(start_s, run_up_s)
        wanted = round(run_up_s * self.reader.facts.rate)
        while self._frames < wanted and (piece := next(self._pieces, None)) is not None:
            self._frames += len(piece)
            write(self._to_ring.push(self._downmix.push(clean(piece))))
        return self._frames / self.reader.facts.rate

    def fetch(self, write: Write) -> FloatArray:
        """Decode one piece into the ring and return it for the player; notice the end."""
        piece = next(self._pieces, None)
        if piece is None:
            write(self._to_ring.flush())
            self.finished = True
            return self._to_player.flush()
        self._frames += len(piece)
        good = clean(piece)
        write(self._to_ring.push(self._downmix.push(good)))
        return self._to_player.push(to_stereo(good))

    def complaint(self) -> str:
        """Say that the file broke off early, if it did."""
        facts, got = self.reader.facts, self.reached_s
        whole = facts.seconds
        if whole is None or not facts.exact or got > whole - max(1.0, 0.02 * whole):
            return ""
        return say(
            "{path}: it is damaged; only {got:.0f} of {whole:.0f} s could be played.",
            path=self._path.name,
            got=got,
            whole=whole,
        )

    def close(self) -> None:
        """Let go of the file."""
        self.reader.close()


def _pieces(reader: Reader, size: int, split: int) -> Iterator[FloatArray]:
    """Give the file in pieces of at most ``size`` frames, with a cut exactly after ``split``."""
    for block in reader.blocks(size):
        rest = block
        while len(rest):
            n = min(len(rest), size, split or size)
            split = max(0, split - n)
            yield rest[:n]
            rest = rest[n:]


def to_stereo(block: FloatArray) -> FloatArray:
    """Return ``(n, channels)`` as ``(n, 2)``: mono on both sides, surround folded in."""
    channels = block.shape[1]
    if channels == 2:
        return block
    both = mix(block)[:, None]
    if channels == 1:
        return np.repeat(both, 2, axis=1)
    return 0.5 * (block[:, :2] + both)
