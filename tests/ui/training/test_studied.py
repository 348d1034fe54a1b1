"""Mistakes as the papers studied them: by rule and by rank, and any window as a file."""

from __future__ import annotations

import csv
import wave
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from genredesk.core.errors import DataError
from genredesk.training.evaluation import windows
from genredesk.ui.training import results
from genredesk.ui.training.results import WAYS, Result

TABLE = """song,start,end,truth,answer,score,a,b,c
right,0,3,a,a,0.9,0.9,0.1,0.0
differ,0,3,a,a,0.9,0.9,0.1,0.0
differ,3,6,a,b,0.6,0.4,0.6,0.0
differ,6,9,a,b,0.6,0.4,0.6,0.0
second,0,3,b,a,0.6,0.6,0.4,0.0
third,0,3,c,a,0.6,0.6,0.3,0.1
third,3,6,c,c,0.7,0.3,0.0,0.7
third,6,9,c,a,0.8,0.8,0.2,0.0
"""


@pytest.fixture
def result(tmp_path):
    (tmp_path / "windows.csv").write_text(TABLE)
    songs = results._songs(SimpleNamespace(report=tmp_path), {}, [])
    return Result(None, {"labels": ["a", "b", "c"]}, tuple(songs))


@pytest.mark.parametrize(
    ("way", "names"),
    [
        ("wrong", ["second", "third"]),
        ("differ", ["differ"]),
        ("all_three", ["second", "third"]),
        ("second", ["second", "third"]),
        ("third", []),
        ("later", []),
    ],
)
def test_songs_are_found_by_rule_and_rank(result, way, names):
    found = {song.name for song in result.chosen(WAYS[way])}
    assert found == set(names)


def test_rank_majority_and_all_scores_are_known(result):
    songs = {song.name: song for song in result.songs}
    assert (songs["right"].rank, songs["second"].rank) == (1, 2)
    assert (songs["differ"].answer, songs["differ"].majority) == ("a", "b")
    assert songs["differ"].windows[1].scores == (0.4, 0.6, 0.0)
    assert songs["third"].surest == "a"


def test_a_window_is_saved_as_it_sounds_with_all_its_scores(tmp_path, monkeypatch):
    rate = 22050
    sound = np.zeros(4 * rate, np.float32)
    sound[2 * rate : 3 * rate] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    soundfile.write(tmp_path / "song.wav", sound, rate)
    target = tmp_path / "window.wav"
    table = windows.save(
        target, tmp_path / "song.wav", 2.0, 3.0, truth="a", scores={"a": 0.75, "b": 0.25}
    )
    with wave.open(str(target)) as file:
        assert file.getframerate() == windows.RATE
        samples = np.frombuffer(file.readframes(10**6), "<i2") / 32767
    assert len(samples) == windows.RATE
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.02)
    assert np.abs(np.fft.rfft(samples)).argmax() == 440
    with table.open() as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {
            "song": "song.wav", "start": "2.00", "end": "3.00", "truth": "a",
            "a": "0.7500", "b": "0.2500",
        }
    ]  # fmt: skip
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="Choose another place"):
        windows.save(tmp_path / "file" / "x.wav", tmp_path / "song.wav", 0, 1, truth="a", scores={})
