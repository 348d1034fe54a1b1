"""Ends a worker whose decoder hangs: no exception reaches a thread that a library holds."""

from __future__ import annotations

import os
import threading
import time


class Watchdog:
    """Ends this process when a decoder has given no sign of life for ``stall_s`` seconds."""

    def __init__(self, stall_s: float) -> None:
        self._stall_s = stall_s
        self._deadline: float | None = None
        threading.Thread(target=self._watch, name="genredesk-watchdog", daemon=True).start()

    def alive(self) -> None:
        """Give it time again."""
        self._deadline = time.monotonic() + self._stall_s

    def rest(self) -> None:
        """Wait for nothing until the next sign of life."""
        self._deadline = None

    def _watch(self) -> None:
        while True:
            time.sleep(min(1.0, self._stall_s / 4))
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                os._exit(1)  # nothing else ends a thread that a decoder holds
