"""A few songs a word, as a person teaches them: quick mode with one ear and with others beside it.

Songs of ``gtzan-audio`` are drawn, a quick run learns from them as it would for a person, and is
asked about songs of other artists; the words that were not drawn, and whole songs of another kind,
are other music. The shipped networks have heard these songs, so their rows flatter: ``python -m
benchmarks.accuracy unheard`` makes such that have not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.case import Case, Missing
from benchmarks.table import Row
from genredesk.audio import decode
from genredesk.features import frontend
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.training.data import folders, split
from genredesk.training.data.songs import Song, SongSet, window_columns, window_starts
from genredesk.training.evaluation import metrics
from genredesk.training.evaluation.evaluate import HOP_S
from genredesk.training.fit import other_music, quick
from genredesk.training.fit.run import QuickRun
from genredesk.training.network import logistic, module
from genredesk.training.plan import ears as plan_ears
from genredesk.training.runs import ears

DRAWS = 5
SIZES = (2, 4, 7)
SIX = 6
"""Words of a draw; all ten where there are no other words to be left out."""

MUSICNN_ID = "musicnn-msd"

PIECE_S = 30.0
"""Whole songs are cut into pieces as long as the songs of the table."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What ears make of all songs and of other music.

    Parameters
    ----------
    songs
        Embeddings of every window of ``data``'s songs.
    pieces
        The same of pieces of whole songs, one array each.
    """

    ears: list[Bundle]
    data: SongSet
    songs: quick.SongEmbeddings
    pieces: list[NDArray[np.float64]]

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the ears' embeddings."""
        return ears.widths(self.ears)


@dataclass(slots=True)
class Score:
    """What the draws of one kind gave, one number a draw."""

    songs: list[float] = field(default_factory=list)
    windows: list[float] = field(default_factory=list)
    pieces: list[float] = field(default_factory=list)
    words: list[float] = field(default_factory=list)


class Drawn:
    """Some songs of a set."""

    def __init__(self, data: SongSet, chosen: NDArray[np.intp]) -> None:
        self._data, self._chosen = data, chosen
        self.songs: tuple[Song, ...] = tuple(data.songs[i] for i in chosen)
        self.spec, self.stride = data.spec, data.stride

    def n_columns(self, index: int) -> int:
        """See :class:`SongSet`."""
        return self._data.n_columns(int(self._chosen[index]))

    def crop(self, index: int, start: int, stop: int) -> NDArray[np.float32]:
        """See :class:`SongSet`."""
        return self._data.crop(int(self._chosen[index]), start, stop)


def area(known: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Return the area under the curve: how often known music is named more surely than other."""
    above = (known[:, None] > other[None]).mean() + 0.5 * (known[:, None] == other[None]).mean()
    return float(above)


def draw(songs: tuple[Song, ...], words: list[str], n: int, seed: int) -> list[NDArray[np.intp]]:
    """Return songs to learn from, ``n`` a word, songs of these words by other artists, the rest."""
    rng = np.random.default_rng((seed, n))
    labels = np.array([song.label for song in songs])
    group = split.groups(songs)
    learned = np.concatenate([rng.permutation(np.flatnonzero(labels == w))[:n] for w in words])
    theirs = np.isin(group, group[learned])
    taught = np.isin(labels, words)
    return [np.sort(learned), np.flatnonzero(taught & ~theirs), np.flatnonzero(~taught)]


def _sure(layer: logistic.Matrix, windows: NDArray[np.float64], temperature: float) -> np.ndarray:
    """Return the mean probabilities of one song."""
    logits = logistic.answers(layer, windows).astype(np.float32)
    return metrics.softmax(logits, temperature).mean(0)


def learn(heard: Heard, words: list[str], n: int, seed: int, into: Score) -> None:
    """Learn from a draw as a quick run does, and ask about the other songs."""
    learned, asked, rest = draw(heard.data.songs, words, n, seed)
    if not len(asked):
        return
    every, data = heard.songs, Drawn(heard.data, learned)
    rows = np.isin(every.song, learned)
    number = np.searchsorted(words, [song.label for song in heard.data.songs])
    others = other_music.heard_by(heard.ears, words)
    own = quick.SongEmbeddings(
        every.embedding[rows], np.searchsorted(learned, every.song[rows]),
        number[every.song[rows]], every.start_s[rows], every.apart[rows],
        other_music.none(every.embedding.shape[1]) if others is None else others,
        ears.known(heard.ears, words, strange=True),
    )  # fmt: skip
    folds = split.each_once(data.songs, seed=seed)
    run = QuickRun(data, tuple(words))
    kept = quick.choose(run, own, folds, heard.widths)
    layer, _ = quick.layer_of(kept.head, own, np.ones(len(own.song), bool), len(words))
    answers = kept.held_back
    temperature = metrics.fit_temperature(answers.logits, answers.window_truth)

    def means(songs: NDArray[np.intp]) -> NDArray[np.floating]:
        return np.stack(
            [_sure(layer, every.embedding[every.song == i], temperature) for i in songs]
        )

    found = means(asked)
    windows = np.isin(every.song, asked)
    said = logistic.answers(layer, every.embedding[windows]).argmax(1)
    into.songs.append(float((found.argmax(1) == number[asked]).mean()))
    into.windows.append(float((said == number[every.song[windows]]).mean()))
    pieces = np.stack([_sure(layer, piece, temperature) for piece in heard.pieces])
    into.pieces.append(area(found.max(1), pieces.max(1)))
    if len(rest):
        into.words.append(area(found.max(1), means(rest).max(1)))


def songs_of(case: Case, found: list[Bundle]) -> SongSet:
    """Open the songs through the front ends of ears."""
    data = folders.open_folder(str(case.folder("gtzan-audio")), plan_ears.frontend(found))
    return Drawn(data, np.arange(0, len(data.songs), case.few))


def listen(case: Case, found: list[Bundle]) -> Heard:
    """Let ears hear everything once."""
    data = songs_of(case, found)
    embed = ears.embedder(found)
    labels = tuple(sorted({song.label for song in data.songs}))
    songs = quick.hear(QuickRun(data, labels), embed, range(len(data.songs)))
    return Heard(found, data, songs, list(_pieces(case, data, embed)))


def _pieces(case: Case, data: SongSet, embed: module.Embed) -> Iterator[NDArray[np.float64]]:
    spec, frames = data.spec, window_columns(data.spec)
    long = round(PIECE_S * spec.sample_rate)
    hop = -(-round(HOP_S / spec.hop_s) // data.stride) * data.stride
    for path in decode.find_audio([case.folder("full-songs")]):
        sound = decode.load(path, spec.sample_rate)
        for first in range(0, len(sound) - long + 1, long):
            columns = folders.whole_columns(spec, sound[first : first + long])
            starts = window_starts(columns.shape[-1], frames, hop)
            cut = np.stack([columns[..., s : s + frames] for s in starts])
            yield embed(frontend.normalise(spec, cut)).astype(np.float64)


def _rows(group: str, name: str, score: Score) -> Iterator[Row]:
    spread = f"{len(score.songs)} draws, ± {100 * np.std(score.songs):.1f}"
    areas = f"known against whole songs of another kind {np.mean(score.pieces):.3f}"
    if score.words:
        areas += f", against the words that were not taught {np.mean(score.words):.3f}"
    yield Row(group, f"{name}: songs", 100 * float(np.mean(score.songs)), "%", note=spread)
    yield Row(
        group, f"{name}: windows", 100 * float(np.mean(score.windows)), "%",
        note=f"area under the curve: {areas}",
    )  # fmt: skip


def kinds(first: Bundle, second: Bundle) -> list[tuple[str, list[Bundle]]]:
    """Return the ears that are compared: one, with those beside it that are here, all of them."""
    out = [("one ear", [first]), ("with edge-cnn", [first, second])]
    third = next((bundle for bundle in bundles.installed() if bundle.id == MUSICNN_ID), None)
    if third is not None:
        out += [("with musicnn", [first, third]), ("with both", [first, second, third])]
    return out


def words_of(heard: Heard) -> list[str]:
    """Return the words with songs enough to learn from some and be asked about others."""
    labels = [song.label for song in heard.data.songs]
    return sorted(word for word in set(labels) if labels.count(word) > SIZES[1])


def rows(case: Case) -> list[Row]:
    """Draw, learn, ask; with the bundle alone and with each ear that hears beside it.

    Raises
    ------
    Missing
        When the second ear that comes with the program is not here.
    """
    second = plan_ears.second(case.bundle)
    if second is None:
        raise Missing("there is no second ear for this bundle; install edge-cnn")
    return measured(
        case, kinds(case.bundle, second), "A few songs a word, all heard before: it flatters"
    )


def measured(
    case: Case, ears_of: list[tuple[str, list[Bundle]]], group: str, new: Sequence[str] = ()
) -> list[Row]:
    """Draw, learn and ask with each of ``ears_of``; the words ``new`` are in every draw."""
    out: list[Row] = []
    for ear, found in ears_of:
        heard = listen(case, found)
        every = words_of(heard)
        old = [word for word in every if word not in new]
        for n in SIZES:
            of: dict[int, Score] = {}
            for seed in range(DRAWS):
                drawn = np.random.default_rng(seed).permutation(old)[: SIX - len(new)]
                six = sorted([*map(str, drawn), *new])
                for words in (six, every) if len(every) > SIX else (every,):
                    learn(heard, words, n, seed, of.setdefault(len(words), Score()))
            for size, score in of.items():
                out += _rows(group, f"{n} songs, {size} words, {ear}", score)
    return out
