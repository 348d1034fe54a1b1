"""An output: a thread of its own that brings the newest answer to one peer, and finds it again.

``publish`` never waits: it puts the answer into the one place there is, over the one that may still
lie there. What a slow peer missed is gone; what it gets is new.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.outputs.answer import NOTHING, LiveAnswer, sample

log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
"""A lost peer is looked for again after this long, then twice as long each time."""

LOOK_S = 2.0
"""How often a peer that gets nothing is asked whether it is still there."""

SEND_S = 5.0
"""A peer that takes an answer no sooner counts as lost."""


class OutputError(GenreDeskError):
    """A peer that cannot be reached, or an address that cannot be understood."""


class State(StrEnum):
    """How an output is doing."""

    CONNECTING = "connecting"
    ON = "on"
    LOST = "lost"
    """Looked for again by itself."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class OutputState:
    """How an output is doing, and the sentence a person reads."""

    state: State
    text: str


OnState = Callable[[OutputState], None]


class Peer(Protocol):
    """The other end. All of it is called on the loop of the output's own thread."""

    async def connect(self) -> str:
        """Reach the peer; return the sentence that says where answers go now.

        Raises
        ------
        OutputError
            Names the peer, what is wrong and what to do.
        """
        ...

    async def send(self, answer: LiveAnswer) -> None:
        """Bring one answer.

        Raises
        ------
        OutputError
            When the peer is gone.
        """
        ...

    def check(self) -> None:
        """Raise ``OutputError`` when the peer is gone."""
        ...

    async def close(self) -> None:
        """Let go of everything; may be called again and before ``connect``."""
        ...


class OutputThread:
    """Publishes to one peer from now on. May be used from any thread.

    Parameters
    ----------
    name
        The kind of peer; its thread is called after it.
    peer
        The other end.
    on_state
        Called with every new state, on the output's thread; must not block.
    """

    def __init__(self, name: str, peer: Peer, on_state: OnState | None = None) -> None:
        self.name = name
        self._peer = peer
        self._on_state = on_state
        self._lock = threading.Lock()
        self._newest: LiveAnswer | None = None
        self._closing = False
        self._state = OutputState(State.CONNECTING, "Connecting …")
        self._loop = asyncio.new_event_loop()
        self._wake = asyncio.Event()
        self._end = asyncio.Event()
        self._wait_s = FIRST_WAIT_S
        self._thread = threading.Thread(
            target=self._run, name=f"genredesk-output-{name}", daemon=True
        )
        self._thread.start()

    @property
    def state(self) -> OutputState:
        """How it is doing."""
        return self._state

    def publish(self, answer: LiveAnswer) -> None:
        """Send ``answer`` as soon as the peer takes it, in place of an older one; never waits."""
        with self._lock:
            if not self._closing:
                self._newest = answer
                self._loop.call_soon_threadsafe(self._wake.set)

    def close(self) -> None:
        """Tell the peer that nothing is heard any more, and end. May be called twice."""
        with self._lock:
            if not self._closing:
                self._closing = True
                self._loop.call_soon_threadsafe(self._end.set)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def __enter__(self) -> OutputThread:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ the output's thread

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        """Publish, and look for a lost peer again, until it is closed."""
        while not self._end.is_set():
            try:
                self._become(State.ON, await self._peer.connect())
                await self._publish()
            except Exception as error:  # noqa: BLE001 - whatever a peer's library raises
                self._become(State.LOST, _sentence(error, self.name))
                await self._let_go()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._end.wait(), self._wait_s)
                self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
        await self._let_go()
        self._become(State.OFF, "Off")

    async def _publish(self) -> None:
        """Send what is new until the peer is lost or the output is closed."""
        end = asyncio.ensure_future(self._end.wait())
        try:
            while not end.done():
                wake = asyncio.ensure_future(self._wake.wait())
                await asyncio.wait({end, wake}, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                wake.cancel()
                if end.done():
                    break
                self._peer.check()
                await self._send_newest()
            await asyncio.wait_for(self._peer.send(NOTHING), SEND_S)
        finally:
            end.cancel()

    async def _send_newest(self) -> None:
        self._wake.clear()
        with self._lock:
            answer, self._newest = self._newest, None
        if answer is None:
            return
        try:
            await asyncio.wait_for(self._peer.send(answer), SEND_S)
        except BaseException:
            with self._lock:
                self._newest = self._newest or answer  # for when the peer is back
            self._wake.set()
            raise
        self._wait_s = FIRST_WAIT_S

    async def _let_go(self) -> None:
        try:
            await asyncio.wait_for(self._peer.close(), SEND_S)
        except Exception:  # the peer is gone anyway
            log.debug("%s did not close", self.name, exc_info=True)

    def _become(self, state: State, text: str) -> None:
        new = OutputState(state, text)
        if new == self._state:
            return
        if state is State.LOST:
            log.info("%s: %s", self.name, text)
        self._state = new
        if self._on_state is not None:
            try:
                self._on_state(new)
            except Exception:  # a listener's defect is not the output's
                log.exception("A listener of an output failed")


def _sentence(error: Exception, name: str) -> str:
    if isinstance(error, GenreDeskError):
        return str(error)
    if isinstance(error, TimeoutError):
        return say("The {name} peer takes nothing; it is tried again.", name=name)
    log.debug("An output failed", exc_info=error)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return say(
        "The {name} output met a problem ({reason}) and is tried again.", name=name, reason=reason
    )


def try_out(peer: Peer) -> str:
    """Reach a peer once, send it a made-up answer and let go; return the sentence that says so.

    Raises
    ------
    OutputError
        Names the peer, what is wrong and what to do.
    """

    async def once() -> str:
        try:
            text = await peer.connect()
            await asyncio.wait_for(peer.send(sample()), SEND_S)
            await asyncio.sleep(0.05)  # what comes back at once, such as a refusal
            peer.check()
            return text
        finally:
            await peer.close()

    try:
        return asyncio.run(once())
    except GenreDeskError:
        raise
    except Exception as error:
        raise OutputError(_sentence(error, "other")) from error


def needs(package: str, module: str, error: ImportError) -> OutputError:
    """Return what to say when the library of an output is missing."""
    log.debug("%s cannot be imported", module, exc_info=error)
    return OutputError(
        say(
            "{package} is not installed. Install GenreDesk with its outputs: pip install "
            "'genredesk[outputs]'.",
            package=package,
        )
    )
