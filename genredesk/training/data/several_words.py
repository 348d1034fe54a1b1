"""Songs that have several words each: whose they are, and which of them can be learned.

The words stand in the column ``labels`` of the folder's ``tracks.csv``, with
:data:`~genredesk.training.data.songs.BETWEEN` between them, or in the files' own genre tags. Where
the files lie says nothing then.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genredesk.audio import endings
from genredesk.audio.decode import find_audio
from genredesk.core.errors import DataError
from genredesk.core.genres import parent_of
from genredesk.core.messages import say
from genredesk.core.names import nfc
from genredesk.training.data import scan
from genredesk.training.data.problem import Problem
from genredesk.training.data.scan import LabeledFile
from genredesk.training.data.songs import (
    BETWEEN,
    WORDS_COLUMN,
    Song,
    SongSet,
    check_labels,
    listed,
    words_in,
)

TABLE, TAGS, LIST = "table", "tags", "list"
SOURCES = (TABLE, TAGS, LIST)
"""Whose the words are: a column of the folder's table, the files' genre tags, the list of songs."""

LEAST = 2
"""So many songs must have a word, and as many must not: one learned from, one held back."""


def tag_words(path: Path) -> tuple[str, ...]:
    """Return the words in the genre tags of a file, each once."""
    from genredesk.library.scanning import metadata  # noqa: PLC0415 - opens files of every kind

    return words_in(BETWEEN.join(metadata.read(path)[0].genres))


def words_of(path: Path, source: str, row: Mapping[str, str]) -> tuple[str, ...]:
    """Return the words of a file by a source; ``row`` is its line of the table."""
    return tag_words(path) if source == TAGS else words_in(row.get(WORDS_COLUMN) or "")


def find(root: Path, source: str) -> tuple[list[LabeledFile], list[Problem]]:
    """List the audio files below ``root`` that have words.

    Raises
    ------
    DataError
        When the folder is missing, its table has no column of that name, or no file has a word.
    """
    scan.refuse_no_folder(root)
    rows = scan.table(root)
    if source == TABLE and not any(WORDS_COLUMN in row for row in rows.values()):
        raise DataError(
            say(
                "{root} holds no tracks.csv with the columns path and {words_column}. Write "
                "one, with “{between}” between the words of a song, or take the words of the "
                "files' tags.",
                root=root,
                words_column=WORDS_COLUMN,
                between=BETWEEN,
            )
        )
    entries: list[LabeledFile] = []
    problems: list[Problem] = []
    passed: Counter[str] = Counter()

    def trouble(text: str) -> None:
        problems.append(Problem(str(root), "unreadable", text))

    for path in sorted(find_audio([root], trouble, passed)):
        name = nfc(path.relative_to(root).as_posix())
        row = rows.get(name, {})
        words = words_of(path, source, row)
        if words:
            label, artist, part = BETWEEN.join(words), row.get("artist"), row.get("split")
            entries.append(LabeledFile(path, label, artist or "", part or ""))
        else:
            where = (
                say("its table gives it none") if source == TABLE else say("its genre tag is empty")
            )
            problems.append(
                Problem(name, "misplaced", where, say("Give it a word or leave it out."))
            )
    if others := endings.passed_over(passed):
        problems.append(Problem(root.name, "other", others))
    if not entries:
        raise DataError(
            say("No file in {root} has a word. ", root=root)
            + (
                say(
                    "The paths of its tracks.csv are seen from {root}; look whether they "
                    "are right.",
                    root=root,
                )
                if source == TABLE
                else say("Write genres into the files' tags first, or take the words of a table.")
            )
        )
    return entries, problems


def settled(data: Any) -> tuple[SongSet, tuple[str, ...]]:
    """Take the labels of songs apart into words that can be learned.

    Words that differ only in case are one, as most songs write it. A leaf of a tree
    (``Rock---Punk``) brings its parent along where that is a word of some song by itself. Words
    that fewer than :data:`LEAST` songs have or lack cannot be learned and are left out; a song may
    be left with none.

    Parameters
    ----------
    data
        A set of songs; its class has ``songs`` to be replaced.

    Returns
    -------
    (data, left out)

    Raises
    ------
    DataError
        When fewer than two words are left, or they cannot be told apart.
    """
    own = [words_in(song.label) for song in data.songs]
    spelled: dict[str, Counter[str]] = {}
    for words in own:
        for word in words:
            spelled.setdefault(word.casefold(), Counter())[word] += 1
    name = {key: max(sorted(ways), key=ways.__getitem__) for key, ways in spelled.items()}
    known = set(name.values())
    songs = []
    for words in own:
        mine = [name[word.casefold()] for word in words]
        mine += [parent for word in mine if (parent := parent_of(word)) in known]
        songs.append(set(mine))
    counts = Counter(word for mine in songs for word in mine)
    n = sum(bool(mine) for mine in songs)
    kept = {word for word, count in counts.items() if LEAST <= count <= n - LEAST}
    if len(kept) < 2:
        raise DataError(
            say(
                "Of the words {listed} fewer than two are each on {least} songs or more and "
                "missing on as many, so there is nothing to tell apart. Give more songs words.",
                listed=listed(sorted(counts)),
                least=LEAST,
            )
        )
    check_labels(sorted(kept))
    new = tuple(_with(song, mine & kept) for song, mine in zip(data.songs, songs, strict=True))
    return dataclasses.replace(data, songs=new), tuple(sorted(counts.keys() - kept))


def _with(song: Song, words: set[str]) -> Song:
    own = tuple(sorted(words))
    return dataclasses.replace(song, label=BETWEEN.join(own), words=own)
