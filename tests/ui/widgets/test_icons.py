from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon
from PySide6.QtSvg import QSvgRenderer

from genredesk.core import paths
from genredesk.ui.look import icons, theme

NAMES = icons.names()


def pixels(image):
    found = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return [c for c in found if c.alpha() == 255]


def test_the_icons_the_program_needs_are_there():
    needed = [
        "listen",
        "library",
        "train",
        "models",
        "play",
        "pause",
        "next",
        "previous",
        "loop",
        "volume",
        "muted",
        "microphone",
        "speaker",
        "system",
        "file",
        "folder",
        "save",
        "settings",
        "fullscreen",
        "keyboard",
        "warning",
        "info",
        "error",
        "close",
        "check",
        "trash",
        "import",
        "export",
        "chip",
    ]
    assert set(needed) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_icon_is_ours_to_tint_and_of_one_weight(name, qapp):
    text = (paths.resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert root.get("viewBox") == "0 0 24 24"
    assert root.get("stroke-width") == "2"
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b", text), "a colour of its own cannot be tinted"
    image = icons.pixmap(name, 48, "#FF0000").toImage()
    inked = pixels(image)
    assert len(inked) > 20
    assert {c.name() for c in inked} == {"#ff0000"}


def test_icons_are_sharp_on_any_screen(qapp):
    for ratio in (1.0, 1.5, 2.0, 3.0):
        made = icons.pixmap("play", 20, "#fff", ratio)
        assert made.size() == QSize(round(20 * ratio), round(20 * ratio))
        assert made.devicePixelRatio() == ratio


def test_an_icon_takes_the_tone_of_the_theme(qapp):
    for name in ("dark", "light"):
        theme.apply(qapp, name)
        image = icons.icon("pause").pixmap(QSize(48, 48)).toImage()
        assert {c.name() for c in pixels(image)} == {QColor(theme.current().text).name()}
    off = icons.icon("pause").pixmap(QSize(48, 48), QIcon.Mode.Disabled).toImage()
    assert QColor(theme.current().text).name() not in {c.name() for c in pixels(off)}


def test_the_programs_own_icon_can_be_drawn(qapp):
    assert QSvgRenderer(str(paths.resources_dir() / "genredesk.svg")).isValid()
