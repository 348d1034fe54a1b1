"""What is known of how good a model is: measured on a person's songs, by its training, its card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genredesk.core import trust
from genredesk.core.errors import GenreDeskError
from genredesk.core.genres import genre_word
from genredesk.core.shares import measured, percent, ranged
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.charts.intervals import MeasuredShare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genredesk.inference.bundle import Bundle
    from genredesk.inference.card import ModelCard
    from genredesk.training.runs.store import TrainingRun

_RECALL = "recall "


@dataclass(frozen=True, slots=True)
class Evidence:
    """How good a model is, to be drawn.

    Parameters
    ----------
    on
        Which songs that was measured on, as a sentence.
    recall
        Of each genre's songs the share that was found.
    evaluation
        All that was measured, see :func:`genredesk.training.evaluation.evaluate.summarise`;
        ``None`` where only the card tells.
    versus
        Other models on the same songs, each: ``title``, ``comparison``, shares ``mine`` and
        ``other`` with ``mine_interval`` and ``other_interval``.
    together
        All that were compared at once on the songs and words all know, and where they disagree;
        see :func:`genredesk.training.evaluation.versus.measure_on`.
    caveat
        What may flatter the numbers.
    """

    on: str
    recall: tuple[MeasuredShare, ...]
    evaluation: dict[str, Any] | None = None
    versus: tuple[dict[str, Any], ...] = ()
    caveat: str = ""
    together: dict[str, Any] | None = None


def of_card(card: ModelCard) -> Evidence:
    """Return what the card tells: recall by genre, with Wilson's intervals."""
    shares = tuple(
        _share(name.removeprefix(_RECALL), one.value, one.n)
        for name, one in card.accuracy.items()
        if name.startswith(_RECALL) and one.n
    )
    song = card.accuracy.get("song")
    on = tr("Its card tells nothing by genre. Measure it on your songs to see more.")
    if shares and song is not None:
        on = tr(
            "By its card, on {0}. What it confuses and how far its scores can be trusted is shown "
            "when you measure it on your songs."
        ).format(tr("%Ln song(s)", "", song.n))
    return Evidence(on, shares)


def read(bundle: Bundle) -> Evidence:
    """Return the best that is known: the person's own measurement, its training, its card."""
    from genredesk.training.evaluation import versus  # noqa: PLC0415 - not at the start

    if (kept := versus.kept(bundle)) is not None:
        found = kept["evaluation"]
        on = tr("On your {0} in {1}").format(_songs(found), kept["folder"])
        return Evidence(
            on, _recall(found), found, tuple(kept.get("versus") or ()), kept["heard_before"],
            kept.get("together"),
        )  # fmt: skip
    run = next((run for run in _runs() if run.installed == bundle.id), None)
    found = _evaluation(run) if run is not None else None
    if found is None:
        return of_card(bundle.card)
    on = tr("On your {0}, held back in its training").format(_songs(found))
    other = _versus(found)
    return Evidence(on, _recall(found), found, (other,) if other else ())


def lines(bundles: Sequence[Bundle]) -> dict[str, str]:
    """Return what the list says of models trained here: on whose songs, and what another reaches.

    Numbers of other songs do not stand beside each other, so each is told with its own.
    """
    installed = {bundle.id for bundle in bundles}
    said: dict[str, str] = {}
    for run in _runs():
        if run.installed in installed and run.installed not in said:
            found = _evaluation(run)
            if found is not None:
                said[run.installed] = standing(found)
    return said


def standing(found: dict[str, Any]) -> str:
    """Say how good a model is on a person's songs, and the one it was compared with on the same."""
    songs, other = found["songs"], _versus(found)
    text = tr("{0} ({1}) on your {2}").format(
        measured(songs["sum"]), ranged(songs["interval"]), _songs(found)
    )
    if other is None:
        return text
    if found["start"]["n"] != songs["n"]:
        return text + tr("; on {0} of them {1}, {2} {3}").format(
            found["start"]["n"], percent(other["mine"]), other["title"], percent(other["other"])
        )
    return text + tr("; {0} {1} on the same").format(other["title"], percent(other["other"]))


def _songs(found: dict[str, Any]) -> str:
    return tr("%Ln song(s)", "", int(found["songs"]["n"]))


def _recall(found: dict[str, Any]) -> tuple[MeasuredShare, ...]:
    rows = (found.get("per_label") or found["per_class"]).items()
    return tuple(_share(label, row["recall"], row["n"]) for label, row in rows if row["n"])


def _share(label: str, value: float, n: float) -> MeasuredShare:
    return MeasuredShare(genre_word(label), value, trust.wilson(value * n, n))


def _versus(found: dict[str, Any]) -> dict[str, Any] | None:
    start = found.get("start")
    if not start or "comparison" not in start:
        return None
    return {
        "title": start["title"], "comparison": start["comparison"],
        "mine": start["new"], "mine_interval": start["new_interval"],
        "other": start["start"], "other_interval": start["start_interval"],
    }  # fmt: skip


def _runs() -> list[TrainingRun]:
    from genredesk.training.runs import store  # noqa: PLC0415 - not at the start

    return store.every()


def _evaluation(run: TrainingRun) -> dict[str, Any] | None:
    from genredesk.training.runs import store  # noqa: PLC0415 - not at the start

    try:
        return store.evaluation(run)
    except GenreDeskError:
        return None
