"""Sound whose sides cancel: a file, and what comes live, is heard by one of them."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from genredesk.audio.decode import decode, listen_through, load, load_tagged
from genredesk.audio.downmix import LOOK_S, Downmix, LiveDownmix, mix
from genredesk.audio.feed import Feed

RATE = 22050


def noise(seconds: float, seed: int = 0, level: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(round(seconds * RATE))).astype(np.float32)


def opposed(side: np.ndarray, channels: int = 2) -> np.ndarray:
    """Every second channel upside down; channels beyond an even number stay silent."""
    table = np.zeros((len(side), channels), np.float32)
    for c in range(channels // 2 * 2):
        table[:, c] = side if c % 2 == 0 else -side
    return table


def stereo(seconds: float, seed: int) -> np.ndarray:
    """Two sides that have a middle and something of their own."""
    middle = noise(seconds, seed)
    sides = [middle + 0.5 * noise(seconds, seed + 1 + k) for k in range(2)]
    return np.stack(sides, axis=1)


@pytest.fixture
def write(tmp_path):
    def to_file(sound: np.ndarray, name: str = "x.flac"):
        kind = "FLOAT" if name.endswith("wav") else "PCM_24"
        soundfile.write(tmp_path / name, sound, RATE, subtype=kind)
        return tmp_path / name

    return to_file


@pytest.mark.parametrize("channels", [2, 3, 4, 6, 8])
@pytest.mark.parametrize("seconds", [0.3, 4, LOOK_S + 7])
def test_opposite_channels_sound_as_one_of_them(write, channels, seconds):
    side = noise(seconds)
    both, alone = write(opposed(side, channels)), write(side, "side.flac")
    np.testing.assert_array_equal(load(both, 16000), load(alone, 16000))
    np.testing.assert_array_equal(np.concatenate(list(decode(both, None))), load(alone, RATE))


def test_the_stronger_side_is_taken_and_no_more_than_nearly_opposite_is_needed(write):
    side = noise(5)
    table = np.stack([-0.85 * side, side + 0.01 * noise(5, 1)], axis=1)
    got, sides = load(write(table, "x.wav"), RATE), table
    np.testing.assert_array_equal(got, sides[:, 1])


@pytest.mark.parametrize("keeps_db", [-17, -23])
def test_twenty_decibels_are_the_border(write, keeps_db):
    """Sides with so much in common that their mean keeps the given share of their power."""
    share = 10 ** (keeps_db / 10)
    common, different = noise(6, 1) * np.sqrt(share), noise(6, 2) * np.sqrt(1 - share)
    table = np.stack([common + different, common - different], axis=1).astype(np.float32)
    got = load(write(table, "x.wav"), RATE)
    channel = int(np.argmax(np.sum(table**2, axis=0))) if keeps_db < -20 else -1
    np.testing.assert_array_equal(got, mix(table, channel))


def test_ordinary_stereo_is_the_mean_to_the_sample(write):
    table = stereo(15, 3)
    lone = np.concatenate([noise(15, 9)[:, None], np.zeros((15 * RATE, 1), np.float32)], axis=1)
    for sound in (table, lone):
        np.testing.assert_array_equal(load(write(sound, "x.wav"), RATE), mix(sound))


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("seconds", "one"), [(2, False), (5, True), (18, True)])
def test_a_part_in_opposite_phase_decides_from_an_eighth_on(write, first, seconds, one):
    """Of 30 s; wherever it lies, the choice is one for the whole file."""
    plain, odd = stereo(30 - seconds, 5), opposed(noise(seconds, 8))
    whole = np.concatenate([odd, plain] if first else [plain, odd])
    expected = {tuple(mix(whole, c)[:: RATE // 2]) for c in ((0, 1) if one else (-1,))}
    assert tuple(load(write(whole, "x.wav"), RATE)[:: RATE // 2]) in expected


def test_silence_has_no_say(write):
    """A minute of silence, with what a converter adds to each side, before opposite sides."""
    hiss = 1e-5 * np.stack([noise(20, 1), noise(20, 2)], axis=1)
    side = noise(3)
    got = load(write(np.concatenate([hiss, opposed(side)]), "x.wav"), RATE)
    np.testing.assert_array_equal(got[20 * RATE :], side)


@pytest.mark.parametrize("block", [1000, 1 << 16, 1 << 18])
def test_blocks_do_not_matter(write, block):
    path = write(np.concatenate([stereo(14, 1), opposed(noise(4, 7))]))
    got = listen_through(path, RATE, lambda b: np.concatenate(list(b)), block=block)
    np.testing.assert_array_equal(got, load_tagged(path, RATE)[0])


def test_who_listens_is_called_again_only_when_the_end_says_otherwise(write):
    def calls(sound: np.ndarray) -> int:
        seen: list[int] = []
        listen_through(write(sound), RATE, lambda blocks: seen.append(sum(map(len, blocks))))
        assert seen == [len(sound)] * len(seen)
        return len(seen)

    assert calls(stereo(30, 1)) == 1
    assert calls(opposed(noise(30))) == 1
    assert calls(np.concatenate([stereo(15, 1), opposed(noise(15))])) == 2


def test_one_channel_is_not_looked_at():
    chosen = Downmix()
    blocks = chosen.blocks(iter([np.ones((10, 1), np.float32)] * 2), RATE)
    assert len(next(blocks)) == 10
    assert chosen.channel == -1
    assert chosen.revised is None


# ---------------------------------------------------------------- live


def through(live: LiveDownmix, sound: np.ndarray, block: int) -> np.ndarray:
    parts = [live.push(sound[i : i + block]) for i in range(0, len(sound), block)]
    return np.concatenate(parts)


@pytest.mark.parametrize("block", [64, 512, 5512])
def test_live_from_the_first_sample(block):
    side = noise(3)
    got = through(LiveDownmix(RATE), opposed(side), block)
    n = round(0.02 * RATE) + 1
    np.testing.assert_allclose(got[n:], side[n:], atol=1e-6)


@pytest.mark.parametrize("block", [64, 512, 5512])
def test_live_goes_over_and_comes_back(block):
    """A loud middle, sides in opposite phase, and the middle again; nothing jumps."""
    t = np.arange(6 * RATE) / RATE
    tone = (0.5 * np.sin(2 * np.pi * 50 * t)).astype(np.float32)
    plain = np.stack([tone, tone], axis=1)
    sound = np.concatenate([plain, opposed(tone), plain])
    got = through(live := LiveDownmix(RATE), sound, block)
    assert live.channel == -1
    seconds = got.reshape(-1, RATE // 10)
    loud = np.sqrt(np.mean(seconds**2, axis=1)) > 0.3
    assert loud[:60].all()
    assert not loud[61:64].any(), "a moment of it is no reason yet"
    assert loud[68:].all()
    # A fade of 20 ms over at most 0.5 climbs by 0.0012 a sample, the tone itself by 0.0072.
    assert np.abs(np.diff(got)).max() < 0.0088


def test_live_does_not_chatter_around_the_border():
    """Alternating quarters of a second that cancel and do not are left as they are."""
    live, seen = LiveDownmix(RATE), set()
    for k in range(40):
        piece = noise(0.25, k)
        sound = opposed(piece) if k % 2 else np.stack([piece, piece], axis=1)
        for block in np.array_split(sound, 10):
            live.push(block)
            seen.add(live.channel)
    assert seen == {-1}


def test_live_silence_changes_nothing():
    live = LiveDownmix(RATE)
    live.push(opposed(noise(1)))
    taken = live.channel
    assert taken >= 0
    through(live, np.zeros((10 * RATE, 2), np.float32), 512)
    assert live.channel == taken


def test_a_file_that_plays_is_heard_as_it_is_analysed(write):
    side = noise(6)
    path = write(opposed(side))
    feed = Feed(path, 16000)
    got: list[np.ndarray] = []
    try:
        while not feed.finished:
            feed.fetch(got.append)
        heard = np.concatenate(got)
        n = round(0.05 * 16000)
        np.testing.assert_allclose(heard[n:], load(path, 16000)[n:], atol=1e-4)
        got.clear()
        feed.go_to(4.0, 1.0, got.append)
        assert np.sqrt(np.mean(np.concatenate(got) ** 2)) == pytest.approx(0.07, abs=0.04)
    finally:
        feed.close()
