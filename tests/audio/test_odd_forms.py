"""Forms of sound that decoders are not made for: many channels, odd rates, odd numbers."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from genredesk.audio.decode import decode, load, probe
from genredesk.audio.decoding import frames, header, readers
from genredesk.audio.feed import Feed
from genredesk.core.errors import AudioFileError


def write_wav(
    path: Path, numbers: np.ndarray, *, rate: int = 22050, channels: int = 1, bits: int = 16
) -> Path:
    """Write a WAV whose header says what it is told to."""
    data, align = numbers.tobytes(), channels * bits // 8
    form = struct.pack(
        "<HHIIHH", 1, channels, rate, rate * align & 0xFFFFFFFF, align & 0xFFFF, bits
    )
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data))
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + len(data)) + body + data)
    return path


def tone(n: int = 22050) -> np.ndarray:
    return (8000 * np.sin(np.arange(n) / 7)).astype("<i2")


@pytest.mark.parametrize(
    "kind",
    [
        ("x.m4a", "aac", 8, "7.1", ""),
        ("x.m4a", "aac", 16, "hexadecagonal", ""),
        ("x.m4a", "alac", 8, "7.1(wide)", ""),
        ("x.opus", "libopus", 8, "7.1", ""),
        ("x.mka", "flac", 8, "7.1", ""),
        ("x.mka", "pcm_s16le", 16, "hexadecagonal", ""),
        ("x.wv", "wavpack", 8, "7.1", "s16p"),
        ("x.wv", "wavpack", 16, "hexadecagonal", "fltp"),
        ("x.tta", "tta", 8, "7.1", "s16"),
    ],
)
def test_every_channel_is_heard(tmp_path, write_av, melody, kind):
    name, codec, channels, layout, sample_format = kind
    sound = melody(2.0, 48000, channels)
    path = write_av(
        tmp_path / name, sound, 48000, codec, layout=layout, sample_format=sample_format
    )
    assert probe(path).channels == channels
    got = np.concatenate(list(decode(path, None, mono=False)))
    assert got.shape == (pytest.approx(2 * 48000, abs=1100), channels)
    loud = np.sqrt(np.mean(got**2, axis=0))
    quiet = 3 if codec == "aac" else None  # the low-frequency channel keeps low notes alone
    for channel, level in enumerate(loud):
        assert channel == quiet or 0.05 < level < 0.3
    assert len(load(path, 22050)) == pytest.approx(2 * 22050, abs=600)


@pytest.mark.parametrize("channels", [9, 64, 65, 100, 1024])
def test_more_channels_than_names(tmp_path, channels):
    sound = np.repeat(tone(3000)[:, None], channels, axis=1)
    soundfile.write(tmp_path / "x.wav", sound, 22050)
    assert probe(tmp_path / "x.wav").channels == channels
    assert load(tmp_path / "x.wav", 22050) == pytest.approx(tone(3000) / 32768, abs=1e-5)


def test_planes_beyond_eight_without_a_name():
    """As WavPack, Opus and Vorbis give them: more than the 64 channels that FFmpeg converts."""
    fifo = av.AudioFifo()
    fifo.write(av.AudioFrame("s16p", "100 channels", 2000))
    block = frames._as_float(fifo.read(0))
    assert block.shape == (2000, 100)


def caf(path: Path, places: list[int]) -> Path:
    """Write a CAF that tells the place of each channel in an order of its own."""
    n = len(places)
    chunks = {
        b"desc": struct.pack(">d4sIIIII", 22050, b"lpcm", 2, 2 * n, 1, n, 16),
        b"chan": struct.pack(">III", 0, 0, n)
        + b"".join(struct.pack(">IIfff", place, 0, 0, 0, 0) for place in places),
        b"data": bytes(4) + np.repeat(tone(), n).astype("<i2").tobytes(),
    }
    data = b"".join(k + struct.pack(">q", len(v)) + v for k, v in chunks.items())
    path.write_bytes(b"caff" + struct.pack(">HH", 1, 0) + data)
    return path


@pytest.mark.parametrize("places", [[2, 1], [1, 3, 2, 77, 7, 1]])
def test_channels_in_an_order_of_their_own(tmp_path, places):
    """PyAV frees such an order twice, which ends the program."""
    path = caf(tmp_path / "x.caf", places)
    assert probe(path).channels == len(places)
    assert load(path, 22050) == pytest.approx(tone() / 32768, abs=1e-5)


@pytest.mark.parametrize("rate", [1, 7, 999, 3_000_001, 10_000_000, 2**31 - 1])
def test_a_rate_that_no_music_has(tmp_path, rate):
    path = write_wav(tmp_path / "x.wav", tone(), rate=rate)
    for look in (probe, lambda p: load(p, 22050), lambda p: Feed(p, 22050)):
        with pytest.raises(AudioFileError, match=r"x\.wav: it claims a sample rate of [\d,]+ Hz"):
            look(path)


@pytest.mark.parametrize("rate", [1000, 384_000, 2_822_400])
def test_the_slowest_and_the_fastest_music(tmp_path, rate):
    path = write_wav(tmp_path / "x.wav", tone(), rate=rate)
    assert len(load(path, 22050)) == pytest.approx(22050 * 22050 / rate, abs=1)


@pytest.mark.parametrize("channels", [0, 1025, 65535])
def test_channels_that_no_music_has(tmp_path, channels):
    path = write_wav(tmp_path / "x.wav", np.zeros(400_000, np.int16), channels=channels)
    with pytest.raises(AudioFileError, match=r"x\.wav: it (holds no sound|claims to have)"):
        load(path, 22050)


def test_64_bit_numbers(tmp_path):
    wave = np.sin(np.arange(22050) / 7) / 4
    path = write_wav(tmp_path / "x.wav", (wave * 2.0**63).astype("<i8"), bits=64)
    assert load(path, 22050) == pytest.approx(wave, abs=1e-6)


@pytest.mark.parametrize(
    "error", [ValueError("no"), IndexError(9), MemoryError(), KeyError("s24"), RuntimeError("x")]
)
def test_whatever_a_decoder_raises_is_the_files_problem(song, monkeypatch, error):
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(readers, "SndfileReader", fail)
    for look in (probe, lambda p: load(p, 22050), lambda p: Feed(p, 22050)):
        with pytest.raises(AudioFileError) as caught:
            look(song)
        assert str(caught.value).startswith("song.flac: it ")


def test_whatever_is_raised_on_the_way_is_the_files_problem(
    tmp_path, write_av, melody, monkeypatch
):
    path = write_av(tmp_path / "x.m4a", melody(), 44100, "aac")

    def fail(_: object) -> None:
        raise IndexError(9)

    monkeypatch.setattr(frames, "_as_float", fail)
    with pytest.raises(AudioFileError, match=r"^x\.m4a: it holds no sound"):
        load(path, 22050)


def test_a_stream_that_changes_everything(tmp_path, write_av, melody):
    """Ogg, FLAC, AAC and MP3 files joined from parts of another rate and number of channels."""
    whole, half = melody(2.0), melody(2.0, 22050, 1)
    for codec, container, name in (("aac", "adts", "x.aac"), ("flac", "ogg", "x.oga")):
        parts = [
            write_av(tmp_path / f"{n}{name}", sound, rate, codec, container=container).read_bytes()
            for n, sound, rate in ((1, whole, 44100), (2, half, 22050))
        ]
        path = tmp_path / name
        path.write_bytes(b"".join(parts))
        info = probe(path)
        got = np.concatenate(list(decode(path, None, mono=False)))
        assert got.shape == (pytest.approx(4 * 44100, abs=9000), 2)
        assert info.seconds == pytest.approx(len(got) / 44100, abs=0.001)
        assert np.sqrt(np.mean(got[3 * 44100 :] ** 2, axis=0)) == pytest.approx(0.21, abs=0.03)


def test_a_part_of_a_file_is_a_file(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(bytes(range(100)))
    with header.Slice(path, 10, 60) as part:
        assert part.seek(0, 2) == 50
        part.seek(45)
        assert part.read(100) == bytes(range(55, 60))
        assert part.read(1) == b""
        assert part.seek(-2, 1) == 48
        assert part.tell() == 48
    with header.Slice(path, 10, 60, ((12, b"abc"), (59, b"de"))) as part:
        assert part.read(4) == b"\x0a\x0babc"[:4]
        assert part.read(100) == b"c" + bytes(range(15, 59)) + b"d"
