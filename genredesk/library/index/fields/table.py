"""All fields there are.

The language of filters, the orders of the table, the groups of the sidebar and every help text are
made from this table.
"""

from __future__ import annotations

from genredesk.core.messages import mark
from genredesk.library.index.fields.base import FilterField
from genredesk.library.index.fields.number import (
    AddedField,
    LengthField,
    NumberField,
    ScoreField,
    seconds,
    share,
)
from genredesk.library.index.fields.state import StateField
from genredesk.library.index.fields.text import (
    AlbumArtistField,
    AlbumField,
    ArtistField,
    GenreField,
    PathField,
    TitleField,
)
from genredesk.library.row_state import Answer, FileState

FIELDS: tuple[FilterField, ...] = (
    TitleField("title", (), ("name",)),
    ArtistField("artist", ("artist:miles",), groups=("artist",)),
    AlbumArtistField("albumartist", (), ("album_artist",), sortable=False),
    AlbumField("album", ('album:"kind of blue"',), groups=("album",)),
    PathField("path", ("path:vinyl",), ("file", "folder"), ("folder",)),
    GenreField(
        "tag", ("tag:rock", "tag:!=heard"), ("genre", "tags"), ("tag", "disagreement"), "genres"
    ),
    GenreField("heard", ("heard:jazz",), groups=("heard",)),
    ScoreField(
        "sure", ("sure:<0.6",), ("score",), read=share,
        help=mark("“{}” is not a score. Write sure:<0.6 or sure:>80%."),
    ),
    NumberField(
        "year", ("year:1960..1969",), column="year",
        help=mark("“{}” is not a year. Write year:1959, year:<1970 or year:1960..1969."),
    ),
    LengthField(
        "length", ("length:>5:00",), ("duration",), column="seconds", read=seconds,
        help=mark("“{}” is not a length. Write length:>300 (seconds) or length:<4:30."),
    ),
    NumberField(
        "track", (), column="track_no", help=mark("“{}” is not a number. Write track:1.")
    ),
    NumberField(
        "disc", (), column="disc_no", sortable=False,
        help=mark("“{}” is not a number. Write disc:2."),
    ),
    AddedField(
        "added", ("added:<7d",), column="added",
        help=mark("“{}” is not a date. Write added:2026-01-31, added:>2026-01-31 or added:<7d."),
    ),
    StateField(
        "state", tuple(f"state:{state}" for state in (*Answer, *FileState) if state), ("is",),
        ("answer", "check", "state", "recording"),
    ),
)  # fmt: skip

BY_NAME = {field.name: field for field in FIELDS}
ALIASES = {alias: field.name for field in FIELDS for alias in field.aliases}
BY_GROUP = {group: field for field in FIELDS for group in field.groups}
SORTS = tuple(field.name for field in FIELDS if field.sortable)
GROUPS = tuple(BY_GROUP)
