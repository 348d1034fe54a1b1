"""The search with its table, the history beside it, and the whole way with the keyboard alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QWidget

from genredesk.training.runs import store
from genredesk.training.runs.messages import EpochEvent
from genredesk.training.runs.store import TrainingRun
from genredesk.ui.training import steps as wizard
from genredesk.ui.training.pages.history import facts
from genredesk.ui.training.pages.page_stack import NAMES
from genredesk.ui.widgets.scrolled import scrolled


@pytest.mark.slow
def test_a_search_keeps_the_best_when_it_is_stopped(train_page, scanned, trained, folder, qtbot):
    scanned(train_page, folder)
    train_page.session.choose(preset="balanced", changes={"epochs": 2, "crops": 2}, minutes=30.0)
    train_page.start()
    table = train_page.run_page.trials
    qtbot.waitUntil(lambda: table.rowCount() >= 2 and table.best() > 0, timeout=120_000)
    assert table.isVisible()
    heads = [table.horizontalHeaderItem(i).text() for i in range(table.columnCount())]
    assert {"Trial", "Windows correct", "lr", "batch", "eq_db"} <= set(heads)
    train_page.session.trainer.keep_best()
    trained(train_page)
    result = train_page.session.result
    assert result.run.state == store.DONE
    assert result.evaluation["recipe"]["epochs"] == 2


def controls(page: QWidget) -> Iterator[QWidget]:
    kinds = (QAbstractButton, QComboBox, QLineEdit)
    for widget in page.findChildren(QWidget):
        if isinstance(widget, kinds) and widget.isVisible():
            yield widget


def reached(widget: QWidget) -> bool:
    """Whether the Tab key stops there, or at one of its row that the arrow keys go on from."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    row = group.buttons() if group is not None and group.exclusive() else [widget]
    return any(w.focusPolicy() & Qt.FocusPolicy.TabFocus for w in row)


def stops(qtbot, window: QWidget, first: QWidget, key: Qt.Key = Qt.Key.Key_Tab) -> list[QWidget]:
    """Press a key until the keyboard is where it began; return where it was, always in sight."""
    window.activateWindow()
    first.setFocus()
    found: list[QWidget] = []
    while (here := QApplication.focusWidget()) is not None and here not in found:
        qtbot.waitUntil(lambda seen=here: not seen.visibleRegion().isEmpty(), timeout=5_000)
        found.append(here)
        QTest.keyClick(here, key)
    assert here is first, f"the keyboard is caught at {here} after {found}"
    return found


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_tab_key_goes_round_every_page(open_train, scanned, folder, qtbot, theme):
    desk, page = open_train(theme=theme)
    window = desk.window
    scanned(page, folder)
    page.model.more.setChecked(True)
    for step in (wizard.MUSIC, wizard.MODEL, wizard.HISTORY):
        page.go(step)
        first = next(b for b in window.rail.findChildren(QAbstractButton) if b.isChecked())
        there = stops(qtbot, window, first)
        assert stops(qtbot, window, first, Qt.Key.Key_Backtab) == [first, *there[:0:-1]]


def test_the_tab_key_goes_from_the_list_to_how_to_train(train_page, scanned, folder, qtbot):
    scanned(train_page, folder)
    train_page.go(wizard.MODEL)
    model = train_page.model
    qtbot.waitUntil(lambda: "net:live" in model.list.rows, timeout=60_000)
    model.choose_start("net:live")
    assert not model.tiles["quick"].isEnabled()
    row = model.list.rows["net:live"]
    chosen = model.tiles[train_page.session.choice.preset]
    there = stops(qtbot, train_page.window(), train_page.steps.step(wizard.MODEL))
    wanted = [model.list.search, row, chosen, model.more, train_page.back, train_page.next]
    assert [widget for widget in there if widget in wanted] == wanted


def test_the_pages_are_made_one_by_one_when_the_place_is_looked_at(open_train, qtbot):
    pages = open_train()[1].pages
    assert "music" in vars(pages), "it is seen at once"
    assert not {"model", "run_page", "result", "use", "history"} & set(vars(pages))
    qtbot.waitUntil(lambda: set(NAMES) <= set(vars(pages)), timeout=20_000)
    assert [pages.widget(i) for i in range(pages.count())] == [pages.page(i) for i in range(6)]
    assert pages.currentWidget() is pages.music


def test_a_page_that_is_asked_for_before_its_turn_is_the_only_one(open_train, qtbot):
    page = open_train()[1]
    page.go(wizard.HISTORY)
    asked = page.history
    assert page.pages.currentWidget() is asked
    qtbot.waitUntil(lambda: set(NAMES) <= set(vars(page.pages)), timeout=20_000)
    assert page.history is asked
    assert page.pages.currentWidget() is asked


def test_a_part_that_is_read_can_be_scrolled_with_the_keys(qtbot):
    area = scrolled(QWidget(), "Card")
    qtbot.addWidget(area)
    area.resize(200, 100)
    area.widget().setFixedHeight(50)
    with qtbot.waitExposed(area):
        area.show()
    assert area.focusPolicy() == Qt.FocusPolicy.NoFocus, "all of it is seen"
    area.widget().setFixedHeight(500)
    qtbot.waitUntil(lambda: area.focusPolicy() == Qt.FocusPolicy.StrongFocus, timeout=5_000)
    QTest.keyClick(area, Qt.Key.Key_PageDown)
    assert area.verticalScrollBar().value() > 0


def test_everything_has_a_name_and_can_be_reached(train_page, scanned, folder):
    scanned(train_page, folder)
    train_page.model.more.setChecked(True)
    for step in range(6):
        train_page.go(step)
        for widget in controls(train_page):
            if isinstance(widget, QLineEdit) and isinstance(widget.parent(), QComboBox):
                continue
            if widget.objectName().startswith(("qt_", "ScrollLeft", "ScrollRight")):
                continue
            named = widget.accessibleName() or getattr(widget, "text", str)()
            assert named, f"{type(widget).__name__} on page {step} has no name"
            assert reached(widget), f"{named} on page {step} cannot be reached with Tab"


def test_the_keyboard_goes_through_the_pages(train_page, scanned, folder, qtbot):
    scanned(train_page, folder)
    window = train_page.window()
    window.activateWindow()
    table = train_page.music.table
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Down)
    assert train_page.music.selected() == ["knock"]
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert train_page.session.music.excluded == {"knock"}
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert not train_page.session.music.excluded
    train_page.next.setFocus()
    QTest.keyClick(train_page.next, Qt.Key.Key_Space)
    assert train_page.step == wizard.MODEL
    tile = train_page.model.tiles["balanced"]
    tile.setFocus()
    QTest.keyClick(tile, Qt.Key.Key_Return)
    assert train_page.session.choice.preset == "balanced"
    train_page.back.setFocus()
    QTest.keyClick(train_page.back, Qt.Key.Key_Space)
    assert train_page.step == wizard.MUSIC


def test_two_runs_side_by_side_repeat_and_delete(train_page, scanned, folder, qtbot):
    for i, preset in enumerate(("quick", "balanced")):
        plan = {"mode": "full", "bundle": "genredesk-live", "changes": {"lr": 0.01 * (i + 1)}}
        run = TrainingRun(
            f"2026010{i + 1}-120000-r", f"Run {i}", f"2026-01-0{i + 1}T12:00:00+00:00",
            state=store.DONE, plan=plan, preset=preset, classes={"hum": 6}, score=0.5, n=10,
        )  # fmt: skip
        store.save(run)
        for epoch in (1, 2, 3):
            windows = 0.1 * epoch
            store.add_epoch(run, EpochEvent(epoch, 3, 1.0, 0.5, windows, windows, 0.01, 1.0, True))
    scanned(train_page, folder)
    train_page.toggle_history()
    history = train_page.history
    qtbot.waitUntil(lambda: history.list.songs.rowCount() == 2, timeout=10_000)
    history.list.selectAll()
    texts = [history.grid.itemAtPosition(0, i).widget().text() for i in (1, 2)]
    assert texts == ["Run 1", "Run 0"]
    assert not history.look.isVisible()
    history.list.setCurrentIndex(history.list.songs.index(0))
    assert dict(facts(history.chosen()[0], ""))["Changed"] == "lr = 0.02"
    history.repeat.click()
    assert train_page.step == wizard.MODEL
    assert train_page.session.choice.changes == {"lr": 0.02}
    assert train_page.session.choice.preset == "balanced"
    first = train_page.session.runs[0]
    train_page.session.delete_run(first)
    qtbot.waitUntil(lambda: len(train_page.session.runs) == 1, timeout=10_000)
    assert not first.folder.exists()


def test_a_torn_line_and_a_broken_run_are_passed_over(home):
    run = store.save(TrainingRun("20260101-120000-a", "A", store.now(), state=store.DONE))
    store.add_epoch(run, EpochEvent(1, 2, 1.0, 0.5, 0.5, 0.5, 0.1, 1.0, best=True))
    with (run.folder / "epochs.jsonl").open("ab") as file:
        file.write(b'{"epoch": 2, "lo')
    broken = store.runs_dir() / "20260102-120000-b"
    broken.mkdir()
    (broken / "run.json").write_text(json.dumps([1, 2]))
    assert [r.id for r in store.every()] == [run.id]
    assert [e.epoch for e in store.epochs(run)] == [1]
