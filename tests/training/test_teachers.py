"""What teaches a network beside the labels: teachers, and sound that is no music."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from genredesk.core.errors import DataError
from genredesk.features.frontend import LIVE_MEL
from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.nets import registry
from genredesk.training.batches import batches, outliers, synthetic_noise
from genredesk.training.batches.batches import Batch
from genredesk.training.batches.outliers import Outliers
from genredesk.training.batches.synthetic_noise import FLOOR_DB
from genredesk.training.data import songs
from genredesk.training.data.split import given
from genredesk.training.fit import teachers
from genredesk.training.fit.fit import Loop, fit
from genredesk.training.fit.run import FitRun
from genredesk.training.network import rebuild
from genredesk.training.plan import recipe
from genredesk.training.plan.augmentation import Augment

RULES = recipe.get("live-taught").replace(
    epochs=2, crops=2, batch=12, outliers=0.0, teachers=2, precision="32-true"
)


@pytest.fixture
def quick_teachers(monkeypatch):
    """Teachers that learn for three epochs, so that a test takes seconds."""
    short = recipe.get("live-small").replace(epochs=3, crops=2, batch=12, precision="32-true")
    monkeypatch.setitem(recipe.RECIPES, "live-small", short)


@pytest.fixture
def taught_run(toy, tmp_path):
    """Make a run with a recipe: ``taught_run(**changes)``."""
    data = toy(8)
    parts = given(data)
    assert parts is not None
    labels = songs.labels_of(data)

    def make(rules=RULES, **changes) -> FitRun:
        torch.manual_seed(0)
        spec = registry.get("live-small")
        net = rebuild.standardised(spec.build(*data.spec.shape, 3), "band", data, parts.train)
        values = {"checkpoint": tmp_path / "run" / "checkpoint.safetensors", "accelerator": "cpu"}
        return FitRun(net, data, parts, labels, rules, **{**values, **changes})

    return make


def test_every_teacher_misses_other_artists_and_none_hears_the_kept_back(
    taught_run, quick_teachers, monkeypatch
):
    seen = []
    monkeypatch.setattr(teachers, "fit", lambda run: seen.append(run) or fit(run))
    run = taught_run()
    told = teachers.taught(run)
    assert len(seen) == 2
    missed = [set(r.split.valid) for r in seen]
    assert missed[0] | missed[1] == set(run.split.train)
    assert not missed[0] & missed[1]
    for one in seen:
        assert set(one.split.train) == set(run.split.train) - set(one.split.valid)
        artists = [{run.data.songs[i].artist for i in side} for side in
                   (one.split.train, one.split.valid)]  # fmt: skip
        assert not artists[0] & artists[1]
    features = torch.randn(5, *run.data.spec.shape)
    answers = told.teacher(features)
    torch.testing.assert_close(answers.sum(1), torch.ones(5))
    both = [net(features)[0].softmax(1) for net in told.teacher.nets]
    torch.testing.assert_close(answers, (both[0] + both[1]) / 2)
    assert not any(p.requires_grad for net in told.teacher.nets for p in net.parameters())


def test_what_the_teacher_says_is_learned(taught_run):
    """A teacher that always says "knock" pulls every answer there, as far as its share goes."""
    always = torch.tensor([0.0, 1.0, 0.0])  # hum, knock, whistle
    plain = taught_run()
    drawn = taught_run(teacher=lambda features: always.expand(len(features), 3))
    x = torch.from_numpy(songs.windows_of(plain.data, 0, 39)[0])
    means = []
    for run in (plain, drawn):
        rules = run.recipe.replace(teachers=0, epochs=6, taught=0.9)
        result = fit(dataclasses.replace(run, recipe=rules))
        run.net.load_state_dict(result.weights)
        with torch.no_grad():
            means.append(float(run.net.eval()(x)[0].softmax(1)[:, 1].mean()))
    assert means[1] > means[0] + 0.2


def test_nobody_asks_the_teacher_about_outliers(taught_run):
    always = torch.tensor([0.0, 1.0, 0.0])
    rules = RULES.replace(teachers=0, taught=0.5, label_smoothing=0.3)
    loop = Loop(taught_run(rules, teacher=lambda features: always.expand(len(features), 3)))
    targets = torch.tensor([[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    wanted = loop.learner._wanted(torch.zeros(2, *LIVE_MEL.shape), targets)
    torch.testing.assert_close(wanted[0], torch.tensor([0.4, 0.55, 0.05]))
    torch.testing.assert_close(wanted[1], torch.full((3,), 1 / 3))


def test_resumed_teachers_are_taken_as_they_were(taught_run, quick_teachers, monkeypatch):
    first = teachers.taught(taught_run())
    files = sorted(p.name for p in first.checkpoint.parent.iterdir())
    assert files == ["checkpoint.teacher-1.safetensors", "checkpoint.teacher-2.safetensors"]
    monkeypatch.setattr(
        "genredesk.training.fit.fit.Loop._one_epoch", lambda _: pytest.fail("trained again")
    )
    again = teachers.taught(taught_run(resume=True))
    x = torch.randn(3, *first.data.spec.shape)
    torch.testing.assert_close(again.teacher(x), first.teacher(x), rtol=0, atol=0)


def test_no_teachers_no_change(taught_run):
    run = taught_run(RULES.replace(teachers=0))
    assert teachers.taught(run) is run


# ------------------------------------------------------------ outliers


def noise_clips(spec, clips: int = 3) -> Outliers:
    rng = np.random.default_rng(0)
    pictures = rng.integers(100, 256, (clips, spec.n_bands, 60)).astype(np.uint8)
    return Outliers(pictures, spec, 0.25)


def blank(count: int, spec) -> Batch:
    features = np.zeros((count, *spec.shape), np.float32)
    targets = np.eye(3, dtype=np.float32)[[0] * count]
    return Batch(features, targets, np.arange(count))


def test_outliers_stand_at_the_end_of_every_batch_with_every_answer_alike(toy):
    spec = toy(1).spec
    some = noise_clips(spec)
    batch = blank(8, spec)
    (out,) = some.over(iter([batch]), seed=1, number=0)
    assert out.features.shape == (10, *spec.shape)
    np.testing.assert_array_equal(out.features[:8], batch.features)
    np.testing.assert_allclose(out.targets[8:], 1 / 3)
    assert list(out.songs) == [*range(8), -1, -1]
    assert out.features[8:].max() == 0.0
    assert out.features[8:].min() >= -80.0
    (same,) = some.over(iter([batch]), seed=1, number=0)
    np.testing.assert_array_equal(out.features, same.features)
    (other,) = some.over(iter([batch]), seed=1, number=1)
    assert not np.array_equal(out.features, other.features)


def test_some_of_the_music_is_heard_beside_softer_sound_that_is_none(toy):
    spec = toy(1).spec
    beside = dataclasses.replace(noise_clips(spec), share=0.0, beside=0.5)
    batch = blank(400, spec)
    batch.features[:, :, 10:] = -80.0  # music in the lowest bands only
    before = batch.features.copy()
    (out,) = beside.over(iter([batch]), seed=1, number=0)
    np.testing.assert_array_equal(batch.features, before)
    np.testing.assert_array_equal(out.targets, batch.targets)
    np.testing.assert_array_equal(out.songs, batch.songs)
    heard = out.features[:, 0, 10:].max(axis=(1, 2))
    changed = heard > -80
    assert 0.4 < changed.mean() < 0.6
    low, high = outliers.SOFTER_DB
    assert -high - 0.5 <= heard[changed].min()
    assert heard[changed].max() <= -low + 0.5
    np.testing.assert_allclose(out.features.max(axis=(1, 2, 3)), 0.0, atol=1e-4)
    np.testing.assert_array_equal(out.features[~changed], before[~changed])


def test_a_network_learns_to_doubt_them_and_its_accuracy_does_not_count_them(taught_run):
    run = taught_run(RULES.replace(teachers=0, epochs=24, augment=Augment()))
    some = noise_clips(run.data.spec)
    result = fit(dataclasses.replace(run, outliers=some))
    assert result.history[-1].train_accuracy > 0.9
    run.net.load_state_dict(result.weights)
    (batch,) = some.over(iter([blank(16, run.data.spec)]), seed=9, number=0)
    with torch.no_grad():
        said = run.net.eval()(torch.from_numpy(batch.features[16:]))[0].softmax(1)
    assert float(said.max()) < 0.7


def test_drawn_outliers_are_the_background_through_the_front_end(toy):
    spec = toy(1).spec
    drawn = outliers.draw(recipe.get("live-taught"), spec, clips=2)
    assert drawn is not None
    assert drawn.share == recipe.get("live-taught").outliers
    assert drawn.beside == recipe.get("live-taught").beside
    back = drawn.pictures * (-FLOOR_DB / 255) + FLOOR_DB
    wanted = [picture for _, picture in synthetic_noise.iter_pictures(2)]
    np.testing.assert_allclose(back, wanted, atol=0.16)


def test_outliers_belong_to_the_live_front_end(toy):
    assert outliers.draw(recipe.get("live"), toy(1).spec) is None
    with pytest.raises(DataError, match="live-mel only"):
        outliers.draw(recipe.get("live-taught"), PAPER_FRONTENDS["mel256"])


def test_batches_of_a_run_stay_whole(toy):
    """The outliers come on top: every window of the epoch is still there."""
    data = toy(4)
    classes = batches.targets_of(data, songs.labels_of(data))
    rules = recipe.get("live").replace(crops=2)
    pairs = batches.pairs_of(data, range(12), rules)
    plain = list(batches.epoch(data, pairs, classes, 3, rules, seed=0, number=0, size=8))
    more = list(noise_clips(data.spec).over(iter(plain), seed=0, number=0))
    assert [len(b.features) for b in more] == [10, 10, 10]
