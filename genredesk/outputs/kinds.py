"""The kinds of peers there are, and their addresses, such as ``osc:HOST:PORT`` and ``text:FILE``.

An address is all that is remembered of an output, and what the command line takes. What may stand
in it is a frozen dataclass of the peer's file: ``host``, ``port``, ``user`` and ``password`` in
front, one field as the path, the others as ``?name=value``.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from genredesk.core.messages import say
from genredesk.outputs import peers
from genredesk.outputs.output import OnState, OutputError, OutputThread, Peer
from genredesk.outputs.player import PlayerControls

_IN_FRONT = ("host", "port", "user", "password")


@dataclass(frozen=True, slots=True)
class PeerKind:
    """A way out, as its file describes it.

    Parameters
    ----------
    name
        The beginning of its addresses.
    options
        Frozen dataclass of what can be set, with a default for everything.
    make
        Makes the peer from such options and the player, which only some of them need.
    path
        Name of the field that stands as the path; empty: none does.
    aliases
        Other beginnings, with the fields they set.
    whole
        The path is all of the address, as it is: a file.
    system
        Beginning of ``sys.platform`` where there are such peers; empty: everywhere.
    """

    name: str
    options: type[Any]
    make: Callable[[Any, PlayerControls | None], Peer]
    path: str = ""
    aliases: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    whole: bool = False
    system: str = ""

    def read(self, rest: str, alias: str = "") -> Any:
        """Return the options an address holds behind its first colon.

        Raises
        ------
        OutputError
            Says which part cannot be understood.
        """
        found = dict(dict(self.aliases).get(alias, ()))
        if self.whole:
            found[self.path] = rest
        else:
            found |= self._parts(rest)
        kept = {}
        for field in dataclasses.fields(self.options):
            if field.name in found:
                kept[field.name] = _value(field, found.pop(field.name))
        if found:
            known = ", ".join(field.name for field in dataclasses.fields(self.options))
            raise OutputError(
                say(
                    "{name}: has nothing called {next!r}. It knows {known}.",
                    name=self.name,
                    next=next(iter(found)),
                    known=known,
                )
            )
        return self.options(**kept)

    def _parts(self, rest: str) -> dict[str, str]:
        try:
            url = urlsplit(f"x://{rest.removeprefix('//')}")
            host, port = url.hostname or "", url.port
        except ValueError as error:
            raise OutputError(
                say(
                    "{name}:{rest} is no address ({reason}).",
                    name=self.name,
                    rest=rest,
                    reason=error,
                )
            ) from error
        if host.isdigit() and port is None:
            host, port = "", int(host)  # ws:8765
        found = {
            "host": host,
            "port": "" if port is None else str(port),
            "user": unquote(url.username or ""),
            "password": unquote(url.password or ""),
        }
        if self.path:
            found[self.path] = unquote(url.path.strip("/"))
        elif url.path.strip("/"):
            raise OutputError(
                say(
                    "{name}: takes no path; leave out {url}.",
                    name=self.name,
                    url=url.path,
                )
            )
        found = {name: value for name, value in found.items() if value}
        return found | dict(parse_qsl(url.query, keep_blank_values=True))

    def write(self, options: Any) -> str:
        """Return the address of ``options``; what is at its default is left out."""
        if self.whole:
            return f"{self.name}:{getattr(options, self.path)}"
        default = self.options()
        values = {f.name: getattr(options, f.name) for f in dataclasses.fields(options)}
        host = values.get("host", "")
        front = f"[{host}]" if ":" in host else quote(host, safe="")
        if "port" in values:
            front += f":{values['port']}"
        if user := values.get("user"):
            secret = f":{quote(values['password'], safe='')}" if values["password"] else ""
            front = f"{quote(user, safe='')}{secret}@{front}"
        if self.path and values[self.path] != getattr(default, self.path):
            front += f"/{quote(values[self.path], safe='/')}"
        query = {
            name: int(value) if isinstance(value, bool) else value
            for name, value in values.items()
            if name not in {*_IN_FRONT, self.path} and value != getattr(default, name)
        }
        if not front and not query:
            return f"{self.name}:"
        return f"{self.name}://{front}" + (f"?{urlencode(query)}" if query else "")


def _value(field: dataclasses.Field[Any], text: str) -> object:
    kind = type(field.default)
    if kind is bool:
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off"}:
            return False
        raise OutputError(say("{field} is yes or no, not {text!r}.", field=field.name, text=text))
    if kind is int:
        if not text.isdecimal() or not 0 < int(text) < 65536:
            raise OutputError(say("The port is a number from 1 to 65535, not {text!r}.", text=text))
        return int(text)
    return text


@cache
def kinds() -> dict[str, PeerKind]:
    """Return the ways out by name, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(peers.__path__))
    found = [importlib.import_module(f"{peers.__name__}.{name}").PEER for name in names]
    return {kind.name: kind for kind in found}


def find(name: str) -> tuple[PeerKind, str]:
    """Return the kind an address begins with, and the alias it was called by.

    Raises
    ------
    OutputError
        Names the kinds there are.
    """
    for kind in kinds().values():
        if name == kind.name:
            return kind, ""
        if name in dict(kind.aliases):
            return kind, name
    raise OutputError(
        say(
            "There is no output {name!r}. There are {kinds}.",
            name=name,
            kinds=", ".join(f"{known}:" for known in kinds()),
        )
    )


def split(address: str) -> tuple[PeerKind, Any]:
    """Return the kind of an address and the options in it.

    Raises
    ------
    OutputError
        Says which part cannot be understood.
    """
    name, _, rest = address.partition(":")
    kind, alias = find(name)
    return kind, kind.read(rest, alias)


def open_output(
    address: str, *, on_state: OnState | None = None, player: PlayerControls | None = None
) -> OutputThread:
    """Begin to publish at ``address``; returns at once, the peer is looked for on its own thread.

    Parameters
    ----------
    address
        ``osc:HOST:PORT``, ``mqtt://USER:PASSWORD@HOST:PORT/TOPIC``, ``ws:PORT``, ``text:FILE``,
        ``mpris:``.
    on_state
        Called with every new state, on the output's thread; must not block.
    player
        What media keys control.

    Raises
    ------
    OutputError
        When the address cannot be understood; says why.
    """
    kind, options = split(address)
    return OutputThread(kind.name, kind.make(options, player), on_state)
