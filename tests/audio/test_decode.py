"""Every format a person may have, decoded by the real decoders."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
import soxr

from genredesk.audio.decode import codec_name, decode, describe, load, probe, tagged_name
from genredesk.audio.decoding.reader import StreamInfo

LOSSY = {"mp3", "vorbis", "opus", "aac", "wmav2", "ms_adpcm", "libvorbis"}


def offset_of(got: np.ndarray, sound: np.ndarray) -> int:
    """How many samples later ``got`` is than ``sound``."""
    n = 1 << int(np.ceil(np.log2(len(sound) + len(got))))
    like = np.fft.irfft(np.fft.rfft(got, n) * np.conj(np.fft.rfft(sound, n)), n)
    at = int(np.argmax(like))
    return at if at < n // 2 else at - n


def test_sound_comes_back(any_format):
    path, sound, rate = any_format
    info = probe(path)
    assert (info.sample_rate, info.channels) == (rate, 2)
    assert info.seconds == pytest.approx(3.0, abs=0.12)
    whole = np.concatenate(list(decode(path, None, mono=False)))
    assert whole.dtype == np.float32
    assert whole.shape[1] == 2
    for side in range(2):
        late = offset_of(whole[:, side], sound[:, side])
        assert abs(late) < 0.05 * rate, "the codec's own delay is not trimmed"
        n = min(len(whole) - max(0, late), len(sound) + min(0, late)) - 3000
        a = whole[max(0, late) :][1500 : 1500 + n, side]
        b = sound[max(0, -late) :][1500 : 1500 + n, side]
        fit = a @ b / np.sqrt((a @ a) * (b @ b))
        assert fit > (0.98 if info.codec in LOSSY or "u8" in path.name else 0.99999)
        assert np.sqrt(np.mean(a**2)) == pytest.approx(np.sqrt(np.mean(b**2)), rel=0.05)


def test_mono_at_the_models_rate(any_format):
    path, _, rate = any_format
    got = load(path, 22050)
    native = np.concatenate(list(decode(path, None)))
    assert got.ndim == 1
    assert len(got) == pytest.approx(len(native) * 22050 / rate, abs=2)
    assert np.abs(got - soxr.resample(native, rate, 22050)[: len(got)]).max() < 1e-3


@pytest.mark.parametrize("start", [0.3, 1.234, 2.5])
def test_begins_where_it_is_told(any_format, start):
    path, _, rate = any_format
    whole = np.concatenate(list(decode(path, None)))
    part = np.concatenate(list(decode(path, None, start_s=start)))
    expected = whole[round(start * rate) :]
    n = min(len(part), len(expected))
    assert len(part) == pytest.approx(len(expected), abs=0.03 * rate)
    late = offset_of(part[:n], expected[:n])
    # Matroska and ASF count in milliseconds; everywhere else a place is exact.
    allowed = 0.001 * rate if path.suffix in (".mkv", ".webm", ".wma") else 0
    assert abs(late) <= allowed, f"{path.name} begins {late / rate * 1000:.1f} ms late"


def test_beginning_behind_the_end_gives_nothing(any_format):
    assert sum(map(len, decode(any_format[0], 22050, start_s=100.0))) < 100


def test_blocks_are_small(any_format):
    path, _, rate = any_format
    sizes = [len(b) for b in decode(path, None, block=4096)]
    assert max(sizes) < 4096 + rate / 4
    assert sum(sizes) == pytest.approx(3 * rate, rel=0.05)


def test_load_stops_early(song):
    assert len(load(song, 22050, max_s=1.0)) == 22050
    assert np.array_equal(load(song, 22050, max_s=1.0), load(song, 22050)[:22050])


def test_tags(tmp_path, song):
    with soundfile.SoundFile(tmp_path / "t.flac", "w", 22050, 1) as file:
        file.title, file.artist = "Études – 練習", "Nobody"
        file.write(np.zeros(2205, np.float32))
    assert probe(tmp_path / "t.flac").tags == {"title": "Études – 練習", "artist": "Nobody"}
    assert probe(song).tags == {}


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 96000, 192000])
@pytest.mark.parametrize("channels", [1, 8])
def test_rates_and_channels(tmp_path, rate, channels):
    t = np.arange(rate) / rate
    sound = np.repeat(np.sin(2 * np.pi * 440 * t)[:, None] * 0.5, channels, axis=1)
    soundfile.write(tmp_path / "x.wav", sound, rate, subtype="PCM_24")
    got = load(tmp_path / "x.wav", 22050)
    assert len(got) == pytest.approx(22050, abs=1)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(got)) / 22050)
    assert np.abs(got - expected)[500:-500].max() < 2e-3


def test_all_channels_count(tmp_path):
    sound = np.zeros((4410, 6), np.float32)
    sound[:, 4] = 0.6
    soundfile.write(tmp_path / "six.wav", sound, 44100, subtype="FLOAT")
    assert np.allclose(np.concatenate(list(decode(tmp_path / "six.wav", None))), 0.1)


@pytest.mark.parametrize(
    ("codec", "container", "said"),
    [
        ("vorbis", "ogg", "Ogg Vorbis"),
        ("mp3", "mp3", "MP3"),
        ("aac", "mov,mp4,m4a", "AAC"),
        ("alac", "mov,mp4,m4a", "Apple Lossless"),
        ("pcm_16", "wav", "WAV 16-bit"),
        ("pcm_u8", "wav", "WAV 8-bit"),
        ("float", "wav", "WAV 32-bit float"),
        ("pcm_f32le", "wav", "WAV 32-bit float"),
        ("pcm_s24be", "aiff", "AIFF 24-bit"),
        ("pcm_s16le", "matroska,webm", "PCM 16-bit"),
        ("some_new_one", "x", "SOME NEW ONE"),
    ],
)
def test_codecs_have_the_names_people_use(codec, container, said):
    facts = StreamInfo(44100, 2, 1.0, True, codec, container)
    assert codec_name(facts) == said
    assert describe(facts) == f"{said} · 44.1 kHz · stereo"


def test_what_tags_call_a_piece():
    assert tagged_name({"title": " Blue\nLamp ", "artist": "Ada"}) == "Blue Lamp – Ada"
    assert tagged_name({"title": "Blue Lamp"}) == "Blue Lamp"
    assert tagged_name({"artist": "Ada"}) == tagged_name({"title": "\0 "}) == ""
    assert len(tagged_name({"title": "x" * 5000})) == 200
