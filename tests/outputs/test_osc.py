from __future__ import annotations

import threading

import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import ThreadingOSCUDPServer

from genredesk.outputs import NOTHING, SAMPLE, OutputError, State, split, try_out


class Receiver:
    """A program that listens for OSC."""

    def __init__(self, port: int = 0) -> None:
        self.heard: dict[str, tuple[object, ...]] = {}
        dispatcher = Dispatcher()
        dispatcher.set_default_handler(self._hear)
        self.server = ThreadingOSCUDPServer(("127.0.0.1", port), dispatcher)
        self.port = self.server.server_address[1]
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def _hear(self, address: str, *arguments: object) -> None:
        self.heard[address] = arguments

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()


def test_every_address_is_received(opened, until) -> None:
    with Receiver() as receiver:
        heard = receiver.heard
        output = opened(f"osc:127.0.0.1:{receiver.port}/stage")
        output.publish(SAMPLE)
        until(lambda: len(heard) == 19)
        assert heard["/stage/genre"] == ("Jazz",)
        assert heard["/stage/strength"] == ("sure",)
        assert heard["/stage/score"][0] == pytest.approx(0.82)
        assert heard["/stage/scores"][::2] == ("Jazz", "Blues", "Classical", "Pop", "Rock")
        assert heard["/stage/color"] == pytest.approx((0x4F / 255, 0xB3 / 255, 0xA5 / 255))
        assert heard["/stage/is/jazz"] == (1.0,)
        assert heard["/stage/is/rock"] == (0.0,)
        assert heard["/stage/score/blues"][0] == pytest.approx(0.09)
        output.close()
        until(lambda: heard["/stage/is/jazz"] == (0.0,))
        assert heard["/stage/score/jazz"] == (0.0,)
        assert heard["/stage/genre"] == (NOTHING.genre,)


def test_nobody_there_is_said_and_healed(opened, until, free_port) -> None:
    port = free_port()
    output = opened(f"osc:127.0.0.1:{port}")
    until(lambda: output.state.state is State.LOST)
    assert opened.said == (
        f"Nothing listens for OSC at 127.0.0.1:{port}. Start the other program, or correct the "
        "port."
    )
    output.publish(SAMPLE)
    with Receiver(port) as receiver:
        until(lambda: receiver.heard.get("/genredesk/genre") == ("Jazz",))
        assert output.state.state is State.ON
        kind, options = split(f"osc:127.0.0.1:{port}")
        assert try_out(kind.make(options, None)) == f"Sends OSC to 127.0.0.1:{port}"
        output.close()
    with pytest.raises(OutputError, match="Nothing listens"):
        try_out(kind.make(options, None))


def test_a_computer_that_is_not_there(opened, until) -> None:
    output = opened("osc:no-such-computer.invalid:9000")
    until(lambda: output.state.state is State.LOST)
    assert "no computer called no-such-computer.invalid" in opened.said
