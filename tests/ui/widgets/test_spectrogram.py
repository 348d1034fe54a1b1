"""The timeline: its pixels, where it looks, what it says, and what a person does to it."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication

from genredesk.core.certainty import Strength
from genredesk.core.scores import Scores
from genredesk.features.axes import display_axis
from genredesk.features.pyramid import LOWEST_DB, STEP_DB, Pyramid
from genredesk.inference.heard import HeardPart
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import LIGHT
from genredesk.ui.widgets.spectrogram import colour_maps
from genredesk.ui.widgets.spectrogram.scale import (
    TimeScale,
    clock_of_day,
    clock_of_song,
    frequency_ticks,
    midnight,
    time_ticks,
)
from genredesk.ui.widgets.spectrogram.strip import PixelStrip, StripView, lookup
from genredesk.ui.widgets.spectrogram.view import TimelineView

# said by the offscreen platform when a window has a smallest size
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

GREY = colour_maps.words("grey")
HOP = 0.1
AXIS = display_axis("mel", 22050)
ROWS = len(AXIS.frequencies)


def noise(bands, count, seed=0):
    return np.random.default_rng(seed).uniform(-90, 10, (bands, count)).astype(np.float32)


# ---------------------------------------------------------------- pixels


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(-40, 90), st.sampled_from([0.03, 0.1, 0.45])),
        min_size=1,
        max_size=8,
    )
)
@settings(deadline=None, max_examples=60)
def test_scrolling_back_and_forth_paints_the_same_as_painting_everything(steps):
    everything = noise(5, 500)
    pyramid, strip, done = Pyramid(5, HOP), PixelStrip(), 0
    colours = lookup(GREY, -80, 0, 0xFF123456)
    strip.set_colours(colours)
    for count, first, per_pixel in steps:
        pyramid.append(everything[:, done : done + count])
        done += count
        view = StripView(37, 11, per_pixel, 0.0, 5.0)
        strip.show(pyramid, view, first)
        fresh = PixelStrip()
        fresh.set_colours(colours)
        fresh.show(pyramid, view, first)
        np.testing.assert_array_equal(strip.words(), fresh.words())


def test_a_step_in_time_costs_the_columns_that_came_into_sight():
    pyramid, strip = Pyramid(4, HOP), PixelStrip()
    pyramid.append(noise(4, 400))
    view = StripView(200, 20, HOP, 0.0, 4.0)
    assert strip.show(pyramid, view, 100) == 200
    assert strip.show(pyramid, view, 103) == 3
    assert strip.show(pyramid, view, 98) == 5
    assert strip.show(pyramid, view, 98) == 0


def test_a_pixel_has_the_color_of_its_level_and_nothing_is_not_silence():
    colours = lookup(GREY, -80.0, 0.0, 0xFF123456)
    pyramid, strip = Pyramid(4, HOP), PixelStrip()
    pyramid.append(np.full((4, 10), -40.0))
    strip.set_colours(colours)
    strip.show(pyramid, StripView(20, 8, HOP, 0.0, 4.0), 0)
    words = strip.words()
    middle = round((-40 - LOWEST_DB) / STEP_DB) + 1
    assert set(words[:, :10].flat) == {colours[middle]}
    assert GREY[125] <= colours[middle] <= GREY[130]
    assert set(words[:, 10:].flat) == {0xFF123456}


@pytest.mark.parametrize("name", colour_maps.PALETTES)
def test_maps_grow_lighter_all_the_way(name):
    table = colour_maps.table(name).astype(float)
    light = table @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) > -1.5).all()
    assert light[-1] - light[0] > 120


def test_an_unknown_map_is_refused():
    with pytest.raises(KeyError):
        colour_maps.table("jet")


# ---------------------------------------------------------------- where it looks


def test_a_live_scale_follows_now_until_it_is_scrolled_and_again_at_its_end():
    scale = TimeScale(30.0, first_s=0.0, last_s=600.0, now_s=600.0)
    assert (scale.left, scale.right) == (570.0, 600.0)
    scale.scroll(-60)
    assert (scale.right, scale.following) == (540.0, False)
    scale.now_s = scale.last_s = 610.0
    assert scale.right == 540.0, "what is looked at stays"
    scale.scroll(-1e6)
    assert scale.left == 0.0
    scale.scroll(1e6)
    assert (scale.right, scale.following) == (610.0, True)


def test_a_file_keeps_the_moment_in_the_middle_but_for_its_ends():
    scale = TimeScale(30.0, last_s=240.0, centred=True)
    for now, left in ((0, 0), (10, 0), (100, 85), (235, 210), (240, 210)):
        scale.now_s = now
        assert scale.left == left


@given(st.floats(0.3, 4), st.floats(0.05, 0.95), st.booleans())
def test_what_is_under_the_pointer_stays_there_when_zoomed(factor, share, centred):
    scale = TimeScale(40.0, 1500.0, False, 0.0, 3000.0, 3000.0, centred)
    at = scale.left + share * scale.span_s
    scale.zoom(factor, at)
    assert scale.left + share * scale.span_s == pytest.approx(at)


def test_times_and_frequencies_are_written_as_a_person_says_them():
    live = TimeScale(30.0, now_s=3600.0, last_s=3600.0)
    began = time.mktime((2026, 3, 1, 21, 0, 0, 0, 0, -1))
    words = [text for _, text in time_ticks(live, 900, 80, began, "now")]
    assert (words[0], words[-1]) == ("−30 s", "now")
    live.scroll(-600)
    assert next(text for _, text in time_ticks(live, 500, 80, began, "now")) == "21:49:30"
    live.zoom(100, live.right)
    assert "21:30" in [text for _, text in time_ticks(live, 900, 80, began, "now")]
    song = TimeScale(200.0, last_s=200.0, centred=True)
    assert [text for _, text in time_ticks(song, 600, 90, None, "")][:3] == ["0:00", "0:30", "1:00"]
    assert clock_of_song(3723.44, 0.1) == "1:02:03.4"
    assert clock_of_day(midnight(began) + 3.4, 0.1) == "21:00:03.4"
    notes = display_axis("note", 22050)
    found = frequency_ticks("note", notes.frequencies, 0, 96, 6)
    assert [text for _, text in found if text in ("C2", "C3", "C4")] == ["C2", "C3", "C4"]
    close = frequency_ticks("note", notes.frequencies, 45, 58, 0.9)
    assert {"A4", "A♯4", "B4"} <= {text for _, text in close}
    mel = frequency_ticks("mel", AXIS.frequencies, 0, 128, 12)
    assert {"1 kHz", "4 kHz"} <= {text for _, text in mel}
    assert [place for place, _ in mel] == sorted(place for place, _ in mel)


# ---------------------------------------------------------------- the widget


def window(start: float, state: Strength, p: float) -> Scores:
    return Scores(start, start + 3, state, ("jazz", "rock"), np.array([p, 1 - p], np.float32), -9.0)


def part_of(seconds: float, *, live: bool) -> HeardPart:
    """A tone at row 40; jazz for the first half, then probably rock."""
    part = HeardPart("x", "x", began=time.time() if live else None)
    if not live:
        part.path, part.seconds = theme.__file__, seconds  # type: ignore[assignment]
    part.axis, part.picture = AXIS, Pyramid(ROWS, AXIS.hop_s, 0.0)
    columns = np.full((ROWS, round(seconds / AXIS.hop_s)), -70.0, np.float32)
    columns[40] = -12.0
    part.picture.append(columns)
    half = seconds / 2
    part.answers.extend(
        window(s, *((Strength.SURE, 0.9) if s < half else (Strength.PROBABLE, 0.4)))
        for s in np.arange(0, seconds - 3, 1.0)
    )
    return part


@pytest.fixture
def view(qtbot):
    made = TimelineView(span_s=20.0)
    qtbot.addWidget(made)
    made.get_ready()
    made.set_palette("grey")
    made.resize(700, 320)
    made.show()
    qtbot.waitExposed(made)
    return made


def drag(qtbot, view, start, end, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, modifier, start)
    qtbot.mouseMove(view, (start + end) / 2)
    qtbot.mouseMove(view, end)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, modifier, end)


def turn(view, at, steps, modifier=Qt.KeyboardModifier.NoModifier):
    event = QWheelEvent(
        QPointF(at), view.mapToGlobal(QPointF(at)), QPoint(), QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton, modifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


def test_ribbon_and_picture_lie_on_one_axis(view):
    view.set_part(part_of(60.0, live=False))
    view.show_all()
    image = view.grab().toImage()
    box, ribbon = view.picture_box(), view.ribbon_box()
    row = round(box.bottom() - 40.5 / ROWS * box.height())
    x = round(view.x_of(15.0))
    assert image.pixelColor(x, row).lightness() > 140
    assert image.pixelColor(x, row + 20).lightness() < 60
    y = round(ribbon.center().y())
    sure = theme.genre_colour("jazz")
    edge = next(
        x for x in range(round(view.x_of(28)), round(view.x_of(40)))
        if image.pixelColor(x, y) != image.pixelColor(round(view.x_of(26)), y)
    )  # fmt: skip
    assert image.pixelColor(round(view.x_of(26)), y).name() == sure.name()
    assert view.time_at(edge) == pytest.approx(31.0, abs=0.3)


def test_a_click_seeks_in_a_file_and_selects_live(view, qtbot):
    box = view.picture_box()
    view.set_part(part_of(60.0, live=False))
    at = QPoint(round(box.left() + box.width() / 4), round(box.center().y()))
    with qtbot.waitSignal(view.seek) as asked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    assert asked.args[0] == pytest.approx(5.0, abs=0.1)
    assert view.selection is None
    view.set_part(part_of(60.0, live=True))
    view.set_now(60.0)
    with qtbot.waitSignal(view.selected):
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    start, end = view.selection
    assert (start, end) == (pytest.approx(31.0, abs=1), pytest.approx(59.0, abs=1))
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert view.selection is None


def test_dragging_scrolls_and_in_the_ribbon_or_with_shift_selects(view, qtbot):
    view.set_part(part_of(200.0, live=True))
    view.set_now(200.0)
    box = view.picture_box()
    y = round(box.center().y())
    left, right = (round(box.left() + share * box.width()) for share in (0.25, 0.75))
    drag(qtbot, view, QPoint(left, y), QPoint(right, y))
    assert view.scale.right == pytest.approx(190.0, abs=0.2)
    assert view.selection is None
    drag(qtbot, view, QPoint(left, y), QPoint(right, y), Qt.KeyboardModifier.ShiftModifier)
    assert view.selection == (pytest.approx(175, abs=0.2), pytest.approx(185, abs=0.2))
    drag(qtbot, view, QPoint(right, 8), QPoint(left, 8))
    assert view.selection == (pytest.approx(175, abs=0.2), pytest.approx(185, abs=0.2))
    assert view.scale.right == pytest.approx(190.0, abs=0.2), "a selection does not scroll"


def test_the_wheel_scrolls_time_zooms_time_and_zooms_frequency(view):
    view.set_part(part_of(200.0, live=True))
    view.set_now(200.0)
    box = view.picture_box()
    middle = box.center().toPoint()
    turn(view, middle, 1)
    assert view.scale.right < 200
    at = view.time_at(middle.x())
    turn(view, middle, 2, Qt.KeyboardModifier.ControlModifier)
    assert view.scale.span_s == pytest.approx(20 * 0.64)
    assert view.time_at(middle.x()) == pytest.approx(at, abs=0.05)
    turn(view, QPoint(10, middle.y()), 3)
    low, high = view.rows()
    assert high - low == pytest.approx(ROWS * 0.512)
    assert (low + high) / 2 == pytest.approx(ROWS / 2, abs=1)
    view.show_all()
    assert view.rows() == (0.0, ROWS)
    assert view.scale.span_s == pytest.approx(200, abs=0.1)


def test_a_frozen_picture_stays_while_it_goes_on(view):
    part = part_of(60.0, live=True)
    view.set_part(part)
    view.set_now(60.0)
    view.freeze(True)
    box = view.picture_box().toRect().adjusted(0, 60, 0, 0)
    before = view.grab(box).toImage()
    part.picture.append(np.zeros((ROWS, 200)))
    view.set_now(part.end)
    assert view.grab(box).toImage() == before
    view.freeze(False)
    assert view.scale.right == pytest.approx(part.end)
    assert view.grab(box).toImage() != before


def test_the_pointer_is_told_time_note_level_and_answer(view):
    view.set_part(part_of(60.0, live=False))
    view.set_now(0.0)
    box = view.picture_box()
    at = QPointF(view.x_of(10.0), box.bottom() - 40.5 / ROWS * box.height())
    clock, sound, word = view.reading_at(at).split("\n")
    assert clock.startswith("0:10")
    assert sound.endswith("−12 dB")
    assert sound.startswith(f"{AXIS.frequencies[40]:,.0f}")
    assert word == "Jazz 90\u202f%"
    in_ribbon = QPointF(view.x_of(10.0), 8.0)
    assert view.reading_at(in_ribbon).split("\n")[1:] == ["Jazz 90\u202f%"]
    assert view.reading_at(QPointF(2.0, 50.0)) == ""
    assert view.read(-1.0, 40.5) is None, "before the file begins nothing is known"


def test_a_theme_changed_while_it_runs_reaches_it(view, qapp):
    view.set_part(part_of(10.0, live=True))
    theme.apply(qapp, "light")
    assert view.grab().toImage().pixelColor(2, 200) == QColor(LIGHT.card)


def test_the_widgets_are_imported_without_pyqtgraph_and_torch(loads):
    found = loads(
        "import genredesk.ui.widgets.spectrogram.view, genredesk.ui.widgets.charts.ribbon"
    )
    assert "genredesk.ui.widgets.charts.ribbon" in found
    assert not {"pyqtgraph", "torch", "matplotlib", "scipy"} & found
