from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel

from genredesk.core.errors import GenreDeskError
from genredesk.ui.look import theme
from genredesk.ui.look.tokens import LIGHT
from genredesk.ui.widgets.spectrogram import colour_maps
from genredesk.ui.widgets.spectrogram.picture import (
    SILENT_DB,
    ColumnRing,
    Frame,
    SpectrogramPicture,
)
from genredesk.ui.widgets.spectrogram.plot import SpectrogramPlot
from genredesk.ui.widgets.spectrogram.view import SpectrogramView

# said by the offscreen platform when a window has a smallest size
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

FREQUENCIES = np.linspace(100, 1600, 16)
HOP = 0.1
GREY = colour_maps.words("grey")


def noise(bands, count, seed=0):
    return np.random.default_rng(seed).uniform(-90, 10, (bands, count)).astype(np.float32)


def array(pixmap) -> np.ndarray:
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_RGB32)
    words = np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)
    return words[:, : image.width()].copy()


def picture_of(ring) -> SpectrogramPicture:
    made = SpectrogramPicture(ring)
    made.set_colours(GREY, -80.0, 0.0)
    return made


# ---------------------------------------------------------------- the ring


@given(st.lists(st.integers(0, 40), max_size=12))
@settings(deadline=None, max_examples=50)
def test_the_ring_keeps_the_newest_columns(counts):
    ring = ColumnRing(3, HOP, 1.0)
    everything = noise(3, sum(counts) or 1)
    done = 0
    for count in counts:
        ring.append(everything[:, done : done + count])
        done += count
    assert ring.total == done
    held = np.arange(max(0, done - ring.capacity), done)
    np.testing.assert_array_equal(ring.columns(held), everything[:, held].T)
    assert (ring.columns(np.array([done, done - ring.capacity - 1])) == SILENT_DB).all()


def test_the_time_before_the_first_column_is_told_from_silence():
    ring = ColumnRing(4, HOP, 1.0)
    picture = SpectrogramPicture(ring)
    picture.set_colours(GREY, -80.0, 0.0, empty=0xFF123456)
    frame = Frame(20, 8, -1.0, 0.0, 0.0, 4.0)
    assert set(array(picture.pixmap(frame)).flat) == {0xFF123456}
    ring.append(np.full((4, 5), -200.0))
    words = array(picture.pixmap(frame))
    assert set(words[:, :10].flat) == {0xFF123456}
    assert set(words[:, 10:].flat) == {GREY[0]}


def test_a_nan_or_infinite_column_is_kept_as_silence_or_clipped():
    ring = ColumnRing(3, HOP, 1.0)
    ring.append(np.array([[np.nan], [-np.inf], [np.inf]], dtype=np.float32))
    picture = picture_of(ring)
    words = array(picture.pixmap(Frame(10, 3, -1, 0, 0, 3)))
    assert words[2, -1] == words[1, -1] == GREY[0]
    assert words[0, -1] == GREY[255]


def test_gaps_go_with_the_columns_they_belong_to():
    ring = ColumnRing(2, HOP, 1.0)
    ring.append(noise(2, 5))
    ring.mark_gap()
    ring.mark_gap()
    assert ring.gaps == [5]
    ring.append(noise(2, ring.capacity))
    assert ring.gaps == [5]
    ring.append(noise(2, 1))
    assert ring.gaps == []


# ---------------------------------------------------------------- the pixels


def test_a_column_is_painted_at_the_edge_in_the_colour_of_its_level():
    ring = ColumnRing(8, HOP, 1.0)
    picture = picture_of(ring)
    frame = Frame(100, 72, -1.0, 0.0, 0.0, 8.0)  # 10 pixels a column, 9 a band
    picture.pixmap(frame)
    column = np.full((8, 1), -80.0)
    column[3], column[6] = 0.0, -40.0
    ring.append(column)
    words = array(picture.pixmap(frame))
    middle = {band: 72 - 9 * band - 5 for band in range(8)}
    assert (words[middle[3], 90:] == GREY[255]).all()
    assert (words[middle[6], 90:] == GREY[128]).all()
    assert (words[middle[0], 90:] == GREY[0]).all()
    assert (words[:, :90] == GREY[0]).all()
    ring.append(np.full((8, 2), -80.0))
    words = array(picture.pixmap(frame))
    assert (words[middle[3], 70:80] == GREY[255]).all()
    assert (words[middle[3], 80:] == GREY[0]).all()


@given(
    size=st.tuples(st.integers(3, 170), st.integers(1, 60)),
    counts=st.lists(st.integers(0, 14), min_size=1, max_size=12),
    x1=st.sampled_from([0.0, -0.25]),
    y=st.sampled_from([(0.0, 8.0), (2.0, 5.5)]),
)
@settings(deadline=None, max_examples=60)
def test_scrolling_paints_the_same_as_painting_everything(qapp, size, counts, x1, y):
    ring = ColumnRing(8, HOP, 1.0)
    scrolled, whole = picture_of(ring), picture_of(ring)
    frame = Frame(*size, x1 - 0.75, x1, *y)
    for i, count in enumerate(counts):
        ring.append(noise(8, count, seed=i))
        words = array(scrolled.pixmap(frame))
        whole.forget()
        np.testing.assert_array_equal(words, array(whole.pixmap(frame)))
        assert not scrolled.moved(frame)


def test_another_palette_or_range_colours_the_history_at_once(qapp):
    ring = ColumnRing(8, HOP, 1.0)
    picture = picture_of(ring)
    frame = Frame(50, 24, -1, 0, 0, 8)
    ring.append(np.full((8, 10), -40.0))
    assert set(array(picture.pixmap(frame)).flat) == {GREY[128]}
    picture.set_colours(GREY, -40.0, 0.0)
    assert set(array(picture.pixmap(frame)).flat) == {GREY[0]}
    magma = colour_maps.words("magma")
    picture.set_colours(magma, -80.0, -40.0)
    assert set(array(picture.pixmap(frame)).flat) == {magma[255]}


def test_nothing_moves_without_columns(qapp):
    ring = ColumnRing(8, HOP, 1.0)
    picture = picture_of(ring)
    frame = Frame(50, 24, -1, 0, 0, 8)
    assert picture.moved(frame)
    first = picture.pixmap(frame)
    assert not picture.moved(frame)
    assert picture.pixmap(frame).cacheKey() == first.cacheKey()


# ---------------------------------------------------------------- colour maps


@pytest.mark.parametrize("name", colour_maps.PALETTES)
def test_maps_grow_lighter_all_the_way(name):
    table = colour_maps.table(name).astype(float)
    assert table.shape == (256, 3)
    luminance = [theme.luminance(QColor(*(int(c) for c in rgb))) for rgb in table]
    assert np.all(np.diff(luminance) > -0.002)
    assert luminance[-1] - luminance[0] > 0.5
    words = colour_maps.words(name)
    assert QColor.fromRgb(int(words[200])).getRgb()[:3] == tuple(int(c) for c in table[200])


def test_an_unknown_map_is_refused():
    with pytest.raises(KeyError):
        colour_maps.table("jet")


# ---------------------------------------------------------------- the view


@pytest.fixture
def view(qtbot) -> SpectrogramView:
    made = SpectrogramView(span_s=2.0)
    qtbot.addWidget(made)
    made.resize(460, 240)
    made.set_axis(FREQUENCIES, HOP)
    made.set_palette("grey")
    made.set_range(-80, 0)
    with qtbot.waitExposed(made):
        made.show()
    made.ensure_plot()
    qtbot.waitUntil(lambda: place(made).width() > 300)
    return made


def place(view):
    return view.ensure_plot().item.place()


def pixel(view, seconds, band):
    """Return the pixel of the viewport at a time and a band's middle."""
    box = place(view)
    x = box.right() + seconds / 2.0 * box.width()
    y = box.bottom() - (band + 0.5) / len(FREQUENCIES) * box.height()
    return QPointF(x, y)


def test_the_window_shows_columns_where_and_as_loud_as_they_are(view, qtbot):
    columns = np.full((16, 20), -80.0)
    columns[4:7, 12] = 0.0
    view.append(columns)
    image = view.ensure_plot().grab().toImage()
    point = pixel(view, -0.75, 5).toPoint()  # the middle of column 12 of 20
    assert image.pixelColor(point) == QColor.fromRgb(int(GREY[255]))
    beside = pixel(view, -0.95, 5).toPoint()
    assert image.pixelColor(beside) == QColor.fromRgb(int(GREY[0]))
    view.set_palette("viridis")
    viridis = colour_maps.words("viridis")
    image = view.ensure_plot().grab().toImage()
    assert image.pixelColor(point) == QColor.fromRgb(int(viridis[255]))


def test_pointing_tells_frequency_time_and_level(view, qtbot):
    columns = np.full((16, 20), -80.0)
    columns[5, 12] = -33.0
    view.append(columns)
    viewport = view.ensure_plot().viewport()
    qtbot.mouseMove(viewport, pixel(view, -1.5, 2).toPoint())
    with qtbot.waitSignal(view.hovered) as told:
        qtbot.mouseMove(viewport, pixel(view, -0.75, 5).toPoint())
    hz, ago, db = told.args
    assert hz == pytest.approx(FREQUENCIES[5], abs=20)
    assert ago == pytest.approx(0.75, abs=0.02)
    assert db == pytest.approx(-33.0)


def test_reading_where_nothing_was_heard_says_nothing(view):
    view.append(np.full((16, 5), -20.0))
    assert view.read(-0.25, 3.5) == pytest.approx((FREQUENCIES[3], 0.25, -20.0))
    assert view.read(-0.55, 3.5) is None
    assert view.read(-9.0, 3.5) is None


def test_the_readout_follows_the_picture_and_leaves_with_the_pointer(view, qtbot):
    view.append(np.full((16, 20), -20.0))
    plot, readout = view.ensure_plot(), view.findChild(QLabel, "readout")
    qtbot.mouseMove(plot.viewport(), pixel(view, -1.0, 3).toPoint())
    plot.pointed.emit((-1.0, 3.5))
    assert "−20 dB" in readout.text()
    view.append(np.full((16, 20), -60.0))
    assert "−60 dB" in readout.text()
    plot.pointed.emit(None)
    assert readout.isHidden()


def test_columns_that_arrive_before_the_plot_are_not_lost(qtbot):
    view = SpectrogramView(span_s=2.0)
    qtbot.addWidget(view)
    view.set_axis(FREQUENCIES, HOP)
    view.append(np.full((16, 20), -10.0))
    assert view.findChild(SpectrogramPlot) is None
    view.show()
    qtbot.waitUntil(lambda: view.findChild(SpectrogramPlot) is not None)
    assert view.read(-1.95, 3.5) is not None
    assert view.ensure_plot().hz_axis.place_of(100) == pytest.approx(0.5)


def test_nothing_is_repainted_while_nothing_arrives(view, qtbot, monkeypatch):
    view.append(noise(16, 30))
    plot = view.ensure_plot()
    qtbot.wait(50)
    painted = []
    monkeypatch.setattr(plot.item, "paint", lambda *a: painted.append(a))
    plot.refresh()
    view.append(np.zeros((16, 0)))
    qtbot.wait(60)
    assert painted == []


def test_clearing_and_another_axis_forget_the_history(view):
    view.append(np.full((16, 20), -10.0))
    view.clear()
    assert view.read(-0.05, 3.5) is None
    view.append(np.full((16, 20), -10.0))
    view.set_axis(np.linspace(50, 8000, 64), 0.05)
    assert view.read(-0.05, 3.5) is None
    view.append(np.full((64, 40), -10.0))
    assert view.read(-0.025, 63.5) == pytest.approx((8000, 0.025, -10))
    view.ensure_plot().grab()


def test_a_seek_leaves_a_mark(view):
    view.mark_gap()  # nothing was heard yet, so nothing is missing
    assert view._ring.gaps == []
    view.append(np.full((16, 10), -80.0))
    view.mark_gap()
    view.append(np.full((16, 10), -80.0))
    image = view.ensure_plot().grab().toImage()
    x = round(pixel(view, -1.0, 5).x())
    line = {image.pixelColor(x + dx, round(pixel(view, -1.0, 9).y())).name() for dx in (-1, 0, 1)}
    assert "#ffffff" in line


def test_the_networks_window_is_framed(view):
    view.append(np.full((16, 20), -80.0))
    y = round(pixel(view, -1.0, 5).y())
    x = round(pixel(view, -1.0, 5).x())
    before = view.ensure_plot().grab().toImage()
    view.set_window_s(1.0)
    after = view.ensure_plot().grab().toImage()
    changed = [
        (dx, dy) for dx in (-1, 0, 1) for dy in range(8)
        if before.pixelColor(x + dx, y + dy) != after.pixelColor(x + dx, y + dy)
    ]  # fmt: skip
    assert changed


def test_the_wheel_zooms_within_the_limits_and_a_double_click_shows_all(view, qtbot):
    plot = view.ensure_plot()
    plot.box.setRange(xRange=(-99, 99), yRange=(-99, 99), padding=0)
    assert plot.box.viewRect() == plot.item.boundingRect()
    plot.box.setRange(xRange=(-1, 0), yRange=(4, 14), padding=0)
    assert plot.box.viewRect().height() == pytest.approx(10)
    qtbot.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(view, -1, 5).toPoint())
    assert plot.box.viewRect() == plot.item.boundingRect()


def test_axes_are_written_in_hertz_and_seconds(view):
    plot = view.ensure_plot()
    ((_one, places),) = plot.hz_axis.tickValues(0, 16, 200)
    words = plot.hz_axis.tickStrings(places, 1, 1)
    assert words == sorted(words, key=lambda w: float(w.split()[0]) * (1e3 if "kHz" in w else 1))
    assert {"100 Hz", "1 kHz"} <= {*words, "100 Hz"}
    ((step, seconds),) = plot.time_axis.tickValues(-12, 0, 1100)
    words = plot.time_axis.tickStrings(seconds, 1, step)
    assert (words[0], words[-1]) == ("−12 s", "now")
    assert step == 2


def test_the_picture_is_saved_as_png(view, tmp_path):
    view.append(noise(16, 20))
    path = tmp_path / "bild ü.png"
    view.save_png(path)
    assert QImage(str(path)).width() >= 400
    with pytest.raises(GenreDeskError, match="nowhere"):
        view.save_png(tmp_path / "nowhere" / "x.png")


def test_a_theme_changed_while_it_runs_reaches_the_plot(view, qapp):
    theme.apply(qapp, "light")
    image = view.grab().toImage()
    assert image.pixelColor(2, 2) == QColor(LIGHT.card)


def test_the_widgets_are_imported_without_pyqtgraph_and_torch(loads):
    found = loads(
        "import genredesk.ui.widgets.spectrogram.view, genredesk.ui.widgets.charts.ribbon"
    )
    assert "genredesk.ui.widgets.charts.ribbon" in found
    assert not {"pyqtgraph", "torch", "matplotlib", "scipy"} & found
