"""All the sound that is there is heard, whatever the file says about its length."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from genredesk.audio.decode import decode, load, probe
from genredesk.audio.feed import Feed
from genredesk.core.errors import AudioFileError

RATE = 22050


def level(block: np.ndarray) -> float:
    return float(np.sqrt(np.mean(block**2)))


def played(path: Path) -> Feed:
    """Read a file as the player does."""
    feed = Feed(path, RATE)
    while not feed.finished:
        feed.fetch(lambda _: None)
    return feed


def is_whole(path: Path, seconds: float, within: float = 0.0) -> None:
    """Announced, decoded and played length are one, and nobody complains."""
    got = load(path, RATE)
    assert len(got) / RATE == pytest.approx(seconds, abs=within + 2 / RATE)
    assert probe(path).seconds == pytest.approx(len(got) / RATE, abs=within + 2 / RATE)
    feed = played(path)
    assert feed.reached_s == pytest.approx(len(got) / RATE, abs=0.001)
    assert feed.complaint() == ""
    feed.close()


def sndfile(path: Path, sound: np.ndarray, rate: int = 44100, **how: str) -> bytes:
    soundfile.write(path, sound, rate, **how)
    return path.read_bytes()


# ---------------------------------------------------------------- joined


@pytest.mark.parametrize("codec", ["vorbis", "opus", "flac"])
@pytest.mark.parametrize("second", [(48000, 2), (24000, 1)])
def test_chained_ogg(tmp_path, write_av, melody, codec, second):
    rate, channels = second
    if codec == "vorbis":
        parts = [
            sndfile(tmp_path / "a.ogg", melody(3.0, 48000), 48000),
            sndfile(tmp_path / "b.ogg", melody(2.0, rate, channels), rate),
        ]
    else:
        name = "libopus" if codec == "opus" else codec
        parts = [
            write_av(tmp_path / n, sound, of, name, container="ogg").read_bytes()
            for n, sound, of in (
                ("a.ogg", melody(3.0, 48000), 48000),
                ("b.ogg", melody(2.0, rate, channels), rate),
            )
        ]
    path = tmp_path / "joined.ogg"
    path.write_bytes(b"".join(parts))
    is_whole(path, 5.0, within=0.015)
    got = load(path, RATE)
    assert level(got[: 2 * RATE]) == pytest.approx(0.15, abs=0.03)
    assert level(got[-RATE:]) > 0.1
    for start in (1.0, 2.9, 3.5, 4.5):  # a jump lands in the right part
        part = np.concatenate(list(decode(path, RATE, start_s=start)))
        assert len(part) == pytest.approx(len(got) - start * RATE, abs=0.015 * RATE)
        assert level(part[:RATE]) > 0.1


@pytest.mark.parametrize("between", [b"", b"ID3\x04\0\0\0\0\x08\0" + bytes(1024)])
@pytest.mark.parametrize("second", [(44100, 2), (22050, 1)])
def test_joined_flac(tmp_path, melody, second, between):
    rate, channels = second
    first = sndfile(tmp_path / "a.flac", melody(3.0))
    last = sndfile(tmp_path / "b.flac", melody(2.0, rate, channels), rate)
    path = tmp_path / "joined.flac"
    path.write_bytes(first + between + last)
    is_whole(path, 5.0)


def test_a_damaged_part_takes_only_itself_along(tmp_path, melody):
    good = sndfile(tmp_path / "a.flac", melody(2.0))
    bad = good[:50] + bytes(len(good) - 50)
    (tmp_path / "joined.flac").write_bytes(good + bad + good)
    assert len(load(tmp_path / "joined.flac", RATE)) >= 4 * RATE


def test_a_file_that_holds_many(tmp_path, melody):
    one = sndfile(tmp_path / "a.flac", melody(0.5))
    (tmp_path / "joined.flac").write_bytes(40 * one)
    is_whole(tmp_path / "joined.flac", 20.0)


def test_joined_mp3_with_a_small_first_header(tmp_path, melody):
    first = sndfile(tmp_path / "a.mp3", melody(3.0))
    tag = b"ID3\x04\0\0\0\0\x08\0" + bytes(1024)
    path = tmp_path / "joined.mp3"
    path.write_bytes(tag + first + tag + sndfile(tmp_path / "b.mp3", melody(4.0)))
    is_whole(path, 7.0, within=0.15)


def test_an_mp3_with_tags_at_its_end_is_one(tmp_path, melody):
    data = sndfile(tmp_path / "a.mp3", melody(3.0)) + b"TAG" + bytes(125)
    (tmp_path / "a.mp3").write_bytes(data)
    is_whole(tmp_path / "a.mp3", 3.0)


# ---------------------------------------------------------------- sizes


def with_size(data: bytes, chunk: bytes, size: bytes) -> bytes:
    at = data.index(chunk) + 4
    return data[:at] + size + data[at + len(size) :]


@pytest.mark.parametrize("size", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x00\xf0\xff\x7f"])
@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT"])
def test_a_wav_whose_sizes_were_never_filled_in(tmp_path, melody, size, subtype):
    data = sndfile(tmp_path / "x.wav", melody(3.0), subtype=subtype)
    data = data[:4] + size + with_size(data, b"data", size)[8:]
    (tmp_path / "x.wav").write_bytes(data)
    is_whole(tmp_path / "x.wav", 3.0)


def test_an_rf64_whose_sizes_were_never_filled_in(tmp_path, melody):
    data = sndfile(tmp_path / "x.wav", melody(3.0), format="RF64")
    at = data.index(b"ds64") + 8
    (tmp_path / "x.wav").write_bytes(data[:at] + bytes(24) + data[at + 24 :])
    is_whole(tmp_path / "x.wav", 3.0)


@pytest.mark.parametrize("name", ["x.au", "x.caf", "x.aiff"])
def test_other_containers_without_a_size(tmp_path, melody, name):
    data = sndfile(tmp_path / name, melody(3.0))
    if name == "x.au":
        data = data[:8] + b"\xff\xff\xff\xff" + data[12:]
    elif name == "x.caf":
        data = with_size(data, b"data", b"\xff" * 8)
    else:
        data = with_size(data, b"SSND", bytes(4))
    (tmp_path / name).write_bytes(data)
    is_whole(tmp_path / name, 3.0)


def test_a_wav_whose_size_has_wrapped(tmp_path):
    """4 GiB and a minute, nearly all of it a hole in the file: its header says one minute."""
    path = tmp_path / "x.wav"
    minute = np.full((60 * 44100, 2), 1000, "<i2").tobytes()
    data = sndfile(path, np.zeros((10, 2)), subtype="PCM_16")
    at = data.index(b"data") + 8
    with path.open("wb") as file:
        file.write(with_size(data, b"data", len(minute).to_bytes(4, "little"))[:at])
        file.seek(at + (1 << 32))
        try:
            file.write(minute)
        except OSError:
            pytest.skip("there is no room for a file of 4 GiB")
    if path.stat().st_blocks * 512 > 1 << 30:
        pytest.skip("this file system has no holes")
    seconds = (1 << 32) / 4 / 44100 + 60
    assert probe(path).seconds == pytest.approx(seconds, abs=0.01)
    end = np.concatenate(list(decode(path, None, start_s=seconds - 50)))
    assert len(end) == pytest.approx(50 * 44100, abs=2)
    assert end[44100:] == pytest.approx(1000 / 32768)


def test_a_wav_that_rightly_says_it_holds_nothing(tmp_path):
    data = with_size(sndfile(tmp_path / "x.wav", np.zeros((9, 1))), b"data", bytes(4))
    end = data.index(b"data") + 8
    (tmp_path / "x.wav").write_bytes(data[:end] + b"LIST\x04\0\0\0INFO")
    for look in (probe, lambda p: load(p, RATE), lambda p: Feed(p, RATE)):
        with pytest.raises(AudioFileError, match="holds no sound that can be decoded"):
            look(tmp_path / "x.wav")


# ---------------------------------------------------------------- time


def test_an_mkv_whose_sound_is_shorter_than_its_picture(tmp_path, write_av, melody):
    path = write_av(tmp_path / "x.mkv", melody(4.0), 44100, "aac", film=True, film_s=10.0)
    is_whole(path, 4.0, within=0.03)


@pytest.mark.parametrize(
    "kind",
    [
        ("x.mkv", "aac", False),
        ("x.mkv", "aac", True),
        ("x.m4a", "aac", False),
        ("x.mp4", "aac", True),
        ("x.mka", "flac", False),
        ("x.mka", "pcm_s16le", False),
        ("x.flv", "aac", False),
        ("x.ts", "aac", False),
        ("x.opus", "libopus", False),
    ],
)
def test_a_gap_is_kept_as_silence(tmp_path, write_av, melody, kind):
    name, codec, film = kind
    rate = 48000 if codec == "libopus" else 44100
    sound = melody(4.0, rate)
    path = write_av(tmp_path / name, sound, rate, codec, film=film, gap=(2.0, 3.0))
    is_whole(path, 7.0, within=0.05)
    got = load(path, RATE)
    assert level(got[: 2 * RATE]) > 0.1
    assert level(got[round(2.2 * RATE) : round(4.8 * RATE)]) == 0
    assert level(got[round(5.2 * RATE) :]) > 0.1
    for start in (1.5, 3.0, 5.5):
        part = np.concatenate(list(decode(path, RATE, start_s=start)))
        assert len(part) == pytest.approx(len(got) - start * RATE, abs=0.01 * RATE)


def test_years_of_silence_are_not_believed(tmp_path, write_av, melody):
    path = write_av(tmp_path / "x.mka", melody(4.0), 44100, "flac", gap=(2.0, 1e6))
    assert len(load(path, RATE)) == pytest.approx(4 * RATE, abs=100)


@pytest.mark.parametrize("default", [0, 1])
def test_the_default_track_is_heard(tmp_path, default):
    path = tmp_path / "x.mkv"
    with av.open(str(path), "w") as out:
        tracks = [out.add_stream("flac", rate=RATE, layout="mono") for _ in range(2)]
        for n, track in enumerate(tracks):
            track.disposition = int(n == default)
        for begin in range(0, 2 * RATE, 1024):
            for n, track in enumerate(tracks):
                numbers = np.full((1, 1024), 1000 * (n + 1), np.int16)
                frame = av.AudioFrame.from_ndarray(numbers, "s16", "mono")
                frame.sample_rate, frame.pts = RATE, begin
                out.mux(track.encode(frame))
        for track in tracks:
            out.mux(track.encode())
    assert load(path, RATE)[:1000] == pytest.approx(1000 * (default + 1) / 32768, abs=1e-4)


def test_the_length_is_what_was_played(tmp_path, melody):
    """A file that is cut off: what is left of it is its length, and that is said."""
    data = sndfile(tmp_path / "x.flac", melody(10.0))
    (tmp_path / "x.flac").write_bytes(data[: len(data) // 2])
    feed = played(tmp_path / "x.flac")
    assert 4 < feed.reached_s < 6
    assert "it is damaged; only 5 of 10 s could be played" in feed.complaint()
    feed.close()
