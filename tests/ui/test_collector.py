"""Widgets die on the UI thread, whichever thread makes the garbage."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtWidgets import QWidget


class Circle:
    """Holds a widget, and itself."""

    def __init__(self) -> None:
        self.widget, self.me = QWidget(), self


def test_a_closed_widget_is_destroyed_on_the_ui_thread(qtbot, collector):
    died: list[threading.Thread] = []
    circle = Circle()
    weakref.finalize(circle, lambda: died.append(threading.current_thread()))
    del circle

    def allocate() -> None:
        rings = [[] for _ in range(20 * gc.get_threshold()[0])]
        for ring in rings:
            ring.append(ring)

    for _ in range(3):
        thread = threading.Thread(target=allocate)
        thread.start()
        thread.join()
    assert not died
    qtbot.waitUntil(lambda: bool(died), timeout=10_000)
    assert died == [threading.main_thread()]
    assert not gc.isenabled()
