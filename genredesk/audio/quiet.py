"""Keeps ALSA, JACK, PortAudio and the decoders from writing to the terminal behind our back.

They write to file descriptor 2 themselves, from any thread, at any time. So for a whole command
that descriptor leads nowhere, while Python's ``sys.stderr``, and with it the log, tracebacks and
``faulthandler``, keeps the terminal on a descriptor of its own. Everything they complain about
reaches us as an error as well. With ``GENREDESK_DEBUG`` set in the environment they may speak.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Generator

_STDERR = 2


@contextlib.contextmanager
def libraries_silent() -> Generator[None]:
    """Silence what is not Python within the block; does nothing where there is no terminal."""
    if os.environ.get("GENREDESK_DEBUG"):
        yield
        return
    try:
        terminal = os.dup(_STDERR)
    except OSError:  # closed: nothing can be written
        yield
        return
    python = sys.stderr
    ours = _another(python, terminal)
    if ours is not None:
        python.flush()
        sys.stderr = ours
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(terminal, _STDERR)
        if ours is None:
            os.close(terminal)
        else:  # left open: the log and the fault handler may hold it until the process ends
            ours.flush()
            sys.stderr = python


def _another(stream: object, descriptor: int) -> io.TextIOWrapper | None:
    """Return a stream like ``stream`` that writes to ``descriptor``, if ``stream`` writes to 2."""
    try:
        if stream.fileno() != _STDERR:  # type: ignore[attr-defined]
            return None
    except (AttributeError, OSError, ValueError):  # none, or a test's
        return None
    raw = io.FileIO(descriptor, "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=getattr(stream, "encoding", None) or "utf-8",
        errors=getattr(stream, "errors", None) or "backslashreplace",
        line_buffering=True,
    )
