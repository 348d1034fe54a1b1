"""From a plan to a bundle that answers, in every mode, and what happens when it cannot be."""

from __future__ import annotations

import csv
import dataclasses
import json
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
import torch

from genredesk.core import trust
from genredesk.core.errors import BundleError, Cancelled, DataError
from genredesk.core.job import JobContext
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.inference.runtime import open_runtime
from genredesk.nets import registry
from genredesk.nets.standardise import Standardised
from genredesk.training.data import mels
from genredesk.training.evaluation import measure
from genredesk.training.export import bundling, export
from genredesk.training.network import module, rebuild
from genredesk.training.plan import plan
from genredesk.training.runs import wire
from genredesk.training.runs.messages import EpochEvent, Event, RefitEvent
from genredesk.training.runs.session import Session
from genredesk.training.runs.train import train

pytestmark = pytest.mark.filterwarnings("ignore:.*bfloat16.*:UserWarning")


def test_plan_becomes_a_bundle_that_answers(trained):
    made, card = trained.made, trained.made.bundle.card
    assert card.labels == ("hum", "knock", "whistle")
    assert card.network == trained.plan.network
    assert card.frontend.fingerprint == LIVE_MEL.fingerprint
    assert made.evaluation["songs"]["sum"] == card.accuracy["song"].value
    assert card.accuracy["song"].n == 6
    kinds = [event["event"] for event in trained.events]
    assert kinds.count("epoch") == 4
    assert {"split", "recipe", "note"} <= set(kinds)
    install.verify(made.bundle)
    runtime = open_runtime(made.bundle, "cpu")
    result, _ = measure.measure(made.bundle, runtime, mels.load(*trained.files), part="valid")
    runtime.close()
    assert result["songs"]["sum"] == pytest.approx(card.accuracy["song"].value)
    assert result["ece"] == pytest.approx(made.evaluation["ece"], abs=1e-4)


def test_report_is_complete_and_stands_alone(trained):
    folder = trained.plan.run_dir
    assert {p.name for p in folder.iterdir()} == {"evaluation.json", "windows.csv", "report.html"}
    stored = json.loads((folder / "evaluation.json").read_text())
    assert stored["songs"] == trained.made.evaluation["songs"]
    rows = list(csv.DictReader((folder / "windows.csv").read_text().splitlines()))
    assert len(rows) == stored["windows"]["n"]
    right = np.mean([row["truth"] == row["answer"] for row in rows])
    assert right == pytest.approx(stored["windows"]["accuracy"])
    page = (folder / "report.html").read_text()
    for word in ("http", "src=", "<script"):
        assert word not in page
    HTMLParser().feed(page)
    assert "whistle" in page


def test_cancelled_run_resumes_to_the_same_bundle(trained, make_plan):
    asked = make_plan("again")
    context = JobContext(lambda p: context.cancel() if "epoch 3" in p.message else None)
    with pytest.raises(Cancelled):
        train(asked, Session(context))
    assert asked.checkpoint.is_file()
    assert not Path(asked.out).exists()
    resumed = train(dataclasses.replace(asked, resume=True))
    name = bundles.WEIGHTS
    assert resumed.bundle.card.files[name] == trained.made.bundle.card.files[name]
    assert not asked.checkpoint.exists()


SMALL = {"network": "live-small", "recipe": "live", "changes": {"precision": "32-true"}}
"""With numbers that are named: which are quicker is timed, once in every home."""


@pytest.fixture(scope="module")
def refitted(trained, tmp_path_factory) -> SimpleNamespace:
    """A training and its refit, undisturbed: ``plan``, ``made``, ``events``."""
    out = tmp_path_factory.mktemp("refitted") / "out" / "again"
    plan = dataclasses.replace(trained.plan, out=str(out), refit=True, **SMALL)
    events: list[Event] = []
    return SimpleNamespace(plan=plan, made=train(plan, Session(tell=events.append)), events=events)


def test_refitted_bundle_heard_every_song_and_keeps_the_first_numbers(make_plan, refitted):
    alone = train(make_plan("alone", **SMALL)).bundle
    chosen, made = refitted.plan, refitted.made
    plain, card = alone.card, made.bundle.card
    assert card.accuracy["song"] == dataclasses.replace(plain.accuracy["song"], on=card.split)
    assert (card.temperature, card.unsure_below) == (plain.temperature, plain.unsure_below)
    assert "fitted again on both" in card.split
    assert "all 24 songs" in card.notes
    kinds = [type(event) for event in refitted.events]
    assert kinds.count(EpochEvent) == kinds.count(RefitEvent) == 4
    # the same network with one more quarter of the songs is another one
    x = np.zeros((2, *LIVE_MEL.shape), np.float32)
    answers = [open_runtime(bundle, "cpu").run(x)[0] for bundle in (alone, made.bundle)]
    assert np.abs(answers[0] - answers[1]).max() > 1e-3
    install.verify(made.bundle)
    first = bundles.load(chosen.first)
    assert first.card.files == plain.files
    assert (first.card.split, first.card.notes) == (plain.split, plain.notes)
    assert not list(chosen.run_dir.glob("*.safetensors"))


def test_refitting_resumes_where_it_was(make_plan, refitted):
    """Cancelled in the second training, it ends as the one that was never stopped."""
    whole = refitted.made
    chosen = make_plan("halves", refit=True, **SMALL)
    ctx = JobContext()

    def tell(event: Event) -> None:
        if isinstance(event, RefitEvent) and event.epoch == 2:
            ctx.cancel()

    with pytest.raises(Cancelled):
        train(chosen, Session(ctx, tell))
    assert chosen.refit_checkpoint.is_file()
    chosen.first.mkdir()  # as if it had been killed between the two bundles
    events = []
    again = dataclasses.replace(chosen, resume=True)
    made = train(again, Session(tell=lambda event: events.append(wire.to_plain(event)["event"])))
    assert events.count("epoch") == 0
    assert events.count("refit") == 2
    assert made.bundle.card.files["weights.safetensors"] == whole.bundle.card.files[
        "weights.safetensors"
    ]  # fmt: skip


def test_quick_mode_keeps_the_body(make_plan, trained):
    base = trained.made.bundle
    told = []
    session = Session(tell=lambda event: told.append(getattr(event, "text", event)))
    made = train(make_plan("quick", mode="quick", bundle=str(base.path)), session)
    assert f"Comparing with {base.card.title} and with guessing." in told
    old, new = rebuild.network_of(base), rebuild.network_of(made.bundle)
    old_state, new_state = old.state_dict(), new.state_dict()
    for name, value in old_state.items():
        assert torch.equal(value, new_state[name]) == ("head" not in name), name
    assert made.evaluation["songs"]["sum"] >= 0.8
    assert "new last layer" in made.bundle.card.notes


def test_the_card_says_how_many_songs_its_threshold_rests_on_and_few_do_not_lower_it(
    trained, make_plan, tmp_path
):
    base = trained.made.bundle
    n, n_labels = base.card.accuracy["song"].n, len(base.card.labels)
    assert base.card.certainty.songs == base.card.songs == n < trust.ENOUGH
    assert base.card.unsure_below >= trust.least_sure(n, n_labels)
    curve = base.card.certainty.curve
    assert curve[0].named == n
    parent = bundles.write(
        tmp_path / "strict", onnx=base.read(bundles.MODEL), weights=base.read(bundles.WEIGHTS),
        card=base.card.replace(id="strict", unsure_below=0.97),
    )  # fmt: skip
    made = train(make_plan("quicker", mode="quick", bundle=str(parent.path)))
    assert made.bundle.card.unsure_below == 0.97
    compared = made.evaluation["start"]["comparison"]
    # each of the 24 songs was held back once, and both answered the same ones
    assert compared["n"] == made.bundle.card.accuracy["song"].n == 24
    assert compared["verdict"] in {"too few songs", "better", "not better"}
    assert compared["difference"] == pytest.approx(
        made.evaluation["start"]["new"] - made.evaluation["start"]["start"]
    )


def test_quick_mode_keeps_the_graph_of_the_body(make_plan, trained, toy_files, monkeypatch):
    """Other and more genres; nothing is exported by torch, only the last layer's numbers differ."""
    table = toy_files[1]
    table.write_text(table.read_text().replace("knock.7,knock", "bang.7,bang").replace(
        "knock.0,knock", "knock.0,bang").replace("knock.3,knock", "knock.3,bang"))  # fmt: skip
    monkeypatch.setattr(export, "to_onnx", None)
    base = trained.made.bundle
    made = train(make_plan("graph", mode="quick", bundle=str(base.path)))
    old, new = (onnx.load_model_from_string(b.read(bundles.MODEL)) for b in (base, made.bundle))
    assert [n.op_type for n in old.graph.node] == [n.op_type for n in new.graph.node]
    kept = {t.name: t for t in old.graph.initializer}
    changed = {t.name for t in new.graph.initializer if kept.get(t.name) != t}
    assert changed == {"net.head.weight", "net.head.bias"}
    assert made.bundle.card.labels == ("bang", "hum", "knock", "whistle")


def test_full_mode_begins_with_the_bundle(make_plan, trained):
    base = trained.made.bundle
    made = train(make_plan("full", mode="full", bundle=str(base.path), epochs=1, lr=1e-5))
    old = rebuild.network_of(base).state_dict()
    for name, value in rebuild.network_of(made.bundle).state_dict().items():
        if "running" not in name and "num_batches" not in name:
            torch.testing.assert_close(value, old[name], atol=1e-3, rtol=1e-2)


def test_full_mode_learns_other_genres(make_plan, trained, toy_files):
    table = toy_files[1]
    table.write_text(table.read_text().replace("knock,", "bang,"))
    base = str(trained.made.bundle.path)
    made = train(make_plan("other", mode="full", bundle=base, epochs=8, lr=5e-3))
    assert made.bundle.card.labels == ("bang", "hum", "whistle")
    assert made.evaluation["songs"]["sum"] >= 0.6


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"name": "Bad Name"}, "name of a bundle"),
        ({"mode": "quick"}, "needs a bundle"),
        ({"mode": "slow"}, "mode"),
        ({"mels": "", "folder": ""}, "Give either"),
        ({"folder": "/somewhere"}, "Give either"),
        ({"network": "nothing"}, "nothing"),
        ({"recipe": "nothing"}, "no recipe named nothing"),
        ({"balance": "odd"}, "Balance"),
        ({"lr": -1.0}, "positive"),
        ({"mels": "/no/such.npz"}, r"such\.npz"),
        ({"frontend": "mel256"}, "front end"),
        ({"frontend": "odd"}, "no front end named odd"),
    ],
)
def test_plan_that_cannot_work_is_refused_in_a_sentence(make_plan, changes, word):
    asked = make_plan(**changes)
    with pytest.raises(DataError, match=word):
        train(asked)
    assert not Path(asked.out).exists()


def test_existing_bundle_is_never_overwritten(make_plan):
    asked = make_plan()
    Path(asked.out).mkdir(parents=True)
    with pytest.raises(DataError, match="exists already"):
        train(asked)


@pytest.mark.parametrize(
    "raw", [None, [], {"out": 3}, {}, {"out": "a", "extra": 1}, {"out": "a", "epochs": "two"}]
)
def test_plan_from_elsewhere_is_checked(raw):
    with pytest.raises(DataError):
        plan.from_dict(raw)


def test_plan_travels_as_a_line_of_json(make_plan):
    asked = make_plan(lr=0.5, title="Ä ♫\nnew line")
    line = asked.to_json()
    assert "\n" not in line
    assert plan.from_dict(json.loads(line)) == asked


def network():
    torch.manual_seed(0)
    return Standardised(registry.get("live").build(1, 128, 39, 4), np.ones((1, 128, 1))).eval()


def test_exported_network_answers_like_torch():
    net = network()
    features = np.random.default_rng(0).normal(-30, 20, (5, 1, 128, 39)).astype(np.float32)
    model = export.to_onnx(net, (1, 128, 39))
    assert bundling.check_parity(model, module.listener(net), features) <= bundling.PARITY
    graph = onnx.load_model_from_string(model).graph
    assert [i.name for i in graph.input] == ["features"]
    assert [o.name for o in graph.output] == ["logits", "embedding"]


def test_export_that_differs_says_where():
    net = network()
    model = export.to_onnx(net, (1, 128, 39))
    with torch.no_grad():
        net.net.head.bias[2] += 0.0008
    features = np.zeros((5, 1, 128, 39), np.float32)
    with pytest.raises(BundleError, match=r"probabilities \(number 2 of window \d+, batch of 1\)"):
        bundling.check_parity(model, module.listener(net), features)
    # flat probabilities hide it, the logits do not
    with pytest.raises(BundleError, match=r"logits \(number 2 of window \d+, batch of 1\)"):
        bundling.check_parity(model, module.listener(net), features, temperature=20.0)


def test_large_logits_may_differ_by_what_single_precision_resolves():
    """As mlp-1 on raw MFCCs: thousandths of several hundreds, and the same probabilities."""
    net = network()
    with torch.no_grad():
        net.net.head.bias += 500
    model = export.to_onnx(net, (1, 128, 39))
    with torch.no_grad():
        net.net.head.bias += 0.01
    features = np.random.default_rng(0).normal(-30, 20, (5, 1, 128, 39)).astype(np.float32)
    assert 0 < bundling.check_parity(model, module.listener(net), features) <= bundling.PARITY


def test_failed_export_leaves_nothing(make_plan, monkeypatch):
    def off(*_):
        raise BundleError("the exported network differs")

    monkeypatch.setattr(bundling, "check_parity", off)
    asked = make_plan(epochs=1)
    with pytest.raises(BundleError, match="Nothing was written"):
        train(asked)
    assert not Path(asked.out).exists()
    assert asked.checkpoint.is_file()  # the work is not lost


def test_arrays_of_another_front_end_are_refused(trained, toy_files):
    made = trained.made
    other = dataclasses.replace(LIVE_MEL, hop_length=1700)
    card = made.bundle.card.replace(frontend=other)
    wrong = dataclasses.replace(made.bundle, card=card)
    with pytest.raises(BundleError, match="another front end"):
        measure.open_songs(wrong, mels=str(toy_files[0]))


def test_genre_the_bundle_does_not_know_is_named(trained, toy_files):
    made = trained.made
    table = toy_files[1]
    table.write_text(table.read_text().replace("hum,", "polka,"))
    runtime = open_runtime(made.bundle, "cpu")
    with pytest.raises(DataError, match="polka"):
        measure.measure(made.bundle, runtime, mels.load(*toy_files))
    runtime.close()


def test_every_recipe_of_a_network_exists():
    from genredesk.training.plan.recipe import RECIPES

    for name in registry.names():
        assert registry.get(name).recipe in RECIPES, name
