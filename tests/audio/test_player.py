"""The player's queue and clock, with the test as the sound device and a clock of its own."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.audio import player as module
from genredesk.audio.player import Player

RATE = 1000
FADE = 12


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

    monkeypatch.setattr(module.time, "monotonic", lambda: Clock.now)
    return Clock


def stairs(count: int, first: int = 0) -> np.ndarray:
    """Frames that carry their own number (times 1e-4)."""
    return np.repeat(np.arange(first, first + count, dtype=np.float32)[:, None] * 1e-4, 2, axis=1)


def pull(player: Player, frames: int, heard_at: float, channels: int = 2) -> np.ndarray:
    out = np.full((frames, channels), np.nan, np.float32)
    player.pull(out, heard_at)
    assert np.isfinite(out).all()
    return out


def test_plays_what_was_put_in_order(clock):
    player = Player(RATE)
    player.put(stairs(500))
    player.play()
    got = np.concatenate([pull(player, 100, 100.0), pull(player, 100, 100.1)])
    assert np.allclose(got[FADE:], stairs(200)[FADE:])
    assert (np.abs(got[:FADE]) <= np.abs(stairs(FADE))).all()
    player.put(stairs(900, 500))
    got = pull(player, 1100, 100.2)
    assert np.allclose(got, stairs(1100, 200))


def test_the_clock_is_what_is_heard(clock):
    player = Player(RATE)
    player.put(stairs(1000))
    player.play()
    pull(player, 100, 100.2)  # the device has 200 ms queued already
    assert player.heard() == 0
    pull(player, 100, 100.3)
    clock.now = 100.25
    assert player.heard() == 50
    clock.now = 100.36
    assert player.heard() == 160
    clock.now = 105.0  # the device took no more: nothing more was heard
    assert player.heard() == 200


def test_an_underrun_is_not_counted_as_heard(clock):
    player = Player(RATE)
    player.put(stairs(50))
    player.play()
    pull(player, 100, 100.0)
    player.put(stairs(100, 50))
    pull(player, 100, 100.1)
    clock.now = 100.08
    assert player.heard() == 50
    clock.now = 100.15
    assert player.heard() == 100


def test_pause_fades_and_keeps_its_place(clock):
    player = Player(RATE)
    player.put(np.full((1000, 2), 0.5, np.float32))
    player.play()
    pull(player, 100, 100.0)
    player.pause()
    fade = pull(player, 100, 100.1)
    assert 0 < fade[1, 0] < 0.5
    assert not fade[FADE:].any()
    clock.now = 103.0
    assert player.heard() == 100
    player.play()
    again = pull(player, 100, 103.0)
    assert np.allclose(again[FADE:], 0.5)
    assert np.abs(np.diff(np.concatenate([fade, again])[:, 0])).max() < 0.06


def test_flush_jumps_without_a_click(clock):
    player = Player(RATE)
    player.put(np.full((1000, 2), 0.5, np.float32))
    player.play()
    before = pull(player, 100, 100.0)
    player.flush()
    assert player.queued == 0
    assert player.heard() == player.written == 1000
    player.put(np.full((500, 2), -0.5, np.float32))
    after = pull(player, 100, 100.1)
    steps = np.abs(np.diff(np.concatenate([before, after])[50:, 0]))
    assert steps.max() < 0.13
    assert np.allclose(after[FADE + 1 :], -0.5)
    clock.now = 100.15
    assert player.heard() == 1050


def test_rewind_gives_back_what_was_never_heard(clock):
    player = Player(RATE)
    player.put(stairs(1000))
    player.play()
    pull(player, 300, 100.1)
    clock.now = 100.2
    player.rewind()
    assert player.heard() == 100
    got = pull(player, 100, 100.5)
    assert np.allclose(got[FADE:], stairs(100, 100)[FADE:])


@pytest.mark.parametrize("gain", [0.0, 0.25, 0.7])
def test_gain_glides(clock, gain):
    player = Player(RATE)
    player.put(np.full((1000, 2), 0.8, np.float32))
    player.play()
    pull(player, 100, 100.0)
    player.set_gain(gain)
    got = pull(player, 100, 100.1)
    assert np.allclose(got[FADE + 1 :], 0.8 * gain, atol=1e-6)
    assert np.abs(np.diff(got[:, 0])).max() <= 0.8 / FADE + 1e-6


def test_mono_and_surround_devices(clock):
    player = Player(RATE)
    player.put(np.tile(np.array([[0.2, 0.6]], np.float32), (100, 1)))
    player.play()
    pull(player, 20, 100.0)
    assert np.allclose(pull(player, 10, 100.02, channels=1), 0.4)
    six = pull(player, 10, 100.03, channels=6)
    assert np.allclose(six[:, :2], [0.2, 0.6])
    assert not six[:, 2:].any()


def test_never_beyond_full_scale(clock):
    player = Player(RATE)
    player.put(np.full((100, 2), 3.0, np.float32))
    player.play()
    assert pull(player, 100, 100.0).max() == 1.0


def test_a_full_queue_is_the_feeders_fault(clock):
    player = Player(RATE)
    player.put(np.zeros((2 * RATE, 2), np.float32))
    with pytest.raises(ValueError, match="full"):
        player.put(np.zeros((1, 2), np.float32))


def test_seconds_left(clock):
    player = Player(RATE)
    assert player.seconds_left() == 0
    player.put(stairs(500))
    player.play()
    pull(player, 100, 100.2)
    assert player.seconds_left() == pytest.approx(0.7)
    clock.now = 100.3
    assert player.seconds_left() == pytest.approx(0.4)


def test_the_end_comes_while_the_device_goes_on_pulling(clock):
    player = Player(RATE)
    player.put(stairs(100))
    player.play()
    pull(player, 200, 100.2)
    assert player.seconds_left() == pytest.approx(0.3)
    clock.now = 100.4
    pull(player, 200, 100.6)  # silence: the device's queue is always ahead of the ear
    assert player.seconds_left() == 0
