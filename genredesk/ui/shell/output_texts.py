"""What a person reads about each output and its fields."""

from __future__ import annotations

from dataclasses import dataclass

from genredesk.ui.look.text import tr


@dataclass(frozen=True, slots=True)
class KindText:
    """Name of an output, and what it is good for."""

    title: str
    about: str


@dataclass(frozen=True, slots=True)
class FieldText:
    """Name of a field, what is to be known about it, and what stands there while it is empty."""

    title: str
    hint: str = ""
    placeholder: str = ""
    secret: bool = False


def kind_texts() -> dict[str, KindText]:
    """Return the texts of the outputs, in the order in which they are shown."""
    return {
        "text": KindText(
            tr("Text file"), tr("The genre of the moment, for streaming software that shows a file")
        ),
        "ws": KindText(
            tr("Web page and WebSocket"),
            tr("A page to lay over a stream (OBS browser source), and JSON for your own programs"),
        ),
        "osc": KindText(
            tr("OSC"), tr("For lights and visuals: QLC+, Resolume, TouchDesigner, Chataigne, Max")
        ),
        "mqtt": KindText(
            tr("MQTT"), tr("For home automation: Home Assistant finds it by itself; WLED lights")
        ),
        "mpris": KindText(
            tr("Media keys (MPRIS)"),
            tr("Keys and the desktop's player control steer the player and show the genre"),
        ),
    }


def field_texts() -> dict[tuple[str, str], FieldText]:
    """Return the texts of fields by output and name; an empty output: wherever the field is."""
    return {
        ("", "host"): FieldText(tr("Address"), tr("Name or IP address of the other computer")),
        ("ws", "host"): FieldText(
            tr("Address"),
            tr("127.0.0.1: only this computer; 0.0.0.0: the whole network, with a token"),
        ),
        ("", "port"): FieldText(tr("Port")),
        ("", "user"): FieldText(tr("User")),
        ("", "password"): FieldText(tr("Password"), secret=True),
        ("ws", "token"): FieldText(
            tr("Token"),
            tr("What others must show when it is open to the network"),
            tr("none on this computer; else made at every start"),
        ),
        ("osc", "prefix"): FieldText(tr("Prefix"), tr("First part of every OSC address")),
        ("mqtt", "topic"): FieldText(tr("Topic"), tr("The answer is retained in <topic>/state")),
        ("mqtt", "tls"): FieldText(tr("TLS"), tr("Encrypt the connection (usually port 8883)")),
        ("mqtt", "ca"): FieldText(
            tr("Certificate"),
            tr("File with the broker's certificate, when the system does not know it"),
            tr("the system's"),
        ),
        ("mqtt", "discovery"): FieldText(
            tr("Home Assistant"), tr("Its discovery prefix; empty: sensors do not appear there")
        ),
        ("mqtt", "wled"): FieldText(
            tr("WLED topic"),
            tr("Lights of this topic take the genre's color"),
            tr("none; for example wled/all"),
        ),
        ("text", "file"): FieldText(tr("File")),
    }
