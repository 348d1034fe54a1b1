"""The files to play, in order: a list model that stays smooth with ten thousand of them.

Folders are walked by a job that hands over batches; the model only appends. Labels found by the
background analysis and reasons why a file cannot be played are kept beside each file.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_word
from genredesk.core.names import LONGEST_LINE, shown
from genredesk.core.scores import Decision
from genredesk.core.shares import sureness
from genredesk.ui.look import strengths
from genredesk.ui.widgets.base import tip

BATCH = 256
BATCH_S = 0.05
"""A batch goes to the window when it is this old, so that the first file plays at once."""

DECISION_ROLE = Qt.ItemDataRole.UserRole + 1
BROKEN_ROLE = Qt.ItemDataRole.UserRole + 2
CURRENT_ROLE = Qt.ItemDataRole.UserRole + 3
PATH_ROLE = Qt.ItemDataRole.UserRole + 4

Index = QModelIndex | QPersistentModelIndex


@dataclass(slots=True)
class PlaylistEntry:
    """One file of the list."""

    path: Path
    decision: Decision | None = None
    broken: str = ""


_ALSO = 2
"""So many further words are shown of a file that has several."""


def answer_of(decision: Decision | None) -> tuple[str, Strength | None, tuple[str, ...]]:
    """Return what a file was named in words, how sure that is, and the genres of its dot."""
    if decision is None or decision.state is None:
        return "", None, ()
    state, named = decision.state, decision.named
    text = strengths.word(state, named) + (f" {sureness(*decision.shares)}" if named else "")
    return "".join([text, *(f" · {genre_word(w)}" for w in decision.also[:_ALSO])]), state, named


def batches(files: Iterable[Path]) -> Iterator[list[Path]]:
    """Cut a slow stream of files into lists of at most ``BATCH``, none older than ``BATCH_S``."""
    batch: list[Path] = []
    began = time.monotonic()
    for file in files:
        batch.append(file)
        if len(batch) >= BATCH or time.monotonic() - began >= BATCH_S:
            yield batch
            batch = []
            began = time.monotonic()
    if batch:
        yield batch


class Playlist(QAbstractListModel):
    """The list and which of it is current.

    Signals
    -------
    current_changed(int)
        Another row is current; -1 when there is none.
    size_changed(int)
        Files were added or removed.
    """

    current_changed = Signal(int)
    size_changed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[PlaylistEntry] = []
        self._rows: dict[Path, int] = {}
        self._current = -1

    # reading ------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, row: int) -> PlaylistEntry:
        return self._entries[row]

    @property
    def current(self) -> int:
        """The current row, -1 when there is none."""
        return self._current

    @property
    def current_path(self) -> Path | None:
        """The current file."""
        return self._entries[self._current].path if self._current >= 0 else None

    def row_of(self, path: Path) -> int:
        """Return the row of ``path``, -1 when it is not in the list."""
        return self._rows.get(path, -1)

    def is_broken(self, path: Path) -> bool:
        """Whether ``path`` is known not to be playable."""
        row = self.row_of(path)
        return row >= 0 and bool(self._entries[row].broken)

    def next_row(self, step: int = 1) -> int:
        """Return the nearest row in direction ``step`` that is not known to be broken, or -1."""
        row = self._current + step
        while 0 <= row < len(self._entries):
            if not self._entries[row].broken:
                return row
            row += step
        return -1

    # changing -----------------------------------------------------------------------------

    def replace(self, paths: Sequence[Path]) -> None:
        """Throw the list away and begin with ``paths``; nothing is current."""
        self.beginResetModel()
        self._entries = []
        self._rows = {}
        self._add(paths)
        self._current = -1
        self.endResetModel()
        self.current_changed.emit(-1)
        self.size_changed.emit(len(self._entries))

    def append(self, paths: Sequence[Path]) -> None:
        """Add ``paths`` at the end; those already in the list are left where they are."""
        new = [p for p in dict.fromkeys(paths) if p not in self._rows]
        if not new:
            return
        first = len(self._entries)
        self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
        self._add(new)
        self.endInsertRows()
        self.size_changed.emit(len(self._entries))

    def _add(self, paths: Iterable[Path]) -> None:
        for path in dict.fromkeys(paths):
            self._rows[path] = len(self._entries)
            self._entries.append(PlaylistEntry(path))

    def select(self, row: int) -> None:
        """Make ``row`` current."""
        row = row if 0 <= row < len(self._entries) else -1
        if row == self._current:
            return
        old, self._current = self._current, row
        for changed in (old, row):
            if changed >= 0:
                self._touch(changed)
        self.current_changed.emit(row)

    def set_decision(self, path: Path, decision: Decision | None) -> None:
        """Keep what the analysis of ``path`` found."""
        row = self.row_of(path)
        if row >= 0:
            self._entries[row].decision = decision
            self._touch(row)

    def set_broken(self, path: Path, reason: str) -> None:
        """Keep why ``path`` cannot be played; empty: it can."""
        row = self.row_of(path)
        if row >= 0:
            self._entries[row].broken = reason
            self._touch(row)

    def forget_decisions(self) -> None:
        """Another model is active: what the last one said no longer counts."""
        for entry in self._entries:
            entry.decision = None
        if self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1))

    def _touch(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index)

    # Qt -----------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the name, the tooltip or one of the roles above."""
        if not 0 <= index.row() < len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(entry.path.name)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(entry.broken or shown(entry.path, LONGEST_LINE))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(entry)
        return {
            DECISION_ROLE: entry.decision,
            BROKEN_ROLE: entry.broken,
            CURRENT_ROLE: index.row() == self._current,
            PATH_ROLE: entry.path,
        }.get(role)

    def _spoken(self, entry: PlaylistEntry) -> str:
        name = shown(entry.path.name)
        if entry.broken:
            return self.tr("{0}, cannot be played: {1}").format(name, entry.broken)
        text, state, _named = answer_of(entry.decision)
        return f"{name}, {text}" if state else name
