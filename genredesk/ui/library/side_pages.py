"""The pages beside the library's tracks: each is made when it is asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from genredesk.ui.library.conflicts_page import ConflictsPage
    from genredesk.ui.library.page import LibraryPage
    from genredesk.ui.library.plans.history_page import UndoHistoryPage
    from genredesk.ui.library.plans.plan_page import PlanPage
    from genredesk.ui.library.rules_page import RulesPage
    from genredesk.ui.library.words_page import WordsPage


class SidePages:
    """Makes them for the Library place and leads back from them to the tracks."""

    def __init__(self, library: LibraryPage) -> None:
        self._library = library
        self.made: list[QWidget] = []

    @cached_property
    def plan(self) -> PlanPage:
        """What is going to be done."""
        from genredesk.ui.library.plans.plan_page import PlanPage  # noqa: PLC0415 - see above

        page = PlanPage(self._library.plans)
        page.history_asked.connect(self._library.show_history)
        self._add(page, page.left)
        return page

    @cached_property
    def history(self) -> UndoHistoryPage:
        """What was done, and the way back."""
        from genredesk.ui.library.plans.history_page import UndoHistoryPage  # noqa: PLC0415 - see above

        page = UndoHistoryPage(self._library.plans)
        self._add(page, page.left)
        return page

    @cached_property
    def words(self) -> WordsPage:
        """The person's words for genres."""
        from genredesk.ui.library.words_page import WordsPage  # noqa: PLC0415 - see above

        page = WordsPage(self._library.tracks)
        self._add(page, page.left)
        return page

    @cached_property
    def conflicts(self) -> ConflictsPage:
        """Tracks to decide one by one."""
        from genredesk.ui.library.conflicts_page import ConflictsPage  # noqa: PLC0415 - see above

        library = self._library
        page = ConflictsPage(library.tracks, library.listening, library.preview)
        page.teach_asked.connect(library.teach)
        page.queue.said.connect(library.say)
        self._add(page, page.left)
        return page

    @cached_property
    def rules(self) -> RulesPage:
        """What is done by itself."""
        from genredesk.ui.library.rules_page import RulesPage  # noqa: PLC0415 - see above

        page = RulesPage(self._library.tracks)
        page.preview_asked.connect(self._library.preview_rule)
        self._add(page, page.left)
        return page

    def _add(self, page: QWidget, left: SignalInstance) -> None:
        left.connect(self._library.show_tracks)
        self.made.append(page)
        self._library.stack.addWidget(page)

    def close(self) -> None:
        """Stop what they do; the program ends."""
        if "conflicts" in self.__dict__:
            self.conflicts.queue.close()
