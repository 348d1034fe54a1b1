"""Half a million texts that are searched in milliseconds: packed into bytes, compared by numpy.

:class:`Words` holds what repeats (artists, albums, folders), each once; :class:`Packed` what does
not (titles, file names).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from genredesk.core.names import fold

_SEP = 0x0A
_PART = 1 << 20
"""Bytes that are searched at once."""
_MAX_EDITS = 4096
"""Changed texts lie beside the packed ones until there are so many; then all are packed again."""


_NOTHING = np.zeros(0, np.uint8)

Parts = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Packed texts: bytes, and where each begins."""


def fold_lines(text: str) -> str:
    """Return many texts, one a line, as they are compared."""
    return text.lower() if text.isascii() else "\n".join([fold(t) for t in text.split("\n")])


def pack_lines(text: str) -> Parts:
    """Return as :func:`pack` does what stands in the lines of ``text``."""
    buffer = np.frombuffer(b"\n" + text.encode("utf-8", "replace"), np.uint8)
    return buffer, np.append(np.flatnonzero(buffer == _SEP), len(buffer))


def pack(texts: Iterable[str]) -> Parts:
    """Return texts as UTF-8 with a line end before each, and where each begins (one more)."""
    raw = [text.encode("utf-8", "replace") for text in texts]
    sizes = np.fromiter((len(r) + 1 for r in raw), np.int64, len(raw))
    offsets = np.zeros(len(raw) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    buffer = np.frombuffer(b"".join(b"\n" + r for r in raw), np.uint8)
    return buffer, offsets


def unpack(buffer: NDArray[np.uint8]) -> list[str]:
    """Return what :func:`pack` packed."""
    return bytes(buffer).decode("utf-8", "replace").split("\n")[1:]


class Codes:
    """Texts that repeat; each is kept once under a code from 0."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self.texts = list(texts)
        self._codes: dict[str, int] | None = None
        self._folded: list[str] = []
        self._ranks: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def code(self, text: str) -> int:
        """Return the code of ``text``, a new one when it was not seen before."""
        if self._codes is None:
            self._codes = {t: i for i, t in enumerate(self.texts)}
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = len(self.texts)
            self.texts.append(text)
            self._ranks = None
        return found

    def code_all(self, texts: Sequence[str], blank: int | None = None) -> NDArray[np.int32]:
        """Return the codes of many texts; that of the empty text is ``blank``, if it is given."""
        codes = {text: self.code(text) for text in dict.fromkeys(texts)
                 if text or blank is None}  # fmt: skip
        if blank is not None:
            codes[""] = blank
        return np.fromiter(map(codes.__getitem__, texts), np.int32, len(texts))

    def folded(self) -> list[str]:
        """Return every text as it is compared."""
        self._folded += [fold(t) for t in self.texts[len(self._folded) :]]
        return self._folded

    def ranks(self) -> NDArray[np.int32]:
        """Return every code's place in alphabetical order; equal texts share one."""
        if self._ranks is None or len(self._ranks) != len(self.texts):
            folded = self.folded()
            place = {text: i for i, text in enumerate(sorted(set(folded)))}
            self._ranks = np.fromiter((place[t] for t in folded), np.int32, len(folded))
        return self._ranks

    def matching(self, needle: str, *, exact: bool = False) -> NDArray[np.bool_]:
        """Return which codes hold (or are) the folded ``needle``, shape ``(len(self),)``."""
        folded = self.folded()
        if exact:
            return np.fromiter((t == needle for t in folded), np.bool_, len(folded))
        return np.fromiter((needle in t for t in folded), np.bool_, len(folded))


class Packed:
    """One folded text a row.

    Parameters
    ----------
    buffer, offsets
        As :func:`pack` gives them.
    """

    def __init__(self, buffer: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        self.buffer = buffer
        self.offsets = offsets
        self._edits: dict[int, str] = {}
        self._ranks: NDArray[np.int32] | None = None
        self._counts: NDArray[np.int64] | None = None

    @classmethod
    def joined(cls, parts: Sequence[Parts]) -> Packed:
        """Join what :func:`pack` gave part by part."""
        if not parts:
            return cls.of(())
        offsets = [np.zeros(1, np.int64)]
        end = 0
        for _, starts in parts:
            offsets.append(starts[1:] + end)
            end += int(starts[-1])
        return cls(np.concatenate([buffer for buffer, _ in parts]), np.concatenate(offsets))

    @classmethod
    def of(cls, texts: Iterable[str]) -> Packed:
        """Pack texts that are folded already."""
        return cls(*pack(texts))

    @property
    def n_packed(self) -> int:
        """How many rows lie in the buffer; later ones are among the edits."""
        return len(self.offsets) - 1

    def set(self, row: int, text: str) -> None:
        """Change a row, or add the next one; ``text`` is folded."""
        self._edits[row] = text
        self._ranks = None

    def settle(self, n_rows: int) -> None:
        """Pack everything again when much has changed."""
        if len(self._edits) > max(_MAX_EDITS, self.n_packed // 50):
            self.repack(n_rows)

    def repack(self, n_rows: int, keep: NDArray[np.bool_] | None = None) -> None:
        """Pack everything again, the rows of ``keep`` only when it is given."""
        sizes = np.diff(
            self.offsets, append=np.arange(n_rows - self.n_packed) + self.offsets[-1] + 1
        )
        pieces, at = [], 0
        for row in sorted(self._edits):
            raw = b"\n" + self._edits[row].encode("utf-8", "replace")
            pieces += [self._between(at, row), np.frombuffer(raw, np.uint8)]
            sizes[row] = len(raw)
            at = row + 1
        self.buffer = np.concatenate([*pieces, self._between(at, n_rows)])
        if keep is not None:
            self.buffer = self.buffer[np.repeat(keep, sizes)]
            sizes = sizes[keep]
        self.offsets = np.concatenate(([0], np.cumsum(sizes)))
        self._edits.clear()
        self._ranks = self._counts = None

    def _between(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Return what is packed of rows ``start`` to ``stop``; those never packed are empty."""
        end, n_new = min(stop, self.n_packed), stop - max(start, self.n_packed)
        packed = self.buffer[self.offsets[start] : self.offsets[end]] if start < end else _NOTHING
        return np.concatenate((packed, np.full(max(0, n_new), _SEP, np.uint8)))

    def matching(self, needle: str, n_rows: int, *, exact: bool = False) -> NDArray[np.bool_]:
        """Return which rows hold (or are, or begin with) the folded ``needle``."""
        hit = np.zeros(n_rows, np.bool_)
        raw = needle.encode("utf-8", "replace")
        if exact:
            raw = b"\n" + raw + b"\n"
        hit[self._rows_with(raw)] = True
        self._look_at_edits(hit, lambda t: t == needle if exact else needle in t)
        return hit

    def beginning(self, needle: str, n_rows: int) -> NDArray[np.bool_]:
        """Return which rows begin with the folded ``needle``."""
        hit = np.zeros(n_rows, np.bool_)
        hit[self._rows_with(b"\n" + needle.encode("utf-8", "replace"))] = True
        self._look_at_edits(hit, lambda t: t.startswith(needle))
        return hit

    def _look_at_edits(self, hit: NDArray[np.bool_], test: Callable[[str], bool]) -> None:
        for row, text in self._edits.items():
            hit[row] = test(text)

    def _rows_with(self, raw: bytes) -> NDArray[np.int64]:
        """Return rows of the buffer that hold ``raw`` (which may begin and end with a line end)."""
        if raw == b"":
            return np.arange(self.n_packed)
        if not len(self.buffer):
            return np.zeros(0, np.int64)
        places = self._places(raw)
        if raw[0] == _SEP:  # begins at a row's own line end
            return np.searchsorted(self.offsets, places)
        rows = np.searchsorted(self.offsets, places, side="right") - 1
        return np.unique(rows) if len(rows) < 10_000 else rows

    def _places(self, raw: bytes) -> NDArray[np.intp]:
        """Return where in the buffer ``raw`` begins; behind the last row there is a line end, too.

        The rarest byte of the needle is looked for first; the other bytes only thin its places
        out. One part of the buffer after the other, so that a common byte takes no memory.
        """
        counts = self._counts
        if counts is None:
            parts = range(0, len(self.buffer), _PART)
            counts = self._counts = np.sum(
                [np.bincount(self.buffer[k : k + _PART], minlength=256) for k in parts], axis=0
            )
        n = len(self.buffer)
        body = raw[:-1] if raw.endswith(b"\n") and len(raw) > 1 else raw
        order = np.argsort(counts[np.frombuffer(body, np.uint8)], kind="stable").tolist()
        first = order[0]
        found = []
        for start in range(0, n, _PART):
            places = np.flatnonzero(self.buffer[start : start + _PART] == body[first])
            places += start - first
            places = places[(places >= 0) & (places + len(body) <= n)]
            for i in order[1:]:
                places = places[self.buffer[places + i] == body[i]]
            if len(body) < len(raw):
                after = places + len(body)
                places = places[(after == n) | (self.buffer[np.minimum(after, n - 1)] == _SEP)]
            found.append(places)
        return np.concatenate(found)

    def empty(self, n_rows: int) -> NDArray[np.bool_]:
        """Return which rows hold nothing."""
        found = np.zeros(n_rows, np.bool_)
        found[: self.n_packed] = np.diff(self.offsets) == 1
        self._look_at_edits(found, lambda text: not text)
        return found

    def give_ranks(self, ranks: NDArray[np.int32]) -> None:
        """Take what :meth:`ranks` gave for these texts before."""
        self._ranks = ranks

    def ranks(self, n_rows: int) -> NDArray[np.int32]:
        """Return every row's place in alphabetical order; equal texts share one.

        Texts are compared as three 64-bit numbers of their first 24 bytes; only those that are
        still equal then are compared as text.
        """
        if self._ranks is not None and len(self._ranks) == n_rows:
            return self._ranks
        if self._edits or n_rows != self.n_packed:
            self.repack(n_rows)
        keys = _leading(self.buffer, self.offsets, 3)
        order = np.lexsort(keys[::-1])
        same = np.ones(len(order), np.bool_)
        for key in keys:
            sorted_key = key[order]
            same[1:] &= sorted_key[1:] == sorted_key[:-1]
        same[:1] = False
        self._untie(order, same)
        ranks = np.empty(n_rows, np.int32)
        ranks[order] = np.cumsum(~same, dtype=np.int32) - 1 if n_rows else 0
        self._ranks = ranks
        return ranks

    def _untie(self, order: NDArray[np.int64], same: NDArray[np.bool_]) -> None:
        """Sort runs of texts that begin alike by the rest of them, in place."""
        lengths = np.diff(self.offsets) - 1
        tied = same.copy()
        tied[:-1] |= same[1:]
        tied &= True
        starts = np.flatnonzero(tied & ~same)
        for start in starts.tolist():
            stop = start + 1
            while stop < len(order) and same[stop]:
                stop += 1
            rows = order[start:stop]
            if lengths[rows].max() <= 24:
                continue  # they are equal altogether
            texts = [self._text(r) for r in rows.tolist()]
            by_text = sorted(range(len(rows)), key=texts.__getitem__)
            order[start:stop] = rows[by_text]
            for i in range(1, len(by_text)):
                same[start + i] = texts[by_text[i]] == texts[by_text[i - 1]]

    def _text(self, row: int) -> bytes:
        return self.buffer[self.offsets[row] + 1 : self.offsets[row + 1]].tobytes()


def _leading(
    buffer: NDArray[np.uint8], offsets: NDArray[np.int64], n_words: int
) -> list[NDArray[np.uint64]]:
    """Return the first ``8 * n_words`` bytes of every text as big-endian numbers."""
    starts, stops = offsets[:-1] + 1, offsets[1:]
    out = []
    for word in range(n_words):
        key = np.zeros(len(starts), np.uint64)
        for i in range(8):
            at = starts + 8 * word + i
            inside = at < stops
            byte = buffer[np.minimum(at, max(0, len(buffer) - 1))] if len(buffer) else at
            key = (key << np.uint64(8)) | np.where(inside, byte, 0).astype(np.uint64)
        out.append(key)
    return out
