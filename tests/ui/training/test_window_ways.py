"""Ways into the Train place: a folder dropped on the window, and what is offered at the start."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from genredesk.core.packages import extras
from genredesk.training.runs import client, networks, store
from genredesk.training.runs.messages import NetworkFacts
from genredesk.training.runs.store import TrainingRun
from genredesk.ui.shell.files import WindowFiles
from genredesk.ui.training import offers, sentences
from genredesk.ui.training import steps as wizard
from genredesk.ui.training.results import Result


def drop(target: QWidget, *paths: Path) -> bool:
    """Drop files on a widget as a file manager does; return whether they were welcome."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    how = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    action = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(20, 20), action, mime, *how)
    QApplication.sendEvent(target, enter)
    if enter.isAccepted():
        QApplication.sendEvent(target, QDropEvent(QPointF(20, 20), action, mime, *how))
    return enter.isAccepted()


@pytest.mark.parametrize("step", [wizard.MUSIC, wizard.MODEL, wizard.HISTORY])
def test_a_folder_dropped_on_the_train_place_is_looked_through(train_page, folder, step, qtbot):
    train_page.go(step)
    assert drop(train_page, folder)
    assert train_page.step == wizard.MUSIC
    music = train_page.session.music
    qtbot.waitUntil(lambda: music.n == 12 and not music.waiting, timeout=120_000)
    assert [g.label for g in music.used()] == ["hum", "knock"]


@pytest.fixture
def opened(monkeypatch) -> list[list[Path]]:
    """What the window was asked to play, instead of playing it."""
    asked: list[list[Path]] = []
    monkeypatch.setattr(WindowFiles, "open_paths", lambda _files, paths: asked.append(paths))
    return asked


def test_a_dropped_file_is_played_not_learned(train_page, make_song, tmp_path, opened):
    song = make_song(tmp_path / "song.wav", "hum")
    drop(train_page.window(), song)
    assert opened == [[song]]
    assert not train_page.session.music.roots


def test_a_folder_of_genres_dropped_to_be_heard_is_offered_to_be_learned(
    start, folder, qtbot, opened
):
    desk = start()
    with qtbot.waitSignal(desk.window.training.notice) as told:
        assert drop(desk.window, folder)
    assert opened == [[folder]]
    notice = told.args[0]
    assert notice.key == offers.TEACH
    assert "made up holds 2 folders" in notice.text
    notice.run()
    page = desk.window.training
    assert page.isVisible()
    assert page.session.music.roots == [str(folder)]
    qtbot.waitUntil(lambda: not page.session.scanning.running, timeout=120_000)


def test_a_folder_of_songs_is_just_played(start, folder, opened):
    desk = start()
    assert drop(desk.window, folder / "hum")
    assert opened == [[folder / "hum"]]
    shown = desk.window.notices.shown
    assert shown is None or shown.key != offers.TEACH


def kept(name: str, state: str, *, checkpoint: bool = False) -> TrainingRun:
    """Keep a run that ended in some way."""
    run = store.save(TrainingRun(f"20260101-12000{name}", name, f"2026-01-01T12:00:0{name}", state))
    store.atomic.write_json(run.songs, {"songs": []})
    if checkpoint:
        store.atomic.write_bytes(run.report / "checkpoint.safetensors", b"x")
    return run


@pytest.mark.parametrize(
    ("ends", "offered"),
    [
        (["interrupted"], "0"),
        (["failed checkpoint"], "0"),
        (["failed"], ""),
        (["interrupted", "done"], ""),
    ],
)
def test_only_what_broke_off_last_is_offered(home, start, ends, offered):
    for i, end in enumerate(ends):
        state, _, more = end.partition(" ")
        kept(str(i), state, checkpoint=bool(more))
    desk = start()
    desk.window.training.flow.offer_resuming()
    found = desk.window.training.session.interrupted()
    assert (found.title if found else "") == offered
    shown = desk.window.notices.shown
    assert (shown is not None and shown.key == offers.RESUME) == bool(offered)


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux alone")
def test_a_file_whose_name_is_no_unicode_keeps_it(train_page, scanned, folder, make_song):
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/hum/h\xffm.wav"))
    make_song(folder / "hum" / "odd.wav", "hum", 40).rename(odd)
    scanned(train_page, folder)
    track = train_page.session.music.tracks[str(odd)]
    assert Path(track.path).is_file()
    assert track.usable


@pytest.mark.parametrize(
    ("heard", "weights", "words"),
    [
        (-1, True, "cannot be told here; if so, its number flatters, and the new one's, too"),
        (-1, False, "cannot be told here; if so, its number flatters."),
        (0, True, "learned from none of these 0 songs"),
        (3, True, "had learned from 3 of these 0 songs. Its number flatters, and the new one's"),
        (3, False, "had learned from 3 of these 0 songs. Its number flatters."),
    ],
)
def test_what_the_start_model_may_have_heard_is_said(heard, weights, words):
    begun = {"bundle": "b", "title": "B", "data": "GTZAN (2002): pieces.", "weights": weights}
    said = sentences.heard_before(Result(TrainingRun("r"), {"begun_with": begun}, (), heard=heard))
    assert words in said
    assert said.startswith(("Whether B", "B was", "Careful: B"))
    assert ("Its card says it learned from GTZAN (2002)." in said) == (heard < 0)


def test_what_a_model_was_made_from_is_said_in_titles(train_page):
    def said(**plan: str | list[str]) -> str:
        result = Result(TrainingRun("r", plan=plan, preset="scratch"), {}, ())
        return sentences.origin(result, train_page.session.start_of(plan))

    train_page.session.estimates.networks = [NetworkFacts("vae", "The painter", "", "", 1, "", 1.0)]
    bundle = train_page.session.listening.engine.bundles[0]
    assert said(mode="scratch", network="vae") == "A fresh The painter, from scratch"
    assert said(mode="scratch", network="shallow") == "A fresh shallow, from scratch"
    assert said(mode="full", bundle=bundle.id) == f"{bundle.card.title}, from scratch"
    both = said(mode="quick", bundle=bundle.id, ears=["gone"])
    assert both == f"{bundle.card.title} + gone, from scratch"


def test_a_scan_that_ended_before_the_place_was_looked_at_shows_no_progress(start, folder, qtbot):
    desk = start()
    page = desk.window.training
    page.session.load()
    page.session.add_folders([folder])
    qtbot.waitUntil(
        lambda: not page.session.scanning.running and page.session.music.n == 12, timeout=120_000
    )
    desk.window.go("train")
    qtbot.waitUntil(page.music.isVisible, timeout=5_000)
    assert not page.music.progress.isVisible()
    page.go(wizard.MODEL)
    qtbot.waitUntil(lambda: bool(page.model.list.rows), timeout=5_000)
    assert page.model.can_next()


def test_what_a_paper_printed_stands_beside_its_network(start, qtbot):
    desk = start()
    desk.window.go("train")
    page = desk.window.training
    printed = "Printed: 61 % on a split by fragments."
    page.session.estimates.networks = [
        NetworkFacts(f"net{k}", f"Network {k}", "000", printed * (k == 29), 142_000, "net1", 7.5)
        for k in range(30)
    ]
    page.session.choose(start="", network="net29", preset="paper")
    page.go(wizard.MODEL)
    qtbot.waitUntil(lambda: "net:net29" in page.model.list.rows, timeout=5_000)
    row = page.model.list.rows["net:net29"]
    assert row.line.toolTip() == "Paper 000 · 142 k parameters · input 7.5 s"
    assert page.model.about.text() == "Printed: 61 % on a split by fragments."
    qtbot.waitUntil(lambda: not row.visibleRegion().isEmpty(), timeout=5_000)
    page.model.choose_start("net:net3")
    assert not page.model.about.isVisible()


def test_the_keys_stay_on_the_page_when_its_button_cannot_be_used(start, qtbot):
    desk = start()
    desk.window.go("train")
    page = desk.window.training
    page.go(wizard.MODEL)
    page.next.setEnabled(True)
    page.next.show()
    page.next.setFocus()
    assert page.next.hasFocus()
    page.go(wizard.TRAIN)
    assert not page.next.isEnabled()
    assert page.hasFocus()


def test_the_place_loads_nothing_heavy(loads):
    found = loads("from genredesk.ui.training import navigation")
    assert "genredesk.ui.training.pages.music" in found
    assert not {"torch", "onnxruntime", "scipy.signal", "scipy.stats"} & found


def test_the_list_of_networks_that_was_kept_needs_no_process(start, qtbot, monkeypatch):
    kept = [NetworkFacts("made-up", "Made up", "000", "", 1_000_000, "net1", 3.0)]
    monkeypatch.setattr(networks, "kept", lambda: kept)
    desk = start()
    desk.window.go("train")
    page = desk.window.training
    asked = []
    monkeypatch.setattr(page.session.estimates._names, "start", lambda *_: asked.append(1))
    page.go(wizard.MODEL)
    qtbot.waitUntil(lambda: "net:made-up" in page.model.list.rows, timeout=10_000)
    assert not page.model.waiting.isVisible()
    assert not asked


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os._exit(3)", "ended unexpectedly"),
        (
            "import sys; sys.modules['torch'] = None; "
            "from genredesk.training.runs import worker; sys.exit(worker.main())",
            "Full training is not installed (torch is missing)",
        ),
    ],
    ids=["crash", "no torch"],
)
def test_a_list_of_networks_that_cannot_be_read_can_be_asked_for_again(
    train_page, qtbot, monkeypatch, code, said
):
    with monkeypatch.context() as broken:
        broken.setattr(client, "own_command", lambda *_: [sys.executable, "-c", code])
        train_page.go(wizard.MODEL)
        page = train_page.model
        qtbot.waitUntil(page.again.isVisible, timeout=30_000)
    assert said in page.waiting.text()
    assert "genredesk-live" in page.list.rows, "what is installed can be started from all the same"
    qtbot.mouseClick(page.again, Qt.MouseButton.LeftButton)
    assert page.waiting.text().startswith("Reading")
    assert not page.again.isVisible()
    qtbot.waitUntil(lambda: "net:vae" in page.list.rows, timeout=60_000)
    assert not page.waiting.isVisible()


def test_full_training_is_offered_where_it_is_missing_and_can_be_fetched(
    train_page, qtbot, monkeypatch, tmp_path
):
    """Pip finds everything here already, so that what is fetched is an empty folder."""
    about = tmp_path / "about" / "genredesk-0.1.0.dist-info"
    about.mkdir(parents=True)
    needs = 'Provides-Extra: train\nRequires-Dist: numpy>=2; extra == "train"\n'
    (about / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: genredesk\nVersion: 0.1.0\n{needs}"
    )
    monkeypatch.setenv("PYTHONPATH", str(about.parent))
    kept = [NetworkFacts("made-up", "Made up", "000", "", 1_000_000, "net1", 3.0)]
    monkeypatch.setattr(networks, "kept", lambda: kept)
    there = extras.folder().is_dir
    monkeypatch.setattr(extras, "missing", lambda: [] if there() else ["torch"])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONSTRAINT", str(tmp_path / "nowhere.txt"))
    train_page.go(wizard.MODEL)
    full = train_page.model.full
    assert full.isVisible()
    assert extras.size() in full.about.text()
    assert not train_page.model.waiting.isVisible()
    qtbot.mouseClick(full.get, Qt.MouseButton.LeftButton)
    assert full.strip.isVisible()
    qtbot.waitUntil(full.get.isVisible, timeout=60_000)
    assert "could not be installed" in full.state.text()
    assert "nowhere.txt" in full.state.text()
    assert not there()
    monkeypatch.delenv("PIP_CONSTRAINT")
    qtbot.mouseClick(full.get, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not full.isVisible(), timeout=60_000)
    assert there()
    qtbot.waitUntil(lambda: "net:made-up" in train_page.model.list.rows, timeout=60_000)


def pick(combo: QComboBox, value: str) -> None:
    """Choose as a person does in the list of a combo box."""
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


def test_an_autoencoder_and_a_front_end_are_chosen_among_the_fields(
    autoencoder, train_page, scanned, folder, qtbot
):
    scanned(train_page, folder)
    train_page.go(wizard.MODEL)
    page, desk = train_page.model, train_page.session
    page.choose_start("net:live")
    desk.choose(preset="scratch")
    rows = {row.field.name: row for row in page.advanced.rows}
    voices = rows["vary_with"].control
    assert [voices.itemText(i) for i in range(voices.count())] == ["none", "Voice"]
    pick(voices, "voice")
    rows["vary"].control.setText("0.5")
    rows["vary"].control.textEdited.emit("0.5")
    plan = desk.choice.plan()
    assert plan.changes == {"vary": 0.5, "vary_with": "voice"}
    assert voices.currentText() == "Voice"
    pick(page.advanced.frontend, "edge-mel")
    assert desk.choice.plan().frontend == "edge-mel"
    qtbot.waitUntil(lambda: "scratch" in desk.estimates.found, timeout=60_000)
    assert "another front end" in page.hint()[0]
    assert not page.can_next()
    pick(page.advanced.frontend, "")
    qtbot.waitUntil(page.can_next, timeout=60_000)
    page.choose_start("net:net1")
    assert desk.choice.plan().changes == {}
    page.choose_start("genredesk-live")
    desk.choose(preset="balanced")
    assert not page.advanced.frontend.isEnabled()
