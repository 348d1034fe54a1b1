"""A small web server: WebSocket, server-sent events, and a page to lay over a stream.

==================  ===============================================================================
``/``               the overlay, for a browser source of OBS (``?bars=0``, ``?align=right``,
                    ``?theme=light`` change how it looks)
``/ws``             WebSocket: the newest answer at once, then every new one, as JSON
``/events``         the same as server-sent events
``/answer.json``    the newest answer, once
==================  ===============================================================================

JSON is :meth:`genredesk.outputs.answer.LiveAnswer.as_dict`. On this computer alone (127.0.0.1)
nobody has to show anything, but a page from elsewhere in the same browser is refused. Open to the
network (``ws://0.0.0.0:8765``) every address needs ``?token=…``; without one of your own a new one
is made at every start and said in the state.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import json
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from genredesk.core import messages, paths
from genredesk.core.messages import say
from genredesk.outputs.answer import NOTHING, LiveAnswer
from genredesk.outputs.kinds import PeerKind
from genredesk.outputs.output import SEND_S, OutputError, needs
from genredesk.outputs.player import PlayerControls

if TYPE_CHECKING:
    from aiohttp import web

MOST_CLIENTS = 64
_HEARTBEAT_S = 15.0


@dataclass(frozen=True, slots=True)
class WsOptions:
    """Where the server listens, and the word that opens it."""

    host: str = "127.0.0.1"
    port: int = 8765
    token: str = ""


class WsPeer:
    """Serves whoever asks; each client follows the newest answer at its own pace."""

    def __init__(self, options: WsOptions, _player: PlayerControls | None) -> None:
        self._options = options
        self._local = is_local(options.host)
        self._token = options.token or ("" if self._local else secrets.token_urlsafe(12))
        self._runner: web.AppRunner | None = None
        self._newest = NOTHING
        self._news = asyncio.Condition()
        self._closing = False
        self._clients = 0

    async def connect(self) -> str:
        """Open the port."""
        try:
            from aiohttp import web  # noqa: PLC0415 - when it is asked for
        except ImportError as error:
            raise needs("aiohttp", "aiohttp", error) from error
        self._closing = False
        app = web.Application(middlewares=[self._guard()])
        app.router.add_get("/", self._page)
        app.router.add_get("/ws", self._socket)
        app.router.add_get("/events", self._events)
        app.router.add_get("/answer.json", self._once)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._options.host, self._options.port)
        try:
            await site.start()
        except socket.gaierror as error:
            raise OutputError(
                say(
                    "This computer has no address {host}. Use 127.0.0.1, or 0.0.0.0 for the "
                    "whole network.",
                    host=self._options.host,
                )
            ) from error
        except OSError as error:
            raise OutputError(self._not_opened(error)) from error
        return say("The overlay is at {url}", url=self.url)

    def _not_opened(self, error: OSError) -> str:
        port = self._options.port
        if error.errno in {98, 48, 10048}:  # EADDRINUSE on Linux, macOS, Windows
            return say("Port {port} is used by another program. Choose another port.", port=port)
        if isinstance(error, PermissionError):
            return say("Port {port} may not be opened. Choose one over 1023.", port=port)
        return say(
            "Port {port} of {host} cannot be opened ({reason}).",
            port=port,
            host=self._options.host,
            reason=error.strerror or error,
        )

    @property
    def url(self) -> str:
        """Where the page is, with the token if there is one."""
        host = self._options.host
        shown = socket.gethostname() if host in {"0.0.0.0", "::", ""} else host  # noqa: S104
        shown = f"[{shown}]" if ":" in shown else shown
        token = f"?token={self._token}" if self._token else ""
        return f"http://{shown}:{self._options.port}/{token}"

    async def send(self, answer: LiveAnswer) -> None:
        """Let every client know that there is a new answer; none is waited for."""
        async with self._news:
            self._newest = answer
            self._news.notify_all()

    def check(self) -> None:
        """An open port stays open."""

    async def close(self) -> None:
        """Close the port and every connection."""
        async with self._news:
            self._closing = True
            self._news.notify_all()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    # ------------------------------------------------------------ what is asked

    def _guard(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        from aiohttp import web  # noqa: PLC0415

        @web.middleware
        async def guard(
            request: web.Request,
            handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
        ) -> web.StreamResponse:
            if problem := self._refusal(request):
                raise web.HTTPForbidden(text=problem + "\n")
            if self._clients >= MOST_CLIENTS:
                raise web.HTTPServiceUnavailable(text=say("Too many are listening already.") + "\n")
            return await handler(request)

        return guard

    def _refusal(self, request: web.Request) -> str:
        """Return why a request is refused; empty when it is not."""
        if self._token and not hmac.compare_digest(
            request.query.get("token", "").encode(), self._token.encode()
        ):
            return say(
                "The token is missing or wrong. GenreDesk's settings show the whole address."
            )
        if self._local and not is_local(urlsplit(f"//{request.host}").hostname or ""):
            return say("Only this computer may ask here.")  # a name that was bent to 127.0.0.1
        origin = request.headers.get("Origin", "")
        if origin.startswith("http") and urlsplit(origin).netloc != request.host:
            return say("Pages of other servers may not ask here.")
        return ""

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        from aiohttp import web  # noqa: PLC0415

        page = (paths.resources_dir() / "overlay" / "index.html").read_text("utf-8")
        return web.Response(
            text=page.replace('<html lang="en">', f'<html lang="{messages.tag()}">'),
            content_type="text/html",
            headers={"Cache-Control": "no-cache"},
        )

    async def _once(self, _request: web.Request) -> web.StreamResponse:
        from aiohttp import web  # noqa: PLC0415

        return web.json_response(self._newest.as_dict(), headers={"Cache-Control": "no-store"})

    async def _answers(self) -> AsyncIterator[str]:
        """Yield the newest answer and then each that is newer, skipping what came meanwhile."""
        told: LiveAnswer | None = None
        while True:
            async with self._news:
                while self._newest is told and not self._closing:
                    await self._news.wait()
                if self._closing and self._newest is told:
                    return
                told = self._newest
            yield json.dumps(told.as_dict(), ensure_ascii=False)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web  # noqa: PLC0415

        socket_ = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, max_msg_size=1024)
        await socket_.prepare(request)

        async def tell() -> None:
            async for text in self._answers():
                await asyncio.wait_for(socket_.send_str(text), SEND_S)
            await socket_.close()

        async with self._client(asyncio.create_task(tell())) as telling:
            async for _ in socket_:  # what a client says means nothing; its leaving does
                pass
            telling.cancel()
        return socket_

    async def _events(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web  # noqa: PLC0415

        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)

        async def tell() -> None:
            async for text in self._answers():
                await asyncio.wait_for(response.write(f"data: {text}\n\n".encode()), SEND_S)

        async with self._client(asyncio.create_task(tell())) as telling:
            with contextlib.suppress(ConnectionError, TimeoutError):
                await telling
        return response

    @contextlib.asynccontextmanager
    async def _client(self, telling: asyncio.Task[None]) -> AsyncIterator[asyncio.Task[None]]:
        self._clients += 1
        try:
            yield telling
        finally:
            self._clients -= 1
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError, TimeoutError):
                await telling


def is_local(host: str) -> bool:
    """Tell whether only this computer reaches a server at ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


PEER = PeerKind("ws", WsOptions, WsPeer, aliases=(("http", ()), ("web", ())))
