"""The registry: found by file name, named without running, asked by name."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from genredesk.core.errors import DataError
from genredesk.nets import registry, zoo
from genredesk.nets.network import count
from genredesk.nets.spec import NetSpec, with_fields
from genredesk.training.plan.recipe import RECIPES

# fmt: off
WANTED = (
    "net1", "net2", "nnet1", "nnet1-hidden", "nnet2", "nnet2-bn",
    "shallow", "shallow-cqt", "shallow-cqt84", "shallow-leaky", "shallow-leaky-cqt",
    "deep", "deep-cqt", "deep-cqt84", "deep-leaky", "deep-leaky-cqt",
    "kth-mfcc", "kth-mel", "kth-mel3", "mobilenet-v2", "densenet121", "vae", "vae-2",
    "mlp-1", "mlp-3", "mlp-5", "patel-cnn", "patel-cnn-all", "patel-cnn-130",
    "patel-lstm", "patel-lstm-130",
    "edge", "edge-2x2", "edge-4x4", "live", "crnn", "raw",
)
# fmt: on


def test_every_network_of_the_papers_is_there():
    assert set(WANTED) <= set(registry.names())


def test_names_read_from_the_text_are_the_names_that_are_built():
    built = [spec.name for family in registry.families() for spec in (family, *family.variants)]
    assert list(registry.names()) == built
    assert len(set(built)) == len(built)


def test_one_file_is_one_network():
    files = sorted(p.stem for p in Path(zoo.__path__[0]).glob("*.py") if p.stem != "__init__")
    for stem, family in zip(files, registry.families(), strict=True):
        for spec in (family, *family.variants):
            assert spec.name.startswith(stem.replace("_", "-"))


def test_names_cost_no_torch(loads):
    found = loads("from genredesk.nets import registry; assert registry.names()")
    assert "torch" not in found
    assert not [name for name in found if name.startswith("genredesk.nets.zoo.")]


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(DataError, match=r"no network called 'net3'.*net1.*net2"):
        registry.get("net3")


def test_a_new_file_is_found_with_its_variants(tmp_path, monkeypatch):
    (tmp_path / "zz_new.py").write_text(
        "from genredesk.nets.spec import NetSpec\n"
        "_NET = NetSpec(name='zz-new', title='New', paper='genredesk', build=None,\n"
        "               frontend_name='live-mel', shape=(1, 128, 39), parameters=1)\n"
        "NET = _NET.with_variants(_NET.like(name='zz-new-wide', parameters=2))\n"
    )
    monkeypatch.setattr(zoo, "__path__", [*zoo.__path__, str(tmp_path)])
    registry._index.cache_clear()
    try:
        assert registry.names()[-2:] == ("zz-new", "zz-new-wide")
        assert registry.get("zz-new-wide").parameters == 2
    finally:
        registry._index.cache_clear()
        sys.modules.pop("genredesk.nets.zoo.zz_new", None)


@pytest.mark.parametrize("name", registry.names())
def test_a_specification_is_complete(name):
    spec = registry.get(name)
    assert isinstance(spec, NetSpec)
    assert spec.frontend.shape == spec.shape
    assert spec.title
    assert spec.notes
    assert spec.paper in {"000", "001", "002", "003", "004", "genredesk", "musicnn"}
    if spec.task == "classify":
        assert spec.recipe in RECIPES


def test_fields_of_an_architecture_are_part_of_the_name():
    small = registry.get(with_fields("edge", {"depth": 2, "width": 16, "kernel": [3, 3]}))
    assert small.name == "edge[depth=2,width=16,kernel=[3,3]]"
    net = small.paper_network()
    convolutions = [m for m in net.modules() if isinstance(m, torch.nn.Conv2d)]
    assert [(c.out_channels, c.kernel_size) for c in convolutions] == [(16, (3, 3)), (32, (3, 3))]
    assert count(net).total == small.parameters
    assert registry.get("mlp-3[dropout=0]").paper_network().drop.p == 0.0
    again = with_fields(small.name, {"pool": [4, 4]})
    assert registry.get(again).paper_network().blocks[2].kernel_size == (4, 4)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("edge[deep=2]", "depth"),
        ("edge[depth=2.5]", "depth cannot be 2.5"),
        ("mlp-1[dropout=2]", "between 0 and 1"),
        ('patel-cnn[bn="some"]', "one of first, all"),
        ("mlp-1[dropout]", "no field and value"),
        ("densenet121[width=3]", "none that can be set"),
    ],
)
def test_an_architecture_that_cannot_be_is_refused_in_words(name, word):
    with pytest.raises(DataError, match=word):
        registry.get(name)


def test_every_value_worth_trying_can_be_built():
    for family in registry.families():
        for key, values in family.worth_trying.items():
            for value in values:
                assert registry.get(with_fields(family.name, {key: value})).parameters > 0


def test_front_ends_are_known_without_the_networks_themselves():
    for name in registry.names():
        assert registry.frontend_name(name) == registry.get(name).frontend_name
    assert registry.frontend_name("edge[depth=2]") == "edge-mel"
    assert registry.frontend_name("nobody") == ""
