"""From what the network heard to what the person calls it: thresholds, words, and their tree."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genredesk.core.errors import GenreDeskError
from genredesk.core.genres import UNDER, genre_key, genre_name, parent_of
from genredesk.core.messages import say
from genredesk.core.names import nfc

if TYPE_CHECKING:
    from sqlite3 import Connection

    from genredesk.library.catalogue.db import Database


class WordsError(GenreDeskError):
    """Words that cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Words:
    """The person's own words for genres.

    Parameters
    ----------
    mapping
        Heard genre to the words that stand for it, one or several; a genre that is not listed
        stands for its name, one with no words is never written.
    parents
        Word to the broader words above it ("Bebop" to "Jazz"; "Fusion" to "Jazz" and "Rock").
    thresholds
        Heard genre to the score from which it is sure; elsewhere the network's own
        recommendation decides.
    listed
        The only words that are written; empty: all are. A word that is not among them gives way
        to the nearest above it that are, by the tree or by the name of a network's leaf, and is
        left out where there is none.
    labels
        Genres that the catalogue's networks hear; any other is a word of the person's.
    """

    mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    labels: frozenset[str] = field(default=frozenset(), compare=False)

    def __post_init__(self) -> None:
        mapping = {nfc(heard): tuple(map(nfc, words)) for heard, words in self.mapping.items()}
        object.__setattr__(self, "mapping", mapping)
        parents = {nfc(w): tuple(sorted(set(map(nfc, p)))) for w, p in self.parents.items()}
        object.__setattr__(
            self, "parents", {word: above for word, above in parents.items() if above}
        )
        object.__setattr__(self, "listed", tuple(sorted(set(map(nfc, self.listed)))))
        object.__setattr__(self, "thresholds", {nfc(g): v for g, v in self.thresholds.items()})

    def of(self, heard: str | None, *, with_parents: bool = False) -> tuple[str, ...]:
        """Return the person's words for a heard genre, narrow ones before the broad ones.

        A label stands for its name as people write it: ``hiphop`` for "Hip-hop", the leaf
        ``Electronic---House`` of a network's tree for "House".
        """
        if heard is None:
            return ()
        words = self.mapping.get(nfc(heard), (genre_name(nfc(heard)),))
        if with_parents:
            words = tuple(w for word in words for w in (word, *self.above(word)))
        return tuple(dict.fromkeys(words))

    def of_all(self, genres: Sequence[str]) -> tuple[str, ...]:
        """Return the person's words for genres a person gave; a word of theirs stays as it is."""
        words = (
            self.of(g) if g in self.labels or g in self.mapping else (g,) for g in map(nfc, genres)
        )
        return tuple(dict.fromkeys(itertools.chain.from_iterable(words)))

    def written(self, heard: Sequence[str]) -> tuple[str, ...]:
        """Return what is written for what was heard: its words, the listed ones alone."""
        if not self.listed:
            return tuple(dict.fromkeys(itertools.chain.from_iterable(map(self.of, heard))))
        own = {genre_key(word): word for word in self.listed}
        found: list[str] = []
        for genre in heard:
            for word in self.of(genre):
                found += self._listed(word, genre, own)
        return tuple(dict.fromkeys(found))

    def _listed(self, word: str, genre: str, own: Mapping[str, str]) -> list[str]:
        """Return the word as it is listed, or the nearest above it that are."""
        broader = [w for w in self.of(parent_of(genre)) if UNDER in genre]
        for level in ([word], *self._levels(word), broader, *map(list, map(self.above, broader))):
            found = [own[key] for key in map(genre_key, level) if key in own]
            if found:
                return found
        return []

    def _levels(self, word: str) -> list[list[str]]:
        """Return the words above a word, level by level, each once."""
        seen, levels, here = {nfc(word)}, list[list[str]](), [nfc(word)]
        while here:
            above = dict.fromkeys(p for w in here for p in self.parents.get(w, ()))
            here = [p for p in above if p not in seen]
            seen.update(here)
            if here:
                levels.append(here)
        return levels

    def above(self, word: str) -> tuple[str, ...]:
        """Return the words above ``word``, the nearest first."""
        return tuple(w for level in self._levels(word) for w in level)

    def below(self, word: str) -> tuple[str, ...]:
        """Return the words directly under ``word``, by name."""
        return tuple(sorted(w for w, parents in self.parents.items() if word in parents))

    def paths(self, word: str) -> list[tuple[str, ...]]:
        """Return every way to a word, from the broadest: ``("Jazz", "Fusion")``."""
        parents = self.parents.get(nfc(word), ())
        return [(*way, word) for parent in parents for way in self.paths(parent)] or [(word,)]

    def checked(self) -> Words:
        """Return itself.

        Raises
        ------
        WordsError
            When a word is empty or above itself, or a threshold is no probability.
        """
        for heard, words in self.mapping.items():
            if any(not word.strip() for word in words):
                raise WordsError(
                    say("“{heard}” stands for an empty word. Write one or remove it.", heard=heard)
                )
        for word, parents in self.parents.items():
            for parent in parents:
                if word == parent or word in self.above(parent):
                    raise WordsError(
                        say("“{parent}” would stand above itself. Move it elsewhere.", parent=word)
                    )
        if any(not word.strip() for word in self.listed):
            raise WordsError(say("The list of names holds an empty one. Remove it."))
        for label, value in self.thresholds.items():
            if not 0 <= value <= 1:
                raise WordsError(
                    say("The threshold of “{label}” must lie between 0 and 100 %.", label=label)
                )
        return self

    # -------------------------------------------------------------- kept in the catalogue

    @classmethod
    def load(cls, db: Database) -> Words:
        """Read them from a catalogue."""
        with db.snapshot() as connection:
            mapping = connection.execute("SELECT heard, words FROM mapping").fetchall()
            branches = connection.execute("SELECT word, parent FROM branch").fetchall()
            thresholds = connection.execute("SELECT label, value FROM threshold").fetchall()
            listed = connection.execute("SELECT word FROM listed").fetchall()
            labels = connection.execute("SELECT labels FROM bundle").fetchall()
        parents: dict[str, tuple[str, ...]] = {}
        for word, parent in branches:
            parents[word] = (*parents.get(word, ()), parent)
        return cls(
            {heard: tuple(json.loads(words)) for heard, words in mapping},
            parents,
            dict(thresholds),
            tuple(word for (word,) in listed),
            frozenset(nfc(label) for (text,) in labels for label in json.loads(text)),
        )

    def save(self, connection: Connection) -> None:
        """Write them to a catalogue, within a transaction.

        Raises
        ------
        WordsError
            See :meth:`checked`.
        """
        self.checked()
        for table in ("mapping", "branch", "threshold", "listed"):
            connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        connection.executemany(
            "INSERT INTO mapping VALUES (?, ?)",
            [(h, json.dumps(list(w), ensure_ascii=False)) for h, w in self.mapping.items()],
        )
        branches = [(word, parent) for word, above in self.parents.items() for parent in above]
        connection.executemany("INSERT INTO branch VALUES (?, ?)", branches)
        connection.executemany("INSERT INTO threshold VALUES (?, ?)", self.thresholds.items())
        connection.executemany("INSERT INTO listed VALUES (?)", [(w,) for w in self.listed])


def tree(words: Words, labels: Sequence[str]) -> list[tuple[int, str]]:
    """Return the person's words as lines of a tree: ``(depth, word)``, broad ones first.

    A word that stands under several is there once under each.
    """
    used = {word for label in labels for word in words.of(label)}
    known = used | set(words.parents) | {p for above in words.parents.values() for p in above}
    lines: list[tuple[int, str]] = []

    def add(word: str, depth: int) -> None:
        lines.append((depth, word))
        for narrower in words.below(word):
            add(narrower, depth + 1)

    for word in sorted(known - set(words.parents)):
        add(word, 0)
    return lines
