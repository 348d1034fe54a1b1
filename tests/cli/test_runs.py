"""The trainings that are kept, from the command line: the store that the window writes."""

from __future__ import annotations

import dataclasses
import json

import pytest

from genredesk import __main__ as door
from genredesk.training.runs import store
from genredesk.training.runs.messages import EpochEvent
from genredesk.training.runs.store import TrainingRun

EPOCH = EpochEvent(1, 4, 1.5, 0.5, 0.5, 0.5, 0.1, 1.0, best=True)


@pytest.fixture
def kept(home) -> TrainingRun:
    store.save(TrainingRun("20260101-120000-old", "Old", "2026-01-01T12:00:00+00:00", "failed"))
    newer = TrainingRun(
        "20260102-120000-mine", "Mine", "2026-01-02T12:00:00+00:00", store.DONE,
        classes={"fado": 4, "samba": 5}, score=0.75, interval=(0.4, 0.93), n=8, seconds=12.0,
    )  # fmt: skip
    store.save(newer)
    store.add_epoch(newer, EPOCH)
    return newer


def test_none_is_kept_yet(home, capsys):
    assert door.main(["runs"]) == 0
    assert "No training is kept yet" in capsys.readouterr().out
    assert door.main(["runs", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_they_are_listed_newest_first(kept, capsys):
    assert door.main(["runs", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [run["id"] for run in said] == [kept.id, "20260101-120000-old"]
    assert said[0]["score"] == 0.75
    assert door.main(["runs"]) == 0
    out = capsys.readouterr().out
    assert out.index("mine") < out.index("old")
    assert "75% (40–93%, 8 songs)" in out


def test_one_is_shown_with_its_epochs(kept, capsys):
    assert door.main(["runs", "show", kept.id, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["epochs"] == [dataclasses.asdict(EPOCH)]
    assert said["classes"] == {"fado": 4, "samba": 5}
    assert door.main(["runs", "show", kept.id]) == 0
    assert "9 (Fado 4, Samba 5)" in capsys.readouterr().out


def test_one_is_deleted_unless_it_runs(kept, capsys):
    assert door.main(["runs", "delete", kept.id]) == 0
    assert [run.id for run in store.every()] == ["20260101-120000-old"]
    store.save(kept.replace(state=store.RUNNING))
    assert door.main(["runs", "delete", kept.id]) == 1
    assert "still running" in capsys.readouterr().err
    assert len(store.every()) == 2


def test_a_name_that_is_not_there_is_told(kept, capsys):
    assert door.main(["runs", "show", "nothing"]) == 1
    assert "There is no training nothing" in capsys.readouterr().err
