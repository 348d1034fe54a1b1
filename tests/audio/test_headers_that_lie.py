"""Files that say less or more than they hold, and files that were copied behind one another."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from mutagen.ogg import OggPage

from genredesk.audio.decode import decode, load, probe
from genredesk.audio.decoding import flac, header
from genredesk.audio.feed import Feed
from genredesk.core.errors import AudioFileError

RATE = 22050


def is_whole(path: Path, seconds: float, within: float = 0.0) -> None:
    """Announced, decoded, played and jumped-over length are one, and nobody complains."""
    got = load(path, RATE)
    assert len(got) / RATE == pytest.approx(seconds, abs=within + 2 / RATE)
    assert np.abs(got[-RATE // 2 :]).max() > 0.1
    assert probe(path).seconds == pytest.approx(len(got) / RATE, abs=within + 2 / RATE)
    feed = Feed(path, RATE)
    while not feed.finished:
        feed.fetch(len)
    assert feed.reached_s == pytest.approx(len(got) / RATE, abs=0.001)
    assert feed.complaint() == ""
    feed.close()
    rest = sum(map(len, decode(path, RATE, start_s=0.8 * seconds)))
    assert rest == pytest.approx(len(got) - 0.8 * seconds * RATE, abs=within * RATE + 4)


def sndfile(path: Path, sound: np.ndarray, rate: int = 44100, **how: str) -> bytes:
    soundfile.write(path, sound, rate, **how)
    return path.read_bytes()


# ---------------------------------------------------------------- one behind the other

WITH_SNDFILE = ["x.wav", "x.aiff", "x.au", "x.w64", "x.caf", "x.rf64"]
WITH_FFMPEG = {
    "x.m4a": "aac", "x.mov": "alac", "x.tta": "tta", "x.wv": "wavpack", "x.mka": "flac",
    "x.avi": "mp2", "x.wma": "wmav2", "x.flv": "aac",
}  # fmt: skip


@pytest.mark.parametrize("name", [*WITH_SNDFILE, *WITH_FFMPEG])
def test_any_two_files_behind_one_another(tmp_path, melody, write_av, name):
    parts = []
    for seconds, rate, channels in ((1.5, 44100, 2), (1.0, 48000, 1)):
        sound, path = melody(seconds, rate, channels), tmp_path / name
        if name in WITH_FFMPEG:
            parts.append(write_av(path, sound, rate, WITH_FFMPEG[name]).read_bytes())
        else:
            kind = {"format": "RF64"} if name == "x.rf64" else {}
            parts.append(sndfile(path, sound, rate, **kind))
    (tmp_path / name).write_bytes(b"".join(parts))
    is_whole(tmp_path / name, 2.5, within=0.1 if name in WITH_FFMPEG else 0)


def test_different_kinds_and_tags_behind_one_another(tmp_path, melody, write_av):
    ape = b"APETAGEX" + struct.pack("<IIII8x", 2000, 32, 0, 0)
    wav = sndfile(tmp_path / "a.wav", melody(1.0)) + b"TAG" + bytes(125)
    wavpack = write_av(tmp_path / "b.wv", melody(1.0), 44100, "wavpack").read_bytes() + ape
    (tmp_path / "x").write_bytes(wav + wavpack + sndfile(tmp_path / "c.flac", melody(1.0)))
    is_whole(tmp_path / "x", 3.0)


@pytest.mark.parametrize("name", ["x.m4a", "x.wv", "x.flac", "x.wav"])
def test_tags_and_rubbish_before_the_sound(tmp_path, melody, write_av, name):
    codec = {"x.m4a": "aac", "x.wv": "wavpack"}.get(name)
    path = tmp_path / name
    if codec:
        data = write_av(path, melody(2.0), 44100, codec).read_bytes()
    else:
        data = sndfile(path, melody(2.0))
    tag = b"ID3\4\0\x10\0\0\1\0" + bytes(128) + b"3DI\4\0\x10\0\0\1\0"
    path.write_bytes(tag + tag + data)
    is_whole(path, 2.0, within=0.03 if codec == "aac" else 0)
    if name == "x.flac":
        path.write_bytes(b"rubbish" * 900 + data)
        is_whole(path, 2.0)


def test_a_tag_that_says_it_is_longer_than_its_file(tmp_path, melody):
    data = sndfile(tmp_path / "x.mp3", melody(1.0))
    (tmp_path / "x.mp3").write_bytes(b"ID3\3\0\0\x40\0\0\0" + data)
    with pytest.raises(AudioFileError, match="holds no sound that can be decoded"):
        load(tmp_path / "x.mp3", RATE)


def test_flac_in_the_metadata_of_flac_is_no_part_of_it(tmp_path, melody):
    inner = sndfile(tmp_path / "b.flac", melody(1.0, 48000, 1), 48000)
    data = sndfile(tmp_path / "x.flac", melody(2.0))
    for kind, more in ((2, b"test" + inner), (1, inner)):
        block = bytes((kind,)) + len(more).to_bytes(3, "big") + more
        (tmp_path / "x.flac").write_bytes(data[:42] + block + data[42:])
        is_whole(tmp_path / "x.flac", 2.0)


# ---------------------------------------------------------------- sizes and counts


@pytest.mark.parametrize("told", [36, 88200])
@pytest.mark.parametrize("behind", [b"", b"LIST\4\0\0\0INFO"])
def test_a_wav_that_says_less_than_it_holds(tmp_path, melody, told, behind):
    """Its writer noted sizes now and then, and was stopped."""
    data = sndfile(tmp_path / "x.wav", melody(2.0))
    at = data.index(b"data") + 4
    (tmp_path / "x.wav").write_bytes(data[:at] + told.to_bytes(4, "little") + data[at + 4 :])
    is_whole(tmp_path / "x.wav", 2.0)
    (tmp_path / "x.wav").write_bytes(data + behind)  # what is right stays right
    is_whole(tmp_path / "x.wav", 2.0)


@pytest.mark.parametrize("mark", [b"RF64", b"BW64"])
@pytest.mark.parametrize("told", [0, 4000, None])
def test_large_wav(tmp_path, melody, mark, told):
    data = sndfile(tmp_path / "x.wav", melody(2.0))
    sound = data[data.index(b"data") + 8 :]
    large = struct.pack("<QQQI", 0, len(sound) if told is None else told, 0, 0)
    head = mark + b"\xff" * 4 + b"WAVEds64" + struct.pack("<I", len(large)) + large
    (tmp_path / "x.wav").write_bytes(head + data[12:36] + b"data\xff\xff\xff\xff" + sound)
    is_whole(tmp_path / "x.wav", 2.0)


@pytest.mark.parametrize("total", [0, 1, 44100, 8 * 44100, (1 << 36) - 1])
@pytest.mark.parametrize("behind", [b"", b"TAG" + bytes(125)])
def test_flac_that_counts_wrongly(tmp_path, melody, total, behind):
    data = bytearray(sndfile(tmp_path / "x.flac", melody(2.0)) + behind)
    told = int.from_bytes(data[18:26], "big")
    data[18:26] = (told >> 36 << 36 | total).to_bytes(8, "big")
    (tmp_path / "x.flac").write_bytes(data)
    assert len(load(tmp_path / "x.flac", RATE)) == 2 * RATE
    if total:
        is_whole(tmp_path / "x.flac", 2.0)


@pytest.mark.parametrize("behind", [10, 60, 127])
def test_flac_that_breaks_off_close_behind_the_header_of_a_frame(tmp_path, melody, behind):
    """Where nothing but a header is left there is no frame whose check sum could be right."""
    data = sndfile(tmp_path / "x.flac", melody(2.0))
    frames = [m.start() for m in re.finditer(b"\xff[\xf8\xf9]", data)]
    frames = [at for at in frames if flac._header_size(data, at)]
    last = frames[len(frames) // 2]
    with (tmp_path / "x.flac").open("wb+") as file:
        file.write(data[: last + behind])
        assert flac.true_total(file, 0, last + behind) is None


@pytest.mark.parametrize("times", [0.3, 0.5, 2, 3])
def test_an_mp3_whose_index_counts_frames_wrongly(tmp_path, melody, times):
    data = bytearray(sndfile(tmp_path / "x.mp3", melody(4.0)))
    at = max(data.find(b"Xing"), data.find(b"Info")) + 8
    n_frames = int.from_bytes(data[at : at + 4], "big")
    data[at : at + 4] = round(n_frames * times).to_bytes(4, "big")
    (tmp_path / "x.mp3").write_bytes(data)
    is_whole(tmp_path / "x.mp3", 4.0, within=0.1)


def test_an_avi_whose_sound_ends_early(tmp_path, melody, write_av):
    path = write_av(tmp_path / "x.avi", melody(2.0), 44100, "mp2", film=True, film_s=2.0)
    data = bytearray(path.read_bytes())
    at = data.index(b"auds") + 32  # dwLength of the stream's header
    data[at : at + 4] = (int.from_bytes(data[at : at + 4], "little") * 3).to_bytes(4, "little")
    path.write_bytes(data)
    is_whole(path, 2.0, within=0.05)


def test_packed_sound_that_passes_for_samples(tmp_path, melody, write_av):
    """Surround of a disc or a digital cable as WAV: whoever takes it for samples hears noise."""
    tune = melody(2.0, 48000)
    raw = write_av(tmp_path / "raw", tune, 48000, "ac3", container="spdif").read_bytes()
    path = tmp_path / "x.wav"
    data = sndfile(path, np.zeros((1, 2)), 48000, subtype="PCM_16")
    head = data[: data.index(b"data")]
    path.write_bytes(head + b"data" + struct.pack("<I", len(raw)) + raw)
    assert probe(path).codec == "ac3"
    sndfile(tmp_path / "plain.wav", tune, 48000)
    heard, plain = (
        np.abs(np.fft.rfft(load(p, RATE), 4 * RATE)) for p in (path, path.parent / "plain.wav")
    )
    assert np.corrcoef(heard, plain)[0, 1] > 0.95
    for mark in (b"\x7f\xfe\x80\x01", b"\xfe\x7f\x01\x80", b"\xff\x1f\x00\xe8"):  # DTS
        path.write_bytes(head + b"data" + struct.pack("<I", 9604) + bytes(400) + mark * 2301)
        assert not header.look(path)[0].sndfile
    assert header.look(tmp_path / "plain.wav")[0].sndfile


# ---------------------------------------------------------------- Ogg, tracks


@pytest.mark.parametrize("codec", ["libopus", "flac", "vorbis"])
def test_ogg_from_the_middle_of_a_broadcast(tmp_path, melody, write_av, codec):
    """Its pages count from when the station began, hours ago."""
    path = tmp_path / "x.ogg"
    if codec == "vorbis":
        sndfile(path, melody(4.0, 48000), 48000)
    else:
        write_av(path, melody(4.0, 48000), 48000, codec)
    pages = []
    with path.open("rb") as file:
        while file.peek(1):
            page = OggPage(file)
            page.position += 5 * 3600 * 48000 * (page.position > 0)
            pages.append(page.write())
    path.write_bytes(b"".join(pages))
    is_whole(path, 4.0, within=0.03)
    n = len(pages) // 2
    path.write_bytes(b"".join(pages[:n]) + b"\x55" * 5000 + b"".join(pages[n:]))
    assert len(load(path, RATE)) == pytest.approx(4 * RATE, abs=0.03 * RATE)


@pytest.mark.parametrize("name", ["x.mkv", "x.avi"])
def test_a_default_track_without_sound_gives_way(tmp_path, melody, name):
    path, sound = tmp_path / name, melody(2.0, RATE, 1)
    with av.open(str(path), "w") as out:
        empty, full = (out.add_stream("mp2", rate=RATE, layout="mono") for _ in range(2))
        empty.disposition = 1
        for begin in range(0, len(sound), 1152):
            piece = np.ascontiguousarray(sound[begin : begin + 1152].T * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(piece, "s16", "mono")
            frame.sample_rate, frame.pts = RATE, begin
            out.mux(full.encode(frame))
        out.mux(full.encode())
    is_whole(path, 2.0, within=0.06)
