"""A trained autoencoder speaks, and its variations feed a training."""

from __future__ import annotations

import argparse
import dataclasses
import json
import wave
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.numpy import load as load_safetensors
from scipy import signal

from genredesk.__main__ import main
from genredesk.core.errors import BundleError, Cancelled, DataError, GenreDeskError
from genredesk.core.job import JobContext
from genredesk.features.frontend import LIVE_MEL
from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.inference.runtime import open_runtime
from genredesk.nets import registry
from genredesk.nets.network import Network
from genredesk.nets.standardise import Standardised
from genredesk.training.batches import batches, generate, vary
from genredesk.training.batches.cleaning import AS_IT_IS, MUSIC, Clean, heard
from genredesk.training.batches.generate import Voice
from genredesk.training.data import split
from genredesk.training.data.songs import labels_of
from genredesk.training.fit import waveform
from genredesk.training.fit.fit import fit
from genredesk.training.fit.run import FitRun
from genredesk.training.network import rebuild
from genredesk.training.plan import recipe
from genredesk.training.plan.changed import changed
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs import prepare, probe, tasks, wire
from genredesk.training.runs.messages import (
    EpochEvent,
    MeasuredEvent,
    MeasureTask,
    PieceDone,
    PieceTask,
)
from genredesk.training.runs.session import Session

RATE = 22050


@pytest.fixture(scope="module")
def spoken(tmp_path_factory, trained) -> SimpleNamespace:
    """An autoencoder trained for a moment through the whole engine: ``bundle``, ``voice``."""
    from genredesk.training.runs.train import train

    place = tmp_path_factory.mktemp("voice")
    plan = dataclasses.replace(
        trained.plan, out=str(place / "voice"), network="vae", epochs=2, batch=6, lr=3e-4
    )
    losses: list[float] = []

    def tell(event):
        if isinstance(event, EpochEvent):
            losses.append(event.loss)

    made = train(plan, Session(tell=tell))
    return SimpleNamespace(
        bundle=made.bundle, voice=generate.voice(made.bundle), losses=losses, files=trained.files
    )


def test_its_card_says_that_it_makes_new_pieces(spoken, trained):
    assert "genredesk generate" in spoken.bundle.card.notes
    assert spoken.bundle.card.makes_sound
    assert not trained.made.bundle.card.makes_sound


def test_the_window_has_the_worker_make_the_same_piece(spoken, tmp_path):
    asked = PieceTask(str(spoken.bundle.path), "hum", 1.5, str(tmp_path / "worker.wav"), seed=7)
    told = tasks.run(asked, JobContext(), lambda _: None)
    made = generate.make(spoken.bundle, "hum", 1.5, tmp_path / "own.wav", seed=7, clean=Clean())
    assert told == PieceDone(asked.out, 1.5, made.sentence)
    assert "Flatness" in told.about
    assert told.about.endswith("learned for 2 epochs, the paper's for 25.")
    assert made.path.read_bytes() == (tmp_path / "worker.wav").read_bytes()


@pytest.fixture
def estimates(monkeypatch) -> Callable[..., dict[str, MeasuredEvent]]:
    """Estimate plans after a short look: ``estimates(plans, classes)``, by their keys."""
    monkeypatch.setattr(probe, "PROBE_S", 0.1)

    def measured(plans: dict[str, TrainPlan], classes: int) -> dict[str, MeasuredEvent]:
        told: list[MeasuredEvent] = []
        asked = MeasureTask(plans, songs=10, seconds=300.0, classes=classes)
        probe.measure(asked, JobContext(), told.append, start_s=1.0)
        return {event.key: event for event in told}

    return measured


def test_other_genres_cannot_be_learned_on_its_body(spoken, estimates):
    plan = TrainPlan(bundle=str(spoken.bundle.path), songs="songs.json", out="model")
    told = estimates({m: dataclasses.replace(plan, mode=m) for m in ("quick", "full")}, classes=5)
    assert set(told) == {"quick", "full"}
    assert all(event.problem.endswith("Train it from scratch.") for event in told.values())


QUICK = {"batch": 2, "precision": "32-true"}
"""With numbers that are named: which are quicker is timed, each with a step of its own."""


@pytest.mark.slow
def test_its_step_is_measured_by_its_own_loss(estimates):
    plan = TrainPlan(network="vae-2", songs="songs.json", out="model", changes=QUICK)
    (told,) = estimates({"paper": plan}, classes=2).values()
    assert told.estimate is not None
    assert told.estimate.parts["fit"] > 0
    assert told.estimate.recipe["name"] == "vae"


class Simple(Network):
    """A generating network whose pictures are known: one lit run of bands per genre."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[int]] = []

    def generate(self, genre, n_frames, generator, *, overlap):
        picture = torch.full((1, 128, n_frames), -4.0)
        lit = slice(6, 22) if genre == 0 else slice(82, 98)
        picture[:, lit] = 2.0
        return picture

    def vary(self, x, genre, generator):
        self.asked.append(genre.tolist())
        return x.clone()


def simple_voice() -> Voice:
    return Voice(Standardised(Simple(), -40.0, 15.0).eval(), ("hum", "whistle"), LIVE_MEL)


def samples_of(path) -> tuple[np.ndarray, int]:
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return data / 32768, file.getframerate()


# ---------------------------------------------------------------- the bundle


def test_it_is_trained_by_its_own_loss(spoken):
    assert spoken.losses[-1] < 0.9 * spoken.losses[0]


def test_its_bundle_is_one_like_any_other_and_holds_the_decoder(spoken):
    install.verify(spoken.bundle)
    runtime = open_runtime(spoken.bundle, "cpu")
    logits, embedding = runtime.run(np.full((2, *LIVE_MEL.shape), -40, np.float32))
    runtime.close()
    assert logits.shape == (2, 3)
    assert embedding.shape == (2, 32)
    names = load_safetensors(spoken.bundle.read(bundles.WEIGHTS))
    assert any(name.startswith("net.decoder.") for name in names)
    assert spoken.bundle.embeddings() is None, "no word is taught beside those of an autoencoder"


def test_pictures_stay_in_the_range_of_the_front_end(spoken):
    picture = spoken.voice.picture("knock", 100)
    assert picture.max() <= 0
    assert picture.min() >= picture.max() - 80
    assert picture.dtype == np.float32


def test_a_network_that_makes_nothing_is_told_so(trained):
    with pytest.raises(BundleError, match="makes no sound"):
        generate.voice(trained.made.bundle)


# ---------------------------------------------------------------- sound


@pytest.mark.parametrize("seconds", [0.01, 1.0, 6.4])
def test_the_piece_lasts_as_long_as_asked(spoken, seconds):
    blocks = list(generate.sound(spoken.voice, "hum", seconds))
    assert sum(map(len, blocks)) == round(seconds * RATE)
    assert all(np.isfinite(block).all() for block in blocks)


def test_sound_is_where_the_picture_is():
    for genre, (low, high) in (("hum", (60, 800)), ("whistle", (2500, 7000))):
        sound = np.concatenate(list(generate.sound(simple_voice(), genre, 2.0)))
        power = np.abs(np.fft.rfft(sound)) ** 2
        hz = np.fft.rfftfreq(len(sound), 1 / RATE)
        assert power[(hz > low) & (hz < high)].sum() > 0.9 * power.sum()


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 3601])
def test_impossible_durations_are_refused(spoken, seconds):
    with pytest.raises(DataError, match="cannot be made"):
        list(generate.sound(spoken.voice, "hum", seconds))


def test_unknown_genre_lists_the_known(spoken):
    with pytest.raises(DataError, match=r"polka.*hum, knock, whistle"):
        list(generate.sound(spoken.voice, "polka", 1.0))


def test_it_can_be_cancelled(spoken):
    ctx = JobContext()
    ctx.cancel()
    with pytest.raises(Cancelled):
        list(generate.sound(spoken.voice, "hum", 1.0, ctx=ctx))


@pytest.mark.parametrize("name", ["vae-mel", "mel256", "live-mel"])
def test_any_mel_front_end_is_restored_to_its_own_unit(name):
    spec = PAPER_FRONTENDS[name]
    torch.manual_seed(0)
    net = registry.get("vae").build(1, spec.n_bands, 16, 2)
    spec = dataclasses.replace(spec, frames=16, segment=0)
    voice = Voice(Standardised(net, -30.0, 12.0).eval(), ("a", "b"), spec)
    raw = net.generate(1, 40, torch.Generator().manual_seed(5), overlap=round(16 / 7))
    expected = np.asarray(raw) * 12.0 - 30.0
    if name == "live-mel":
        expected = np.minimum(expected, 0)
    np.testing.assert_allclose(voice.picture("b", 40, seed=5), expected, atol=1e-4)


# ---------------------------------------------------------------- the file


def test_command_writes_the_same_piece_for_the_same_seed(spoken, tmp_path, capsys):
    words = ["generate", "--vae", str(spoken.bundle.path), "--genre", "hum", "--seconds", "2.5"]
    one, two, other = (tmp_path / f"{n}.wav" for n in ("one", "two", "other"))
    assert main([*words, "--out", str(one), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["seconds"], told["genre"], told["sample_rate"]) == (2.5, "hum", RATE)
    assert main([*words, "--out", str(two)]) == 0
    assert main([*words, "--out", str(other), "--seed", "1"]) == 0
    assert one.read_bytes() == two.read_bytes() != other.read_bytes()
    samples, rate = samples_of(one)
    assert (len(samples), rate) == (round(2.5 * RATE), RATE)
    assert np.abs(samples).max() == pytest.approx(generate.PEAK, abs=0.001)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"--genre": "polka"}, "polka"),
        ({"--seconds": "0"}, "cannot be made"),
        ({"--seconds": "nan"}, "cannot be made"),
        ({"--vae": "nothing-like-it"}, "nothing-like-it"),
        ({"--out": "piece.mp3"}, "piece.wav"),
        ({"--out": "."}, "folder"),
    ],
)
def test_command_refuses_in_a_sentence(spoken, here, capsys, changes, word):
    words = {"--vae": str(spoken.bundle.path), "--genre": "hum", "--out": "x.wav"} | changes
    assert main(["generate", *(part for pair in words.items() for part in pair)]) == 1
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said
    assert not [p for p in here.rglob("*") if p.is_file() and p.suffix != ".log"]


def test_a_file_is_whole_or_not_there(tmp_path):
    def stopped():
        yield np.ones(1000, np.float32)
        raise Cancelled("Stopped.")

    target = tmp_path / "piece.wav"
    target.write_bytes(b"before")
    with pytest.raises(Cancelled):
        generate.write(target, stopped(), RATE)
    assert target.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["piece.wav"]


def test_silence_is_written_as_silence(tmp_path):
    made = generate.write(tmp_path / "still.wav", [np.zeros(500, np.float32)], RATE)
    assert not samples_of(made.path)[0].any()


def test_a_place_that_is_none_is_named(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(GenreDeskError, match="cannot be written"):
        generate.write(tmp_path / "file" / "x.wav", [np.ones(9, np.float32)], RATE)


# ---------------------------------------------------------------- augmentation


def rules(spoken, **changes) -> recipe.Recipe:
    asked = {"vary_with": str(spoken.bundle.path), **changes}
    return changed(recipe.get("live-varied"), asked)


def some_batches(toy, labels=("hum", "knock", "whistle")):
    data = toy()
    classes = batches.targets_of(data, labels)
    plain = recipe.get("live-plain")
    pairs = batches.pairs_of(data, range(len(data.songs)), plain.replace(crops=4))
    return list(batches.epoch(data, pairs, classes, 3, plain, seed=0, number=0, size=32))


def test_a_share_of_the_windows_is_redrawn(spoken, toy):
    before = some_batches(toy)
    made = vary.open_variations(rules(spoken, vary=0.5), LIVE_MEL, ("hum", "knock", "whistle"))
    after = list(made.over(iter(before), seed=0, number=0))
    new = np.concatenate(
        [(a.features != b.features).any((1, 2, 3)) for a, b in zip(after, before, strict=True)]
    )
    assert 0.3 < new.mean() < 0.7
    for a, b in zip(after, before, strict=True):
        np.testing.assert_array_equal(a.targets, b.targets)
        assert a.features.shape == b.features.shape
        assert a.features.dtype == np.float32
        assert a.features.max() <= 0
        assert a.features.min() >= -80
    again = list(made.over(iter(before), seed=0, number=0))
    assert all(np.array_equal(a.features, b.features) for a, b in zip(after, again, strict=True))
    other = list(made.over(iter(before), seed=0, number=1))
    assert not np.array_equal(after[0].features, other[0].features)


def test_each_window_is_redrawn_under_its_own_genre(toy):
    voice = simple_voice()
    made = vary.Variations(voice, (0, -1, 1), 1.0)  # knock is not known to it
    for a, b in zip(
        made.over(iter(before := some_batches(toy)), seed=0, number=0), before, strict=True
    ):
        genre = b.targets.argmax(1)
        asked = voice.inner.asked.pop(0)
        assert asked == [{0: 0, 2: 1}[g] for g in genre if g != 1]
        # the simple network returns what it is given: standardised, restored, normalised
        np.testing.assert_allclose(a.features, b.features, atol=1e-4)


def test_genres_it_does_not_know_are_left_alone(spoken, toy):
    before = some_batches(toy)
    made = vary.open_variations(rules(spoken, vary=1.0), LIVE_MEL, ("hum", "polka", "whistle"))
    for a, b in zip(made.over(iter(before), seed=0, number=0), before, strict=True):
        same = (a.features == b.features).all((1, 2, 3))
        np.testing.assert_array_equal(same, b.targets[:, 1] == 1)


def test_training_with_variations_repeats_itself(spoken, toy):
    data = toy()
    parts, labels = split.automatic(data), labels_of(data)

    def once(asked):
        torch.manual_seed(0)
        net = registry.get("mlp-1").build(1, 128, 39, 3)
        net = rebuild.standardised(net, "band", data, parts.train)
        asked = asked.replace(epochs=1, crops=2, precision="32-true")
        return fit(FitRun(net, data, parts, labels, asked, accelerator="cpu")).weights

    one, two = once(rules(spoken)), once(rules(spoken))
    plain = once(recipe.get("live"))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert any(not torch.equal(one[name], plain[name]) for name in one)


def test_variations_refuse_what_cannot_work(spoken, trained):
    labels = ("hum", "knock", "whistle")
    with pytest.raises(DataError, match="vary_with"):
        vary.open_variations(recipe.get("live-varied"), LIVE_MEL, labels)
    with pytest.raises(DataError, match="another front end"):
        vary.open_variations(rules(spoken), PAPER_FRONTENDS["vae-mel"], labels)
    with pytest.raises(DataError, match="knows none"):
        vary.open_variations(rules(spoken), LIVE_MEL, ("polka", "waltz"))
    with pytest.raises(BundleError, match="makes no sound"):
        vary.open_variations(
            rules(spoken, vary_with=str(trained.made.bundle.path)), LIVE_MEL, labels
        )
    assert vary.open_variations(recipe.get("live"), LIVE_MEL, labels) is None


def test_an_autoencoder_that_cannot_vary_is_refused_before_songs_are_read(spoken, trained):
    changes = {"vary": 0.5, "vary_with": str(spoken.bundle.path)}
    places = {"mels": "", "tracks": "", "folder": "a folder that is not there"}
    plan = dataclasses.replace(trained.plan, **places, frontend="edge-mel", changes=changes)
    told: list[str] = []
    session = Session(tell=lambda event: told.append(wire.to_plain(event)["event"]))
    with pytest.raises(DataError, match="another front end"):
        prepare.prepare(plan, session)
    assert not told
    plan = dataclasses.replace(plan, changes={"vary": 0.5})
    with pytest.raises(DataError, match="vary_with"):
        prepare.prepare(plan, session)


def test_what_redrawing_costs_is_measured(spoken, estimates):
    plan = TrainPlan(network="live-small", songs="songs.json", out="model", changes={"batch": 8})
    varied = {"vary": 1.0, "vary_with": str(spoken.bundle.path)}
    plans = {
        "plain": plan,
        "varied": dataclasses.replace(plan, changes={"batch": 8, **varied}),
        "other": dataclasses.replace(plan, changes=varied, frontend="edge-mel"),
    }
    told = estimates(plans, classes=3)
    plain, redrawn = told["plain"].estimate, told["varied"].estimate
    assert plain is not None
    assert redrawn is not None
    assert redrawn.parts["fit"] > plain.parts["fit"]
    assert "another front end" in told["other"].problem


# ---------------------------------------------------------------- the notebook's waveform


@pytest.fixture
def short_waves(monkeypatch):
    """Two seconds at 3 kHz instead of thirty: the network shrinks with them."""
    monkeypatch.setattr(waveform, "SAMPLES", 6001)


def test_songs_are_read_as_the_notebook_does(short_waves, folder, write_wav, tmp_path):
    files = sorted((folder / "hum").glob("*.wav"))[:2]
    short = write_wav(tmp_path / "short.wav", np.full(RATE, 0.5, np.float32))
    broken = tmp_path / "broken.wav"
    broken.write_text("no sound")
    waves = waveform.read([*files, short, broken])
    assert waves.shape == (3, 1, 1, 6001)
    assert waves.dtype == np.float32
    assert waves[2, 0, 0, 2800] == pytest.approx(0.5, abs=0.05)
    assert not waves[2, 0, 0, 3100:].any()
    with pytest.raises(DataError, match=r"None of the 1 files.*broken\.wav"):
        waveform.read([broken])


def test_the_notebook_is_trained_and_repeats_itself(short_waves):
    rng = np.random.default_rng(0)
    waves = (0.3 * rng.standard_normal((6, 1, 1, 6001))).astype(np.float32)
    few = recipe.get("vae").replace(epochs=6, lr=3e-3)
    net, losses = waveform.train(waves, rules=few)
    assert len(losses) == 6
    assert losses[-1] < losses[0]
    again, same = waveform.train(waves, rules=few)
    assert losses == same
    state: dict[str, torch.Tensor] = again.state_dict()
    assert all(torch.equal(v, state[k]) for k, v in net.state_dict().items())


def test_the_notebook_speaks_from_the_command_line(short_waves, folder, tmp_path, capsys):
    out = tmp_path / "noise.wav"
    words = ["generate", "--notebook", str(folder), "--out", str(out)]
    assert main([*words, "--genre", "knock", "--seconds", "1.5"]) == 0
    samples, rate = samples_of(out)
    assert (len(samples), rate) == (4500, 3000)
    assert samples.any()
    for genre, seconds, word in (("polka", "1", "hum, knock, whistle"), ("hum", "31", "up to")):
        assert main([*words, "--genre", genre, "--seconds", seconds]) == 1
        assert word in capsys.readouterr().err


def test_fields_of_the_recipe_are_set_from_the_command_line():
    from genredesk.cli import train as command

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    words = ["--out", "x", "--mels", "m", "--set", "vary=0.5", "--set", "vary_with=my-vae"]
    plan = command.plan_of(parser.parse_args(words))
    assert plan.changes == {"vary": 0.5, "vary_with": "my-vae"}
    rules = changed(recipe.get("live"), plan.changes)
    assert (rules.vary, rules.vary_with) == (0.5, "my-vae")
    assert command.plan_of(parser.parse_args(words[:4])).changes == {}
    with pytest.raises(SystemExit):
        parser.parse_args(["--out", "x", "--set", "nothing"])


def test_gate_and_filters_take_noise_away_and_leave_the_tone():
    rng = np.random.default_rng(0)
    t = np.arange(20 * RATE) / RATE
    tone = (np.sin(2 * np.pi * 1000 * t) * (np.sin(2 * np.pi * 0.5 * t) > 0)).astype(np.float32)
    dirty = tone + rng.normal(0, 0.05, len(t)).astype(np.float32)
    dirty += np.sin(2 * np.pi * 15 * t).astype(np.float32)
    out = np.concatenate(list(Clean()(np.array_split(dirty, 37), RATE)))
    assert out.shape == dirty.shape
    power = np.square(np.abs(np.fft.rfft(out))) / np.square(np.abs(np.fft.rfft(dirty))).max()
    hz = np.fft.rfftfreq(len(out), 1 / RATE)
    before = np.square(np.abs(np.fft.rfft(dirty))) / np.square(np.abs(np.fft.rfft(dirty))).max()

    def left(low, high):
        band = (hz > low) & (hz < high)
        return power[band].sum() / before[band].sum()

    assert left(10, 20) < 0.001  # rumble
    assert left(10_000, 11_000) < 0.05  # hiss
    assert left(3000, 6000) < 0.05  # noise between, by the gate alone
    assert left(990, 1010) > 0.7
    same = np.concatenate(list(AS_IT_IS([dirty], RATE)))
    assert (same == dirty).all()


def test_noise_is_told_from_beats_and_tones():
    rng = np.random.default_rng(1)
    white = rng.normal(size=5 * RATE).astype(np.float32)
    softer_upwards = signal.lfilter([1], [1, -0.97], white).astype(np.float32)
    for noise in (white, softer_upwards):
        # exp(-gamma) for a band of independent bins; those of a window that tapers are not quite
        assert heard(noise, RATE).flatness > np.exp(-np.euler_gamma) - 0.02
        assert heard(noise, RATE).noisy(MUSIC)
        for cleaned in Clean()([noise], RATE):
            assert heard(cleaned, RATE).noisy(MUSIC)
    t = np.arange(RATE // 4) / RATE
    beat = np.sin(2 * np.pi * 660 * t) * np.exp(-20 * t)
    beats = heard(np.tile(beat, 40).astype(np.float32), RATE)
    assert beats.onsets == pytest.approx(4, abs=0.3)
    assert not beats.noisy(MUSIC)
    tone = heard(np.sin(np.arange(3 * RATE) / 9).astype(np.float32), RATE)
    assert tone.onsets == 0
    assert tone.flatness < 0.01
