"""A text file with the genre of the moment, for programs that show one while streaming.

Whoever reads it sees the old word or the new one, never half of one; while no genre is named the
file is empty.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from genredesk.core import atomic
from genredesk.core.messages import say
from genredesk.outputs.answer import LiveAnswer
from genredesk.outputs.kinds import PeerKind
from genredesk.outputs.output import OutputError
from genredesk.outputs.player import PlayerControls


@dataclass(frozen=True, slots=True)
class TextOptions:
    """Where the word is written."""

    file: str = ""


class TextPeer:
    """Writes only what changed."""

    def __init__(self, options: TextOptions, _player: PlayerControls | None) -> None:
        self._path = Path(options.file).expanduser()
        self._written: str | None = None
        if not options.file:
            raise OutputError(say("Say which file the genre is written to: text:FILE."))

    async def connect(self) -> str:
        """Write an empty file."""
        await self._write(self._written or "")
        return say("Writes the genre to {path}", path=self._path)

    async def send(self, answer: LiveAnswer) -> None:
        """Write the word, if it names a genre."""
        word = answer.word if answer.named else ""
        if word != self._written:
            await self._write(word)

    async def _write(self, word: str) -> None:
        # On another thread: a sleeping disk takes seconds, and closing must not wait for it twice.
        try:
            await asyncio.to_thread(atomic.write_text, self._path, word)
        except OSError as error:
            raise OutputError(
                say(
                    "The genre cannot be written to {path} ({reason}). Choose another place.",
                    path=self._path,
                    reason=error.strerror or error,
                )
            ) from error
        self._written = word

    def check(self) -> None:
        """A file is there when it is written."""

    async def close(self) -> None:
        """Leave the file as it is; the last answer has emptied it."""
        self._written = None


PEER = PeerKind("text", TextOptions, TextPeer, path="file", whole=True)
