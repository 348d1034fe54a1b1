"""A word taught from stretches of sound: found again, the others kept; the bundle is whole."""

from __future__ import annotations

import contextlib
import wave

import numpy as np
import pytest
from safetensors.numpy import load

from genredesk.core import paths
from genredesk.core.errors import DataError
from genredesk.inference import bundle as bundles
from genredesk.inference.pieces import pieces
from genredesk.inference.runtime import CPU, open_runtime
from genredesk.training.data import examples
from genredesk.training.fit import other_music, teach

RATE = 22050
DEFAULT = paths.shipped_models_dir() / bundles.DEFAULT_ID


def bells(seconds: float, seed: int) -> np.ndarray:
    """Return bells struck at random: like no music the network knows."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * RATE), np.float32)
    t = np.arange(RATE) / RATE
    for at in rng.integers(0, len(sound) - RATE, round(3 * seconds)):
        tone = sum(np.sin(2 * np.pi * f * t) for f in rng.choice([523, 659, 784, 1047, 2093], 3))
        sound[at : at + RATE] += 0.2 * tone * np.exp(-6 * t)
    return sound


def said(bundle: bundles.Bundle, sound: np.ndarray) -> np.ndarray:
    """Return the mean probabilities of a sound."""
    with contextlib.closing(open_runtime(bundle, CPU)) as runtime:
        batches = pieces(bundle.card.frontend, [sound], 3.0)
        logits = np.concatenate([runtime.run(batch.features)[0] for batch in batches])
    power = np.exp(logits / bundle.card.temperature)
    return (power / power.sum(1, keepdims=True)).mean(0)


def test_a_taught_word_is_heard_and_the_others_stay(tmp_path):
    parent = bundles.load(DEFAULT)
    for seed in (1, 2):
        path = examples.write("Bells", bells(8, seed), RATE, "bells.mp3")
        with wave.open(str(path)) as file:
            assert file.getframerate() == RATE
    taught = teach.learn(parent, examples.kept(), tmp_path / "taught-1")
    bundle = taught.bundle
    assert bundle.card.labels == (*parent.card.labels, "Bells")
    assert bundle.card.labels[said(bundle, bells(9, 7)).argmax()] == "Bells"
    noise = np.random.default_rng(0).normal(0, 0.1, 6 * RATE).astype(np.float32)
    beat = noise * (np.arange(len(noise)) % (RATE // 2) < RATE // 8)
    before, after = said(parent, beat), said(bundle, beat)
    assert after[-1] < 0.5
    assert before.argmax() == after[:-1].argmax()
    _says_what_is_known(taught)
    _has_the_weights_of_its_graph(bundle)


def _says_what_is_known(taught: teach.Taught) -> None:
    (score,) = taught.scores
    assert (score.label, score.n) == ("Bells", 2)
    assert 0 <= score.low <= score.right / score.n <= score.high <= 1
    assert f"{score.right} of 2" in taught.bundle.card.notes
    one = teach.WordScore("Bells", 0, 0, 0.0, 1.0, 0.0)
    assert "too few" in teach.sentence([one])


def _has_the_weights_of_its_graph(bundle: bundles.Bundle) -> None:
    weight, bias = teach._head(teach._table(bundle))
    with contextlib.closing(open_runtime(bundle, CPU)) as runtime:
        (batch,) = pieces(bundle.card.frontend, [bells(6, 3)], 3.0)
        logits, embedding = runtime.run(batch.features)
    np.testing.assert_allclose(embedding @ weight.T + bias, logits, atol=2e-2)


def test_a_forgotten_example_is_gone_with_its_folder():
    path = examples.write("Drone", np.zeros(RATE, np.float32), RATE, "x.wav")
    assert [e.label for e in examples.kept()] == ["Drone"]
    examples.forget(path)
    assert not examples.kept()
    assert not path.parent.exists()


def test_songs_of_the_library_stand_for_words_where_they_lie(tmp_path):
    song = tmp_path / "a.wav"
    song.touch()
    examples.refer([("Rock", song), ("Rock", tmp_path / "gone.wav")])
    assert [(e.label, e.path) for e in examples.kept()] == [("Rock", song)]


def test_without_examples_nothing_is_taught(tmp_path):
    with pytest.raises(DataError, match="nothing to learn from"):
        teach.learn(bundles.load(DEFAULT), [], tmp_path / "taught-1")
    assert not (tmp_path / "taught-1").exists()


def test_means_of_a_word_are_those_of_its_songs_or_of_parts_of_them():
    names = ["jazz"] * 30 + ["rock"] * 5
    song = np.repeat(np.arange(35), 10)
    embedding = np.column_stack([song, np.tile(np.arange(10.0), 35)])
    found = other_music.means(embedding, song, names)
    assert found["jazz"][:, 0].tolist() == [0, 3, 5, 8, 11, 13, 16, 18, 21, 24, 26, 29]
    assert set(found["jazz"][:, 1]) == {4.5}
    assert found["rock"].tolist() == [[n, half] for n in range(30, 35) for half in (2.0, 7.0)]
    many = {f"word {n}": np.full((12, 2), 1e6) for n in range(400)}
    kept = load(other_music.packed(many) or b"")
    assert {rows.shape for rows in kept.values()} == {(1, 2)}
    assert len(kept) == 400
    assert np.isfinite(np.stack(list(kept.values()))).all()
    assert other_music.packed({}) is None


def test_a_word_is_taught_beside_those_that_were_trained_here(taught, tmp_path, sound):
    parent = taught.made.bundle
    music = other_music.of(parent)
    assert {"hum", "knock", "whistle", "jazz", "reggae"} <= set(music)
    assert {rows.shape for rows in music.values()} == {(9, 576 + 512), (12, 576 + 512)}
    assert all(len(music[label]) == 9 for label in parent.card.labels), "of three windows a song"
    for seed in (1, 2):
        examples.write("Bells", bells(8, seed), RATE, "bells.mp3")
    first = teach.learn(parent, examples.kept(), tmp_path / "taught-1").bundle
    assert set(other_music.of(first)) == {*music, "Bells"}
    for label in parent.card.labels:
        assert first.card.labels[said(first, sound(label, 50, 6.0)).argmax()] == label
    examples.write("reggae", bells(8, 3)[::3], RATE, "higher.mp3")
    second = teach.learn(first, examples.kept(), tmp_path / "taught-2").bundle
    assert second.card.labels == (*parent.card.labels, "Bells", "reggae")
    for bundle in (first, second):
        assert bundle.card.labels[said(bundle, bells(9, 7)).argmax()] == "Bells"


def test_beside_words_of_a_model_without_music_nothing_is_taught(taught, tmp_path):
    made = taught.made.bundle
    older = bundles.write(
        tmp_path / "older", onnx=made.read(bundles.MODEL), weights=made.weights(),
        card=made.card.replace(id="older"),
    )  # fmt: skip
    examples.write("Bells", bells(8, 1), RATE, "bells.mp3")
    with pytest.raises(DataError, match="brings no other music"):
        teach.learn(older, examples.kept(), tmp_path / "taught-1")


def test_a_whole_network_brings_what_it_learned_from(trained):
    """Six songs a word, each too short for a second window."""
    music = other_music.of(trained.made.bundle)
    assert [(word, len(rows)) for word, rows in sorted(music.items())] == [
        ("hum", 6), ("knock", 6), ("whistle", 6),
    ]  # fmt: skip
    (width,) = {rows.shape[1] for rows in music.values()}
    assert width == teach._head(teach._table(trained.made.bundle))[0].shape[1]
