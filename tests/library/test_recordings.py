"""Files of one recording: found in other formats and cut, never in remixes; the best copy named."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.features import fingerprint
from genredesk.library.catalogue import recordings as stored
from genredesk.library.index import recordings

RATE = 22050


def song(seed: int, seconds: float = 40.0) -> np.ndarray:
    """Return notes of changing pitch, length and loudness ``(n,)``: nobody plays two alike."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * RATE), np.float32)
    for _ in range(round(9 * seconds)):
        n = round(rng.uniform(0.15, 0.9) * RATE)
        at = int(rng.integers(0, len(sound) - n))
        t = np.arange(n) / RATE
        note = np.sin(2 * np.pi * 110 * 2 ** rng.uniform(0, 3.6) * t) + 0.4 * np.sin(
            2 * np.pi * 110 * 2 ** rng.uniform(0, 3.6) * t
        )
        sound[at : at + n] += rng.uniform(0.1, 1) * note * np.hanning(n)
    room = rng.normal(0, 3e-3, len(sound))  # no recording is without: empty bands would be noise's
    return sound / np.abs(sound).max() + room


def kept(sound: np.ndarray) -> np.ndarray:
    """Return a sound's fingerprint as the catalogue keeps it."""
    return np.frombuffer(stored.thinned(fingerprint.codes(sound.astype(np.float32), RATE)), "<u4")


def faster(sound: np.ndarray, by: float) -> np.ndarray:
    """Return a sound at another speed."""
    return np.interp(np.arange(0, len(sound) - 1, by), np.arange(len(sound)), sound)


@pytest.fixture(scope="module")
def pairs() -> set[tuple[str, str]]:
    """Which of these are found to be one recording."""
    one, other = song(1), song(2)
    noise = np.random.default_rng(3).normal(0, 0.01, len(one))
    sounds = {
        "one": one,
        "quieter and noisy": 0.1 * one + 0.01 * noise,
        "without its start": one[round(7.313 * RATE) :],
        "its middle": one[round(11.77 * RATE) : round(33.2 * RATE)],
        "its first half": one[: round(19.5 * RATE)],
        "faster": faster(one, 1.02),
        "a piece of a mix": np.concatenate([song(4, 90), one, song(5, 60)]),
        "mixed": one + 0.7 * other,
        "other": other,
    }
    names = list(sounds)
    codes = [kept(sound) for sound in sounds.values()]
    found = recordings.matches(lambda: enumerate(codes), codes.__getitem__)
    return {(names[same.first], names[same.second]) for same in found}


def test_copies_and_cuts_are_found_and_remixes_are_not(pairs):
    copies = {"one", "quieter and noisy", "without its start", "its middle", "its first half"}
    assert {a for pair in pairs for a in pair} <= copies
    for name in copies - {"one"}:
        assert ("one", name) in pairs
    assert ("its middle", "its first half") not in pairs  # they share 8 of 20 seconds


def test_a_group_holds_what_is_one_recording_with_its_longest():
    same = recordings.SameRecording
    whole = [same(1, 2, 0, 0.0), same(2, 3, 0, 0.0), same(1, 4, 0, 0.0), same(8, 9, 0, 0.0)]
    lengths = {1: 200.0, 2: 240.0, 3: 100.0, 4: 90.0, 8: 60.0, 9: 60.0}
    assert recordings.groups(whole, lengths) == [[2, 1, 3], [8, 9]]


def test_a_fingerprint_in_blocks_is_that_of_the_whole():
    sound = song(6, 12.0).astype(np.float32)
    stream = fingerprint.CodeStream(RATE, 600.0)
    rng = np.random.default_rng(0)
    at = 0
    while at < len(sound):
        n = int(rng.integers(1, 9000))
        stream.push(sound[at : at + n])
        at += n
    np.testing.assert_array_equal(stream.codes(), fingerprint.codes(sound, RATE))
