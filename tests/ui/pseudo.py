"""What a window in a language that nobody speaks shows: what is cut, and what stays English."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QToolButton,
    QWidget,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))
import pseudo_locale
from genredesk.ui.widgets.elided import Elided

_SAID = re.compile(
    f"{pseudo_locale.BEGIN}[^{pseudo_locale.BEGIN}{pseudo_locale.END}]*{pseudo_locale.END}"
)
_CODE = re.compile(r"""\b[a-z_]+:(?:"[^"]*"|\S*)|(?<!\S)/\S+""")
"""A condition of the library's filter, or a path."""

_WORD = re.compile(r"[A-Za-z]{3,}")


def visible(root: QWidget) -> Iterator[QWidget]:
    """Every widget of ``root`` that can be seen, ``root`` among them."""
    for widget in [root, *root.findChildren(QWidget)]:
        if widget.isVisibleTo(root) and not widget.size().isEmpty():
            yield widget


def cut(root: QWidget) -> list[str]:
    """Say which labels and buttons have less room than their text needs, or none at all."""
    return [said for widget in visible(root) if (said := _cut(widget) or _beside(widget))]


def _beside(widget: QWidget) -> str:
    """Say what lies at the side of an area that scrolls up and down only."""
    if not isinstance(widget, QScrollArea) or widget.widget() is None:
        return ""
    never = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    wide, room = widget.widget().width(), widget.viewport().width()
    if widget.horizontalScrollBarPolicy() is not never or wide <= room:
        return ""
    return f"{widget.accessibleName() or type(widget.widget()).__name__}: {wide} > {room}"


def _cut(widget: QWidget) -> str:
    if isinstance(widget, Elided):
        return ""  # shortens its text itself and shows all of it on request
    metrics = QFontMetrics(widget.font())
    if isinstance(widget, QLabel) and widget.text():
        room = widget.contentsRect()
        if widget.wordWrap():
            need = metrics.boundingRect(
                QRect(0, 0, room.width(), 10_000), Qt.TextFlag.TextWordWrap, _plain(widget.text())
            )
            fits = need.width() <= room.width() + 1 and need.height() <= room.height() + 2
        else:
            fits = widget.sizeHint().width() <= widget.width() + 1
        text = widget.text()
    elif (
        isinstance(widget, (QPushButton, QToolButton, QCheckBox, QRadioButton)) and widget.text()
    ) or (isinstance(widget, QAbstractButton) and widget.text()):
        fits, text = widget.sizeHint().width() <= widget.width() + 1, widget.text()
    else:
        return ""
    return "" if fits else f"{type(widget).__name__} {widget.width()}: {text}"


def _plain(text: str) -> str:
    return re.sub(r"<[^>]+>", "", text)


def texts(root: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Every text of the widgets of ``root``, shown or told to a screen reader."""
    for widget in [root, *root.findChildren(QWidget)]:
        yield widget, widget.toolTip()
        yield widget, widget.accessibleName()
        yield widget, widget.accessibleDescription()
        if isinstance(widget, Elided):
            pass  # all of its text is its accessible name
        elif isinstance(widget, (QLabel, QAbstractButton)):
            yield widget, widget.text()
        elif isinstance(widget, QLineEdit):
            yield widget, widget.placeholderText()
        elif isinstance(widget, QComboBox):
            for i in range(widget.count()):
                yield widget, widget.itemText(i)
        elif isinstance(widget, QHeaderView) and widget.orientation() == Qt.Orientation.Horizontal:
            model = widget.model()
            for i in range(model.columnCount() if model else 0):
                yield widget, str(model.headerData(i, Qt.Orientation.Horizontal) or "")
        elif isinstance(widget, QAbstractItemView):
            pass
        for action in widget.actions():
            yield widget, action.text()
            yield widget, action.toolTip()


def english(root: QWidget, names: set[str]) -> list[str]:
    """Say which texts did not come out of a catalogue; ``names`` are what people and files say."""
    found = []
    for widget, text in texts(root):
        rest, before = _plain(text), ""
        while rest != before:
            before, rest = rest, _SAID.sub(" ", rest)
        for name in sorted(names, key=len, reverse=True):
            rest = rest.replace(name, " ")
        if _WORD.search(_CODE.sub(" ", rest)):
            found.append(f"{type(widget).__name__}: {text} [{rest.strip()}]")
    return sorted(set(found))
