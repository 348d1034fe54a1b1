"""Which bundles a run goes on from: one, or several that hear the same windows together."""

from __future__ import annotations

from collections.abc import Sequence

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.features import joint
from genredesk.features.frontend import FrontendSpec
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle
from genredesk.nets.spec import AND
from genredesk.training.plan.plan import TrainPlan

SECOND_ID = "edge-cnn"
"""Hears another way than the default, so that both together know more from a few songs."""
PUBLISHED = "musicnn"
"""Networks that a person may install and that hear through a front end of their own."""


def second(first: Bundle, among: Sequence[Bundle] | None = None) -> Bundle | None:
    """Return the bundle that hears together with ``first`` unless another is named.

    ``None`` when it is not there, listens through another front end, or is part of ``first``.

    Parameters
    ----------
    among
        The bundles that are installed, where they are known already.
    """
    installed = bundles.installed() if among is None else among
    other = next((bundle for bundle in installed if bundle.id == SECOND_ID), None)
    if other is None:
        return None
    alike = other.card.frontend.fingerprint == first.card.frontend.fingerprint
    part = other.card.network in first.card.network.split(AND)
    return other if alike and not part else None


def beside(first: Bundle, among: Sequence[Bundle]) -> list[Bundle]:
    """Return the bundles of ``among`` that a window offers to hear together with ``first``.

    The one of :func:`second` stands first, published networks that were installed follow.
    """
    other = second(first, among)
    if other is None:
        return []
    mine = first.card.network.split(AND)
    return [
        other,
        *(b for b in among if b.card.network == PUBLISHED and PUBLISHED not in mine),
    ]


def of(plan: TrainPlan) -> list[Bundle]:
    """Return the bundles a plan goes on from, the first of which is ``plan.bundle``.

    Raises
    ------
    DataError
        When one is named twice.
    BundleError
        When there is no such bundle.
    """
    found = [bundles.find(name) for name in (plan.bundle, *plan.ears)]
    for i, bundle in enumerate(found[1:], 1):
        if bundle.id in {other.id for other in found[:i]}:
            raise DataError(say("{id} is named twice. Name every ear once.", id=bundle.id))
    return found


def frontends(found: Sequence[Bundle]) -> tuple[FrontendSpec, ...]:
    """Return the front end of every network of bundles that hear through different ones.

    One for each network, so for all that a bundle joins; none where all bundles share one.
    """
    if len({bundle.card.frontend.fingerprint for bundle in found}) < 2:
        return ()
    return tuple(
        part
        for bundle in found
        for part in bundle.card.frontend.parts
        or (bundle.card.frontend,) * len(bundle.card.network.split(AND))
    )


def frontend(found: Sequence[Bundle]) -> FrontendSpec:
    """Return the front end of bundles that hear together."""
    parts = frontends(found)
    return joint.of(parts) if parts else found[0].card.frontend
