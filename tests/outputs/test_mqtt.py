"""Against a real mosquitto."""

from __future__ import annotations

import gc
import json
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from genredesk.outputs import SAMPLE, OutputError, State, split, try_out
from genredesk.outputs.peers import mqtt


class Subscriber:
    """Somebody who reads everything the broker has."""

    def __init__(self, port: int) -> None:
        self.heard: dict[str, str] = {}
        self.retained: set[str] = set()
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = self._hear
        self.ready = threading.Event()
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.connect("127.0.0.1", port)
        self.client.subscribe("#")
        self.client.loop_start()
        assert self.ready.wait(30)

    def _hear(self, _client, _data, message) -> None:
        self.heard[message.topic] = message.payload.decode()
        if message.retain:
            self.retained.add(message.topic)

    def __enter__(self) -> Subscriber:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def broker(program, tmp_path, free_port):
    """Start mosquitto with some lines of configuration; return its port."""

    def start(*lines: str, port: int = 0):
        port = port or free_port()
        path = tmp_path / f"mosquitto-{port}.conf"
        path.write_text("\n".join([f"listener {port} 127.0.0.1", "persistence false", *lines]))
        path.chmod(0o644)
        process = program("mosquitto", "-c", str(path))
        assert process.stdout is not None
        for line in process.stdout:
            if "running" in line:
                return port, process
        raise AssertionError("mosquitto did not start")

    return start


def test_state_is_retained_and_home_assistant_finds_it(broker, opened, until) -> None:
    port, _ = broker("allow_anonymous true")
    with Subscriber(port) as lamp:
        output = opened(f"mqtt://127.0.0.1:{port}/den/music?wled=wled/all")
        output.publish(SAMPLE)
        until(lambda: "den/music/state" in lamp.heard)
        until(lambda: lamp.heard.get("wled/all/col") == "#4FB3A5")
    with Subscriber(port) as later:  # whoever comes later knows it at once
        until(lambda: {"den/music/state", "den/music/availability"} <= later.retained)
        state = json.loads(later.heard["den/music/state"])
        assert (state["genre"], state["strength"], state["score"]) == ("Jazz", "sure", 0.82)
        assert [one["genre"] for one in state["scores"]] == [name for name, _ in SAMPLE.scores]
        assert "wled/all/col" not in later.heard, "lights are told once"
        found = [t for t in later.retained if t.startswith("homeassistant/sensor/")]
        assert len(found) == 3
        identities = set()
        for topic in found:
            config = json.loads(later.heard[topic])
            assert config["state_topic"] == "den/music/state"
            assert config["availability_topic"] == "den/music/availability"
            assert config["device"]["identifiers"]
            identities.add(config["unique_id"])
        assert len(identities) == 3
        assert later.heard["den/music/availability"] == "online"
        output.close()
        until(lambda: later.heard["den/music/availability"] == "offline")
        assert json.loads(later.heard["den/music/state"])["strength"] == "waiting"


def test_a_broker_that_vanishes_is_waited_for(broker, opened, until) -> None:
    port, process = broker("allow_anonymous true")
    output = opened(f"mqtt:127.0.0.1:{port}")
    until(lambda: output.state.state is State.ON)
    process.kill()
    process.wait()
    until(lambda: output.state.state is State.LOST)
    assert f"The MQTT broker at 127.0.0.1:{port}" in opened.said
    output.publish(SAMPLE)
    until(lambda: "cannot be reached (Connection refused)" in opened.said)
    broker("allow_anonymous true", port=port)
    with Subscriber(port) as lamp:
        until(lambda: "genredesk/state" in lamp.heard)
    assert output.state.state is State.ON


def test_a_wrong_password_is_said(broker, opened, until, tmp_path: Path) -> None:
    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("mosquitto_passwd is not installed")
    words = tmp_path / "words"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(words), "me", "right"], check=True)
    words.chmod(0o644)
    port, _ = broker("allow_anonymous false", f"password_file {words}", "user root")
    output = opened(f"mqtt://me:wrong@127.0.0.1:{port}")
    until(lambda: output.state.state is State.LOST)
    assert opened.said == (
        f"The MQTT broker at 127.0.0.1:{port} does not accept the user name and password. "
        "Correct them."
    )
    kind, options = split(f"mqtt://me:right@127.0.0.1:{port}")
    assert try_out(kind.make(options, None)).startswith("Publishes to genredesk/state")


def test_what_is_no_broker_is_said(monkeypatch) -> None:
    monkeypatch.setattr(mqtt, "CONNECT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        kind, options = split(f"mqtt:127.0.0.1:{port}")
        with pytest.raises(OutputError, match="does not answer as an MQTT broker"):
            try_out(kind.make(options, None))


@pytest.mark.filterwarnings("ignore:unclosed <ssl")  # paho leaves a refused socket to the collector
def test_encrypted(broker, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", str(key), "-out", str(cert)),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    key.chmod(0o644)
    lines = f"certfile {cert}", f"keyfile {key}", "allow_anonymous true", "user root"
    port, _ = broker(*lines)

    def attempt(address: str) -> str:
        kind, options = split(address)
        return try_out(kind.make(options, None))

    assert attempt(f"mqtts://127.0.0.1:{port}?ca={cert}").startswith("Publishes to")
    with pytest.raises(OutputError, match="do not agree on encryption"):
        attempt(f"mqtts://127.0.0.1:{port}")  # a certificate nobody vouches for
    with pytest.raises(OutputError, match=r"nowhere\.pem holds no certificate"):
        attempt(f"mqtts://127.0.0.1:{port}?ca={tmp_path / 'nowhere.pem'}")
    gc.collect()
