"""Conflicts between tag and answer: the queue, its keys, a second model, and what is learned."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest

from genredesk.core.certainty import Strength
from genredesk.ui.library.conflicts import FILTER, ConflictQueue, Opinion
from genredesk.ui.library.scanning import ASK_FROM, _model_to_use
from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.services.jobs import JobRunner


@pytest.fixture
def queue(qtbot, filled, tmp_path):
    """Nine tracks of which every third has another tag."""
    filled(9).close()
    jobs = JobRunner()
    tracks = CatalogueModel(jobs, tmp_path / "made-up.db")
    tracks.open()
    qtbot.waitUntil(lambda: tracks.counts is not None)
    card = SimpleNamespace(labels=("blues", "jazz", "rock"))
    listening = SimpleNamespace(
        jobs=jobs, engine=SimpleNamespace(bundle=SimpleNamespace(card=card))
    )
    owner = QObject()
    made = ConflictQueue(tracks, listening, owner)
    made.open()
    qtbot.waitUntil(lambda: made.row is not None)
    yield made
    assert jobs.close()
    tracks.close()


def test_the_surest_that_differ_come_first_and_are_learned_from(queue, qtbot):
    catalogue = queue._tracks.catalogue
    assert queue.ids[-1] == 6, "the unsure one is the last"
    assert sorted(queue.ids) == [3, 6, 9]
    assert queue.choices() == ("Pop", "rock", "")
    first = queue.file_id
    with qtbot.waitSignal(queue._tracks.corrected):
        queue.decide(queue.choices()[1], "Ska")
    assert queue.file_id == queue.ids[1]
    assert catalogue.files.rows([first])[0].corrected == ("rock", "Ska")
    assert first not in catalogue.index.query(FILTER).tolist()
    queue.go(-1)
    qtbot.waitUntil(lambda: queue.row is not None and queue.row.id == first)
    queue.take_back()
    qtbot.waitUntil(lambda: not catalogue.files.rows([first])[0].corrected)
    queue.go(9)
    assert queue.file_id is None


def test_many_tracks_are_not_heard_again_without_asking(filled, monkeypatch):
    def model(name: str):
        return SimpleNamespace(id=name, fingerprint=name)

    monkeypatch.setattr("genredesk.inference.scorer.BundleScorer.of", lambda bundle: bundle)
    old, new = model("test"), model("new")
    with filled(ASK_FROM) as catalogue:
        assert _model_to_use(catalogue, old, [old, new]) == (old, 0)
        assert _model_to_use(catalogue, new, [old, new]) == (old, ASK_FROM)
        assert _model_to_use(catalogue, new, [new]) == (new, 0), "the one before is gone"


@pytest.fixture
def library(qtbot, start, bundle):
    """Open a window at its Library page."""

    def open_it():
        page = start().window.library
        page.window().go("library")
        qtbot.waitUntil(lambda: page.tracks.listing is not None, timeout=20_000)
        return page

    return open_it


def test_tag_answer_and_a_second_model_are_decided_by_keys(qtbot, library, collection, make):
    """The real page: a tag is written, a second bundle listens to the file, 3 takes its word."""
    import mutagen.wave
    from mutagen.id3 import TCON

    for path in sorted(collection.iterdir())[2:]:
        path.unlink()
    sung = sorted(collection.iterdir())
    for path in sung:
        tags = mutagen.wave.WAVE(path)
        tags.add_tags()
        tags.tags.add(TCON(encoding=3, text="Polka"))
        tags.save()
    make.bundle("second", "Second ear", temperature=2.0)
    page = library()
    page.folders.add([collection])

    def heard() -> bool:
        counts = page.tracks.counts
        return counts is not None and counts.tallies["state"] == {"analysed": 2}

    qtbot.waitUntil(heard, timeout=60_000)
    qtbot.waitUntil(lambda: not page.scanning.running, timeout=20_000)
    page.beside.show_conflicts()
    conflicts, queue = page.conflicts, page.conflicts.queue
    qtbot.waitUntil(lambda: queue.row is not None, timeout=10_000)
    assert queue.choices() == ("Polka", "high", "")
    assert not conflicts.choices[2].isEnabled(), "nobody was asked"
    assert conflicts.models.count() == 2, "none, and the one that is not in use"
    conflicts.models.setCurrentIndex(1)
    conflicts.models.activated.emit(conflicts.models.currentIndex())
    qtbot.waitUntil(lambda: queue.opinion() is not None, timeout=30_000)
    assert isinstance(queue.opinion(), Opinion), queue.opinion()
    said = queue.opinion()
    assert said.label == "high"
    assert said.strength is not Strength.SILENCE
    with qtbot.waitSignal(page.tracks.corrected, timeout=10_000):
        qtbot.keyClick(conflicts, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: queue.row is not None and queue.at == 1, timeout=10_000)
    qtbot.keyClick(conflicts, Qt.Key.Key_G)
    QTest.keyClicks(conflicts.picker.line, "Ska, Dub")
    with qtbot.waitSignal(page.tracks.corrected, timeout=10_000):
        qtbot.keyClick(conflicts.picker.line, Qt.Key.Key_Return)
    qtbot.keyClick(conflicts, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: queue.row is not None, timeout=10_000)
    assert conflicts.other.text() == "My genre: Ska, Dub …"
    with qtbot.waitSignal(page.tracks.corrected, timeout=10_000):
        qtbot.keyClick(conflicts, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: queue.file_id is None)
    assert conflicts.empty.title.text() == "That was the last conflict"
    assert conflicts.teach.isVisible()
    with qtbot.waitSignal(page.teach_asked, timeout=10_000) as told:
        qtbot.mouseClick(conflicts.teach, Qt.MouseButton.LeftButton)
    folder = told.args[0]
    assert {p.name for p in folder.iterdir() if p.is_dir()} == {"high", "Polka"}
    shutil.rmtree(folder)
