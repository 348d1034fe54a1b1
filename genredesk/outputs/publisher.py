"""All outputs a person switched on, by address; an answer goes to every one of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from genredesk.outputs.answer import LiveAnswer
from genredesk.outputs.kinds import open_output
from genredesk.outputs.output import OutputError, OutputState, OutputThread, State
from genredesk.outputs.player import PlayerControls

OnOutput = Callable[[str, OutputState], None]


class Publisher:
    """Holds one output an address. :meth:`publish` may be called from any thread and never waits.

    Parameters
    ----------
    on_state
        Called with an address and its new state, on the output's thread; must not block.
    player
        What media keys control.
    """

    def __init__(
        self, on_state: OnOutput | None = None, player: PlayerControls | None = None
    ) -> None:
        self._on_state = on_state or _ignore
        self._player = player
        self._lock = threading.Lock()
        self._outputs: dict[str, OutputThread] = {}
        self._newest: LiveAnswer | None = None

    def use(self, addresses: Iterable[str]) -> None:
        """Open what is new among ``addresses``, close what is no longer there.

        Waits for what is closed; an address that cannot be understood is told as a lost output.
        """
        wanted = dict.fromkeys(addresses)
        with self._lock:
            gone = [self._outputs.pop(a) for a in list(self._outputs) if a not in wanted]
            new = [address for address in wanted if address not in self._outputs]
        for output in gone:  # first: a new one may want the same port
            output.close()
        for address in new:
            self._open(address)

    def _open(self, address: str) -> None:
        try:
            output = open_output(
                address,
                on_state=lambda state: self._on_state(address, state),
                player=self._player,
            )
        except OutputError as error:
            self._on_state(address, OutputState(State.LOST, str(error)))
            return
        with self._lock:
            self._outputs[address] = output
            newest = self._newest
        if newest is not None:
            output.publish(newest)

    def publish(self, answer: LiveAnswer) -> None:
        """Hand ``answer`` to every output; an output opened later begins with the newest."""
        with self._lock:
            self._newest = answer
            outputs = list(self._outputs.values())
        for output in outputs:
            output.publish(answer)

    def close(self) -> None:
        """Close every output and wait for them."""
        self.use(())


def _ignore(_address: str, _state: OutputState) -> None:
    """Take the place of a callback nobody gave."""
