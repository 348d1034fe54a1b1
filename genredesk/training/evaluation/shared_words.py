"""Models of different vocabularies asked the same question: which of their shared words.

A person labels songs with words of their own; what a model's word means of them is found by its
name, by the name of its leaf or parent, or by the person's own mapping.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genredesk.core import certainty
from genredesk.core.genres import UNDER, genre_key
from genredesk.core.scores import FloatArray
from genredesk.inference.card import ModelCard
from genredesk.training.evaluation import several

Truth = Sequence[frozenset[str]]
"""The keys of each song's words, see :func:`genredesk.core.genres.genre_key`."""

WordsOf = Callable[[str], Sequence[str]]
"""What a person calls a model's word, the broader words above it, too."""


def by_name(word: str) -> Sequence[str]:
    """Return what a word means where nobody said otherwise: itself, its leaf, and its parent."""
    parent, under, leaf = word.partition(UNDER)
    return (word, leaf, parent) if under else (word,)


def keys_of(labels: Sequence[str], holds: NDArray[np.bool_]) -> list[frozenset[str]]:
    """Return the keys of the labels that hold for songs ``(songs, labels)``."""
    keys = [frozenset(genre_key(w) for w in by_name(label)) for label in labels]
    none = frozenset[str]()
    return [none.union(*(keys[i] for i in np.flatnonzero(row))) for row in holds]


def meanings(card: ModelCard, words_of: WordsOf | None = None) -> tuple[frozenset[str], ...]:
    """Return the keys of what each of a model's words means.

    Parameters
    ----------
    words_of
        The person's mapping; what it says of a word counts beside the word's own name.
    """
    return tuple(
        frozenset(genre_key(w) for w in (*by_name(word), *(words_of(word) if words_of else ())))
        for word in card.words
    )


@dataclass(frozen=True, slots=True)
class SongAnswers:
    """What one model said to the songs of a set.

    Parameters
    ----------
    card
        The model's.
    names
        Of the songs.
    probabilities
        ``(songs, words)``, calibrated, over all windows of each.
    means
        See :func:`meanings`.
    """

    card: ModelCard
    names: tuple[str, ...]
    probabilities: FloatArray
    means: tuple[frozenset[str], ...]

    @property
    def known(self) -> frozenset[str]:
        """Keys of all it has a word for."""
        return frozenset[str]().union(*self.means)

    def of(self, names: Sequence[str]) -> SongAnswers:
        """Return the answers to some of the songs, in their order."""
        place = {name: i for i, name in enumerate(self.names)}
        rows = self.probabilities[[place[name] for name in names]]
        return SongAnswers(self.card, tuple(names), rows, self.means)

    def columns(self, words: Collection[str]) -> NDArray[np.intp]:
        """Return the numbers of the words that mean one of ``words``."""
        return np.array([i for i, mine in enumerate(self.means) if mine & set(words)], np.intp)

    def first(self, words: Collection[str]) -> NDArray[np.intp]:
        """Return the number of the first word of each song, of those that mean ``words``."""
        bounds = self.card.bounds()
        keys = self.probabilities
        if bounds.several is not None:
            keys = bounds.several.keys(keys)
        allowed = self.columns(words)
        return allowed[np.asarray(keys)[:, allowed].argmax(axis=1)]

    def right(self, truth: Truth, words: Collection[str]) -> NDArray[np.bool_]:
        """Whether the first word of each song, of those that mean ``words``, is one of its own."""
        first = self.first(words)
        return np.array(
            [bool(self.means[i] & mine) for i, mine in zip(first, truth, strict=True)], bool
        )

    def sure(self, words: Collection[str]) -> NDArray[np.bool_]:
        """Whether it is sure of that word, by its own threshold."""
        first, bounds = self.first(words), self.card.bounds()
        score = self.probabilities[np.arange(len(first)), first]
        bound = np.array(bounds.several.sure)[first] if bounds.several else bounds.sure
        return np.asarray(np.round(score, 6) >= bound)

    def average_precision(self, truth: Truth, words: Collection[str]) -> dict[str, float]:
        """Return how well it ranks the songs by each word that some have and others have not."""
        found = {}
        for word in sorted(words):
            holds = np.array([word in mine for mine in truth], bool)
            mine = self.columns([word])
            if holds.any() and not holds.all() and len(mine):
                score = self.probabilities[:, mine].max(axis=1)
                found[word] = several.average_precision(holds, score)
        return found

    def said(self) -> tuple[str, ...]:
        """Return what it calls each song, sure or not, of all its words."""
        top = certainty.leaders(self.probabilities, self.card.bounds())[:, 0]
        return tuple(self.card.words[i] for i in top.tolist())


def tried(answers: SongAnswers | Sequence[SongAnswers], truth: Truth) -> frozenset[str]:
    """Return the words of the songs that every model has a word for."""
    known = frozenset[str]().union(*truth)
    for one in [answers] if isinstance(answers, SongAnswers) else answers:
        known &= one.known
    return known
