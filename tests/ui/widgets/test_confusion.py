"""The confusion matrix: what it says, and that it does not draw what nobody can see."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication

from genredesk.ui.widgets.charts.confusion import MOST_LABELS, ConfusionMatrix


def test_too_many_genres_are_said_and_not_drawn(qtbot):
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.resize(500, 400)
    matrix.show()
    matrix.set_table(["blues", "jazz"], [[3, 1], [0, 4]])
    assert "7 of 8" in matrix.accessibleDescription()
    drawn = matrix.grab().toImage()
    labels = [f"genre {i}" for i in range(600)]
    matrix.set_table(labels, [[0, 0, 3], [7, 599, 1]])  # triples, as of very many
    assert matrix.accessibleDescription().startswith("600 genres are too many to draw")
    said = matrix.grab().toImage()
    assert said != drawn
    qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=QPoint(250, 200))
    qtbot.keyClick(matrix, Qt.Key.Key_Down)
    assert matrix.cell() is None
    matrix.set_table(["blues", "jazz"], [[3, 1], [0, 4]])
    assert "7 of 8" in matrix.accessibleDescription()
    assert matrix.grab().toImage() != said


def test_a_hundred_genres_are_drawn(qtbot):
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    labels = [f"genre {i}" for i in range(MOST_LABELS)]
    table = [[int(i == j) for j in range(MOST_LABELS)] for i in range(MOST_LABELS)]
    matrix.set_table(labels, table)
    assert "100 of 100" in matrix.accessibleDescription()
    matrix.choose("genre 99", "genre 99")
    assert matrix.cell() == ("genre 99", "genre 99")


def test_passing_by_with_the_tab_key_chooses_nothing(qtbot):
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.set_table(["blues", "jazz"], [[3, 1], [0, 4]])
    with qtbot.assertNotEmitted(matrix.chosen):
        event = QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason)
        QApplication.sendEvent(matrix, event)
    assert matrix.cell() is None
    qtbot.keyClick(matrix, Qt.Key.Key_Down)
    assert matrix.cell() == ("blues", "blues")
    matrix.forget()
    assert matrix.cell() is None
