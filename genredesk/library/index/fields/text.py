"""Fields that hold text: titles, names, folders and genres."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genredesk.core.genres import parent_of
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
                own = [w for genre in genres for w in view.words.of(genre, with_parents=True)]
                words += [fold(word) for word in (*own, *map(parent_of, genres))]
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
        """By genre, what was heard by the first one; or by whether tags and that agree."""
        if group == "disagreement":
            codes = np.where(view.comparable, view.agrees.astype(np.int64), 2)
            return codes, ["disagree", "agree", ""]
        return keys.list_groups(view, self._codes(view), 1 if group == "heard" else None)

    def _named(self, view: MatchContext) -> list[tuple[str, ...]]:
        """Return, for every list of genres, each of them once, and the parents of leaves."""
        return [
            tuple(dict.fromkeys(name for genre in genres for name in (genre, parent_of(genre))))
            for genres in view.lists
        ]

    def counts(self, view: MatchContext, group: str, rows: Mask) -> dict[str, int]:
        """Count a row for each of the genres heard in it or set, and for the parents of these."""
        if group != "heard":
            return super().counts(view, group, rows)
        codes = self._codes(view)[rows]
        found: dict[str, int] = {}
        for names, n in zip(self._named(view), _counted(codes, len(view.lists)), strict=True):
            for name in names or ("",):
                if n:
                    found[name] = found.get(name, 0) + n
        if none := int((codes < 0).sum()):
            found[""] = found.get("", 0) + none
        return found

    def members(self, view: MatchContext, group: str, name: str) -> Mask:
        """Return the rows in which a genre was heard or set, or a leaf of that parent."""
        if group != "heard":
            return super().members(view, group, name)
        said = [name in names if name else not names for names in self._named(view)]
        return np.array([*said, not name], np.bool_)[self._codes(view)]


def _counted(codes: NDArray[np.int32], n: int) -> list[int]:
    return np.bincount(codes[codes >= 0], minlength=n).tolist()
