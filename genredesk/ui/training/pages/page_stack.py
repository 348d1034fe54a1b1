"""The pages of the Train place: each is made when it is needed for the first time.

All of them are imported here, so that it can be done before somebody looks. To make them takes
100 ms, most of it for pages that nobody sees yet: those are made later, one in a turn of the
event loop.
"""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from genredesk.ui.training.pages.history import RunHistoryPage
from genredesk.ui.training.pages.model import ModelPage
from genredesk.ui.training.pages.music import MusicPage
from genredesk.ui.training.pages.result import ResultPage
from genredesk.ui.training.pages.run import RunPage
from genredesk.ui.training.pages.use import UsePage
from genredesk.ui.training.pages.wizard_page import WizardPage
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.base import tab_order

P = TypeVar("P", bound=QWidget)

NAMES = ("music", "model", "run_page", "result", "use", "history")
"""Attributes of :class:`Pages`, in the order of its pages."""


class Pages(QStackedWidget):
    """The pages, one of them seen.

    Parameters
    ----------
    before
        The control from which the Tab key goes on to the page that is seen.

    Signals
    -------
    made(str, QWidget)
        The page of this name is there now.
    """

    made = Signal(str, object)

    def __init__(self, session: TrainingSession, before: QWidget) -> None:
        super().__init__()
        self._session, self._before = session, before
        for _name in NAMES:
            self.addWidget(QWidget())  # keeps the place of a page that is not made yet
        self._rest = list(NAMES)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._make_next)

    @cached_property
    def music(self) -> MusicPage:
        """Page 1."""
        return self._put("music", MusicPage(self._session))

    @cached_property
    def model(self) -> ModelPage:
        """Page 2."""
        return self._put("model", ModelPage(self._session))

    @cached_property
    def run_page(self) -> RunPage:
        """Page 3."""
        return self._put("run_page", RunPage(self._session))

    @cached_property
    def result(self) -> ResultPage:
        """Page 4."""
        return self._put("result", ResultPage(self._session))

    @cached_property
    def use(self) -> UsePage:
        """Page 5."""
        return self._put("use", UsePage(self._session))

    @cached_property
    def history(self) -> RunHistoryPage:
        """What was trained before."""
        return self._put("history", RunHistoryPage(self._session))

    def page(self, step: int) -> WizardPage | RunHistoryPage:
        """Return a page by its number, made if it is not there yet."""
        return getattr(self, NAMES[step])

    def make_rest(self) -> None:
        """Make the pages that are not there yet, one after another, while nothing else is to do."""
        self._timer.start()

    def _make_next(self) -> None:
        if self._rest:
            getattr(self, self._rest.pop(0))
        else:
            self._timer.stop()

    def _put(self, name: str, page: P) -> P:
        step = NAMES.index(name)
        stand_in = self.widget(step)
        self.insertWidget(step, page)
        if stand_in is not None:
            self.removeWidget(stand_in)
            stand_in.deleteLater()
        self._stop_here(page)
        self.made.emit(name, page)
        return page

    def _stop_here(self, page: QWidget) -> None:
        """Let the Tab key come to the page where it is seen, not after all that was made before."""
        inside: list[QWidget] = []
        widget = page.nextInFocusChain()
        while widget is not None and page.isAncestorOf(widget):
            if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.focusProxy() is None:
                inside.append(widget)
            widget = widget.nextInFocusChain()
        tab_order(self._before, *inside)
