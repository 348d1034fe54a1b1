"""Answers of the terminal's listener to other programs, and media keys for what it plays."""

from __future__ import annotations

from pathlib import Path

from genredesk.audio.source import Playable, Source, SourceState
from genredesk.cli import _output
from genredesk.cli._ear import TerminalListener
from genredesk.core.scores import Decision
from genredesk.outputs import LiveAnswer, OutputState, Playing, State, split
from genredesk.outputs.publisher import Publisher


class EarPlayer:
    """The listener's file as media keys see it; called from an output's thread."""

    def __init__(self, ear: TerminalListener) -> None:
        self._ear = ear

    @property
    def _file(self) -> Playable | None:
        source = self._ear.source
        return source if isinstance(source, Playable) else None

    def playing(self) -> Playing:
        """Return what is heard now."""
        source, file = self._ear.source, self._file
        if source is None:
            return Playing()
        names = {SourceState.RUNNING: "Playing", SourceState.PAUSED: "Paused"}
        status = names.get(source.state, "Stopped")
        if file is None:
            return Playing(status, source.info.title or source.info.name)
        return Playing(
            status,
            source.info.title or source.info.name,
            Path(source.info.address.removeprefix("file:")).absolute().as_uri(),
            source.info.seconds or 0.0,
            file.position(),
            file.volume,
            can_seek=True,
            can_next=True,
        )

    def play(self) -> None:
        """Let it sound."""
        if (file := self._file) is not None:
            file.play()

    def pause(self) -> None:
        """Hold it."""
        if (file := self._file) is not None:
            file.pause()

    def next(self) -> None:
        """Go to the next file."""
        self._ear.skip()

    def previous(self) -> None:
        """The files are played once, one after the other."""

    def seek(self, seconds: float) -> None:
        """Jump."""
        if (file := self._file) is not None:
            file.seek(seconds)

    def set_volume(self, volume: float) -> None:
        """Set the loudness."""
        if (file := self._file) is not None:
            file.volume = volume

    def show(self) -> None:
        """A terminal stays where it is."""

    def quit(self) -> None:
        """End listening."""
        self._ear.stop()


def publish(ear: TerminalListener, addresses: list[str], *, aloud: bool) -> Publisher:
    """Publish everything ``ear`` decides at ``addresses``; the caller closes what is returned.

    Parameters
    ----------
    aloud
        Write every new state to standard error; it stands in ``ear.note`` in any case.

    Raises
    ------
    OutputError
        When an address cannot be understood.
    """
    for address in addresses:
        split(address)

    def on_state(_address: str, state: OutputState) -> None:
        if state.state in {State.ON, State.LOST}:
            ear.note = state.text
            if aloud:
                _output.warn(state.text)

    publisher = Publisher(on_state, EarPlayer(ear))
    publisher.use(addresses)

    def tell(decision: Decision, source: Source) -> None:
        publisher.publish(LiveAnswer.of(decision, source.info.title or source.info.name))

    ear.on_decision = tell
    return publisher
