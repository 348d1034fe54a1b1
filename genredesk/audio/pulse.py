"""PulseAudio and PipeWire through ``pactl``: the real device names that PortAudio does not see.

PortAudio knows one device called ``pulse``; which source or sink it leads to is decided by the
environment while it is opened (:func:`environment`). Only Linux has ``pactl``; elsewhere, and
where no server answers, everything here is empty.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from genredesk.audio import switch

_TIMEOUT_S = 3.0

_ASK_ANYWAY_S = 30.0
"""``pactl`` may know a way to a server that :func:`reachable` does not: it is tried this often."""

_tokens = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A source or a sink; ``monitor_of`` is the sink a monitor source listens to, else empty."""

    name: str
    description: str
    monitor_of: str = ""


@dataclass(frozen=True, slots=True)
class Defaults:
    """Names of the default source and sink; empty where there is none."""

    source: str
    sink: str


_no_answer_at = -_ASK_ANYWAY_S


def sockets() -> list[Path] | None:
    """Return where the server's socket may be; ``None`` when the server is named another way.

    The order is the sound server's own: ``PULSE_SERVER``, its ``client.conf``, the usual places.
    """
    if named := os.environ.get("PULSE_SERVER", "").split():
        plain = [re.sub(r"^\{.*?\}", "", name).removeprefix("unix:") for name in named]
        return [Path(p) for p in plain] if all(p.startswith("/") for p in plain) else None
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "pulse"
    for file in (config / "client.conf", Path("/etc/pulse/client.conf")):
        with contextlib.suppress(OSError):
            if re.search(r"^\s*default-server\s*=", file.read_text(errors="replace"), re.MULTILINE):
                return None
    folders: list[Path] = []
    if own := os.environ.get("PULSE_RUNTIME_PATH"):
        folders.append(Path(own))
    elif runtime := os.environ.get("XDG_RUNTIME_DIR"):
        folders.append(Path(runtime, "pulse"))
    with contextlib.suppress(OSError):
        folders += config.glob("*-runtime")
    return [folder / "native" for folder in (*folders, Path("/var/run/pulse"))]


def reachable() -> bool | None:
    """Whether somebody listens at the server's socket; ``None`` when only ``pactl`` can tell.

    Costs some microseconds, a question through ``pactl`` ten thousand.
    """
    if (places := sockets()) is None:
        return None
    for place in places:
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller,
        ):
            caller.settimeout(0.2)
            caller.connect(str(place))
            return True
    return False


def ask(*arguments: str) -> str | None:
    """Return what ``pactl`` answers, or ``None`` where it is missing or no server answers."""
    global _no_answer_at  # noqa: PLW0603 - asking in vain is expensive, and everybody asks
    program = shutil.which("pactl") if sys.platform.startswith("linux") else None
    if program is None or switch.why_off():
        return None
    nobody = reachable() is False
    if nobody and time.monotonic() - _no_answer_at < _ASK_ANYWAY_S:
        return None
    try:
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            env={**os.environ, "LC_ALL": "C"},  # the answers are parsed: no translations
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode == 0:
        return done.stdout.decode(errors="replace")
    if nobody:
        _no_answer_at = time.monotonic()
    return None


def available() -> bool:
    """Whether a sound server answers."""
    return ask("info") is not None


def sources() -> list[Endpoint]:
    """Return microphones and monitors."""
    return _endpoints(ask("list", "sources"), "Source")


def sinks() -> list[Endpoint]:
    """Return the outputs."""
    return _endpoints(ask("list", "sinks"), "Sink")


def defaults() -> Defaults:
    """Return the default source and sink."""
    said = ask("info") or ""

    def value(key: str) -> str:
        found = re.search(rf"^{key}: (.*)$", said, re.MULTILINE)
        return found.group(1).strip() if found else ""

    return Defaults(value("Default Source"), value("Default Sink"))


def _endpoints(said: str | None, heading: str) -> list[Endpoint]:
    found: list[Endpoint] = []
    for part in re.split(rf"^{heading} #\d+\n", said or "", flags=re.MULTILINE)[1:]:
        fields = dict(re.findall(r"^\t([A-Z][A-Za-z ]+): (.*)$", part, re.MULTILINE))
        monitor = fields.get("Monitor of Sink", "n/a") if heading == "Source" else "n/a"
        if name := fields.get("Name", "").strip():
            found.append(
                Endpoint(
                    name,
                    fields.get("Description", "").strip() or name,
                    "" if monitor == "n/a" else monitor.strip(),
                )
            )
    return found


def environment(way: str, name: str) -> tuple[dict[str, str], str]:
    """Return what must be in the environment while a stream opens, and the stream's token.

    Parameters
    ----------
    way
        ``input`` or ``output``.
    name
        The source or sink; empty for the default.
    """
    token = f"{os.getpid()}.{next(_tokens)}"
    variables = {
        "PULSE_PROP": f"application.name=GenreDesk genredesk.stream={token}",
        ("PULSE_SOURCE" if way == "input" else "PULSE_SINK"): name,
        "PIPEWIRE_NODE": name,  # for PortAudio's device of PipeWire's own ALSA bridge
    }
    return {key: value for key, value in variables.items() if value}, token


def lead(way: str, token: str, name: str) -> None:
    """Make sure that the stream with ``token`` is connected to ``name``, and move it if not.

    A sound server may remember an earlier choice for this program and prefer it to ours.
    """
    kind, heading, field = (
        ("source-output", "Source Output", "Source")
        if way == "input"
        else ("sink-input", "Sink Input", "Sink")
    )
    said = ask("list", f"{kind}s") or ""
    parts = re.split(rf"^{heading} #(\d+)\n", said, flags=re.MULTILINE)[1:]
    for index, part in zip(parts[::2], parts[1::2], strict=True):
        if f'genredesk.stream = "{token}"' not in part:
            continue
        at = re.search(rf"^\t{field}: (\d+)$", part, re.MULTILINE)
        wanted = _index_of(f"{field.lower()}s", name)
        if at is not None and wanted is not None and at.group(1) != wanted:
            ask(f"move-{kind}", index, name)


def _index_of(kind: str, name: str) -> str | None:
    for line in (ask("list", "short", kind) or "").splitlines():
        index, found, *_ = line.split("\t")
        if found == name:
            return index
    return None
