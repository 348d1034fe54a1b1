"""MPRIS on Linux: media keys, the desktop's controls and ``playerctl`` steer the player.

The genre stands in the metadata as ``xesam:genre``, with the word as a person reads it in
``genredesk:word`` and how sure it is in ``genredesk:strength``. The interface is the one of
freedesktop.org, MPRIS 2.2.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genredesk.core.messages import say
from genredesk.outputs.answer import LiveAnswer
from genredesk.outputs.kinds import PeerKind
from genredesk.outputs.output import OutputError, needs
from genredesk.outputs.player import PlayerControls, Playing

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

    from genredesk.outputs.mpris_interfaces import PlayerInterface

BUS_NAME = "org.mpris.MediaPlayer2.genredesk"
PATH = "/org/mpris/MediaPlayer2"
_LOOK_S = 0.2
"""How often the player is asked what it does: a pause must be seen at once."""


@dataclass(frozen=True, slots=True)
class MprisOptions:
    """Nothing to set: the session bus is where it is."""


class MprisPeer:
    """Our player on the session bus."""

    def __init__(self, _options: MprisOptions, player: PlayerControls | None) -> None:
        self._player = player
        self._bus: MessageBus | None = None
        self._face: PlayerInterface | None = None
        self._looking: asyncio.Task[None] | None = None

    async def connect(self) -> str:
        """Appear on the session bus."""
        if not sys.platform.startswith(PEER.system):
            raise OutputError(say("MPRIS is Linux's; here the media keys belong to the system."))
        if not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
            raise OutputError(say("There is no D-Bus session here, so no media keys either."))
        try:
            from dbus_fast import NameFlag, RequestNameReply  # noqa: PLC0415 - when it is asked for
            from dbus_fast.aio import MessageBus  # noqa: PLC0415

            from genredesk.outputs.mpris_interfaces import (  # noqa: PLC0415
                PlayerInterface,
                RootInterface,
            )
        except ImportError as error:
            raise needs("dbus-fast", "dbus_fast", error) from error
        try:
            self._bus = await MessageBus().connect()
        except (OSError, EOFError, ValueError) as error:
            raise OutputError(
                say("The D-Bus session cannot be reached ({reason}).", reason=error)
            ) from error
        self._face = PlayerInterface(self._player)
        self._bus.export(PATH, RootInterface(self._player))
        self._bus.export(PATH, self._face)
        name = BUS_NAME
        reply = await self._bus.request_name(name, NameFlag.DO_NOT_QUEUE)
        if reply is not RequestNameReply.PRIMARY_OWNER:  # another window of ours has it
            name = f"{BUS_NAME}.instance{os.getpid()}"
            await self._bus.request_name(name)
        self._looking = asyncio.create_task(self._follow(self._face))
        return say("Media keys control GenreDesk ({name})", name=name)

    async def _follow(self, face: PlayerInterface) -> None:
        """Tell the bus what the player does whenever that changes."""
        looked = time.monotonic()
        while True:
            now = time.monotonic()
            playing = self._player.playing() if self._player else Playing()
            face.show(playing, now - looked)
            looked = now
            await asyncio.sleep(_LOOK_S)

    async def send(self, answer: LiveAnswer) -> None:
        """Put the genre into the metadata."""
        self.check()
        if self._face is not None:
            self._face.tell(answer)

    def check(self) -> None:
        """Raise when the bus is gone."""
        if self._bus is not None and not self._bus.connected:
            raise OutputError(say("The D-Bus session is gone; waiting for it."))

    async def close(self) -> None:
        """Leave the bus."""
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.disconnect()
            with contextlib.suppress(OSError, EOFError):
                await bus.wait_for_disconnect()


PEER = PeerKind("mpris", MprisOptions, MprisPeer, system="linux")
