"""One pass over a file's sound: what recognises it, and blocks for whoever listens.

The hash is of what is heard, not of how it is stored: SHA-256 over 16-bit mono at 22.05 kHz, so
tags, a new name or another folder do not change it. Another encoding of the same music is another
sound; that it is the same music is told by its fingerprint. A minute costs 2 ms of hashing beside
the 45 ms of decoding an MP3; BLAKE2b was measured to cost three times as much on processors with
SHA instructions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from genredesk.audio.decode import decode, probe
from genredesk.audio.decoding.reader import no_sound
from genredesk.audio.downmix import Downmix
from genredesk.audio.resample import StreamResampler
from genredesk.core.scores import FloatArray
from genredesk.features.fingerprint import CodeStream
from genredesk.library.catalogue import recordings

RATE = 22050
"""Rate at which sound is hashed, in Hz; it is also what most networks want."""

LONGEST_S = 12 * 3600.0
"""Nothing behind this is listened to: a few bytes of silence can unpack to days."""

_BLOCK = 1 << 18


class DecodedAudio:
    """A file's sound, read once.

    Parameters
    ----------
    path
        The file.
    on_block
        Called after each block; a sign of life.
    downmix
        How its channels become one. When everything was read, ``downmix.revised`` tells whether it
        must be read once more, as another :class:`DecodedAudio`.
    """

    def __init__(
        self,
        path: Path,
        on_block: Callable[[], None] = lambda: None,
        downmix: Downmix | None = None,
    ) -> None:
        self.path = path
        self.downmix = downmix or Downmix()
        self._on_block = on_block
        self._hash = hashlib.sha256()
        self._codes = CodeStream(RATE, recordings.LONGEST_S)
        self._samples = 0
        self._ended = False

    @property
    def seconds(self) -> float:
        """Length of what was read so far."""
        return self._samples / RATE

    @property
    def digest(self) -> bytes:
        """The hash; only after everything was read."""
        assert self._ended  # noqa: S101 - half a hash would recognise nothing
        return self._hash.digest()[:20]

    @property
    def fingerprint(self) -> bytes:
        """What tells another encoding of it, as it is kept; only after everything was read."""
        assert self._ended  # noqa: S101 - as above
        return recordings.thinned(self._codes.codes())

    def blocks(self, rate: int = RATE) -> Iterator[FloatArray]:
        """Give all of the sound as mono blocks ``(n,)`` at ``rate``, once.

        Raises
        ------
        AudioFileError
            When it cannot be decoded or holds no sound.
        """
        # What is recognised is always hashed at one rate; a network with another hears what it
        # hears of a file anywhere else.
        own = RATE if rate == RATE else probe(self.path).sample_rate
        hashed, wanted = StreamResampler(own, RATE), StreamResampler(own, rate)
        for block in decode(self.path, own, block=_BLOCK, downmix=self.downmix):
            part = hashed.push(block)
            room = int(LONGEST_S * RATE) - self._samples
            self._take(part[:room])
            yield part[:room] if rate == RATE else wanted.push(block)
            self._on_block()
            if len(part) >= room:
                break
        else:
            self._take(hashed.flush())
        if not self._samples:
            raise no_sound(self.path)
        if rate != RATE:
            yield wanted.flush()
        self._ended = True

    def drain(self) -> None:
        """Read what nobody has read, for the hash alone."""
        for _ in self.blocks():
            pass

    def _take(self, block: FloatArray) -> None:
        self._samples += len(block)
        self._codes.push(block)
        whole = block * np.float32(32767)
        np.clip(whole, -32767, 32767, out=whole)
        np.rint(whole, out=whole)
        self._hash.update(whole.astype("<i2").data)
