"""The table's columns: what each shows, how wide it begins, and by what a click on it sorts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from genredesk.core.genres import genre_word
from genredesk.core.names import LONGEST_LINE, shown
from genredesk.core.shares import sureness
from genredesk.library.records import TrackRow
from genredesk.library.row_state import Answer, FileState
from genredesk.ui.look import strengths
from genredesk.ui.look.text import day, tr
from genredesk.ui.widgets.base import clock


class Column(IntEnum):
    """Places in the table, from left to right."""

    TITLE = 0
    ARTIST = 1
    ALBUM = 2
    TAG = 3
    GENRE = 4
    HEARD = 5
    RIBBON = 6
    LENGTH = 7
    ADDED = 8
    STATE = 9


@dataclass(frozen=True, slots=True)
class Spec:
    """One column: heading, key to sort by (empty: not sortable), width in pixels and its share."""

    title: str
    sort: str
    width: int
    grows: int = 0


def specs() -> dict[Column, Spec]:
    """Return all columns, in the person's language."""
    return {
        Column.TITLE: Spec(tr("Title"), "title", 162, 5),
        Column.ARTIST: Spec(tr("Artist"), "artist", 100, 3),
        Column.ALBUM: Spec(tr("Album"), "album", 84, 3),
        Column.TAG: Spec(tr("Tag"), "tag", 86, 2),
        Column.GENRE: Spec(tr("Genre"), "heard", 106, 2),
        Column.HEARD: Spec(tr("Heard"), "sure", 204, 4),
        Column.RIBBON: Spec(tr("Over time"), "", 104, 2),
        Column.LENGTH: Spec(tr("Length"), "length", 66),
        Column.ADDED: Spec(tr("Added"), "added", 96),
        Column.STATE: Spec(tr("State"), "state", 54),
    }


SORTED_BY = {"title", "artist", "album", "tag", "heard", "sure", "length", "added", "state"}
"""Keys that columns sort by."""


def state_words(row: TrackRow) -> str:
    """Return what there is to say about a file, as a sentence without a full stop."""
    if row.state is FileState.FAILED:
        return row.note or tr("It cannot be read")
    if row.state is FileState.OFFLINE:
        return tr("Its drive is not connected; nothing is lost")
    if row.state is FileState.MISSING:
        return tr("The file is no longer where it was")
    if row.locked:
        return tr("You set its genre; analyzing leaves it alone")
    if row.state is FileState.FOUND:
        return tr("Waiting to be listened to")
    return tr("Listened to")


def genre_words(row: TrackRow) -> str:
    """Return the genre that is used: the person's own, or what was heard and is sure."""
    if row.answer is Answer.CORRECTED:
        return " · ".join(genre_word(label) for label in row.corrected)
    return " · ".join(map(genre_word, row.words))


def heard_words(row: TrackRow) -> str:
    """Return the answer in words: ``Jazz 82 %``, ``Probably jazz 62 %``, ``Silence``."""
    if row.network.strength is None:
        return ""
    word = strengths.word(row.network.strength, row.named)
    return f"{word} {sureness(*row.shares)}" if row.named else word


def path_words(row: TrackRow) -> str:
    """Return where the file is, readable also where its name is no text."""
    return shown(row.path, LONGEST_LINE)


def title_of(row: TrackRow) -> str:
    """Return the title, or the file's name when there is none."""
    return row.title or shown(row.path.stem)


def long_time(seconds: float) -> str:
    """Write how long a collection plays: ``3 days``, ``7 h``, ``42 min``."""
    minutes = seconds / 60
    if minutes < 90:
        return tr("{0} min").format(round(minutes))
    if minutes < 48 * 60:
        return tr("{0} h").format(round(minutes / 60))
    return tr("%Ln day(s)", "", round(minutes / 1440))


def text(row: TrackRow, column: Column) -> str:
    """Return what a cell says, also to a screen reader."""
    return _TEXTS[column](row)


_TEXTS: dict[Column, Callable[[TrackRow], str]] = {
    Column.TITLE: title_of,
    Column.ARTIST: lambda row: row.artist,
    Column.ALBUM: lambda row: row.album,
    Column.TAG: lambda row: " · ".join(row.genres),
    Column.GENRE: genre_words,
    Column.HEARD: heard_words,
    Column.RIBBON: lambda _row: "",
    Column.LENGTH: lambda row: clock(row.seconds) if row.seconds else "",
    Column.ADDED: lambda row: day(row.added_at),
    Column.STATE: state_words,
}
