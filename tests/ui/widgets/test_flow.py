"""A row of widgets that goes on in the next line."""

from __future__ import annotations

import gc

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect
from PySide6.QtWidgets import QPushButton, QWidget

from genredesk.ui.widgets.flow import Flow


def test_widgets_wrap_and_one_that_is_deleted_leaves_no_trace(qtbot):
    host = QWidget()
    qtbot.addWidget(host)
    flow = Flow(host)
    buttons = [QPushButton(f"Button {n}") for n in range(3)]
    for button in buttons:
        flow.addWidget(button)
    assert all(button.parent() is host for button in buttons)
    line = flow.sizeHint()
    assert flow.heightForWidth(line.width()) == line.height()
    assert flow.heightForWidth(line.width() - 1) == 2 * line.height() + flow.spacing()
    buttons.pop(1).deleteLater()
    del button
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert flow.count() == 2
    assert flow.sizeHint().width() < line.width()
    flow.setGeometry(QRect(QPoint(0, 0), line))
    assert buttons[0].y() == buttons[1].y()
    assert buttons[0].geometry().right() < buttons[1].x()
