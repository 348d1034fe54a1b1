"""Which of several processes, here or on other computers, has taken which part of the work.

A claim is a small file in a folder they share. Whoever holds it writes into it again and again; one
that is not written any more belongs to a process that was lost, and is taken over. Should two ever
do the same part after all, both write the same result.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genredesk.core import atomic
from genredesk.core.messages import say

BEAT_S = 5.0
"""So often a claim is written again."""

LEASE_S = 60.0
"""A claim that nobody wrote for so long is nobody's any more."""


class Claims:
    """The claims of a folder as one process sees them.

    Parameters
    ----------
    folder
        Shared by all; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._seen: dict[str, tuple[str, float]] = {}

    @contextlib.contextmanager
    def take(self, name: str) -> Iterator[bool]:
        """Hold the claim ``name`` in a block; gives ``False`` when another process has it.

        Raises
        ------
        OSError
            When the folder cannot be written.
        """
        path = self.folder / f"{name}.json"
        mine = {"host": socket.gethostname(), "pid": os.getpid(), "token": uuid.uuid4().hex}
        if not self._begin(path, mine):
            yield False
            return
        over = threading.Event()
        beat = threading.Thread(target=_beat, args=(path, mine, over), name="genredesk-claim")
        beat.start()
        try:
            yield True
        finally:
            over.set()
            beat.join()
            if _read(path).get("token") == mine["token"]:
                path.unlink(missing_ok=True)

    def _begin(self, path: Path, mine: dict[str, Any]) -> bool:
        if path.exists():
            if not self._lost(path):
                return False
            # of several who find it lost, one can move it away
            with contextlib.suppress(FileNotFoundError):
                aside = path.with_name(f".{path.name}.{mine['token']}")
                path.rename(aside)
                aside.unlink()
        try:
            with path.open("x", encoding="utf-8") as file:
                json.dump({**mine, "beat": 0}, file)
        except FileExistsError:
            return False
        return True

    def _lost(self, path: Path) -> bool:
        """Tell whether nobody holds a claim any more."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError:
            return False
        if _gone(_parsed(text)):
            return True
        before, since = self._seen.get(path.name, (None, 0.0))
        now = time.monotonic()
        # clocks of two computers differ, whether it changes can be seen; one that is only just
        # made is empty at first
        if text != before:
            self._seen[path.name] = text, now
            return False
        return now - since > LEASE_S

    def holder(self, name: str) -> str:
        """Return who has a claim, in words; empty when nobody has."""
        held = _read(self.folder / f"{name}.json")
        return (
            say("process {pid} on {host}", pid=held["pid"], host=held["host"])
            if "pid" in held
            else ""
        )


def _beat(path: Path, mine: dict[str, Any], over: threading.Event) -> None:
    number = 0
    while not over.wait(BEAT_S):
        number += 1
        if _read(path).get("token") != mine["token"]:
            return  # taken over: this process was thought to be lost
        with contextlib.suppress(OSError):
            atomic.write_text(path, json.dumps({**mine, "beat": number}))


def _gone(held: dict[str, Any]) -> bool:
    """Tell whether a claim is one of a process of this computer that does not run any more."""
    if os.name != "posix" or held.get("host") != socket.gethostname():
        return False
    try:
        os.kill(int(held["pid"]), 0)
    except (ProcessLookupError, KeyError, ValueError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except OSError:
        return {}
