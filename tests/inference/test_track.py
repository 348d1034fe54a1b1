"""Whole files, one and many: decoded, answered, decided, written down."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
import soundfile

from genredesk.core.certainty import Strength
from genredesk.core.errors import AudioFileError, Cancelled
from genredesk.core.job import JobContext, Progress
from genredesk.core.scores import Scores
from genredesk.features import frontend
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference import aggregate, timeline
from genredesk.inference.batch import analyse_many
from genredesk.inference.runtime import open_runtime
from genredesk.inference.track import TrackResult, analyse_track

RATE = 22050


@pytest.fixture
def runtime(bundle):
    found = open_runtime(bundle)
    yield found
    found.close()


@pytest.fixture
def write(tmp_path):
    def to_file(sound: np.ndarray, name: str = "x.wav", rate: int = RATE) -> str:
        soundfile.write(tmp_path / name, sound, rate)
        return str(tmp_path / name)

    return to_file


def test_windows_decision_and_vote(write, tiny, bundle, runtime):
    path = write(np.concatenate([tiny.tone(60, 20), tiny.tone(9000, 10)]))
    seen: list[Scores] = []
    result = analyse_track(path, bundle, runtime, JobContext(), hop_s=1, on_windows=seen.extend)
    assert result.seconds == pytest.approx(30)
    assert list(result.scores) == seen
    assert result.scores[0].start == 0
    hop = 13 * LIVE_MEL.hop_length / RATE
    np.testing.assert_allclose(np.diff([s.start for s in seen])[:-1], hop, atol=1e-9)
    assert 30 - hop / 2 - LIVE_MEL.hop_s < seen[-1].end <= 30
    assert [s.top[0] for s in (seen[0], seen[-1])] == ["low", "high"]
    assert (result.decision.state, result.decision.label) == (Strength.SURE, "low")
    asked = analyse_track(path, bundle, runtime, JobContext()).scores
    assert result.decision.score == pytest.approx(
        float(np.mean([s.probabilities[0] for s in asked])), abs=1e-5
    )
    label, share = result.majority
    assert label == "low"
    assert 0.6 < share < 0.75
    assert result.bundle_id == "tiny"
    assert result.device == "CPU"
    assert result.realtime_factor == pytest.approx(30 / result.elapsed_s)


def test_scores_are_those_of_the_sound_itself(write, bundle, runtime):
    sound = (0.1 * np.random.default_rng(0).standard_normal(8 * RATE)).astype(np.float32)
    result = analyse_track(write(sound, "x.flac"), bundle, runtime, JobContext())
    stored, _ = soundfile.read(write(sound, "y.flac"), dtype="float32")
    for s in result.scores:
        begin = round(s.start * RATE)
        features = frontend.window(LIVE_MEL, stored[begin : begin + LIVE_MEL.window_samples])
        logits, _ = runtime.run(features[None])
        np.testing.assert_allclose(s.probabilities, aggregate.softmax(logits[0]), atol=1e-4)


def test_temperature_and_threshold_come_from_the_card(write, tiny):
    warm = tiny.write(temperature=20.0, unsure_below=0.9)
    runtime = open_runtime(warm)
    path = write(tiny.tone(60, 5))
    result = analyse_track(path, warm, runtime, JobContext())
    assert result.decision.state is Strength.OPEN
    assert all(s.state is Strength.OPEN for s in result.scores)
    asked = analyse_track(path, warm, runtime, JobContext(), unsure_below=0.1)
    assert asked.decision.state is Strength.SURE
    runtime.close()


@pytest.mark.parametrize("n", [1, 100, 5000, LIVE_MEL.window_samples - 1])
def test_a_short_file_is_answered(write, tiny, bundle, runtime, n):
    result = analyse_track(write(tiny.tone(60, 5)[50 : 50 + n]), bundle, runtime, JobContext())
    assert len(result.scores) == 1
    assert result.scores[0].start == 0
    assert result.scores[0].end == result.seconds == pytest.approx(n / RATE)


def test_silence_is_not_asked_about(write, tiny, bundle, runtime, monkeypatch):
    asked = []
    run = runtime.run
    monkeypatch.setattr(runtime, "run", lambda f: asked.append(len(f)) or run(f))
    quiet = np.zeros(6 * RATE, np.float32)
    silent = analyse_track(write(quiet), bundle, runtime, JobContext())
    assert asked == []
    assert (silent.decision.state, silent.majority) == (Strength.SILENCE, (None, 0.0))
    half = analyse_track(
        write(np.concatenate([quiet, tiny.tone(60, 6)])), bundle, runtime, JobContext()
    )
    assert sum(asked) == sum(s.state is Strength.SURE for s in half.scores)
    assert half.scores[0].state is Strength.SILENCE
    assert (half.decision.state, half.decision.label) == (Strength.SURE, "low")


def test_progress_and_cancel(write, tiny, bundle, runtime):
    path = write(tiny.tone(60, 80))
    steps: list[Progress] = []
    analyse_track(path, bundle, runtime, JobContext(steps.append), hop_s=1)
    assert len(steps) >= 2
    assert [p.done for p in steps] == sorted(p.done for p in steps)
    assert steps[-1].done == pytest.approx(80)
    assert steps[-1].total == pytest.approx(80)
    stop = JobContext(lambda _: stop.cancel())
    seen: list[Scores] = []
    with pytest.raises(Cancelled):
        analyse_track(path, bundle, runtime, stop, hop_s=1, on_windows=seen.extend)
    assert 0 < len(seen) < 78


def test_a_hop_that_is_none_is_refused(write, tiny, bundle, runtime):
    with pytest.raises(ValueError, match="not positive"):
        analyse_track(write(tiny.tone(60, 5)), bundle, runtime, JobContext(), hop_s=-1)


def test_files_that_cannot_be_read_are_named(tmp_path, bundle, runtime):
    text = tmp_path / "notes.mp3"
    text.write_text("hello " * 1000)
    with pytest.raises(AudioFileError, match=r"notes\.mp3"):
        analyse_track(text, bundle, runtime, JobContext())
    with pytest.raises(AudioFileError, match=r"gone\.mp3"):
        analyse_track(tmp_path / "gone.mp3", bundle, runtime, JobContext())


def test_a_file_without_a_sample_is_refused(write, bundle, runtime):
    with pytest.raises(AudioFileError, match=r"x\.wav"):
        analyse_track(write(np.empty(0, np.float32)), bundle, runtime, JobContext())


def test_many_files_go_on_after_a_broken_one(write, tmp_path, tiny, bundle, runtime):
    low = write(tiny.tone(60, 5), "low.wav")
    high = write(tiny.tone(9000, 5), "höch.flac")
    bad = tmp_path / "bad.ogg"
    bad.write_bytes(b"")
    steps: list[Progress] = []
    seen: dict[str, int] = {}
    found = list(
        analyse_many(
            [low, bad, high],  # type: ignore[list-item]
            bundle,
            runtime,
            JobContext(steps.append),
            on_windows=lambda path, s: seen.update({path.name: seen.get(path.name, 0) + len(s)}),
            n_files=3,
        )
    )
    assert isinstance(found[0], TrackResult)
    assert isinstance(found[1], AudioFileError)
    assert isinstance(found[2], TrackResult)
    assert [found[0].decision.label, found[2].decision.label] == ["low", "high"]
    assert "bad.ogg" in str(found[1])
    assert seen == {"low.wav": len(found[0].scores), "höch.flac": len(found[2].scores)}
    done = [p.done for p in steps]
    assert done == sorted(done)
    assert done[-1] == pytest.approx(3)
    assert all(p.total == 3 for p in steps)
    assert {p.message for p in steps} == {"low.wav", "bad.ogg", "höch.flac"}


def test_many_files_can_be_stopped(write, tiny, bundle, runtime):
    path = write(tiny.tone(60, 5))
    ctx = JobContext()
    found = analyse_many([path] * 100, bundle, runtime, ctx)  # type: ignore[list-item]
    next(found)
    ctx.cancel()
    with pytest.raises(Cancelled):
        next(found)


# ------------------------------------------------------------ written down


def window(start: float, label: str | None, state: Strength = Strength.SURE) -> Scores:
    p = np.array([label == "a", label == "b\tc"], np.float32)
    return Scores(start, start + 3, state, ("a", "b\tc"), p, -20.0)


SCORES = [
    window(0, "a"),
    window(1, "a"),
    window(2, "b\tc"),
    window(3, None, Strength.SILENCE),
    window(4, None, Strength.SILENCE),
    window(5, "a", Strength.OPEN),
]


def test_the_timeline_has_no_holes_and_no_overlaps():
    found = timeline.stretches(SCORES)
    assert [(r.start, r.end) for r in found] == [(0, 3), (3, 4), (4, 6), (6, 8)]
    assert [r.named for r in found] == [("a",), ("b\tc",), (), ()]
    assert [r.state.value for r in found] == ["sure", "sure", "silence", "open"]
    assert timeline.stretches([]) == []


def test_scores_as_csv():
    rows = list(csv.DictReader(io.StringIO(timeline.scores_csv(SCORES))))
    assert list(rows[0]) == ["start", "end", "state", "level_dbfs", "a", "b\tc"]
    assert rows[0]["a"] == "1.0000"
    assert rows[3]["state"] == "silence"
    assert len(rows) == len(SCORES)
    assert timeline.scores_csv([]) == "start,end,state,level_dbfs\n"


def test_scores_as_json(write, tiny, bundle, runtime):
    path = write(tiny.tone(60, 5), "Ωx.wav")
    result = analyse_track(path, bundle, runtime, JobContext())
    found = json.loads(timeline.scores_json(result))
    assert list(found) == [
        "file", "seconds", "bundle", "device", "windows", "decision", "majority", "elapsed_s",
        "realtime_factor",
    ]  # fmt: skip
    assert found["file"] == path
    assert found["seconds"] == 5.0
    assert found["windows"][0]["scores"].keys() == set(tiny.labels)
    assert found["windows"][0]["start"] == 0
    assert found["windows"][0]["state"] == "sure"
    assert found["decision"]["label"] == "low"
    assert found["majority"] == {"label": "low", "share": 1.0}
    silent = write(np.zeros(RATE, np.float32), "s.wav")
    quiet = timeline.result_as_dict(analyse_track(silent, bundle, runtime, JobContext()))
    assert quiet["decision"] == {
        "label": None, "score": 0.0, "state": "silence", "named": [],
    }  # fmt: skip
    assert quiet["majority"] == {"label": None, "share": 0.0}
    json.dumps(quiet)


def test_a_real_song_whatever_its_format(data_dir, bundle, runtime):
    path = data_dir / "full-songs" / "amazing_plan.m4a"
    result = analyse_track(path, bundle, runtime, JobContext())
    assert result.seconds > 60
    assert len(result.scores) == pytest.approx(result.seconds / 3.02, abs=2)
    assert result.scores[-1].end == pytest.approx(result.seconds, abs=1.6)
