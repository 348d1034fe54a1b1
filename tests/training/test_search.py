"""A search over recipe and architecture: its trials and its best network outlive a break."""

from __future__ import annotations

import dataclasses

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from genredesk.core.errors import Cancelled, DataError
from genredesk.nets import registry
from genredesk.training.network import rebuild
from genredesk.training.plan.plan import check
from genredesk.training.runs import search
from genredesk.training.runs.messages import NoteEvent, TrialEvent
from genredesk.training.runs.session import Session
from genredesk.training.runs.train import train


def study(plan):
    storage = JournalStorage(JournalFileBackend(str(plan.run_dir / search.JOURNAL)))
    return optuna.load_study(study_name="search", storage=storage)


def test_a_search_that_was_broken_off_goes_on_with_its_trials(make_plan):
    # so short that each start makes one trial, or none when there is a best one already
    plan = make_plan(epochs=1, minutes=1e-9, architecture=True)
    session, rows, notes = Session(), [], []

    def tell(event):
        if isinstance(event, TrialEvent) and event.state != "running":
            rows.append(event)
            if not plan_now.resume:
                session.ctx.cancel()
        if isinstance(event, NoteEvent):
            notes.append(event.text)

    session.tell, plan_now = tell, plan
    with pytest.raises(Cancelled):
        train(plan, session)
    assert len(rows) == 1
    assert rows[0].values["net.third"] == 2  # the network as it is comes first
    assert rows[0].values["net.dropout"] == 0.3
    assert plan.resumable
    # one was being trained when the program was killed
    study(plan).ask()
    plan_now = dataclasses.replace(plan, resume=True)
    session = Session(tell=tell)
    made = train(plan_now, session)
    assert "Going on after 1 trials." in notes
    assert len(rows) == 1, "the best network was kept, so nothing had to be trained again"
    states = [trial.state.name for trial in study(plan).trials]
    assert states == ["COMPLETE", "FAIL"]
    values = {key.removeprefix("net."): v for key, v in rows[0].values.items() if "net." in key}
    card = made.bundle.card
    net = rebuild.network_of(made.bundle).net
    assert net.drop.p == values["dropout"]
    assert net.blocks[8].kernel_size == (values["third"],) * 2
    assert registry.get(card.network).fields == values
    assert not plan.resumable


def test_architecture_is_searched_only_where_it_can_be(make_plan):
    with pytest.raises(DataError, match="--minutes"):
        check(make_plan(architecture=True))
    with pytest.raises(DataError, match="minutes must be positive"):
        check(make_plan(minutes=-1.0))
