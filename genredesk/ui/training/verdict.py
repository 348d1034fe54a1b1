"""Is the new model worth using? What a result says first, and where its button leads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from genredesk.training.evaluation.paired import PairedVerdict
from genredesk.ui.look.text import tr
from genredesk.ui.services.comparing import difference
from genredesk.ui.training.results import Result
from genredesk.ui.widgets.charts.intervals import MeasuredShare


class Advice(Enum):
    """What to do with a new model."""

    USE = auto()
    KEEP = auto()
    """Go on with the one in use."""
    ADD = auto()
    """Train on more songs before it can be said."""


@dataclass(frozen=True, slots=True)
class ModelVerdict:
    """A verdict in words.

    Parameters
    ----------
    headline
        Better, not better, or too few songs to say.
    detail
        What it rests on: both on the same songs and the interval of the difference.
    button
        Words on the button that follows the advice.
    shares
        Both models on the same songs, to be drawn.
    """

    advice: Advice
    headline: str
    detail: str
    button: str
    shares: tuple[MeasuredShare, ...] = ()


def of(result: Result) -> ModelVerdict:
    """Return the verdict on a new model."""
    start = result.evaluation.get("start") or {}
    songs = result.evaluation["songs"]
    mine = MeasuredShare(tr("New model"), songs["sum"], _pair(songs["interval"]), strong=True)
    if not start:
        begun = (result.evaluation.get("begun_with") or {}).get("title", "")
        detail = tr("There is no model to compare it with that knows these genres.")
        if begun:
            detail = tr("{0} knows none of these genres by name, so there is nothing to compare.")
        named = tr("It names your words") if result.several else tr("It names your genres")
        return ModelVerdict(Advice.USE, named, detail.format(begun), tr("Use it"), (mine,))
    title, found = start["title"], start.get("comparison")
    shares = (
        MeasuredShare(tr("New model"), start["new"], _pair(start.get("new_interval")), strong=True),
        MeasuredShare(title, start["start"], _pair(start.get("start_interval"))),
    )
    if not found:  # a training of an earlier version
        detail = tr(
            "Both were measured on the same %Ln song(s), but not compared song by song.",
            "",
            start["n"],
        )
        headline = tr("Not compared with {0}").format(title)
        return ModelVerdict(Advice.USE, headline, detail, tr("Use it"), shares)
    advice, headline, button = _said(PairedVerdict(found["verdict"]), title)
    detail = difference(found)
    if n := start.get("words"):
        detail += " " + tr("Compared by the %Ln word(s) both know.", "", n)
    return ModelVerdict(advice, headline, detail, button, shares)


def _said(verdict: PairedVerdict, title: str) -> tuple[Advice, str, str]:
    if verdict is PairedVerdict.BETTER:
        return Advice.USE, tr("Better than {0}").format(title), tr("Use it")
    if verdict is PairedVerdict.NOT_BETTER:
        return Advice.KEEP, tr("Not better than {0}").format(title), tr("Keep {0}").format(title)
    text = tr("Too few songs to say whether it is better than {0}")
    return Advice.ADD, text.format(title), tr("Add songs")


def _pair(interval: list[float] | None) -> tuple[float, float]:
    low, high = interval or (0.0, 1.0)
    return float(low), float(high)
