"""The timeline card: what was heard along the time, its tools, and the log beside it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter

from genredesk.ui.listen.heard.exports import Saved
from genredesk.ui.listen.heard.log_panel import LogPanel
from genredesk.ui.look.text import day, significant, tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.controls import Combo, IconButton
from genredesk.ui.widgets.layouts import STRETCH, HBox, plain_label
from genredesk.ui.widgets.spectrogram.scale import clock_of_song
from genredesk.ui.widgets.spectrogram.view import TimelineView

if TYPE_CHECKING:
    from genredesk.core.settings import Settings
    from genredesk.inference.heard import HeardPart
    from genredesk.ui.listen.session import ListenSession

_ZOOM = 1.5
_APPEARANCE = {"palette", "db_floor", "db_ceiling"}


class TimelineCard(Card):
    """Timeline, tools and log.

    Signals
    -------
    seek(float)
        The person wants to hear this time of the file.
    file_asked(Path, float)
        The person wants to hear this time of another file of the session.
    save_asked()
        Save what is selected, or all of it.
    """

    seek = Signal(float)
    file_asked = Signal(Path, float)
    save_asked = Signal()

    def __init__(self, listening: ListenSession) -> None:
        super().__init__(margin=GRID + 4)
        self.setAccessibleName(self.tr("Timeline"))
        self._listening = listening
        self._memory = listening.timeline.kept
        self._settings = listening.memory
        self.view = TimelineView(span_s=self._settings.settings.span_s)
        self.axis = Combo(self.tr("Axis of the picture"))
        for name, words in (
            ("mel", self.tr("Mel")),
            ("linear", self.tr("Hertz, linear")),
            ("log", self.tr("Hertz, log")),
            ("note", self.tr("Notes")),
        ):
            self.axis.addItem(words, name)
        self.axis.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.where = plain_label("", "quiet")
        self.zoom_out = IconButton("zoom-out", self.tr("Show more time (-)"), size=18)
        self.zoom_in = IconButton("zoom-in", self.tr("Show less time (+)"), size=18)
        self.follow = IconButton("follow", self.tr("Back to now (End)"), size=18)
        self.freeze = IconButton("freeze", self.tr("Freeze the picture (F)"), size=18)
        self.freeze.setCheckable(True)
        self.show_log = IconButton("log", self.tr("Log of what was heard (G)"), size=18)
        self.show_log.setCheckable(True)
        self.save = IconButton(
            "export", self.tr("Save what is selected, or everything (Ctrl+S)"), size=18
        )
        self.log = LogPanel(self._memory)
        self._lay_out()
        self._connect()
        self._show_settings(self._settings.settings, {*_APPEARANCE, "axis", "log_shown"})
        self._on_moved()

    def _lay_out(self) -> None:
        self.more_tools = HBox()
        tools = HBox(self.axis, GRID, self.where, STRETCH, self.more_tools, gap=GRID // 2)
        for button in (
            self.zoom_out, self.zoom_in, self.freeze, self.follow, self.show_log, self.save,
        ):  # fmt: skip
            tools.addWidget(button)
        self.head.takeAt(self.head.count() - 1)
        self.head.addLayout(tools, 1)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.view)
        self.split.addWidget(self.log)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([720, 280])
        self.body.addWidget(self.split, 1)

    def _connect(self) -> None:
        view, memory = self.view, self._memory
        self.axis.activated.connect(
            lambda _row: self._settings.update(axis=self.axis.currentData())
        )
        self.zoom_in.clicked.connect(lambda: self.zoom(1 / _ZOOM))
        self.zoom_out.clicked.connect(lambda: self.zoom(_ZOOM))
        self.freeze.toggled.connect(self._freeze)
        self.follow.clicked.connect(self.go_now)
        self.show_log.toggled.connect(lambda on: self._settings.update(log_shown=on))
        self.save.clicked.connect(self.save_asked)
        view.seek.connect(self._seek)
        view.moved.connect(self._on_moved)
        view.selected.connect(lambda _span: self._on_moved())
        self.log.asked.connect(self._go)
        self.log.chosen.connect(self._choose)
        memory.part_changed.connect(self._on_part)
        memory.drawn.connect(view.refresh)
        memory.answered.connect(lambda _part: view.refresh())
        self._settings.changed.connect(self._show_settings)

    # ------------------------------------------------------------ what is shown

    def _on_part(self, part: HeardPart) -> None:
        if part is self.view.part:
            self.view.picture_changed()
        else:
            self.view.set_part(part)

    def set_now(self, seconds: float) -> None:
        """Tell which moment of the current source is heard."""
        if self.view.part is self._memory.current:
            self.view.set_now(seconds)

    def _show_settings(self, settings: Settings, names: set[str]) -> None:
        if names & _APPEARANCE:
            self.view.set_palette(settings.palette)
            self.view.set_range(settings.db_floor, settings.db_ceiling)
        if "axis" in names:
            self.axis.setCurrentIndex(max(0, self.axis.findData(settings.axis)))
        if "log_shown" in names:
            self.show_log.setChecked(settings.log_shown)
            self.log.setVisible(settings.log_shown)

    def _on_moved(self) -> None:
        """Say how much time is seen or selected, and what the buttons would do."""
        view, scale = self.view, self.view.scale
        here = view.part is self._memory.current
        self.follow.setEnabled(view.part is not None and not (scale.following and here))
        self.freeze.blockSignals(True)
        self.freeze.setChecked(view.frozen)
        self.freeze.blockSignals(False)
        if view.selection is not None:
            start, end = view.selection
            self.where.setText(
                self.tr("{0} selected").format(
                    clock_of_song(end - start, 0.5 if end - start < 10 else 1)
                )
            )
        elif view.frozen:
            self.where.setText(self.tr("Frozen; listening goes on behind it"))
        else:
            self.where.setText(_span_words(scale.span_s))
        if abs(self._settings.settings.span_s - scale.span_s) > 1e-6:
            self._settings.update(span_s=scale.span_s)

    # ------------------------------------------------------------ what a person does

    def zoom(self, factor: float) -> None:
        """Show ``factor`` times as much time."""
        self.view.zoom(factor)

    def look(self, share: float) -> None:
        """Scroll by a share of what is seen."""
        self.view.look(share)

    def go_now(self) -> None:
        """Back to what is heard now."""
        if self.view.part is not self._memory.current:
            self.view.set_part(self._memory.current)
        self.view.follow()

    def show_all(self) -> None:
        """Show all the time there is."""
        self.view.show_all()

    def toggle_freeze(self) -> None:
        """Hold the picture, or follow again."""
        self._freeze(not self.view.frozen)

    def toggle_log(self) -> None:
        """Show the log, or hide it."""
        self.show_log.toggle()

    def _freeze(self, on: bool) -> None:
        self.view.freeze(on)

    def _seek(self, seconds: float) -> None:
        part = self.view.part
        if part is self._memory.current:
            self.seek.emit(seconds)
        elif part is not None and part.path is not None:
            self.file_asked.emit(part.path, seconds)

    def _go(self, part: HeardPart, seconds: float) -> None:
        if part.path is not None and part is not self._memory.current:
            self.file_asked.emit(part.path, seconds)
            return
        if part is not self.view.part:
            self.view.set_part(part)
        if part.path is not None:
            self.seek.emit(seconds)
        self.view.show_time(seconds)

    def _choose(self, part: HeardPart, start: float, end: float) -> None:
        if part is self.view.part:
            self.view.select((start, end))

    def picture(self, kind: Saved) -> bytes:
        """Return a picture of what is selected, else of what is seen, to be shown to others."""
        from genredesk.ui.listen.heard import figure  # noqa: PLC0415 - only when asked for

        part, scale = self.view.part, self.view.scale
        settings, bundle = self._settings.settings, self._listening.engine.bundle
        if part is None:
            from genredesk.inference.heard import HeardPart  # noqa: PLC0415

            part = HeardPart("", self.tr("Nothing was heard"))
        span = self.view.selection or (max(scale.left, 0.0), max(scale.right, 1.0))
        source = self._listening.sound.source
        title = part.name
        if source is not None and part is self._memory.current:
            title = source.info.title or source.info.name
        when = day(time.time() if part.began is None else part.began)
        model = bundle.card.title if bundle is not None else self.tr("no model")
        foot = f"GenreDesk · {model} · {when} · {self.axis.currentText()}"
        spec = figure.FigureSpec(
            part, span, title, foot, settings.palette, settings.db_floor, settings.db_ceiling
        )
        return figure.png(spec) if kind is Saved.PICTURE else figure.svg(spec)


def _span_words(seconds: float) -> str:
    if seconds < 90:
        return tr("{0} s shown").format(significant(seconds))
    return tr("{0} shown").format(clock_of_song(seconds))
