"""What a worker does with one file: read its tags, recognise its sound, ask the network.

Everything that touches a file's contents happens here, in a process that may die of it.
"""

from __future__ import annotations

import collections
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from genredesk.audio.thumbnail import thumbnail
from genredesk.core.errors import AudioFileError
from genredesk.core.heard import Features, Scorer, TrackScores
from genredesk.library.rows import path_of
from genredesk.library.scanning import metadata
from genredesk.library.scanning.audio_hash import DecodedAudio
from genredesk.library.scanning.featurecache import FeatureCache
from genredesk.library.scanning.metadata import AudioMetadata


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
    """

    file_id: int
    path: bytes
    identify: bool = False
    audio_hash: bytes | None = None


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
    size, mtime_ns
        Of the file as it was read.
    note
        Why it failed, as a sentence; empty when it did not.
    gone
        It was not there any more.
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


@dataclass(slots=True)
class AnalysisWorker:
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

    def listen(self, job: AnalysisJob) -> AnalysisReport:
        """Do a job; what is wrong with the file becomes a note."""
        path = path_of(job.path)
        try:
            what = path.stat()
        except OSError:
            return AnalysisReport(job, gone=True)
        try:
            return self._listen(job, path, what.st_size, what.st_mtime_ns)
        except AudioFileError as error:
            if not path.exists():
                return AnalysisReport(job, gone=True)
            note = f"{error.reason[:1].upper()}{error.reason[1:]}. {error.fix}".strip()
        except MemoryError:
            note = "It needs more memory than there is. It may be damaged."
        except OSError as error:
            note = f"It cannot be read ({error.strerror or error}). Check its drive."
        except Exception as error:  # noqa: BLE001 - whatever a broken file makes a library raise
            note = f"It cannot be analysed ({type(error).__name__}: {error}). It may be damaged."
        found, _ = metadata.read(path)
        return AnalysisReport(
            job, metadata=found, note=note[:500], size=what.st_size, mtime_ns=what.st_mtime_ns
        )

    def _listen(self, job: AnalysisJob, path: Path, size: int, mtime_ns: int) -> AnalysisReport:
        if job.audio_hash is not None:
            kept = self.cache.load(job.audio_hash, self.features)
            if kept is not None:
                heard = self.scorer.hear_again(kept)
                return AnalysisReport(
                    job, job.audio_hash, heard=heard, size=size, mtime_ns=mtime_ns
                )
        sound = DecodedAudio(path, self.alive)
        heard = None
        if job.identify:
            sound.drain()
        else:
            parts: list[Features] = []
            keep = parts.append if self.cache.limit_bytes else None
            heard = self.scorer.hear(sound.blocks(self.scorer.sample_rate), keep)
            self.cache.store(sound.digest, self.features, parts)
        found, art = metadata.read(path)
        return AnalysisReport(
            job, sound.digest, sound.seconds, found, self._small(art), heard, size, mtime_ns
        )

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
