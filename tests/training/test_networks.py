"""The list of networks is read once for a version of the program, and never trusted blindly."""

from __future__ import annotations

import json
import sys

import pytest

from genredesk.core import paths
from genredesk.nets import registry
from genredesk.training import networks

FACTS = [{"name": "made-up", "title": "Made up"}]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache folder of the test's own."""
    monkeypatch.setenv("GENREDESK_HOME", str(tmp_path))


def keep(of: str) -> None:
    """Leave a list made by the program with the fingerprint ``of``."""
    paths.cache_dir().mkdir(parents=True)
    text = json.dumps({"of": of, "networks": FACTS})
    (paths.cache_dir() / "networks.json").write_text(text, encoding="utf-8")


def test_what_was_read_is_there_the_next_time():
    assert networks.kept() == []
    read = networks.read()
    assert [net["name"] for net in read] == list(registry.names())
    assert networks.kept() == read


def test_the_list_of_another_version_is_not_used(monkeypatch):
    keep(networks._fingerprint())
    assert networks.kept() == FACTS
    networks._fingerprint.cache_clear()
    monkeypatch.setattr(networks, "__version__", "9.9")
    assert networks.kept() == []
    networks._fingerprint.cache_clear()


def test_another_file_of_the_zoo_is_another_program(tmp_path, monkeypatch):
    before = networks._fingerprint()
    networks._fingerprint.cache_clear()
    (tmp_path / "my_net.py").write_text("NET = 1\n", encoding="utf-8")
    monkeypatch.setattr(networks.zoo, "__path__", [*networks.zoo.__path__, str(tmp_path)])
    assert networks._fingerprint() != before
    networks._fingerprint.cache_clear()


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
    keep(networks._fingerprint())
    monkeypatch.setitem(sys.modules, "torch", None)
    assert networks.kept() == FACTS
