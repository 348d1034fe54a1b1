"""All checks, one after another; one that fails itself is a finding, too."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from genredesk import __version__
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.doctor import folders, models, sound
from genredesk.doctor.finding import Finding, Health

log = logging.getLogger(__name__)

CHECKS: dict[str, Callable[[], Iterable[Finding]]] = {
    "sound": sound.sound,
    "decoders": sound.decoders,
    "models": models.models,
    "devices": models.compute,
    "folders": folders.folders,
    "packages": folders.packages,
    "log": folders.log,
}
"""Every check by the name of its group, in the order they are shown."""

_QUICK = {
    "sound": sound.named,
    "devices": models.places,
    "folders": folders.folders,
    "packages": folders.packages,
}
"""What a report needs: nothing is opened, and torch is not loaded."""


def examine(
    context: JobContext | None = None, only: Collection[str] = (), *, quick: bool = False
) -> Iterator[Finding]:
    """Try the parts of this installation; a finding comes as soon as it is known.

    Parameters
    ----------
    context
        May cancel between two findings.
    only
        Names of the checks to make; empty for all.
    quick
        Only what takes a moment and opens no device.
    """
    context = context or JobContext()
    for name, check in (_QUICK if quick else CHECKS).items():
        if only and name not in only:
            continue
        context.checkpoint()
        try:
            for finding in check():
                yield finding
                context.checkpoint()
        except Exception as error:
            if context.cancelled:
                raise
            log.exception("The check of %s failed", name)
            why = f"{type(error).__name__}: {error}"
            fact = say("The check itself failed ({error}).", error=why)
            yield Finding(name, say("Check"), Health.BROKEN, fact, say("The log says more."))


def as_json(findings: Collection[Finding]) -> dict[str, Any]:
    """Return findings as they are written for other programs."""
    broken = [f"{finding.group}: {finding.name}" for finding in findings if is_broken(finding)]
    rows = [dataclasses.asdict(finding) for finding in findings]
    return {"version": __version__, "broken": broken, "findings": rows}


def is_broken(finding: Finding) -> bool:
    """Whether something has to be done for GenreDesk to work."""
    return finding.health is Health.BROKEN
