"""Which numbers a network is trained in is found out by timing, once for a device."""

from __future__ import annotations

import json

import pytest
import torch

from genredesk.core import paths
from genredesk.core.job import JobContext
from genredesk.nets import registry
from genredesk.training.data import split
from genredesk.training.data.songs import labels_of
from genredesk.training.fit import precision
from genredesk.training.fit.fit import Loop, fit
from genredesk.training.fit.run import FitRun
from genredesk.training.plan import recipe
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs import probe
from genredesk.training.runs.messages import MeasuredEvent, MeasureTask

RULES = recipe.get("live").replace(epochs=1, batch=8, crops=1)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache folder of the test's own."""
    monkeypatch.setenv("GENREDESK_HOME", str(tmp_path))


@pytest.fixture
def timed(monkeypatch):
    """Say what steps take, in 32 bits and in bfloat16; counts how often that is asked."""
    calls = []

    def say(full: float, low: float) -> list:
        def measure(*_args, **_named):
            calls.append((full, low))
            return full, low

        monkeypatch.setattr(precision, "measure", measure)
        return calls

    return say


def settle(rules=RULES, **changes):
    net = registry.get("live-small").build(1, 128, 39, 3)
    return precision.settle(net, rules, (1, 128, 39), 3, "cpu", task="classify", **changes)


@pytest.mark.parametrize(
    ("full", "low", "chosen", "words"),
    [
        (0.5, 4.0, precision.FULL, "takes 8 times the time of one in 32 bits"),
        (0.5, 0.3, precision.LOW, "takes 0.60 of the time of one in 32 bits"),
        (0.5, 0.49, precision.FULL, "takes 0.98 of the time"),
        (0.5, float("inf"), precision.FULL, "cannot be computed in bfloat16"),
    ],
)
def test_quicker_one_is_taken_and_the_reason_told(timed, full, low, chosen, words):
    timed(full, low)
    rules, why = settle()
    assert rules.precision == chosen
    assert chosen in why
    assert words in why


def test_each_is_timed_once_for_a_device(timed, monkeypatch):
    calls = timed(1.0, 9.0)
    assert settle() == settle()
    assert len(calls) == 1
    assert list(json.loads((paths.cache_dir() / "precision.json").read_text()).values()) == [[1, 9]]
    monkeypatch.setattr(precision, "_device_name", lambda _device: "another processor")
    settle()
    assert len(calls) == 2


def test_recipe_that_names_one_is_kept_to(timed):
    calls = timed(1.0, 9.0)
    rules = RULES.replace(precision="bf16-mixed")
    assert settle(rules) == (rules, "")
    assert not calls


def test_several_processes_agree_without_timing(timed):
    calls = timed(1.0, 0.1)
    rules, why = settle(processes=2)
    assert rules.precision == precision.FULL
    assert "by the kind of device" in why
    assert not calls


@pytest.mark.filterwarnings("ignore:.*bfloat16.*:UserWarning")
@pytest.mark.parametrize(("network", "task"), [("live-small", "classify"), ("vae", "generate")])
def test_both_are_timed_in_truth_and_nothing_of_the_network_changes(network, task):
    net = registry.get(network).build(1, 128, 39, 3)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    state = torch.random.get_rng_state()
    rules = RULES.replace(batch=2)
    full, low = precision.measure(net, rules, (1, 128, 39), 3, "cpu", task=task)
    assert full > 0 < low
    assert torch.equal(state, torch.random.get_rng_state())
    for name, value in net.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_step_is_laid_out_as_the_loop_does(toy):
    laid = []

    class Watched(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 4, 3)

        def forward(self, x):
            laid.append(x.is_contiguous(memory_format=torch.channels_last))
            weight = self.conv.weight
            laid.append(weight.is_contiguous(memory_format=torch.channels_last))
            return self.conv(x).mean((2, 3)), x

    rules = RULES.replace(precision=precision.FULL, batch=2)
    precision.step(Watched(), rules, (3, 16, 16), 4, "cpu", task="classify")()
    assert laid == [True, True]


def a_run(toy, **changes) -> FitRun:
    data = toy(4)
    torch.manual_seed(0)
    net = registry.get("live-small").build(1, 128, 39, 3)
    rules = RULES.replace(augment=recipe.Augment(), recognise=0.0)
    values = {"accelerator": "cpu", **changes}
    return FitRun(net, data, split.automatic(data), labels_of(data), rules, **values)


def test_run_says_what_it_computes_in_and_goes_on_in_it(toy, timed, tmp_path):
    timed(1.0, 9.0)
    notes = []
    saved = tmp_path / "saved.safetensors"
    result = fit(a_run(toy, checkpoint=saved, on_note=notes.append))
    assert "9 times" in result.precision
    assert result.precision in notes
    (paths.cache_dir() / "precision.json").unlink()
    timed(1.0, 0.1)  # the device is another one now
    loop = Loop(a_run(toy, checkpoint=saved, resume=True))
    assert loop.run.recipe.precision == precision.FULL
    assert loop.go().precision == "Computed in 32-true, as it was begun."


def test_estimate_says_it_and_counts_with_it(timed):
    timed(1.0, 9.0)
    plan = TrainPlan(network="live-small", songs="songs.json", out="model")
    events: list[MeasuredEvent] = []
    asked = MeasureTask({"one": plan}, songs=10, seconds=300.0, classes=3)
    probe.measure(asked, JobContext(), events.append, start_s=1.0)
    takes = events[0].estimate
    assert takes is not None
    assert "32 bits (32-true)" in takes.why
    assert takes.recipe["precision"] == precision.FULL
