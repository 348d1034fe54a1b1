"""What a check found: one line with a state, a fact and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from genredesk.core.messages import mark

TITLES = {
    "sound": mark("Sound"),
    "decoders": mark("File formats"),
    "models": mark("Models"),
    "devices": mark("Processor and graphics card"),
    "folders": mark("Folders"),
    "packages": mark("Optional packages"),
    "log": mark("Log"),
}
"""The headings of the groups."""


class Health(StrEnum):
    """How a part of the installation is."""

    OK = "ok"
    NOTE = "note"
    """Something is missing that many do without."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check.

    Parameters
    ----------
    group
        Name of the check, see :data:`genredesk.doctor.examine.CHECKS`.
    name
        The part: a device, a format, a model, a folder.
    health
        See :class:`Health`.
    fact
        What was found, as a sentence or a few words.
    fix
        What to do, as a sentence; empty where nothing is to be done.
    """

    group: str
    name: str
    health: Health
    fact: str
    fix: str = ""


def apart(text: str) -> tuple[str, str]:
    """Return the first sentence of an error, and the rest: what it says to do."""
    for end in re.finditer(r"[.!?] ", text):
        after = text[end.end()]
        if after.isupper() or after in "“„«":
            return text[: end.start() + 1], text[end.end() :]
    return text, ""
