"""Half a million texts that are searched in milliseconds: packed into bytes, compared by numpy.

:class:`Words` holds what repeats (artists, albums, folders), each once; :class:`Packed` what does
not (titles, file names).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

_SEP = 0x0A
_MAX_EDITS = 4096
"""Changed texts lie beside the packed ones until there are so many; then all are packed again."""


Parts = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Packed texts: bytes, and where each begins."""


def fold(text: str) -> str:
    """Return ``text`` as it is compared: without case, accents or line ends."""
    if text.isascii():
        folded = text.lower()
    else:
        apart = unicodedata.normalize("NFKD", text)
        folded = "".join(c for c in apart if not unicodedata.combining(c)).casefold()
    return folded.replace("\n", " ")


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
        texts = unpack(self.buffer)
        texts += [""] * (n_rows - len(texts))
        for row, text in self._edits.items():
            texts[row] = text
        if keep is not None:
            texts = [t for t, wanted in zip(texts, keep.tolist(), strict=True) if wanted]
        self.buffer, self.offsets = pack(texts)
        self._edits.clear()
        self._ranks = self._counts = None

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
        """Return rows of the buffer that hold ``raw`` (which may begin and end with a line end).

        The rarest byte of the needle is looked for first; the other bytes only thin its places
        out, so that even a common needle costs a few passes of memory.
        """
        if raw == b"":
            return np.arange(self.n_packed)
        if not len(self.buffer):
            return np.zeros(0, np.int64)
        if self._counts is None:
            self._counts = np.bincount(self.buffer, minlength=256)
        ends = raw.endswith(b"\n") and len(raw) > 1
        body = raw[:-1] if ends else raw
        order = sorted(range(len(body)), key=lambda i: self._counts[body[i]])  # type: ignore[index]  # pyright: ignore[reportOptionalSubscript]
        first = order[0]
        places = np.flatnonzero(self.buffer == body[first]) - first
        places = places[(places >= 0) & (places + len(body) <= len(self.buffer))]
        for i in order[1:]:
            if not len(places):
                break
            places = places[self.buffer[places + i] == body[i]]
        if ends:
            after = places + len(body)
            inside = after < len(self.buffer)
            good = ~inside
            good[inside] = self.buffer[after[inside]] == _SEP
            places = places[good]
        if raw[0] == _SEP:  # begins at a row's own line end
            return np.searchsorted(self.offsets, places)
        rows = np.searchsorted(self.offsets, places, side="right") - 1
        return np.unique(rows) if len(rows) < 10_000 else rows

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
