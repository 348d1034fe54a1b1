"""Fields that hold text: titles, names, folders and genres."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genredesk.library.index import keys
from genredesk.library.index.columns import Columns
from genredesk.library.index.conditions import Agrees, FieldCondition
from genredesk.library.index.context import Mask, MatchContext
from genredesk.library.index.fields.base import FilterField, by_artist, by_sureness
from genredesk.library.index.keys import Groups, Keys
from genredesk.library.index.texts import fold


class TitleField(FilterField):
    """The title of a piece."""

    def _holding(self, view: MatchContext, value: str, *, exact: bool) -> Mask:
        c = view.columns
        return c.texts["title"].matching(value, c.n, exact=exact)

    def sort_keys(self, view: MatchContext) -> list[Keys]:
        """By title, then artist."""
        return [keys.packed(view, "title"), by_artist(view)]


class ArtistField(FilterField):
    """Who plays; a compilation's rows are found by who made it, too."""

    def _holding(self, view: MatchContext, value: str, *, exact: bool) -> Mask:
        artists = view.columns.codes["artists"].matching(value, exact=exact)
        found = artists[view.columns["artist"]]
        return found | artists[view.columns["album_artist"]] if value else found

    def sort_keys(self, view: MatchContext) -> list[Keys]:
        """By artist, then record."""
        return [by_artist(view), *keys.place(view)]

    def group_codes(self, view: MatchContext, group: str) -> Groups:
        """By artist."""
        return keys.named_groups(view, group)


class AlbumArtistField(FilterField):
    """Who made the record."""

    def _holding(self, view: MatchContext, value: str, *, exact: bool) -> Mask:
        c = view.columns
        return c.codes["artists"].matching(value, exact=exact)[c["album_artist"]]


class AlbumField(FilterField):
    """The record."""

    def _holding(self, view: MatchContext, value: str, *, exact: bool) -> Mask:
        c = view.columns
        return c.codes["albums"].matching(value, exact=exact)[c["album"]]

    def sort_keys(self, view: MatchContext) -> list[Keys]:
        """By record, then the place on it."""
        return [*keys.place(view), by_artist(view)]

    def group_codes(self, view: MatchContext, group: str) -> Groups:
        """By record."""
        return keys.named_groups(view, group)


class PathField(FilterField):
    """Where the file lies."""

    def _holding(self, view: MatchContext, value: str, *, exact: bool) -> Mask:
        return _path(view.columns, value.replace("\\", "/"), exact=exact)

    def sort_keys(self, view: MatchContext) -> list[Keys]:
        """By folder, then name."""
        folder = keys.coded(view, "folders", "folder")
        return [folder * (1 << 31) + keys.packed(view, "name")]

    def group_codes(self, view: MatchContext, group: str) -> Groups:
        """By folder."""
        return keys.named_groups(view, group)


def _path(c: Columns, value: str, *, exact: bool) -> Mask:
    folder, slash, name = value.rpartition("/")
    folders = c.codes["folders"]
    if exact:
        return folders.matching(folder, exact=True)[c["folder"]] & c.texts["name"].matching(
            name, c.n, exact=True
        )
    found = folders.matching(value)[c["folder"]] | c.texts["name"].matching(value, c.n)
    if slash:
        ends = np.fromiter((f.endswith(folder) for f in folders.folded()), np.bool_, len(folders))
        found |= ends[c["folder"]] & c.texts["name"].beginning(name, c.n)
    return found


# ---------------------------------------------------------------- genres


class GenreField(FilterField):
    """Genres: the tags, or what was heard or set (then also by the person's words for it)."""

    @property
    def _tags(self) -> bool:
        return self.column == "genres"

    def _codes(self, view: MatchContext) -> NDArray[np.int32]:
        return view.columns["genres"] if self._tags else view.genre

    def _meant(self, operator: str, value: str, *, quoted: bool) -> FieldCondition:
        other = "heard" if self._tags else "tag"
        if value.lower() == other and not quoted and operator in {"=", "!="}:
            return Agrees(operator == "=")
        return super()._meant(operator, value, quoted=quoted)

    def mask(self, view: MatchContext, condition: FieldCondition) -> Mask:
        """Which rows have a genre, or whose tags agree with what was heard."""
        if isinstance(condition, Agrees):
            return view.comparable & (view.agrees == condition.yes)
        return super().mask(view, condition)

    def _holding(self, view: MatchContext, value: str, *, exact: bool) -> Mask:
        said = np.zeros(len(view.lists) + 1, np.bool_)
        for code, genres in enumerate(view.lists):
            words = [fold(g) for g in genres]
            if not self._tags:
                words += [fold(word) for word in view.words.of_all(genres)]
            said[code] = (value in words) if exact else any(value in word for word in words)
            if not value:
                said[code] = not words
        said[-1] = not value  # a row in which nothing was heard
        return said[self._codes(view)]

    def sort_keys(self, view: MatchContext) -> list[Keys]:
        """By genre; what was heard, surest first."""
        ranks = keys.list_ranks(view)[self._codes(view)]
        if self._tags:
            return [ranks, by_artist(view)]
        return [ranks, keys.reverse(by_sureness(view)), by_artist(view)]

    def group_codes(self, view: MatchContext, group: str) -> Groups:
        """By genre, or by whether tags and what was heard agree."""
        if group == "disagreement":
            codes = np.where(view.comparable, view.agrees.astype(np.int64), 2)
            return codes, ["disagree", "agree", ""]
        return keys.list_groups(view, self._codes(view))
