"""Opens a network beside the live engine, so that the one in use answers until it is ready."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genredesk.core.errors import GenreDeskError
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


def _open(bundle: Bundle, device: str, build: Builder | None) -> Opened:
    from genredesk.inference import golden  # noqa: PLC0415 - ONNX Runtime
    from genredesk.inference.runtime import open_runtime  # noqa: PLC0415

    runtime = open_runtime(bundle, device, build=build)
    try:
        # The first run allocates; do it here rather than while somebody listens.
        runtime.run(golden.features(bundle.card)[None])
    except Exception:
        runtime.close()
        raise
    return Opened(bundle, runtime, runtime.why, complaint(runtime, device))


class Opener:
    """Opens what was asked for last on a thread of its own, which ends when nothing is asked.

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
        self._lock = threading.Lock()
        self._asked: tuple[Bundle, str] | None = None
        self._opened: Opened | None = None
        self._reason = ""
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether something is being opened, or open and not taken yet."""
        with self._lock:
            return self._thread is not None or self._opened is not None

    def open(self, bundle: Bundle, device: str) -> None:
        """Open ``bundle`` on ``device``; forget what was asked before and is not open yet."""
        with self._lock:
            if self._closed:
                return
            self._asked = (bundle, device)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="genredesk-open", daemon=True
                )
                self._thread.start()

    def take(self) -> tuple[Opened | None, str]:
        """Return what was opened since the last call, and the reason of a failure."""
        with self._lock:
            taken = self._opened, self._reason
            self._opened, self._reason = None, ""
            return taken

    def close(self) -> Opened | None:
        """Wait for the thread; return what nobody took, for the caller to close."""
        with self._lock:
            self._closed = True
            self._asked = None
            thread = self._thread
        if thread is not None:
            thread.join()
        return self.take()[0]

    def _run(self) -> None:
        while True:
            with self._lock:
                asked, self._asked = self._asked, None
                if asked is None:
                    self._thread = None
                    self._ready.set()
                    return
            opened, reason = None, ""
            try:
                opened = _open(*asked, self._build)
            except GenreDeskError as error:
                reason = str(error)
            except Exception as error:  # noqa: BLE001 - whatever a driver raises
                reason = f"{asked[0].card.title} could not be opened on {asked[1]}: {error}."
            with self._lock:
                late, self._opened = self._opened, opened or self._opened
                self._reason = reason or self._reason
            if opened is not None and late is not None:
                late.runtime.close()
            self._ready.set()
