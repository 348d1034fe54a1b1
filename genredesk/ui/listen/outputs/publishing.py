"""Tells other programs what is heard: the window's side of the room ``outputs``.

Nothing of that room is imported before an output is switched on. Opening and closing happen in a
lane of their own, since a peer may take seconds to let go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from genredesk.core.scores import Decision
from genredesk.core.settings import Settings
from genredesk.core.shares import sureness
from genredesk.ui.listen.outputs.media_keys import MediaKeys
from genredesk.ui.services.jobs import Job
from genredesk.ui.widgets.notices import Notice, Severity

if TYPE_CHECKING:
    from genredesk.outputs import LiveAnswer, OutputState
    from genredesk.outputs.publisher import Publisher
    from genredesk.ui.listen.session import ListenSession

LANE = "outputs"


class Publishing(QObject):
    """The outputs that are on, and how they are doing.

    Signals
    -------
    state_changed(str, OutputState)
        The output with this address is in another state.
    tested(str, str)
        What came of a test of an address, as a sentence.
    """

    state_changed = Signal(str, object)
    tested = Signal(str, str)

    def __init__(self, listening: ListenSession) -> None:
        super().__init__(listening)
        self._listening = listening
        self._memory = listening.memory
        self._publisher: Publisher | None = None
        self.states: dict[str, OutputState] = {}
        self.keys = MediaKeys(listening)
        listening.scored.connect(lambda _scores, decision: self._on_decision(decision))
        listening.waiting.connect(self._on_decision)
        listening.state_changed.connect(self._on_state)
        listening.bridge.output_changed.connect(self._on_output)
        listening.memory.changed.connect(self._on_settings)
        if self._memory.settings.outputs:
            self._use(self._memory.settings.outputs)

    def _on_settings(self, settings: Settings, names: set[str]) -> None:
        if "outputs" in names:
            self._use(settings.outputs)

    def _use(self, addresses: tuple[str, ...]) -> None:
        """Open and close outputs until these are on."""
        for gone in self.states.keys() - set(addresses):
            del self.states[gone]
            self._listening.dismissed.emit(_key(gone))
        bridge, keys = self._listening.bridge, self.keys

        keys.watched = any(address.startswith("mpris") for address in addresses)

        def work(_job: Job) -> None:
            from genredesk.outputs.publisher import Publisher  # noqa: PLC0415

            if self._publisher is None:  # here, so that the next job of the lane finds it
                self._publisher = Publisher(bridge.on_output, keys)
            self._publisher.use(addresses)

        self._listening.jobs.start(self.tr("reaching other programs"), work, lane=LANE)

    def close(self) -> None:
        """Tell every peer that nothing is heard any more, and let go; the program ends."""
        if self._memory.settings.outputs:
            self._use(())

    # what is heard ------------------------------------------------------------------------

    def _on_decision(self, decision: Decision) -> None:
        if self._publisher is not None:
            from genredesk.outputs import LiveAnswer  # noqa: PLC0415 - it is loaded

            source = self._listening.sound.source
            title = (source.info.title or source.info.name) if source is not None else ""
            self._publisher.publish(LiveAnswer.of(decision, title))

    def _on_state(self, state: str) -> None:
        if state not in ("running", "opening") and self._publisher is not None:
            from genredesk.outputs import NOTHING  # noqa: PLC0415 - it is loaded

            self._publisher.publish(NOTHING)

    # how they are doing -------------------------------------------------------------------

    def _on_output(self, address: str, state: OutputState) -> None:
        if address not in self._memory.settings.outputs:
            return  # it was switched off meanwhile
        before = self.states.get(address)
        self.states[address] = state
        if state.state == "lost" and (before is None or before.state != "lost"):
            self._listening.notice.emit(Notice(_key(address), state.text, Severity.WARNING))
        elif state.state == "on":
            self._listening.dismissed.emit(_key(address))
        self.state_changed.emit(address, state)

    def test(self, address: str) -> None:
        """Send a made-up answer to ``address``; :attr:`tested` says what came of it."""
        publisher, state = self._publisher, self.states.get(address)
        if publisher is not None and state is not None and state.state == "on":
            from genredesk.outputs import sample  # noqa: PLC0415 - it is loaded

            answer = sample()
            publisher.publish(answer)
            self.tested.emit(address, self._sent(answer, state.text))
            return

        def work(_job: Job) -> tuple[LiveAnswer, str]:
            from genredesk.outputs import sample, split, try_out  # noqa: PLC0415

            kind, options = split(address)
            return sample(), try_out(kind.make(options, self.keys))

        self._listening.jobs.start(
            self.tr("testing an output"),
            work,
            lane="outputs test",
            on_done=lambda done: self.tested.emit(address, self._sent(*done)),
            on_failed=lambda text, _error: self.tested.emit(address, text),
        )

    def _sent(self, answer: LiveAnswer, where: str) -> str:
        said = self.tr("Test sent: {0}, {1}. {2}.")
        return said.format(answer.word, sureness(answer.score), where)


def _key(address: str) -> str:
    """Return what a notice about an output is kept under."""
    return f"output {address.partition(':')[0]}"
