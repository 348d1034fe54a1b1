"""Every kind of source keeps the contract; a new file in ``sources/`` is tested by itself."""

from __future__ import annotations

import numpy as np
import pytest

from genredesk.audio import sources
from genredesk.audio.sources import SourceState, kinds, open_source, split_address
from genredesk.core.errors import DeviceError

RATE = 22050


def test_the_four_kinds_are_there():
    assert {"microphone", "system", "file", "tone"} <= set(kinds())


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("mic", ("microphone", "")),
        ("microphone", ("microphone", "")),
        ("mic:alsa_input.pci-0000:00.analog", ("microphone", "alsa_input.pci-0000:00.analog")),
        ("system", ("system", "")),
        ("system:x.monitor", ("system", "x.monitor")),
        ("tone:880", ("tone", "880")),
        ("file:/a/b.mp3", ("file", "/a/b.mp3")),
        ("/a/b.mp3", ("file", "/a/b.mp3")),
        ("C:\\music\\x.mp3", ("file", "C:\\music\\x.mp3")),
        ("m:\\x.mp3", ("file", "m:\\x.mp3")),
        ("song: live.mp3", ("file", "song: live.mp3")),
        ("microphones.flac", ("file", "microphones.flac")),
        ("file", ("file", "file")),
        ("", ("file", "")),
    ],
)
def test_addresses(address, expected):
    assert split_address(address) == expected


@pytest.mark.soundcard
@pytest.mark.parametrize("kind", kinds())
@pytest.mark.parametrize("rate", [22050, 16000])
def test_keeps_the_contract(sound_card, song, kind, rate, wait):
    address = f"file:{song}" if kind == "file" else kind
    seen = []
    source = open_source(address, rate, on_state=seen.append)
    try:
        assert source.state in SourceState
        assert source.sample_rate == rate
        assert source.ring.capacity >= 40 * rate
        assert source.wait_until(rate // 5, timeout=15)
        assert source.state is SourceState.RUNNING
        assert source.info.kind == kind
        assert source.info.name
        assert source.message == ""
        assert seen
        assert all(s is source for s in seen)
        now = source.now()
        assert rate // 5 <= now <= source.ring.end
        block = source.ring.read(0, now)
        assert block.dtype == np.float32
        assert block.shape == (now,)
        assert np.isfinite(block).all()
        assert np.abs(block).max() <= 1
        assert source.time_of(now) == pytest.approx(now / rate, abs=0.1)
        assert not source.wait_until(now + 100 * rate, timeout=0.01)
        level = source.level()
        assert -120 <= level.rms_dbfs <= level.peak_dbfs <= 0.1
        # the address of a source opens it again
        assert split_address(source.info.address)[0] == kind
    finally:
        source.close()
    source.close()
    stood = source.ring.end
    assert not source.wait_until(stood + 1, timeout=0.2)
    assert source.ring.end == stood


def test_the_tone_is_a_tone():
    source = open_source("tone:1000", RATE)
    try:
        assert source.wait_until(RATE // 2, timeout=10)
        sound = source.ring.read(0, RATE // 2)
    finally:
        source.close()
    expected = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE // 2) / RATE)
    assert np.abs(sound - expected).max() < 1e-4


@pytest.mark.parametrize("bad", ["tone:high", "tone:-1", "tone:20000", "tone:nan"])
def test_no_tone(bad):
    with pytest.raises(DeviceError, match="is no tone"):
        open_source(bad, RATE)


def test_public_names():
    assert all(hasattr(sources, name) for name in sources.__all__)
