"""Open Sound Control over UDP, for lights, visuals and patches.

Every answer is these messages; ``/genredesk`` is the prefix that can be set:

=============================  =========  ====================================================
address                        arguments  meaning
=============================  =========  ====================================================
``/genredesk/genre``           s          name of the genre, ``""`` when none is named
``/genredesk/strength``        s          sure, probable, between, open, silence or waiting
``/genredesk/word``            s          what a person reads: "Probably jazz"
``/genredesk/score``           f          probability of the likeliest genre, 0 to 1
``/genredesk/scores``          s f s f …  the five likeliest with their probabilities
``/genredesk/score/jazz``      f          the same, an address for each; 0 when no longer there
``/genredesk/is/jazz``         f          1 while the word names the genre, else 0
``/genredesk/color``           f f f      red, green, blue of the genre, 0 to 1
``/genredesk/source``          s          what is heard
``/genredesk/position``        f          seconds of it
``/genredesk/time``            d          when it was decided, in seconds since 1970
=============================  =========  ====================================================

In addresses a genre is written in small letters and digits: ``hiphop``, ``drumandbass``.

**QLC+**: Inputs/Outputs, tick *Input* of OSC at a universe, port 9000. In the virtual console take
a button or slider, *Auto detect* its external input and let the genre be heard once (or press
"Test", which sends Jazz): ``/genredesk/is/jazz`` starts a scene or chaser,
``/genredesk/score/jazz`` fades one. **TouchDesigner, Resolume, Chataigne, Max, Pure Data**: listen
on the port and pick addresses. **WLED** speaks no OSC: see ``mqtt.py``.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from genredesk.core.genres import colour_of
from genredesk.core.messages import say
from genredesk.outputs.answer import NO_COLOR, LiveAnswer, address_of
from genredesk.outputs.kinds import PeerKind
from genredesk.outputs.output import OutputError, needs
from genredesk.outputs.player import PlayerControls


@dataclass(frozen=True, slots=True)
class OscOptions:
    """Where messages go, and what their addresses begin with."""

    host: str = "127.0.0.1"
    port: int = 9000
    prefix: str = "genredesk"


_REFUSAL_S = 0.05
"""A computer of the same network that has nobody at the port says so within this time."""

Argument = str | float
Message = tuple[str, Sequence[tuple[Argument, str]]]
"""An address and its arguments with their OSC type tags."""


class OscPeer(asyncio.DatagramProtocol):
    """Sends datagrams; a refusal comes back only from a computer that is on."""

    def __init__(self, options: OscOptions, _player: PlayerControls | None) -> None:
        if set(options.prefix) & set(" #*,?[]{}"):
            raise OutputError(
                say(
                    "{prefix} cannot begin an OSC address: leave out blanks and #*,?[]{{}}.",
                    prefix=options.prefix,
                )
            )
        self._options = options
        self._transport: asyncio.DatagramTransport | None = None
        self._refused = False
        self._seen: dict[str, None] = {}  # genres that have an address, in order

    @property
    def _where(self) -> str:
        return f"{self._options.host}:{self._options.port}"

    async def connect(self) -> str:
        """Look the host up; UDP knows no connection."""
        try:
            import pythonosc.osc_message_builder  # noqa: F401, PLC0415 - when it is asked for
        except ImportError as error:
            raise needs("python-osc", "pythonosc", error) from error
        self._refused = False
        try:
            self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: self,
                remote_addr=(self._options.host, self._options.port),
                # a socket that may broadcast is not told of refusals
                allow_broadcast=self._options.host.endswith(".255"),
            )
        except socket.gaierror as error:
            raise OutputError(
                say(
                    "There is no computer called {host} in this network. Correct the address of "
                    "the OSC output.",
                    host=self._options.host,
                )
            ) from error
        except OSError as error:
            raise OutputError(
                say(
                    "OSC cannot be sent to {where} ({reason}).",
                    where=self._where,
                    reason=error.strerror or error,
                )
            ) from error
        self._datagram(f"/{self._options.prefix.strip('/')}/time", [(time.time(), "d")])
        await asyncio.sleep(_REFUSAL_S)
        self.check()
        return say("Sends OSC to {where}", where=self._where)

    async def send(self, answer: LiveAnswer) -> None:
        """Send every address; each message is a datagram, which all receivers understand."""
        self.check()
        for name in (*(name for name, _ in answer.scores), *answer.named):
            self._seen[address_of(name)] = None
        for message in messages(answer, self._options.prefix, list(self._seen)):
            self._datagram(*message)

    def _datagram(self, address: str, arguments: Sequence[tuple[Argument, str]]) -> None:
        from pythonosc.osc_message_builder import OscMessageBuilder  # noqa: PLC0415

        builder = OscMessageBuilder(address)
        for value, tag in arguments:
            builder.add_arg(value, tag)
        if self._transport is not None:
            self._transport.sendto(builder.build().dgram)

    def check(self) -> None:
        """Raise when the last datagram came back."""
        if self._refused:
            raise OutputError(
                say(
                    "Nothing listens for OSC at {where}. Start the other program, or correct "
                    "the port.",
                    where=self._where,
                )
            )

    async def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002 - asyncio's name
        """Note that the other computer has nobody at that port."""
        self._refused = True


def messages(answer: LiveAnswer, prefix: str, genres: list[str]) -> list[Message]:
    """Return what is sent for an answer.

    Parameters
    ----------
    prefix
        First part of every address.
    genres
        All that had an address before, as :func:`address_of` writes them: the ones that are no
        longer among the five get a 0.
    """
    root = "/" + prefix.strip("/")
    scores = {address_of(name): score for name, score in answer.scores}
    named = {address_of(name) for name in answer.named}
    color = colour_of(answer.genre) if answer.genre else NO_COLOR
    rgb = [(int(color[i : i + 2], 16) / 255, "f") for i in (1, 3, 5)]
    five: list[tuple[Argument, str]] = []
    for name, score in answer.scores:
        five += [(name, "s"), (score, "f")]
    out: list[Message] = [
        (f"{root}/genre", [(answer.genre, "s")]),
        (f"{root}/strength", [(str(answer.strength), "s")]),
        (f"{root}/word", [(answer.word, "s")]),
        (f"{root}/score", [(answer.score, "f")]),
        (f"{root}/scores", five),
        (f"{root}/color", rgb),
        (f"{root}/source", [(answer.source, "s")]),
        (f"{root}/position", [(answer.position, "f")]),
        (f"{root}/time", [(answer.time, "d")]),
    ]
    out += [(f"{root}/score/{genre}", [(scores.get(genre, 0.0), "f")]) for genre in genres]
    out += [(f"{root}/is/{genre}", [(float(genre in named), "f")]) for genre in genres]
    return out


PEER = PeerKind("osc", OscOptions, OscPeer, path="prefix")
