"""What people really drop on a window: broken, wrong, odd and huge files."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from genredesk.audio.decode import decode, load, probe
from genredesk.audio.decoding import readers
from genredesk.core.errors import AudioFileError


def refused(path: Path, reason: str) -> None:
    for look in (probe, lambda p: load(p, 22050)):
        with pytest.raises(AudioFileError, match=reason) as caught:
            look(path)
        assert str(caught.value).startswith(path.name)
        assert caught.value.path.name == path.name


@pytest.mark.parametrize("name", ["zero.mp3", "zero.wav", "zero.m4a", "zero"])
def test_zero_bytes(tmp_path, name):
    (tmp_path / name).touch()
    refused(tmp_path / name, r"empty \(0 bytes\)")


@pytest.mark.parametrize("suffix", ["mp3", "wav", "flac", "ogg", "m4a", "wma", "mkv"])
def test_text_under_a_sound_files_name(tmp_path, suffix):
    path = tmp_path / f"text.{suffix}"
    path.write_text("Dear diary, this is no music at all.\n" * 400)
    refused(path, "no sound that can be decoded")


@pytest.mark.parametrize("suffix", ["mp3", "wav", "flac", "m4a"])
def test_noise_of_bytes(tmp_path, suffix):
    path = tmp_path / f"bytes.{suffix}"
    path.write_bytes(np.random.default_rng(0).integers(0, 256, 40_000, np.uint8).tobytes())
    refused(path, "no sound")


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{other}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{other}'\n",
    ],
)
def test_a_playlist_does_not_open_other_files(tmp_path, song, text):
    path = tmp_path / "list.mp3"
    path.write_text(text.format(other=song))
    refused(path, "no sound")


def test_a_film_without_sound(tmp_path):
    import av

    path = tmp_path / "silent.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    refused(path, "no sound track")


@pytest.mark.parametrize("written_as", ["flac", "wav", "mp3", "ogg", "aiff"])
@pytest.mark.parametrize("called", ["mp3", "wav", "m4a", "txt"])
def test_wrong_extension(tmp_path, written_as, called, melody):
    right = tmp_path / f"right.{written_as}"
    soundfile.write(right, melody(1.0), 44100)
    wrong = right.rename(tmp_path / f"wrong.{called}")
    assert len(load(wrong, 22050)) == pytest.approx(22050, abs=60)


@pytest.mark.parametrize("name", ["x.wav", "x.flac", "x.mp3", "x.ogg", "x.aiff"])
def test_truncated_gives_the_good_part(tmp_path, name, melody):
    path = tmp_path / name
    with soundfile.SoundFile(path, "w", 44100, 2) as file:
        sound = melody(10.0)
        for begin in range(0, len(sound), 4096):
            file.write(sound[begin : begin + 4096])
    whole = load(path, 22050)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    part = load(path, 22050)
    assert 0.5 * len(whole) < len(part) < 0.68 * len(whole)
    assert np.abs(part[:90_000] - whole[:90_000]).max() < 1e-3


@pytest.mark.parametrize(
    ("codec", "name"), [("aac", "x.mkv"), ("aac", "x.aac"), ("wmav2", "x.wma")]
)
def test_truncated_film_and_stream(tmp_path, codec, name, melody, write_av):
    path = write_av(tmp_path / name, melody(10.0), 44100, codec,
                    container={"x.aac": "adts", "x.wma": "asf"}.get(name))  # fmt: skip
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    assert 4 < len(load(path, 22050)) / 22050 < 7


def test_truncated_index(tmp_path, melody, write_av):
    """An m4a whose end, and with it the table of its contents, is missing."""
    path = write_av(tmp_path / "x.m4a", melody(5.0), 44100, "aac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refused(path, "no sound that can be decoded")


@pytest.mark.parametrize("name", ["x.flac", "x.mp3", "x.ogg"])
def test_damage_in_the_middle(tmp_path, name, melody):
    path = tmp_path / name
    with soundfile.SoundFile(path, "w", 44100, 2) as file:
        sound = melody(10.0)
        for begin in range(0, len(sound), 4096):
            file.write(sound[begin : begin + 4096])
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = os.urandom(3000)
    path.write_bytes(bytes(data))
    got = load(path, 22050)
    assert len(got) > 4.0 * 22050
    assert np.isfinite(got).all()
    assert np.abs(got).max() < 4


@pytest.mark.parametrize("length", [1, 2, 100])
@pytest.mark.parametrize("name", ["x.wav", "x.flac", "x.ogg"])
def test_very_short(tmp_path, length, name):
    soundfile.write(tmp_path / name, np.full(length, 0.5), 22050)
    got = load(tmp_path / name, 22050)
    assert len(got) == length
    assert got[0] == pytest.approx(0.5, abs=0.2)
    assert probe(tmp_path / name).seconds == pytest.approx(length / 22050)


def test_no_samples(tmp_path):
    soundfile.write(tmp_path / "x.wav", np.zeros(0), 22050)
    with pytest.raises(AudioFileError, match="no sound"):
        load(tmp_path / "x.wav", 22050)


def test_nan_and_infinity_are_silenced(tmp_path):
    sound = np.full((44100, 2), 0.25, np.float32)
    sound[100, 0], sound[200, 1], sound[300, 0], sound[400] = np.nan, np.inf, -np.inf, 3e38
    soundfile.write(tmp_path / "x.wav", sound, 44100, subtype="FLOAT")
    got = np.concatenate(list(decode(tmp_path / "x.wav", None)))
    assert np.isfinite(got).all()
    assert np.isfinite(load(tmp_path / "x.wav", 22050)).all()
    assert got[[99, 101, 1000]] == pytest.approx(0.25)
    assert got[[100, 200, 300]] == pytest.approx(0.125)
    assert np.isfinite(np.sum(got**2))


def test_sound_over_full_scale_is_kept(tmp_path, melody):
    sound = (melody(1.0) * 9).astype(np.float32)
    soundfile.write(tmp_path / "x.wav", sound, 44100, subtype="FLOAT")
    got = np.concatenate(list(decode(tmp_path / "x.wav", None, mono=False)))
    assert np.array_equal(got, sound)


def test_a_folder_called_mp3(tmp_path):
    (tmp_path / "album.mp3").mkdir()
    refused(tmp_path / "album.mp3", "a folder")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp3")
    refused(tmp_path / "pipe.mp3", "not a regular file")


def test_missing(tmp_path):
    refused(tmp_path / "gone.mp3", "no longer, there")
    (tmp_path / "link.mp3").symlink_to(tmp_path / "gone.mp3")
    refused(tmp_path / "link.mp3", "no longer, there")


def test_not_allowed(song):
    """Readable for nobody; the super-user may read it all the same, so then open() says no."""
    song.chmod(0)
    with pytest.MonkeyPatch.context() as patch:
        if os.access(song, os.R_OK):

            def refuse(self: Path, *_: object) -> None:
                raise PermissionError(13, "Permission denied", str(self))

            patch.setattr(readers.Path, "open", refuse)
        refused(song, "not allowed to read")


@pytest.mark.parametrize(
    "name",
    ["Für Élise – 練習 🎵.flac", "a" * 250 + ".flac", " leading and  double .flac", "50%03d.flac",
     "concat:a|b.flac", "quote'\"s;$(x).flac", "-dash.flac", "new\nline.flac"],
)  # fmt: skip
def test_names(tmp_path, song, name, melody, write_av):
    path = song.rename(tmp_path / name)
    assert len(load(path, 22050)) == 3 * 22050
    m4a = write_av(tmp_path / "x.m4a", melody(1.0), 44100, "aac")
    odd = m4a.rename(tmp_path / name.replace(".flac", ".m4a"))
    assert len(load(odd, 22050)) == pytest.approx(22050, abs=3000)


def test_a_name_that_is_no_unicode(tmp_path, song, melody, write_av):
    try:
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.flac"))
        song.rename(path)
    except OSError:
        pytest.skip("this file system has no such names")
    assert len(load(path, 22050)) == 3 * 22050
    m4a = write_av(tmp_path / "x.m4a", melody(1.0), 44100, "aac")
    odd = m4a.rename(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.m4a")))
    assert len(load(odd, 22050)) > 20_000


def test_relative_path(song, monkeypatch):
    monkeypatch.chdir(song.parent)
    assert len(load("song.flac", 22050)) == 3 * 22050


@pytest.mark.parametrize("name", ["long.flac", "long.m4a"])
def test_three_hours_in_little_memory(tmp_path, name, write_av):
    seconds = 3 * 3600
    path = tmp_path / name
    if name.endswith("flac"):
        with soundfile.SoundFile(path, "w", 8000, 1, subtype="PCM_16") as file:
            quiet = np.zeros(60 * 8000, np.int16)
            for _ in range(seconds // 60):
                file.write(quiet)
    else:
        minute = write_av(tmp_path / "m.m4a", np.zeros((600 * 8000, 1), np.float32), 8000, "aac")
        repeat(minute, path, seconds // 600)
    assert probe(path).seconds == pytest.approx(seconds, rel=0.001)
    process = psutil.Process()
    total, at_first, most = 0, 0, 0
    for n, block in enumerate(decode(path, 8000)):
        total += len(block)
        if n % 20 == 10:
            now = process.memory_info().rss
            at_first = at_first or now
            most = max(most, now)
    assert total == pytest.approx(seconds * 8000, rel=0.001)
    assert most - at_first < 10e6


def repeat(source: Path, target: Path, times: int) -> None:
    """Copy a file's packets again and again: a long file in no time."""
    import av

    with av.open(str(target), "w") as out:
        with av.open(str(source)) as first:
            stream = out.add_stream_from_template(first.streams.audio[0])
        offset = 0
        for _ in range(times):
            with av.open(str(source)) as again:
                first = last = None
                for packet in again.demux(again.streams.audio[0]):
                    if packet.dts is None:
                        continue
                    first = packet.dts if first is None else first
                    last = packet.dts - first + (packet.duration or 1024)
                    packet.pts = packet.dts = packet.dts - first + offset
                    packet.stream = stream
                    out.mux(packet)
                offset += last


@pytest.fixture
def without_index(tmp_path):
    """A minute of mp3, quiet then loud (so its bit rate varies), with nothing that says so."""
    import av

    loud = np.random.default_rng(0).standard_normal(30 * 44100) * 0.2
    quiet = 0.1 * np.sin(np.arange(30 * 44100) ** 1.3 / 50)
    sound = np.concatenate([quiet, loud]).astype(np.float32)
    path = tmp_path / "plain.mp3"
    with av.open(str(path), "w", options={"write_xing": "0"}) as out:
        stream = out.add_stream("libmp3lame", rate=44100, layout="mono")
        stream.codec_context.qscale = True
        for begin in range(0, len(sound), 1152):
            frame = av.AudioFrame.from_ndarray(sound[None, begin : begin + 1152], "fltp", "mono")
            frame.sample_rate, frame.pts = 44100, begin
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def test_an_mp3_without_an_index_is_read_to_its_end(without_index):
    whole = load(without_index, 22050)
    assert len(whole) / 22050 == pytest.approx(60, abs=0.1)
    assert probe(without_index).seconds == pytest.approx(60, abs=0.1)
    part = np.concatenate(list(decode(without_index, 22050, start_s=45.0)))
    assert np.abs(part[1000:20000] - whole[45 * 22050 :][1000:20000]).max() < 1e-3


@pytest.mark.parametrize(("rate", "channels"), [(48000, 2), (44100, 1), (22050, 1)])
def test_a_splice_of_different_kinds(tmp_path, melody, rate, channels):
    """Two mp3 files glued together, of different rate or channels: both halves are heard."""
    soundfile.write(tmp_path / "a.mp3", melody(2.0), 44100)
    soundfile.write(tmp_path / "b.mp3", melody(2.0, rate, channels), rate)
    parts = [(tmp_path / name).read_bytes() for name in ("a.mp3", "b.mp3")]
    parts[0] = parts[0].replace(b"Info", b"Past").replace(b"Xing", b"Past")
    both = tmp_path / "both.mp3"
    both.write_bytes(b"".join(parts))
    got = load(both, 22050)
    assert len(got) / 22050 == pytest.approx(4.0, abs=0.25)
    assert np.sqrt(np.mean(got[-22050:] ** 2)) > 0.1
