"""The Models page: choose, import, export, delete, self-test, with real bundles on disk."""

from __future__ import annotations

import wave
import zipfile
from dataclasses import replace
from pathlib import Path

import foreign_kit
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton

from genredesk.core import paths
from genredesk.inference import bundle as bundles
from genredesk.ui.services import card_text
from genredesk.ui.widgets.base import times

pytestmark = pytest.mark.usefixtures("no_sound_card", "bundle")


@pytest.fixture
def models(start, qtbot):
    """An open Models page."""

    def open_page(**settings):
        desk = start(**settings)
        desk.window.go("models")
        return desk

    return open_page


def test_the_card_in_plain_words(models, qtbot):
    desk = models()
    page = desk.window.models
    assert page.title.text() == "Tiny"
    text = dict(card_text.rows(desk.listening.engine.bundle.card, None))
    assert text["Genres"] == "Low, Middle, High"
    assert "70" in text["Songs"]
    assert "of 197 songs" in text["Songs"]
    assert "(95\u202f%: 63–" in text["Songs"]
    assert text["License"] == "GPL-3.0-or-later"
    qtbot.waitUntil(lambda: "tiny" in desk.listening.engine.measured, timeout=15_000)
    measured = desk.listening.engine.measured["tiny"]
    assert measured.ms > 0
    speed = dict(card_text.rows(desk.listening.engine.bundle.card, measured))["Speed here"]
    assert "ms a window" in speed
    assert not page.activate.isEnabled(), "it is the active one already"


def test_the_pace_of_a_slow_network_is_not_rounded_to_nothing():
    assert times(0.34) == "0.3"
    assert times(1650) == "1,650"


def test_a_card_says_once_and_plainly_what_was_kept_apart(models):
    card = models().listening.engine.bundle.card
    song = replace(card.accuracy["song"], on="as the table names it")
    cards = {
        "artists": replace(card, split="fit on train, chosen on valid (artists kept together)"),
        "songs": replace(card, split="fit on train, chosen on valid (whole songs at random)"),
        "other": replace(card, split="by the moon", accuracy={"song": song}),
    }
    said = {name: dict(card_text.rows(card, None)) for name, card in cards.items()}
    assert "by artists it never heard" in said["artists"]["Songs"]
    assert "songs it never heard" in said["songs"]["Songs"]
    assert said["other"]["Kept apart"] == "by the moon"
    for rows in (said["artists"], said["songs"]):
        assert "chosen on valid" not in " ".join(rows.values())
        assert "flatters a little" in rows["Kept apart"]
        assert "once more" not in rows["Kept apart"]
    again = replace(card, split="fit on train, chosen on valid (x), then fitted again on both")
    assert "fitted once more on all of them" in dict(card_text.rows(again, None))["Kept apart"]


def test_a_card_says_what_the_same_network_can_do_with_our_recipe(models):
    card = models().listening.engine.bundle.card
    assert "Our recipe" not in dict(card_text.rows(card, None))
    song = replace(card.accuracy["song"], value=0.654)
    window = replace(song, value=0.598)
    again = replace(card, accuracy={"song": song, "window": window})
    assert "Our recipe" not in dict(card_text.rows(replace(card, paper="genredesk"), None, again))
    said = dict(card_text.rows(replace(card, paper="000"), None, again))["Our recipe"]
    assert said.startswith("65\u202f% of songs, 60\u202f% of windows when the same network")


def test_import_activate_export_delete(models, make, tmp_path, qtbot):
    other = make.bundle("other", "Another one", tmp_path / "elsewhere", temperature=2.0)
    archive = bundles.export(other, tmp_path / "other.genredesk")
    desk = models()
    page, engine = desk.window.models, desk.listening.engine
    page.import_files([archive])
    qtbot.waitUntil(lambda: any(b.id == "other" for b in engine.bundles), timeout=20_000)
    assert page.title.text() == "Another one"
    assert (paths.user_models_dir() / "other" / "card.json").is_file()
    qtbot.mouseClick(page.activate, Qt.MouseButton.LeftButton)
    assert engine.bundle.id == "other"
    assert desk.memory.settings.bundle == "other"
    qtbot.waitUntil(lambda: engine.live.stats().bundle_id == "other", timeout=10_000)
    assert desk.window.top.model.currentData() == "other"

    target = tmp_path / "copy.genredesk"
    page.export_to(target)
    qtbot.waitUntil(target.is_file, timeout=10_000)
    assert "card.json" in zipfile.ZipFile(target).namelist()

    qtbot.mouseClick(page.delete, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [b.id for b in engine.bundles] == ["tiny"], timeout=10_000)
    assert engine.bundle.id == "tiny"
    assert not (paths.user_models_dir() / "other").exists()
    assert page.back.text() == "Restore Another one"
    taken = paths.user_models_dir() / "other"
    taken.mkdir()  # somebody else's by now
    told: list[str] = []
    page.notice.connect(lambda notice: told.append(notice.text))
    qtbot.mouseClick(page.back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(told), timeout=10_000)
    assert "another model is called “other” by now" in told[0]
    taken.rmdir()
    qtbot.mouseClick(page.back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: engine.bundle.id == "other", timeout=10_000)
    assert page.title.text() == "Another one"
    assert not page.back.isVisible()
    assert bundles.find("other").checked("model.onnx")

    qtbot.mouseClick(page.delete, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [b.id for b in engine.bundles] == ["tiny"], timeout=10_000)
    desk.close()
    assert [p.name for p in paths.user_models_dir().iterdir()] == ["tiny"]


def test_a_bundle_that_is_none_is_refused_with_its_name(models, tmp_path, qtbot):
    fake = tmp_path / "fake.genredesk"
    fake.write_bytes(b"PK\x03\x04 nothing more")
    desk = models()
    desk.window.files.open_paths([fake])
    qtbot.waitUntil(lambda: "fake.genredesk" in desk.window.notices.banner.text(), timeout=10_000)
    assert [b.id for b in desk.listening.engine.bundles] == ["tiny"]


def test_the_chosen_bundle_is_active_at_the_next_start(models, make):
    make.bundle("second", "Second")
    desk = models(bundle="second")
    assert desk.listening.engine.bundle.id == "second"
    assert desk.window.top.model.currentText().startswith("Second")


def test_another_model_while_it_plays(start, make, songs, qtbot, heard):
    make.bundle("second", "Second")
    desk = start(files=[songs["high"]], bundle="tiny")
    heard(desk, "High")
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=10_000)
    source = desk.listening.sound.source
    with qtbot.waitSignal(desk.listening.timeline_done, timeout=15_000):
        desk.window.top.bundle_chosen.emit("second")
    qtbot.waitUntil(
        lambda: desk.listening.engine.live.stats().bundle_id == "second", timeout=10_000
    )
    assert desk.listening.sound.source is source, "the sound goes on, nothing is opened anew"
    assert desk.listening.state in ("running", "ended")
    heard(desk, "High")


def test_what_the_last_model_said_does_not_stand_under_the_next_one(
    start, make, songs, qtbot, heard
):
    make.bundle("second", "Second")
    desk = start(files=[songs["high"]], bundle="tiny")
    desk.listening.player.set_loop(True)
    heard(desk, "High")
    live = desk.window.live
    desk.window.top.bundle_chosen.emit("second")
    assert live.big.word() != "High"
    assert not any(score for _label, score in live.top.rows())
    assert len(desk.listening.timeline.kept.current.answers) == 0
    with qtbot.waitSignal(desk.listening.scored, timeout=10_000):
        pass
    assert desk.listening.engine.live.stats().bundle_id == "second"
    heard(desk, "High")


def test_the_line_below_names_the_model_that_was_chosen_at_rest(start, make, songs, qtbot):
    make.bundle("second", "Second")
    desk = start(files=[songs["high"]], bundle="tiny")
    qtbot.waitUntil(lambda: desk.listening.state == "running", timeout=10_000)
    desk.listening.transport.toggle()
    qtbot.waitUntil(lambda: desk.window.status.text().startswith("Tiny"), timeout=10_000)
    desk.window.top.bundle_chosen.emit("second")
    qtbot.waitUntil(lambda: desk.window.status.text().startswith("Second"), timeout=10_000)


def test_the_self_test_lists_devices_with_their_reason(models, qtbot):
    desk = models()
    engine = desk.listening.engine
    qtbot.waitUntil(lambda: any(d.ms_per_window for d in engine.devices), timeout=15_000)
    ids = [d.id for d in engine.devices]
    assert ids[:2] == ["auto", "cpu"]
    assert all(d.why for d in engine.devices)
    engine.choose_device("cpu")
    assert desk.memory.settings.device == "cpu"
    qtbot.waitUntil(lambda: engine.live.stats().why == "Chosen by you.", timeout=10_000)


def test_shipped_bundles_cannot_be_deleted(models, make, tmp_path):
    make.bundle("shipped-one", "Shipped", tmp_path / "shipped")
    desk = models()
    page = desk.window.models
    page.show_bundle("shipped-one")
    assert page.title.text() == "Shipped"
    assert not page.delete.isEnabled()


def test_networks_for_graphics_cards_hold_the_bundles_weights():
    """Every name in the weights file, the standardisation's too, has its place in the network."""
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    from genredesk.ui.listen.engine_controller import builder

    shipped = bundles.load(Path(__file__).parents[2] / "models" / bundles.DEFAULT_ID)
    net = builder(shipped.card)
    net.load_state_dict(safetensors.load(shipped.read(bundles.WEIGHTS)))
    assert isinstance(net, torch.nn.Module)


# ---------------------------------------------------------------- many of them


@pytest.fixture
def many(make, monkeypatch, tmp_path):
    """Thirty bundles of the person's, one with a name of its own, and one that came along."""
    shipped = tmp_path / "came along"
    monkeypatch.setattr(paths, "shipped_models_dir", lambda: shipped)
    make.bundle("zz-shipped", "Zither", shipped)
    for k in range(29):
        make.bundle(f"net-{k:02}", f"Net number {k:02}")
    make.bundle("b", "A Balalaika")


def test_models_stand_under_headings_by_their_titles(models, many):
    desk = models()
    titles = [row.title.toolTip() for row in desk.window.models.list.rows.values()]
    numbers = [f"Net number {k:02}" for k in range(29)]
    assert titles == ["Zither", "A Balalaika", *numbers, "Tiny"]
    top = desk.window.top.model
    assert [top.itemText(i).partition(" · ")[0] for i in range(top.count())] == titles


def test_a_model_is_found_by_typing_and_chosen_with_the_keys(models, many, qtbot):
    desk = models()
    page, engine = desk.window.models, desk.listening.engine
    search = page.list.search
    assert search.isVisible()
    qtbot.keyClicks(search, "number 1")
    with qtbot.waitSignal(engine.bundles_changed, timeout=10_000):
        engine.refresh()
    assert search.text() == "number 1", "what is installed is read again beside it"
    rows = page.list.rows
    shown = [key for key, row in rows.items() if row.isVisible()]
    assert shown == ["net-01", *(f"net-{k}" for k in range(10, 20)), "net-21"]
    qtbot.keyClick(search, Qt.Key.Key_Down)
    qtbot.keyClick(rows["net-01"], Qt.Key.Key_End)
    assert rows["net-21"].hasFocus()
    qtbot.keyClick(rows["net-21"], Qt.Key.Key_Up)
    qtbot.keyClick(rows["net-19"], Qt.Key.Key_Return)
    assert page.title.text() == "Net number 19"
    for _ in range(11):
        qtbot.keyClick(page.list.focusWidget(), Qt.Key.Key_Up)
    assert search.hasFocus()
    qtbot.keyClicks(search, " nowhere")
    assert not any(row.isVisible() for row in rows.values())
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert all(row.isVisible() for row in rows.values())


def test_the_tab_key_stops_at_one_row_of_the_list(models, many):
    page = models().window.models
    page.show_bundle("net-07")
    stops = [
        key for key, row in page.list.rows.items() if row.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert stops == ["net-07"]


def test_the_tab_key_goes_from_the_list_to_what_is_done_with_a_model(models, many, qtbot):
    window = models(bundle="tiny").window
    page = window.models
    window.activateWindow()
    page.show_bundle("net-04")
    row = page.list.rows["net-04"]
    wanted = [
        page.import_button,
        page.list.search,
        row,
        page.activate,
        page.export,
        page.delete,
        page.test,
    ]
    page.import_button.setFocus()
    there: list[object] = []
    while (here := QApplication.focusWidget()) not in there:
        there.append(here)
        QTest.keyClick(here, Qt.Key.Key_Tab)
    assert [widget for widget in there if widget in wanted] == wanted


def test_the_tab_key_stops_at_the_place_that_is_shown(models):
    window = models().window
    window.go("listen")
    window.go("models")  # as a key or a notice does, with no click on the rail
    door = [b for b in window.rail.findChildren(QAbstractButton) if b.isCheckable()]
    reached = [b for b in door if b.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert [b.text() for b in reached] == ["Models"]


def test_an_imported_model_is_shown_in_the_list(models, many, make, tmp_path, qtbot):
    other = make.bundle("nets", "Net of a friend", tmp_path / "elsewhere", temperature=2.0)
    desk = models()
    page = desk.window.models
    page.list.search.setText("zither")
    desk.window.files.open_paths([other.path])  # the folder itself
    qtbot.waitUntil(lambda: "nets" in page.list.rows, timeout=20_000)
    row = page.list.rows["nets"]
    assert page.title.text() == "Net of a friend"
    qtbot.waitUntil(lambda: not row.visibleRegion().isEmpty(), timeout=5_000)


def test_only_what_is_looked_at_is_measured(models, many, qtbot):
    desk = models()
    engine = desk.listening.engine
    wanted = [b for b in engine.bundles if b.id.startswith("net-")]
    for bundle in wanted:
        desk.window.models.show_bundle(bundle.id)
        desk.window.models.show_bundle(bundle.id)
    last = wanted[-1].id
    waiting = [job for job in desk.jobs.running if job.lane == "measure"]
    assert sum(not job.context.cancelled for job in waiting) == 1
    qtbot.waitUntil(lambda: last in engine.measured, timeout=20_000)
    assert len(engine.measured) < len(wanted)


def test_the_number_of_genres_is_said_once(models, make):
    make.bundle("plain", "Plain, 3 genres")
    top = models().window.top.model
    texts = {top.itemData(i): top.itemText(i) for i in range(top.count())}
    assert texts == {"tiny": "Tiny · 3 genres", "plain": "Plain, 3 genres"}


def test_devices_are_tested_only_once_the_chosen_model_is_open(models, make, qtbot, monkeypatch):
    make.bundle("second", "Second")
    desk = models(bundle="tiny")
    engine = desk.listening.engine
    qtbot.waitUntil(lambda: bool(engine.devices), timeout=15_000)
    open_then: list[str] = []
    tests = engine.test_devices
    monkeypatch.setattr(
        engine,
        "test_devices",
        lambda: (open_then.append(engine.live.stats().bundle_id), tests()),
    )
    engine.choose("second")
    assert open_then == []
    with qtbot.waitSignal(engine.devices_changed, timeout=15_000):
        pass
    assert open_then == ["second"]


def seconds_of(path: Path) -> float:
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()


def test_an_autoencoder_makes_a_piece_that_can_be_heard(autoencoder, models, tmp_path, qtbot):
    desk = models(bundle="voice")
    page = desk.window.models
    assert page.piece.isVisible()
    said = dict(card_text.rows(autoencoder.card, None))
    assert "explains the sound best" in said["New pieces"]
    page.piece.genre.setCurrentIndex(1)
    page.piece.seconds.setValue(2)
    target = tmp_path / "new.wav"
    page.piece.make_to(target)
    assert page.piece.strip.isVisible()
    assert not page.piece.make.isEnabled()
    board = desk.window.notices
    qtbot.waitUntil(lambda: any(str(target) in text for text in board.texts), timeout=60_000)
    while board.shown.key != "piece":  # there is no sound card: that is said first
        board.dismiss(board.shown.key)
    assert "Middle" in board.banner.text()
    assert seconds_of(target) == 2
    assert not page.piece.strip.isVisible()
    (listen,) = (
        b
        for b in desk.window.notices.banner.findChildren(QPushButton)
        if b.text() == "Listen to it"
    )
    qtbot.mouseClick(listen, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.listening.sound.path == target, timeout=20_000)
    assert desk.window.live.isVisible()


def test_a_piece_that_is_cancelled_leaves_no_file(autoencoder, models, tmp_path, qtbot):
    piece = models(bundle="voice").window.models.piece
    piece.seconds.setValue(600)
    piece.make_to(tmp_path / "new.wav")
    qtbot.waitUntil(lambda: piece._child.pid > 0, timeout=20_000)
    piece.strip.cancelled.emit()
    qtbot.waitUntil(lambda: not piece.strip.isVisible(), timeout=30_000)
    assert piece.make.isEnabled()
    assert not (tmp_path / "new.wav").exists()


def test_a_place_where_no_piece_can_be_written_is_named(autoencoder, models, tmp_path, qtbot):
    desk = models(bundle="voice")
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    target = tmp_path / "file" / "new.wav"
    desk.window.models.piece.seconds.setValue(1)
    desk.window.models.piece.make_to(target)
    qtbot.waitUntil(lambda: str(target) in desk.window.notices.banner.text(), timeout=60_000)
    assert "cannot be written" in desk.window.notices.banner.text()


def test_only_an_autoencoder_offers_to_make_a_piece(autoencoder, models):
    page = models().window.models
    assert page.title.text() == "Tiny"
    assert not page.piece.isVisible()
    page.show_bundle("voice")
    assert page.piece.isVisible()
    assert [page.piece.genre.itemText(i) for i in range(3)] == ["Low", "Middle", "High"]


def test_the_model_in_use_is_in_sight_when_the_page_is_opened(many, start, qtbot):
    desk = start()
    desk.window.go("models")
    desk.window.go("listen")
    last = list(desk.window.models.list.rows)[-1]
    desk.listening.engine.choose(last)
    desk.window.go("models")
    row = desk.window.models.list.rows[last]
    qtbot.waitUntil(lambda: not row.visibleRegion().isEmpty(), timeout=5_000)


def test_of_thousands_of_genres_only_the_first_are_named():
    few, many = ("jazz", "hiphop"), tuple(f"kind {i}" for i in range(5000))
    assert card_text.genres(few) == "Jazz, Hip-hop"
    assert card_text.genres(many).endswith("Kind 59 and 4,940 more")


def test_a_foreign_graph_is_dropped_with_its_head_and_its_json(models, qtbot, tmp_path):
    model = foreign_kit.effnet(tmp_path)
    head = foreign_kit.head(tmp_path, "mood_happy-discogs-effnet-1", ("happy", "sad"), "Softmax")
    desk = models()
    dropped = [model.with_suffix(".json"), head, model, head.with_suffix(".json")]
    desk.window.files.open_paths(dropped)
    page = desk.window.models
    qtbot.waitUntil(lambda: model.stem in page.list.rows, timeout=30_000)
    qtbot.waitUntil(lambda: page.title.text() == "discogs effnet bsdynamic 1", timeout=10_000)
    card = bundles.find(model.stem).card
    assert len(card.labels) == 402


def test_getting_musicnn_from_a_wrong_file_is_said_and_can_be_tried_again(models, qtbot, tmp_path):
    wheel = tmp_path / "musicnn-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"broken off")
    page = models().window.models
    told = []
    page.notice.connect(told.append)
    assert page.published.get.isVisible()
    page.published.start(wheel)
    assert page.published.strip.isVisible()
    assert not page.published.get.isVisible()
    qtbot.waitUntil(lambda: bool(told), timeout=60_000)
    assert "is not the published wheel of musicnn" in told[0].text
    qtbot.waitUntil(page.published.get.isVisible, timeout=10_000)
    page.published.start(wheel)
    page.published.strip.cancelled.emit()
    qtbot.waitUntil(page.published.get.isVisible, timeout=60_000)
