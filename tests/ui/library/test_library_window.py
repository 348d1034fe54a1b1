"""The Library page through the window: found, heard, corrected, put in order, taken back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from genredesk.core import paths
from genredesk.library.catalogue.lock import FileLock
from genredesk.library.library import Library
from genredesk.library.organize.apply import history
from genredesk.library.organize.plan import ActionOptions
from genredesk.ui.library.page import LibraryPage
from genredesk.ui.library.tracks.columns import Column
from genredesk.ui.services import dialogs
from genredesk.ui.shell.app import App

pytestmark = pytest.mark.usefixtures("no_sound_card")

Tree = Callable[[Path], dict[str, str]]


def open_library(qtbot, desk: App) -> LibraryPage:
    """Go to the Library of a window and wait until it is listed."""
    desk.window.go("library")
    page = desk.window.library
    qtbot.waitUntil(lambda: page.tracks.listing is not None, timeout=20_000)
    return page


@pytest.fixture
def library(qtbot, start, bundle) -> Callable[[], LibraryPage]:
    """Open a window at its Library page."""
    return lambda: open_library(qtbot, start())


@pytest.fixture
def scanned(qtbot, library, collection) -> LibraryPage:
    """A page whose nine files were listened to."""
    page = library()
    scan(qtbot, page, collection)
    return page


def scan(qtbot, page: LibraryPage, folder: Path) -> None:
    page.folders.add([folder])
    qtbot.waitUntil(lambda: all_heard(page), timeout=60_000)
    qtbot.waitUntil(lambda: not page.scanning.running, timeout=20_000)


def all_heard(page: LibraryPage) -> bool:
    counts = page.tracks.counts
    return counts is not None and counts.tallies["state"] == {"analysed": 9}


def rows(page: LibraryPage) -> dict[str, object]:
    """Return every row by its file's name, as the catalogue has it."""
    assert page.tracks.catalogue is not None
    catalogue = page.tracks.catalogue
    return {r.path.name: r for r in catalogue.files.rows(catalogue.index.query("", "path"))}


def change(page: LibraryPage, statement: str) -> None:
    """Change results behind the program's back and have it look again."""
    with page.tracks.catalogue.db.write() as connection:
        connection.execute(statement)
    page.tracks.touch()


def choose(page: LibraryPage, *names: str) -> None:
    """Choose files in the table as a click would."""
    table = page.browse.table
    found = rows(page)
    table.choose(np.array([found[n].id for n in names]))
    row = page.tracks.model.row_of(found[names[0]].id)
    table.selectionModel().setCurrentIndex(
        page.tracks.model.index(row, 0), QItemSelectionModel.SelectionFlag.NoUpdate
    )


def _yes(box: QMessageBox) -> None:
    """Answer a question that is asked once more."""
    role = QMessageBox.ButtonRole.DestructiveRole
    next(b for b in box.buttons() if box.buttonRole(b) == role).click()


def apply_plan(qtbot, page: LibraryPage, action: str, options: ActionOptions, n: int) -> None:
    """Plan an action for everything and let it run."""
    plan = page.plan
    with qtbot.waitSignal(page.plans.planned, timeout=20_000):
        plan.show_action(action, page.tracks.model.ids, options)
    assert plan.model.n_ticked() == n
    with qtbot.waitSignal(page.plans.applied, timeout=20_000) as told:
        QTest.mouseClick(plan.go, Qt.MouseButton.LeftButton)
    assert told.args[0].done == n
    qtbot.waitUntil(lambda: not page.plans.busy)


# ---------------------------------------------------------------- found and heard


def test_an_empty_library_invites(qtbot, library):
    page = library()
    assert page.empty.isVisible()
    assert page.empty.button.text()
    assert not page.browse.isVisible()


def test_a_folder_is_found_and_listened_to(qtbot, scanned):
    page = scanned
    assert page.browse.isVisible()
    assert {name.split()[0]: row.heard for name, row in rows(page).items()} == {
        "low": "low", "middle": "middle", "high": "high"
    }  # fmt: skip
    shown = page.tracks.model
    qtbot.waitUntil(lambda: shown.index(0, Column.HEARD).data() is not None)
    assert page.tracks.listing.ids.size == 9
    track = rows(page)["low 0.wav"].track_id
    qtbot.waitUntil(lambda: page.tracks.pictures.strip(track) is not None)
    places = [e.text for e in page.browse.sidebar.places.entries.entries]
    assert len(places) >= 4
    assert [e.count for e in page.browse.sidebar.roots.entries.entries] == [9]
    assert not page.strip.isVisible()


def test_a_scan_is_held_stopped_and_goes_on(qtbot, library, collection):
    page = library()
    page.folders.add([collection])
    qtbot.waitUntil(lambda: page.scanning.running, timeout=20_000)
    page.scanning.pause(True)
    assert page.scanning.paused
    page.scanning.set_cores(1)
    page.scanning.pause(False)
    page.scanning.stop()
    qtbot.waitUntil(lambda: not page.scanning.running, timeout=20_000)
    page.scanning.start()
    qtbot.waitUntil(lambda: all_heard(page), timeout=60_000)
    assert page.listening.memory.settings.scan_cores == 1


def test_new_files_are_noticed(qtbot, scanned, collection, make):
    page = scanned
    qtbot.waitUntil(lambda: page.scanning._watcher is not None, timeout=20_000)
    make.wav(collection / "new.wav", make.tone("high", 4))
    qtbot.waitUntil(
        lambda: page.tracks.listing.ids.size == 10 and not page.scanning.running, timeout=60_000
    )
    assert rows(page)["new.wav"].heard == "high"


def test_what_comes_while_files_are_changed_is_looked_at_afterwards(qtbot, scanned, collection):
    scanning = scanned.scanning
    scanned.plans.began.emit("Write the genre of 9 files")
    scanning._on_settled([collection / "low" / "low 0.wav"])
    assert not scanning.running
    scanned.plans.ended.emit()
    assert scanning.running
    qtbot.waitUntil(lambda: not scanning.running, timeout=30_000)


# ---------------------------------------------------------------- looking


def test_a_filter_narrows_and_a_wrong_one_is_explained_below(qtbot, scanned):
    page = scanned
    box = page.browse.filter.box
    QTest.keyClick(page.browse.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert box.hasFocus()
    with qtbot.waitSignal(page.tracks.listed, timeout=10_000):
        QTest.keyClicks(box, "heard:low")
    qtbot.waitUntil(lambda: page.tracks.listing.ids.size == 3)
    with qtbot.waitSignal(page.tracks.refused, timeout=10_000):
        QTest.keyClicks(box, " sure:<abc")
    assert page.browse.filter.error.isVisible()
    assert "abc" in page.browse.filter.error.text()
    assert page.tracks.listing.ids.size == 3, "the last good list stays"
    with qtbot.waitSignal(page.tracks.counted, timeout=10_000):
        page.tracks.touch()
    assert page.tracks.listing.ids.size == 3
    QTest.keyClick(box, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.tracks.listing.ids.size == 9)
    assert not page.browse.filter.error.isVisible()


@pytest.mark.parametrize("name", ["history", "conflicts", "words", "rules", "plan"])
def test_escape_leads_back_from_a_page_beside_the_tracks(scanned, name):
    page, beside = scanned, scanned.beside
    if name == "plan":
        beside.plan_action("move_files", None)
    else:
        getattr(beside, f"show_{name}")()
    shown = page.stack.currentWidget()
    assert shown is getattr(beside, name)
    window = page.window()
    if name == "rules":  # from anywhere in the window
        window.top.source.setFocus()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert page.browse.isVisible()
    assert not shown.isVisible()
    window.go("models")
    window.go("library")
    assert window.focusWidget() is page.browse.table, "its keys act at once"


def test_filters_are_kept_under_a_name(qtbot, scanned):
    page = scanned
    page.browse.filter.box.setText("heard:high")
    qtbot.waitUntil(lambda: page.tracks.listing.ids.size == 3)
    page.browse.filter.ask_name()
    QTest.keyClicks(page.browse.filter.name, "Shrill")
    with qtbot.waitSignal(page.tracks.filters_changed, timeout=10_000):
        QTest.keyClick(page.browse.filter.name, Qt.Key.Key_Return)
    assert [f.name for f in page.tracks.filters] == ["Shrill"]
    page.browse.filter.box.setText("")
    qtbot.waitUntil(lambda: page.tracks.listing.ids.size == 9)
    page.browse.filter.chosen.emit(page.tracks.filters[0])
    qtbot.waitUntil(lambda: page.tracks.listing.ids.size == 3)
    with qtbot.waitSignal(page.tracks.filters_changed, timeout=10_000):
        page.browse.filter.delete_asked.emit("Shrill")
    assert page.tracks.filters == []


def test_groups_stand_beside_and_in_the_table(qtbot, scanned):
    page = scanned
    groups = page.browse.sidebar.groups
    entry = next(e for e in groups.entries.entries if e.colour == "low")
    groups.picked.emit(entry)
    qtbot.waitUntil(lambda: page.tracks.listing.ids.size == 3)
    page.browse.sidebar.picked.emit(page.browse.sidebar.places.entries.entries[0])
    qtbot.waitUntil(lambda: page.tracks.listing.ids.size == 9)
    page.browse.sidebar.heads.click()
    qtbot.waitUntil(lambda: len(page.tracks.model.headings) == 3)
    assert page.tracks.model.rowCount() == 12


def test_a_heading_sorts_all_rows(qtbot, scanned):
    page = scanned

    def heard() -> list[str]:
        return [r.heard for r in page.tracks.catalogue.files.rows(page.tracks.listing.ids)]

    page.browse.table.horizontalHeader().sectionClicked.emit(Column.GENRE)
    qtbot.waitUntil(lambda: page.tracks.listing.view.sort == "heard")
    assert heard() == ["high"] * 3 + ["low"] * 3 + ["middle"] * 3
    page.browse.table.horizontalHeader().sectionClicked.emit(Column.GENRE)
    qtbot.waitUntil(lambda: page.tracks.listing.view.descending)
    assert heard() == ["middle"] * 3 + ["low"] * 3 + ["high"] * 3
    settings = page.listening.memory.settings
    assert (settings.library_sort, settings.library_descending) == ("heard", True)


def test_what_sounds_alike_and_the_map(qtbot, scanned):
    page = scanned
    some = rows(page)["low 1.wav"].id
    with qtbot.waitSignal(page.maps.alike, timeout=20_000) as told:
        page.browse.maps.like(some)
    qtbot.waitUntil(lambda: page.tracks.listing.view.only is not None)
    assert told.args[0][0] == some
    near = [r.path.name for r in page.tracks.catalogue.files.rows(told.args[0][1:3])]
    assert all(name.startswith("low") for name in near)
    assert page.browse.narrowed.isVisible()
    page.browse.narrowed.click()
    qtbot.waitUntil(lambda: page.tracks.listing.view.only is None)
    with qtbot.waitSignal(page.maps.placed, timeout=20_000):
        page.browse.show_map()
    places = page.maps.places
    assert sorted(places.file_ids.tolist()) == sorted(page.tracks.listing.ids.tolist())
    with qtbot.waitSignal(page.maps.lassoed, timeout=10_000) as told:
        page.maps.lasso(np.array([(-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0)]))
    assert len(told.args[0]) == 9
    assert page.browse.chosen().size == 9
    page.maps.stop()
    qtbot.waitUntil(lambda: page.maps._drawing is None, timeout=30_000)


def test_space_plays_from_the_typical_window_and_again_is_quiet(qtbot, scanned):
    page = scanned
    choose(page, "high 2.wav")
    with qtbot.waitSignal(page.preview.changed, timeout=20_000):
        QTest.keyClick(page.browse.table, Qt.Key.Key_Space)
    piece = page.preview.piece
    assert piece.row.path.name == "high 2.wav"
    assert piece.scores
    assert page.browse.preview_bar.isVisible()
    QTest.keyClick(page.browse.table, Qt.Key.Key_Space)
    assert page.preview.piece is None
    assert not page.browse.preview_bar.isVisible()


def test_a_double_click_plays_on_the_listen_page(qtbot, scanned):
    page = scanned
    row = rows(page)["middle 0.wav"]
    qtbot.waitUntil(lambda: page.tracks.model.row(row.id) is not None)
    page.browse.table.play_asked.emit(row.id)
    sound = page.listening.sound
    qtbot.waitUntil(lambda: sound.path is not None and sound.path == row.path, timeout=20_000)


# ---------------------------------------------------------------- deciding


def test_a_digit_sets_the_genre_and_a_new_scan_leaves_it(qtbot, scanned):
    page = scanned
    choose(page, "low 0.wav", "low 2.wav")
    with qtbot.waitSignal(page.tracks.corrected, timeout=10_000):
        QTest.keyClick(page.browse.table, Qt.Key.Key_3)
    assert rows(page)["low 0.wav"].corrected == ("high",)
    assert rows(page)["low 1.wav"].corrected == ()
    page.scanning.start()
    qtbot.waitUntil(lambda: not page.scanning.running, timeout=30_000)
    assert rows(page)["low 2.wav"].corrected == ("high",)
    with qtbot.waitSignal(page.tracks.corrected, timeout=10_000):
        QTest.keyClick(page.browse.table, Qt.Key.Key_Delete)
    assert rows(page)["low 2.wav"].corrected == ()


def test_letters_ask_for_any_genre(qtbot, scanned):
    page = scanned
    choose(page, "middle 1.wav")
    QTest.keyClicks(page.browse.table, "h")
    picker = page.browse.corrector.picker
    assert picker is not None
    assert picker.isVisible()
    with qtbot.waitSignal(page.tracks.corrected, timeout=10_000):
        QTest.keyClick(picker.line, Qt.Key.Key_Return)
    assert rows(page)["middle 1.wav"].corrected == ("high",)
    page.browse.ask_genre("")
    QTest.keyClicks(picker.line, "Polka, low")
    with qtbot.waitSignal(page.tracks.corrected, timeout=10_000):
        QTest.keyClick(picker.line, Qt.Key.Key_Return)
    assert rows(page)["middle 1.wav"].corrected == ("Polka", "low")


def test_return_confirms_and_the_walk_goes_through_the_doubts(qtbot, scanned):
    page = scanned
    change(page, "UPDATE bundle SET bounds = json_set(bounds, '$.sure', 0.5)")
    change(page, "UPDATE result SET score = 0.4 WHERE label <> 'middle'")
    qtbot.waitUntil(lambda: page.tracks.counts.tallies["answer"].get("open") == 6)
    table, seen = page.browse.table, []
    before = table.current_id()
    QTest.keyClick(table, Qt.Key.Key_F3)
    for _ in range(6):
        qtbot.waitUntil(lambda b=before: table.current_id() != b, timeout=10_000)
        before = table.current_id()
        seen.append(before)
        with qtbot.waitSignal(page.tracks.corrected, timeout=10_000):
            QTest.keyClick(table, Qt.Key.Key_Return)
    assert len(set(seen)) == 6
    corrected = {n: r.corrected for n, r in rows(page).items() if r.corrected}
    assert corrected == {n: (n.split()[0],) for n in rows(page) if not n.startswith("middle")}


def test_words_and_thresholds_count_at_once(qtbot, scanned):
    page = scanned
    change(page, "UPDATE result SET score = 0.9")
    page.beside.show_words()
    qtbot.waitUntil(lambda: page.words.rows and page.words.rows[0].words.text() == "Low")
    row = page.words.rows[0]
    row.words.setText("Deep › Sub, Bass")
    row.slider.setValue(20)
    page.words.save()
    qtbot.waitUntil(lambda: page.tracks.counts.tallies["answer"].get("probable") == 3)
    assert page.tracks.catalogue.words.current.of("low", with_parents=True) == (
        "Sub",
        "Deep",
        "Bass",
    )
    row.words.setText("Deep › Deep")
    page.words.save()
    assert page.words.error.isVisible()
    assert page.tracks.catalogue.words.current.of("low") == ("Sub", "Bass")


# ---------------------------------------------------------------- the whole way and back


def test_scan_correct_preview_apply_restart_undo(  # noqa: PLR0917
    qtbot, start, bundle, collection, tree: Tree, monkeypatch
):
    monkeypatch.setattr(QMessageBox, "open", _yes)
    desk = start()
    page = open_library(qtbot, desk)
    scan(qtbot, page, collection)
    as_it_was = tree(collection)
    choose(page, "middle 1.wav")
    with qtbot.waitSignal(page.tracks.corrected, timeout=10_000):
        QTest.keyClick(page.browse.table, Qt.Key.Key_1)
    apply_plan(qtbot, page, "tag_genre", ActionOptions(), 9)
    tagged = tree(collection)
    assert tagged.keys() == as_it_was.keys()
    assert all(tagged[name] != as_it_was[name] for name in as_it_was)
    qtbot.waitUntil(lambda: rows(page)["middle 1.wav"].genres == ("Low",), timeout=10_000)
    qtbot.waitUntil(lambda: not page.scanning.running, timeout=30_000)
    options = ActionOptions(to=collection, template="{genre}/{name}")
    apply_plan(qtbot, page, "move_files", options, 9)
    moved = tree(collection)
    assert sorted(n for n in moved if moved[n] != "folder") == sorted(
        [f"Low/low {i}.wav" for i in range(3)] + ["Low/middle 1.wav"]
        + [f"Middle/middle {i}.wav" for i in (0, 2)] + [f"High/high {i}.wav" for i in range(3)]
    )  # fmt: skip
    qtbot.waitUntil(lambda: not page.scanning.running, timeout=30_000)
    assert desk.close()
    desk.window.hide()

    page = open_library(qtbot, start())  # another start of the program
    with qtbot.waitSignal(page.plans.past, timeout=10_000):
        page.beside.show_history()
    assert [r.past.action for r in page.history.rows] == ["move_files", "tag_genre"]
    assert [r.past.undoable for r in page.history.rows] == [True, False]
    with qtbot.waitSignal(page.plans.checked, timeout=10_000) as told:
        page.history.rows[0].check.click()
    assert told.args[1] == []
    for place in range(2):
        with qtbot.waitSignal(page.plans.undone, timeout=20_000) as told:
            page.history.rows[place].undo.click()
        assert told.args[0].done == 9
        qtbot.waitUntil(lambda n=place: page.history.rows[n].past.state == "undone")
    assert tree(collection) == as_it_was
    assert page.tracks.catalogue.db.check() == []


def test_what_is_ticked_off_stays_and_nothing_happens_before(qtbot, scanned, collection, tree):
    page = scanned
    before = tree(collection)
    target = collection.parent / "sorted"
    with qtbot.waitSignal(page.plans.planned, timeout=20_000):
        page.plan.show_action(
            "copy_files", page.tracks.model.ids, ActionOptions(to=target, template="{genre}/{name}")
        )
    assert tree(collection) == before
    assert not target.exists()
    model = page.plan.model
    keep = [i for i in range(9) if "high" in model.step(i).source]
    model.tick_all(False)
    for row in keep:
        page.plan.table.selectRow(row)
        qtbot.keyClick(page.plan.table, Qt.Key.Key_Space)
    with qtbot.waitSignal(page.plans.applied, timeout=20_000):
        page.plan.apply()
    assert sorted(tree(target)) == ["High", "High/high 0.wav", "High/high 1.wav", "High/high 2.wav"]
    assert tree(collection) == before
    qtbot.waitUntil(lambda: not page.plans.busy)
    assert [past.title for past in history(page.tracks.catalogue)] == ["Copy 3 files into sorted"]


def test_files_changed_since_are_named_and_left(qtbot, scanned, collection):
    page = scanned
    apply_plan(qtbot, page, "tag_genre", ActionOptions(), 9)
    victim = collection / "low 0.wav"
    victim.write_bytes(victim.read_bytes() + b"more")
    with qtbot.waitSignal(page.plans.past, timeout=10_000):
        page.beside.show_history()
    past = page.history.rows[0].past
    with qtbot.waitSignal(page.plans.checked, timeout=10_000) as told:
        page.plans.check(past.plan_id)
    assert [Path(t.path).name for t in told.args[1]] == ["low 0.wav"]
    with qtbot.waitSignal(page.plans.undone, timeout=20_000) as told:
        page.plans.undo(past)
    assert told.args[0].done == 8
    assert "low 0.wav" in page.history.outcome.text()
    assert victim.read_bytes().endswith(b"more")
    qtbot.waitUntil(lambda: not page.plans.busy)


def test_a_full_disk_is_told_in_words_and_nothing_is_lost(  # noqa: PLR0917
    qtbot, scanned, collection, tree: Tree, small_disk, monkeypatch
):
    monkeypatch.setattr(QMessageBox, "open", _yes)
    page = scanned
    before = tree(collection)
    size = max(p.stat().st_size for p in collection.rglob("*.wav"))
    (small_disk / "filler").write_bytes(bytes((4 << 20) - 3 * size))
    with qtbot.waitSignal(page.plans.planned, timeout=20_000):
        options = ActionOptions(to=small_disk / "sorted", template="{genre}/{name}")
        page.plan.show_action("move_files", page.tracks.model.ids, options)
    with qtbot.waitSignal(page.plans.applied, timeout=20_000) as told:
        QTest.mouseClick(page.plan.go, Qt.MouseButton.LeftButton)
    outcome = told.args[0]
    assert 0 < outcome.done < 9
    assert "disk is full" in page.plan.state.text.text()
    assert f"Done: {outcome.done} file" in page.plan.state.title.text()
    whole = [content for content in before.values() if content != "folder"]
    for path in [*collection.rglob("*.wav"), *small_disk.rglob("*.wav")]:
        whole.remove(tree(path.parent)[path.name])
    assert whole == [], "every file is there once, as it was"
    qtbot.waitUntil(lambda: not page.plans.busy and not page.scanning.running, timeout=30_000)
    with qtbot.waitSignal(page.plans.past, timeout=10_000):
        page.beside.show_history()
    with qtbot.waitSignal(page.plans.undone, timeout=20_000):
        page.history.rows[0].undo.click()
    assert tree(collection) == before
    assert [p.name for p in small_disk.iterdir()] == ["filler"]
    qtbot.waitUntil(lambda: not page.plans.busy and not page.scanning.running, timeout=30_000)


def test_playlists_and_tables_are_written(qtbot, scanned, collection):
    page = scanned
    target = collection.parent / "lists"
    apply_plan(qtbot, page, "playlists", ActionOptions(to=target), 3)
    assert sorted(p.name for p in target.iterdir()) == ["High.m3u8", "Low.m3u8", "Middle.m3u8"]
    apply_plan(qtbot, page, "export", ActionOptions(to=target, format="json", name="all"), 1)
    assert len(json.loads((target / "all.json").read_text(encoding="utf-8"))) > 0


def test_corrections_go_to_training(qtbot, scanned):
    page = scanned
    page.teach()
    qtbot.waitUntil(lambda: page.window().notices.shown is not None, timeout=10_000)
    choose(page, "low 0.wav")
    with qtbot.waitSignal(page.tracks.corrected, timeout=10_000):
        QTest.keyClick(page.browse.table, Qt.Key.Key_2)
    page.teach_asked.disconnect(page.window().teach)
    with qtbot.waitSignal(page.teach_asked, timeout=10_000) as told:
        page.teach()
    links = sorted(p.relative_to(told.args[0]).as_posix() for p in told.args[0].rglob("*.wav"))
    assert len(links) == 1
    assert links[0].startswith("middle/")


# ---------------------------------------------------------------- what goes wrong


def test_a_drive_that_is_not_there_keeps_its_tracks(qtbot, scanned, collection):
    page = scanned
    away = collection.with_name("unplugged")
    collection.rename(away)
    page.scanning.start()
    qtbot.waitUntil(
        lambda: page.tracks.counts.tallies["state"] == {"offline": 9} and not page.scanning.running,
        timeout=30_000,
    )
    entry = page.browse.sidebar.roots.entries.entries[0]
    assert entry.grey
    assert entry.icon == "unplugged"
    assert page.tracks.listing.ids.size == 9
    away.rename(collection)
    page.scanning.start()
    qtbot.waitUntil(lambda: all_heard(page), timeout=30_000)
    qtbot.waitUntil(lambda: not page.browse.sidebar.roots.entries.entries[0].grey)


def test_what_is_passed_over_is_said_and_a_moved_folder_followed(
    qtbot, library, collection, monkeypatch
):
    (collection / "cover.jpg").write_bytes(b"a picture")
    (collection / "@eaDir").mkdir()
    page = library()
    told: list[str] = []
    page.scanning.said.connect(lambda text, _wrong: told.append(text))
    page.folders.add([collection])
    qtbot.waitUntil(lambda: bool(told) and not page.scanning.running, timeout=60_000)
    assert told[0].startswith("9 tracks were listened to.")
    assert "1 file that is not music by its name (1 .jpg)" in told[0]
    assert "1 hidden or system folder (@eaDir)" in told[0]
    elsewhere = collection.with_name("elsewhere")
    collection.rename(elsewhere)
    asked: list[str] = []

    def answer(_parent, title, _folder, deed) -> None:
        asked.append(title)
        deed(elsewhere)

    monkeypatch.setattr(dialogs, "open_folder", answer)
    page.window().go("library")
    page.window().findChild(QAction, "library_moved").trigger()
    assert asked == [f"Where is {collection.name} now?"]
    qtbot.waitUntil(lambda: page.tracks.roots[0].path == elsewhere, timeout=20_000)
    qtbot.waitUntil(lambda: not page.scanning.running and all_heard(page), timeout=60_000)
    with page.tracks.catalogue.db.write() as connection:
        connection.execute("UPDATE file SET title = 'of another time'")
    page.window().findChild(QAction, "library_reread").trigger()
    qtbot.waitUntil(
        lambda: "of another time" not in {row.title for row in rows(page).values()}, timeout=60_000
    )
    qtbot.waitUntil(lambda: not page.scanning.running, timeout=20_000)
    assert len(told) == 1, "what is passed over is not said again and again"


def test_removing_a_folder_touches_no_file(qtbot, scanned, collection, tree):
    page = scanned
    before = tree(collection)
    root = page.tracks.roots[0]
    page.folders.remove(root.id)
    qtbot.waitUntil(lambda: page.tracks.roots == [] and page.empty.isVisible(), timeout=10_000)
    assert tree(collection) == before


@pytest.mark.parametrize("kind", ["broken", "newer", "foreign"])
def test_a_catalogue_that_cannot_be_opened_is_explained(qtbot, start, bundle, home, kind):
    file = paths.data_dir() / "library.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    if kind == "broken":
        file.write_bytes(b"this is no database at all, " * 200)
    else:
        with Library.open(file) as catalogue:
            connection = catalogue.db.connection()
            if kind == "newer":
                connection.execute("PRAGMA user_version = 9999")
            else:
                connection.execute("PRAGMA application_id = 1")
    content = file.read_bytes()
    desk: App = start()
    desk.window.go("library")
    page = desk.window.library
    qtbot.waitUntil(page.broken.isVisible, timeout=20_000)
    assert "library.db" in page.broken.text.text()
    assert file.read_bytes() == content
    shutil.move(file, file.with_suffix(".aside"))
    for beside in file.parent.glob("library.db-*"):
        beside.unlink()
    page.broken.button.click()
    qtbot.waitUntil(page.empty.isVisible, timeout=20_000)


def test_a_second_program_that_scans_is_named(qtbot, library, collection):
    page = library()
    other = FileLock(page.tracks.catalogue.db.path.with_name("library.db.scan"))
    assert other.take()
    try:
        with qtbot.waitSignal(page.scanning.said, timeout=20_000) as told:
            page.folders.add([collection])
        assert "Another GenreDesk" in told.args[0]
        qtbot.waitUntil(lambda: not page.scanning.running, timeout=10_000)
    finally:
        other.release()


def test_an_unreadable_file_is_told_in_its_row(qtbot, library, collection):
    (collection / "broken.mp3").write_bytes(b"\xff\xfb\x90" + bytes(400))
    page = library()
    page.folders.add([collection])
    qtbot.waitUntil(
        lambda: (
            page.tracks.counts is not None
            and page.tracks.counts.tallies["state"] == {"analysed": 9, "failed": 1}
        ),
        timeout=60_000,
    )
    qtbot.waitUntil(lambda: not page.scanning.running, timeout=10_000)
    assert rows(page)["broken.mp3"].note


# ---------------------------------------------------------------- real music


def test_real_music_goes_the_whole_way(qtbot, start, data_dir, tmp_path, tree):
    folder = tmp_path / "music"
    folder.mkdir()
    found = sorted((data_dir / "gtzan-audio" / "rock").glob("*"))[:2]
    found += sorted((data_dir / "gtzan-audio" / "classical").glob("*"))[:2]
    for path in found:
        shutil.copyfile(path, folder / path.name)
    before = tree(folder)
    desk: App = start()
    desk.window.go("library")
    page = desk.window.library
    qtbot.waitUntil(page.empty.isVisible, timeout=20_000)
    page.folders.add([folder])
    qtbot.waitUntil(
        lambda: (
            page.tracks.counts is not None
            and page.tracks.counts.tallies["state"] == {"analysed": 4}
            and not page.scanning.running
        ),
        timeout=120_000,
    )
    with qtbot.waitSignal(page.plans.planned, timeout=20_000):
        page.plan.show_action("tag_genre", page.tracks.model.ids, ActionOptions())
    page.plan.model.tick_all(True)
    with qtbot.waitSignal(page.plans.applied, timeout=20_000) as told:
        page.plan.apply()
    assert told.args[0].done == 4
    assert tree(folder) != before
    qtbot.waitUntil(lambda: not page.plans.busy)
    with qtbot.waitSignal(page.plans.past, timeout=10_000):
        page.beside.show_history()
    with qtbot.waitSignal(page.plans.undone, timeout=20_000):
        page.plans.undo(page.history.rows[0].past)
    assert tree(folder) == before
    qtbot.waitUntil(lambda: not page.plans.busy and not page.scanning.running, timeout=30_000)
