"""Telling songs apart while training: learned beside the genres, thrown away afterwards."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from genredesk.core.errors import DataError
from genredesk.nets import registry
from genredesk.nets.network import Network
from genredesk.training.batches import batches
from genredesk.training.data import songs, split
from genredesk.training.fit import recogniser
from genredesk.training.fit.fit import Loop, fit
from genredesk.training.fit.run import FitRun
from genredesk.training.network import rebuild
from genredesk.training.plan import recipe
from genredesk.training.plan.augmentation import Augment

RULES = recipe.get("live").replace(
    epochs=2, crops=2, batch=12, recognise=0.5, precision="32-true", augment=Augment()
)


@pytest.fixture
def make_run(toy):
    data = toy(8)
    parts, labels = split.automatic(data), songs.labels_of(data)

    def make(rules=RULES, **changes) -> FitRun:
        torch.manual_seed(0)
        net = registry.get("live-small").build(*data.spec.shape, 3)
        net = rebuild.standardised(net, "band", data, parts.train)
        return FitRun(net, data, parts, labels, rules, accelerator="cpu", **changes)

    return make


def test_songs_are_told_apart_and_only_those_learned_from_have_a_class(make_run):
    run = make_run(RULES.replace(epochs=30))
    loop = Loop(run)
    loop.go()
    told = loop.learner.recogniser
    assert told is not None
    known = list(run.split.train)
    numbers = told.numbers(np.array([*known, *run.split.valid, -1]))
    assert list(numbers[: len(known)]) == list(range(len(known)))
    assert set(numbers[len(known) :]) == {-1}
    (batch, *_) = batches.epoch(
        run.data, batches.pairs_of(run.data, known, run.recipe), loop.classes, 3, run.recipe,
        seed=5, number=0, size=64,
    )  # fmt: skip
    with torch.no_grad():
        which = told.eval()(torch.from_numpy(batch.features))[2].argmax(1).numpy()
    # among eighteen songs chance is right once in eighteen
    assert (which == told.numbers(batch.songs)).mean() > 0.5


def test_the_kept_network_has_no_second_head(make_run):
    run = make_run()
    assert fit(run).weights.keys() == run.net.state_dict().keys()
    run.net.load_state_dict(fit(make_run()).weights)


def test_it_changes_what_is_learned(make_run):
    one, two = fit(make_run()), fit(make_run(RULES.replace(recognise=0.0)))
    assert not torch.equal(one.weights["net.blocks.0.weight"], two.weights["net.blocks.0.weight"])


def test_resumed_run_ends_as_an_uninterrupted_one(make_run, tmp_path):
    rules = RULES.replace(epochs=3)
    whole = fit(make_run(rules)).weights
    path = tmp_path / "checkpoint.safetensors"
    seen = []
    fit(make_run(rules, checkpoint=path, on_epoch=seen.append, stop=lambda: len(seen) == 1))
    assert len(seen) == 1
    resumed = fit(make_run(rules, checkpoint=path, resume=True)).weights
    assert all(torch.equal(whole[k], resumed[k]) for k in whole)


def test_windows_of_no_song_do_not_count():
    logits = torch.randn(3, 4)
    alone = recogniser.loss(logits[:2], torch.tensor([1, 2]))
    assert torch.isclose(recogniser.loss(logits, torch.tensor([1, 2, -1])), alone)
    assert float(recogniser.loss(logits, torch.tensor([-1, -1, -1]))) == 0.0


def test_too_many_songs_are_not_told_apart(make_run, monkeypatch):
    monkeypatch.setattr(recogniser, "MOST", 5)
    assert Loop(make_run()).learner.recogniser is None


def test_body_and_head_keep_their_rates(make_run):
    head = frozenset({"net.head.weight", "net.head.bias"})
    loop = Loop(make_run(RULES.replace(body_lr=0.1), head=head))
    rates = {
        parameter.shape: group["lr"]
        for group in loop.learner.optimiser.param_groups
        for parameter in group["params"]
    }
    assert rates[loop.run.net.net.head.weight.shape] == RULES.lr
    assert rates[loop.learner.recogniser.songs.weight.shape] == RULES.lr
    assert rates[loop.run.net.net.blocks[0].weight.shape] == pytest.approx(RULES.lr * 0.1)


def test_network_without_a_last_layer_is_refused():
    class Headless(Network):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(2, 2)

    with pytest.raises(DataError, match="recognise"):
        recogniser.recogniser(RULES, Headless(), [0, 1], 2)
