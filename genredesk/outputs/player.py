"""The player, as far as other programs may see it and press its keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Playing:
    """What the player does now.

    Parameters
    ----------
    status
        ``Playing``, ``Paused`` or ``Stopped``.
    title
        Name of the file or the source.
    address
        The file's URI; empty for live sound.
    seconds
        Length of the file; 0: unknown or endless.
    position
        Where it is, in seconds.
    volume
        0..1.
    can_seek, can_next, can_previous
        What its keys can do; play and pause they always can while there is a source.
    """

    status: str = "Stopped"
    title: str = ""
    address: str = ""
    seconds: float = 0.0
    position: float = 0.0
    volume: float = 1.0
    can_seek: bool = False
    can_next: bool = False
    can_previous: bool = False


class PlayerControls(Protocol):
    """What media keys control. Every method returns at once and may be called from any thread."""

    def playing(self) -> Playing:
        """Return what it does now."""
        ...

    def play(self) -> None:
        """Let it sound."""
        ...

    def pause(self) -> None:
        """Hold it."""
        ...

    def next(self) -> None:
        """Go to the next file."""
        ...

    def previous(self) -> None:
        """Go to the file before."""
        ...

    def seek(self, seconds: float) -> None:
        """Jump to ``seconds`` of the file."""
        ...

    def set_volume(self, volume: float) -> None:
        """Set the loudness, 0..1."""
        ...

    def show(self) -> None:
        """Bring the window to the front, where there is one."""
        ...

    def quit(self) -> None:
        """End the program."""
        ...
