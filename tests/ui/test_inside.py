"""The panel that looks into the network: nothing while closed, the very picture while open."""

from __future__ import annotations

import copy
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt

from genredesk.features import frontend
from genredesk.inference.inside.looker import Explained
from genredesk.inference.inside.why import Why
from genredesk.ui.look import theme
from genredesk.ui.widgets.spectrogram.feature_maps import FeatureMaps, tiled
from genredesk.ui.widgets.spectrogram.window_picture import WindowPicture

pytestmark = pytest.mark.usefixtures("no_sound_card", "bundle")


def lookers():
    return [thread for thread in threading.enumerate() if thread.name == "genredesk-looker"]


def test_panel_shows_what_the_network_gets_and_costs_nothing_closed(start, songs, qtbot, heard):
    desk = start(files=[songs["high"]])
    heard(desk, "High")
    panel = desk.window.live.inside
    assert not panel.looking
    assert not lookers()
    qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.picture._features is not None, timeout=20_000)
    spec = desk.listening.engine.bundle.card.frontend
    assert panel.picture._features.shape == spec.shape
    # the loudest band of the picture is that of the tone
    band = panel.picture._features[0].mean(axis=1).argmax()
    assert band > spec.n_bands / 2
    assert "High" in panel.said.text()
    qtbot.waitUntil(lambda: panel.reason._weights is not None, timeout=20_000)
    assert panel.because.text().startswith("Right: High rests on what is not darkened")
    assert panel.reason._features.shape == spec.shape
    weights = panel.reason._weights
    assert weights.max(axis=1).argmax() >= band * len(weights) // spec.n_bands
    assert weights[: len(weights) // 2].max() <= 0  # nothing hangs on what is not heard
    # what the network before thought of comes late
    kept, bundle = panel.reason._features, desk.listening.engine.bundle
    late = Why("low", 1.0, weights, ())
    panel._show_why(Explained(copy.copy(bundle), kept[:, ::-1], late))
    assert panel.reason._features is kept
    desk.window.go("library")
    qtbot.waitUntil(lambda: not lookers(), timeout=10_000)  # nobody sees it there
    desk.window.go("listen")
    qtbot.waitUntil(lambda: panel.picture._features is not None, timeout=20_000)
    qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    assert not panel.looking
    assert panel.picture._features is None
    qtbot.waitUntil(lambda: not lookers(), timeout=10_000)


def test_of_a_held_file_the_chosen_window_is_seen(start, songs, qtbot, heard, tmp_path):
    both = tmp_path / "both.wav"
    sound = np.concatenate([soundfile.read(songs[name])[0] for name in ("low", "high")])
    rate = soundfile.info(songs["low"]).samplerate
    soundfile.write(both, sound, rate)
    desk = start(files=[both])
    heard(desk, "Low")
    desk.listening.transport.play_pause()
    qtbot.waitUntil(lambda: desk.listening.state == "paused", timeout=10_000)
    live = desk.window.live
    panel = live.inside
    qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    spec = desk.listening.engine.bundle.card.frontend
    assert spec.sample_rate == rate
    for seconds, word in ((14.0, "High"), (6.0, "Low"), (0.5, "Low")):
        live.seek(seconds)
        qtbot.waitUntil(lambda word=word: f": {word}," in panel.said.text(), timeout=20_000)
        begin = max(0, round((seconds - spec.window_s) * rate))
        wanted = frontend.window(spec, sound[begin : begin + spec.window_samples])
        qtbot.waitUntil(
            lambda wanted=wanted: np.allclose(panel.picture._features, wanted, atol=0.05),
            timeout=20_000,
        )


def test_maps_stand_side_by_side_with_low_bands_below():
    maps = np.zeros((3, 4, 5), np.float32)
    maps[0, 0, 0] = maps[1, 3, 4] = maps[2, :, 2] = 1.0
    tiles = tiled(maps, ratio=10.0)
    assert tiles.shape == (4, 17)
    assert tiles[3, 0] == tiles[0, 6 + 4] == 255
    assert (tiles[:, 12 + 2] == 255).all()
    assert np.count_nonzero(tiles) == 6
    assert tiled(maps, ratio=0.1).shape == (14, 5)


def test_a_drawing_stands_upright(start):
    panel = start().window.live.inside
    rows = np.arange(6.0).reshape(1, 3, 2)
    assert (panel._bands_up(rows) == rows).all()
    card = SimpleNamespace(frontend=SimpleNamespace(kind="mfcc_image"))
    panel._bundle = SimpleNamespace(card=card)
    assert (panel._bands_up(rows)[0, 0] == rows[0, 2]).all()


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_picture_has_loud_bands_where_they_are_and_names_notes(qtbot, qapp, mode):
    theme.apply(qapp, mode)
    picture = WindowPicture()
    qtbot.addWidget(picture)
    picture.resize(300, 200)
    features = np.zeros((1, 80, 40), np.float32)
    features[0, :40, :20] = 5.0
    hertz = 440 * 2.0 ** (-45 / 12) * 2 ** (np.arange(80) / 12)
    picture.set_axis(hertz, 0.93, notes=True)
    picture.show_window(features)
    picture.show()
    drawn = picture.grab().toImage()
    left = theme.px(52)
    assert drawn.pixelColor(left + 30, 150).lightness() > 150  # low bands, early
    assert drawn.pixelColor(left + 30, 20).lightness() < 40
    assert drawn.pixelColor(280, 150).lightness() < 40
    assert [text for _, text in picture._ticks] == [f"C{octave}" for octave in range(1, 8)]
    weights = np.zeros((10, 10), np.float32)
    weights[0, 0] = 1.0
    picture.show_weights(weights)
    shaded = picture.grab().toImage()
    assert (
        shaded.pixelColor(left + 60, 150).lightness() < drawn.pixelColor(left + 60, 150).lightness()
    )


def test_three_channels_are_colours(qtbot):
    picture, maps = WindowPicture(), FeatureMaps()
    for widget in (picture, maps):
        qtbot.addWidget(widget)
        widget.resize(200, 120)
    features = np.zeros((3, 10, 10), np.float32)
    features[0, 5:] = 1.0
    picture.show_window(features)
    drawn = picture.grab().toImage().pixelColor(100, 20)
    assert (drawn.red(), drawn.green(), drawn.blue()) == (255, 0, 0)
    maps.show_maps(np.ones((1, 3, 3), np.float32))
    assert not maps.grab().isNull()
