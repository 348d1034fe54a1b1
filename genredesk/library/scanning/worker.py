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
from genredesk.core.heard import Features, Scorer, TrackScores
from genredesk.core.messages import say
from genredesk.library.records import AnalysisJob, AnalysisReport, Cover, described, path_of
from genredesk.library.scanning import metadata
from genredesk.library.scanning.audio_hash import DecodedAudio
from genredesk.library.scanning.featurecache import WindowCache


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
    cache: WindowCache
    features: str
    alive: Callable[[], None]
    _covers: collections.OrderedDict[bytes, Cover | None] = field(
        default_factory=collections.OrderedDict
    )

    def listen(self, job: AnalysisJob) -> AnalysisReport:
        """Do a job; what is wrong with the file becomes a note."""
        path = path_of(job.path)
        try:
            what = described(job.path, path.stat())
        except OSError:
            return AnalysisReport(job, gone=True)
        return replace(
            self._heard(job, path), size=what.size, mtime_ns=what.mtime_ns, ctime_ns=what.ctime_ns
        )

    def _heard(self, job: AnalysisJob, path: Path) -> AnalysisReport:
        try:
            return self._listen(job, path)
        except AudioFileError as error:
            if not path.exists():
                return AnalysisReport(job, gone=True)
            note = f"{error.reason[:1].upper()}{error.reason[1:]}. {error.fix}".strip()
        except MemoryError:
            note = say("It needs more memory than there is. It may be damaged.")
        except OSError as error:
            note = say(
                "It cannot be read ({reason}). Check its drive.", reason=error.strerror or error
            )
        except Exception as error:  # noqa: BLE001 - whatever a broken file makes a library raise
            note = say(
                "It cannot be analyzed ({name}: {reason}). It may be damaged.",
                name=type(error).__name__,
                reason=error,
            )
        found, _ = metadata.read(path)
        return AnalysisReport(job, metadata=found, note=note[:500])

    def _listen(self, job: AnalysisJob, path: Path) -> AnalysisReport:
        if job.tags_only:
            found, art = metadata.read(path)
            return AnalysisReport(job, metadata=found, cover=self._small(art))
        if job.audio_hash is not None:
            kept = self.cache.load(job.audio_hash, self.features)
            if kept is not None:
                heard = self.scorer.hear_again(kept)
                return AnalysisReport(job, job.audio_hash, heard=heard)
        sound, heard = self._hear(job, DecodedAudio(path, self.alive))
        if (revised := sound.downmix.revised) is not None:
            sound, heard = self._hear(job, DecodedAudio(path, self.alive, revised))
        found, art = metadata.read(path)
        return AnalysisReport(
            job, sound.digest, sound.seconds, found, self._small(art), heard,
            fingerprint=sound.fingerprint,
        )  # fmt: skip

    def _hear(
        self, job: AnalysisJob, sound: DecodedAudio
    ) -> tuple[DecodedAudio, TrackScores | None]:
        """Read a sound to its end; ask about it, unless it is only to be recognised."""
        if job.identify:
            sound.drain()
            return sound, None
        parts: list[Features] = []
        size = 0

        def keep(part: Features) -> None:
            nonlocal size
            size += part.windows.nbytes
            if size <= self.cache.largest_bytes:
                parts.append(part)
            else:  # hours of it: they are not to be held for nothing
                parts.clear()

        wanted = keep if self.cache.limit_bytes else None
        heard = self.scorer.hear(sound.blocks(self.scorer.sample_rate), wanted)
        if sound.downmix.revised is None:
            self.cache.store(sound.digest, self.features, parts)
        return sound, heard

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
