"""Watched folders: what comes is told when it has come to rest, once."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from genredesk.library.scanning.watch import Watcher

SETTLE = 0.4


@pytest.fixture
def told():
    """Collects what a watcher says; ``wait`` waits for a path."""

    class Told:
        def __init__(self) -> None:
            self.calls: list[list[Path]] = []
            self._changed = threading.Condition()

        def __call__(self, paths: list[Path]) -> None:
            with self._changed:
                self.calls.append(paths)
                self._changed.notify_all()

        @property
        def paths(self) -> list[Path]:
            return [p for call in self.calls for p in call]

        def wait(self, path: Path, seconds: float = 20) -> None:
            with self._changed:
                assert self._changed.wait_for(lambda: path in self.paths, seconds), self.calls

    return Told()


def test_new_renamed_and_deleted_files_are_told(tmp_path, tone, told):
    old = tone(tmp_path / "old.wav")
    with Watcher([tmp_path], told, SETTLE) as watcher:
        assert watcher.problems == []
        new = tone(tmp_path / "deep" / "er" / "new.flac")
        told.wait(new)
        old.rename(tmp_path / "renamed.wav")
        told.wait(tmp_path / "renamed.wav")
        assert old in told.paths
        new.unlink()
        told.calls.clear()
        told.wait(new)
        (tmp_path / "notes.txt").write_text("no music")
        (tmp_path / ".hidden.wav").write_bytes(b"x")
        last = tone(tmp_path / "last.wav")
        told.wait(last)
    assert not {"notes.txt", ".hidden.wav"} & {p.name for p in told.paths}


def test_a_file_that_grows_is_told_once_when_it_is_whole(tmp_path, told):
    path = tmp_path / "download.mp3"
    with Watcher([tmp_path], told, SETTLE):
        for _ in range(10):
            with path.open("ab") as file:
                file.write(b"x" * 1000)
            assert path not in told.paths
            time.sleep(SETTLE / 4)  # a slow download, not a wait for a condition
        told.wait(path)
    assert told.paths.count(path) == 1


def test_a_folder_that_is_moved_in_is_told(tmp_path, tone, told):
    tone(tmp_path / "outside" / "album" / "a.wav")
    inside = tmp_path / "inside"
    inside.mkdir()
    with Watcher([inside], told, SETTLE):
        (tmp_path / "outside" / "album").rename(inside / "album")
        told.wait(inside / "album")


def test_closing_twice_and_folders_that_are_not_there(tmp_path, told):
    watcher = Watcher([tmp_path / "nowhere", tmp_path], told, SETTLE)
    assert len(watcher.problems) == 1
    assert "nowhere" in watcher.problems[0]
    watcher.close()
    watcher.close()


def test_what_is_told_can_be_scanned(catalogue, music, run, tone, told):
    run(catalogue, music)
    with Watcher([music], told, SETTLE):
        path = tone(music / "new" / "new.flac", 4000)
        told.wait(path)
        report = run(catalogue, paths=told.paths)
    assert (report.new, report.analysed) == (1, 1)
    catalogue.index.refresh()
    assert len(catalogue.index.query("heard:high")) == 3
