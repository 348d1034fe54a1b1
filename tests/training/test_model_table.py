"""The table of the shipped networks is what their cards say."""

from __future__ import annotations

import dataclasses
import shutil
import sys

import pytest

import model_table
import train_shipped
from genredesk.core import atomic, paths
from genredesk.inference import bundle as bundles
from genredesk.inference import card as cards


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A folder with two of the shipped bundles, a card alone, and their table."""
    models = tmp_path_factory.mktemp("models")
    for name in ("genredesk-live", "edge-cnn"):
        shutil.copytree(paths.shipped_models_dir() / name, models / name)
    shutil.copy(
        paths.shipped_models_dir() / "edge-cnn" / "card.json", models / "patel-lstm.card.json"
    )
    times = model_table.timed(models, seconds=0.05)
    text = model_table.text(model_table.lines(models, times), model_table.LEFT_OUT)
    model_table.page(models).write_text(text, encoding="utf-8")
    return models


def test_the_shipped_table_says_what_the_cards_say():
    assert model_table.true(paths.shipped_models_dir(), model_table.LEFT_OUT), (
        "models/README.md is out of date: python packaging/model_table.py"
    )


def test_it_lists_every_bundle_with_every_number():
    models = paths.shipped_models_dir()
    lines = model_table.lines(models, model_table.timed(models, seconds=0.02))
    assert {one.card.id for one in lines} <= set(train_shipped.BUNDLES)
    for one in lines:
        cells = one.cells()
        left_out = one.card.id in model_table.LEFT_OUT
        assert (cells[3] == "left out") == (cells[4] == "–") == left_out
        assert not [cell for i, cell in enumerate(cells) if i != 4 and cell == "–"]
        assert f"{one.card.parameters:,}" in cells


def test_the_best_come_first_and_those_left_out_last(small):
    text = model_table.page(small).read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == ["genredesk-live", "edge-cnn", "edge-cnn"]
    assert "left out" in rows[2]
    card = bundles.load(small / "genredesk-live").card
    low, high = card.accuracy["song"].interval
    assert f"{card.accuracy['song'].value:.1%} ({low:.1%} – {high:.1%}, n = 196)" in rows[0]
    recall = card.accuracy["recall jazz"].value
    assert f"| jazz | {recall:.2f} |" in text


def test_a_changed_card_makes_it_untrue(small, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(small, models)
    assert model_table.true(models, model_table.LEFT_OUT)
    path = models / "edge-cnn" / "card.json"
    card = bundles.load(models / "edge-cnn").card
    song = card.accuracy["song"]
    other = dataclasses.replace(song, value=song.value - 0.01)
    changed = card.replace(accuracy={**card.accuracy, "song": other})
    atomic.write_json(path, changed.to_dict())
    assert not model_table.true(models, model_table.LEFT_OUT)
    shutil.rmtree(models / "edge-cnn")
    assert not model_table.true(models, model_table.LEFT_OUT)
    model_table.page(models).unlink()
    assert not model_table.true(models, model_table.LEFT_OUT)


def test_the_command_checks_and_writes(small, tmp_path, monkeypatch):
    models = tmp_path / "models"
    shutil.copytree(small, models)

    def command(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["model_table", "--models", str(models), *words])
        return model_table.main()

    assert command("--check") == 0
    model_table.page(models).write_text("something else")
    assert command("--check") == 1
    assert command() == 0
    assert model_table.true(models, model_table.LEFT_OUT)


def test_every_card_alone_is_left_out_with_a_reason():
    alone = {
        path.name.removesuffix(cards.ALONE)
        for path in paths.shipped_models_dir().glob(f"*{cards.ALONE}")
    }
    assert alone <= set(model_table.LEFT_OUT) | set(train_shipped.AGAIN)
    assert not {b.id for b in bundles.installed()} & set(model_table.LEFT_OUT)


def test_networks_trained_twice_stand_side_by_side(small, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(small, models)
    card = bundles.load(models / "edge-cnn").card
    assert bundles.load(models / "edge-cnn").again is None
    song = dataclasses.replace(card.accuracy["song"], value=0.654)
    second = card.replace(id="edge-cnn-ours", accuracy={**card.accuracy, "song": song})
    atomic.write_json(models / f"edge-cnn-ours{cards.ALONE}", second.to_dict())
    assert bundles.load(models / "edge-cnn").again == second
    assert not model_table.true(models, model_table.LEFT_OUT)
    model_table.write(models, model_table.LEFT_OUT)
    assert model_table.true(models, model_table.LEFT_OUT)
    _, equal = model_table.page(models).read_text().split("## On equal terms")
    row = next(line for line in equal.splitlines() if line.startswith("| `edge-cnn`"))
    assert row.index(f"{card.accuracy['song'].value:.1%}") < row.index("65.4%")
    assert "`edge-cnn-ours`" not in model_table.page(models).read_text()


def test_without_any_bundle_there_is_still_a_page(tmp_path):
    model_table.write(tmp_path, {})
    assert model_table.true(tmp_path, {})
