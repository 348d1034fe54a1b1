"""Folders that are dropped: on the Train place, or elsewhere in the window to be heard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from genredesk.ui.training import offers

if TYPE_CHECKING:
    from genredesk.ui.training.page import TrainPage


class FolderDrops(QObject):
    """Has the folders looked through."""

    def __init__(self, place: TrainPage) -> None:
        super().__init__(place)
        self._place = place
        place.setAcceptDrops(True)
        place.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Folders are welcome once the place was looked at."""
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            event.acceptProposedAction()
            self._place.add_folders(offers.folders_of(event))
            return True
        if isinstance(event, QDragEnterEvent) and event.type() == QEvent.Type.DragEnter:
            if self._place.built and offers.folders_of(event):
                event.acceptProposedAction()
            else:
                event.ignore()
            return True
        return super().eventFilter(watched, event)

    def offer_teaching(self, dropped: list[Path]) -> None:
        """Offer to learn from a folder of folders that was dropped elsewhere in the window."""
        place = self._place

        def teach(folders: list[Path]) -> None:
            place.asked.emit()
            place.build()
            place.add_folders(folders)

        notice = offers.to_teach(dropped, teach)
        if notice is not None:
            place.notice.emit(notice)
