"""What a worker does with one file: read its tags, recognise its sound, ask the network.

Everything that touches a file's contents happens here, in a process that may die of it.
"""

from __future__ import annotations

import collections
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from genredesk.audio.thumbnail import thumbnail
from genredesk.core.errors import AudioFileError
from genredesk.core.heard import Features, Heard, Scorer
from genredesk.library.rows import path_of
from genredesk.library.scanning import metadata
from genredesk.library.scanning.audio_hash import Sound
from genredesk.library.scanning.featurecache import FeatureCache
from genredesk.library.scanning.metadata import Facts
from genredesk.library.scanning.walk import described


@dataclass(frozen=True, slots=True)
class Job:
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
class Report:
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
    """

    job: Job
    audio_hash: bytes | None = None
    seconds: float = 0.0
    metadata: Facts | None = None
    cover: Cover | None = None
    heard: Heard | None = None
    size: int = 0
    mtime_ns: int = 0
    note: str = ""
    gone: bool = False
    ctime_ns: int = 0


@dataclass(slots=True)
class Listener:
    """A worker's tools.

    Parameters
    ----------
    scorer
        The network.
    features
        Names the features it wants in the cache.
    alive
        Called now and then during a long file.
    """

    scorer: Scorer
    cache: FeatureCache
    features: str
    alive: Callable[[], None]
    _covers: collections.OrderedDict[bytes, Cover | None] = field(
        default_factory=collections.OrderedDict
    )

    def listen(self, job: Job) -> Report:
        """Do a job; what is wrong with the file becomes a note."""
        path = path_of(job.path)
        try:
            what = described(job.path, path.stat())
        except OSError:
            return Report(job, gone=True)
        return replace(
            self._heard(job, path), size=what.size, mtime_ns=what.mtime_ns, ctime_ns=what.ctime_ns
        )

    def _heard(self, job: Job, path: Path) -> Report:
        try:
            return self._listen(job, path)
        except AudioFileError as error:
            if not path.exists():
                return Report(job, gone=True)
            note = f"{error.reason[:1].upper()}{error.reason[1:]}. {error.fix}".strip()
        except MemoryError:
            note = "It needs more memory than there is. It may be damaged."
        except OSError as error:
            note = f"It cannot be read ({error.strerror or error}). Check its drive."
        except Exception as error:  # noqa: BLE001 - whatever a broken file makes a library raise
            note = f"It cannot be analysed ({type(error).__name__}: {error}). It may be damaged."
        found, _ = metadata.read(path)
        return Report(job, metadata=found, note=note[:500])

    def _listen(self, job: Job, path: Path) -> Report:
        if job.tags_only:
            found, art = metadata.read(path)
            return Report(job, metadata=found, cover=self._small(art))
        if job.audio_hash is not None:
            kept = self.cache.load(job.audio_hash, self.features)
            if kept is not None:
                heard = self.scorer.hear_again(kept)
                return Report(job, job.audio_hash, heard=heard)
        sound = Sound(path, self.alive)
        heard = None
        if job.identify:
            sound.drain()
        else:
            parts: list[Features] = []
            keep = parts.append if self.cache.limit_bytes else None
            heard = self.scorer.hear(sound.blocks(self.scorer.sample_rate), keep)
            self.cache.store(sound.digest, self.features, parts)
        found, art = metadata.read(path)
        return Report(job, sound.digest, sound.seconds, found, self._small(art), heard)

    def _small(self, art: metadata.CoverArt | None) -> Cover | None:
        """Make the thumbnail; the songs of a record carry the same picture one after the other."""
        if art is None:
            return None
        if art.digest not in self._covers:
            small = thumbnail(art.data)
            self._covers[art.digest] = Cover(art.digest, small) if small else None
            if len(self._covers) > 64:
                self._covers.popitem(last=False)
        return self._covers[art.digest]
