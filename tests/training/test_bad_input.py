"""Music and wishes that cannot work, through ``genredesk train``: a sentence, no half bundle.

The engine runs in this process here; that the real worker speaks alike is tested beside it.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genredesk.__main__ import main
from genredesk.cli import train as command
from genredesk.core import atomic
from genredesk.core.genres import genre_word
from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.training.runs import wire, worker
from genredesk.training.runs.messages import ENDS, Event

RATE = 22050
GENRES = ("hum", "knock", "whistle")


class Inline:
    """Stands in for the worker's process: the same protocol, in this one."""

    def __init__(self, plan) -> None:
        self._plan = plan
        self._source, self._out = io.StringIO(plan.to_json() + "\n"), io.StringIO()

    def events(self) -> Iterator[Event]:
        worker.serve(self._source, self._out)
        events = [wire.read_event(line, self._plan) for line in self._out.getvalue().splitlines()]
        assert isinstance(events[-1], ENDS)
        yield from events

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


class Deaf:
    """Hears no command: there is nobody who could go away."""

    class keep_best:  # noqa: N801 - as the real one's field
        is_set = staticmethod(lambda: False)

    def __init__(self, *_) -> None:
        return


@pytest.fixture
def train(tmp_path, monkeypatch, capsys):
    """Type ``genredesk train … --out <folder>``; the status, what was said, and the events."""
    monkeypatch.setattr(command, "WorkerProcess", Inline)
    monkeypatch.setattr(worker, "CommandReader", Deaf)
    out = tmp_path / "out" / "mine"

    def typed(*words, fails: bool = True):
        short = ("--epochs", "1", "--batch", "8", "--threads", "1", "--device", "cpu", "--json")
        status = main(["train", *map(str, words), "--out", str(out), *short])
        said = capsys.readouterr()
        events = [json.loads(line) for line in said.out.splitlines()]
        text = events[-1].get("message", "") if events else said.err
        assert "Traceback" not in said.err
        assert "defect" not in text
        assert (status, out.exists()) == ((1, False) if fails else (0, True)), events[-1:]
        if fails and out.parent.exists():
            assert {p.name for p in out.parent.iterdir()} <= {"mine.run"}
        return text, events

    return typed


def set_aside(events: list[dict]) -> dict[str, str]:
    scan = next(e for e in events if e["event"] == "scan")
    return {p["file"]: f"{p['kind']}: {p['reason']}. {p['fix']}" for p in scan["problems"]}


def keep(folder: Path, *labels: str) -> None:
    for genre in GENRES:
        if genre not in labels:
            shutil.rmtree(folder / genre)


def each(folder: Path, change) -> None:
    for path in folder.rglob("*.wav"):
        change(path)


def silent(path: Path) -> None:
    soundfile.write(path, np.zeros(4 * RATE), RATE)


def no_numbers(path: Path) -> None:
    soundfile.write(path, np.full(4 * RATE, np.nan, np.float32), RATE, subtype="FLOAT")


def too_short(path: Path) -> None:
    samples, rate = soundfile.read(path)
    soundfile.write(path, samples[:RATE], rate)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: keep(f, "hum"), "only one genre, hum. Add a second folder"),
        (lambda f: [p.unlink() for p in f.glob("hum/*[1-9].wav")], "The genre hum has 1 song"),
        (keep, "holds no folders. It needs one folder per genre"),
        (lambda f: each(f, Path.unlink), "no music in the folders of"),
        (lambda f: each(f, lambda p: p.write_bytes(b"RIFF")), "the first is hum/hum 0.wav:"),
        (lambda f: each(f, silent), "there is nothing to hear in it. Record or export it again"),
        (lambda f: each(f, no_numbers), "there is nothing to hear in it"),
        (lambda f: each(f, too_short), "it lasts 1.0 s and one window needs 3.0 s"),
        (lambda f: (f / "hum").rename(f / ("h" * 201)), "201 characters; 200 is the limit"),
        (lambda f: (f / "hum").rename(f / "KNOCK"), "KNOCK and knock differ only in case"),
        (shutil.rmtree, "is no folder, or its drive is not there"),
    ],
    ids=["one class", "one file", "empty", "no music", "broken", "silent", "NaN", "short",
         "long name", "case", "gone"],
)  # fmt: skip
def test_folder_that_cannot_be_trained_on(train, folder, change, words):
    change(folder)
    text, _ = train(folder)
    assert words in text
    assert str(folder) in text or "genre" in text


def test_bad_files_among_good_ones_are_set_aside_and_said(train, folder):
    silent(folder / "hum" / "silent.wav")
    no_numbers(folder / "hum" / "nan.wav")
    too_short(shutil.copy(folder / "hum" / "hum 1.wav", folder / "hum" / "short.wav"))
    (folder / "knock" / "broken.mp3").write_bytes(b"ID3" + bytes(300))
    (folder / "polka").mkdir()
    samples, _ = soundfile.read(folder / "knock" / "knock 4.wav")
    samples[1000:1010] = np.nan  # a few are silenced, the song stays
    soundfile.write(folder / "knock" / "knock 4.wav", samples, RATE, subtype="FLOAT")
    _, events = train(folder, fails=False)
    said = set_aside(events)
    assert {name: text.partition(":")[0] for name, text in said.items()} == {
        "hum/silent.wav": "silent",
        "hum/nan.wav": "silent",
        "hum/short.wav": "short",
        "knock/broken.mp3": "unreadable",
        "polka": "empty",
    }
    assert events[-1]["evaluation"]["labels"] == list(GENRES)


def renamed(table: Path, **names: str) -> None:
    text = table.read_text()
    for old, new in names.items():
        text = text.replace(f",{old},", f",{new},")
    table.write_text(text)


def test_odd_names_of_classes_are_kept(train, toy_files, tmp_path):
    names = ("hip/hop\\..", "g" * 200, "Ünïcode ♫\t-- json")
    renamed(toy_files[1], **dict(zip(GENRES, names, strict=True)))
    train("--mels", toy_files[0], fails=False)
    assert set(bundles.load(tmp_path / "out" / "mine").card.labels) == set(names)
    page = (tmp_path / "out" / "mine.run" / "report.html").read_text(encoding="utf-8")
    assert all(genre_word(name) in page for name in names)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"hum": "g" * 201}, "201 characters"),
        ({"hum": "Knock"}, "Knock and knock differ only in case"),
        ({"hum": "knock ", "whistle": "knock"}, "differ only in case or spaces"),
        ({"hum": "knock", "whistle": "knock"}, "only one genre, knock"),
    ],
)
def test_names_that_cannot_be_classes(train, toy_files, names, words):
    renamed(toy_files[1], **names)
    assert words in train("--mels", toy_files[0])[0]


def test_thousands_of_classes(train, tmp_path):
    """More than a bundle holds are refused before anything is read; fewer are no trouble."""
    root = tmp_path / "music"
    for i in range(10_001):
        (root / f"{i}").mkdir(parents=True)
    assert "10001 genres; 10000 is the limit" in train(root)[0]
    n = 240
    names = [f"class {i // 2:03}" for i in range(n)]
    pictures = np.random.default_rng(0).integers(0, 255, (n, 128, 39), dtype=np.uint8)
    floors, tracks = np.full(n, -80, np.float32), [str(i) for i in range(n)]
    np.savez(tmp_path / "m.npz", idx=pictures, min_db=floors, track=tracks, label=names)
    words = ("--mels", tmp_path / "m.npz", "--network", "mlp-1", "--set", "crops=1")
    _, events = train(*words, fails=False)
    assert len(events[-1]["evaluation"]["labels"]) == n // 2


def test_arrays_that_hold_no_numbers(train, toy_files):
    arrays = dict(np.load(toy_files[0]))
    arrays["min_db"][3] = np.nan
    np.savez(toy_files[0], **arrays)
    assert "mels.npz: min_db must be one number" in train("--mels", toy_files[0])[0]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (
            ["--mode", "quick", "--bundle", "genredesk-live", "--frontend", "mel256"],
            "another front",
        ),
        (["--mode", "full", "--bundle", "net1", "--frontend", "mel256"], "another front end"),
        (["--mode", "full", "--bundle", "net1", "--set", "segment_s=1"], "Leave segment_s at 0"),
        (["--network", "net1", "--set", "segment_s=1"], "another front end"),
        (["--network", "net1", "--set", "segment_s=0.01"], "No window can be 0.01 s long"),
        (["--network", "net1", "--weights", "w.pth"], "takes no ImageNet weights"),
        (["--network", "mobilenet-v2", "--weights", "w.pth"], "w.pth cannot be read"),
        (["--lr", "nan"], "must be positive"),
        (["--lr", "1e30"], "lr must be between"),
        (["--recipe", "live-waves"], "mel arrays have no sound"),
        (["--set", "tempo=2"], "no field tempo. It has"),
        (["--seed", "-1"], "The seed must be 0 or more"),
        (["--set", "crops=-1"], "crops must be"),
        (["--set", "augment.stretch=0.5"], "augment.stretch must be"),
        (["--set", "wave_pitch=NaN"], "wave_pitch must be"),
        (["--set", "optimiser=best"], "optimiser must be one of"),
    ],
)
def test_wishes_that_cannot_be_met(train, toy_files, words, answer):
    assert answer in train("--mels", toy_files[0], *words)[0]


def full(*_, **__):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("where", ["checkpoint", "report", "bundle"])
def test_disk_that_is_full_when_something_is_saved(train, toy_files, tmp_path, monkeypatch, where):
    real = atomic.write_bytes
    failing = {("bundle", bundles.WEIGHTS), ("report", "report.html")}

    def write_bytes(path, data):
        name = Path(path).name
        if where == "checkpoint" or (where, name) in failing:
            full()
        real(path, data)

    monkeypatch.setattr(atomic, "write_bytes", write_bytes)
    text, _ = train("--mels", toy_files[0])
    assert "No space left" in text
    assert str(tmp_path / "out") in text


needs_mount = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="a file system of its own, made by root",
)


@pytest.fixture
def drive(tmp_path):
    """Mount a file system in memory: ``drive(size)``; a second size makes it larger or smaller."""
    place = tmp_path / "drive"

    def mount(size: str) -> Path:
        there = place.is_dir()
        place.mkdir(exist_ok=True)
        options = f"remount,size={size}" if there else f"size={size}"
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if subprocess.run(words, check=False, capture_output=True).returncode:
            pytest.skip("this system does not let a file system be mounted")
        return place

    yield mount
    subprocess.run(["umount", "-l", str(place)], check=False, capture_output=True)


@needs_mount
def test_answers_for_which_there_is_no_room(toy_files, drive, capsys):
    place = drive("8k")
    (place / "filling").write_bytes(bytes(8192))
    words = ["crossval", "--mels", str(toy_files[0]), "--folds", "2", "--epochs", "1"]
    assert main([*words, "--device", "cpu", "--answers", str(place)]) == 1
    said = capsys.readouterr().err
    assert "seed0.npz: the answers cannot be written (No space left on device)" in said
    assert "Traceback" not in said
    assert [p.name for p in place.iterdir()] == ["filling"]


@needs_mount
def test_a_cache_that_is_really_full(train, folder, drive, monkeypatch, tmp_path):
    monkeypatch.setenv("GENREDESK_HOME", str(drive("100k")))
    text, _ = train(folder)
    assert "Features cannot be kept in" in text
    assert "No space left" in text
    assert not list(tmp_path.rglob("*.tmp"))
    drive("50m")
    train(folder, fails=False)


@needs_mount
@pytest.mark.parametrize("size", ["40k", "1200k", "2000k"])
def test_a_drive_that_is_really_full(toy_files, drive, capsys, monkeypatch, size):
    """Too small for a checkpoint, for the report, for the bundle: the next try ends well."""
    monkeypatch.setattr(command, "WorkerProcess", Inline)
    monkeypatch.setattr(worker, "CommandReader", Deaf)
    place = drive(size)
    words = ["train", "--mels", str(toy_files[0]), "--out", str(place / "mine"), "--epochs", "1"]
    words += ["--threads", "1", "--device", "cpu", "--json", "--resume"]
    assert main(words) == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert "No space left" in last["message"]
    assert str(place) in last["message"]
    left = {p.name for p in place.rglob("*") if p.is_file()}
    assert left <= {"checkpoint.safetensors", "evaluation.json", "windows.csv", "report.html"}
    drive("50m")
    assert main(words) == 0
    install.verify(bundles.load(place / "mine"))


@needs_mount
def test_a_drive_that_is_unmounted_half_way(train, folder, drive, monkeypatch):
    place = drive("50m") / "music"
    shutil.copytree(folder, place)
    tell = worker.EventWriter.progress

    def progress(speaker, step):
        if step.done == 3:
            subprocess.run(["umount", "-l", str(place.parent)], check=True)
        tell(speaker, step)

    monkeypatch.setattr(worker.EventWriter, "progress", progress)
    text, _ = train(place)
    assert f"{place} is gone. Plug its drive in again" in text
