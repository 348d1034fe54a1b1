"""Two decoders behind one face: libsndfile where it is faster, FFmpeg (PyAV) for the rest.

Which one opens a file is decided by its first bytes, never by its name, so a wrong extension does
no harm. Measured on two-channel 44.1 kHz music: libsndfile is 7-40 % faster for wav, aiff, flac,
mp3 and Vorbis, FFmpeg more than twice as fast for Opus. Where both can, both give the same
samples, so a player may open with one and seek with the other.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import soundfile  # pyright: ignore[reportMissingTypeStubs]

from genredesk.audio.decoding import header
from genredesk.audio.decoding.av_reader import AvReader
from genredesk.audio.decoding.frames import Fit
from genredesk.audio.decoding.header import Part
from genredesk.audio.decoding.reader import (
    RATES,
    FloatArray,
    Reader,
    StreamInfo,
    its_problem,
    no_sound,
    unreadable,
)
from genredesk.core.errors import AudioFileError
from genredesk.core.messages import say

log = logging.getLogger(__name__)


_MOST_CHANNELS = 1024
"""libsndfile's own limit; a header that claims more is damaged."""


def open_reader(path: str | Path, start_s: float = 0.0) -> Reader:
    """Open ``path`` with the faster decoder that can, at ``start_s`` seconds.

    Raises
    ------
    AudioFileError
        When it is missing, unreadable, empty, or no decoder finds sound in it.
    """
    path = Path(path).absolute()
    parts = _looked_at(path)
    with its_problem(path):
        if len(parts) > 1:
            return JoinedReader(parts, start_s)
        return _open_part(parts[0], start_s)


def _open_part(part: Part, start_s: float) -> Reader:
    reader = _with_sndfile(part, start_s) or AvReader(part, start_s)
    try:
        _check(reader)
    except AudioFileError:
        reader.close()
        raise
    return reader


def _with_sndfile(part: Part, start_s: float) -> Reader | None:
    # libsndfile is up to a frame off when it seeks near the end of a Vorbis file; FFmpeg is not.
    if not part.sndfile or (start_s > 0 and part.ogg):
        return None
    try:
        reader = SndfileReader(part, start_s)
    except soundfile.LibsndfileError:
        return None  # damaged or an exotic variant: FFmpeg is more lenient
    if reader.facts.seconds != 0:
        return reader
    reader.close()
    return None


def _check(reader: Reader) -> None:
    """Refuse what no music has, before anybody allots memory for it."""
    facts = reader.facts
    if not RATES[0] <= facts.rate <= RATES[1]:
        reason = say("it claims a sample rate of {rate:,} Hz, which no music has", rate=facts.rate)
    elif not 0 < facts.channels <= _MOST_CHANNELS:
        reason = say("it claims to have {channels:,} channels", channels=facts.channels)
    else:
        return
    raise AudioFileError(reader.path, reason, say("Its header is damaged; export it again."))


def _looked_at(path: Path) -> list[Part]:
    try:
        what = path.stat()
        if stat.S_ISDIR(what.st_mode):
            raise AudioFileError(path, say("it is a folder, not a file"))
        if not stat.S_ISREG(what.st_mode):  # opening a pipe would wait for ever
            raise AudioFileError(path, say("it is not a regular file"))
        if what.st_size == 0:
            raise AudioFileError(
                path, say("it is empty (0 bytes)"), say("Copy or download it again.")
            )
        parts = header.look(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if parts[0].empty:
        raise no_sound(path)
    return parts


class SndfileReader(Reader):
    """libsndfile; exact length and exact seeking in all its formats."""

    def __init__(self, part: Part, start_s: float = 0.0) -> None:
        self._part, self.path = part, part.path
        self._raw = raw = part.opened()
        name: Any = raw
        if isinstance(raw, str) and os.name != "nt":
            name = os.fsencode(raw)  # a name need not be valid Unicode
        try:
            self._file = file = soundfile.SoundFile(name)
        except soundfile.LibsndfileError:
            _close(raw)
            raise
        # A broken header may claim that the length is unknown: libsndfile then says 2**63 - 1.
        known = 0 <= file.frames < 2**50
        self.facts = StreamInfo(
            rate=file.samplerate,
            channels=file.channels,
            seconds=file.frames / file.samplerate if known else None,
            exact=known,
            codec=_codec_name(file.format, file.subtype),
            container=file.format.lower(),
            tags={k: v for k, v in file.copy_metadata().items() if k in ("title", "artist")},
        )
        self._position = 0
        self._end = file.frames
        if start_s > 0:
            wanted = round(start_s * file.samplerate)
            self._position = file.seek(min(wanted, file.frames) if known else wanted)

    def _blocks(self, frames: int) -> Iterator[FloatArray]:
        while self._position < self._end:
            try:
                block: FloatArray = self._file.read(frames, "float32", always_2d=True)  # pyright: ignore[reportAssignmentType]
            except soundfile.LibsndfileError:
                break
            if not len(block):
                break
            self._position += len(block)
            yield block
        else:
            return
        # Damaged. libsndfile gives up, and drops the whole block in which the damage lies; FFmpeg
        # saves what is good in it and goes on behind it.
        with contextlib.suppress(AudioFileError):
            rest = AvReader(self._part, self._position / self.facts.rate)
            rest.facts = self.facts  # it fits what it gives to these
            try:
                yield from rest.blocks(frames)
            finally:
                rest.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        _close(self._raw)


def _close(opened: str | BinaryIO) -> None:
    if not isinstance(opened, str):
        opened.close()


def _codec_name(container: str, subtype: str) -> str:
    names = {"MPEG_LAYER_III": "mp3", "VORBIS": "vorbis", "OPUS": "opus", "ULAW": "mulaw"}
    if container == "FLAC":
        return "flac"
    return names.get(subtype, subtype.lower())


class JoinedReader(Reader):
    """Recordings that follow one another in one file, each read as if it were alone.

    What the first one is like is what all are given as.
    """

    def __init__(self, parts: list[Part], start_s: float) -> None:
        self.path = parts[0].path
        self._parts: list[tuple[Part, float]] = []
        first: StreamInfo | None = None
        for part in parts:
            try:
                reader = _open_part(part, 0.0)
            except AudioFileError:
                continue  # damaged; the others are not
            reader.close()
            first = first or reader.facts
            self._parts.append((part, reader.facts.seconds or 0.0))
        if first is None:
            raise no_sound(self.path)
        self.facts = replace(first, seconds=sum(seconds for _, seconds in self._parts))
        self._start_s = start_s
        self._reader: Reader | None = None

    def _blocks(self, frames: int) -> Iterator[FloatArray]:
        start_s = self._start_s
        for part, seconds in self._parts:
            if start_s >= seconds:
                start_s -= seconds
                continue
            self._reader = _open_part(part, start_s)
            start_s = 0.0
            facts = self._reader.facts
            fit = Fit(facts.rate, self.facts.rate, self.facts.channels)
            for block in self._reader.blocks(frames):
                yield from fit.push(block)
            yield from fit.flush()
            self._reader.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._reader is not None:
            self._reader.close()
