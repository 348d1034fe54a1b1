"""The one place where a callback of the engine room becomes a Qt signal on the UI thread.

Engines, sources and watchers call the ``on_...`` methods from their own threads; everybody who
looks listens to the signals. Nothing here computes.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance

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

    _crossing = Signal(object, tuple)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._closed = False
        self._crossing.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def close(self) -> None:
        """Deliver nothing more; late callbacks of ending threads are dropped."""
        self._closed = True

    # called from any thread ---------------------------------------------------------------

    def on_scores(self, scores: Scores, decision: Decision, source: Any) -> None:
        """``LiveEngine``'s ``on_scores``."""
        self._cross(self.scored, scores, decision, source)

    def on_waiting(self, decision: Decision, source: Any) -> None:
        """``LiveEngine``'s ``on_waiting``."""
        self._cross(self.waiting, decision, source)

    def on_beside(self, answer: Any, source: Any) -> None:
        """``LiveEngine``'s ``on_beside``."""
        self._cross(self.beside, answer, source)

    def on_problem(self, text: str) -> None:
        """``LiveEngine``'s ``on_problem``."""
        self._cross(self.problem, text)

    def on_state(self, source: Any) -> None:
        """``open_source``'s ``on_state``."""
        self._cross(self.source_changed, source)

    def on_devices(self) -> None:
        """``DeviceWatcher``'s ``on_change``."""
        self._cross(self.devices_changed)

    def on_output(self, address: str, state: Any) -> None:
        """``Publisher``'s ``on_state``."""
        self._cross(self.output_changed, address, state)

    def on_key(self, key: str, value: float = 0.0) -> None:
        """A media key was pressed."""
        self._cross(self.key_pressed, key, value)

    def _cross(self, signal: SignalInstance, *said: Any) -> None:
        if not self._closed:
            self._crossing.emit(signal, said)

    # on the UI thread ---------------------------------------------------------------------

    def _deliver(self, signal: SignalInstance, said: tuple[Any, ...]) -> None:
        if not self._closed:
            signal.emit(*said)
