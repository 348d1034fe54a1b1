"""The thread in front of every peer, addresses, and what is told."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from genredesk.core.certainty import Strength
from genredesk.core.scores import NOTHING_YET, Decision
from genredesk.outputs import NOTHING, SAMPLE, LiveAnswer, OutputError, open_output, split
from genredesk.outputs import output as output_module
from genredesk.outputs.output import OutputThread, State


class SlowPeer:
    """Takes an answer when it is let, and can be lost."""

    def __init__(self) -> None:
        self.got: list[LiveAnswer] = []
        self.may = threading.Event()
        self.there = True
        self.connections = 0

    async def connect(self) -> str:
        self.connections += 1
        if not self.there:
            raise OutputError("The lamp is off. Switch it on.")
        return "Talks to the lamp"

    async def send(self, answer: LiveAnswer) -> None:
        await asyncio.to_thread(self.may.wait)
        self.check()
        self.got.append(answer)

    def check(self) -> None:
        if not self.there:
            raise OutputError("The lamp is off. Switch it on.")

    async def close(self) -> None:
        pass


def answers(n: int) -> list[LiveAnswer]:
    return [LiveAnswer(strength="open", position=float(i)) for i in range(n)]


def test_a_slow_peer_gets_the_newest_and_delays_nobody(until) -> None:
    peer = SlowPeer()
    with OutputThread("lamp", peer) as output:
        until(lambda: output.state.state is State.ON)
        many = answers(200)
        for answer in many:
            output.publish(answer)  # returns although nothing is taken
        peer.may.set()
        until(lambda: peer.got and peer.got[-1] is many[-1])
        assert len(peer.got) < 20, "what is old is not sent"
    assert peer.got[-1] is NOTHING, "nobody goes on showing an old genre"


def test_a_lost_peer_is_found_again_and_gets_what_is_new(until, monkeypatch) -> None:
    monkeypatch.setattr(output_module, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(output_module, "LONGEST_WAIT_S", 0.05)
    peer, said = SlowPeer(), []
    peer.may.set()
    with OutputThread("lamp", peer, said.append) as output:
        until(lambda: output.state.state is State.ON)
        peer.there = False
        old, new = answers(2)
        output.publish(old)
        until(lambda: output.state.state is State.LOST)
        assert output.state.text == "The lamp is off. Switch it on."
        until(lambda: peer.connections > 3)
        output.publish(new)
        peer.there = True
        until(lambda: new in peer.got)
        assert old not in peer.got
        output.close()
        output.close()
        output.publish(new)
    assert [state.state for state in said] == [State.ON, State.LOST, State.ON, State.OFF]


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("osc:10.0.0.7:9001", "osc://10.0.0.7:9001"),
        ("osc://lights:9000/stage/left", "osc://lights:9000/stage/left"),
        ("osc://[fe80::1]:9000", "osc://[fe80::1]:9000"),
        ("mqtt://me:p%40ss%2Fword@broker", "mqtt://me:p%40ss%2Fword@broker:1883"),
        ("mqtts:broker", "mqtt://broker:8883?tls=1"),
        ("mqtt:h/a/b?wled=wled/all&discovery=ha", "mqtt://h:1883/a/b?discovery=ha&wled=wled%2Fall"),
        ("mqtt:h?discovery=", "mqtt://h:1883?discovery="),
        ("ws:8080", "ws://127.0.0.1:8080"),
        ("http://0.0.0.0:80?token=a%26b", "ws://0.0.0.0:80?token=a%26b"),
        ("text:/tmp/what is?on #1.txt", "text:/tmp/what is?on #1.txt"),
        ("mpris:", "mpris:"),
    ],
)
def test_an_address_says_everything_and_is_written_back(address: str, same: str) -> None:
    kind, options = split(address)
    assert kind.write(options) == same
    assert split(same) == (kind, options)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("midi:1", "There is no output 'midi'. There are mpris:, mqtt:, osc:, text:, ws:."),
        ("osc:h:99999", "no address"),
        ("osc:h:zero", "no address"),
        ("osc:h?speed=1", "osc: has nothing called 'speed'. It knows host, port, prefix."),
        ("mqtt:h?tls=perhaps", "tls is yes or no"),
        ("mqtt:h?port=70000", "The port is a number from 1 to 65535"),
        ("ws:8080/page", "takes no path"),
        ("text:", "Say which file"),
        ("mqtt:h/music/%23", "music/# is no topic to publish to"),
        ("osc:h/a%20b", "a b cannot begin an OSC address"),
    ],
)
def test_what_is_no_address_is_a_sentence(address: str, text: str) -> None:
    with pytest.raises(OutputError, match=r".") as raised:
        open_output(address)
    assert text in str(raised.value)


def decision(state: Strength | None, second: str | None = None) -> Decision:
    labels = ("jazz", "hiphop", "rock", "metal", "pop", "disco")
    scores = np.array([0.3, 0.42, 0.1, 0.08, 0.06, 0.04], np.float32)
    return Decision(state, "hiphop", 0.42, labels, scores, time=12.5, second=second)


def test_an_answer_is_what_a_person_reads() -> None:
    sure = LiveAnswer.of(decision(Strength.SURE), "Song", at=5.0)
    assert (sure.genre, sure.word, sure.strength) == ("Hip-hop", "Hip-hop", "sure")
    assert (sure.source, sure.position, sure.time) == ("Song", 12.5, 5.0)
    assert [name for name, _ in sure.scores] == ["Hip-hop", "Jazz", "Rock", "Metal", "Pop"]
    assert sure.as_dict()["color"] == "#8C7AE6"
    assert LiveAnswer.of(decision(Strength.PROBABLE), "").word == "Probably hip-hop"
    two = LiveAnswer.of(decision(Strength.BETWEEN, "jazz"), "")
    assert (two.word, two.genre) == ("Between jazz and hip-hop", "Hip-hop")
    assert two.named == ("Jazz", "Hip-hop")
    flat = LiveAnswer.of(decision(Strength.OPEN), "")
    assert (flat.genre, flat.word, flat.named) == ("", "Can't tell", ())
    waiting = LiveAnswer.of(NOTHING_YET, "Song")
    assert (waiting.strength, waiting.word, waiting.scores) == ("waiting", "", ())
    assert SAMPLE.genre == "Jazz"
    assert NOTHING.genre == ""
