"""A track of the library as a line: for a person, or as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from genredesk.cli import _output, _shares
from genredesk.core import certainty
from genredesk.core.genres import genre_word
from genredesk.core.messages import mark, say

if TYPE_CHECKING:
    from genredesk.library.records import TrackRow

STATES = {
    "found": mark("waiting"),
    "analysed": mark("listened to"),
    "failed": mark("unreadable"),
    "missing": mark("missing"),
    "offline": mark("offline"),
    "check": mark("to check"),
    "sure": mark("sure"),
    "probable": mark("probable"),
    "between": mark("between two"),
    "open": mark("can't tell"),
    "silence": mark("silence"),
    "corrected": mark("set by you"),
    "agree": mark("tag agrees"),
    "disagree": mark("tag differs"),
}
"""What states and answers are called."""


def row_as_dict(row: TrackRow) -> dict[str, Any]:
    """Return a row as it is written to JSON."""
    return {
        "id": row.id,
        "path": str(row.path),
        "state": str(row.state),
        "title": row.title,
        "artist": row.artist,
        "album": row.album,
        "album_artist": row.album_artist,
        "track": row.track_no,
        "disc": row.disc_no,
        "year": row.year,
        "tag": list(row.genres),
        "heard": row.heard,
        "score": round(row.score, 4),
        "answer": str(row.answer),
        "corrected": list(row.corrected),
        "words": list(row.words),
        "seconds": None if row.seconds is None else round(row.seconds, 2),
        "added": datetime.fromtimestamp(row.added_at, UTC).isoformat(timespec="seconds"),
        "note": row.note,
    }


def put(value: dict[str, Any]) -> None:
    """Write a line of JSON."""
    print(_output.json_line(value))


def tell(row: TrackRow) -> None:
    """Write a row for a person."""
    if row.note:
        answer, share = say(STATES[row.state]), row.note
    elif row.corrected:
        answer, share = " · ".join(map(genre_word, row.corrected)), say("yours")
    elif row.answer.strength:
        answer = certainty.word(row.answer.strength, row.named)
        share = _shares.sureness(*row.shares or [row.score]) if row.heard else ""
    else:
        answer, share = say(STATES[row.answer or row.state]), ""
    _output.say(f"{answer:<28} {share:>8}  {', '.join(row.genres):<14}  {row.path}")
