"""Names that could steer a window: of files, and of models."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from genredesk.inference import bundle as bundles
from genredesk.ui.listen.playlist import Playlist
from genredesk.ui.widgets.elided import Elided

ODD = "a\x1b[2J\n\u202egnos <b>bold.mp3"


def test_the_list_shows_a_name_on_one_line_and_no_markup(qapp):
    model = Playlist()
    model.replace([Path("/music") / ODD, Path("/music/plain.mp3")])
    index = model.index(0)
    assert index.data() == "a␛[2J␊�gnos <b>bold.mp3"
    assert "&lt;b&gt;bold" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == index.data()
    assert model.index(1).data(Qt.ItemDataRole.ToolTipRole) == str(Path("/music/plain.mp3"))
    assert model[0].path.name == ODD, "it is opened as it is called"


def test_a_title_is_not_markup_not_even_in_its_tooltip(qtbot):
    line = Elided()
    qtbot.addWidget(line)
    line.set_text("<b>Title</b>")
    assert "&lt;b&gt;" in line.toolTip()
    line.set_text("AC < DC")
    assert line.toolTip() == "AC < DC"


def test_a_models_title_is_text(start, bundle, make):
    make.bundle("odd", "<h1>Loud</h1>\x1b[2J")
    models = start().window.models
    assert models.title.textFormat() == Qt.TextFormat.PlainText
    titles = {found.card.title for found in bundles.installed()}
    assert titles == {"Tiny", "<h1>Loud</h1>␛[2J"}
