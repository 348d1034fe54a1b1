"""Tempo and pitch of the sound, changed with torchaudio: what is made, and made again."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from genredesk.core.errors import Cancelled, DataError
from genredesk.core.job import JobContext
from genredesk.features.frontend import LIVE_MEL
from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.inference import bundle as bundles
from genredesk.training.batches import vocoder, waveform_copies
from genredesk.training.data import folders, mels, split
from genredesk.training.plan import recipe
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs.session import Session
from genredesk.training.runs.train import train

pytestmark = pytest.mark.filterwarnings("ignore:.*bfloat16.*:UserWarning")

RATE = 22050
RULES = recipe.get("live").replace(wave_stretch=1.3, wave_pitch=3.0, wave_copies=2)


def tone(hz: float, seconds: float) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype("f4")


def pitch_of(samples: np.ndarray) -> float:
    part = samples[len(samples) // 4 :][: 1 << 15]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
    return float(spectrum.argmax() * RATE / len(part))


@pytest.mark.parametrize("tempo", [0.8, 1.0, 1.25])
@pytest.mark.parametrize("semitones", [-5.0, 0.0, 0.1, 3.3])
def test_tempo_and_pitch_change_apart_from_each_other(tempo, semitones):
    made = vocoder.change(tone(440, 4), tempo, semitones)
    assert made.dtype == np.float32
    assert len(made) == pytest.approx(4 * RATE / tempo, abs=8)
    assert 12 * np.log2(pitch_of(made) / 440) == pytest.approx(semitones, abs=0.07)
    assert made.std() == pytest.approx(tone(440, 4).std(), rel=0.05)


def test_silence_stays_silence():
    assert not vocoder.change(np.zeros(RATE, np.float32), 1.2, 2.0).any()


def copies(folder, seed=0, rules=RULES, spec=LIVE_MEL):
    data = folders.open_folder(folder, spec)
    parts = split.automatic(data)
    return data, parts, *waveform_copies.with_copies(data, parts, rules, seed, JobContext())


def test_every_training_song_gets_its_copies_and_no_other(folder):
    data, parts, more, wider = copies(folder)
    assert len(more.songs) == len(data.songs) + 2 * len(parts.train)
    assert wider.valid == parts.valid
    assert wider.train[: len(parts.train)] == parts.train
    made = wider.train[len(parts.train) :]
    sources = [more.songs[i].path for i in made]
    assert sorted(set(sources)) == sorted(data.songs[i].path for i in parts.train)
    assert len({more.songs[i].name for i in made}) == len(made)
    for i in made:
        assert more.songs[i].label in more.songs[i].path
    lengths = {more.n_columns(i) for i in made}
    assert len(lengths) > 3
    assert min(lengths) >= LIVE_MEL.frames


def test_a_copy_is_what_its_name_says(folder):
    _, parts, more, wider = copies(folder)
    index = wider.train[len(parts.train)]
    words = more.songs[index].name.rpartition("(×")[2].split(" ")
    sound = folders.decode.load(more.songs[index].path, RATE)
    tempo, pitch = float(words[0].rstrip(",")), float(words[1])
    expected = folders.whole_columns(LIVE_MEL, vocoder.change(sound, tempo, pitch))
    np.testing.assert_allclose(more.crop(index, 0, 9999), expected)


def test_seed_decides_and_the_cache_remembers(folder, monkeypatch):
    names = [song.name for song in copies(folder)[2].songs]
    assert names != [song.name for song in copies(folder, seed=1)[2].songs]
    monkeypatch.setattr(vocoder, "change", lambda *_, **__: pytest.fail("made again"))
    again = copies(folder)[2]
    assert names == [song.name for song in again.songs]
    assert again.crop(len(names) - 1, 0, 39).shape == (1, 128, 39)


def test_copies_that_vanish_from_the_cache_are_made_again(folder):
    data, _, more, wider = copies(folder)
    expected = more.crop(wider.train[-1], 0, 50)
    more = copies(folder)[2]
    shutil.rmtree(data.cache.folder)
    np.testing.assert_array_equal(more.crop(wider.train[-1], 0, 50), expected)


def test_other_front_ends_have_copies_too(folder):
    spec = PAPER_FRONTENDS["logmel80"]
    _, _, more, wider = copies(folder, spec=spec)
    assert more.crop(wider.train[-1], 0, spec.frames).shape == spec.shape


def test_cancel_is_heard_meanwhile(folder):
    data = folders.open_folder(folder, LIVE_MEL)
    context = JobContext(lambda progress: context.cancel())
    with pytest.raises(Cancelled):
        waveform_copies.with_copies(data, split.automatic(data), RULES, 0, context)


def test_mel_arrays_have_no_sound_to_change(toy_files):
    data = mels.load(*toy_files)
    with pytest.raises(DataError, match="mel arrays have no sound"):
        waveform_copies.with_copies(data, split.automatic(data), RULES, 0, JobContext())


def test_recipe_without_changes_leaves_the_songs_alone(toy):
    data = toy()
    parts = split.automatic(data)
    rules = recipe.get("live")
    assert waveform_copies.with_copies(data, parts, rules, 0, JobContext()) == (data, parts)


def test_two_trainings_with_copies_give_the_same_weights(folder, tmp_path):
    changes = {"wave_stretch": 1.2, "wave_pitch": 2, "wave_copies": 1, "crops": 2}
    hashes, totals = [], []
    for name in ("one", "two"):
        plan = TrainPlan(
            out=str(tmp_path / name), folder=str(folder), changes=changes, epochs=2, batch=8,
            threads=1, device="cpu",
        )  # fmt: skip
        made = train(plan, Session(JobContext(lambda progress: totals.append(progress.total))))
        hashes.append(made.bundle.card.files[bundles.WEIGHTS])
    assert hashes[0] == hashes[1]
    assert 2 * 2 * 12 * 2 // 8 in totals  # two epochs of 12 songs and 12 copies, two windows each
    stored = json.loads((tmp_path / "one.run" / "evaluation.json").read_text())
    assert stored["recipe"]["wave_pitch"] == 2.0
