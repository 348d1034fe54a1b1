"""A paper's network as its authors ran it, and as their text prints it; fields of a network."""

from __future__ import annotations

import pytest

from genredesk.core.errors import DataError
from genredesk.nets.zoo.kth import Kth
from genredesk.training.plan.changed import changed
from genredesk.training.plan.plan import TrainPlan, check
from genredesk.training.plan.recipe import PRINTED, RECIPES, get
from genredesk.training.runs.prepare import recipe_of, spec_of


def test_every_version_that_was_run_has_the_printed_one_beside_it():
    run = {name for name, recipe in RECIPES.items() if recipe.version == "as run"}
    printed = {name for name, recipe in RECIPES.items() if recipe.version == "as printed"}
    assert {f"{name}{PRINTED}" for name in run} == printed
    for name in run:
        there = changed(get(name), {"version": "as printed", "epochs": 3})
        assert there == get(f"{name}{PRINTED}").replace(epochs=3)
        assert changed(there, {"version": "as run", "epochs": get(name).epochs}) == get(name)
        assert there.notes.startswith("As printed")
    assert get("kth-mel3-printed").lr == get("kth").lr
    assert get("densenet-transfer-printed").backbone == "fine-tuned"
    with pytest.raises(DataError, match="one version only"):
        changed(get("live"), {"version": "as printed"})


def test_a_plan_builds_the_printed_kernel_and_its_own_fields():
    plan = TrainPlan(
        out="x", network="kth-mel", changes={"version": "as printed", "net.dropout": 0.5, "lr": 0.1}
    )
    spec = spec_of(plan)
    assert spec.name == "kth-mel[third=3,dropout=0.5]"
    net = spec.build(1, 40, 40, 3)
    assert isinstance(net, Kth)
    assert net.blocks[8].kernel_size == (3, 3)
    assert net.drop.p == 0.5
    assert recipe_of(plan, spec).lr == 0.1


def test_fields_of_a_bundles_network_cannot_be_changed(tmp_path):
    plan = TrainPlan(
        out=str(tmp_path / "new"), folder="songs", mode="full", bundle="net1",
        changes={"net.dropout": 0.5},
    )  # fmt: skip
    with pytest.raises(DataError, match=r"Leave net\.dropout out"):
        check(plan)
