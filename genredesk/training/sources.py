"""Opens what a plan names: a mel array file or a folder of labelled folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genredesk.training import mels
from genredesk.training.plan import TrainPlan
from genredesk.training.songs import SongSet

if TYPE_CHECKING:
    from genredesk.training.train import Session


def open_data(plan: TrainPlan, session: Session) -> SongSet:
    """Return the songs of a plan.

    Raises
    ------
    DataError
        When there are none, or they cannot be read.
    """
    data = mels.load(plan.mels, plan.tracks or None)
    session.note(f"{len(data.songs)} songs in {plan.mels}.")
    return data
