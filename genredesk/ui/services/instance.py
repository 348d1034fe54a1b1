"""One window a person: a second start hands its files over to the window that is open.

The two meet at a local socket of this person, this data folder and this screen. The window greets
whoever comes, and only then is told anything: one that hangs does not greet, and the second start
opens a window of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sys
import tempfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from genredesk.core import paths
from genredesk.library.catalogue.lock import FileLock, Held

log = logging.getLogger(__name__)

CONNECT_MS, ANSWER_MS = 500, 3000
"""How long a second start waits for the first; its loop may be busy with its own start."""
_LONGEST = 1 << 22
_HERE, _TAKEN = b"here\n", b"taken\n"
_TOKEN = "XDG_ACTIVATION_TOKEN"  # noqa: S105 - by which Wayland lets a window come to the front


def address() -> str:
    """Return where the windows of this person, data folder and screen meet."""
    screen = [os.environ.get(name, "") for name in ("DISPLAY", "WAYLAND_DISPLAY")]
    told = "\0".join([str(paths.data_dir().absolute()), *screen])
    name = f"genredesk-{hashlib.sha256(told.encode(errors='surrogateescape')).hexdigest()[:16]}"
    if sys.platform == "win32":
        return f"{name}-{os.environ.get('USERNAME', '')}"
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = folder if os.path.isdir(folder) else tempfile.gettempdir()  # noqa: PTH112
    return str(Path(folder) / f"{name}-{os.getuid()}")


def _is_ours(where: str) -> bool:
    """Whether a socket was made by this person: files are told to nobody else."""
    if sys.platform == "win32":
        return True
    try:
        return Path(where).stat().st_uid == os.getuid()
    except OSError:
        return False


@contextlib.contextmanager
def _alone(patience_s: float) -> Generator[None]:
    """Let one start after another look who is there."""
    path = paths.log_dir() / "start.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path).held(patience_s):
        yield


class Instance(QObject):
    """One start among others: the window that listens, or the one that hands over.

    Signals
    -------
    asked(list[Path])
        Another start hands these files over; empty: only the window is wanted.
    """

    asked = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._where = address()
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._heard: dict[QLocalSocket, bytes] = {}

    def hand_over(self, files: Sequence[Path]) -> bool:
        """Give ``files`` to the window that is open; else be that window from now on.

        Returns
        -------
        bool
            Whether another window took them, so that nothing is left to do.
        """
        try:
            with _alone(CONNECT_MS / 1000 + ANSWER_MS / 1000):
                return self._settle(files)
        except (OSError, Held) as error:
            log.warning("Other windows are not looked for: %s", error)
            return False

    def _settle(self, files: Sequence[Path]) -> bool:
        """Ask who is there; a socket nobody listens at is removed."""
        if not _is_ours(self._where):
            self._listen()
            return False
        socket = QLocalSocket()
        socket.connectToServer(self._where)
        if not socket.waitForConnected(CONNECT_MS):
            self._listen()
            return False
        taken = self._told(socket, files)
        socket.abort()
        if not taken:
            log.warning("The window that is open does not answer; another one is opened.")
        return taken

    @staticmethod
    def _told(socket: QLocalSocket, files: Sequence[Path]) -> bool:
        """Wait to be greeted, tell the files, and wait until they are taken."""
        if not (socket.waitForReadyRead(ANSWER_MS) and socket.readAll().data() == _HERE):
            return False
        told = {"files": [str(file) for file in files], "token": os.environ.get(_TOKEN, "")}
        socket.write(json.dumps(told).encode() + b"\n")
        socket.flush()
        return socket.waitForReadyRead(ANSWER_MS) and socket.readAll().data() == _TAKEN

    def listen_alone(self) -> None:
        """Be the window others hand over to, if there is none; nobody is asked anything."""
        with contextlib.suppress(OSError, Held), _alone(0):
            socket = QLocalSocket()
            socket.connectToServer(self._where)
            if not socket.waitForConnected(CONNECT_MS):
                self._listen()
            socket.abort()

    def _listen(self) -> None:
        QLocalServer.removeServer(self._where)
        if not self._server.listen(self._where):
            log.warning("No other start can reach this window: %s", self._server.errorString())

    @property
    def listening(self) -> bool:
        """Whether other starts can reach this window."""
        return self._server.isListening()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            self._heard[socket] = b""
            socket.readyRead.connect(lambda s=socket: self._on_read(s))
            socket.disconnected.connect(lambda s=socket: self._forget(s))
            socket.write(_HERE)
            socket.flush()

    def _on_read(self, socket: QLocalSocket) -> None:
        if socket not in self._heard:
            return
        self._heard[socket] += socket.readAll().data()
        heard = self._heard[socket]
        if len(heard) > _LONGEST:
            socket.abort()
        if (
            not heard.endswith(b"\n")
            or socket.state() != QLocalSocket.LocalSocketState.ConnectedState
        ):
            return
        files = self._understood(heard)
        if files is None:
            socket.abort()
            return
        socket.write(_TAKEN)
        socket.flush()
        self.asked.emit(files)

    def _understood(self, heard: bytes) -> list[Path] | None:
        try:
            said = cast("object", json.loads(heard))
        except ValueError:
            return None
        if not isinstance(said, dict):
            return None
        question = cast("dict[str, object]", said)
        files, token = question.get("files"), question.get("token")
        if not isinstance(files, list):
            return None
        if isinstance(token, str) and token:
            os.environ[_TOKEN] = token  # Qt takes it from there when the window is raised
        return [Path(file) for file in cast("list[object]", files) if isinstance(file, str)]

    def _forget(self, socket: QLocalSocket) -> None:
        self._heard.pop(socket, None)
        socket.deleteLater()

    def close(self) -> None:
        """Be reached no more: this window closes."""
        self._server.close()
        for socket in list(self._heard):
            socket.abort()
