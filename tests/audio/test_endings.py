"""Every ending the decoders read is found in folders, and what is passed over is counted."""

from __future__ import annotations

from collections import Counter

import pytest
import soundfile

from genredesk.audio import endings
from genredesk.audio.decode import find_audio, load, probe

WRITTEN = {
    "x.au": ("pcm_s16be", "au"),
    "x.snd": ("pcm_s16be", "au"),
    "x.wv": ("wavpack", "wv"),
    "x.tta": ("tta", "tta"),
    "x.mp2": ("mp2", "mp2"),
    "x.mpa": ("mp2", "mp2"),
    "x.ac3": ("ac3", "ac3"),
    "x.eac3": ("eac3", "eac3"),
    "x.w64": ("pcm_s16le", "w64"),
    "x.rf64": ("pcm_s16le", "wav"),
    "x.caf": ("pcm_s16le", "caf"),
    "x.avi": ("mp2", "avi"),
    "x.ts": ("aac", "mpegts"),
    "x.m2ts": ("ac3", "mpegts"),
    "x.mpg": ("mp2", "mpeg"),
    "x.vob": ("ac3", "vob"),
    "x.flv": ("aac", "flv"),
    "x.f4v": ("aac", "f4v"),
    "x.ogv": ("flac", "ogv"),
    "x.oga": ("flac", "oga"),
    "x.mka": ("aac", "matroska"),
    "x.weba": ("libopus", "webm"),
    "x.m4b": ("aac", "ipod"),
    "x.mov": ("aac", "mov"),
    "x.3gp": ("aac", "3gp"),
    "x.3g2": ("aac", "3g2"),
    "x.wmv": ("wmav2", "asf"),
    "x.asf": ("wmav2", "asf"),
    "x.voc": ("pcm_u8", "voc"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_each_ending_is_found_and_heard(tmp_path, write_av, melody, name):
    codec, container = WRITTEN[name]
    rate = 48000 if codec in {"libopus", "ac3", "eac3"} else 44100
    sound = melody(2.0, rate)
    film = container in {"avi", "mpegts", "mov", "3gp"}
    path = write_av(tmp_path / name, sound, rate, codec, container=container, film=film)
    upper = path.rename(tmp_path / name.upper())
    assert list(find_audio([tmp_path])) == [upper]
    assert len(load(upper, 22050)) == pytest.approx(2 * 22050, rel=0.05)
    assert probe(upper).seconds == pytest.approx(2, rel=0.05)


def test_the_list_is_in_one_form():
    assert all(s[0] == "." and s == s.lower() for s in endings.AUDIO_SUFFIXES)
    assert not endings.AUDIO_SUFFIXES & {".jpg", ".txt", ".cue", ".m3u", ".pls", ".mid", ".py"}


def test_what_is_passed_over_is_counted(tmp_path):
    soundfile.write(tmp_path / "a.wav", [0.0] * 100, 22050)
    for name in ("cover.jpg", "back.JPG", "notes", "sub/list.cue", ".hidden.jpg", "a.wav.bak"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    passed: Counter[str] = Counter()
    assert [p.name for p in find_audio([tmp_path], None, passed)] == ["a.wav"]
    assert passed == {".jpg": 2, "": 1, ".cue": 1, ".bak": 1}


SYSTEM = ("#recycle", "@eaDir", "$RECYCLE.BIN", ".Trash-1000", "lost+found", "#snapshot")


def test_bins_and_previews_of_systems_are_no_music_unless_named(tmp_path):
    for name in ("disc", *SYSTEM):
        folder = tmp_path / name / "@music"
        folder.mkdir(parents=True)
        soundfile.write(folder / "a.wav", [0.0] * 100, 22050)
    assert list(find_audio([tmp_path])) == [tmp_path / "disc" / "@music" / "a.wav"]
    assert list(find_audio([tmp_path / "#recycle"])) == [tmp_path / "#recycle" / "@music" / "a.wav"]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, ""),
        ({".jpg": 1}, "1 file that is not music by its name (1 .jpg)"),
        (
            {"": 2, ".jpg": 9},
            "11 files that are not music by their names (9 .jpg, 2 without an ending)",
        ),
        (
            {f".{c}": 1 for c in "abcdef"},
            "6 files that are not music by their names (1 .a, 1 .b, 1 .c, 1 .d, 2 others)",
        ),
    ],
)
def test_it_is_said(counts, said):
    assert endings.passed_over(counts) == said
