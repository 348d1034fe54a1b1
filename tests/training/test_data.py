"""Songs, splits, batches: what is fitted on and what is kept apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genredesk.core.errors import DataError
from genredesk.features import frontend
from genredesk.features.frontend import LIVE_MEL, mel_frequencies
from genredesk.training.batches import augment, batches
from genredesk.training.data import mels, songs, split
from genredesk.training.plan import recipe
from genredesk.training.plan.augmentation import Augment


def test_mel_arrays_come_back_as_written(toy, toy_files):
    data = mels.load(*toy_files)
    assert data.songs == toy().songs
    crop = data.crop(3, 5, 9)
    expected = -80.0 * (1 - data.pixels[3][None, :, 5:9] / 255.0)
    np.testing.assert_allclose(crop, expected, atol=1e-4)


def test_table_is_found_beside_the_arrays(toy_files):
    assert mels.load(toy_files[0]).songs[0].artist == "hum artist 0"


def test_a_table_in_another_unicode_form_names_the_same(toy_files):
    npz, table = toy_files
    arrays = dict(np.load(npz))
    arrays["track"] = np.array([name.replace("hum", "cafe\u0301") for name in arrays["track"]])
    np.savez(npz, **arrays)
    text = table.read_text(encoding="utf-8").replace("hum", "caf\u00e9")
    table.write_text(text, encoding="utf-8")
    found = mels.load(npz, table).songs
    assert {song.label for song in found} == {"caf\u00e9", "whistle", "knock"}
    assert found[0].artist == "caf\u00e9 artist 0"


@pytest.mark.parametrize(
    ("break_it", "word"),
    [
        (lambda npz, table: npz.write_bytes(b"not arrays"), "mels.npz"),
        (lambda npz, table: npz.write_bytes(npz.read_bytes()[:2000]), "mels.npz"),
        (lambda npz, table: npz.unlink(), "mels.npz"),
        (lambda npz, table: table.write_text("a,b\n1,2\n"), "tracks.csv"),
        (lambda npz, table: table.write_bytes(b"\xff\xfe\x00track"), "tracks.csv"),
        (lambda npz, table: np.savez(npz, idx=np.zeros((2, 4, 5), np.uint8)), "missing"),
        (
            lambda npz, table: np.savez(
                npz, idx=np.zeros((1, 64, 50), np.uint8), min_db=[-80.0], track=["a"], label=["b"]
            ),
            "64 bands",
        ),
    ],
)
def test_broken_arrays_are_named(toy_files, break_it, word):
    npz, table = toy_files
    break_it(npz, table)
    with pytest.raises(DataError, match=word):
        mels.load(npz, table)


def test_windows_are_referenced_to_themselves(toy):
    """A window does not depend on the level it was recorded at."""
    data = toy(1)
    windows, starts = songs.windows_of(data, 0, 10)
    assert list(starts) == [0, 10, 20]
    assert windows.shape == (3, 1, 128, 39)
    np.testing.assert_allclose(windows.max(axis=(1, 2, 3)), 0, atol=1e-4)
    louder = frontend.normalise(LIVE_MEL, data.crop(0, 0, 39) + 7.5)
    np.testing.assert_allclose(windows[0], louder, atol=1e-4)


def test_short_song_has_one_window_made_by_looping(toy):
    data = toy(1, columns=25)
    windows, starts = songs.windows_of(data, 0, 13)
    assert len(windows) == len(starts) == 1
    np.testing.assert_array_equal(windows[0][..., :14], windows[0][..., 25:39])


def test_given_split_is_used_and_no_artist_is_shared(toy):
    data = toy()
    parts = split.automatic(data)
    assert {data.songs[i].split for i in parts.valid} == {"valid"}
    assert not set(parts.train) & set(parts.valid)
    assert split.shared_artists(data.songs, parts) == []


def rename(data, **changes):
    import dataclasses

    made = tuple(dataclasses.replace(s, **{k: f(i, s) for k, f in changes.items()})
                 for i, s in enumerate(data.songs))  # fmt: skip
    return dataclasses.replace(data, songs=made)


def test_artists_stay_together_when_the_table_names_no_split(toy):
    data = rename(toy(12), split=lambda i, s: "", artist=lambda i, s: f"{s.label} {i % 12 // 2}")
    parts = split.automatic(data)
    assert "artist" in parts.protocol
    assert split.shared_artists(data.songs, parts) == []
    assert {data.songs[i].label for i in parts.valid} == {"hum", "whistle", "knock"}


def test_unknown_artists_are_nobodys_group(toy):
    data = rename(toy(4), artist=lambda i, s: "Various Artists")
    assert len(set(split.groups(data.songs).tolist())) == len(data.songs)
    assert not split.knows_artists(data.songs)


@given(st.integers(2, 9), st.integers(0, 5))
def test_split_by_song_keeps_every_class_on_both_sides(each, seed):
    from types import SimpleNamespace

    data = SimpleNamespace(
        songs=[songs.Song(f"{c}{i}", c) for c in "abc" for i in range(each)], spec=LIVE_MEL
    )
    parts = split.by_song(data, seed=seed)
    assert sorted(parts.train + parts.valid) == list(range(3 * each))
    for side in (parts.train, parts.valid):
        assert {data.songs[i].label for i in side} == set("abc")


def test_folds_hold_every_song_back_once(toy):
    data = rename(toy(10), split=lambda i, s: "")
    parts = split.folds(data.songs, 5)
    assert sorted(i for p in parts for i in p.valid) == list(range(30))


@pytest.mark.parametrize(
    ("kept", "word"),
    [([], "no song"), ([0, 1], "only one genre, hum"), ([0, 1, 8], "whistle has 1 song")],
)
def test_data_without_an_honest_split_is_refused(toy, kept, word):
    import dataclasses

    data = toy()
    data = dataclasses.replace(data, songs=tuple(data.songs[i] for i in kept))
    with pytest.raises(DataError, match=word):
        split.automatic(data)


@pytest.mark.parametrize("crops", [0, 3])
def test_an_epoch_is_repeatable_and_its_neighbour_differs(toy, crops):
    data = toy()
    rules = recipe.get("live").replace(crops=crops, batch=4)
    labels = songs.labels_of(data)
    classes = batches.targets_of(data, labels)
    parts = split.automatic(data)
    pairs = batches.pairs_of(data, parts.train, rules)

    def epoch(number):
        made = list(batches.epoch(data, pairs, classes, 3, rules, seed=5, number=number, size=4))
        assert len(made) == batches.n_batches(len(pairs), 4)
        return np.concatenate([b.features for b in made]), np.concatenate([b.targets for b in made])

    one, again, other = epoch(0), epoch(0), epoch(1)
    np.testing.assert_array_equal(one[0], again[0])
    np.testing.assert_array_equal(one[1], again[1])
    assert not np.array_equal(one[0], other[0])
    assert one[0].dtype == np.float32
    assert one[0].shape[1:] == (1, 128, 39)


def test_balanced_sampling_evens_out_classes(toy):
    import dataclasses

    data = toy(12)
    data = dataclasses.replace(data, songs=data.songs, pixels=data.pixels)
    few = [0, 1, 2, *range(12, 24)]  # 3 hums against 12 whistles
    rules = recipe.get("live").replace(crops=20, balance="sampling")
    classes = batches.targets_of(data, songs.labels_of(data))
    pairs = batches.pairs_of(data, few, rules)
    made = batches.epoch(data, pairs, classes, 3, rules, seed=0, number=0, size=64)
    share = np.concatenate([b.targets for b in made]).mean(axis=0)
    assert share[songs.labels_of(data).index("hum")] == pytest.approx(0.5, abs=0.08)


def test_class_weights_have_mean_one_over_songs():
    classes = np.array([0, 0, 0, 1])
    weights = batches.class_weights(classes, range(4), 2)
    assert weights[classes].mean() == pytest.approx(1.0)
    assert weights[1] == pytest.approx(3 * weights[0])


def test_augmentation_keeps_the_shape_and_stays_finite(toy):
    data = toy(1)
    rng = np.random.default_rng(0)
    strong = Augment(
        1.4, 4, 5.0, 3.0, blend=1.0, loudspeaker=0.5, reverb=0.5, dynamics=0.2, noise=0.5,
        time_mask=0.3, band_mask=0.3,
    )  # fmt: skip
    for _ in range(30):
        length = augment.draw_length(strong, 39, rng)
        assert 39 / 1.41 <= length <= 39 * 1.41
        out = augment.warp(strong, data.crop(0, 0, length), 39, rng, unit=1.0)
        out = augment.colour(strong, out, rng, data.spec)
        assert out.shape == (1, 128, 39)
        assert np.isfinite(out).all()


def test_no_augmentation_changes_nothing(toy):
    data = toy(1)
    crop = data.crop(0, 0, 39)
    rng = np.random.default_rng(0)
    out = augment.warp(Augment(), crop, 39, rng, unit=1.0)
    out = augment.colour(Augment(), out, rng, data.spec)
    np.testing.assert_array_equal(out, crop)


def test_equaliser_has_the_deviation_it_promises():
    rng = np.random.default_rng(0)
    curves = np.stack([augment.random_eq(128, 5.0, rng) for _ in range(3000)])
    assert curves.std() == pytest.approx(5.0, rel=0.1)
    assert np.abs(np.diff(curves, axis=1)).max() < 2.0


def test_shift_moves_bands_and_fills_the_edge():
    crop = np.arange(6, dtype=np.float32).reshape(1, 6, 1)
    assert augment.shift_bands(crop, 2)[0, :, 0].tolist() == [0, 0, 0, 1, 2, 3]
    assert augment.shift_bands(crop, -1)[0, :, 0].tolist() == [1, 2, 3, 4, 5, 5]


def test_a_small_loudspeaker_has_neither_bass_nor_treble():
    hz = np.array([60.0, 1000.0, 2000.0, 11000.0, 11025.0])
    octaves = np.log2(hz / 1000)[:, None].astype(np.float32)
    rng = np.random.default_rng(0)
    curves = np.stack([augment.random_loudspeaker(octaves, rng)[:, 0] for _ in range(500)])
    assert curves.shape == (500, 5)
    low, middle, high = curves[:, 0], curves[:, 1:3].mean(axis=1), curves[:, 3]
    assert (low - middle).max() < -3
    assert np.median(low - middle) < -15
    assert np.median(high - middle) < -3
    assert np.abs(curves[:, 3] - curves[:, 4]).max() < 1  # no step from band to band


def test_the_loudspeaker_stands_at_the_bands_of_the_front_end(toy):
    data = toy(1)
    flat = np.zeros((1, 128, 39), np.float32)
    played = Augment(loudspeaker=1.0)
    rng = np.random.default_rng(0)
    out = np.mean([augment.colour(played, flat, rng, data.spec) for _ in range(200)], axis=0)
    hz = mel_frequencies(data.spec)
    assert out[0, hz < 100].max() < out[0, (hz > 700) & (hz < 3000)].min() - 10
    np.testing.assert_allclose(out, out[..., :1] + 0 * out, atol=1e-4)  # the same all the time


def test_blending_adds_powers_whatever_the_level():
    rng = np.random.default_rng(0)
    one, two = (rng.uniform(-60, 0, (1, 8, 5)).astype(np.float32) for _ in range(2))
    out = augment.blended(one + 7, two - 30, 6.0, unit=1.0)
    power = 10 ** ((one - one.max()) / 10) + 10 ** ((two - two.max() - 6) / 10)
    np.testing.assert_allclose(out, 10 * np.log10(power), atol=1e-4)
    natural = np.log(10) / 10  # the same columns as natural logarithms
    np.testing.assert_allclose(
        augment.blended(one * natural, two * natural, 6.0, unit=natural), out * natural, atol=1e-4
    )


def test_a_room_rings_on_for_its_reverberation_time():
    click = np.full((1, 2, 40), -90, np.float32)
    click[..., 3] = 0
    out = augment.reverberated(click, rt60_s=0.6, wet_db=-3.0, hop_s=0.06, unit=1.0)
    assert out[0, 0, 2] < -80
    assert out[0, 0, 3] == pytest.approx(0, abs=1e-3)
    assert out[0, 0, 4] == pytest.approx(-3 - 6, abs=0.01)
    assert out[0, 0, 4] - out[0, 0, 9] == pytest.approx(30, abs=0.05)  # half of 60 dB in 0.3 s


def test_interference_differs_from_band_to_band_and_column_to_column():
    rng = np.random.default_rng(0)
    drawn = np.stack([augment.random_interference(128, 39, rng) for _ in range(300)])
    assert drawn.shape == (300, 128, 39)
    assert abs(drawn.mean()) < 0.1
    steady = drawn.mean(axis=2, keepdims=True)
    moving = drawn - steady
    assert 1.5 < steady.std() < 3
    assert 3 < moving.std() < 5.5
    assert moving[:, -16:].std() < 0.75 * moving[:, :16].std()
    beside = (moving[:, 1:] * moving[:, :-1]).mean() / moving.var()
    after = (moving[..., 1:] * moving[..., :-1]).mean() / moving.var()
    assert 0.4 < beside < 0.6
    assert abs(after) < 0.1


def test_noise_fills_what_is_softer_and_leaves_what_is_louder():
    crop = np.full((1, 128, 39), -75, np.float32)
    crop[:, 40] = 0
    noise = augment.random_noise(crop.shape, np.random.default_rng(3))
    out = augment.noisy(crop, noise, unit=1.0)
    assert (out >= np.maximum(crop, noise) - 1e-3).all()
    assert (out <= np.maximum(crop, noise) + 3.02).all()


def test_blending_stays_within_the_genre(toy):
    """A whistle has nothing below; added to a hum it would show there."""
    data = toy(4)
    classes = batches.targets_of(data, songs.labels_of(data))
    rules = recipe.get("live").replace(crops=3, augment=Augment(blend=1.0, blend_db=0.0), batch=12)
    pairs = batches.pairs_of(data, range(12), rules)
    stream = batches.epoch(data, pairs, classes, 3, rules, seed=0, number=0, size=12)
    loud = {0: slice(4, 24), 2: slice(80, 100)}
    seen = 0
    for batch in stream:
        for window, target in zip(batch.features[:, 0], batch.targets.argmax(1), strict=True):
            if target in loud:
                other = loud[2 - target]
                assert window[loud[target]].mean() > window[other].mean() + 20
                seen += 1
    assert seen == 24


def test_mixup_mixes_targets_with_features(toy):
    data = toy()
    rules = recipe.get("live-masked").replace(crops=2)
    classes = batches.targets_of(data, songs.labels_of(data))
    pairs = batches.pairs_of(data, range(24), rules)
    batch = next(iter(batches.epoch(data, pairs, classes, 3, rules, seed=0, number=0, size=48)))
    np.testing.assert_allclose(batch.targets.sum(axis=1), 1, rtol=1e-5)
    assert ((batch.targets > 0) & (batch.targets < 1)).any()


def test_every_recipe_is_named_as_it_is_listed():
    assert all(name == rules.name for name, rules in recipe.RECIPES.items())
    with pytest.raises(DataError, match="live"):
        recipe.get("nonsense")


@pytest.mark.parametrize(("n", "end"), [(3, "a2"), (30, "a29"), (5000, "a29 and 4,970 more")])
def test_a_sentence_lists_names_only_as_far_as_they_help(n, end):
    said = songs.listed([f"a{i}" for i in range(n)])
    assert said.startswith("a0, a1, ")
    assert said.endswith(end)
