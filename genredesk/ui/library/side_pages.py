"""The pages beside the library's tracks: each is made when it is asked for."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

from genredesk.library.organize.plan import ActionOptions
from genredesk.ui.library.conflicts import TEACHING
from genredesk.ui.services import dialogs
from genredesk.ui.widgets.controls import IconButton

if TYPE_CHECKING:
    from genredesk.library.organize.rules import Rule
    from genredesk.ui.library.conflicts_page import ConflictsPage
    from genredesk.ui.library.page import LibraryPage
    from genredesk.ui.library.plans.history_page import UndoHistoryPage
    from genredesk.ui.library.plans.plan_page import PlanPage
    from genredesk.ui.library.rules_page import RulesPage
    from genredesk.ui.library.words_page import WordsPage


class SidePages:
    """Makes and shows them in the Library place, and leads back from them to the tracks."""

    def __init__(self, library: LibraryPage) -> None:
        self._library = library
        self.made: dict[QWidget, IconButton] = {}  # each with its way back

    @cached_property
    def plan(self) -> PlanPage:
        """What is going to be done."""
        from genredesk.ui.library.plans.plan_page import PlanPage  # noqa: PLC0415 - see above

        page = PlanPage(self._library.plans)
        page.history_asked.connect(self.show_history)
        self._add(page, page.back, page.left)
        return page

    @cached_property
    def history(self) -> UndoHistoryPage:
        """What was done, and the way back."""
        from genredesk.ui.library.plans.history_page import UndoHistoryPage  # noqa: PLC0415 - see above

        page = UndoHistoryPage(self._library.plans)
        self._add(page, page.back, page.left)
        return page

    @cached_property
    def words(self) -> WordsPage:
        """The person's words for genres."""
        from genredesk.ui.library.words_page import WordsPage  # noqa: PLC0415 - see above

        page = WordsPage(self._library.tracks)
        self._add(page, page.back, page.left)
        return page

    @cached_property
    def conflicts(self) -> ConflictsPage:
        """Tracks to decide one by one."""
        from genredesk.ui.library.conflicts_page import ConflictsPage  # noqa: PLC0415 - see above

        library = self._library
        page = ConflictsPage(library.tracks, library.listening, library.preview)
        page.teach_asked.connect(library.teach)
        page.queue.said.connect(library.say)
        self._add(page, page.back, page.left)
        return page

    @cached_property
    def rules(self) -> RulesPage:
        """What is done by itself."""
        from genredesk.ui.library.rules_page import RulesPage  # noqa: PLC0415 - see above

        page = RulesPage(self._library.tracks)
        page.preview_asked.connect(self.preview_rule)
        self._add(page, page.back, page.left)
        return page

    def show_history(self) -> None:
        """Show what was done, and the way back."""
        self.history.show_past([])
        self._library.show_page(self.history)
        self.history.setFocus()
        self._library.plans.look_back()

    def show_conflicts(self) -> None:
        """Show the conflicts one by one."""
        self._library.show_page(self.conflicts)
        self.conflicts.open()

    def show_teaching(self) -> None:
        """Ask about the tracks whose genre would teach the model most."""
        self._library.show_page(self.conflicts)
        self.conflicts.open()
        self.conflicts.show_kind(TEACHING)

    def show_words(self) -> None:
        """Show the person's words for genres."""
        self.words.show_words(self._library.browse.corrector.labels)
        self._library.show_page(self.words)

    def show_rules(self) -> None:
        """Show what is done by itself; a new rule begins with the filter in use."""
        self._library.show_page(self.rules)
        self.rules.open(self._library.browse.filter.text())

    def preview_rule(self, rule: Rule) -> None:
        """Plan what a rule would do."""

        def planned(ids: NDArray[np.int64]) -> None:
            self._library.show_page(self.plan)
            self.plan.show_action(rule.action, ids, rule.options, exactly=True)

        self._library.tracks.change(lambda library: library.index.query(rule.filter), planned)

    def plan_action(self, name: str, ids: NDArray[np.int64] | None) -> None:
        """Plan an action for these files, or for everything in view."""
        wanted = self._library.tracks.model.ids if ids is None else ids
        root = next((r.path for r in self._library.tracks.roots if not r.offline), None)
        places = {"copy_files": None, "export": Path(dialogs.documents())}
        self._library.show_page(self.plan)
        self.plan.show_action(name, wanted, ActionOptions(to=places.get(name, root)))
        self.plan.table.setFocus()

    def leave(self) -> bool:
        """Go back to the tracks from the page that is seen; return whether there was one."""
        back = next((back for page, back in self.made.items() if page.isVisible()), None)
        if back is not None:
            back.click()
        return back is not None

    def _add(self, page: QWidget, back: IconButton, left: SignalInstance) -> None:
        left.connect(self._library.show_tracks)
        self.made[page] = back
        self._library.stack.addWidget(page)

    def close(self) -> None:
        """Stop what they do; the program ends."""
        if "conflicts" in self.__dict__:
            self.conflicts.queue.close()
