"""The queue of what teaches most, and duplicates: through the window, with the keys."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt

from genredesk.ui.library.duplicates import DUPLICATES
from genredesk.ui.library.page import LibraryPage
from genredesk.ui.shell.app import App

RATE = 22050


@pytest.fixture
def scanned(qtbot, start, collection) -> Callable[[int], App]:
    """Open a window at its Library, with so many of the nine tones listened to."""

    def open_it(n: int) -> App:
        for path in sorted(collection.iterdir())[n:]:
            path.unlink()
        desk = start()
        page = desk.window.library
        desk.window.go("library")
        qtbot.waitUntil(lambda: page.tracks.listing is not None, timeout=20_000)
        page.folders.add([collection])
        qtbot.waitUntil(lambda: heard(page) == n, timeout=60_000)
        qtbot.waitUntil(lambda: not page.scanning.running, timeout=20_000)
        return desk

    return open_it


def heard(page: LibraryPage) -> int:
    counts = page.tracks.counts
    return counts.tallies["state"].get("analysed", 0) if counts is not None else 0


def test_what_teaches_most_is_decided_by_keys_learned_and_undone(qtbot, scanned):
    desk = scanned(4)
    page, engine = desk.window.library, desk.listening.engine
    before = engine.bundle.id
    page.beside.show_teaching()
    queue, conflicts = page.conflicts.queue, page.conflicts
    qtbot.waitUntil(lambda: queue.row is not None and len(queue.ids) == 4, timeout=20_000)
    assert not conflicts.learn.isVisible(), "nothing was decided"
    for n in range(3):
        qtbot.waitUntil(lambda n=n: queue.row is not None and queue.at == n, timeout=20_000)
        with qtbot.waitSignal(page.tracks.corrected, timeout=20_000):
            qtbot.keyClick(conflicts, Qt.Key.Key_2)
    assert len(queue.decided) == 3
    with qtbot.waitSignal(
        desk.listening.notice, timeout=45_000, check_params_cb=lambda n: n.key == "teach"
    ) as told:
        conflicts.learn.click()
    notice = told.args[0]
    assert notice.text.startswith("Listening for "), notice.text
    qtbot.waitUntil(lambda: engine.bundle.id == f"{before}.taught-1", timeout=20_000)
    folder = engine.bundle.path
    engine.choose(before)
    assert notice.text not in desk.window.notices.texts, "it is not listened for any more"
    notice.run()
    qtbot.waitUntil(lambda: engine.bundle.id == before, timeout=20_000)
    qtbot.waitUntil(lambda: not folder.exists(), timeout=20_000)


def notes(seed: int, seconds: float = 10.0) -> np.ndarray:
    """Return a piece of notes ``(n,)`` that nobody plays twice."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(0.25 * RATE)) / RATE
    pitch = 110 * 2 ** rng.uniform(0, 3.6, (round(4 * seconds), 3, 1))
    sound = np.sin(2 * np.pi * pitch * t).sum(1).ravel()
    return 0.2 * sound + rng.normal(0, 3e-3, len(sound))


def test_duplicates_are_listed_and_spares_selected(qtbot, scanned, bundle, collection, make):
    for path in collection.iterdir():
        path.unlink()
    song = notes(1)
    for name, sound in {"song": song, "song, quieter": 0.3 * song, "other": notes(2)}.items():
        make.wav(collection / f"{name}.wav", sound)
    page = scanned(3).window.library
    page.browse.duplicates_asked.emit()
    qtbot.waitUntil(lambda: page.browse.table.n_selected() == 1, timeout=45_000)
    listing, catalogue = page.tracks.listing, page.tracks.catalogue
    assert listing.view.text == DUPLICATES.text
    shown = {row.path.name for row in catalogue.files.rows(page.tracks.model.ids.tolist())}
    assert shown == {"song.wav", "song, quieter.wav"}
    spare = catalogue.files.rows(page.browse.table.selected_ids().tolist())
    assert {row.path.name for row in spare} < shown
