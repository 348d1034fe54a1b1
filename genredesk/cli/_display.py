"""Whether a window can open here, found out without Qt: Qt ends the whole process when it cannot.

``__main__`` asks before it opens the window, and shows the sentence.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from genredesk.core.messages import say

_TIMEOUT_S = 2.0


def problem(environment: Mapping[str, str] | None = None) -> str:
    """Return an empty string, or one sentence that says why no window can open and what to do."""
    env = os.environ if environment is None else environment
    if importlib.util.find_spec("PySide6") is None:
        return say(
            "The window needs PySide6, which is not installed (pip install PySide6-Essentials)."
        )
    if sys.platform in {"win32", "darwin"} or env.get("QT_QPA_PLATFORM", "").split(":")[0] in {
        "offscreen", "minimal", "vnc", "linuxfb", "eglfs",
    }:  # fmt: skip
        return ""
    if _wayland_answers(env):
        return ""
    if not env.get("DISPLAY"):
        return say("There is no display here, so no window can open.")
    if not _x_answers(env["DISPLAY"]):
        return say(
            "The display {display} does not answer, so no window can open.", display=env["DISPLAY"]
        )
    return _missing_library()


def _wayland_answers(env: Mapping[str, str]) -> bool:
    name = env.get("WAYLAND_DISPLAY")
    if not name:
        return False
    address = Path(env.get("XDG_RUNTIME_DIR", "/")) / name  # an absolute name replaces the folder
    return _connects(socket.AF_UNIX, str(address))


def _x_answers(display: str) -> bool:
    match = re.fullmatch(r"(?:unix)?(?P<host>[^/]*):(?P<number>\d+)(\.\d+)?", display)
    if match is None:
        return True  # something Qt may understand (a launchd socket, …)
    number = int(match["number"])
    if match["host"]:
        return _connects(socket.AF_INET, (match["host"], 6000 + number))
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - where X servers put their sockets
    abstract = sys.platform == "linux" and _connects(socket.AF_UNIX, "\0" + path)
    return abstract or _connects(socket.AF_UNIX, path)


def _connects(family: int, address: str | tuple[str, int]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(_TIMEOUT_S)
            probe.connect(address)
    except OSError:
        return False
    return True


def _missing_library() -> str:
    """Load Qt's X11 plugin as Qt will; the loader's message names the library that is missing.

    Qt's own message always blames libxcb-cursor0, whichever library it is.
    """
    plugins = [p for f in _qt_folders() if (p := f / "Qt/plugins/platforms/libqxcb.so").is_file()]
    if not plugins:
        return ""  # a system's own build of PySide6 keeps its plugins elsewhere
    try:
        ctypes.CDLL(str(plugins[0]))
    except OSError as error:
        library = str(error).partition(":")[0]
        return say(
            "The window cannot open because {library} is missing; {way_out}.",
            library=library,
            way_out=_way_out(),
        )
    return ""


def _way_out() -> str:
    if (Path(__file__).parents[2] / "packaging/system-deps").is_file():
        return say("`sh packaging/system-deps` installs it or says what to install")
    return say("install it with the package manager of your system")


def _qt_folders() -> list[Path]:
    """Return where PySide6 is installed, without importing it."""
    spec = importlib.util.find_spec("PySide6")
    return [Path(folder) for folder in spec.submodule_search_locations or ()] if spec else []
