"""The list of networks is read once for a version of the program, and never trusted blindly."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys

import onnx
import pytest
import torch

from genredesk import features, nets
from genredesk.__main__ import main
from genredesk.core import paths
from genredesk.nets import registry
from genredesk.nets.network import Network
from genredesk.training.export import speed
from genredesk.training.runs import networks
from genredesk.training.runs.messages import NetworkFacts

FACTS = [NetworkFacts("made-up", "Made up", "000", "", 1, "live", 3.0)]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache folder of the test's own."""
    monkeypatch.setenv("GENREDESK_HOME", str(tmp_path))


def keep(of: str) -> None:
    """Leave a list made by the program with the fingerprint ``of``."""
    paths.cache_dir().mkdir(parents=True)
    text = json.dumps({"of": of, "networks": [dataclasses.asdict(net) for net in FACTS]})
    (paths.cache_dir() / "networks.json").write_text(text, encoding="utf-8")


def test_what_was_read_is_there_the_next_time():
    assert networks.kept() == []
    read = networks.read()
    assert [net.name for net in read] == list(registry.names())
    assert networks.kept() == read


def test_the_list_of_another_version_is_not_used(monkeypatch):
    keep(networks.fingerprint())
    assert networks.kept() == FACTS
    networks.fingerprint.cache_clear()
    monkeypatch.setattr(networks, "__version__", "9.9")
    assert networks.kept() == []
    networks.fingerprint.cache_clear()


@pytest.mark.parametrize(
    ("room", "source"),
    [(nets, "spec.py"), (nets, "zoo/vae.py"), (features, "papers.py"), (features, "frontend.py")],
)
def test_another_source_of_the_facts_is_another_program(room, source, tmp_path, monkeypatch):
    mine = tmp_path / "room"
    shutil.copytree(room.__path__[0], mine)
    monkeypatch.setattr(room, "__path__", [str(mine)])
    networks.fingerprint.cache_clear()
    before = networks.fingerprint()
    with (mine / source).open("a", encoding="utf-8") as file:
        file.write("# a change\n")
    networks.fingerprint.cache_clear()
    after = networks.fingerprint()
    networks.fingerprint.cache_clear()
    assert after != before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"of": 3}', '"of"', "null"])
def test_a_broken_list_is_as_good_as_none(text):
    keep("")
    (paths.cache_dir() / "networks.json").write_text(text, encoding="utf-8")
    assert networks.kept() == []


def test_a_folder_that_cannot_be_written_only_means_reading_again(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be", encoding="utf-8")
    assert networks.read()
    assert networks.kept() == []


def test_what_is_kept_is_found_without_torch(monkeypatch):
    keep(networks.fingerprint())
    monkeypatch.setitem(sys.modules, "torch", None)
    assert networks.kept() == FACTS


def test_only_the_list_is_written_to_standard_output(capfd):
    """The older exporter prints the graph it cannot export, behind Python's back."""

    class Odd(Network):
        def forward(self, features):
            odd = torch.expm1(features)
            return odd.mean((1, 2)), odd.flatten(1)

    sys.stdout.write("before, ")
    model = speed._graph(Odd(), (1, 4, 3))
    assert onnx.load_from_string(model).graph.node[0].op_type == "Exp"
    sys.stdout.write("after")
    assert capfd.readouterr() == ("before, after", "")
    assert main(["networks", "--json", "mlp-1"]) == 0
    assert json.loads(capfd.readouterr().out)[0]["name"] == "mlp-1"
