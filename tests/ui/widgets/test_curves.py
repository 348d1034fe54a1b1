"""The curves of a training: what their axes span."""

from __future__ import annotations

from collections.abc import Iterator

import pyqtgraph
import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QLabel, QWidget

from genredesk.training.fit.epoch import EpochReport
from genredesk.ui.widgets.charts.curves import Curves


@pytest.fixture
def curves(qtbot) -> Iterator[Curves]:
    """Shown in a window, so that they are drawn."""
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(500, 500)
    made = Curves(host)
    made.resize(500, 500)
    host.show()
    yield made
    host.close()


def an_epoch(number: int, **changes) -> EpochReport:
    """Return an epoch of which not all is told."""
    values = {"epochs": 2, "lr": 0.1, "loss": 9.0, "seconds": 1.0, "best": False}
    values |= dict.fromkeys(("train_accuracy", "valid_windows", "valid_songs"), 0.0)
    return EpochReport(number, **{**values, **changes})


def drawing(plot) -> pyqtgraph.PlotItem:
    """Return what pyqtgraph has drawn of a plot."""
    return plot.findChild(pyqtgraph.PlotWidget).getPlotItem()


@pytest.mark.parametrize("lr", [1.0, 0.01, 5e-5])
def test_a_rate_that_stays_is_drawn_above_zero(qtbot, curves, lr):
    epochs = [an_epoch(n, epochs=3, lr=lr, loss=2.0 / n) for n in (1, 2, 3)]
    with qtbot.waitSignal(curves.rate.drawn, timeout=10_000):
        curves.set_epochs(epochs)
    rate, loss = drawing(curves.rate), drawing(curves.loss)
    low, high = rate.viewRange()[1]
    assert (low, high) == pytest.approx((0, 2 * lr))
    low, high = loss.viewRange()[1]
    assert low <= 2 / 3 <= 2.0 <= high < 4
    curves.set_epochs([*epochs, an_epoch(4, epochs=4, lr=lr / 10, loss=0.4)])
    qtbot.waitUntil(lambda: rate.viewRange()[1][1] < 1.5 * lr, timeout=10_000)
    assert rate.viewRange()[1][0] <= lr / 10


def test_what_is_not_known_by_nature_is_not_drawn_as_nothing(qtbot, curves):
    known = {"train_accuracy": None, "valid_windows": 0.5, "valid_songs": 0.25}
    with qtbot.waitSignal(curves.rate.drawn, timeout=10_000):
        curves.set_epochs([an_epoch(1, **known), an_epoch(2, **known)])
    lines = [item.getData()[1] for item in drawing(curves.accuracy).listDataItems()]
    assert [list(y) for y in lines if y is not None] == [[0.5, 0.5], [0.25, 0.25]]
    words = [label.text() for label in curves.accuracy.findChildren(QLabel)]
    assert "Training windows" in words
    assert [w for w in words if w.endswith("\u202f%")] == [
        "Held-back windows 50\u202f%",
        "Held-back songs 25\u202f%",
    ]


def test_the_numbers_at_an_axis_have_the_sign_of_the_language(qtbot, curves):
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        with qtbot.waitSignal(curves.rate.drawn, timeout=10_000):
            curves.set_epochs([an_epoch(n, lr=0.01, loss=2.0 / n) for n in (1, 2)])
        for plot in (curves.rate, curves.loss):
            told = drawing(plot).getAxis("left").tickStrings([0.5, 1.5], 1.0, 0.5)
            assert told == ["0,5", "1,5"]
    finally:
        QLocale.setDefault(before)
