"""Quick mode: every song is learned from and held back once, by one ear or several."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax

from benchmarks.accuracy.hearing import LiveEar
from genredesk.__main__ import main
from genredesk.cli import _training_screen
from genredesk.cli import train as train_command
from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.features import frontend
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference import bundle as bundles
from genredesk.inference import install, scorer
from genredesk.inference.aggregate import softmax
from genredesk.inference.runtime import open_runtime
from genredesk.nets import registry
from genredesk.nets.joined import Joined
from genredesk.nets.standardise import Standardised
from genredesk.training.data import split
from genredesk.training.data.scan import LabeledFile
from genredesk.training.data.songs import Song, windows_of
from genredesk.training.data.sources import open_data
from genredesk.training.export import join
from genredesk.training.fit import other_music, quick
from genredesk.training.fit.epoch import EpochReport
from genredesk.training.fit.run import QuickRun
from genredesk.training.network import logistic, module, rebuild, weights
from genredesk.training.plan import ears as plan_ears
from genredesk.training.plan import plan as plans
from genredesk.training.plan.changed import of_plan
from genredesk.training.plan.plan import TrainPlan, check
from genredesk.training.runs import compare, ears, finish
from genredesk.training.runs.messages import ListedSong, TrainingDone
from genredesk.training.runs.session import RunSetup, Session
from genredesk.training.runs.train import train

EARS = ("genredesk-live", "edge-cnn")


def songs(**counts: int) -> list[Song]:
    """``songs(jazz=3)``: three songs of jazz by nobody in particular."""
    return [Song(f"{label}.{i}", label) for label, n in counts.items() for i in range(n)]


# ---------------------------------------------------------------- folds


@pytest.mark.parametrize(
    "counts", [{"a": 4, "b": 4, "c": 4}, {"a": 2, "b": 9}, {"a": 120, "b": 90}]
)
def test_every_song_is_held_back_once_and_learned_in_every_other_fold(counts):
    every = songs(**counts)
    folds = split.each_once(every, seed=3)
    assert sorted(i for fold in folds for i in fold.valid) == list(range(len(every)))
    for fold in folds:
        assert sorted((*fold.train, *fold.valid)) == list(range(len(every)))
        assert {every[i].label for i in fold.train} == set(counts)
    few = len(every) > split.MANY_SONGS
    assert len(folds) == min(len(every), split.FEW_FOLDS if few else split.MOST_FOLDS)
    assert folds == split.each_once(every, seed=3)
    assert folds != split.each_once(every, seed=4)


def test_folds_keep_artists_together_also_across_genres():
    every = [
        Song(f"{label}.{i}", label, artist=f"artist {i // 2}")
        for label in ("jazz", "rock")
        for i in range(8)
    ]
    folds = split.each_once(every)
    assert len(folds) == 4
    assert split.shared_by(every, folds) == []
    assert "artists kept together" in folds[0].protocol
    assert sorted(i for fold in folds for i in fold.valid) == list(range(16))


def test_an_artist_who_fills_a_genre_is_held_back_song_by_song_and_told():
    every = [Song(f"jazz.{i}", "jazz", "Miles") for i in range(3)]
    every += [Song(f"rock.{i}", "rock", f"band {i}") for i in range(3)]
    folds = split.each_once(every)
    assert sorted(i for fold in folds for i in fold.valid) == list(range(6))
    assert split.shared_by(every, folds) == ["Miles"]


def test_a_genre_with_one_song_is_learned_always_and_tried_never():
    every = songs(jazz=3, rock=3, polka=1)
    folds = split.each_once(every)
    polka = 6
    assert all(polka in fold.train and polka not in fold.valid for fold in folds)
    assert sorted(i for fold in folds for i in fold.valid) == list(range(6))


def test_songs_kept_for_a_test_take_no_part():
    every = [dataclasses.replace(song, split="test") for song in songs(jazz=1)]
    every += songs(jazz=3, rock=3)
    folds = split.each_once(every)
    assert all(0 not in (*fold.train, *fold.valid) for fold in folds)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "no song to train on"),
        ({"jazz": 5}, "only one genre, jazz"),
        ({"jazz": 1, "rock": 1}, "Every genre has one song only"),
        ({"Jazz": 2, "jazz ": 2}, "differ only in case"),
    ],
)
def test_folds_that_cannot_be_are_refused_in_a_sentence(counts, words):
    with pytest.raises(DataError, match=words):
        split.each_once(songs(**counts))


# ---------------------------------------------------------------- the last layer


def test_the_right_answer_to_other_music_is_any_of_the_genres():
    """The loss is the printed formula at its optimum, and other music is named less surely."""
    rng = np.random.default_rng(0)
    truth = np.arange(60) % 3
    x = rng.normal(size=(60, 8)) + 2 * np.eye(8)[truth]
    others = 3 * np.eye(8)[0] + rng.normal(size=(40, 8))
    plain, _ = logistic.fit(x, truth, 3, decay=0.01)
    layer, loss = logistic.fit(x, truth, 3, decay=0.01, others=others, share=0.3)
    own = log_softmax(logistic.answers(layer, x), axis=1)[np.arange(60), truth].mean()
    any_ = log_softmax(logistic.answers(layer, others), axis=1).mean()
    assert loss == pytest.approx(-0.7 * own - 0.3 * any_ + 0.01 * np.sum(layer[:, :-1] ** 2))

    def sure(fitted):
        return softmax(logistic.answers(fitted, others).astype(np.float32)).max(1).mean()

    assert sure(layer) < sure(plain) - 0.2
    moved = layer + 1e-3 * rng.normal(size=layer.shape)
    own = log_softmax(logistic.answers(moved, x), axis=1)[np.arange(60), truth].mean()
    any_ = log_softmax(logistic.answers(moved, others), axis=1).mean()
    assert -0.7 * own - 0.3 * any_ + 0.01 * np.sum(moved[:, :-1] ** 2) > loss


def test_other_music_is_there_for_the_ears_that_come_along_without_the_words_taught():
    found = [bundles.find(name) for name in EARS]
    widths = ears.widths(found)
    every = other_music.heard_by(found, ())
    assert every is not None, "python packaging/make_other_music.py"
    assert every.shape == (120, sum(widths))
    assert np.isfinite(every).all()
    fewer = other_music.heard_by(found, ("Hip Hop", "polka", "JAZZ"))
    assert fewer is not None
    assert len(fewer) == 120 - 2 * 12
    first = other_music.heard_by(found[:1], ())
    assert first is not None
    np.testing.assert_array_equal(first, every[:, : widths[0]])
    assert other_music.heard_by([bundles.find("net1")], ()) is None


def test_fewer_rows_than_numbers_give_the_same_layer():
    """The weights are looked for among sums of the rows, where the best ones are."""
    rng = np.random.default_rng(4)
    truth = np.arange(12) % 3
    x, others = rng.normal(size=(12, 40)), rng.normal(size=(5, 40))
    layer, loss = logistic.fit(x, truth, 3, decay=0.05, others=others, share=0.2)
    for _ in range(20):
        moved = layer + 1e-3 * rng.normal(size=layer.shape)
        own = log_softmax(logistic.answers(moved, x), axis=1)[np.arange(12), truth].mean()
        any_ = log_softmax(logistic.answers(moved, others), axis=1).mean()
        assert -0.8 * own - 0.2 * any_ + 0.05 * np.sum(moved[:, :-1] ** 2) > loss


def test_a_layer_is_held_to_what_is_known_already():
    """The loss is the printed formula at its optimum, and a strong hold leaves what was known."""
    rng = np.random.default_rng(5)
    truth = np.arange(12) % 3
    x, others = rng.normal(size=(12, 20)), rng.normal(size=(5, 20))
    known = rng.normal(size=(3, 21))
    layer, loss = logistic.fit(x, truth, 3, decay=0.05, others=others, share=0.2, prior=known)
    for size in (0.0, *[1e-3] * 20):
        moved = layer + size * rng.normal(size=layer.shape)
        own = log_softmax(logistic.answers(moved, x), axis=1)[np.arange(12), truth].mean()
        any_ = log_softmax(logistic.answers(moved, others), axis=1).mean()
        value = -0.8 * own - 0.2 * any_ + 0.05 * np.sum((moved - known)[:, :-1] ** 2)
        assert value == pytest.approx(loss) if not size else value > loss
    held, _ = logistic.fit(x, truth, 3, decay=1e6, prior=known)
    np.testing.assert_allclose(held[:, :-1], known[:, :-1], atol=1e-5)


def test_networks_that_come_along_say_what_they_know_of_the_words():
    found = [bundles.find(name) for name in EARS]
    labels = ("polka", "Hip Hop", "JAZZ", "rock")
    layers = ears.known(found, labels)
    for bundle, width, layer in zip(found, ears.widths(found), layers, strict=True):
        x = np.random.default_rng(6).normal(size=(5, width)).astype(np.float32)
        table = weights.of_body(bundle)
        logits = x @ table[weights.HEAD_WEIGHT].T + table[weights.HEAD_BIAS]
        theirs = logits[:, [bundle.card.labels.index(w) for w in ("hiphop", "jazz", "rock")]]
        said = logistic.answers(layer, x)
        np.testing.assert_array_equal(said[:, 0], 0)
        np.testing.assert_allclose(
            softmax(said[:, 1:].astype(np.float32)), softmax(theirs, bundle.card.temperature),
            rtol=1e-3,
        )  # fmt: skip
    assert ears.known(found, ("polka", "jazz")) == ()


def test_what_is_known_counts_where_there_are_few_songs(toy):
    heard, _ = made_up(3)
    run, rng = run_on(toy), np.random.default_rng(7)
    folds = split.each_once(run.data.songs)
    right = np.column_stack([3 * np.eye(5)[:3], np.zeros(3)])
    faint = dataclasses.replace(  # the songs alone hardly tell
        heard, embedding=np.column_stack([heard.embedding[:, :3], rng.normal(size=(72, 5))])
    )
    faint.embedding[:, 3:6] += 0.6 * np.eye(3)[faint.truth]
    told = dataclasses.replace(faint, known=(None, right))
    without, kept = (quick.choose(run, each, folds, (3, 5)) for each in (faint, told))
    assert kept.head.way == quick.KNOWN
    assert kept.head.decay in quick.DECAYS[quick.KNOWN]
    doubts = [quick.doubts(each.held_back).mean() for each in (kept, without)]
    assert doubts[0] < doubts[1] - 0.05
    wrong = dataclasses.replace(faint, known=(None, right[[1, 2, 0]]))
    assert quick.choose(run, wrong, folds, (3, 5)).head.way != quick.KNOWN


def made_up(seed: int, *, way: str = quick.JOINED):
    """Embeddings of two ears, four songs of three genres: only the second ear can tell them."""
    rng = np.random.default_rng(seed)
    song = np.repeat(np.arange(12), 6)
    truth = song // 4
    first = rng.normal(size=(72, 3))
    second = 3 * np.eye(5)[truth] + rng.normal(size=(72, 5))
    heard = quick.SongEmbeddings(
        np.concatenate([first, second], 1), song, truth, np.zeros(72, np.float32),
        np.ones(72, bool), other_music.none(8),
    )  # fmt: skip
    return heard, quick.Head(way, 0.1, (3, 5))


def run_on(toy, **changes) -> QuickRun:
    return QuickRun(toy(4), ("hum", "knock", "whistle"), **changes)


def test_averaging_is_the_mean_of_a_layer_for_each_ear():
    heard, head = made_up(0, way=quick.AVERAGED)
    rows = np.arange(72) % 2 == 0
    layer, _ = quick.layer_of(head, heard, rows, 3)
    parts = []
    for ear, width in enumerate((3, 5)):
        one = quick.alone(heard, (3, 5), ear)
        alone, _ = quick.layer_of(quick.Head(quick.JOINED, 0.1, (width,)), one, rows, 3)
        parts.append(logistic.answers(alone, one.embedding))
    together = logistic.answers(layer, heard.embedding)
    np.testing.assert_allclose(together, np.mean(parts, 0), atol=1e-9)


def test_answers_in_turn_come_from_layers_that_never_heard_the_song(toy):
    """A song whose genre is given wrongly is answered as its sound says, not as its label."""
    heard, head = made_up(1)
    run = run_on(toy)
    folds = split.each_once(run.data.songs)
    wrong = heard.truth.copy()
    wrong[heard.song == 0] = 2
    heard = dataclasses.replace(heard, truth=wrong)
    answers, _, _ = quick.in_turn(run, heard, folds, head)
    said = answers.logits[answers.song == 0].argmax(1)
    assert (said == 0).mean() > 0.8
    assert len(answers.names) == 12
    assert answers.names == tuple(song.name for song in run.data.songs)
    fold = next(fold for fold in folds if 0 in fold.valid)
    layer, _ = quick.layer_of(head, heard, np.isin(heard.song, fold.train), 3)
    np.testing.assert_allclose(
        answers.logits[answers.song == 0],
        logistic.answers(layer, heard.embedding[heard.song == 0]),
        rtol=1e-5,
    )


def test_another_try_is_taken_only_where_it_is_clearly_better_song_by_song():
    rng = np.random.default_rng(0)
    songs = rng.gamma(2.0, 0.5, 24)
    noise = rng.normal(0, 0.3, 24)
    noise -= noise.mean()
    error = noise.std(ddof=1) / np.sqrt(24)
    assert quick.clearly_less(songs - 1.1 * error + noise, songs)
    assert not quick.clearly_less(songs - 0.9 * error + noise, songs), "as good as by luck"
    assert quick.clearly_less(songs - 1e-6, songs), "every song a little"
    assert not quick.clearly_less(songs[:1] - 9, songs[:1]), "one song says nothing"


def test_the_folds_choose_what_doubts_clearly_less_and_all_songs_make_the_layer(toy):
    heard, _ = made_up(2)
    wide = dataclasses.replace(heard, others=other_music.none(8))
    told: list[EpochReport] = []
    run = run_on(toy, on_epoch=told.append)
    folds = split.each_once(run.data.songs)
    kept = quick.choose(run, wide, folds, (3, 5))
    assert [report.epoch for report in told] == [1, 2, 3, 4]
    assert kept.history == tuple(told)

    def doubts(way: str, decay: float) -> NDArray[np.float64]:
        return quick.doubts(quick.in_turn(run, wide, folds, quick.Head(way, decay, (3, 5)))[0])

    best, kept_doubts = (quick.AVERAGED, 0.1), doubts(quick.AVERAGED, 0.1)
    for n in range(1, 4):
        tried = (quick.JOINED, 0.1) if n == 1 else (best[0], quick.DECAYS[best[0]][n - 1])
        if quick.clearly_less(found := doubts(*tried), kept_doubts):
            best, kept_doubts = tried, found
    assert (kept.head.way, kept.head.decay) == best
    assert best != (quick.AVERAGED, 0.1), "here another is clearly better"
    assert [report.epoch for report in told if report.best][-1] == kept.number
    one, both = quick.compared(run, wide, folds, (3, 5), kept)
    assert (one["ears"], both["ears"]) == (1, 2)
    assert both["songs"] > one["songs"] + 0.3, "the first ear heard nothing"
    assert both["interval"][0] <= both["songs"] <= both["interval"][1]


# ---------------------------------------------------------------- ears


def test_a_joined_network_is_its_networks_side_by_side():
    found = [bundles.find(name) for name in EARS]
    alone = [rebuild.network_of(bundle) for bundle in found]
    x = torch.from_numpy(np.random.default_rng(0).normal(-30, 20, (3, 1, 128, 39))).float()
    with torch.no_grad():
        parts = [net(x)[1] for net in alone]
        net = rebuild.joined_of(found, 4)
        logits, embedding = net(x)
    assert torch.equal(embedding, torch.cat(parts, 1))
    layer = net.last_layer()
    assert layer is not None
    torch.testing.assert_close(logits, layer(embedding))
    assert logits.shape == (3, 4)
    again = Standardised(registry.get("live+edge").build(1, 128, 39, 4))
    again.load_state_dict(net.state_dict())
    nested = Joined([net, rebuild.network_of(bundles.find("kth-vanilla"))], 4)
    assert len(nested.ears) == 3


def test_graphs_are_put_together_without_an_export_and_answer_like_torch():
    found = [bundles.find(name) for name in EARS]
    net = rebuild.joined_of(found, 4)
    last = net.last_layer()
    assert last is not None
    layer = np.column_stack([t.detach().double().numpy() for t in (last.weight, last.bias)])
    made = ears.with_layer(found, layer, ears.embedder(found))
    assert made.parameters == sum(p.numel() for p in net.parameters())
    x = np.random.default_rng(0).normal(-30, 20, (5, 1, 128, 39)).astype(np.float32)
    with torch.no_grad():
        expected = [t.numpy() for t in net(torch.from_numpy(x))]
    models = [bundle.read(bundles.MODEL) for bundle in found]
    proto = onnx.load_model_from_string(models[1])
    # how a graph comes from its embedding to its answer is all the same: that part goes
    end = next(n for n in proto.graph.node if list(n.output) == ["logits"])
    end.op_type = "Identity"
    del end.input[1:], end.attribute[:]
    odd = join.graph([models[0], proto.SerializeToString()], layer)
    older = onnx.version_converter.convert_version(onnx.load_model_from_string(models[1]), 18)
    mixed = join.graph([models[0], older.SerializeToString()], layer)
    for model in (made.model, odd, mixed):
        logits, embedding = module.graph(model)(x)
        np.testing.assert_allclose(logits, expected[0], atol=1e-5)
        np.testing.assert_allclose(embedding, expected[1], atol=2e-5)
    stored = rebuild.load_safetensors(made.weights)
    assert {name: tuple(value.shape) for name, value in stored.items()} == {
        name: tuple(value.shape) for name, value in net.state_dict().items()
    }
    net.load_state_dict(stored)
    with torch.no_grad():
        np.testing.assert_allclose(net(torch.from_numpy(x))[0], expected[0], atol=1e-5)


def test_ears_of_different_front_ends_hear_together_and_the_rest_is_refused(
    tmp_path, trained, make_plan
):
    base = trained.made.bundle
    other = dataclasses.replace(LIVE_MEL, sample_rate=16000, f_max=8000, hop_length=1240)
    card = base.card.replace(id="other", frontend=other, files={}, golden=None)
    odd = bundles.write(
        tmp_path / "other", onnx=base.read(bundles.MODEL), weights=base.read(bundles.WEIGHTS),
        card=card,
    )  # fmt: skip
    plan = make_plan("x", mode="quick", bundle=str(base.path))
    both = [base, odd]
    assert plan_ears.of(dataclasses.replace(plan, ears=[str(odd.path)])) == both
    spec = plan_ears.frontend(both)
    assert [part.sample_rate for part in spec.parts] == [22050, 16000]
    assert spec.window_s >= odd.card.frontend.window_s
    net = rebuild.joined_of(both, 3)
    last = net.last_layer()
    assert last is not None
    layer = np.column_stack([t.detach().double().numpy() for t in (last.weight, last.bias)])
    joined = ears.with_layer(both, layer, ears.embedder(both))
    graph = joined.model
    sound = np.random.default_rng(0).normal(0, 0.1, spec.window_samples).astype("f4")
    row = np.stack([frontend.window(spec, sound), frontend.window(spec, 0.3 * sound[::-1])])
    logits, embedding = module.graph(graph)(row)
    with torch.inference_mode():
        expected = [t.numpy() for t in net(torch.from_numpy(row))]
    np.testing.assert_allclose(logits, expected[0], atol=1e-5)
    np.testing.assert_allclose(embedding, expected[1], atol=2e-5)
    first = module.graph(base.read(bundles.MODEL))(frontend.window(LIVE_MEL, sound)[None])[1]
    np.testing.assert_allclose(embedding[:1, : first.shape[1]], first, atol=2e-5)
    card = base.card.replace(
        id="both", network="+".join([base.card.network] * 2), frontend=spec,
        labels=("a", "b", "c"),
    )  # fmt: skip
    row_of_both = ears.embedder(both)(row)
    np.testing.assert_allclose(row_of_both, expected[1], atol=2e-5)
    made = bundles.write(tmp_path / "both", onnx=graph, weights=joined.weights, card=card)
    again = rebuild.network_of(made)
    with torch.inference_mode():
        np.testing.assert_allclose(again(torch.from_numpy(row))[0], expected[0], atol=1e-6)
    with pytest.raises(DataError, match="base is named twice"):
        plan_ears.of(dataclasses.replace(plan, ears=[str(base.path)]))
    with pytest.raises(DataError, match="Only a quick run"):
        check(dataclasses.replace(plan, mode="full", ears=["edge-cnn"]))
    with pytest.raises(DataError, match="learns from all songs as it is"):
        check(dataclasses.replace(plan, refit=True))
    second = plan_ears.second(bundles.find("genredesk-live"))
    assert second is not None
    assert second.id == "edge-cnn"
    assert plan_ears.second(second) is None
    assert plan_ears.second(odd) is None


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (quick.JOINED, "(one for all), learned from all 2 songs"),
        (quick.KNOWN, "for each), held to what it said of the words it knew, learned from all 2"),
    ],
)
def test_a_card_says_how_its_last_layer_was_made(way, said, toy):
    plan = TrainPlan(out="x", mode="quick", bundle=EARS[0], ears=[EARS[1]])
    parts = split.Split((0, 1), (0, 1), (), "2 folds, whole songs")
    setup = RunSetup(plan, of_plan(plan, "live"), toy(1), parts, ("a", "b"), ())
    assert said in finish._on_all(setup, {"way": way})


def test_a_folder_of_one_s_own_becomes_one_bundle_of_two_ears(taught):
    plan, made, events = taught.plan, taught.made, taught.events
    card = made.bundle.card
    assert card.network == "live+edge"
    assert card.labels == ("hum", "knock", "whistle")
    told = next(event for event in events if event["event"] == "split")
    assert (told["train"], told["valid"], told["folds"]) == (9, 9, 9)
    assert card.accuracy["song"].n == 9
    assert "all of them fitted on" in card.data
    assert "9 folds, whole songs" in card.split
    assert "then fitted again on all of them" in card.split
    assert "genredesk-live and edge-cnn" in card.notes
    assert "learned from all 9 songs" in card.notes
    page = (plan.run_dir / "report.html").read_text()
    assert "All 9 songs were learned from" in page
    stored = json.loads((plan.run_dir / "evaluation.json").read_text())
    assert [way["ears"] for way in stored["ears"]] == [1, 2]
    assert stored["leaks"]["folds"] == 9
    install.verify(made.bundle)


def test_the_bundle_answers_in_onnx_like_torch_and_like_numpy(taught):
    made = taught.made
    x = np.random.default_rng(1).normal(-30, 20, (4, 1, 128, 39)).astype(np.float32)
    runtime = open_runtime(made.bundle, "cpu")
    logits, embedding = runtime.run(x)
    runtime.close()
    net = rebuild.network_of(made.bundle)
    with torch.no_grad():
        expected, inside = net(torch.from_numpy(x))
    np.testing.assert_allclose(logits, expected.numpy(), atol=1e-5)
    np.testing.assert_allclose(embedding, inside.numpy(), atol=1e-5)
    layer = net.last_layer()
    assert layer is not None
    assert layer.bias is not None
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    np.testing.assert_allclose(logits, embedding @ weight.T + bias, atol=1e-5)


def test_the_layer_that_stays_has_learned_from_every_song(taught):
    """It is the one that all windows of all nine songs give, and no fold's; as torch hears them."""
    plan, made = taught.plan, taught.made
    data = open_data(plan, LIVE_MEL, Session().ctx, lambda _: None)
    found = plan_ears.of(plan)
    labels = made.bundle.card.labels
    run = QuickRun(data, labels)
    others = other_music.heard_by(found, labels)
    heard = quick.hear(run, ears.embedder(found), range(9), others)
    kept = quick.choose(run, heard, split.each_once(data.songs), ears.widths(found))
    every = np.ones(len(heard.truth), bool)
    layer, _ = quick.layer_of(kept.head, heard, every, 3)
    got = rebuild.network_of(made.bundle).last_layer()
    assert got is not None
    np.testing.assert_allclose(got.weight.detach().numpy(), layer[:, :-1], atol=1e-5)
    less, _ = quick.layer_of(kept.head, heard, heard.song != 0, 3)
    assert np.abs(less - layer).max() > 1e-3
    listen = module.listener(rebuild.joined_of(found, 3))
    by_torch = quick.hear(run, lambda x: listen(x)[1], range(9), others)
    again, _ = quick.layer_of(kept.head, by_torch, every, 3)
    said, wanted = (
        softmax(logistic.answers(fitted, windows.embedding).astype(np.float32))
        for fitted, windows in ((layer, heard), (again, by_torch))
    )
    np.testing.assert_allclose(said, wanted, atol=5e-3)


def test_a_bundle_of_two_ears_travels_as_one_and_hears_whole_tracks(taught, tmp_path, sound):
    made = taught.made
    file = bundles.export(made.bundle, tmp_path / "mine")
    again = install.import_(file)
    assert again.card.network == "live+edge"
    samples = sound("whistle", 50, 12.0)
    open_scorer = scorer.BundleScorer.of(again)()
    heard = open_scorer.hear([samples])
    open_scorer.close()
    assert again.card.labels[int(heard.probabilities.argmax())] == "whistle"


def test_a_bundle_of_two_ears_can_be_gone_on_with(taught, make_plan, toy):
    """Quick again with an ear more takes it as it is; full trains all of its networks."""
    made = taught.made
    plan = make_plan("more", mode="quick", bundle=str(made.bundle.path), ears=["kth-vanilla"])
    more = train(plan)
    assert more.bundle.card.network == "live+edge+kth-mel"
    assert more.bundle.card.accuracy["song"].n == 24
    picture = windows_of(toy(1), 0, 13)[0][:1]
    runtime = open_runtime(more.bundle, "cpu")
    assert runtime.run(picture)[1].shape == (1, 576 + 512 + 64)
    runtime.close()


def test_files_and_the_live_engine_hear_with_two_ears(taught, write_wav, sound, tmp_path, capsys):
    bundle = taught.made.bundle
    song = write_wav(tmp_path / "song.wav", sound("whistle", 51, 12.0))
    assert main(["classify", str(song), "--bundle", str(bundle.path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert "whistle" in json.dumps(said)
    with LiveEar(bundle) as ear:
        heard = ear.hear(sound("whistle", 51, 12.0))
    names = [bundle.card.labels[int(scores.probabilities.argmax())] for scores, _ in heard]
    assert names
    assert names.count("whistle") > 0.8 * len(names)


def test_both_ears_are_tried_on_the_songs_of_a_person(folder):
    entries = [
        ListedSong(str(path), path.parent.name)
        for path in sorted(folder.rglob("*.wav"))
        if path.is_file()
    ]
    plan = TrainPlan(out="x", songs="s", mode="quick", bundle=EARS[0], ears=[EARS[1]])
    one, both = compare.measure(plan, entries, JobContext())
    assert (one.ears, both.ears) == (1, 2)
    assert one.n == both.n == len(entries)
    assert both.songs >= 0.8, "hum, whistle and knock are easy"


def test_songs_to_try_with_are_drawn_from_every_genre():
    entries = [LabeledFile(Path(song.name), song.label) for song in songs(jazz=40, rock=3, folk=20)]
    chosen = compare.some(entries, 12, seed=0)
    counts = {label: sum(e.label == label for e in chosen) for label in ("jazz", "rock", "folk")}
    assert counts["rock"] == 3
    assert abs(counts["jazz"] - counts["folk"]) <= 1
    assert sum(counts.values()) == 12
    assert chosen == compare.some(entries, 12, seed=0)
    assert compare.some(entries, 100, seed=0) == entries


@pytest.mark.parametrize(
    ("words", "bundle", "others"),
    [
        ([], "genredesk-live", ["edge-cnn"]),
        (["--bundle", "net1"], "net1", ["edge-cnn"]),
        (["--bundle", "edge-cnn"], "edge-cnn", []),
        (["--ear", "net1"], "net1", []),
        (["--ear", "net1", "--ear", "shallow"], "net1", ["shallow"]),
        (["--bundle", "net1", "--ear", "shallow"], "net1", ["shallow"]),
    ],
)
def test_ears_are_named_on_the_command_line(words, bundle, others):
    parser = argparse.ArgumentParser()
    train_command.add_arguments(parser)
    asked = parser.parse_args(["songs", "--out", "mine", "--quick", *words])
    plan = train_command.plan_of(asked)
    assert (plan.mode, plan.bundle, plan.ears) == ("quick", bundle, others)
    again = plans.from_dict(json.loads(plan.to_json()))
    assert again == plan


def test_a_last_layer_and_both_numbers_are_told_in_the_terminal(taught):
    both = {"ears": 2, "songs": 0.84, "interval": [0.78, 0.9], "n": 24}
    one = {"ears": 1, "songs": 0.79, "interval": [0.72, 0.86], "n": 24}
    evaluation = {**taught.made.evaluation, "ears": [one, both]}
    said = _training_screen.summary(TrainingDone("b", "b", "r", evaluation))
    assert "2 ears 84% (78–90%), the first alone 79% (72–86%)" in said
