"""Installed models on a person's own songs: each measured, any two compared song by song.

What was measured is kept as one file for each model, and holds only for the files it was measured
of: another network under the same id starts with nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genredesk.core import atomic, paths
from genredesk.core.errors import DataError, GenreDeskError
from genredesk.core.genres import genre_key
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.scores import MOST_OTHERS
from genredesk.inference.bundle import MODEL, Bundle
from genredesk.inference.runtime import open_runtime
from genredesk.training.data import folders, problem, songlist
from genredesk.training.data.cache import TrainingFeatureCache
from genredesk.training.data.scan import LabeledFile
from genredesk.training.data.songs import BETWEEN, SongSet, words_in
from genredesk.training.evaluation import metrics, paired, several, shared_words
from genredesk.training.evaluation.evaluate import (
    Predictions,
    ask,
    calibration_of,
    song_probabilities,
    summarise,
)
from genredesk.training.evaluation.measure import heard_before
from genredesk.training.evaluation.shared_words import SongAnswers, Truth, WordsOf, tried

MOST_MODELS = 1 + MOST_OTHERS
"""So many are compared at once."""


@dataclass(frozen=True, slots=True)
class LabeledSongs:
    """Songs whose words a person knows.

    Parameters
    ----------
    title
        What they are called: the folder, or "your library".
    open
        Opens them as a bundle hears them.
    """

    title: str
    open: Callable[[Bundle, JobContext], SongSet]


def in_folder(
    folder: str, words: str = "", on_note: Callable[[str], None] = lambda _text: None
) -> LabeledSongs:
    """Return the songs of a folder with one folder for each genre.

    Parameters
    ----------
    words
        Where songs have several words, whose they are; see
        :data:`~genredesk.training.data.several_words.SOURCES`.
    on_note
        Is told every file that cannot be used, and why, once.
    """
    told: set[str] = set()

    def opened(bundle: Bundle, ctx: JobContext) -> SongSet:
        found = folders.open_folder(folder, bundle.card.frontend, ctx, words=words)
        for sentence in problem.aside(found.scan.problems):
            if sentence not in told:
                told.add(sentence)
                on_note(sentence)
        return found

    return LabeledSongs(folder, opened)


def of_files(title: str, files: Sequence[tuple[Path, Sequence[str]]]) -> LabeledSongs:
    """Return files with the words a person gave each, such as a library's corrected tracks."""
    entries = [
        LabeledFile(path, BETWEEN.join(words)) for path, words in files if words and path.is_file()
    ]

    def opened(bundle: Bundle, ctx: JobContext) -> SongSet:
        if not entries:
            raise DataError(
                say(
                    "{title}: no track that is there has a genre of yours. Correct some.",
                    title=title,
                )
            )
        root, cache = songlist.common_root(entries), TrainingFeatureCache()
        return folders.open_entries(root, entries, bundle.card.frontend, ctx, cache)

    return LabeledSongs(title, opened)


def measure_on(
    songs: LabeledSongs,
    models: Sequence[Bundle],
    *,
    words_of: WordsOf | None = None,
    ctx: JobContext,
) -> dict[str, Any]:
    """Measure models on a person's songs, compare any two of them, and keep the results.

    A model passes over songs none of whose words it knows; two are compared on the songs both
    know, by the words both know: of these, the likeliest is what each answers.

    Parameters
    ----------
    words_of
        What the person calls a model's word; see
        :func:`~genredesk.training.evaluation.shared_words.meanings`.

    Returns
    -------
    dict
        ``models``: for each id what :func:`kept` returns later. ``together``: where there are
        several, all of them on the songs and words that all know, see :func:`_together`.

    Raises
    ------
    DataError
        When the songs cannot be used, or have no word that the first model knows.
    """
    heard: dict[str, SongAnswers] = {}
    found: dict[str, dict[str, Any]] = {}
    truth: dict[str, frozenset[str]] = {}
    for bundle in models:
        data = songs.open(bundle, ctx)
        answers, told = _measured(bundle, data, words_of, ctx)
        if told is None:
            if bundle is models[0]:
                known = ", ".join(bundle.card.words)
                raise DataError(
                    say(
                        "{title} holds no genre that {title2} knows ({known}). Name its folders "
                        "after these genres.",
                        title=songs.title,
                        title2=bundle.card.title,
                        known=known,
                    )
                )
            continue
        truth |= _truth(data)
        heard[bundle.id] = answers
        found[bundle.id] = {
            "id": bundle.id,
            "title": bundle.card.title,
            "model": bundle.card.files.get(MODEL, ""),
            "folder": songs.title,
            "heard_before": heard_before(bundle.card, data.songs),
            "evaluation": told,
            "versus": [],
        }
    for one, other in itertools.combinations(heard, 2):
        _compare(found[one], found[other], heard[one], heard[other], truth=truth)
    out: dict[str, Any] = {"models": found}
    if len(heard) > 1:
        out["together"] = _together(heard, truth)
    for one in found.values():
        atomic.write_json(_file(one["id"]), {**one, "together": out.get("together")})
    return out


def _truth(data: SongSet) -> dict[str, frozenset[str]]:
    return {
        song.name: frozenset(genre_key(word) for word in words_in(song.label))
        for song in data.songs
    }


def _measured(
    bundle: Bundle,
    data: SongSet,
    words_of: WordsOf | None,
    ctx: JobContext,
) -> tuple[SongAnswers, dict[str, Any] | None]:
    """Hear every song; return the answers, and what the model is worth where it knows their words.

    Songs are heard once, whether a model has a word for them or not.
    """
    card, names = bundle.card, tuple(song.name for song in data.songs)
    truth, means = list(_truth(data).values()), shared_words.meanings(card, words_of)
    with contextlib.closing(open_runtime(bundle)) as runtime:
        run, every = runtime.run, range(len(names))
        if card.task == "several":
            heard = several.hear(card, data, every, lambda x: run(x)[0], ctx)
            answers = SongAnswers(card, names, heard, means)
            return answers, _worth_of_several(answers, truth)
        song, start, logits = ask(data, every, len(card.labels), lambda x: run(x)[0], ctx=ctx)
    said = Predictions(
        card.labels, names, np.zeros(len(names), np.intp), song, start, logits, data.spec.window_s
    )
    answers = SongAnswers(card, names, song_probabilities(said, calibration_of(bundle)), means)
    number = [_only(answers, mine) for mine in truth]
    known = [i for i, n in enumerate(number) if n >= 0]
    if not known:
        return answers, None
    place = np.full(len(names), -1)
    place[known] = np.arange(len(known))
    kept = place[song] >= 0
    own = dataclasses.replace(
        said, names=tuple(names[i] for i in known),
        truth=np.array([number[i] for i in known], np.intp),
        song=place[song[kept]], start_s=start[kept], logits=logits[kept],
    )  # fmt: skip
    return answers, summarise(own, calibration_of(bundle))


def _only(answers: SongAnswers, truth: frozenset[str]) -> int:
    """Return the number of the word that a song's words mean, -1 where it is not exactly one."""
    found = answers.columns(truth)
    exact = [i for i in found.tolist() if genre_key(answers.card.words[i]) in truth]
    found = exact or found.tolist()
    return found[0] if len(found) == 1 else -1


def _worth_of_several(answers: SongAnswers, truth: Truth) -> dict[str, Any] | None:
    holds = np.array([[bool(mine & own) for mine in answers.means] for own in truth], bool)
    known = holds.any(axis=1)
    if not known.any():
        return None
    return several.summarise(answers.card, answers.probabilities[known], holds[known])


def _common(
    heard: Sequence[SongAnswers], truth: dict[str, frozenset[str]]
) -> tuple[list[str], list[frozenset[str]], frozenset[str]]:
    """Return the songs all heard that have a word all know; their words; those words."""
    names = [n for n in heard[0].names if all(n in one.names for one in heard[1:])]
    words = tried(heard, [truth[n] for n in names]) if names else frozenset()
    names = [n for n in names if truth[n] & words]
    return names, [truth[n] & words for n in names], words


def _compare(
    one: dict[str, Any], other: dict[str, Any], a: SongAnswers, b: SongAnswers,
    *, truth: dict[str, frozenset[str]],
) -> None:  # fmt: skip
    names, own, words = _common((a, b), truth)
    if not names:
        return
    mine, theirs = (x.of(names).right(own, words) for x in (a, b))
    for me, it, hits, its in ((one, other, mine, theirs), (other, one, theirs, mine)):
        told: dict[str, Any] = {"id": it["id"], "title": it["title"], "words": sorted(words)}
        told["comparison"] = paired.compare(hits, its).to_dict()
        for key, values in (("mine", hits), ("other", its)):
            told[key] = float(values.mean())
            told[f"{key}_interval"] = list(metrics.interval(values))
        me["versus"].append(told)


def _together(heard: dict[str, SongAnswers], truth: dict[str, frozenset[str]]) -> dict[str, Any]:
    """Measure all models on the songs and the words that all know.

    Returns
    -------
    dict
        ``n`` songs; ``words`` (keys) all know, each with its number of songs; ``models``: for each
        id ``title``, ``right`` and its ``interval``, ``sure`` (share of songs it is sure of) and
        ``sure_right`` of these, ``average_precision`` (mean over the words), ``recall`` by word,
        and ``means``: its words that are called otherwise, and what they count as;
        ``disagree``: the songs not all call alike, with the ``truth`` and each one's ``answers``.
    """
    names, own, words = _common(list(heard.values()), truth)
    out: dict[str, Any] = {
        "n": len(names),
        "words": {word: sum(word in mine for mine in own) for word in sorted(words)},
        "models": {},
        "disagree": [],
    }
    if not names:
        return out
    firsts: dict[str, list[str]] = {}
    for key, every in heard.items():
        answers = every.of(names)
        right, sure = answers.right(own, words), answers.sure(words)
        ranks = answers.average_precision(own, words)
        firsts[key] = [answers.card.words[i] for i in answers.first(words).tolist()]
        out["models"][key] = {
            "title": answers.card.title,
            "task": answers.card.task,
            "right": float(right.mean()),
            "interval": list(metrics.interval(right)),
            "sure": float(sure.mean()),
            "sure_right": float(right[sure].mean()) if sure.any() else None,
            "average_precision": float(np.mean(list(ranks.values()))) if ranks else None,
            "recall": {word: _recall(right, own, word) for word in sorted(words)},
            "means": {
                word: sorted(mine & words)
                for word, mine in zip(answers.card.words, answers.means, strict=True)
                if mine & words and genre_key(word) not in words
            },
        }
    for i, name in enumerate(names):
        said = {key: answers[i] for key, answers in firsts.items()}
        counted = [heard[key].means[heard[key].card.words.index(w)] & words
                   for key, w in said.items()]  # fmt: skip
        if not frozenset.intersection(*counted):
            out["disagree"].append({"song": name, "truth": sorted(own[i]), "answers": said})
    return out


def _recall(right: NDArray[np.bool_], truth: Truth, word: str) -> float:
    mine = np.array([word in own for own in truth], bool)
    return float(right[mine].mean()) if mine.any() else 0.0


def _file(bundle_id: str) -> Path:
    return paths.data_dir() / "measured" / f"{bundle_id}.json"


def kept(bundle: Bundle) -> dict[str, Any] | None:
    """Return what was measured of a model on a person's songs; ``None``: nothing, or of another.

    Returns
    -------
    dict or None
        ``title``, ``folder``, ``heard_before``, ``evaluation`` (see
        :func:`genredesk.training.evaluation.evaluate.summarise`, or
        :func:`genredesk.training.evaluation.several.summarise`), and ``versus``, for each model it
        was compared with: that one's ``id`` and ``title``, the ``words`` both know, ``comparison``,
        shares ``mine`` and ``other`` with their intervals; ``together``, see :func:`measure_on`.
    """
    try:
        found = json.loads(_file(bundle.id).read_text(encoding="utf-8"))
        if isinstance(found.get("versus"), dict):  # as one comparison was kept at first
            found["versus"] = [found["versus"]]
        return found if found["model"] == bundle.card.files.get(MODEL, "") else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, GenreDeskError):
        return None
