"""In a language that nobody speaks, long and from right to left, nothing is cut or left English."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib.util
import itertools
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication, QWidget

from genredesk.core import messages
from genredesk.features import papers
from genredesk.library.organize.apply import HistoryEntry
from genredesk.training.plan import limits
from genredesk.training.plan.augmentation import Augment
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs.store import TrainingRun
from genredesk.ui.library.plans.history_page import HistoryRow
from genredesk.ui.library.tracks import columns
from genredesk.ui.look import text, translations
from genredesk.ui.training.pages import history

pytestmark = pytest.mark.usefixtures("no_sound_card", "bundle")

SIZE = 960, 600
"""The smallest window that everything has to fit into."""

DATA = {
    "GenreDesk", "English", "Deutsch",
    "low.wav", "low", "Low", "Middle", "High", "WAV 16-bit", "Processor (ONNX Runtime)", "CPU",
    "Tiny", "linear", "tones made by the test", "none is needed", "GPL-3.0-or-later", "valid",
    "WebSocket", "OBS", "JSON", "OSC", "QLC", "MQTT", "MPRIS", "TLS", "WLED", "homeassistant",
    *(field.name for part in (Recipe, Augment) for field in dataclasses.fields(part)), "augment",
    *itertools.chain.from_iterable(limits.CHOICES.values()), *papers.PAPER_FRONTENDS, "live-mel",
}  # fmt: skip
"""What people, files, cards and papers say: it is the same in every language."""


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


look = _beside("pseudo")


@pytest.mark.parametrize(
    ("locale", "day", "moment"),
    [
        ("en_US", "3/4/2026", "3/4/2026, 5:06\u202fPM"),
        ("de_DE", "04.03.2026", "04.03.2026, 17:06"),
        ("sv_SE", "2026-03-04", "2026-03-04, 17:06"),
    ],
)  # fmt: skip
def test_a_date_is_written_in_one_form_that_of_the_language(qtbot, request, locale, day, moment):
    request.addfinalizer(functools.partial(QLocale.setDefault, QLocale()))
    QLocale.setDefault(QLocale(locale))
    seconds = datetime(2026, 3, 4, 17, 6).timestamp()  # noqa: DTZ001 - of here, as it is shown
    run = TrainingRun("a", created=datetime.fromtimestamp(seconds, UTC).isoformat())
    past = HistoryEntry(1, "move_files", "Move", seconds, "applied", 1, 1, 0, undoable=True)
    row = SimpleNamespace(added_at=seconds)
    assert (text.day(seconds), text.moment(seconds)) == (day, moment)
    assert columns.text(row, columns.Column.ADDED) == day
    assert history.when(run) == moment
    shown = HistoryRow(past)
    qtbot.addWidget(shown)
    assert shown.accessibleName().startswith(f"Move, {moment}")


@pytest.fixture
def spoken(qapp: QApplication, monkeypatch) -> Iterator[None]:
    """The window and the engine speak the pseudo-locale."""
    monkeypatch.setattr(messages, "catalogue", messages.catalogue)
    translator = look.pseudo_locale.install(qapp)
    yield
    look.pseudo_locale.remove(translator, translations.ENGLISH)


@pytest.fixture
def check(qapp: QApplication):
    """Complain about what is cut in a part of the window, or stays English."""

    def complaints(name: str, root: QWidget) -> list[str]:
        qapp.processEvents()
        cut = [f"{name}, cut: {text}" for text in look.cut(root)]
        return cut + [f"{name}, English: {text}" for text in look.english(root, DATA)]

    return complaints


@pytest.mark.usefixtures("spoken")
def test_every_page_has_room_and_no_english(start, songs, qtbot, check):
    desk = start(demo=[songs["low"]])
    window = desk.window
    window.resize(*SIZE)
    qtbot.waitUntil(lambda: desk.listening.state == "paused", timeout=10_000)
    assert window.live.big.word().startswith(look.pseudo_locale.BEGIN)

    wrong: list[str] = []

    def fine(name: str, root: QWidget) -> None:
        """What is still read or laid out is waited for."""
        found: list[str] = []

        def clean() -> bool:
            found[:] = check(name, root)
            return root.isVisible() and not found

        with contextlib.suppress(qtbot.TimeoutError):
            qtbot.waitUntil(clean, timeout=10_000)
        wrong.extend(found)

    window.show_settings()
    fine("settings", window.preferences.plate)
    window.preferences.close_plate()
    window.show_outputs()
    fine("outputs", window.outputs)
    window.outputs.close_plate()
    window.help.open_map()
    fine("keyboard map", window.help)
    window.help.close_map()
    for place in ("listen", "library", "train", "models"):
        window.go(place)
        fine(place, window.pages.currentWidget())
    for show in ("history", "words", "rules", "conflicts"):
        window.go("library")
        getattr(window.library.beside, f"show_{show}")()
        fine(f"library, {show}", window.library)
    fine("rail", window.rail)
    fine("top line", window.top)
    assert not wrong, "\n".join(wrong)
