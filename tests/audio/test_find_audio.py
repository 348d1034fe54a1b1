"""Finding the sound files in what a person drops."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from genredesk.audio import decode
from genredesk.audio.decode import find_audio
from genredesk.audio.endings import AUDIO_SUFFIXES


def names(paths, root):
    return [p.relative_to(root).as_posix() for p in paths]


def test_walks_in_a_persons_order(tmp_path):
    for name in ["b.MP3", "A.flac", "sub/z.ogg", "sub/deep/er/x.m4a", "cover.jpg", ".hidden.mp3",
                 ".git/y.mp3", "ac.wav", "._a.mp3", "film.mkv"]:  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert names(find_audio([tmp_path]), tmp_path) == [
        "A.flac", "ac.wav", "b.MP3", "film.mkv", "sub/z.ogg", "sub/deep/er/x.m4a",
    ]  # fmt: skip


def test_numbers_are_sorted_as_numbers(tmp_path):
    wanted = ["1 a.mp3", "2 b.mp3", "10 c.mp3", "Side 2/9.mp3", "Side 2/11.mp3", "Side 10/1.mp3"]
    for name in wanted:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert names(find_audio([tmp_path]), tmp_path) == wanted


def test_files_named_directly_are_given_whatever_they_are(tmp_path):
    odd = tmp_path / "notes.txt"
    odd.touch()
    missing = tmp_path / "gone.mp3"
    assert list(find_audio([odd, str(missing)])) == [odd, missing]


def test_links_that_lead_in_circles(tmp_path):
    album = tmp_path / "album"
    album.mkdir()
    (album / "a.mp3").touch()
    (album / "again").symlink_to(tmp_path)
    (tmp_path / "other").symlink_to(album)
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    (album / "loop.mp3").symlink_to(album / "loop.mp3")
    found = [p.name for p in find_audio([tmp_path, album, tmp_path])]
    assert found.count("a.mp3") == 1


def test_ten_thousand_files(tmp_path):
    for n in range(10_000):
        (tmp_path / f"{n:05}.mp3").touch()
    found = list(find_audio([tmp_path]))
    assert len(found) == 10_000
    assert found == sorted(found)


def test_very_deep_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    depth = 200
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    Path("deep.mp3").touch()
    monkeypatch.chdir(tmp_path)
    assert [p.name for p in find_audio([tmp_path])] == ["deep.mp3"]


def test_is_lazy(tmp_path, monkeypatch):
    for n in range(50):
        (tmp_path / f"{n:02}").mkdir()
        (tmp_path / f"{n:02}" / "a.mp3").touch()
    listed = []
    scandir = os.scandir
    monkeypatch.setattr(decode.os, "scandir", lambda p: listed.append(p) or scandir(p))
    assert len(list(itertools.islice(find_audio([tmp_path]), 3))) == 3
    assert len(listed) == 4


def test_a_folder_that_cannot_be_read_is_reported(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.mp3").touch()
    (tmp_path / "locked").mkdir()
    scandir = os.scandir

    def refuse(path):
        if path.name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(decode.os, "scandir", refuse)
    problems = []
    assert [p.name for p in find_audio([tmp_path], problems.append)] == ["x.mp3"]
    assert problems == [
        "locked: you are not allowed to read it. Change its permissions or copy it elsewhere."
    ]


@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "opus", "m4a", "aac", "aiff", "wma",
                                    "wav", "mp4", "mkv"])  # fmt: skip
def test_the_formats_of_the_list_are_found(suffix):
    assert f".{suffix}" in AUDIO_SUFFIXES
