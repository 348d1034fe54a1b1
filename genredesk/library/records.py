"""What a row of the library is: the file, its answer, its tags, and what a worker reports of it.

Every other part of the library knows these records; they know none of them.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from genredesk.core.heard import TrackScores
from genredesk.library.row_state import Answer, FileState, named_by


@dataclass(frozen=True, slots=True)
class TrackRow:
    """One file as it is shown.

    Parameters
    ----------
    id, track_id
        Of the file; of its sound, ``None`` while that is not known.
    genres
        The file's own genre tags.
    heard
        What is likeliest, however sure that is; ``None`` when it was not asked or all is silence.
    score
        How sure the network is of ``heard``, in [0, 1]; 0 when there is nothing.
    answer
        How sure that is (by the person's thresholds), or corrected.
    network
        How sure that is, also where a person said otherwise.
    corrected
        The person's own genres, empty when not corrected.
    words
        What should be written: the correction, or the person's words for ``all_heard`` when sure.
    note
        Why a file failed, as a sentence.
    added_at
        Seconds since 1970.
    all_heard
        ``heard``, and behind it the other words that hold where several may.
    inode, dev
        Where the file lies, as SQLite holds them.
    """

    id: int
    track_id: int | None
    root_id: int
    path: Path
    title: str
    artist: str
    album: str
    album_artist: str
    track_no: int
    disc_no: int
    year: int
    genres: tuple[str, ...]
    heard: str | None
    score: float
    runner_up: str | None
    runner_score: float
    majority_share: float
    answer: Answer
    corrected: tuple[str, ...]
    words: tuple[str, ...]
    state: FileState
    note: str
    seconds: float | None
    size: int
    mtime_ns: int
    added_at: float
    cover_id: int | None
    inode: int = 0
    dev: int = 0
    network: Answer = Answer.NONE
    all_heard: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The genres its word names, see :func:`named_by`."""
        return named_by(self.network, self.heard, self.runner_up)

    @property
    def shares(self) -> tuple[float, ...]:
        """The score of each of :attr:`named`."""
        known = {self.runner_up: self.runner_score, self.heard: self.score}
        return tuple(known[label] for label in self.named)

    @property
    def locked(self) -> bool:
        """Whether a person set its genre."""
        return bool(self.corrected)


def path_of(raw: bytes) -> Path:
    """Return the path that is stored as ``os.fsencode`` gave it."""
    return Path(os.fsdecode(raw))


@dataclass(frozen=True, slots=True)
class AnalysisJob:
    """What to do with a file.

    Parameters
    ----------
    file_id, path
        The file.
    identify
        Only recognise the sound: it is probably one that was heard before.
    audio_hash
        The sound, where it is known and only another network is to be asked.
    tags_only
        Only read the tags again.
    """

    file_id: int
    path: bytes
    identify: bool = False
    audio_hash: bytes | None = None
    tags_only: bool = False


@dataclass(frozen=True, slots=True)
class Cover:
    """A small picture and the hash of the large one."""

    digest: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class AnalysisReport:
    """What became of a file.

    Parameters
    ----------
    audio_hash, seconds
        Its sound; ``None`` when it cannot be decoded.
    facts, cover
        Its tags; ``None`` when only another network was asked.
    heard
        ``None`` when the sound was only to be recognised.
    size, mtime_ns, ctime_ns
        Of the file as it was read.
    note
        Why it failed, as a sentence; empty when it did not.
    gone
        It was not there any more.
    fingerprint
        Of its sound, as it is kept; empty when it was not decoded.
    """

    job: AnalysisJob
    audio_hash: bytes | None = None
    seconds: float = 0.0
    metadata: AudioMetadata | None = None
    cover: Cover | None = None
    heard: TrackScores | None = None
    size: int = 0
    mtime_ns: int = 0
    note: str = ""
    gone: bool = False
    ctime_ns: int = 0
    fingerprint: bytes = b""


@dataclass(frozen=True, slots=True)
class AudioMetadata:
    """A file's tags, as far as the catalogue shows them; what is not there is empty or 0."""

    title: str = ""
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    track_no: int = 0
    disc_no: int = 0
    year: int = 0
    genres: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverArt:
    """An embedded picture and the hash that recognises it."""

    data: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """A file as the file system describes it.

    Parameters
    ----------
    path
        ``os.fsencode`` of its absolute path.
    inode
        As a signed 64-bit number, which is what SQLite holds; 0 where the file system has none.
    ctime_ns
        When anything about the file was last changed; 0 on Windows, where it is when it was made.
    """

    path: bytes
    size: int
    mtime_ns: int
    dev: int
    inode: int
    ctime_ns: int = 0


def described(path: bytes, what: os.stat_result) -> Found:
    """Return a file's description from its ``stat``."""
    ctime_ns = 0 if sys.platform == "win32" else what.st_ctime_ns
    return Found(
        path, what.st_size, what.st_mtime_ns, signed(what.st_dev), signed(what.st_ino), ctime_ns
    )


def signed(number: int) -> int:
    """Return an inode or device as SQLite's signed 64 bits hold it."""
    number &= (1 << 64) - 1
    return number - (1 << 64) if number >= 1 << 63 else number
