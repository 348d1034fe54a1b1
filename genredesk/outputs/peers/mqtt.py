"""MQTT: the answer as a retained message, found by Home Assistant by itself, lights included.

``genredesk/state`` holds the newest answer as JSON, see
:meth:`genredesk.outputs.answer.LiveAnswer.as_dict`; ``genredesk/availability`` says ``online``, or
``offline`` when the program ended or was lost. Both are retained, and ``genredesk`` is the topic
that can be set. With ``discovery`` three sensors (genre, strength, score) appear in Home Assistant
under one device.

**WLED**: set ``wled`` to the lights' topic of WLED's *Sync settings* (``wled/all``, or one
device's) and they take the genre's colour: ``#RRGGBB`` goes to ``<topic>/col`` when it changes. To
start a preset instead, let Home Assistant act on the sensor.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genredesk import __version__
from genredesk.core.messages import say
from genredesk.outputs.answer import LiveAnswer, address_of
from genredesk.outputs.kinds import PeerKind
from genredesk.outputs.output import OutputError, needs
from genredesk.outputs.player import PlayerControls

if TYPE_CHECKING:
    from paho.mqtt.client import Client

CONNECT_S = 4.0
KEEPALIVE_S = 15
_WRITTEN_S = 0.005
"""How often it is looked whether a message was written."""


@dataclass(frozen=True, slots=True)
class MqttOptions:
    """Which broker, and what is published there."""

    host: str = "127.0.0.1"
    port: int = 1883
    user: str = ""
    password: str = ""
    topic: str = "genredesk"
    tls: bool = False
    ca: str = ""
    discovery: str = "homeassistant"
    wled: str = ""


class MqttPeer:
    """A client of paho, one connection at a time: the output looks for the broker again itself."""

    def __init__(self, options: MqttOptions, _player: PlayerControls | None) -> None:
        for topic in (options.topic, options.discovery, options.wled):
            if set(topic) & set("#+") or topic.startswith("/"):
                raise OutputError(
                    say(
                        "{topic} is no topic to publish to: leave out #, + and a first /.",
                        topic=topic,
                    )
                )
        self._options = options
        self._client: Client | None = None
        self._problem = ""
        self._color = ""

    @property
    def _where(self) -> str:
        return f"{self._options.host}:{self._options.port}"

    async def connect(self) -> str:
        """Connect, log in, announce the sensors."""
        try:
            from paho.mqtt.client import Client  # noqa: PLC0415 - when it is asked for
            from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415
        except ImportError as error:
            raise needs("paho-mqtt", "paho", error) from error
        options, loop = self._options, asyncio.get_running_loop()
        client = Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        client.connect_timeout = CONNECT_S
        if options.user:
            client.username_pw_set(options.user, options.password or None)
        if options.tls:
            self._encrypt(client)
        client.will_set(f"{options.topic}/availability", "offline", qos=1, retain=True)
        self._problem, self._color = "", ""
        answered: asyncio.Future[str] = loop.create_future()

        def tell(reason: str) -> None:
            if not answered.done():
                answered.set_result(reason)

        def on_connect(_c: object, _d: object, _flags: object, code: Any, _p: object) -> None:
            loop.call_soon_threadsafe(tell, self._refusal(code) if code.is_failure else "")

        def on_disconnect(_c: object, _d: object, _flags: object, code: Any, _p: object) -> None:
            self._problem = say(
                "The MQTT broker at {where} is gone ({code}); waiting for it.",
                where=self._where,
                code=code,
            )
            if not loop.is_closed():
                loop.call_soon_threadsafe(tell, self._problem)

        client.on_connect, client.on_disconnect = on_connect, on_disconnect
        self._client = client
        await asyncio.to_thread(self._reach, client)
        client.loop_start()
        try:
            async with asyncio.timeout(CONNECT_S):
                problem = await answered
        except TimeoutError as error:
            raise OutputError(
                say(
                    "What listens at {where} does not answer as an MQTT broker. Check the port.",
                    where=self._where,
                )
            ) from error
        if problem:
            raise OutputError(problem)
        self._announce(client)
        return say("Publishes to {topic}/state at {where}", topic=options.topic, where=self._where)

    def _encrypt(self, client: Client) -> None:
        try:
            client.tls_set(ca_certs=self._options.ca or None)
        except (OSError, ValueError) as error:
            raise OutputError(
                say(
                    "{ca} holds no certificate that can be used ({reason}).",
                    ca=self._options.ca,
                    reason=getattr(error, "strerror", None) or error,
                )
            ) from error

    def _reach(self, client: Client) -> None:
        try:
            client.connect(self._options.host, self._options.port, KEEPALIVE_S)
        except socket.gaierror as error:
            raise OutputError(
                say(
                    "There is no computer called {host} in this network. Correct the address of "
                    "the MQTT broker.",
                    host=self._options.host,
                )
            ) from error
        except ssl.SSLError as error:
            raise OutputError(
                say(
                    "The MQTT broker at {where} and this computer do not agree on encryption "
                    "({reason}). Check the port, TLS and the broker's certificate.",
                    where=self._where,
                    reason=error.reason or error,
                )
            ) from error
        except TimeoutError as error:
            raise OutputError(
                say(
                    "The MQTT broker at {where} does not answer; it is tried again.",
                    where=self._where,
                )
            ) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise OutputError(
                say(
                    "The MQTT broker at {where} cannot be reached ({reason}). Start it, or "
                    "correct the address.",
                    where=self._where,
                    reason=reason,
                )
            ) from error

    def _refusal(self, code: Any) -> str:
        if code.value in {134, 135}:
            return say(
                "The MQTT broker at {where} does not accept the user name and password. Correct "
                "them.",
                where=self._where,
            )
        return say(
            "The MQTT broker at {where} refused the connection ({code}).",
            where=self._where,
            code=code,
        )

    def _announce(self, client: Client) -> None:
        topic = self._options.topic
        if self._options.discovery:
            for name, config in discovery(topic).items():
                client.publish(
                    f"{self._options.discovery}/sensor/{_identity(topic)}/{name}/config",
                    json.dumps(config),
                    qos=1,
                    retain=True,
                )
        client.publish(f"{topic}/availability", "online", qos=1, retain=True)

    async def send(self, answer: LiveAnswer) -> None:
        """Publish the answer; retained, so that whoever comes later knows it at once."""
        self.check()
        client = self._client
        if client is None:
            return
        text = json.dumps(answer.as_dict(), ensure_ascii=False)
        sent = client.publish(f"{self._options.topic}/state", text, retain=True)
        while not sent.is_published():  # or a broker that reads nothing would get a queue
            self.check()
            await asyncio.sleep(_WRITTEN_S)
        if self._options.wled and answer.genre and answer.color != self._color:
            self._color = answer.color
            client.publish(f"{self._options.wled}/col", answer.color)

    def check(self) -> None:
        """Raise when the broker hung up."""
        if self._problem:
            raise OutputError(self._problem)

    async def close(self) -> None:
        """Say that nobody is here any more, and hang up."""
        client, self._client = self._client, None
        if client is None:
            return
        await asyncio.to_thread(self._hang_up, client)

    def _hang_up(self, client: Client) -> None:
        if client.is_connected():
            gone = client.publish(f"{self._options.topic}/availability", "offline", 1, retain=True)
            with contextlib.suppress(RuntimeError, ValueError):  # then the broker says it for us
                gone.wait_for_publish(1.0)
        client.disconnect()
        client.loop_stop()


def _identity(topic: str) -> str:
    return "genredesk_" + address_of(topic)


def discovery(topic: str) -> dict[str, dict[str, Any]]:
    """Return the configurations Home Assistant reads, by the name of the sensor."""
    identity = _identity(topic)
    common = {
        "state_topic": f"{topic}/state",
        "availability_topic": f"{topic}/availability",
        "device": {
            "identifiers": [identity],
            "name": "GenreDesk",
            "manufacturer": "GenreDesk",
            "sw_version": __version__,
        },
        "origin": {"name": "GenreDesk", "sw_version": __version__},
    }
    sensors: dict[str, dict[str, Any]] = {
        "genre": {
            "name": "Genre",
            "icon": "mdi:music",
            "value_template": "{{ value_json.genre or 'none' }}",
            "json_attributes_topic": f"{topic}/state",
        },
        "strength": {
            "name": "Strength",
            "icon": "mdi:gauge",
            "device_class": "enum",
            "options": ["sure", "probable", "between", "open", "silence", "waiting"],
            "value_template": "{{ value_json.strength }}",
        },
        "score": {
            "name": "Score",
            "icon": "mdi:percent",
            "unit_of_measurement": "%",
            "state_class": "measurement",
            "value_template": "{{ (value_json.score * 100) | round(0) }}",
        },
    }
    return {
        name: {**sensor, "unique_id": f"{identity}_{name}", **common}
        for name, sensor in sensors.items()
    }


PEER = PeerKind(
    "mqtt",
    MqttOptions,
    MqttPeer,
    path="topic",
    aliases=(("mqtts", (("tls", "yes"), ("port", "8883"))),),
)
