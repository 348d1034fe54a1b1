"""The live table of a search: each trial's values and what it reached."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
)

from genredesk.core.shares import percent
from genredesk.training.runs.messages import TrialEvent
from genredesk.ui.look import theme
from genredesk.ui.look.text import significant


class TrialTable(QTableWidget):
    """Trials, newest last; the best one in bold."""

    def __init__(self) -> None:
        super().__init__(0, 0)
        self.setAccessibleName(self.tr("Trials of the search"))
        self._trials: dict[int, TrialEvent] = {}
        self._keys: list[str] = []
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.setMinimumHeight(theme.px(150))

    def clear(self) -> None:
        """Forget all trials."""
        self._trials, self._keys = {}, []
        self.setRowCount(0)

    def set_trial(self, trial: TrialEvent) -> None:
        """Show a trial as it is now."""
        self._trials[trial.number] = trial
        keys = list(trial.values)
        if keys != self._keys:
            self._keys = keys
            heads = [
                self.tr("Trial"),
                self.tr("Windows correct"),
                self.tr("Epochs"),
                self.tr("State"),
            ]
            names = [key.removeprefix("augment.") for key in keys]
            self.setColumnCount(len(heads) + len(names))
            self.setHorizontalHeaderLabels(heads + names)
        self._fill()

    def best(self) -> int:
        """Return the number of the best trial, 0 when there is none."""
        ranked = [t for t in self._trials.values() if t.score > 0]
        return max(ranked, key=lambda t: t.score).number if ranked else 0

    def _fill(self) -> None:
        best = self.best()
        states = {
            "running": self.tr("running"),
            "done": self.tr("done"),
            "ended early": self.tr("ended early"),
        }
        self.setRowCount(len(self._trials))
        for row, number in enumerate(sorted(self._trials)):
            trial = self._trials[number]
            cells = [
                str(number),
                percent(trial.score) if trial.score > 0 else "",
                str(trial.epochs),
                states.get(trial.state, trial.state),
            ]
            cells += [_short(trial.values.get(key)) for key in self._keys]
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setFont(theme.font(13, bold=number == best))
                item.setTextAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
                self.setItem(row, column, item)
        self.scrollToBottom()


def _short(value: Any) -> str:
    return significant(value) if isinstance(value, float) else str(value)
