"""What a finished run measured, song by song and window by window; read off the UI thread."""

from __future__ import annotations

import contextlib
import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from genredesk.core.errors import BundleError, GenreDeskError
from genredesk.core.messages import say
from genredesk.inference import bundle as bundles
from genredesk.inference import card_reader
from genredesk.training.data import scan, songlist
from genredesk.training.data.songs import words_in
from genredesk.training.runs import store
from genredesk.training.runs.messages import EpochEvent
from genredesk.training.runs.store import TrainingRun


@dataclass(frozen=True, slots=True)
class WindowResult:
    """One window of a song: when, what was said, how surely; all scores where they are kept."""

    start: float
    end: float
    answer: str
    score: float
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SongResult:
    """One held-back song.

    Parameters
    ----------
    name, path
        As in reports, and where it is.
    truth, answer, score
        Its genre, what it was named by summed probability, and that probability.
    windows
        In the order of time.
    majority
        What most windows name; ties go to the genre that comes first in the alphabet.
    rank
        Which place its genre has by summed probability, from 1; 0: not known. Of a song with
        several words that of the first of them.
    words, said
        Where several words may hold: its own, and those it was surely called by.
    """

    name: str
    path: str
    truth: str
    answer: str
    score: float
    windows: tuple[WindowResult, ...]
    majority: str = ""
    rank: int = 0
    words: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    @property
    def surest(self) -> str:
        """What its surest window names."""
        return max(self.windows, key=lambda window: window.score).answer

    @property
    def right(self) -> bool:
        """Whether it was named rightly."""
        return self.has(self.answer)

    def has(self, label: str) -> bool:
        """Whether a genre is its own."""
        return label in (self.words or (self.truth,))

    def wrong_windows(self) -> list[WindowResult]:
        """Return the windows that were named wrongly."""
        return [w for w in self.windows if not self.has(w.answer)]


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run with everything that was measured.

    Parameters
    ----------
    heard
        How many of the held-back songs the model it began with had learned from; -1: not known,
        because it was not made here.
    makes_sound
        Whether its network also makes new pieces.
    """

    run: TrainingRun
    evaluation: dict[str, Any]
    songs: tuple[SongResult, ...]
    epochs: tuple[EpochEvent, ...] = ()
    heard: int = -1
    makes_sound: bool = False

    @property
    def labels(self) -> list[str]:
        """The classes."""
        return list(self.evaluation["labels"])

    @property
    def several(self) -> bool:
        """Whether several words may hold of a song."""
        return "per_label" in self.evaluation

    @property
    def table(self) -> list[list[int]]:
        """Songs by true class and answer; where several words may hold, of each word and each."""
        return self.evaluation["together" if self.several else "confusion"]

    def cell(self, truth: str, answer: str) -> list[SongResult]:
        """Return the songs of ``truth`` that were called ``answer``, surest first."""
        found = [s for s in self.songs if s.truth == truth and s.answer == answer]
        if self.several:
            found = [s for s in self.songs if truth in s.words and answer in s.said]
        return sorted(found, key=lambda s: -s.score)

    def wrong(self) -> list[SongResult]:
        """Return every song that was named wrongly, surest first."""
        return self.chosen(lambda song: not song.right)

    def chosen(self, wanted: Callable[[SongResult], bool]) -> list[SongResult]:
        """Return the songs that are wanted, surest first."""
        return sorted(filter(wanted, self.songs), key=lambda song: -song.score)


WAYS: dict[str, Callable[[SongResult], bool]] = {
    "wrong": lambda song: not song.right,
    "differ": lambda song: song.answer != song.majority,
    "all_three": lambda song: not any(map(song.has, (song.answer, song.majority, song.surest))),
    "second": lambda song: song.rank == 2,
    "third": lambda song: song.rank == 3,
    "later": lambda song: song.rank > 3,
}
"""Songs worth studying, as the papers did: named wrongly; sum and majority differ; wrong by sum, by
majority and by the surest window; the right genre second, third, or later by summed probability."""


def load(run: TrainingRun) -> Result:
    """Read a finished run.

    Raises
    ------
    GenreDeskError
        When something of it is missing or broken.
    """
    evaluation = store.evaluation(run)
    entries = songlist.read(run.songs)
    root = songlist.common_root(entries)
    places = {scan.name_of(root, entry.path): str(entry.path) for entry in entries}
    bounds = {w: row["threshold"] for w, row in evaluation.get("per_label", {}).items()}
    songs = tuple(_songs(run, places, evaluation.get("wrong") or [], bounds))
    heard = _heard(evaluation.get("begun_with") or {}, {song.path for song in songs})
    makes_sound = False
    with contextlib.suppress(BundleError):  # its numbers can be looked at without it
        makes_sound = card_reader.read(run.bundle / bundles.CARD).makes_sound
    return Result(run, evaluation, songs, tuple(store.epochs(run)), heard, makes_sound)


def _heard(begun: dict[str, Any], held: set[str]) -> int:
    """Count the songs of ``held`` that a model made here had learned from; -1: not made here."""
    maker = next(
        (r for r in store.every() if r.installed and r.installed == begun.get("bundle")), None
    )
    if maker is None:
        return -1
    try:
        entries = songlist.read(maker.songs)
        root = songlist.common_root(entries)
        places = {scan.name_of(root, entry.path): str(entry.path) for entry in entries}
        kept_back = {song.path for song in _songs(maker, places, [])}
        if (store.evaluation(maker).get("leaks") or {}).get("folds"):
            kept_back = set()  # in turn only: it has learned from all of them
    except GenreDeskError:
        return -1
    return len(held & (set(places.values()) - kept_back))


def _songs(
    run: TrainingRun,
    places: dict[str, str],
    wrong: list[dict[str, Any]],
    bounds: Mapping[str, float] | None = None,
) -> list[SongResult]:
    """Read the windows, and name each song by the sum of its windows' scores.

    Of many genres the scores are not kept; then a song is right unless ``wrong`` lists it.

    Parameters
    ----------
    bounds
        Where several words may hold: from which score on each is sure.
    """
    path = run.report / "windows.csv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            labels = next(reader)[6:]
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error, StopIteration) as error:
        raise GenreDeskError(
            say("{path} cannot be read ({reason}). Train again.", path=path, reason=error)
        ) from error
    windows: dict[str, list[WindowResult]] = defaultdict(list)
    total: dict[str, np.ndarray] = {}
    truth: dict[str, str] = {}
    for name, start, end, true, answer, score, *scores in rows:
        here = np.array(scores, dtype=np.float64)
        windows[name].append(
            WindowResult(float(start), float(end), answer, float(score), tuple(here.tolist()))
        )
        total[name] = total[name] + here if name in total else here
        truth[name] = true
    listed = {row["song"]: (row["answer"], float(row["score"])) for row in wrong}
    out = []
    for name, summed in total.items():
        heard = tuple(windows[name])
        own, said = words_in(truth[name]) if bounds else (), ()
        if labels:
            mean = summed / len(heard)
            best = int(mean.argmax())
            answer, score = labels[best], float(mean[best])
            places_ = [labels.index(word) for word in own or (truth[name],)]
            rank = 1 + int((mean > mean[places_].max()).sum()) if places_ else 0
            said = tuple(w for w, p in zip(labels, mean, strict=True) if p >= _bound(bounds, w))
        else:
            sure = sum(w.score for w in heard if w.answer == truth[name]) / len(heard)
            answer, score = listed.get(name, (truth[name], sure))
            rank = 0
        votes = Counter(window.answer for window in heard)
        majority = min(votes, key=lambda label: (-votes[label], label))
        place = places.get(name, "")
        out.append(
            SongResult(
                name, place, truth[name], answer, score, heard, majority, rank, own, said
            )
        )  # fmt: skip
    return out


def _bound(bounds: Mapping[str, float] | None, word: str) -> float:
    return (bounds or {}).get(word, 2.0)
