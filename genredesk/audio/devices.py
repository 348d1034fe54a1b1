"""Which sound devices there are, by their real names, now; and a watcher that notices changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Device:
    """A place sound comes from or goes to.

    Parameters
    ----------
    id
        Stable from start to start; goes into addresses (``mic:<id>``) and settings.
    name
        What is shown.
    kind
        ``microphone``, ``system`` (what the computer plays) or ``output``.
    default
        Whether the system would choose it.
    """

    id: str
    name: str
    kind: str
    default: bool = False


def inputs() -> list[Device]:
    """Return microphones and monitors; empty where there are none."""
    return []


def outputs() -> list[Device]:
    """Return the outputs; empty where there are none."""
    return []


def system_hint() -> str:
    """Say how to hear what the computer plays; empty where a monitor is in the list."""
    return ""


def sound_problem() -> str:
    """Say in one sentence why there is no sound and how to mend it; empty when there is."""
    return ""


class DeviceWatcher:
    """Calls ``on_change`` when a device comes or goes, on a thread of its own."""

    def __init__(self, on_change: Callable[[], None], interval_s: float = 1.0) -> None:
        self._on_change, self._interval_s = on_change, interval_s
        self._closed = threading.Event()

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()
