"""From what the network heard to what the person calls it: thresholds, words, and their tree."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genredesk.core.errors import GenreDeskError
from genredesk.core.genres import UNDER
from genredesk.core.messages import say
from genredesk.core.names import nfc

if TYPE_CHECKING:
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
        stands for itself, one with no words is never written.
    parents
        Word to the broader word above it ("Bebop" to "Jazz").
    thresholds
        Heard genre to the score from which it is sure; elsewhere the network's own
        recommendation decides.
    """

    mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mapping = {nfc(heard): tuple(map(nfc, words)) for heard, words in self.mapping.items()}
        object.__setattr__(self, "mapping", mapping)
        object.__setattr__(self, "parents", {nfc(w): nfc(p) for w, p in self.parents.items()})
        object.__setattr__(self, "thresholds", {nfc(g): v for g, v in self.thresholds.items()})

    def of(self, heard: str | None, *, with_parents: bool = False) -> tuple[str, ...]:
        """Return the person's words for a heard genre, narrow ones before the broad ones.

        A leaf of a network's tree stands for its own name: ``Electronic---House`` for "House".
        """
        if heard is None:
            return ()
        words = self.mapping.get(nfc(heard), (nfc(heard).rpartition(UNDER)[2],))
        if with_parents:
            words = tuple(w for word in words for w in (word, *self.above(word)))
        return tuple(dict.fromkeys(words))

    def of_all(self, genres: Sequence[str]) -> tuple[str, ...]:
        """Return the person's words for several genres; a word that is none stands for itself."""
        return tuple(dict.fromkeys(word for genre in genres for word in self.of(genre)))

    def above(self, word: str) -> tuple[str, ...]:
        """Return the words above ``word``, the nearest first."""
        found: list[str] = []
        while (parent := self.parents.get(nfc(word))) and parent not in found:
            found.append(parent)
            word = parent
        return tuple(found)

    def below(self, word: str) -> tuple[str, ...]:
        """Return the words directly under ``word``, by name."""
        return tuple(sorted(w for w, parent in self.parents.items() if parent == word))

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
        for word in self.parents:
            seen, here = {word}, word
            while parent := self.parents.get(here):
                if parent in seen:
                    raise WordsError(
                        say(
                            "“{parent}” would stand above itself. Move it elsewhere.", parent=parent
                        )
                    )
                seen.add(parent)
                here = parent
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
            parents = connection.execute("SELECT word, parent FROM branch").fetchall()
            thresholds = connection.execute("SELECT label, value FROM threshold").fetchall()
        return cls(
            {heard: tuple(json.loads(words)) for heard, words in mapping},
            dict(parents),
            dict(thresholds),
        )

    def save(self, db: Database) -> None:
        """Write them to a catalogue.

        Raises
        ------
        WordsError
            See :meth:`checked`.
        """
        self.checked()
        with db.write() as connection:
            for table in ("mapping", "branch", "threshold"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            connection.executemany(
                "INSERT INTO mapping VALUES (?, ?)",
                [(h, json.dumps(list(w), ensure_ascii=False)) for h, w in self.mapping.items()],
            )
            connection.executemany("INSERT INTO branch VALUES (?, ?)", self.parents.items())
            connection.executemany("INSERT INTO threshold VALUES (?, ?)", self.thresholds.items())


def tree(words: Words, labels: Sequence[str]) -> list[tuple[int, str]]:
    """Return the person's words as lines of a tree: ``(depth, word)``, broad ones first."""
    used = {word for label in labels for word in words.of(label)}
    known = used | set(words.parents) | set(words.parents.values())
    lines: list[tuple[int, str]] = []

    def add(word: str, depth: int) -> None:
        lines.append((depth, word))
        for narrower in words.below(word):
            add(narrower, depth + 1)

    for word in sorted(known - set(words.parents)):
        add(word, 0)
    return lines
