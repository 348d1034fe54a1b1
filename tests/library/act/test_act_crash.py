"""Killed at any moment: every file is there once and whole, and the way back is open."""

# Names are bytes here as often as text, and a second file system is wanted by its path.
# ruff: noqa: S108

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs kill -9 and fork")

HERE = Path(__file__).parent
KINDS = ("flac", "mp3_23_v1", "ogg", "m4a")


@pytest.fixture
def place(tmp_path: Path):
    """Give a folder in memory if there is one: a kill, unlike a power cut, loses no page of it."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def crash(place: Path, samples, **asked) -> dict:
    asked = {"place": str(place), "samples": [str(samples[k]) for k in KINDS], **asked}
    command = [sys.executable, str(HERE / "crasher.py"), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=3500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout)
    for phase in ("apply", "undo"):
        assert result[phase]["problems"] == [], done.stderr[-3000:]
    return result


@pytest.mark.parametrize(
    "way",
    ["move", "across", "linked", "placed", "copy", "tag", "lists", "renewed", "emptied"],
)
def test_killed_at_every_touch_of_the_disk(place, samples, way: str) -> None:
    stride = 1 if way in {"move", "tag"} else 3  # much alike; odd, so before and after touches
    result = crash(place, samples, mode="everywhere", way=way, files=3, batch=2, stride=stride)
    assert result["apply"]["kills"] >= 24 // stride
    assert result["undo"]["kills"] >= (12 if way == "renewed" else 18) // stride


@pytest.mark.parametrize("way", ["move", "across", "copy", "tag", "lists"])
def test_a_disk_that_is_full_from_any_write_on(place, samples, way: str) -> None:
    result = crash(place, samples, mode="full", way=way, files=3, batch=2)
    assert result["apply"]["kills"] >= 8
    assert result["undo"]["kills"] >= 6


@pytest.mark.parametrize(
    ("way", "files", "rounds"), [("move", 300, 10), ("across", 40, 5), ("tag", 16, 5)]
)
def test_killed_at_random_moments(place, samples, way: str, files: int, rounds: int) -> None:
    result = crash(place, samples, mode="anywhere", way=way, files=files, batch=50, rounds=rounds)
    assert result["apply"]["kills"] == rounds
    assert result["undo"]["kills"] == rounds


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("GENREDESK_CRASHES"), reason="GENREDESK_CRASHES=200 asks for it"
)
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("way", ["move", "across", "copy", "tag"])
def test_killed_at_many_random_moments(place, samples, way: str) -> None:
    rounds = int(os.environ["GENREDESK_CRASHES"])
    files = {"move": 800, "across": 60, "copy": 160, "tag": 40}[way]
    result = crash(
        place, samples, mode="anywhere", way=way, files=files, batch=200, rounds=rounds,
        seed=rounds,
    )  # fmt: skip
    assert result["apply"]["kills"] == rounds
    assert result["undo"]["kills"] == rounds
