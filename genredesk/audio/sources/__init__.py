"""Where sound comes from: one file here is one kind of source.

A newcomer is found by its file name: ``sources/my_source.py`` with ``open_(rest, sample_rate,
on_state)`` opens the address ``my_source:rest``; the beginning of the name is enough (``mic:``).
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

from genredesk.audio.source import OnState, Playable, Source, SourceInfo, SourceState
from genredesk.core.levels import Level

__all__ = [
    "Level",
    "OnState",
    "Playable",
    "Source",
    "SourceInfo",
    "SourceState",
    "kinds",
    "open_file",
    "open_source",
]

_SHORTEST = 3
"""Fewer letters before a colon are no kind of source (``C:\\music`` is a path)."""


def kinds() -> list[str]:
    """Return the kinds of sources there are, by file name."""
    return sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))


def split_address(address: str) -> tuple[str, str]:
    """Split ``"mic:Built-in"`` into ``("microphone", "Built-in")``; what fits no kind is a file."""
    head, colon, rest = address.partition(":")
    if len(head) >= _SHORTEST:
        fitting = [kind for kind in kinds() if kind.startswith(head)]
        if len(fitting) == 1 and (colon or fitting[0] != "file"):
            return fitting[0], rest
    return "file", address


def open_source(address: str, sample_rate: int, *, on_state: OnState | None = None) -> Source:
    """Open a source of sound without waiting for its device.

    Parameters
    ----------
    address
        ``"mic"``, ``"mic:<device id>"``, ``"system"``, ``"system:<device id>"``,
        ``"file:<path>"`` or a plain path, ``"tone:440"``.
    sample_rate
        Rate of the ring in Hz.
    on_state
        Called with the source, on a thread of its own, whenever state or message change.

    Returns
    -------
    Source
        ``OPENING`` at first; then ``RUNNING``, or ``FAILED`` with a message. Files play at once;
        ``pause()`` right after opening is in time.
    """
    kind, rest = split_address(address)
    module = importlib.import_module(f"{__name__}.{kind}")
    return module.open_(rest, sample_rate, on_state)


def open_file(path: Path, sample_rate: int, *, on_state: OnState | None = None) -> Playable:
    """Open a file with a player; see :func:`open_source`."""
    from genredesk.audio.sources import file  # noqa: PLC0415 - as lazily as every kind

    return file.open_(str(path), sample_rate, on_state)
