"""The way through the Train place: the steps on top, and the buttons and the hint below."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from genredesk.ui.look.tokens import GRID
from genredesk.ui.training.pages.page_stack import Pages
from genredesk.ui.training.pages.wizard_page import WizardPage, set_tone
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.training.steps import HISTORY, MODEL, MUSIC, RESULT, TRAIN, USE
from genredesk.ui.widgets.controls import Button
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph
from genredesk.ui.widgets.steps import Steps


class Navigation(QObject):
    """Shows where the person is, where they can go and why not elsewhere."""

    def __init__(self, session: TrainingSession, place: QWidget) -> None:
        super().__init__(place)
        self._session = session
        self._place = place
        self.steps = Steps(
            (
                self.tr("Music"),
                self.tr("Model"),
                self.tr("Train"),
                self.tr("Result"),
                self.tr("Use it"),
            )
        )
        self.history_button = Button(self.tr("History"), "flat", icon="refresh")
        self.history_button.setCheckable(True)
        self.pages = Pages(session, self.history_button)
        self.hint = paragraph("", "quiet")
        self.back = Button(self.tr("Back"))
        self.next = Button("", "primary")
        self._lay_out()
        session.result_changed.connect(self.show_steps)
        session.installed.connect(self.show_steps)
        session.music.changed.connect(self._soon)
        session.choice_changed.connect(self._soon)
        self._timer = QTimer(self, singleShot=True, interval=150)
        self._timer.timeout.connect(self.show_steps)

    def _lay_out(self) -> None:
        VBox(
            HBox(self.steps, STRETCH, self.history_button),
            (self.pages, 1),
            HBox(self.back, (self.hint, 1), self.next, gap=GRID),
            parent=self._place,
            gap=2 * GRID,
        )

    @property
    def step(self) -> int:
        """The page that is shown."""
        return self.pages.currentIndex()

    def page(self) -> WizardPage | None:
        """Return the page of the way through that is shown, ``None`` for the history."""
        page = self.pages.page(self.step)
        return page if isinstance(page, WizardPage) else None

    def show_page(self, step: int) -> None:
        """Show a page; it learns that it is looked at."""
        page = self.pages.page(step)
        self.pages.setCurrentIndex(step)
        self.history_button.setChecked(step == HISTORY)
        session = self._session
        if step in (MUSIC, MODEL):
            session.step = step
            session.choice_changed.emit()
        if step != MODEL:
            session.estimates.pause()
        page.entered()
        self.show_steps()

    def can_go(self, step: int) -> bool:
        """Return whether a page has something to show."""
        session = self._session
        if step == MODEL:
            return bool(session.music.tracks) and self.pages.music.can_next()
        if step == TRAIN:
            return session.trainer.run is not None
        if step in (RESULT, USE):
            return session.result is not None
        return True

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def show_steps(self, *_: object) -> None:
        """Show which pages are done and which can be gone to, and the foot."""
        session = self._session
        result, run = session.result, session.trainer.run
        if result is not None and self.step in (RESULT, USE):
            run = result.run  # one of the history may be looked at
        mine = result is not None and run is not None and result.run.id == run.id
        done = (
            bool(session.music.n) and self.pages.music.can_next(),
            run is not None,
            run is not None and run.state == "done",
            mine,
            mine and result is not None and bool(result.run.installed),
        )
        reasons = (
            "",
            self.tr("Choose the music first."),
            self.tr("Choose music and model first."),
            self.tr("There is no result yet."),
            self.tr("There is no result yet."),
        )
        self.steps.set_current(self.step if self.step <= USE else -1)
        for i in range(5):
            enabled = self.can_go(i) or i == self.step
            self.steps.set_state(i, enabled=enabled, done=done[i], why=reasons[i])
        self.show_foot()

    def show_foot(self) -> None:
        """Show what the page says of the way on."""
        step = self.step
        if step < 0:
            return
        self.back.setVisible(step > 0)
        page = self.page()
        text = page.next_text() if page is not None else ""
        useful = page is not None and page.can_next()
        if self.next.hasFocus() and not useful:
            self._place.setFocus()  # Qt would give the keys to the next control, which is the rail
        self.next.setVisible(bool(text))
        self.next.setText(text)
        self.next.setAccessibleName(text)
        self.next.setEnabled(useful)
        sentence, tone = page.hint() if page is not None else ("", "quiet")
        self.hint.setText(sentence)
        set_tone(self.hint, tone)
        music = self._session.music
        empty = step == MUSIC and not music.tracks and not music.roots
        self.next.setVisible(bool(text) and not empty)
