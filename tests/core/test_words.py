from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from genredesk.core import atomic, paths
from genredesk.core.certainty import Strength
from genredesk.core.errors import AudioFileError, Cancelled
from genredesk.core.job import JobContext, Progress
from genredesk.core.scores import Decision, Scores


def test_audio_file_error_names_the_file_and_the_fix() -> None:
    error = AudioFileError("/music/ä song.mp3", "it holds no sound", "Copy it again.")
    assert str(error) == "ä song.mp3: it holds no sound. Copy it again."
    assert error.path == Path("/music/ä song.mp3")


def test_job_reports_then_stops() -> None:
    seen: list[Progress] = []
    context = JobContext(seen.append)
    context.progress(1, 4, "one")
    context.cancel()
    with pytest.raises(Cancelled):
        context.progress(2, 4)
    assert [p.fraction for p in seen] == [0.25, 0.5]
    assert Progress(1, 0).fraction is None


def test_paused_job_waits_and_cancel_frees_it() -> None:
    context = JobContext()
    context.pause()
    outcome: list[str] = []

    def work() -> None:
        try:
            context.checkpoint()
            outcome.append("went on")
        except Cancelled:
            outcome.append("cancelled")

    thread = threading.Thread(target=work)
    thread.start()
    assert not outcome
    context.cancel()
    thread.join(5)
    assert outcome == ["cancelled"]
    context.pause()  # after a cancel a pause must not hold anybody
    with pytest.raises(Cancelled):
        context.checkpoint()


def test_scores_and_decision_rank() -> None:
    labels = ("blues", "jazz", "rock")
    p = np.array([0.2, 0.5, 0.3], np.float32)
    scores = Scores(0.0, 3.0, Strength.SURE, labels, p, -12.0)
    assert scores.top == ("jazz", 0.5)
    assert scores.as_dict() == pytest.approx({"blues": 0.2, "jazz": 0.5, "rock": 0.3})
    decision = Decision(Strength.SURE, "jazz", 0.5, labels, p)
    assert [label for label, _ in decision.ranked(2)] == ["jazz", "rock"]


def test_atomic_file_is_whole_or_not_there(tmp_path: Path) -> None:
    target = tmp_path / "new" / "file.bin"

    def break_off() -> None:
        with atomic.atomic_file(target) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert list(target.parent.iterdir()) == []
    atomic.write_json(target, {"ä": 1})
    assert target.read_text(encoding="utf-8") == '{\n  "ä": 1\n}\n'


def test_home_moves_everything(home: Path) -> None:
    places = [paths.config_dir(), paths.data_dir(), paths.cache_dir(), paths.log_dir()]
    assert len(set(places)) == 4
    assert all(p.is_relative_to(home) for p in places)
    assert paths.user_models_dir().parent == paths.data_dir()


def test_shipped_folders_are_found() -> None:
    assert paths.resources_dir().is_dir()
    assert paths.shipped_models_dir().is_dir()
