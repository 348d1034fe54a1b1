"""Opens a network beside the live engine, so that the one in use answers until it is ready."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genredesk.core import certainty
from genredesk.core.certainty import Bounds, Verdict
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.inference.pieces import one_window
from genredesk.inference.runtime.protocol import Builder, Runtime, complaint

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle


@dataclass(frozen=True, slots=True)
class Opened:
    """A network ready to use.

    Parameters
    ----------
    bundle, runtime
        What was opened.
    why
        The runtime's reason at the time, to notice when it changes.
    complaint
        A sentence for the person when the device asked for was not used, else empty.
    """

    bundle: Bundle
    runtime: Runtime
    why: str
    complaint: str = ""

    def hear(self, samples: FloatArray, bounds: Bounds) -> tuple[FloatArray, Verdict]:
        """Answer one window of sound ``(n,)`` at the network's rate; a shorter one is repeated.

        Returns
        -------
        (probabilities, verdict)
            Calibrated probabilities of the card's words, and what they say.

        Raises
        ------
        ValueError
            When the answer is not a number; whatever else a device raises comes as it is.
        """
        card = self.bundle.card
        logits, _ = self.runtime.run(one_window(card.frontend, samples)[None])
        probabilities = card.probabilities(logits[0])
        if not np.isfinite(probabilities).all():
            raise ValueError("its answer is not a number")
        return probabilities, certainty.judge(probabilities, bounds)


def open_bundle(bundle: Bundle, device: str, build: Builder | None) -> Opened:
    """Open a network and let it answer once; see :func:`genredesk.inference.runtime.open_runtime`.

    Raises
    ------
    GenreDeskError
        When it cannot be opened; whatever a driver raises comes as it is.
    """
    from genredesk.inference.runtime import (  # noqa: PLC0415
        golden,
        open_runtime,
    )

    runtime = open_runtime(bundle, device, build=build)
    try:
        # The first run allocates; do it here rather than while somebody listens.
        runtime.run(golden.features(bundle.card)[None])
    except Exception:
        runtime.close()
        raise
    return Opened(bundle, runtime, runtime.why, complaint(runtime, device))


class Opener:
    """Opens what was asked for last on a thread of its own.

    The thread stands from the beginning: to start one takes as long as the machine is busy, and
    who asks is the window.

    Parameters
    ----------
    ready
        Set when :meth:`take` has something to give.
    build
        See :data:`~genredesk.inference.runtime.protocol.Builder`.
    """

    def __init__(self, ready: threading.Event, build: Builder | None) -> None:
        self._ready = ready
        self._build = build
        self._changed = threading.Condition()
        self._asked: tuple[Bundle, str] | None = None
        self._opening = False
        self._opened: Opened | None = None
        self._reason = ""
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="genredesk-open", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether something is being opened, or open and not taken yet."""
        with self._changed:
            return self._opening or self._asked is not None or self._opened is not None

    def open(self, bundle: Bundle, device: str) -> None:
        """Open ``bundle`` on ``device``; forget what was asked before and is not open yet."""
        with self._changed:
            if not self._closed:
                self._asked = (bundle, device)
                self._changed.notify()

    def take(self) -> tuple[Opened | None, str]:
        """Return what was opened since the last call, and the reason of a failure."""
        with self._changed:
            taken = self._opened, self._reason
            self._opened, self._reason = None, ""
            return taken

    def close(self) -> Opened | None:
        """Wait for the thread; return what nobody took, for the caller to close."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()
        return self.take()[0]

    def _next(self) -> tuple[Bundle, str] | None:
        """Wait for what is asked for; nothing: it was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._asked is not None)
            asked, self._asked = self._asked, None
            self._opening = asked is not None and not self._closed
            return asked if self._opening else None

    def _run(self) -> None:
        while (asked := self._next()) is not None:
            opened, reason = None, ""
            try:
                opened = open_bundle(*asked, self._build)
            except GenreDeskError as error:
                reason = str(error)
            except Exception as error:  # noqa: BLE001 - whatever a driver raises
                reason = say(
                    "{title} could not be opened on {asked}: {reason}.",
                    title=asked[0].card.title,
                    asked=asked[1],
                    reason=error,
                )
            with self._changed:
                late, self._opened = self._opened, opened or self._opened
                self._reason = reason or self._reason
                self._opening = False
            if opened is not None and late is not None:
                late.runtime.close()
            self._ready.set()
            # Until the next is asked for nobody but the engine holds this network.
            del asked, opened, late
