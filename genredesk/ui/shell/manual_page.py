"""Help, Manual: the pages that come with the program, in the person's web browser."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from genredesk.core import program
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.notices import Notice, Severity


def open_manual() -> Notice | None:
    """Open the manual; return what to tell where that is not possible."""
    page = program.manual_page()
    if page is None:
        text = tr("The manual is not built yet: run “make docs” in GenreDesk's folder.")
        return Notice("manual", text, Severity.WARNING)
    if QDesktopServices.openUrl(QUrl.fromLocalFile(str(page))):
        return None
    text = tr("No web browser was found to show the manual: it is {0}.").format(page)
    return Notice("manual", text, Severity.WARNING)
