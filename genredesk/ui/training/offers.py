"""What the Train place offers by itself: to go on with a training, to learn what was dropped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QDropEvent

from genredesk.audio import endings
from genredesk.core import paths
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.notices import Notice, Severity

RESUME, TEACH = "training-resume", "training-teach"


def to_resume(title: str, resume: Callable[[], None]) -> Notice:
    """Offer to go on with the training called ``title``."""
    text = tr("The training “{0}” was interrupted. It can go on where it was.")
    return Notice(RESUME, text.format(title), Severity.INFO, action=tr("Resume"), run=resume)


def to_teach(dropped: list[Path], teach: Callable[[list[Path]], None]) -> Notice | None:
    """Offer to learn from a folder of folders that was dropped to be heard."""
    found = [(path, n) for path in dropped if (n := _folders_in(path)) > 1]
    if len(found) != 1:
        return None
    folder, n = found[0]
    text = tr("{0} holds %Ln folder(s). If they are genres, GenreDesk can learn them.", "", n)
    return Notice(
        TEACH,
        text.format(folder.name),
        action=tr("Learn them"),
        run=lambda: teach([folder]),
        lasting_s=30.0,
    )


def folders_of(event: QDropEvent) -> list[Path]:
    """Return the folders that are being dragged."""
    found = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
    return [path for path in found if path.is_dir()]


def anything_to_resume() -> bool:
    """Return whether a training was ever begun here; looked up without loading the place."""
    try:
        return any((folder / "run.json").is_file() for folder in _runs().iterdir())
    except OSError:
        return False


def _runs() -> Path:
    return paths.data_dir() / "runs"


def _folders_in(folder: Path) -> int:
    try:
        return sum(p.is_dir() and endings.is_walked(p.name) for p in folder.iterdir())
    except OSError:
        return 0
