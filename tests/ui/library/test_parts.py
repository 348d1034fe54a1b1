"""The table's model and its keys, strips, plans, words, and the arithmetic of the map."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from genredesk.core.certainty import Bounds
from genredesk.library.catalogue.mapping import Words, WordsError, tree
from genredesk.library.catalogue.networks import Timeline
from genredesk.library.organize.plan import Fingerprint, Plan, Step, StepKind
from genredesk.ui.library import teaching, words_page
from genredesk.ui.library.map.map_data import inside
from genredesk.ui.library.plans.plan_model import (
    AFTER,
    BEFORE,
    SCORE,
    TICK,
    PlanModel,
    shortened,
)
from genredesk.ui.library.plans.plan_table import PlanTable
from genredesk.ui.library.sidebar import Sidebar
from genredesk.ui.library.tracks import columns, listing, pictures
from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.library.tracks.columns import Column
from genredesk.ui.library.tracks.groups import Headings, group_name
from genredesk.ui.library.tracks.listing import ListCounts, ListRequest
from genredesk.ui.library.tracks.pictures import Pictures
from genredesk.ui.library.tracks.table import TracksTable
from genredesk.ui.library.tracks.tracks_model import ROW_ROLE, TracksModel
from genredesk.ui.library.words_page import WordRow
from genredesk.ui.services.jobs import JobRunner

LABELS = ("blues", "jazz", "rock")
HEADINGS = Headings("heard", ["blues", "jazz", ""], [3, 2, 5])


@pytest.fixture
def model() -> TracksModel:
    made = TracksModel()
    made.set_list(np.arange(100, 110), HEADINGS)
    return made


# ---------------------------------------------------------------- the model


def test_the_model_keeps_qts_rules(qtmodeltester, filled):
    with filled(40) as catalogue:
        made = TracksModel()
        ids = catalogue.index.query("", "title")
        for headings in (Headings(), Headings("artist", ["A", "B"], [30, 10])):
            made.set_list(ids, headings)
            made.put_rows(ids.tolist()[:20], catalogue.files.rows(ids[:20]))
            qtmodeltester.check(made, force_py=True)


def test_headings_stand_between_groups(model):
    assert model.rowCount() == 13
    heads = [row for row in range(13) if model.heading_at(row) is not None]
    assert heads == [0, 4, 7]
    files = [model.id_at(row) for row in range(13) if row not in heads]
    assert files == list(range(100, 110))
    assert [model.row_of(i) for i in range(100, 110)] == [r for r in range(13) if r not in heads]
    assert model.row_of(99) == -1
    assert not model.flags(model.index(4, 0)) & Qt.ItemFlag.ItemIsSelectable


@pytest.mark.parametrize(
    ("first", "last", "n"), [(0, 12, 10), (0, 0, 0), (0, 1, 1), (3, 5, 2), (4, 4, 0), (7, 8, 1)]
)
def test_runs_of_rows_leave_headings_out(model, first, last, n):
    found = [i for row in range(first, last + 1) if (i := model.id_at(row)) is not None]
    assert model.ids_between(first, last).tolist() == found
    assert len(found) == n


def test_rows_are_asked_for_when_looked_at_and_only_then(qtbot, filled):
    with filled(30) as catalogue:
        made = TracksModel()
        made.set_list(catalogue.index.query("", "title"))
        assert made.take_wanted(10) == []
        with qtbot.waitSignal(made.wanted):
            assert made.index(3, 0).data() is None
        wanted = made.take_wanted(10)
        assert wanted == [4]
        made.put_rows(wanted, catalogue.files.rows(wanted))
        assert made.index(3, 0).data() == "Title 00003"
        assert made.index(3, 0).data(ROW_ROLE).artist == "Artist 3"
        with qtbot.assertNotEmitted(made.wanted):
            made.index(3, 1).data()


def test_rows_looked_at_meanwhile_are_not_forgotten(filled):
    with filled(30) as catalogue:
        made = TracksModel()
        made.set_list(catalogue.index.query("", "title"))
        made.index(3, 0).data()
        asked = made.take_wanted(10)
        made.index(7, 0).data()
        made.put_rows(asked, catalogue.files.rows(asked))
        assert made.wants
        assert made.take_wanted(10) == [8]
        assert not made.wants


def test_a_file_that_is_gone_is_not_asked_for_again(qtbot, model):
    assert model.index(1, 0).data() is None
    model.put_rows(model.take_wanted(5), [])
    with qtbot.assertNotEmitted(model.wanted):
        assert model.index(1, 0).data() is None


# ---------------------------------------------------------------- the table


@pytest.fixture
def table(qtbot, model) -> TracksTable:
    made = TracksTable(model, Pictures())
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show()
    return made


def test_everything_of_half_a_million_rows_is_chosen_at_once(qtbot, table, model):
    model.set_list(np.arange(500_000))
    asked = []
    flags = model.flags
    model.flags = lambda index: asked.append(1) or flags(index)
    table.selectAll()
    table.repaint()
    table.horizontalHeader().viewport().repaint()
    assert table.n_selected() == 500_000
    assert len(asked) < 20_000, "Qt asked for every row"


def test_headings_are_never_among_the_chosen(table):
    table.selectAll()
    assert table.selected_ids().tolist() == list(range(100, 110))
    table.choose(np.array([101, 102, 108]))
    assert table.selected_ids().tolist() == [101, 102, 108]


@pytest.mark.parametrize(
    ("key", "signal", "value"),
    [
        (Qt.Key.Key_3, "digit_typed", [3]),
        (Qt.Key.Key_Space, "preview_asked", [100]),
        (Qt.Key.Key_Return, "confirmed", []),
        (Qt.Key.Key_Delete, "taken_back", []),
        (Qt.Key.Key_F3, "walk_asked", [1]),
        (Qt.Key.Key_J, "text_typed", ["j"]),
    ],
)
def test_keys_speak(qtbot, table, key, signal, value):
    assert table.go_to(100)
    with qtbot.waitSignal(getattr(table, signal)) as told:
        QTest.keyClick(table, key)
    assert told.args == value


def test_a_click_on_a_heading_sorts_and_another_turns_round(qtbot, table):
    table.set_sort("artist", False)
    with qtbot.waitSignal(table.sort_asked) as told:
        table.horizontalHeader().sectionClicked.emit(Column.ARTIST)
    assert told.args == ["artist", True]
    with qtbot.waitSignal(table.sort_asked) as told:
        table.horizontalHeader().sectionClicked.emit(Column.LENGTH)
    assert told.args == ["length", False]
    with qtbot.assertNotEmitted(table.sort_asked):
        table.horizontalHeader().sectionClicked.emit(Column.RIBBON)


def test_a_narrow_window_shows_fewer_columns(qtbot, table):
    table.resize(1200, 400)
    assert not table.isColumnHidden(Column.ADDED)
    table.resize(640, 400)
    assert table.isColumnHidden(Column.ADDED)
    assert not table.isColumnHidden(Column.HEARD)
    assert table.horizontalHeader().length() <= table.viewport().width()


def test_the_place_is_kept_when_rows_come(qtbot, table, model):
    model.set_list(np.arange(1000))
    table.verticalScrollBar().setValue(4321)
    anchor = table.anchor()
    model.set_list(np.arange(-50, 1000))
    table.restore(anchor)
    assert table.anchor() == anchor


def test_every_cell_is_drawn_with_and_without_its_row(qtbot, filled):
    with filled(12) as catalogue:
        made = TracksModel()
        ids = catalogue.index.query("", "title")
        shown = Pictures()
        view = TracksTable(made, shown)
        qtbot.addWidget(view)
        view.resize(1100, 400)
        view.show()
        made.set_list(ids, Headings("heard", ["jazz"], [12]))
        empty = view.grab().toImage()
        rows = catalogue.files.rows(ids)
        strips = {
            r.track_id: pictures.strip(
                catalogue.networks.timeline(r.track_id), Bounds.of(0.7, 3), 60.0
            )
            for r in rows
        }
        shown.put({}, strips)
        made.put_rows(ids.tolist(), rows)
        assert view.grab().toImage() != empty


# ---------------------------------------------------------------- strips


def timeline(rows: list[list[int]]) -> Timeline:
    return Timeline(("blues", "jazz"), np.array(rows, np.uint8).reshape(-1, 2), 3.0, 3.0)


FOUR = ("blues", "jazz", "rock", "pop")
BOUNDS = Bounds(sure=0.8, probable=0.55, between=0.75)
STRETCHES = [[230, 15, 5, 5], [165, 60, 20, 10], [0, 0, 0, 0], [110, 100, 30, 15], [70, 65, 60, 60]]
"""One row each: sure, probable, silence, between, open."""


def test_a_strip_knows_all_five_strengths(qapp):
    rows = np.array([row for row in STRETCHES for _ in range(4)], np.uint8)
    made = pictures.strip(Timeline(FOUR, rows, 3.0, 3.0), BOUNDS)
    sure, probable, silence, between, open_ = made.stretches()
    assert [s[2].value for s in (sure, probable, silence, between, open_)] == [
        "sure", "probable", "silence", "between", "open",
    ]  # fmt: skip
    assert (sure[3], between[3], open_[3]) == (("blues",), ("blues", "jazz"), ())
    assert [line.partition(" ")[2] for line in made.words().splitlines()] == [
        "Blues", "Probably blues", "Silence", "Between blues and jazz", "Can't tell",
    ]  # fmt: skip
    image = pictures.picture(made)
    wide = image.width() // 5

    def tones(stretch: int) -> int:
        x = stretch * wide + wide // 2
        return len(
            {image.pixel(x + dx, y) for dx in range(8) for y in range(4, image.height() - 4)}
        )

    assert tones(0) == 1, "sure: one solid color"
    assert tones(1) == 1, "probable: one pale color within its outline"
    assert image.pixelColor(wide // 2, 14) != image.pixelColor(wide + wide // 2, 14)
    assert image.pixelColor(2 * wide + wide // 2, 4).alpha() == 0, "silence: empty but for a line"
    assert image.pixelColor(3 * wide + 20, 7) != image.pixelColor(3 * wide + 20, 21), "two halves"
    assert tones(4) > 2, "open: a hatch"


def test_a_long_strip_is_thinned_and_an_empty_one_is_no_harm(qapp):
    bounds = Bounds.of(0.7, 2)
    long = pictures.strip(timeline([[200, 20]] * 500 + [[20, 200]] * 500), bounds)
    assert len(long.states) == pictures.COLUMNS
    assert long.leaders[[0, -1], 0].tolist() == [0, 1]
    nothing = pictures.strip(timeline([]), bounds)
    assert not pictures.picture(nothing).isNull()
    assert nothing.words() == ""


@pytest.fixture
def tracks(qtbot, filled, tmp_path):
    """What the page shows of nine tracks, opened and listed."""
    filled(9).close()
    jobs = JobRunner()
    made = CatalogueModel(jobs, tmp_path / "made-up.db")
    made.open()
    qtbot.waitUntil(lambda: made.counts is not None)
    yield made
    assert jobs.close()
    made.close()


def looked_at(qtbot, tracks: CatalogueModel) -> None:
    """Look at every row, as a table does, until each is there."""

    def there() -> bool:
        for row in range(tracks.model.rowCount()):
            tracks.model.data(tracks.model.index(row, 0))
        return all(tracks.model.row(int(i)) is not None for i in tracks.model.ids)

    qtbot.waitUntil(there)


def test_strips_are_those_of_the_network_in_use(qtbot, tracks):
    """Asked later, or asked before: what another network heard is shown of none of them."""
    looked_at(qtbot, tracks)
    half = Bounds.of(0.5, 3)
    first = [tracks.pictures.strip(track) for track in range(1, 10)]
    assert {made.labels for made in first} == {("blues", "jazz", "rock")}
    assert tracks.pictures.drawn(1) is not None

    def answer(catalogue) -> None:
        other = catalogue.networks.use("other", "Other", ["a", "b"], half)
        with catalogue.db.write() as connection:
            for track in range(1, 5):
                connection.execute(
                    "INSERT INTO result VALUES (?, ?, 'b', 0.9, 'a', 0.1, 'b', 0.8, 0)",
                    (track, other),
                )
                connection.execute(
                    "INSERT INTO result_detail VALUES (?, ?, 3.0, 3.0, ?, ?)",
                    (track, other, bytes((0, 255)) * 20, b""),
                )

    for work, heard in (
        (answer, [("a", "b")] * 4 + [None] * 5),
        (lambda c: c.networks.use("test", "Test", LABELS, half), [("blues", "jazz", "rock")] * 9),
        (
            lambda c: c.networks.use("other", "Other", ["a", "b"], half),
            [("a", "b")] * 4 + [None] * 5,
        ),
    ):
        done: list[object] = []
        tracks.change(work, done.append)
        qtbot.waitUntil(lambda done=done: bool(done))
        looked_at(qtbot, tracks)
        strips = [tracks.pictures.strip(track) for track in range(1, 10)]
        assert [made and made.labels for made in strips] == heard
        assert (tracks.pictures.drawn(9) is None) == (heard[-1] is None)


def test_a_cover_becomes_a_square(qapp):
    from PySide6.QtCore import QBuffer
    from PySide6.QtGui import QImage

    image = QImage(90, 60, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    buffer = QBuffer()
    image.save(buffer, "PNG")
    made = pictures.decode_cover(buffer.data().data(), 40)
    assert made is not None
    assert (made.width(), made.height()) == (40, 40)
    assert pictures.decode_cover(b"no picture", 40) is None
    assert pictures.decode_cover(None, 40) is None


# ---------------------------------------------------------------- lists and counts


def test_a_view_becomes_ids_headings_and_counts(filled):
    with filled(60) as catalogue:
        everything = listing.find(catalogue, ListRequest())
        assert len(everything.ids) == everything.total == 60
        jazz = listing.find(catalogue, ListRequest(within=("heard", "jazz")))
        assert len(jazz.ids) == 20
        headed = listing.find(catalogue, ListRequest(headed=True, sort="title"))
        assert [h.count for h in headed.headings] == [20, 20, 20]
        unsure = listing.find(catalogue, ListRequest(within=("answer", "open"), headed=True))
        assert len(unsure.ids) == sum(h.count for h in unsure.headings) == 12
        assert listing.find(catalogue, ListRequest(within=("heard", "polka"))).ids.size == 0
        told = []
        counts = listing.count(catalogue, unsure, lambda: told.append(1))
        assert counts.tallies["answer"] == {"sure": 48, "open": 12}
        assert counts.seconds == pytest.approx(sum(100.0 + i for i in range(0, 60, 5)))
        assert told


def test_one_folder_and_just_these_files(filled, tmp_path):
    with filled(10) as catalogue:
        inside_root = listing.find(catalogue, ListRequest(root=tmp_path / "made-up"))
        assert len(inside_root.ids) == 10
        assert listing.find(catalogue, ListRequest(root=tmp_path / "elsewhere")).ids.size == 0
        only = listing.find(catalogue, ListRequest(only=np.array([7, 3]), title="Like that"))
        assert only.ids.tolist() == [7, 3]


def test_only_the_lines_one_sees_are_made_of_thousands_of_groups(qtbot, monkeypatch):
    said: list[str] = []

    def spy(kind: str, name: str) -> str:
        said.append(name)
        return group_name(kind, name)

    monkeypatch.setattr("genredesk.ui.library.sidebar.group_name", spy)
    monkeypatch.setattr("genredesk.ui.library.tracks.groups.group_name", spy)
    folders = {f"/music/{n:05}": 1 + n % 3 for n in range(40_000)}
    window = QWidget()
    qtbot.addWidget(window)
    side = Sidebar(window)
    groups = side.groups
    side.resize(222, 700)
    window.resize(300, 700)
    window.show()
    nothing = {"answer": {}, "state": {}, "disagreement": {}}
    view = ListRequest(group="folder", within=("folder", "/music/39999"))
    for _ in range(2):  # anew, and with the same names
        side.show_counts(ListCounts(view, 0.0, {**nothing, "folder": folders}))
        side.grab()
    assert groups.model().rowCount() == 40_000
    chosen = groups.currentIndex()
    assert (chosen.row(), chosen.data()) == (39_999, "/music/39999")
    qtbot.waitUntil(lambda: groups.viewport().rect().contains(groups.visualRect(chosen)))
    table = TracksModel()
    table.set_list(np.arange(80_000), Headings("folder", list(folders), list(folders.values())))
    assert table.heading_at(table.rowCount() - 2) is None
    assert table.heading_at(0).name == "/music/00000"
    assert len(said) < 500


def test_every_group_has_a_name(filled):
    from genredesk.library.index.index import GROUPS

    with filled(12) as catalogue:
        for kind in GROUPS:
            for name in (*catalogue.index.tally(kind), ""):
                assert group_name(kind, name)


def test_cells_say_what_is_known(filled):
    with filled(6) as catalogue:
        catalogue.corrections.set([2], ["rock", "jazz"])
        sure, mine = catalogue.files.rows([3, 2])
        doubtful = catalogue.files.rows([1])[0]
        assert columns.heard_words(sure).startswith("Rock 90")
        assert columns.heard_words(doubtful) == "Can't tell"
        assert columns.genre_words(sure) == "Rock"
        assert columns.genre_words(doubtful) == "", "what is not sure is not used"
        assert columns.genre_words(mine) == "Rock · Jazz"
        assert columns.heard_words(mine).startswith("Jazz 90"), "what was heard stays to be seen"
        for row in (sure, mine, doubtful):
            assert columns.state_words(row)
            assert columns.text(row, Column.TITLE) == row.title
            assert all(isinstance(columns.text(row, c), str) for c in Column)
        assert columns.long_time(59 * 60) == "59 min"


# ---------------------------------------------------------------- plans


def plan() -> Plan:
    home = f"{os.sep}music{os.sep}"
    steps = tuple(
        Step(StepKind.MOVE, f"{home}a{i}.mp3", f"{home}Jazz{os.sep}a{i}.mp3", f"{home}a{i}.mp3",
             f"{home}Jazz{os.sep}a{i}.mp3", Fingerprint(1, 1), conflict="It is taken." * (i == 1),
             doubt="Not sure." * (i == 2), file_id=i)
        for i in range(4)
    )  # fmt: skip
    return Plan("move_files", "Move {files}", steps, 3, f"{os.sep}music")


def test_a_plan_keeps_qts_rules(qtmodeltester):
    made = PlanModel()
    made.set_plan(plan())
    qtmodeltester.check(made, force_py=True)


def test_conflicts_cannot_be_ticked_and_doubts_can(qtbot):
    made = PlanModel()
    made.set_plan(plan())
    assert made.ticked() == [0, 3]
    checked = Qt.CheckState.Checked
    assert not made.setData(made.index(1, TICK), checked, Qt.ItemDataRole.CheckStateRole)
    with qtbot.waitSignal(made.ticks_changed):
        assert made.setData(made.index(2, TICK), checked, Qt.ItemDataRole.CheckStateRole)
    assert made.ticked() == [0, 2, 3]
    made.tick_all(False)
    assert made.ticked() == []
    made.tick_all(True)
    assert made.ticked() == [0, 2, 3]


def test_rows_of_one_sort_keep_their_place_in_the_plan(qtbot):
    made = PlanModel()
    made.set_plan(plan())
    made.show_sort("doubt")
    assert made.rowCount() == 1
    made.tick_all(True)
    assert made.ticked() == [0, 2, 3]
    made.show_sort("conflict")
    assert made.step(0).conflict
    made.show_sort("all")
    assert made.rowCount() == 4


def test_paths_are_shown_from_where_they_differ(qtbot):
    made = PlanModel()
    made.set_plan(plan())
    assert made.index(0, BEFORE).data() == "a0.mp3"
    assert made.index(0, AFTER).data() == f"Jazz{os.sep}a0.mp3"
    assert made.index(0, AFTER).data(Qt.ItemDataRole.ToolTipRole).endswith(f"Jazz{os.sep}a0.mp3")
    made.set_plan(None)
    assert made.rowCount(QModelIndex()) == 0


def test_a_plan_is_sorted_by_its_scores(qtbot):
    steps = plan().steps
    scores = (0.7, 0.0, 0.95, 0.8)
    given = tuple(replace(s, score=x) for s, x in zip(steps, scores, strict=True))
    made = PlanModel()
    made.set_plan(replace(plan(), steps=given))
    made.sort(SCORE, Qt.SortOrder.DescendingOrder)
    assert [made.step(row).score for row in range(4)] == sorted(scores, reverse=True)
    assert made.index(0, SCORE).data() == "95\u202f%"
    ticked = made.ticked()
    made.sort(-1)
    assert [made.step(row).score for row in range(4)] == list(scores)
    assert made.ticked() == ticked == [0, 3]


def test_keys_tick_and_sort_a_plan(qtbot):
    made = PlanModel()
    table = PlanTable(made)
    qtbot.addWidget(table)
    made.set_plan(plan())
    table.show_columns(paths=True, before=True, score=True, note=True)
    table.show()
    table.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert made.ticked() == [3], "the first row has the keyboard at once"
    head, *ways = table.sort_menu().actions()
    assert not head.isEnabled()
    assert [way.text() for way in ways] == ["Before", "After", "Score", "To check"]
    ways[2].trigger()
    assert made.sorted_by[0] == SCORE
    assert table.sort_menu().actions()[3].isChecked()


@pytest.mark.parametrize(
    ("path", "other", "room", "shown"),
    [
        ("Rock/Some Artist/Album/song.mp3", "in/song.mp3", 99, "Rock/Some Artist/Album/song.mp3"),
        ("Rock/Some Artist/Album/song.mp3", "in/song.mp3", 25, "Rock/Some Artist/…/song.mp3"),
        ("Rock/Some Artist/Album/song.mp3", "in/song.mp3", 12, "Rock/…/song.mp3"),
        ("Music/Mine/Rock/A/B/song.mp3", "Music/Mine/Jazz/A/B/song.mp3", 16, "…/Rock/…/song.mp3"),
    ],
)
def test_what_changes_in_a_path_is_the_last_to_go(path, other, room, shown):
    found = shortened(
        path.replace("/", os.sep), other.replace("/", os.sep), lambda text: len(text) <= room + 2
    )
    assert found == shown.replace("/", os.sep)


# ---------------------------------------------------------------- a list that is edited


def test_an_edited_row_keeps_its_place():
    view = ListRequest()
    old = listing.Listing(view, np.array([5, 3, 9, 1, 7]), Headings(), 5)
    new = listing.Listing(view, np.array([9, 5, 4, 7]), Headings(), 5)
    assert listing.held(old, new, {3, 9}).ids.tolist() == [5, 3, 9, 4, 7], "4 came, 1 went"
    headed = Headings("heard", ["a", "b"], [2, 3])
    grouped = replace(old, headings=headed)
    moved = listing.Listing(view, np.array([5, 3, 1, 7, 9]), Headings("heard", ["a"], [5]), 5)
    kept = listing.held(grouped, moved, {9})
    assert kept.ids.tolist() == old.ids.tolist()
    assert kept.headings == headed


def test_a_row_stays_when_it_is_corrected_and_goes_with_the_next_question(qtbot, tracks):
    tracks.look(within=("answer", "open"))
    qtbot.waitUntil(lambda: tracks.listing.view.within == ("answer", "open"))
    before = tracks.listing.ids.tolist()
    assert len(before) == 2
    with qtbot.waitSignal(tracks.corrected):
        tracks.correct(before[:1], ["rock"])
    assert tracks.listing.ids.tolist() == before
    tracks.look()
    qtbot.waitUntil(lambda: tracks.listing.ids.tolist() == before[1:])


# ---------------------------------------------------------------- words


def rows_of(qtbot, *texts: str) -> list[WordRow]:
    rows = []
    for n, text in enumerate(texts):
        row = WordRow(f"genre{n}")
        for widget in (row.dot, row.name, row.slider, row.amount, row.words):
            qtbot.addWidget(widget)
        row.words.setText(text)
        rows.append(row)
    return rows


def test_words_are_read_with_their_tree(qtbot):
    rows = rows_of(qtbot, "Jazz › Bebop, Swing", "", "Rock > Metal")
    rows[2].slider.setValue(13)
    words = words_page.read(rows)
    assert words.of("genre0", with_parents=True) == ("Bebop", "Jazz", "Swing")
    assert words.of("genre1") == ()
    assert words.parents == {"Bebop": ("Jazz",), "Metal": ("Rock",)}
    assert words.thresholds == {"genre2": pytest.approx(0.65)}
    for row in rows:
        row.show(words)
    assert rows[0].words.text() == "Jazz › Bebop, Swing"
    assert rows[2].threshold() == pytest.approx(0.65)
    assert words_page.read(rows) == words


def test_words_that_contradict_each_other_are_refused(qtbot):
    with pytest.raises(WordsError, match="“"):
        words_page.read(rows_of(qtbot, "A › B", "B › A"))


def test_a_word_may_stand_under_several_and_only_listed_ones_are_written(qtbot):
    rows = rows_of(qtbot, "Jazz › Fusion, Music › Rock › Fusion", "Polka")
    words = words_page.read(rows, " Rock,Jazz\n\nRock ")
    assert words.parents == {"Fusion": ("Jazz", "Rock"), "Rock": ("Music",)}
    assert words.listed == ("Jazz", "Rock")
    assert words.of("genre0", with_parents=True) == ("Fusion", "Jazz", "Rock", "Music")
    assert words.written(["genre0", "genre1"]) == ("Jazz", "Rock")
    lines = [(0, "Jazz"), (1, "Fusion"), (0, "Music"), (1, "Rock"), (2, "Fusion"), (0, "Polka")]
    assert tree(words, ["genre0", "genre1"]) == lines
    rows[0].show(words)
    assert rows[0].words.text() == "Jazz › Fusion, Music › Rock › Fusion"
    assert words_page.read(rows, "Rock\nJazz") == words


def test_without_decisions_every_genre_stands_for_itself(qtbot):
    row = rows_of(qtbot, "")[0]
    row.show(Words())
    assert row.words.text() == "Genre0"
    assert row.threshold() is None


# ---------------------------------------------------------------- the map


def test_what_lies_inside_a_loop():
    rng = np.random.default_rng(1)
    points = rng.uniform(-1, 1, (4000, 2)).astype(np.float32)
    square = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    assert inside(points, square).tolist() == (np.abs(points) < 0.5).all(axis=1).tolist()
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    circle = 0.7 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = inside(points, circle)
    near = np.hypot(points[:, 0], points[:, 1])
    assert found[near < 0.69].all()
    assert not found[near > 0.701].any()


# ---------------------------------------------------------------- training


def test_corrections_become_folders_of_links(filled, tmp_path, home):
    with filled(9) as catalogue:
        for i in range(9):
            (tmp_path / "made-up" / f"{i:05}.mp3").write_bytes(b"%d" % i)
        with pytest.raises(Exception, match="nothing to learn"):
            teaching.gather(catalogue, lambda: None)
        catalogue.corrections.set([1, 2, 3], ["hip/hop"])
        catalogue.corrections.set([4], ["jazz"])
        catalogue.index.refresh()
        place, n = teaching.gather(catalogue, lambda: None)
        again, _ = teaching.gather(catalogue, lambda: None)
    assert n == 4
    assert again == place
    found = sorted(p.relative_to(place).as_posix() for p in place.rglob("*.mp3"))
    assert found == ["hip_hop/00000001.mp3", "hip_hop/00000002.mp3", "hip_hop/00000003.mp3",
                     "jazz/00000004.mp3"]  # fmt: skip
    assert (place / "jazz" / "00000004.mp3").read_bytes() == b"3"
    lines = (place / "tracks.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "path,artist"
    assert "jazz/00000004.mp3,Artist 3" in lines
    assert Path(place).is_relative_to(home)
