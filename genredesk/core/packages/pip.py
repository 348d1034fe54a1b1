"""Python's package installer in a process of its own: it can be watched and stopped at any time.

Which package index is asked, through which proxy, is as pip is set up on this computer.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from genredesk.core.messages import say
from genredesk.core.program import is_packed

_POLL_S = 0.3
_UNREACHED = re.compile(
    r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|Max retries exceeded|ProxyError"
    r"|Name or service not known|name resolution|getaddrinfo failed|Network is unreachable",
    re.IGNORECASE,
)


class PipError(Exception):
    """Pip ended with an error; the text is half a sentence."""


def there() -> bool:
    """Whether this Python has pip; a packed program has none."""
    return not is_packed() and importlib.util.find_spec("pip") is not None


def run(arguments: Sequence[str], said: Path, watch: Callable[[], None]) -> None:
    """Run pip to its end.

    Parameters
    ----------
    arguments
        Of pip, the command first.
    said
        A file that takes all it says; its folder holds what pip works with meanwhile.
    watch
        Called a few times a second; what it raises ends pip.

    Raises
    ------
    PipError
        With what pip said, or that the index could not be reached.
    """
    command = [sys.executable, "-m", "pip", *arguments]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    place = str(said.parent)
    if watched(command, said, watch, TMPDIR=place, TEMP=place, TMP=place):
        raise PipError(_reason(said.read_text(errors="replace")))


def watched(command: Sequence[str], said: Path, watch: Callable[[], None], **variables: str) -> int:
    """Run a command to its end, what it says at the end of ``said``; return its exit status.

    Parameters
    ----------
    watch
        Called a few times a second; what it raises ends the command.
    variables
        Of the environment, beside those of this process.
    """
    with said.open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **variables},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            while process.poll() is None:
                watch()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_S)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    return process.returncode


def _reason(text: str) -> str:
    if _UNREACHED.search(text):
        return say("the package index could not be reached; connect to the internet and try again")
    lines = text.splitlines()
    reason = next((x for x in reversed(lines) if x.startswith("ERROR: ")), "ERROR: it ended")
    return reason.removeprefix("ERROR: ")[:200].rstrip(".")


def size(folder: Path) -> int:
    """Return how many bytes lie in a folder that pip is writing to."""
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += file.stat().st_size
    return total
