"""Takes models in: our bundles, and graphs from elsewhere with what lies beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from genredesk.ui.listen.dropzone import CARD, FOREIGN, SUFFIX
from genredesk.ui.listen.session import ListenSession
from genredesk.ui.services import dialogs

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle
    from genredesk.ui.services.jobs import Job


class ModelImport(QObject):
    """Installs models off the UI thread.

    Parameters
    ----------
    over
        Its dialogs belong to this widget.
    """

    imported = Signal(str, str)
    """The id of what was installed, and what to say of it."""
    failed = Signal(str)

    def __init__(self, over: QWidget, listening: ListenSession) -> None:
        super().__init__(over)
        self._over = over
        self._listening = listening

    def ask(self) -> None:
        """Ask for files and install them; a bundle's folder is dropped or named."""
        dialogs.open_files(
            self._over,
            self.tr("Import models"),
            self.tr("Models (*{0} {1} *{2})").format(SUFFIX, CARD, FOREIGN),
            "",
            self.take,
        )

    def take(self, files: list[Path]) -> None:
        """Install what is in ``files``; graphs from elsewhere belong together."""
        graphs = [file for file in files if file.suffix.lower() == FOREIGN]
        if graphs:
            self._start_foreign(graphs)
        for file in (file for file in files if file not in graphs):
            # whoever finds the card means the folder it lies in
            self._start_bundle(file.parent if file.name == CARD else file)

    def _start_bundle(self, file: Path) -> None:
        def work(_job: Job) -> Bundle:
            from genredesk.inference import install  # noqa: PLC0415

            return install.import_(file)

        def done(bundle: Bundle) -> None:
            text = self.tr("{0} was checked and installed.")
            if any(one.id == bundle.id for one in self._listening.engine.bundles):
                text = self.tr("This model is installed already, as {0}.")
            self.imported.emit(bundle.id, text.format(bundle.card.title))

        self._start(file, work, done)

    def _start_foreign(self, graphs: list[Path]) -> None:
        def work(_job: Job) -> list[tuple[Bundle, str]]:
            from genredesk.inference.foreign import importing  # noqa: PLC0415

            made = importing.import_together(graphs)
            return [(bundle, importing.describe(bundle)) for bundle in made]

        def done(made: list[tuple[Bundle, str]]) -> None:
            self.imported.emit(made[0][0].id, " ".join(text for _, text in made))

        self._start(graphs[0], work, done)

    def _start(self, file: Path, work: Callable[[Job], Any], done: Callable[[Any], None]) -> None:
        self._listening.jobs.start(
            self.tr("importing {0}").format(file.name),
            work,
            lane="bundles",
            on_done=done,
            on_failed=lambda text, _error: self.failed.emit(text),
        )
