"""A report of a bad end, for whoever is to find out why: text that is read before it is saved.

It holds versions, how the program ended, what the checks found and the end of the log. The
person's own folder is written as ``~``; names of files are the most personal thing in it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

from genredesk.core import atomic, logs
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.doctor.finding import Finding

LINES = 300
"""So many lines of the log's end are in a report."""


class ReportError(GenreDeskError):
    """A report that cannot be saved; the text names the file and says why."""


def compose(findings: Sequence[Finding] = (), ended: str = "") -> str:
    """Return the text of a report.

    Parameters
    ----------
    findings
        What the checks found.
    ended
        How the program ended the last time; empty when a report is made for another reason.
    """
    parts = [
        (say("GenreDesk report"), [time.strftime("%Y-%m-%d %H:%M:%S"), *logs.versions()]),
        (say("How it ended"), ended.splitlines()),
        (say("Checks"), [_line(finding) for finding in findings]),
        ("Log", tail(logs.log_file("gui"))),
    ]
    text = "\n\n".join("\n".join([f"== {title} ==", *lines]) for title, lines in parts if lines)
    return logs.without_home(text) + "\n"


def tail(log: Path, lines: int = LINES) -> list[str]:
    """Return the last lines of a log, its older part included; empty where there is none."""
    found: list[str] = []
    for path in (log.with_name(f"{log.name}.1"), log):
        with contextlib.suppress(OSError):
            found += path.read_text(encoding="utf-8", errors="replace").splitlines()
    return found[-lines:]


def file_name() -> str:
    """Return what a report is called unless the person says otherwise."""
    return time.strftime("genredesk-report-%Y%m%d-%H%M.txt")


def save(path: Path, text: str) -> None:
    """Write a report.

    Raises
    ------
    ReportError
        Names the file and says why.
    """
    try:
        atomic.write_text(path, text)
    except OSError as error:
        raise ReportError(
            say(
                "{file}: the report cannot be written ({error}). Choose another place or make "
                "room.",
                file=path,
                error=error.strerror or error,
            )
        ) from error


def _line(finding: Finding) -> str:
    fix = f" {finding.fix}" if finding.fix else ""
    return f"[{finding.health}] {finding.group}: {finding.name}: {finding.fact}{fix}"
