"""The checks in a process of their own: what a driver breaks there breaks no window."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator, Sequence

from genredesk.core.messages import say
from genredesk.core.program import own_command
from genredesk.doctor.finding import Finding, Health

_FINE = (0, 1)
"""Statuses of a check that came to its end."""

_REAP_S = 3.0


class CheckProcess:
    """A running ``genredesk doctor``.

    Parameters
    ----------
    command
        How it is started; the program's own command by default.
    """

    def __init__(self, command: Sequence[str] | None = None) -> None:
        self._stopped = False
        self._process = subprocess.Popen(
            command or own_command("doctor", "--lines"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def findings(self) -> Iterator[Finding]:
        """Yield what is found as it is found; ends early after :meth:`stop`."""
        with self._process as process:  # waits for its end
            assert process.stdout is not None  # noqa: S101 - opened above
            for line in process.stdout:
                raw = json.loads(line)
                yield Finding(**{**raw, "health": Health(raw["health"])})
        if process.returncode not in _FINE and not self._stopped:
            fact = say("The check ended unexpectedly (status {n}).", n=process.returncode)
            yield Finding("log", say("Check"), Health.BROKEN, fact, say("The log says more."))

    def stop(self) -> None:
        """End it now (any thread)."""
        self._stopped = True
        self._process.kill()

    def close(self) -> None:
        """End it, and wait for that as long as a sane system needs."""
        self.stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.communicate(timeout=_REAP_S)
