"""Questions to the person: which files, where to, are you sure.

Every dialog is opened, not executed: the window goes on drawing, and the answer comes to a
callback. A cancelled dialog calls nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from genredesk.ui.look.text import tr


def documents() -> str:
    """Return the person's folder for documents, or their home when there is none."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return folder if Path(folder).is_dir() else str(Path.home())


def _dialog(parent: QWidget, title: str, folder: str) -> QFileDialog:
    dialog = QFileDialog(parent, title, folder or documents())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def open_files(
    parent: QWidget, title: str, kinds: str, folder: str, answer: Callable[[list[Path]], None]
) -> QFileDialog:
    """Ask for existing files of ``kinds`` ("Music (*.mp3 *.flac)")."""
    dialog = _dialog(parent, title, folder)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilters([kinds, tr("All files (*)")])
    dialog.filesSelected.connect(lambda files: answer([Path(f) for f in files]))
    dialog.open()
    return dialog


def open_folder(
    parent: QWidget, title: str, folder: str, answer: Callable[[Path], None]
) -> QFileDialog:
    """Ask for a folder."""
    dialog = _dialog(parent, title, folder)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda chosen: answer(Path(chosen)))
    dialog.open()
    return dialog


def save_file(
    parent: QWidget,
    title: str,
    kinds: str,
    name: str,
    answer: Callable[[Path, str], None],
    *,
    folder: str = "",
) -> QFileDialog:
    """Ask where to write; ``answer`` gets the path and the filter that was chosen.

    ``kinds`` holds one or several filters joined with ``;;``; the first is offered, and a name
    without an ending gets the one of the chosen filter.
    """
    dialog = _dialog(parent, title, folder)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(kinds.split(";;"))
    dialog.selectFile(name)

    def adapt(chosen: str) -> None:
        dialog.setDefaultSuffix(suffix_of(chosen))

    adapt(kinds.split(";;", maxsplit=1)[0])
    dialog.filterSelected.connect(adapt)
    dialog.fileSelected.connect(lambda file: answer(Path(file), dialog.selectedNameFilter()))
    dialog.open()
    return dialog


def suffix_of(kind: str) -> str:
    """Return the first ending of a filter: ``"Picture (*.png)"`` gives ``"png"``."""
    return kind.partition("*.")[2].partition(")")[0].partition(" ")[0]


def confirm(
    parent: QWidget, title: str, text: str, yes: str, answer: Callable[[], None], *, no: str
) -> QMessageBox:
    """Ask once more before something that cannot be undone.

    Both buttons say what they do: ``yes`` calls ``answer``, ``no`` leaves all as it is.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    box.setText(title)
    box.setInformativeText(text)
    button = box.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
    keep = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    button.clicked.connect(lambda _on: answer())
    box.open()
    return box
