"""The check of the installation, against real faults: what is broken is found and told apart."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from genredesk.__main__ import main
from genredesk.audio import trial
from genredesk.core import logs, paths
from genredesk.core.errors import AudioFileError
from genredesk.doctor import elsewhere, examine, folders, models, report
from genredesk.doctor.finding import Finding, Health
from genredesk.library.catalogue import db

SMALL = "patel-cnn"
"""A shipped bundle that is quickly copied and asked."""

WITHOUT_PORTAUDIO = """
import ctypes.util, sys
ctypes.util.find_library = lambda name: None
from genredesk.__main__ import main
sys.exit(main(["doctor", "--only", "sound", "--json"]))
"""


def found(*only: str) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine.examine(only=only)}


def copy_of(identity: str, into: Path) -> Path:
    """Copy a shipped bundle's folder."""
    return Path(shutil.copytree(paths.shipped_models_dir() / identity, into / identity))


def test_without_portaudio_the_way_to_get_it_is_named():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PORTAUDIO], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    (row,) = told["findings"]
    assert told["broken"] == ["sound: PortAudio"]
    assert row["fact"].startswith("PortAudio is missing")
    assert "Install it" in row["fix"]


@pytest.mark.usefixtures("no_sound_card")
def test_without_a_sound_device_nothing_is_opened(capsys):
    assert main(["doctor", "--only", "sound"]) == 1
    said = capsys.readouterr().out
    assert "There is no sound device." in said
    assert "Connect one" in said
    assert "Needs attention: Devices." in said


@pytest.mark.soundcard
def test_output_and_microphone_are_really_opened(sound_card):
    rows = found("sound")
    assert rows["Microphone"].health is Health.NOTE
    assert "GD_Mic opens but gives only silence" in rows["Microphone"].fact
    t = np.arange(20 * 44100) / 44100
    singer = sound_card.sing((0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32))
    try:
        rows = found("sound")
    finally:
        singer.kill()
        singer.wait(10)
    assert {row.health for row in rows.values()} == {Health.OK}, rows
    assert "GD_Speakers opens" in rows["Output"].fact
    assert "GD_Mic opens" in rows["Microphone"].fact


def test_each_format_is_decoded_and_a_wrong_decoder_is_found(monkeypatch):
    rows = found("decoders")
    assert set(rows) == {kind.name for kind in trial.FORMATS}
    assert {row.health for row in rows.values()} <= {Health.OK, Health.NOTE}, rows
    assert rows["WAV"].health is rows["FLAC"].health is Health.OK
    load = trial.decode.load
    monkeypatch.setattr(trial.decode, "load", lambda path, rate: load(path, rate * 2))
    (wrong,) = {row.health for row in found("decoders").values()}
    assert wrong is Health.BROKEN

    def refused(path: Path, rate: int) -> None:
        raise AudioFileError(path, "it cannot be decoded")

    monkeypatch.setattr(trial.decode, "load", refused)
    row = found("decoders")["MP3"]
    assert row.fact == "A made-up piece: it cannot be decoded."
    assert row.fix.startswith("Install GenreDesk again")


def test_a_damaged_a_foreign_and_a_newer_bundle_are_told_apart(monkeypatch, tmp_path):
    shipped = tmp_path / "shipped"
    good = copy_of(SMALL, shipped)
    own = paths.user_models_dir()
    monkeypatch.setattr(paths, "shipped_models_dir", lambda: shipped)
    for name in ("cut", "newer", "other"):
        folder = own / name
        shutil.copytree(good, folder)
        raw = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        raw["id"] = name
        if name == "newer":
            raw["format"] = 99
        if name == "other":
            raw["golden"]["logits"] = [value + 5 for value in raw["golden"]["logits"]]
        (folder / "card.json").write_text(json.dumps(raw), encoding="utf-8")
    weights = own / "cut" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    rows = found("models")
    assert rows[SMALL].health is Health.OK
    assert "SHA-256 differs" in rows["cut"].fact
    assert "golden output differs" in rows["other"].fact
    assert "newer" in rows["newer"].fact
    assert all(rows[name].health is Health.BROKEN for name in ("cut", "other", "newer"))
    assert rows["cut"].fix.startswith("Delete it")
    (good / "model.onnx").write_bytes(b"no graph")
    broken = found("models")
    assert "came with it" in broken[SMALL].fix
    assert "No model can be used" in broken["Models"].fact


def test_a_folder_that_cannot_be_written_and_a_broken_catalogue_are_found(home):
    home.mkdir()
    (home / "cache").write_text("a file where the folder should be")
    db.Database(db.default_path()).close()
    assert found("folders")["Library"].health is Health.OK
    rows = found("folders")
    assert rows["Cache"].health is Health.BROKEN
    assert "GENREDESK_HOME" in rows["Cache"].fix
    assert rows["Data"].health is rows["Settings"].health is Health.OK
    with sqlite3.connect(db.default_path()) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "newer GenreDesk" in found("folders")["Library"].fact
    db.default_path().write_bytes(b"SQLite" * 1000)
    assert "damaged" in found("folders")["Library"].fact


def test_little_room_is_said(monkeypatch):
    monkeypatch.setattr(folders, "LEAST_BYTES", 1 << 62)
    rows = found("folders")
    assert rows["Data"].health is Health.NOTE
    assert "Make room" in rows["Data"].fix


def test_extras_are_named_with_what_they_are_for(monkeypatch):
    required = ["numpy>=2", 'python-osc>=1.9; extra == "outputs"', "no-such<3; extra == 'outputs'",
                "dbus-fast; sys_platform == 'nowhere' and extra == 'outputs'",
                "numpy>=2; extra == 'cluster'", "pytest; extra == 'dev'",
                "no-torch; extra == 'train'"]  # fmt: skip
    monkeypatch.setattr(folders.metadata, "requires", lambda _name: required)
    rows = found("packages")
    assert set(rows) == {"outputs", "cluster", "train"}
    assert "genredesk extras install" in rows["train"].fix
    assert "no-such" in rows["outputs"].fact
    assert "dbus" not in rows["outputs"].fact
    assert rows["outputs"].fix == "To install it: pip install 'genredesk[outputs]'."
    assert rows["cluster"].health is Health.OK


def test_a_check_that_fails_itself_is_a_finding(monkeypatch):
    def broken() -> list[Finding]:
        raise ZeroDivisionError("by zero")

    monkeypatch.setitem(examine.CHECKS, "log", broken)
    row = found("log")["Check"]
    assert row.health is Health.BROKEN
    assert "ZeroDivisionError: by zero" in row.fact


def test_the_processor_what_runs_networks_and_a_broken_torch_are_told(monkeypatch):
    def broken() -> None:
        raise OSError("libtorch_cpu.so: cannot open shared object file")

    monkeypatch.setattr(models.torch, "installed", lambda: True)
    monkeypatch.setattr(models.torch, "found", broken)
    rows = found("devices")
    assert "cores" in rows["Processor"].fact
    assert rows["Processor (ONNX Runtime)"].fact.startswith("Works")
    assert rows["torch"].health is Health.BROKEN
    assert "libtorch_cpu.so" in rows["torch"].fact
    monkeypatch.setattr(models.torch, "installed", lambda: False)
    assert found("devices")["torch"].health is Health.NOTE


def test_a_report_says_nothing_of_the_home_folder(home, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    log = logs.log_file("gui")
    log.parent.mkdir(parents=True)
    log.with_name("genredesk.log.1").write_text("older\n" * report.LINES)
    log.write_text(f"last words about {tmp_path}/music\n")
    target = tmp_path / "report.txt"
    assert main(["doctor", "--only", "folders", "--report", str(target)]) == 0
    assert "Everything works." in capsys.readouterr().out
    text = target.read_text(encoding="utf-8")
    assert "last words about ~/music" in text
    assert str(tmp_path) not in text
    assert "[ok] folders: Data: ~/home/data: can be written" in text
    assert text.splitlines().count("older") == report.LINES - 1
    assert report.compose(ended="by a kill").count("by a kill") == 1
    with pytest.raises(report.ReportError, match="cannot be written"):
        report.save(log / "below a file", "text")


def test_the_checks_can_be_made_in_another_process(home):
    home.mkdir()
    (home / "cache").write_text("a file where the folder should be")
    checking = elsewhere.CheckProcess(
        [sys.executable, "-m", "genredesk", "doctor", "--lines", "--only", "folders"]
    )
    rows = list(checking.findings())
    assert [row.name for row in rows] == ["Settings", "Data", "Cache", "Log", "Library"]
    assert [row.health for row in rows].count(Health.BROKEN) == 1
