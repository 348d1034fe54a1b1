"""The loop: it learns, repeats itself to the bit, goes on after anything, and never runs away."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest
import torch

from genredesk.core.errors import Cancelled, DataError, GenreDeskError
from genredesk.core.job import JobContext
from genredesk.nets import registry
from genredesk.nets.network import Network
from genredesk.training.data import split
from genredesk.training.data.songs import labels_of
from genredesk.training.fit import checkpoint, optim
from genredesk.training.fit.fit import Loop, fit
from genredesk.training.fit.run import FitRun
from genredesk.training.network import rebuild
from genredesk.training.plan import recipe

pytestmark = pytest.mark.filterwarnings("ignore:.*bfloat16.*:UserWarning")


class Small(Network):
    """A convolution and a mean: learns the made-up genres in a moment."""

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 8, (16, 3), stride=(8, 1))
        self.norm = torch.nn.BatchNorm2d(8)
        self.drop = torch.nn.Dropout(0.2)
        self.head = torch.nn.Linear(8 * 15 * 2, n_classes)

    def forward(self, features):
        x = self.norm(self.conv(features)).relu()
        embedding = torch.cat([x.mean(3), x.amax(3)], 1).flatten(1)
        return self.head(self.drop(embedding)), embedding


RULES = recipe.get("live").replace(epochs=4, batch=8, crops=2, precision="32-true")


@pytest.fixture
def make_run(toy):
    def make(rules=RULES, net=None, **changes) -> FitRun:
        data = changes.pop("data", None) or toy()
        parts = split.automatic(data)
        labels = labels_of(data)
        torch.manual_seed(changes.get("seed", 0))
        net = rebuild.standardised(net or Small(len(labels)), "band", data, parts.train)
        return FitRun(net, data, parts, labels, rules, accelerator="cpu", **changes)

    return make


def same(a, b) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def test_it_learns(make_run):
    result = fit(make_run(RULES.replace(epochs=8)))
    assert result.history[-1].valid_songs >= 0.99
    assert result.history[-1].loss < result.history[0].loss
    assert [report.epoch for report in result.history] == list(range(1, 9))


@pytest.mark.parametrize("name", ["live", "net1", "edge", "kth", "kth-mfcc", "schindler-exp"])
def test_one_seed_one_result(make_run, name):
    rules = recipe.get(name)
    rules = rules.replace(epochs=2, batch=8, crops=min(rules.crops, 2))
    one, two = fit(make_run(rules)), fit(make_run(rules))
    assert same(one.weights, two.weights)
    assert not same(one.weights, fit(make_run(rules, seed=1)).weights)


def test_real_network_is_repeatable_too(make_run):
    def once():
        torch.manual_seed(3)
        return fit(make_run(RULES.replace(epochs=1), registry.get("live").build(1, 128, 39, 3)))

    assert same(once().weights, once().weights)


@pytest.mark.parametrize("name", ["live", "net1", "edge"])
def test_resumed_run_ends_as_an_uninterrupted_one(make_run, tmp_path, name):
    rules = recipe.get(name)
    rules = rules.replace(epochs=3, batch=8, crops=2, precision="32-true")
    whole = fit(make_run(rules))
    place = random.Random(name)
    for attempt in range(3):
        path = tmp_path / f"{attempt}.safetensors"
        seen, limit = [], place.randint(1, 12)
        context = JobContext(lambda progress, s=seen, n=limit: _cancel_after(s, n, context))  # noqa: B023
        with pytest.raises(Cancelled):
            fit(make_run(rules, ctx=context, checkpoint=path))
        resumed = fit(make_run(rules, checkpoint=path, resume=True))
        assert same(resumed.weights, whole.weights)
        assert [(r.valid_windows, r.valid_loss) for r in resumed.history] == [
            (r.valid_windows, r.valid_loss) for r in whole.history
        ]


def _cancel_after(seen: list, limit: int, context: JobContext) -> None:
    seen.append(1)
    if len(seen) >= limit:
        context.cancel()


def test_checkpoint_of_another_run_is_refused(make_run, tmp_path):
    path = tmp_path / "c.safetensors"
    fit(make_run(RULES.replace(epochs=1), checkpoint=path))
    with pytest.raises(DataError, match="another run"):
        fit(make_run(RULES.replace(epochs=1), seed=9, checkpoint=path, resume=True))


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"x" * 99])
def test_damaged_checkpoint_is_named(make_run, tmp_path, damage):
    path = tmp_path / "c.safetensors"
    fit(make_run(RULES.replace(epochs=1), checkpoint=path))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"c\.safetensors"):
        fit(make_run(RULES.replace(epochs=1), checkpoint=path, resume=True))


def test_full_disk_is_said_and_leaves_the_last_checkpoint(make_run, tmp_path, monkeypatch):
    path = tmp_path / "c.safetensors"
    fit(make_run(RULES.replace(epochs=1), checkpoint=path))
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint.atomic, "write_bytes", full)
    with pytest.raises(DataError, match="No space left"):
        fit(make_run(checkpoint=path))
    assert path.read_bytes() == before


def test_stop_keeps_the_best_so_far(make_run):
    notes = []
    result = fit(make_run(stop=lambda: True, on_note=notes.append))
    assert len(result.history) == 1
    assert result.weights
    assert "best so far" in notes[-1]


def test_patience_ends_a_run_that_stands_still(make_run):
    rules = RULES.replace(epochs=40, patience=2, keep="best", lr=0.0)
    result = fit(make_run(rules))
    assert len(result.history) == 3
    assert result.kept_epoch == 1


def test_best_epoch_is_kept(make_run):
    result = fit(make_run(RULES.replace(keep="best", epochs=5)))
    best = max(result.history, key=lambda r: r.valid_windows)
    assert result.kept_epoch == best.epoch


def test_loss_that_is_no_number_ends_the_run(make_run):
    rules = RULES.replace(optimiser="sgd", lr=1e30, ema=0.0, schedule="constant", warmup=0.0)
    with pytest.raises(GenreDeskError, match="lower learning rate"):
        fit(make_run(rules))


class Greedy(Small):
    """Runs out of memory when too many windows come at once."""

    limit = 3

    def forward(self, features):
        if self.training and len(features) > self.limit:
            raise torch.OutOfMemoryError("no room")
        return super().forward(features)


def test_lack_of_memory_halves_the_batch_and_goes_on(make_run):
    notes = []
    result = fit(make_run(net=Greedy(3), on_note=notes.append))
    assert len(result.history) == 4
    assert [n.split("with ")[1].split()[0] for n in notes] == ["4", "2"]


def test_no_memory_at_all_is_said(make_run):
    net = Greedy(3)
    net.limit = 0
    with pytest.raises(GenreDeskError, match="not enough memory"):
        fit(make_run(net=net))


def test_pieces_add_up_to_the_gradient_of_the_whole_batch(make_run):
    """Without batch norm and dropout a divided batch gives the same gradient."""

    class Plain(Network):
        def __init__(self):
            super().__init__()
            self.head = torch.nn.Linear(128, 3)

        def forward(self, features):
            embedding = features.mean((1, 3))
            return self.head(embedding), embedding

    grads = []
    for micro in (1, 4):
        torch.manual_seed(0)
        loop = Loop(make_run(net=Plain()))
        loop.learner.micro = micro
        rng = np.random.default_rng(0)
        x = rng.normal(size=(8, 1, 128, 39)).astype(np.float32)
        y = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 8)]
        from genredesk.training.batches.batches import Batch

        loop.learner._backward(Batch(x, y, np.array([0, 1, 2, 4, 5, 6, 8, -1])))
        grads.append(loop.run.net.net.head.weight.grad.clone())
    torch.testing.assert_close(grads[0], grads[1])


def test_running_out_on_a_device_moves_to_the_processor(make_run, monkeypatch):
    """A card that cannot hold two windows is left, the run is not."""
    notes = []
    net = Greedy(3)
    net.limit = 1
    loop = Loop(make_run(net=net, on_note=notes.append))

    class Card:
        type = "cuda"

    real = loop.learner.fabric
    start = loop.learner._start

    class OnCard:
        device = Card()

        def __getattr__(self, name):
            return getattr(real, name)

    def to_processor(accelerator, precision):
        assert (accelerator, precision) == ("cpu", "32-true")
        net.limit = 99
        start(accelerator, precision)

    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(loop.learner, "_start", to_processor)
    loop.learner.fabric = OnCard()
    result = loop.go()
    assert len(result.history) == 4
    assert any("processor" in note for note in notes)


def test_schedules():
    cosine = RULES.replace(schedule="cosine", warmup=0.1)
    values = [optim.factor(cosine, step, 100) for step in range(100)]
    assert values[0] < values[5] < values[10] == pytest.approx(1, abs=0.01)
    assert values[-1] < 0.01
    printed = recipe.get("schindler-exp-printed")  # 0.9 every 3000 epochs, of 100
    assert optim.factor(printed, 75_000, 75_000) == pytest.approx(0.9 ** (100 / 3000))
    decay = recipe.get("schindler-exp")
    assert optim.factor(decay, 3000, 10) == pytest.approx(0.9)
    assert optim.factor(decay, 1500, 10) == pytest.approx(0.9**0.5)


def test_keras_words_reach_the_optimiser(make_run):
    group = Loop(make_run(recipe.get("net1"))).learner.optimiser.param_groups[0]
    assert (group["rho"], group["eps"], group["lr"]) == (0.95, 1e-7, 1.0)


def test_body_learns_slower_than_the_head(make_run):
    run = make_run(RULES.replace(body_lr=0.1, lr=1.0), head=frozenset({"net.head.weight"}))
    rates = {len(g["params"]): g["lr"] for g in Loop(run).learner.optimiser.param_groups}
    assert set(rates.values()) == {1.0, 0.1}


def test_decay_spares_biases_and_norms(make_run):
    for group in Loop(make_run()).learner.optimiser.param_groups:
        for parameter in group["params"]:
            assert (group["weight_decay"] > 0) == (parameter.ndim > 1)


def test_penalty_is_part_of_the_gradient(make_run):
    class Heavy(Small):
        def penalty(self):
            return 1e3 * self.head.weight.square().sum()

    plain = RULES.replace(epochs=4, ema=0.0, lr=0.02)
    free = fit(make_run(plain, Heavy(3))).weights["net.head.weight"]
    held = fit(make_run(plain.replace(penalty=True), Heavy(3))).weights["net.head.weight"]
    assert held.abs().mean() < 0.5 * free.abs().mean()


def test_average_follows_the_weights():
    net = torch.nn.Linear(2, 2)
    average = optim.weight_average(net, 0.5)
    with torch.no_grad():
        net.weight.fill_(1.0)
    for _ in range(60):
        average.update_parameters(net)
    torch.testing.assert_close(average.module.weight, net.weight.detach())


def test_weights_by_class_are_used(make_run):
    loop = Loop(make_run(RULES.replace(balance="weights")))
    assert loop.learner.weights is not None
    assert loop.learner.weights.shape == (3,)


def test_pause_holds_the_run_until_it_goes_on(make_run):
    import threading

    reached, done = threading.Event(), threading.Event()
    context = JobContext(lambda progress: reached.set())
    context.pause()

    def work():
        fit(make_run(RULES.replace(epochs=1), ctx=context))
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    assert reached.wait(20)
    assert not done.wait(0.3)
    context.pause(False)
    thread.join(30)
    assert done.is_set()


def test_reports_are_plain_data(make_run):
    reports = []
    fit(make_run(RULES.replace(epochs=1), on_epoch=reports.append))
    values = dataclasses.asdict(reports[0])
    assert all(isinstance(v, int | float | bool) for v in values.values())


def test_generating_network_learns_by_its_own_loss(toy):
    data = toy(8)
    parts, labels = split.automatic(data), labels_of(data)

    def run(**changes):
        torch.manual_seed(0)
        net = registry.get("vae").build(1, 128, 39, 3)
        net = rebuild.standardised(net, "band", data, parts.train)
        rules = recipe.get("vae").replace(epochs=3, lr=2e-3)
        return FitRun(
            net, data, parts, labels, rules, accelerator="cpu", task="generate", **changes
        )

    asked = []
    one = fit(run(on_valid=lambda *answers: asked.append(answers)))
    assert one.history[-1].loss < one.history[0].loss
    first = one.history[0]
    told = first.train_accuracy, first.valid_windows, first.valid_songs
    assert told == (None, None, None), "it is not asked for genres while it learns"
    assert not asked
    losses = [report.loss for report in one.history]
    least = [loss == min(losses[: i + 1]) for i, loss in enumerate(losses)]
    assert [report.best for report in one.history] == least, "the best one loses least"
    assert same(one.weights, fit(run()).weights)
