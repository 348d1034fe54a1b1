"""Whether the person asked the system for less motion; the only place that knows the systems.

Qt has no such hint. What can be read at once is read at once; GNOME and macOS are asked through
their own small programs without waiting, and count from when they have answered.
"""

from __future__ import annotations

import configparser
import ctypes
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QStandardPaths
from PySide6.QtWidgets import QApplication, QStyle

_SPI_GETCLIENTAREAANIMATION = 0x1042
_ASK = {
    "linux": ("gsettings", ["get", "org.gnome.desktop.interface", "enable-animations"]),
    "darwin": ("defaults", ["read", "com.apple.universalaccess", "reduceMotion"]),
}


def answer_means_less(platform: str, answer: str) -> bool:
    """Whether what ``gsettings`` or ``defaults`` printed asks for less motion."""
    word = answer.strip().lower()
    return word == "1" if platform == "darwin" else word == "false"


def kde_wants_less(path: Path) -> bool:
    """Whether KDE's settings file turns animations off (``AnimationDurationFactor=0``)."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read(path, encoding="utf-8")
        return parser.getfloat("KDE", "AnimationDurationFactor", fallback=1.0) == 0.0
    except (configparser.Error, ValueError, OSError):
        return False


def windows_wants_less() -> bool:
    """Whether Windows' "Animation effects" are off."""
    if sys.platform != "win32":
        return False
    shown = ctypes.c_int(1)
    call = ctypes.windll.user32.SystemParametersInfoW
    return bool(call(_SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(shown), 0)) and not shown.value


def wants_less_at_once(app: QApplication) -> bool:
    """Return what Qt's style, Windows or KDE say, without waiting for anybody."""
    hint = QStyle.StyleHint.SH_Widget_Animation_Duration
    if app.style().styleHint(hint) == 0 or windows_wants_less():
        return True
    place = QStandardPaths.StandardLocation.GenericConfigLocation
    return kde_wants_less(Path(QStandardPaths.writableLocation(place)) / "kdeglobals")


def ask(parent: QObject, on_answer: Callable[[bool], None]) -> QProcess | None:
    """Ask GNOME or macOS; ``on_answer`` is called if and when there is an answer."""
    question = _ASK.get(sys.platform)
    if question is None:
        return None
    program = QStandardPaths.findExecutable(question[0])
    if not program:
        return None
    process = QProcess(parent)

    def finished(status: int, _how: QProcess.ExitStatus) -> None:
        if status == 0:
            text = process.readAllStandardOutput().toStdString()
            on_answer(answer_means_less(sys.platform, text))
        process.deleteLater()

    process.finished.connect(finished)
    process.start(program, question[1])
    return process
