"""Songs from a folder of labelled folders, through the feature cache.

Every file is decoded once: its hash, level and fingerprint are noted, its columns kept. Front ends
whose windows are runs of one stream keep the whole song's columns; the others (centred frames,
three hops) keep whole windows one after another, and windows begin only where those do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from genredesk.audio import decode
from genredesk.core.errors import AudioFileError, DataError
from genredesk.core.job import JobContext
from genredesk.core.levels import level_of
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.features import fingerprint, frontend
from genredesk.features.frontend import FrontendSpec
from genredesk.training.data import scan, several_words
from genredesk.training.data.cache import AudioFacts, TrainingFeatureCache
from genredesk.training.data.scan import LabeledFile, Problem, Scan
from genredesk.training.data.songs import Song, window_columns

LONGEST_S = 600.0
"""More of a song than this is not used."""

Alter = Callable[[FloatArray], FloatArray]
T = TypeVar("T")


@dataclass(slots=True)
class FolderSongs:
    """A :class:`~genredesk.training.data.songs.SongSet` of memory-mapped columns.

    Parameters
    ----------
    alter
        What is done to the sound of some songs, by their index, before columns are made of it.
    """

    songs: tuple[Song, ...]
    spec: FrontendSpec
    stride: int
    scan: Scan
    cache: TrainingFeatureCache
    alter: Mapping[int, Alter] = field(default_factory=dict)
    _open: dict[int, np.ndarray] = field(default_factory=dict)

    def _columns(self, index: int) -> np.ndarray:
        array = self._open.get(index)
        if array is None:
            array = self.cache.open(self.scan.facts[index].audio, self.spec)
            if array is None:
                array = self.make(index)
            if len(self._open) >= 4096:
                self._open.clear()
            self._open[index] = array
        return array

    def make(self, index: int) -> np.ndarray:
        """Make the columns of a song whose cached ones are not there (any more).

        Raises
        ------
        DataError
            When the file can no longer be read or the cache not be written.
        """
        path, audio = self.scan.entries[index].path, self.scan.facts[index].audio
        try:
            samples = decode.load(path, self.spec.sample_rate, LONGEST_S)
        except AudioFileError as error:
            raise DataError(
                say(
                    "{path}: it can no longer be read ({reason}). Put it back and resume.",
                    path=path.name,
                    reason=error.reason,
                )
            ) from error
        alter = self.alter.get(index)
        columns = whole_columns(self.spec, alter(samples) if alter else samples)
        self.cache.store(audio, self.spec, columns)
        array = self.cache.open(audio, self.spec)
        return columns if array is None else array

    def n_columns(self, index: int) -> int:
        """How many columns a song has."""
        return self._columns(index).shape[2]

    def crop(self, index: int, start: int, stop: int) -> FloatArray:
        """Columns ``start`` to ``stop`` of one song as a copy."""
        return np.array(self._columns(index)[..., start:stop], dtype=np.float32)


def whole_columns(spec: FrontendSpec, samples: FloatArray) -> FloatArray:
    """Return what the cache keeps of a song: its columns, or its windows one after another."""
    if spec.streamable:
        return frontend.columns(spec, samples)
    need, width = spec.window_samples, window_columns(spec)
    starts = range(0, max(1, len(samples) - need + 1), need)
    parts = [frontend.columns(spec, samples[s : s + need])[..., :width] for s in starts]
    return np.concatenate(parts, axis=-1)


def examine(path: Path, spec: FrontendSpec, cache: TrainingFeatureCache) -> AudioFacts:
    """Decode one file and keep its facts, fingerprint and columns, unless they are there.

    Raises
    ------
    DataError
        When the cache cannot be written.
    """
    known = known_facts(path, spec, cache)
    if known is not None:
        return known
    rate = spec.sample_rate
    try:
        samples, tags = decode.load_tagged(path, rate, LONGEST_S)
    except AudioFileError as error:
        facts = AudioFacts("", reason=error.reason, fix=error.fix)
        _remember(path, rate, facts, cache)
        return facts
    facts = _facts(samples, rate, tags.get("artist", ""))
    if len(samples) >= spec.window_samples and not cache.has(facts.audio, spec):
        cache.store(facts.audio, spec, whole_columns(spec, samples))
    if not cache.has_codes(facts.audio):
        cache.store_codes(facts.audio, fingerprint.codes(samples, rate))
    _remember(path, rate, facts, cache)
    return facts


def known_facts(path: Path, spec: FrontendSpec, cache: TrainingFeatureCache) -> AudioFacts | None:
    """Return what the cache knows of a file, ``None`` unless that is all there is to know."""
    known = cache.facts(path, spec.sample_rate)
    if known is None or known.reason or known.seconds < spec.window_s:
        return known
    whole = cache.has(known.audio, spec) and cache.has_codes(known.audio)
    return known if whole else None


def _remember(path: Path, rate: int, facts: AudioFacts, cache: TrainingFeatureCache) -> None:
    if path.exists():
        cache.remember(path, rate, facts)


def _facts(samples: FloatArray, rate: int, artist: str) -> AudioFacts:
    return AudioFacts(
        audio=fingerprint.audio_hash(samples),
        seconds=len(samples) / rate,
        level_dbfs=level_of(samples).rms_dbfs,
        artist=artist,
    )


def in_threads(
    work: Callable[[int], T],
    names: Sequence[str],
    ctx: JobContext,
    workers: int = 0,
    *,
    before: int = 0,
) -> list[T]:
    """Do ``work`` on the positions of ``names`` with a few threads; results in their order.

    Parameters
    ----------
    before
        How much of the same work is done already, for the progress.

    Raises
    ------
    Cancelled
        When the job was cancelled; whatever was begun is ended first.
    """
    found: dict[int, T] = {}
    with ThreadPoolExecutor(workers or os.cpu_count() or 1, "features") as pool:
        jobs: dict[Future[T], int] = {pool.submit(work, i): i for i in range(len(names))}
        try:
            for done, job in enumerate(as_completed(jobs), 1):
                found[jobs[job]] = job.result()
                ctx.progress(before + done, before + len(names), names[jobs[job]])
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [found[i] for i in range(len(names))]


def extract(
    entries: list[LabeledFile],
    spec: FrontendSpec,
    cache: TrainingFeatureCache,
    ctx: JobContext,
    workers: int = 0,
) -> list[AudioFacts]:
    """Examine the files the cache does not know, with a few threads; the order is of ``entries``.

    Raises
    ------
    Cancelled
        When the job was cancelled; what is done stays in the cache.
    DataError
        When the cache cannot be written.
    """
    known = [known_facts(entry.path, spec, cache) for entry in entries]
    new = [entry.path for entry, facts in zip(entries, known, strict=True) if facts is None]
    ctx.progress(len(entries) - len(new), len(entries))
    found = iter(
        in_threads(
            lambda i: examine(new[i], spec, cache),
            [path.name for path in new],
            ctx,
            workers,
            before=len(entries) - len(new),
        )
    )
    return [next(found) if facts is None else facts for facts in known]


def open_folder(
    root: str | Path,
    spec: FrontendSpec,
    ctx: JobContext | None = None,
    cache: TrainingFeatureCache | None = None,
    *,
    words: str = "",
    workers: int = 0,
) -> FolderSongs:
    """Scan a folder of labelled folders and return its songs.

    Parameters
    ----------
    words
        Where songs have several words, whose they are; see
        :data:`~genredesk.training.data.several_words.SOURCES`.

    Raises
    ------
    DataError
        When nothing in it can be used; the text names the first reason.
    Cancelled
        When the job was cancelled.
    """
    root, cache, ctx = Path(root), cache or TrainingFeatureCache(), ctx or JobContext()
    entries, problems = several_words.find(root, words) if words else scan.find(root)
    return open_entries(root, entries, spec, ctx, cache, problems=problems, workers=workers)


def open_entries(
    root: Path,
    entries: list[LabeledFile],
    spec: FrontendSpec,
    ctx: JobContext,
    cache: TrainingFeatureCache,
    *,
    problems: Sequence[Problem] = (),
    workers: int = 0,
) -> FolderSongs:
    """Examine files that were found and return the usable ones as songs; see :func:`open_folder`.

    Parameters
    ----------
    problems
        What was wrong with files that are not among ``entries``.
    """
    facts = extract(entries, spec, cache, ctx, workers)
    if not root.is_dir():
        raise DataError(
            say("{root} is gone. Plug its drive in again and start once more.", root=root)
        )
    size = cache.trim({known.audio for known in facts})
    result = scan.judge(root, entries, facts, spec.window_s, cache, problems=problems, size=size)
    if not result.entries:
        worst = result.problems[0]
        raise DataError(
            say(
                "None of the {n} files in {root} can be used; the first is {file}: {reason}. {fix}",
                n=len(entries),
                root=root,
                file=worst.file,
                reason=worst.reason,
                fix=worst.fix,
            ).rstrip()
        )
    songs = tuple(_songs(root, result))
    stride = 1 if spec.streamable else window_columns(spec)
    return FolderSongs(songs, spec, stride, result, cache)


def _songs(root: Path, result: Scan) -> Iterable[Song]:
    for entry, facts in zip(result.entries, result.facts, strict=True):
        yield Song(
            scan.name_of(root, entry.path),
            entry.label,
            entry.artist or facts.artist,
            entry.split,
            str(entry.path),
        )
