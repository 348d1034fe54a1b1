"""Media keys: what the desktop sees of the player, and what its keys do.

The desktop's questions come on an output's thread and are answered from a picture of the player
that the window keeps; its keys cross over by the bridge.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from genredesk.audio.sources import Playable
    from genredesk.outputs import Playing
    from genredesk.ui.listen.session import ListenSession


class MediaKeys(QObject):
    """The window's :class:`genredesk.outputs.PlayerControls`.

    Signals
    -------
    show_asked(), quit_asked()
        The desktop wants the window in front, or the end of the program.
    """

    show_asked = Signal()
    quit_asked = Signal()

    def __init__(self, listening: ListenSession) -> None:
        super().__init__(listening)
        self._listening = listening
        self._seen: tuple[Playing, Playable | None] | None = None
        self._watched = False
        listening.bridge.key_pressed.connect(self._on_key)
        listening.state_changed.connect(self._look)
        listening.playlist.size_changed.connect(self._look)
        listening.memory.changed.connect(self._look)

    @property
    def watched(self) -> bool:
        """Whether somebody looks; without, no picture is kept."""
        return self._watched

    @watched.setter
    def watched(self, on: bool) -> None:
        self._watched = on
        self._look()

    def _look(self, *_: object) -> None:
        """Keep a picture of the player for other threads."""
        if not self._watched:
            return
        from genredesk.outputs import Playing  # noqa: PLC0415 - it is loaded

        listening = self._listening
        sound, playlist = listening.sound, listening.playlist
        names = {"running": "Playing", "opening": "Playing", "paused": "Paused", "ended": "Paused"}
        source, file, path = sound.source, sound.file, sound.path
        playing = Playing(
            names.get(listening.state, "Stopped"),
            (source.info.title or source.info.name) if source is not None else "",
            path.absolute().as_uri() if path is not None else "",
            (sound.seconds or 0.0) if file is not None else 0.0,
            volume=listening.memory.settings.volume,
            can_seek=file is not None,
            can_next=playlist.next_row(1) >= 0,
            can_previous=file is not None,
        )
        self._seen = playing, file

    # called from an output's thread ---------------------------------------------------------

    def playing(self) -> Playing:
        """Return what the player does now."""
        from genredesk.outputs import Playing  # noqa: PLC0415 - who asks has loaded it

        if (seen := self._seen) is None:
            return Playing()
        playing, file = seen
        return playing if file is None else replace(playing, position=file.position())

    def play(self) -> None:
        """Let it sound."""
        self._listening.bridge.on_key("play")

    def pause(self) -> None:
        """Hold it."""
        self._listening.bridge.on_key("pause")

    def next(self) -> None:
        """Go to the next file."""
        self._listening.bridge.on_key("next")

    def previous(self) -> None:
        """Go to the beginning of the song, or to the file before."""
        self._listening.bridge.on_key("previous")

    def seek(self, seconds: float) -> None:
        """Jump to ``seconds`` of the file."""
        self._listening.bridge.on_key("seek", seconds)

    def set_volume(self, volume: float) -> None:
        """Set the loudness, 0..1."""
        self._listening.bridge.on_key("volume", volume)

    def show(self) -> None:
        """Bring the window to the front."""
        self._listening.bridge.on_key("show")

    def quit(self) -> None:
        """End the program."""
        self._listening.bridge.on_key("quit")

    # on the UI thread -----------------------------------------------------------------------

    def _on_key(self, key: str, value: float) -> None:
        listening = self._listening
        transport, runs = listening.transport, listening.state in ("running", "opening")
        match key:
            case "play" if not runs:
                transport.toggle()
            case "pause" if runs:
                transport.toggle()
            case "next":
                transport.next()
            case "previous":
                transport.previous()
            case "seek":
                transport.seek(value)
            case "volume":
                listening.player.set_volume(value)
            case "show":
                self.show_asked.emit()
            case "quit":
                self.quit_asked.emit()
