"""Long work as a plain function with a :class:`JobContext`; it ends done, cancelled or failed.

The context carries progress up and the wish to stop down. It knows no window:
``ui/services/jobs.py`` turns its callback into signals, ``cli`` into a progress bar, tests record
it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from genredesk.core.errors import Cancelled
from genredesk.core.messages import say


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: ``done`` of ``total`` steps (``total`` 0: not known yet)."""

    done: float
    total: float
    message: str = ""

    @property
    def fraction(self) -> float | None:
        """Share done in [0, 1], or ``None`` while the total is unknown."""
        return min(1.0, self.done / self.total) if self.total > 0 else None


class JobContext:
    """What a job is given: a way to say how far it is and a place to notice that it should stop.

    Parameters
    ----------
    on_progress
        Called on the job's own thread with every :class:`Progress`.
    """

    def __init__(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        self._on_progress = on_progress
        self._stop = threading.Event()
        self._go = threading.Event()
        self._go.set()

    def progress(self, done: float, total: float, message: str = "") -> None:
        """Report ``done`` of ``total`` steps, then give a cancel its chance."""
        if self._on_progress is not None:
            self._on_progress(Progress(done, total, message))
        self.checkpoint()

    def checkpoint(self) -> None:
        """Wait while paused; raise :class:`Cancelled` once :meth:`cancel` was called."""
        self._go.wait()
        if self._stop.is_set():
            raise Cancelled(say("Stopped."))

    def cancel(self) -> None:
        """Ask the job to stop at its next checkpoint (any thread)."""
        self._stop.set()
        self._go.set()

    def pause(self, paused: bool = True) -> None:
        """Hold the job at its next checkpoint, or let it go on (any thread)."""
        if paused and not self._stop.is_set():
            self._go.clear()
        else:
            self._go.set()

    @property
    def cancelled(self) -> bool:
        """Whether a stop was asked for."""
        return self._stop.is_set()
