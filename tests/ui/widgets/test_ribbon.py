from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QToolTip

from genredesk.core.certainty import Strength
from genredesk.core.genres import GENRE_COLOURS
from genredesk.core.scores import Scores
from genredesk.inference.stretches import Stretch
from genredesk.ui.look import strengths, theme
from genredesk.ui.look.strengths import ink_on
from genredesk.ui.widgets.charts.ribbon import GenreRibbon
from genredesk.ui.widgets.charts.ribbon_segments import Segment, judge
from genredesk.ui.widgets.spectrogram.marks import paint_ribbon

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def ribbon(qtbot) -> GenreRibbon:
    made = GenreRibbon()
    qtbot.addWidget(made)
    made.resize(408, 34)  # a bar of 400 pixels
    made.set_duration(100)
    made.show()
    return made


@pytest.fixture
def track(window):
    """Jazz, a doubt, a pause, rock: 100 s in windows of 3 s every second."""

    def kind(start):
        if start < 40:
            return window(start, "jazz")
        if start < 50:
            return window(start, "rock", 0.3, Strength.OPEN)
        if start < 60:
            return window(start, None, state=Strength.SILENCE)
        return window(start, "rock", 0.9)

    return [kind(float(s)) for s in range(98)]


def middle_y(ribbon) -> int:
    return ribbon.height() // 2


# ---------------------------------------------------------------- arithmetic


def test_windows_become_stretches_without_holes(track):
    segments = judge(track, 100).segments()
    assert [s.state for s in segments] == [
        Strength.SURE, Strength.OPEN, Strength.SILENCE, Strength.SURE,
    ]  # fmt: skip
    assert [s.named for s in segments] == [("jazz",), (), (), ("rock",)]
    assert segments[0].start == 0
    assert segments[-1].end == 100
    for left, right in itertools.pairwise(segments):
        assert left.end == pytest.approx(right.start)
    assert segments[0].end == pytest.approx(41, abs=0.51)


def test_what_is_not_analysed_yet_stays_empty(window):
    scores = [window(0.0, "jazz"), window(1.0, "jazz"), window(60.0, "rock")]
    judged = judge(scores, 100)
    assert judged.segments() == [
        Segment(0, 4, Strength.SURE, ("jazz",)), Segment(60, 63, Strength.SURE, ("rock",)),
    ]  # fmt: skip
    assert judged.at(30) is None
    assert judged.at(2)[:2] == (Strength.SURE, ("jazz",))


def test_no_windows_are_no_stretches():
    judged = judge([], 10)
    assert judged.segments() == []
    assert judged.at(1) is None


def test_a_short_track_is_covered_by_its_one_window(window):
    assert judge([window(0.0, "jazz")], 1.5).segments() == [
        Segment(0, 1.5, Strength.SURE, ("jazz",))
    ]


def test_windows_of_another_model_do_not_mix(window):
    from genredesk.core.scores import Scores

    other = Scores(1.0, 4.0, Strength.SURE, ("fado", "samba"), np.array([0.1, 0.9], np.float32), -9)
    judged = judge([window(0.0, "jazz"), other, window(2.0, "jazz")], 5)
    assert [word[1] for word in judged.words] == [("jazz",), ("samba",), ("jazz",)]
    assert judged.words[1][2] == pytest.approx((0.9,))


def test_between_names_two_and_the_share_of_each(window):
    one = window(0.0, "jazz", 0.4, Strength.BETWEEN)
    assert judge([one], 3).words == [
        (Strength.BETWEEN, ("blues", "jazz"), pytest.approx((0.2, 0.4)))
    ]


# ---------------------------------------------------------------- pixels


def test_leaves_of_a_tree_are_drawn_as_their_parent_and_read_as_themselves(qapp):
    house, techno, above = "Electronic---House", "Electronic---Techno", "Electronic"
    shares = np.array([[0.9, 0.1], [0.1, 0.9]], np.float32)
    judged = judge(
        [Scores(s, s + 3, Strength.SURE, (house, techno), p, -20.0) for s, p in enumerate(shares)],
        4,
    )
    assert judged.segments() == [Segment(0, 4, Strength.SURE, (above,))]
    assert (judged.at(0.5) or (None, ()))[1] == (house,)

    def drawn(*stretches: Stretch) -> QImage:
        image = QImage(200, 20, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        paint_ribbon(painter, QRectF(0, 0, 200, 20), stretches, 0, 4)
        painter.end()
        return image

    leaves = [Stretch(0, 2, Strength.SURE, (house,)), Stretch(2, 4, Strength.SURE, (techno,))]
    assert drawn(*leaves) == drawn(Stretch(0, 4, Strength.SURE, (above,)))
    assert drawn(*leaves) != drawn(*leaves[:1])


def test_time_and_place_are_inverse(ribbon):
    assert ribbon.x_of(0) == 4
    assert ribbon.x_of(100) == 404
    for seconds in (0, 12.5, 50, 100):
        assert ribbon.seconds_at(ribbon.x_of(seconds)) == pytest.approx(seconds)
    assert ribbon.seconds_at(-50) == 0
    assert ribbon.seconds_at(5000) == 100


def test_each_stretch_has_the_colour_of_its_genre(ribbon, track):
    ribbon.set_scores(track)
    image = ribbon.grab().toImage()
    y = middle_y(ribbon) + 8  # below the names
    assert image.pixelColor(round(ribbon.x_of(20)), y) == theme.genre_colour("jazz")
    assert image.pixelColor(round(ribbon.x_of(80)), y) == theme.genre_colour("rock")
    silent = {image.pixelColor(round(ribbon.x_of(56)), y).name()}
    assert silent == {theme.current().control.lower()}
    flat = {image.pixelColor(round(ribbon.x_of(46)) + dx, y).name() for dx in range(8)}
    assert len(flat) > 1, "flat scores are hatched, so that color alone does not say it"


def test_how_sure_a_stretch_is_shows_in_its_fill(ribbon, window):
    def column(state):
        ribbon.set_scores([window(float(s), "jazz", 0.4, state) for s in range(98)])
        image = ribbon.grab().toImage()
        return [image.pixelColor(300, y).name() for y in range(8, 26)]

    solid, pale = theme.genre_colour("jazz").name(), strengths.pale("jazz").name()
    assert set(column(Strength.SURE)) == {solid}
    assert column(Strength.PROBABLE)[5:-5] == [pale] * 8
    two = column(Strength.BETWEEN)
    assert two[4] == strengths.pale("blues").name()
    assert two[-4] == pale
    assert not {solid, pale} & set(column(Strength.OPEN))
    assert theme.genre_colour("jazz").name() not in column(Strength.SILENCE)
    assert ribbon.text_at(30) == "0:30 Silence"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (Strength.SURE, "Jazz 40\u202f%"), (Strength.PROBABLE, "Probably jazz 40\u202f%"),
        (Strength.BETWEEN, "Between blues and jazz 20 + 40\u202f%"), (Strength.OPEN, "Can't tell"),
    ],
)  # fmt: skip
def test_pointing_says_how_sure(ribbon, window, state, said):
    ribbon.set_scores([window(float(s), "jazz", 0.4, state) for s in range(98)])
    assert ribbon.text_at(30) == f"0:30 {said}"


def test_the_ribbon_fills_as_windows_arrive(ribbon, track, qtbot):
    ribbon.add_scores(track[:20])
    y = middle_y(ribbon) + 8
    qtbot.waitUntil(lambda: ribbon.grab().toImage().pixelColor(50, y) == theme.genre_colour("jazz"))
    empty = ribbon.grab().toImage().pixelColor(round(ribbon.x_of(80)), y)
    assert empty.name() == theme.current().control.lower()
    ribbon.add_scores(track[60:])
    ribbon.add_scores(track[30])
    assert [s.named for s in ribbon.segments()] == [("jazz",), ("jazz",), ("rock",)]
    qtbot.waitUntil(
        lambda: (
            ribbon.grab().toImage().pixelColor(round(ribbon.x_of(80)), y)
            == theme.genre_colour("rock")
        )
    )


def test_the_playhead_is_where_the_sound_is(ribbon, track):
    ribbon.set_scores(track)
    ribbon.set_position(30)
    image = ribbon.grab().toImage()
    head = image.pixelColor(round(ribbon.x_of(30)), middle_y(ribbon))
    assert head.name() == theme.current().text.lower()


def test_only_a_moved_playhead_repaints(ribbon, qtbot, monkeypatch):
    ribbon.set_position(10)
    regions = []
    monkeypatch.setattr(ribbon, "update", lambda *rect: regions.append(rect))
    ribbon.set_position(10.001)
    assert regions == []
    ribbon.set_position(11)
    assert len(regions) == 2
    assert all(rect.width() < 20 for (rect,) in regions)


# ---------------------------------------------------------------- hands


def test_a_click_seeks_to_what_was_clicked(ribbon, qtbot):
    with qtbot.waitSignal(ribbon.seek) as asked:
        qtbot.mouseClick(ribbon, Qt.MouseButton.LeftButton, pos=QPoint(104, middle_y(ribbon)))
    assert asked.args == [pytest.approx(25, abs=0.2)]
    assert ribbon.position() == pytest.approx(25, abs=0.2)


def test_dragging_seeks_once_where_it_ends_and_ignores_the_player_meanwhile(ribbon, qtbot):
    asked = []
    ribbon.seek.connect(asked.append)
    y = middle_y(ribbon)
    qtbot.mousePress(ribbon, Qt.MouseButton.LeftButton, pos=QPoint(104, y))
    qtbot.mouseMove(ribbon, QPoint(204, y))
    ribbon.set_position(3)
    assert ribbon.position() == pytest.approx(50, abs=0.3)
    qtbot.mouseRelease(ribbon, Qt.MouseButton.LeftButton, pos=QPoint(304, y))
    assert asked == [pytest.approx(75, abs=0.2)]
    ribbon.set_position(3)
    assert ribbon.position() == 3


@pytest.mark.parametrize(
    ("key", "target"),
    [
        (Qt.Key.Key_Right, 45), (Qt.Key.Key_Left, 35), (Qt.Key.Key_PageDown, 70),
        (Qt.Key.Key_PageUp, 10), (Qt.Key.Key_Home, 0), (Qt.Key.Key_End, 100),
    ],
)  # fmt: skip
def test_keys_seek(ribbon, qtbot, key, target):
    ribbon.set_position(40)
    with qtbot.waitSignal(ribbon.seek) as asked:
        qtbot.keyClick(ribbon, key)
    assert asked.args == [pytest.approx(target)]


def test_nothing_happens_without_a_track(qtbot):
    ribbon = GenreRibbon()
    qtbot.addWidget(ribbon)
    ribbon.set_duration(None)
    ribbon.set_position(12)
    with qtbot.assertNotEmitted(ribbon.seek):
        qtbot.mouseClick(ribbon, Qt.MouseButton.LeftButton)
        qtbot.keyClick(ribbon, Qt.Key.Key_Right)
    assert ribbon.text_at(0) == "0:00"
    ribbon.grab()


def test_pointing_says_time_genre_and_score(ribbon, track, qtbot):
    ribbon.set_scores(track)
    assert ribbon.text_at(83) == "1:23 Rock 90\u202f%"
    assert ribbon.text_at(47) == "0:47 Can't tell"
    assert ribbon.text_at(56) == "0:56 Silence"
    ribbon.set_scores(track[:20])
    assert ribbon.text_at(60) == "1:00 not analyzed yet"
    qtbot.mouseMove(ribbon, QPoint(30, middle_y(ribbon)))
    qtbot.mouseMove(ribbon, QPoint(44, middle_y(ribbon)))
    qtbot.waitUntil(lambda: "Jazz" in QToolTip.text())
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_a_screen_reader_hears_the_position(ribbon):
    ribbon.set_position(61)
    assert ribbon.accessibleDescription() == "1:01 of 1:40"
    assert (ribbon.value(), ribbon.maximum()) == (61, 100)


def test_clearing_forgets_the_track(ribbon, track):
    ribbon.set_scores(track)
    ribbon.set_position(50)
    ribbon.clear()
    assert ribbon.segments() == []
    assert ribbon.duration() == ribbon.position() == 0
    ribbon.grab()


@pytest.mark.parametrize("name", ["dark", "light"])
def test_names_on_the_ribbon_are_legible_on_every_genre(qapp, name):
    theme.apply(qapp, name)
    for label in (*GENRE_COLOURS, *(f"genre {i}" for i in range(80))):
        tone = theme.genre_colour(label)
        assert theme.contrast(ink_on(tone), tone) >= 4.5, label
