"""Which runs of which rows were asked for: each is claimed, trained and written as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.features.frontend import FrontendSpec
from genredesk.nets import registry
from genredesk.nets.spec import NetSpec, with_fields
from genredesk.training.data.sources import of_length
from genredesk.training.network import pretrained
from genredesk.training.network.pretrained import Pretrained
from genredesk.training.plan.limits import AS_PRINTED, AS_RUN
from genredesk.training.plan.protocols import Protocol, ProtocolRow
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs import crossval
from genredesk.training.runs.papers.experiment import name_of

VERSIONS = {"run": (AS_RUN,), "printed": (AS_PRINTED,), "both": (AS_RUN, AS_PRINTED)}
"""Which rows are made where the authors' code and their text differ."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for.

    Parameters
    ----------
    paper, gtzan
        Which paper, and the folder of labelled folders.
    out
        The experiment's folder.
    runs
        How many seeds; 0: as many as the paper.
    epochs
        Another number than the recipe's, 0 leaves it.
    only
        Networks to run, empty: all of the paper.
    version
        A key of :data:`VERSIONS`.
    unit
        ``paper`` or ``song``: the honest split for a paper that split segments.
    beside
        Also rows that are in no table of the paper, see :attr:`.Protocol.beside`.
    random_start
        Rows that began with ImageNet weights begin at random where none are given, instead of being
        left out.
    device
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    weights, imagenet
        ImageNet weights for transfer networks, see
        :func:`genredesk.training.network.pretrained.for_each`.
    """

    paper: str
    gtzan: str
    out: Path
    runs: int = 0
    epochs: int = 0
    only: tuple[str, ...] = ()
    version: str = "run"
    unit: str = "paper"
    beside: bool = False
    random_start: bool = False
    device: str = "auto"
    weights: tuple[str, ...] = ()
    imagenet: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """One run of one row: what is claimed, trained and written as a whole.

    Parameters
    ----------
    number, runs
        Which of its runs it is, from 0, and of how many.
    weights
        The ImageNet weights it begins with.
    """

    row: ProtocolRow
    rules: Recipe
    spec: NetSpec
    number: int
    runs: int
    weights: Pretrained | None = None

    @property
    def name(self) -> str:
        """The name of its files; rows that are trained alike share it."""
        begins = self.weights.name if self.weights is not None else ""
        return name_of(self.row.network, self.row.recipe, begins, self.rules.epochs, self.number)

    @property
    def frontend(self) -> FrontendSpec:
        """How its songs are heard."""
        return of_length(self.spec.frontend, self.rules.segment_s)

    @property
    def words(self) -> str:
        """What a person reads while it runs."""
        which = (
            say(", run {number} of {runs}", number=self.number + 1, runs=self.runs)
            if self.runs > 1
            else ""
        )
        return f"{self.row.title}{which}"


def recipe_of(row: ProtocolRow, protocol: Protocol, epochs: int) -> Recipe:
    """Return what a row is trained with, for another number of epochs where one was asked for."""
    rules = crossval.recipe_for(row.network, row.recipe, epochs or row.epochs)
    if protocol.fixed_segments:
        rules = rules.replace(crops=0)  # the segments drawn once are all there is
    # a test part that was looked at while training must not choose the epoch as well
    chosen_by = len(protocol.shares_of(row)) > 2
    return rules if chosen_by else rules.replace(keep="last", patience=0)


def rows_of(wish: Wish, protocol: Protocol) -> list[ProtocolRow]:
    """Return the rows that were asked for, refusing what cannot be.

    Raises
    ------
    DataError
        When a network or a number is none.
    """
    if wish.runs < 0:
        raise DataError(say("At least one run is needed."))
    versions = ("", *VERSIONS[wish.version])
    rows = (*protocol.rows, *(protocol.beside if wish.beside else ()))
    known = list(dict.fromkeys(row.network for row in rows))
    wanted = [
        row
        for row in rows
        if row.version in versions
        and (not wish.only or {row.network, row.network.partition("[")[0]} & set(wish.only))
    ]
    if not wanted:
        raise DataError(
            say(
                "Paper {paper} has none of these networks; it has {known}.",
                paper=wish.paper,
                known=", ".join(known),
            )
        )
    return wanted


def units_of(
    wish: Wish, protocol: Protocol, rows: Sequence[ProtocolRow], given: Mapping[str, Pretrained]
) -> list[Unit]:
    """Return every run of these rows."""
    runs, units = wish.runs or protocol.runs, []
    for row in rows:
        rules = recipe_of(row, protocol, wish.epochs)
        spec = registry.get(with_fields(row.network, rules.network))
        weights = given.get(row.network)
        units += [Unit(row, rules, spec, number, runs, weights) for number in range(runs)]
    return units


def without_weights(
    wish: Wish, rows: Sequence[ProtocolRow], given: Mapping[str, Pretrained]
) -> list[ProtocolRow]:
    """Return the rows that are left out, for they begin with ImageNet weights and there are none.

    Raises
    ------
    DataError
        When no row is left; the text says what is missing.
    """
    if wish.random_start:
        return []
    lacking = {
        name
        for name in {row.network for row in rows} - set(given)
        if pretrained.takes(registry.get(name))
    }
    left = [row for row in rows if row.network in lacking]
    if left and len(left) == len(rows):
        raise DataError(missing_weights(left))
    return left


def missing_weights(rows: Sequence[ProtocolRow]) -> str:
    """Say what the rows that are left out lack."""
    return say(
        "Left out: {titles}. They begin with ImageNet weights, and none were given: name "
        "torchvision's files (--weights FILE) or let them be fetched (--imagenet), or have them "
        "begin at random (--random-start).",
        titles=", ".join(dict.fromkeys(row.title for row in rows)),
    )
