from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from genredesk.core.genres import GENRE_COLOURS, OTHER_COLOURS, genre_name
from genredesk.ui.look import style, theme
from genredesk.ui.look.tokens import DARK, LIGHT, TOKENS

THEMES = pytest.mark.parametrize("tokens", list(TOKENS.values()), ids=list(TOKENS))


@THEMES
@pytest.mark.parametrize("ground", ["ground", "card", "control"])
@pytest.mark.parametrize("front", ["text", "quiet"])
def test_text_reaches_the_contrast_of_wcag_aa(tokens, front, ground):
    assert theme.contrast(getattr(tokens, front), getattr(tokens, ground)) >= 4.5


@THEMES
def test_words_in_signal_tones_are_legible_too(tokens):
    for tone in (tokens.good, tokens.warning, tokens.error, tokens.accent):
        assert theme.contrast(tone, tokens.card) >= 4.5
    for ground in (tokens.hover, tokens.pressed):
        assert theme.contrast(tokens.text, ground) >= 4.5
    assert theme.contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert theme.contrast(tokens.error, tokens.control) >= 4.5
    assert theme.contrast(tokens.accent, tokens.ground) >= 3  # the focus ring


def test_the_dark_tones_are_those_of_the_design():
    dark = DARK
    assert (dark.ground, dark.card, dark.control) == ("#121418", "#1A1D23", "#22262E")
    assert (dark.line, dark.text, dark.quiet, dark.accent) == (
        "#2C313A", "#E9ECF1", "#98A1AE", "#6EA8FE",
    )  # fmt: skip


def test_contrast_agrees_with_known_values():
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert theme.contrast("#123456", "#123456") == pytest.approx(1)


def test_known_genres_keep_the_colours_of_the_design():
    assert theme.genre_colour("jazz").name().upper() == "#4FB3A5"
    assert theme.genre_colour("Hip-Hop") == theme.genre_colour("hiphop") == QColor("#8C7AE6")


@pytest.mark.parametrize("name", ["dark", "light"])
def test_every_genre_colour_can_be_seen_on_a_card(qapp, name):
    theme.apply(qapp, name)
    card = theme.current().card
    for label in (*GENRE_COLOURS, "techno", "fado", "любовь", "a" * 300, "鼓"):
        assert theme.contrast(theme.genre_colour(label), card) >= 3.0, label


def test_other_labels_get_a_colour_that_depends_on_the_name_alone():
    names = [f"genre {i}" for i in range(200)]
    first = [theme.genre_colour(n).name() for n in names]
    theme._genre_colour.cache_clear()
    again = [theme.genre_colour(n).name() for n in reversed(names)]
    assert first == again[::-1]
    assert len(set(first)) == len(OTHER_COLOURS)
    assert theme.genre_colour("techno").name() == theme.genre_colour("Techno ").name()


def test_unsure_and_silence_are_grey():
    hue_free = theme.genre_colour(None)
    assert hue_free.hsvSaturationF() < 0.25


# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB
PROTAN = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
     [-0.003882, -0.048116, 1.051998]]
)  # fmt: skip
DEUTAN = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
     [-0.011820, 0.042940, 0.968881]]
)  # fmt: skip
TO_LMS = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip


def oklab_as_seen(colour: str, sight: np.ndarray) -> np.ndarray:
    rgb = np.array(QColor(colour).getRgbF()[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(sight @ linear, 0, 1)
    return TO_LAB @ np.cbrt(TO_LMS @ seen)


@pytest.mark.parametrize("sight", [np.eye(3), PROTAN, DEUTAN], ids=["normal", "protan", "deutan"])
def test_generated_colours_differ_for_every_eye(sight):
    seen = [oklab_as_seen(c, sight) for c in OTHER_COLOURS]
    for a, b in itertools.combinations(range(len(seen)), 2):
        distance = float(np.linalg.norm(seen[a] - seen[b]))
        pair = (OTHER_COLOURS[a], OTHER_COLOURS[b])
        assert distance > 0.025, pair  # OKLab; about 0.02 is just noticeable


def test_changing_the_theme_repaints_and_tells(qapp, qtbot):
    label = QLabel("x")
    qtbot.addWidget(label)
    with qtbot.waitSignal(theme.signals().changed):
        theme.apply(qapp, "light")
    assert theme.current() is LIGHT
    assert theme.choice() == "light"
    assert label.palette().windowText().color() == QColor(LIGHT.text)
    with qtbot.assertNotEmitted(theme.signals().changed):
        theme.apply(qapp, "light")


def test_an_unknown_theme_follows_the_system(qapp):
    theme.apply(qapp, "purple")
    assert theme.choice() == "system"


def test_the_system_is_followed_while_running(qapp, monkeypatch):
    theme.apply(qapp, "system")
    scheme = {"now": Qt.ColorScheme.Light}
    monkeypatch.setattr(
        theme, "_system_tokens",
        lambda _app: LIGHT if scheme["now"] == Qt.ColorScheme.Light else DARK,
    )  # fmt: skip
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.current() is LIGHT
    theme.apply(qapp, "dark")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert theme.current() is DARK


def test_figures_have_one_width():
    font = theme.font(14)
    assert font.featureValue(QFont.Tag("tnum")) == 1
    widths = {round(QFontMetricsF(font).horizontalAdvance(str(d)), 3) for d in range(10)}
    assert len(widths) == 1


def test_type_sizes_follow_the_persons_font(monkeypatch):
    monkeypatch.setattr(theme._Look, "scale", 1.5)
    assert theme.font(14).pixelSize() == 21
    assert theme.px(8) == 12


@THEMES
@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_the_style_sheet_is_complete(tokens, scale):
    text = style.sheet(tokens, scale)
    assert text.count("{") == text.count("}") > 40
    assert tokens.accent in text


def test_genre_names_are_written_as_people_write_them():
    assert genre_name("hiphop") == "Hip-hop"
    assert genre_name("jazz") == "Jazz"
    assert genre_name("drum_and_bass") == "Drum and bass"
    assert genre_name("") == ""


def test_text_grows_and_comes_back_everywhere(qtbot, qapp):
    theme.apply(qapp, "dark", 1.0)
    page = QWidget()
    plain, own, fixed = QLabel("a", page), QLabel("b", page), QPushButton("c", page)
    own.setFont(theme.font(14, bold=True))
    fixed.setMinimumWidth(100)
    qtbot.addWidget(page)
    page.show()
    for scale in (1.5, 0.9, 2.0, 1.0):
        theme.apply(qapp, "dark", scale)
        assert own.font().pixelSize() == round(14 * scale)
        assert plain.font().pixelSize() == round(13 * scale)
        assert fixed.minimumWidth() == pytest.approx(100 * scale, abs=2)
    assert theme.next_scale(1.0, 1) == 1.1
    assert theme.next_scale(2.0, 1) == 2.0
    assert theme.next_scale(1.5, -1) == 1.25
    assert theme.next_scale(1.5, 0) == 1.0
