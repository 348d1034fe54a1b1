"""Collects circles of garbage on the UI thread alone.

Python's collector runs on whichever thread happens to allocate. When a circle holds a widget that
was closed, its C++ part would be destroyed on the thread that computes, while the UI thread walks
over all widgets to paint or to restyle them: a crash that nobody can reproduce.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 200


class GarbageCollector(QObject):
    """Takes the place of Python's automatic collection until :meth:`stop`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """Let Python collect by itself again: nothing of Qt is left."""
        self._timer.stop()
        gc.enable()

    def _look(self) -> None:
        """Collect what Python would have collected by now, by its own thresholds."""
        counts = zip(gc.get_count(), gc.get_threshold(), strict=True)
        due = [generation for generation, (n, most) in enumerate(counts) if most and n > most]
        if due:
            gc.collect(max(due))
