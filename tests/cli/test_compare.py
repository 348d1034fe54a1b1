"""Models of different vocabularies on the same songs, as a person compares them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import save

from genredesk.core import paths
from genredesk.inference import bundle as bundles
from genredesk.library.catalogue.mapping import Words
from genredesk.library.library import Library

HERTZ = {"low": 100, "middle": 3000, "high": 8000}


@pytest.fixture
def other(bundle):
    """The same network with words of a tree, of which several may hold; the last two swapped."""
    card = bundle.card.replace(
        id="tree", title="Tree", labels=("Deep---Bass", "Shrill", "Mid"), task="several",
        unsure_below=0.4, accuracy={},
    )  # fmt: skip
    return bundles.write(
        paths.user_models_dir() / "tree", onnx=bundle.read(bundles.MODEL),
        weights=save({"weight": np.zeros((3, 1), np.float32)}), card=card,
    )  # fmt: skip


@pytest.fixture
def songs(tone, tmp_path):
    """Two songs of each genre, and of one that nobody knows."""
    for genre, hertz in (*HERTZ.items(), ("polka", 500)):
        for n in range(2):
            tone(f"{genre}/{genre} {n}.wav", hertz * (1 + 0.02 * n), 4.0 + n)
    return tmp_path / "music"


def test_shared_words_decide_and_the_mapping_is_said(bundle, other, songs, genredesk):
    status, _, err = genredesk("compare", "thirds", "tree", songs)
    assert status == 1, "no word is shared by name"
    assert "tree knows none of these words" in err
    with Library.open() as library:
        library.words.keep(
            Words({"Shrill": ("high",), "Mid": ("middle",)}, {"Bass": ("low",), "Bebop": ("Jazz",)})
        )
    status, out, _ = genredesk("compare", "thirds", "tree", songs, "--json")
    assert status == 0
    found = json.loads(out)
    together = found["together"]
    assert together["words"] == {"high": 2, "low": 2, "middle": 2}, "polka is passed over"
    assert together["models"]["thirds"]["right"] == 1
    assert together["models"]["tree"]["right"] == pytest.approx(1 / 3), "two words are swapped"
    assert together["models"]["tree"]["recall"] == {"high": 0, "low": 1, "middle": 0}
    assert together["models"]["tree"]["means"]["Deep---Bass"] == ["low"]
    assert {row["song"].split("/")[0] for row in together["disagree"]} == {"high", "middle"}
    pair = found["models"]["thirds"]["versus"][0]
    assert (pair["id"], pair["words"]) == ("tree", ["high", "low", "middle"])
    both = pair["comparison"]
    assert (both["n"], both["only_new"], both["only_old"]) == (6, 4, 0)
    mirrored = found["models"]["tree"]["versus"][0]["comparison"]
    assert mirrored["difference"] == -both["difference"]
    status, out, _ = genredesk("compare", "thirds", "tree", songs)
    assert "Tree counts" in out
    assert "Shrill as High" in out
    assert "too few songs to say" in out


def test_the_library_a_person_corrected_is_the_measure(bundle, other, songs, genredesk):
    assert genredesk("compare", "thirds", "tree", "--library")[0] == 1, "nothing was corrected"
    assert genredesk("scan", songs)[0] == 0
    with Library.open() as library:
        library.words.keep(Words({"Shrill": ("high",)}))
        place = {row.path.name: row.id for row in library.files.rows(range(1, 9))}
        library.corrections.set([place["high 0.wav"], place["high 1.wav"]], ["High"])
        library.corrections.set([place["low 0.wav"]], ["high", "low"])
    status, out, _ = genredesk("compare", "thirds", "tree", "--library", "--json")
    found = json.loads(out)
    assert status == 0
    assert found["together"]["n"] == 3
    assert found["models"]["thirds"]["folder"] == "your library"
    assert found["together"]["words"] == {"high": 3}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["thirds"], "two to 4 models"),
        (["thirds", "thirds"], "named once"),
        (["thirds", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_compared_is_refused(bundle, songs, genredesk, names, words):
    status, _, err = genredesk("compare", *names, songs)
    assert status == 1
    assert words in err
