"""How soon another program has an answer: from the engine's decision to its reception.

The real window plays and draws on a virtual screen and publishes to an OSC receiver, a WebSocket
client and a mosquitto broker with a subscriber (where installed), all on this computer.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import aiohttp
import numpy as np
import soundfile
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from pythonosc.osc_message import OscMessage

from benchmarks.table import Row, at_most
from benchmarks.ui import SONG_S, music, screen, sound_card, window

GROUP = "Other programs"
SECONDS = 30.0
LIMIT_MS = 50.0
TURNS = 2

Arrived = dict[float, float]
"""When an answer came, by its place in the sound, rounded to milliseconds."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def osc_receiver() -> Iterator[tuple[str, Arrived]]:
    """Listen for OSC; the last message of an answer counts."""
    arrived: Arrived = {}
    place: list[float] = []
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind(("127.0.0.1", 0))
    listening.settimeout(0.2)
    end = threading.Event()

    def receive() -> None:
        while not end.is_set():
            try:
                message = OscMessage(listening.recv(4096))
            except TimeoutError:
                continue
            if message.address.endswith("/genre"):  # the first of the next answer
                place.clear()
            elif message.address.endswith("/position"):
                place.append(round(message.params[0], 3))
            if place:
                arrived[place[0]] = time.time()

    thread = threading.Thread(target=receive)
    thread.start()
    try:
        yield f"osc:127.0.0.1:{listening.getsockname()[1]}", arrived
    finally:
        end.set()
        thread.join()
        listening.close()


@contextmanager
def web_client() -> Iterator[tuple[str, Arrived]]:
    """Follow the WebSocket, which the window opens later."""
    port, arrived, end = _free_port(), Arrived(), threading.Event()

    async def follow() -> None:
        async with aiohttp.ClientSession() as session:
            while not end.is_set():
                try:
                    async with session.ws_connect(f"http://127.0.0.1:{port}/ws") as answers:
                        async for message in answers:
                            arrived[json.loads(message.data)["position"]] = time.time()
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)

    thread = threading.Thread(target=lambda: asyncio.run(follow()))
    thread.start()
    try:
        yield f"ws:{port}", arrived
    finally:
        end.set()
        thread.join()


@contextmanager
def mqtt_subscriber() -> Iterator[tuple[str, Arrived]]:
    """Run a broker and subscribe to its answers."""
    port, arrived = _free_port(), Arrived()

    def hear(_client: object, _data: object, message: object) -> None:
        arrived[json.loads(message.payload)["position"]] = time.time()

    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "mosquitto.conf"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
        broker = subprocess.Popen(
            ["mosquitto", "-c", str(config)], stderr=subprocess.PIPE, text=True
        )
        try:
            while "running" not in broker.stderr.readline():
                pass
            client = Client(CallbackAPIVersion.VERSION2)
            client.on_message = hear
            client.connect("127.0.0.1", port)
            client.subscribe("genredesk/state")
            client.loop_start()
            yield f"mqtt:127.0.0.1:{port}", arrived
            client.disconnect()
            client.loop_stop()
        finally:
            broker.terminate()
            broker.communicate()


def delays(decided: list[list[float]], arrived: Arrived) -> np.ndarray:
    """Return the milliseconds from each decision to its arrival, ``(n,)``."""
    found = [
        1000 * (arrived[place] - when)
        for place, when in ((round(p, 3), w) for p, w in decided)
        if place in arrived and arrived[place] >= when
    ]
    return np.array(found)


def rows() -> list[Row]:
    """Measure each peer beside the live view, and the engine with and without them."""
    peers: dict[str, Callable] = {"OSC": osc_receiver, "WebSocket": web_client}
    if shutil.which("mosquitto"):
        peers["MQTT"] = mqtt_subscriber
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        song = folder / "song.wav"
        soundfile.write(song, music(SONG_S, 44100, 1), 44100)
        environment = stack.enter_context(screen(stack.enter_context(sound_card())))
        alone, beside, times = [], [], {name: [] for name in peers}
        for _ in range(TURNS):
            alone.append(window(environment, "tell", str(SECONDS / 2), str(song))[0]["ms"])
            with ExitStack() as turn:
                opened = {name: turn.enter_context(peer()) for name, peer in peers.items()}
                addresses = [address for address, _ in opened.values()]
                said, _ = window(environment, "tell", str(SECONDS), str(song), *addresses)
            beside.append(said["ms"])
            for name, (_, arrived) in opened.items():
                times[name].append(delays(said["decided"], arrived))
    found = []
    for name, parts in times.items():
        ms = np.concatenate(parts)
        note = f"median {np.median(ms):.1f} ms, longest {ms.max():.0f} ms, {len(ms)} answers"
        p95 = float(np.percentile(ms, 95))
        found.append(
            at_most(
                GROUP, f"decision → received, {name}, p95", p95, "ms", limit=LIMIT_MS, note=note
            )
        )
    return [
        *found,
        Row(GROUP, "one window of the engine, no output", min(alone), "ms"),
        Row(GROUP, f"one window, {len(peers)} outputs", min(beside), "ms"),
    ]
