"""Files to answers, as people and programs read them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genredesk.cli._output import json_line

KEYS = {
    "file", "seconds", "bundle", "device", "windows", "decision", "majority", "elapsed_s",
    "realtime_factor",
}  # fmt: skip


def objects(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_device_that_is_not_there_is_said_and_done_without(bundle, tone, genredesk) -> None:
    status, out, err = genredesk("classify", tone("low.wav", 100), "--device", "abacus", "--json")
    assert (status, objects(out)[0]["device"]) == (0, "CPU")
    assert "no device “abacus”" in err


def test_one_object_a_line_and_file(bundle, tone, genredesk) -> None:
    low, high = tone("low.wav", 100), tone("high.wav", 8000, seconds=8)
    status, out, _ = genredesk("classify", low, high, "--json")
    assert status == 0
    first, second = objects(out)
    assert set(first) == KEYS
    assert (first["file"], second["file"]) == (str(low), str(high))
    assert first["decision"]["label"] == "low"
    assert second["decision"]["label"] == "high"
    assert first["decision"]["state"] == "sure"
    assert second["majority"] == {"label": "high", "share": 1.0}
    assert first["bundle"] == "thirds"
    assert first["seconds"] == pytest.approx(5, abs=0.01)
    assert first["realtime_factor"] == pytest.approx(5 / first["elapsed_s"], rel=0.05)
    window = first["windows"][0]
    assert set(window) == {"start", "end", "state", "scores"}
    assert window["start"] == 0
    assert window["end"] == pytest.approx(3.04, abs=0.01)
    assert sum(window["scores"].values()) == pytest.approx(1, abs=1e-4)


def test_the_hop_says_how_many_windows(bundle, tone, genredesk) -> None:
    path = tone("long.wav", seconds=13.1)
    counts = []
    for hop in ("0.5", "2"):
        _, out, _ = genredesk("classify", path, "--json", "--hop", hop)
        counts.append(len(objects(out)[0]["windows"]))
    assert counts[0] > 3 * counts[1]


def test_a_broken_file_does_not_stop_the_others(bundle, tone, genredesk, tmp_path) -> None:
    good = tone("good.wav")
    text = tmp_path / "music" / "text.mp3"
    text.write_text("not music at all")
    empty = tmp_path / "music" / "empty.flac"
    empty.touch()
    missing = tmp_path / "music" / "missing.ogg"
    status, out, _ = genredesk("classify", text, missing, empty, good, "--json")
    assert status == 1
    answers = objects(out)
    assert [set(a) == {"file", "error"} for a in answers] == [True, True, True, False]
    assert [a["file"] for a in answers] == [str(p) for p in (text, missing, empty, good)]
    assert all(a["error"].endswith(".") for a in answers[:3])
    assert answers[3]["decision"]["label"] == "low"


def test_people_get_a_line_a_file_and_troubles_apart(bundle, tone, genredesk, tmp_path) -> None:
    good = tone("good.wav", 8000)
    broken = tmp_path / "music" / "broken.mp3"
    broken.write_bytes(b"\xff\xfb" + bytes(20))
    status, out, err = genredesk("classify", tmp_path / "music")
    assert status == 1
    assert out.split()[0] == "High"
    assert str(good) in out
    assert "broken.mp3" in err
    assert "1 of 2 files could not be read" in err


def test_folders_are_walked(bundle, tone, genredesk, tmp_path) -> None:
    names = {"a.wav", "deep/b.flac", "deep/deeper/ç d🎵.wav"}
    for name in names:
        tone(name)
    (tmp_path / "music" / "notes.txt").write_text("no sound")
    status, out, _ = genredesk("classify", tmp_path / "music", "--json")
    assert status == 0
    assert {Path(a["file"]) for a in objects(out)} == {tmp_path / "music" / n for n in names}


def test_silence_and_short_files_are_answers(bundle, tone, genredesk) -> None:
    quiet, short = tone("quiet.wav", level=0.0), tone("short.wav", 100, seconds=0.4)
    status, out, _ = genredesk("classify", quiet, short, "--json")
    assert status == 0
    silent, brief = objects(out)
    assert silent["decision"] == {
        "label": None, "score": 0.0, "state": "silence", "named": [],
    }  # fmt: skip
    assert brief["decision"]["label"] == "low"


def test_an_empty_folder_and_an_unknown_model_are_said(bundle, genredesk, tmp_path) -> None:
    empty = tmp_path / "nothing here"
    empty.mkdir()
    status, _, err = genredesk("classify", empty)
    assert status == 1
    assert "nothing here" in err
    status, _, err = genredesk("classify", empty, "--bundle", "nope")
    assert status == 1
    assert "nope" in err
    assert "thirds" in err


def test_odd_sound_is_answered(bundle, genredesk, tmp_path) -> None:
    rng = np.random.default_rng(1)
    noise = rng.uniform(-0.3, 0.3, (192_000 * 4, 8)).astype(np.float32)
    noise[1000:2000] = np.nan
    noise[5000] = np.inf
    odd = tmp_path / "eight channels, 192 kHz.wav"
    soundfile.write(odd, noise, 192_000, subtype="FLOAT")
    status, out, _ = genredesk("classify", odd, "--json")
    assert status == 0
    for window in objects(out)[0]["windows"]:
        assert all(np.isfinite(score) for score in window["scores"].values())


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
def test_a_name_that_is_no_text_still_gives_valid_json(bundle, tone, genredesk) -> None:
    path = tone("plain.wav")
    odd = os.path.join(os.fsencode(path.parent), b"caf\xe9.wav")  # noqa: PTH118 - bytes
    os.rename(path, odd)  # noqa: PTH104
    status, out, _ = genredesk("classify", path.parent, "--json")
    assert status == 0
    assert os.fsencode(objects(out)[0]["file"]) == odd


def test_json_lines_are_readable_text() -> None:
    assert json_line({"file": "Ænima ♫"}) == '{"file": "Ænima ♫"}'
    assert json.loads(json_line({"file": "\udce9"})) == {"file": "\udce9"}


def test_a_folder_of_au_files_and_what_else_lies_there(bundle, tone, genredesk) -> None:
    path = tone("low.wav", 100)
    sound, rate = soundfile.read(path)
    path.unlink()
    for name in ("a.au", "b.w64", "c.caf"):
        soundfile.write(path.with_name(name), sound, rate)
    for name in ("cover.jpg", "back.jpg", "README"):
        path.with_name(name).touch()
    status, out, err = genredesk("classify", path.parent, "--json")
    assert status == 0
    assert [Path(o["file"]).name for o in objects(out)] == ["a.au", "b.w64", "c.caf"]
    said = "3 files that are not music by their names (2 .jpg, 1 without an ending)"
    assert f"Skipped: {said}." in err


def test_a_refusal_is_the_same_sentence_everywhere(bundle, tone, genredesk, monkeypatch) -> None:
    good = tone("good.wav")
    slow, empty = good.with_name("slow.wav"), good.with_name("empty.wav")
    soundfile.write(slow, np.zeros(5000), 1)
    soundfile.write(empty, np.zeros(0), 22050)
    monkeypatch.chdir(good.parent)
    for path, words in ((slow, "it claims a sample rate of 1 Hz"), (empty, "it holds no sound")):
        status, out, err = genredesk("classify", path.name, good.name)
        assert status == 1
        assert "good.wav" in out
        said = next(line for line in err.splitlines() if words in line)
        status, _, err = genredesk("listen", path.name)
        assert status == 1
        assert said in err.splitlines()
