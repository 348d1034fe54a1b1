"""Live listening, whole files, the library's scorer and the terminal ask one rule."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from genredesk.core import certainty
from genredesk.core.certainty import Strength
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import MODEL, WEIGHTS
from genredesk.inference.scorer import BundleScorer


@pytest.fixture
def always_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the rule by one that never decides."""

    def rule(first: object, second: object, bounds: object) -> np.ndarray:
        del second, bounds
        return np.full(np.shape(first), certainty.BETWEEN, np.int8)

    monkeypatch.setattr(certainty, "codes", rule)


def objects(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.usefixtures("always_between")
def test_another_rule_in_its_one_place_changes_every_answer(bundle, tone, genredesk) -> None:
    path = tone("low.wav", 100, seconds=5)
    _, out, _ = genredesk("classify", path, "--json")
    (file,) = objects(out)
    assert file["decision"]["state"] == "between"
    assert {window["state"] for window in file["windows"]} == {"between"}
    _, out, _ = genredesk("listen", path, "--json")
    live = [line for line in objects(out) if line["state"] != "waiting"]
    assert live
    assert {line["state"] for line in live} == {"between"}
    named = sorted(file["decision"]["named"], key=bundle.card.labels.index)
    word = f"Between {named[0]} and {named[1]}"
    for command in ("classify", "listen"):
        _, out, _ = genredesk(command, path)
        assert word in out
    scorer = BundleScorer.of(bundle)()
    sound = np.sin(np.arange(5 * scorer.sample_rate) / 9).astype(np.float32)
    assert scorer.hear([sound]).state is Strength.BETWEEN
    scorer.close()


def test_with_the_rule_as_it_is_they_are_sure(bundle, tone, genredesk) -> None:
    _, out, _ = genredesk("classify", tone("low.wav", 100, seconds=5))
    assert out.startswith("Low ")


def test_a_careful_person_hears_less_that_is_sure(bundle, tone, genredesk) -> None:
    path, folder = tone("low.wav", 100, seconds=5), bundle.path.with_name("doubting")
    card = bundle.card.replace(id="doubting", temperature=8.0)
    onnx, weights = bundle.read(MODEL), bundle.read(WEIGHTS)
    bundles.write(folder, onnx=onnx, weights=weights, card=card)

    def decided(care: str) -> dict:
        _, out, _ = genredesk("classify", path, "--json", "--bundle", "doubting", "--care", care)
        return objects(out)[0]["decision"]

    score = decided("balanced")["score"]
    assert 0.5 < score < 0.95
    shutil.rmtree(folder)
    card = card.replace(unsure_below=score - 0.01)
    bundles.write(folder, onnx=onnx, weights=weights, card=card)
    assert decided("balanced")["state"] == decided("bold")["state"] == "sure"
    assert decided("careful")["state"] == "probable"
