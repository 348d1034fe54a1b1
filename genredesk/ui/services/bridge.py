"""The one place where a callback of the engine room becomes a Qt signal on the UI thread.

Engines, sources and watchers call the ``on_...`` methods from their own threads; everybody who
looks listens to the signals. Nothing here computes.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from genredesk.core.scores import Decision, Scores


class Bridge(QObject):
    """Queued crossing from any thread to the thread that made the bridge.

    Signals
    -------
    scored(Scores, Decision, Source)
        The engine judged a window of this source, which need no longer be the open one.
    waiting(Decision, Source)
        A whole window of its sound must arrive first.
    beside(BesideAnswer, Source)
        What another model says of the same sound.
    problem(str)
        The engine has something to say (a device fell back, a bundle does not open).
    source_changed(Source)
        A source is in another state or has another message.
    devices_changed()
        A sound device came or went.
    output_changed(str, OutputState)
        The output with this address is in another state.
    key_pressed(str, float)
        A media key of the desktop, and where to for those that lead somewhere.
    """

    scored = Signal(object, object, object)
    waiting = Signal(object, object)
    beside = Signal(object, object)
    problem = Signal(str)
    source_changed = Signal(object)
    devices_changed = Signal()
    output_changed = Signal(str, object)
    key_pressed = Signal(str, float)

    _scored = Signal(object, object, object)
    _waiting = Signal(object, object)
    _beside = Signal(object, object)
    _problem = Signal(str)
    _source = Signal(object)
    _devices = Signal()
    _output = Signal(str, object)
    _key = Signal(str, float)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        queued = Qt.ConnectionType.QueuedConnection
        self._closed = False
        self._scored.connect(self._deliver_scores, queued)
        self._waiting.connect(self._deliver_waiting, queued)
        self._beside.connect(self._deliver_beside, queued)
        self._problem.connect(self._deliver_problem, queued)
        self._source.connect(self._deliver_source, queued)
        self._devices.connect(self._deliver_devices, queued)
        self._output.connect(self._deliver_output, queued)
        self._key.connect(self._deliver_key, queued)

    def close(self) -> None:
        """Deliver nothing more; late callbacks of ending threads are dropped."""
        self._closed = True

    # called from any thread ---------------------------------------------------------------

    def on_scores(self, scores: Scores, decision: Decision, source: Any) -> None:
        """``LiveEngine``'s ``on_scores``."""
        if not self._closed:
            self._scored.emit(scores, decision, source)

    def on_waiting(self, decision: Decision, source: Any) -> None:
        """``LiveEngine``'s ``on_waiting``."""
        if not self._closed:
            self._waiting.emit(decision, source)

    def on_beside(self, answer: Any, source: Any) -> None:
        """``LiveEngine``'s ``on_beside``."""
        if not self._closed:
            self._beside.emit(answer, source)

    def on_problem(self, text: str) -> None:
        """``LiveEngine``'s ``on_problem``."""
        if not self._closed:
            self._problem.emit(text)

    def on_state(self, source: Any) -> None:
        """``open_source``'s ``on_state``."""
        if not self._closed:
            self._source.emit(source)

    def on_devices(self) -> None:
        """``DeviceWatcher``'s ``on_change``."""
        if not self._closed:
            self._devices.emit()

    def on_output(self, address: str, state: Any) -> None:
        """``Publisher``'s ``on_state``."""
        if not self._closed:
            self._output.emit(address, state)

    def on_key(self, key: str, value: float = 0.0) -> None:
        """A media key was pressed."""
        if not self._closed:
            self._key.emit(key, value)

    # on the UI thread ---------------------------------------------------------------------

    def _deliver_scores(self, scores: Scores, decision: Decision, source: Any) -> None:
        if not self._closed:
            self.scored.emit(scores, decision, source)

    def _deliver_waiting(self, decision: Decision, source: Any) -> None:
        if not self._closed:
            self.waiting.emit(decision, source)

    def _deliver_beside(self, answer: Any, source: Any) -> None:
        if not self._closed:
            self.beside.emit(answer, source)

    def _deliver_problem(self, text: str) -> None:
        if not self._closed:
            self.problem.emit(text)

    def _deliver_source(self, source: Any) -> None:
        if not self._closed:
            self.source_changed.emit(source)

    def _deliver_devices(self) -> None:
        if not self._closed:
            self.devices_changed.emit()

    def _deliver_output(self, address: str, state: Any) -> None:
        if not self._closed:
            self.output_changed.emit(address, state)

    def _deliver_key(self, key: str, value: float) -> None:
        if not self._closed:
            self.key_pressed.emit(key, value)
