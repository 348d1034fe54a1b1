"""The live engine on a source in memory: what is heard is named, and nothing stops it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import soundfile

from genredesk.audio.ring import RingBuffer
from genredesk.audio.source import SourceInfo, SourceState
from genredesk.audio.sources import open_source
from genredesk.core.certainty import Strength
from genredesk.core.job import JobContext
from genredesk.core.levels import Level, level_of
from genredesk.core.scores import Decision, Scores
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference.engine import LiveEngine
from genredesk.inference.runtime import RuntimeFailure, open_runtime
from genredesk.inference.runtime.fallback import FallbackRuntime
from genredesk.inference.track import analyse_track

RATE = LIVE_MEL.sample_rate
WINDOW = LIVE_MEL.window_samples
HOP = RATE // 2


class MemorySource:
    """A source that is fed by the test; ``heard`` may lag behind the ring as a player's does."""

    def __init__(self, rate: int = RATE, seconds: float = 60.0) -> None:
        self.info = SourceInfo("test", "test:", "a test")
        self.sample_rate = rate
        self.ring = RingBuffer(round(seconds * rate))
        self.state = SourceState.RUNNING
        self.message = ""
        self.shift = 0.0
        self.waits = 0

    def now(self) -> int:
        return self.ring.end

    def wait_until(self, index: int, timeout: float) -> bool:
        self.waits += 1
        return self.ring.wait_for(index, timeout)

    def time_of(self, index: int) -> float:
        return self.shift + index / self.sample_rate

    def level(self) -> Level:
        return level_of(np.zeros(1, np.float32))

    def close(self) -> None:
        """Nothing to give back."""


class Listener:
    """Collects what the engine says and lets a test wait for it."""

    def __init__(self) -> None:
        self.scores: list[Scores] = []
        self.decisions: list[Decision] = []
        self.problems: list[str] = []
        self.waiting: list[Decision] = []
        self.threads: set[str] = set()
        self._changed = threading.Condition()

    def on_scores(self, scores: Scores, decision: Decision, _source: object) -> None:
        with self._changed:
            self.scores.append(scores)
            self.decisions.append(decision)
            self.threads.add(threading.current_thread().name)
            self._changed.notify_all()

    def on_problem(self, text: str) -> None:
        with self._changed:
            self.problems.append(text)
            self._changed.notify_all()

    def on_waiting(self, decision: Decision, _source: object) -> None:
        with self._changed:
            self.waiting.append(decision)
            self._changed.notify_all()

    def wait(self, condition: Callable[[], bool], timeout: float = 20.0) -> None:
        with self._changed:
            if not self._changed.wait_for(condition, timeout):
                pytest.fail(
                    f"it did not happen: {len(self.scores)} scores, {self.decisions[-1:]}, "
                    f"{self.problems}, {self.waiting}"
                )


@pytest.fixture
def heard() -> Listener:
    return Listener()


@pytest.fixture
def engine(heard) -> Iterator[LiveEngine]:
    with LiveEngine(heard.on_scores, heard.on_problem, on_waiting=heard.on_waiting) as live:
        yield live


@pytest.fixture
def source(engine, bundle) -> MemorySource:
    """What the engine listens to with the tiny bundle; nothing was heard yet."""
    made = MemorySource()
    engine.set_bundle(bundle)
    engine.set_source(made)
    return made


def until(condition: Callable[[], bool], timeout: float = 20.0) -> None:
    """Wait for something the engine does not announce."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


def feed(source: MemorySource, heard: Listener, sound: np.ndarray, hop: int = HOP) -> None:
    """Write sound hop by hop, each as soon as the window before it was answered."""
    for begin in range(0, len(sound) - hop + 1, hop):
        n = len(heard.scores)
        due = source.ring.end + hop >= WINDOW
        source.ring.write(sound[begin : begin + hop])
        if due:
            heard.wait(lambda n=n: len(heard.scores) > n)


# ------------------------------------------------------------ the main path


def test_it_names_what_it_hears_and_follows_a_change(engine, source, heard, tiny):
    source.ring.write(tiny.tone(60, WINDOW / RATE + 0.01)[:WINDOW])
    heard.wait(lambda: len(heard.scores) == 1)
    first = heard.scores[0]
    assert (first.state, first.top[0]) == (Strength.SURE, "low")
    assert first.labels == tiny.labels
    assert first.end == pytest.approx(WINDOW / RATE)
    assert first.start == pytest.approx(0, abs=1e-6)
    assert first.level_dbfs == pytest.approx(-13.5, abs=0.5)
    assert heard.decisions[0].label == "low"
    feed(source, heard, tiny.tone(9000, 12))
    assert heard.decisions[-1].label == "high"
    assert heard.decisions[-1].score > 0.9
    assert len(heard.scores) == 1 + 24
    ends = np.array([s.end for s in heard.scores])
    np.testing.assert_allclose(np.diff(ends), 0.5, atol=1e-6)
    assert heard.threads == {"genredesk-engine"}
    assert heard.problems == []
    stats = engine.stats()
    assert (stats.windows, stats.skipped, stats.bundle_id) == (25, 0, "tiny")
    assert stats.device == "CPU"
    assert stats.ms_per_window > 0
    assert stats.realtime_factor == pytest.approx(500 / stats.ms_per_window)


def test_the_level_does_not_matter(engine, heard, tiny, bundle):
    engine.set_bundle(bundle)
    source = MemorySource()
    engine.set_source(source)
    rng = np.random.default_rng(0)
    music = 0.2 * rng.standard_normal(WINDOW).astype(np.float32).cumsum() / 50
    source.ring.write(music.astype(np.float32))
    heard.wait(lambda: len(heard.scores) == 1)
    quiet = MemorySource()
    quiet.ring.write((music * 0.02).astype(np.float32))
    engine.set_source(quiet)
    heard.wait(lambda: len(heard.scores) == 2)
    np.testing.assert_allclose(
        heard.scores[0].probabilities, heard.scores[1].probabilities, atol=1e-3
    )


def test_a_late_engine_takes_the_newest_window(engine, source, heard, tiny):
    source.ring.write(tiny.tone(60, 60)[:WINDOW])
    heard.wait(lambda: len(heard.scores) == 1)
    source.ring.write(tiny.tone(60, 10.1))
    heard.wait(lambda: len(heard.scores) == 2)
    assert heard.scores[1].end == pytest.approx((WINDOW + 20 * HOP) / RATE)
    assert engine.stats().skipped == 19


def test_before_a_whole_window_it_waits(engine, heard, tiny, bundle):
    source = MemorySource()
    engine.set_bundle(bundle)
    source.ring.write(tiny.tone(60, 1))
    engine.set_source(source)
    heard.wait(lambda: len(heard.waiting) == 1)
    assert heard.waiting[0].state is None
    assert heard.waiting[0].labels == tiny.labels
    assert heard.waiting[0].time == pytest.approx(1.0)
    assert heard.scores == []


def test_sound_that_is_already_there_is_answered_at_once(engine, heard, tiny, bundle):
    source = MemorySource()
    source.ring.write(tiny.tone(9000, 12.3))
    engine.set_bundle(bundle)
    engine.set_source(source)
    heard.wait(lambda: len(heard.scores) == 1)
    assert heard.scores[0].end == pytest.approx(12.3, abs=1e-3)
    assert heard.waiting == []


# ------------------------------------------------------------ gaps, silence, unsure


def test_after_a_gap_no_window_reaches_over_it(source, heard, tiny):
    source.ring.write(tiny.tone(60, 5))
    heard.wait(lambda: len(heard.scores) == 1)
    gap = source.ring.mark_gap()
    source.ring.write(tiny.tone(9000, 1))
    heard.wait(lambda: len(heard.waiting) >= 1 and heard.waiting[-1].time > 5)
    feed_to = WINDOW - RATE
    source.ring.write(tiny.tone(9000, 5)[:feed_to])
    heard.wait(lambda: len(heard.scores) == 2)
    assert heard.scores[1].start == pytest.approx(gap / RATE, abs=1e-3)
    assert heard.decisions[1].label == "high"
    assert heard.decisions[1].since == heard.decisions[1].time


def test_a_jump_with_sound_before_it_is_answered_at_once(source, heard, tiny):
    source.ring.write(tiny.tone(60, 5))
    heard.wait(lambda: len(heard.scores) == 1)
    source.ring.mark_gap()
    source.shift = 100.0
    source.ring.write(tiny.tone(9000, 12))
    heard.wait(lambda: len(heard.scores) == 2)
    assert heard.decisions[1].label == "high"
    assert heard.scores[1].end == pytest.approx(117)


def test_silence_never_asks_the_network(engine, source, heard, tiny, monkeypatch):
    source.ring.write(tiny.tone(60, 5))
    heard.wait(lambda: len(heard.scores) == 1)
    asked = []
    live = engine._live
    assert live is not None
    run = live.runtime.run
    monkeypatch.setattr(live.runtime, "run", lambda f: asked.append(1) or run(f))
    noise = np.random.default_rng(1).standard_normal(6 * RATE) * 1e-4
    feed(source, heard, noise.astype(np.float32))
    assert heard.decisions[-1].state is Strength.SILENCE
    silent = [s for s in heard.scores if s.state is Strength.SILENCE]
    assert len(silent) == len(heard.scores) - 1 - len(asked)
    assert len(asked) <= 3  # the sound was still in the end of the window
    assert not any(s.probabilities.any() for s in silent)
    engine.configure(silence_dbfs=-100.0)
    feed(source, heard, noise[: 3 * RATE].astype(np.float32))
    assert heard.scores[-1].state is Strength.SURE


def test_unsure_follows_the_card_and_the_person(engine, heard, tiny):
    flat = tiny.write(tiny.model(gain=0.0), unsure_below=0.5)
    source = MemorySource()
    engine.set_bundle(flat)
    engine.set_source(source)
    feed(source, heard, tiny.tone(60, 6))
    assert heard.scores[-1].state is Strength.OPEN
    assert heard.decisions[-1].state is Strength.OPEN
    assert heard.decisions[-1].score == pytest.approx(1 / 3, abs=1e-4)
    engine.configure(unsure_below=0.2)
    feed(source, heard, tiny.tone(60, 5))
    assert heard.decisions[-1].state is Strength.SURE
    engine.configure(unsure_below=None)
    feed(source, heard, tiny.tone(60, 5))
    assert heard.decisions[-1].state is Strength.OPEN


def test_the_hop_changes_while_it_runs(engine, source, heard, tiny):
    feed(source, heard, tiny.tone(60, 5))
    engine.configure(hop_s=0.1)
    assert engine.settings.hop_s == 0.1
    n = len(heard.scores)
    feed(source, heard, tiny.tone(60, 2), hop=round(0.1 * RATE))
    assert len(heard.scores) >= n + 19


@pytest.mark.parametrize("wrong", [{"hop_s": 0.0}, {"hop_s": 100.0}, {"smoothing_s": -1.0}])
def test_settings_out_of_range_are_refused(engine, wrong):
    before = engine.settings
    with pytest.raises(ValueError, match="between"):
        engine.configure(**wrong)
    assert engine.settings == before


# ------------------------------------------------------------ other networks and sources


def test_another_bundle_takes_over_without_a_gap(engine, source, heard, tiny):
    """The other one names the same bands in the opposite order."""
    other = tiny.write(tiny.model(gain=-0.05), id="other", title="Other")
    feed(source, heard, tiny.tone(60, 5))
    assert heard.decisions[-1].label == "low"
    engine.set_bundle(other)
    n = len(heard.scores)
    while engine.stats().bundle_id != "other":
        feed(source, heard, tiny.tone(60, 0.5))
    feed(source, heard, tiny.tone(60, 10))
    ends = np.array([s.end for s in heard.scores])
    np.testing.assert_allclose(np.diff(ends), 0.5, atol=1e-6)
    assert heard.scores[n - 1].top[0] == "low"
    assert heard.scores[-1].top[0] != "low"
    assert heard.waiting == heard.waiting[:1]
    assert heard.problems == []


def test_what_another_bundle_said_does_not_count_as_its_own(engine, source, heard, tiny):
    other = tiny.write(tiny.model(gain=-0.05), id="other", title="Other")
    feed(source, heard, tiny.tone(60, 8))
    engine.set_bundle(other)
    until(lambda: engine.stats().bundle_id == "other" and not engine.stats().opening)
    feed(source, heard, tiny.tone(60, 0.5))
    np.testing.assert_allclose(
        heard.decisions[-1].probabilities, heard.scores[-1].probabilities, atol=0.05
    )


def test_another_device_goes_on_with_what_was_heard(engine, source, heard, tiny, bundle):
    feed(source, heard, tiny.tone(60, 8))
    engine.set_bundle(bundle, "cpu")
    until(lambda: not engine.stats().opening)
    feed(source, heard, tiny.tone(60, 0.5))
    assert heard.decisions[-1].since < heard.decisions[-1].time - 2


def test_a_bundle_with_other_genres_begins_afresh(engine, source, heard, tiny):
    other = tiny.write(id="other", labels=("x", "y"))
    feed(source, heard, tiny.tone(60, 5))
    engine.set_bundle(other)
    until(lambda: engine.stats().bundle_id == "other")
    feed(source, heard, tiny.tone(60, 1))
    assert heard.decisions[-1].labels == ("x", "y")
    assert heard.decisions[-1].label == "x"


def test_the_newest_bundle_wins(engine, heard, tiny):
    many = [tiny.write(id=f"b{i}") for i in range(6)]
    for one in many:
        engine.set_bundle(one)
    until(lambda: engine.stats().bundle_id == "b5" and not engine.stats().opening)


def test_a_longer_window_waits_until_it_is_full(engine, source, heard, tiny):
    spec = type(LIVE_MEL).from_dict(LIVE_MEL.to_dict() | {"frames": 100})
    longer = tiny.write(id="longer", frontend=spec)
    feed(source, heard, tiny.tone(60, 4))
    engine.set_bundle(longer)
    until(lambda: engine.stats().bundle_id == "longer")
    heard.wait(lambda: [d.time for d in heard.waiting][-1:] == [4.0])
    n = len(heard.scores)
    source.ring.write(tiny.tone(60, 20)[: spec.window_samples - source.ring.end])
    heard.wait(lambda: len(heard.scores) == n + 1)
    assert heard.scores[-1].start == pytest.approx(0, abs=1e-6)


def test_another_sample_rate_is_reported(engine, heard, tiny, bundle):
    spec = type(LIVE_MEL).from_dict(LIVE_MEL.to_dict() | {"sample_rate": 44100})
    other = tiny.write(id="other", frontend=spec)
    source = MemorySource()
    engine.set_bundle(bundle)
    engine.set_source(source)
    feed(source, heard, tiny.tone(60, 5))
    engine.set_bundle(other)
    heard.wait(lambda: bool(heard.problems))
    assert "listens at 44100 Hz" in heard.problems[0]
    n = len(heard.scores)
    right = MemorySource(44100)
    right.ring.write(tiny.tone(60, 5, 44100))
    engine.set_source(right)
    heard.wait(lambda: len(heard.scores) > n)
    assert len(heard.problems) == 1


def test_a_window_longer_than_the_ring_is_reported(engine, heard, tiny, bundle):
    engine.set_bundle(bundle)
    engine.set_source(MemorySource(seconds=2))
    heard.wait(lambda: bool(heard.problems))
    assert "needs 3 s of sound at once" in heard.problems[0]


def test_without_a_source_it_rests(engine, source, heard, tiny):
    feed(source, heard, tiny.tone(60, 5))
    engine.set_source(None)
    until(lambda: engine._source is None)
    n = len(heard.scores)
    source.ring.write(tiny.tone(60, 5))
    engine.set_source(source)
    heard.wait(lambda: len(heard.scores) > n)
    assert heard.scores[n].end == pytest.approx(10, abs=0.01)


def test_a_source_that_answers_at_once_does_not_make_it_spin(engine, heard, bundle):
    source = MemorySource()
    source.wait_until = lambda index, timeout: setattr(source, "waits", source.waits + 1)  # type: ignore[assignment]
    engine.set_bundle(bundle)
    engine.set_source(source)
    until(lambda: source.waits >= 3)
    before, begin = source.waits, time.monotonic()
    until(lambda: source.waits >= before + 3)
    assert time.monotonic() - begin > 0.1


# ------------------------------------------------------------ failures


def test_a_network_that_fails_is_reported_once_and_listening_goes_on(
    engine, source, heard, tiny, monkeypatch
):
    feed(source, heard, tiny.tone(60, 5))
    live = engine._live
    assert live is not None
    run = live.runtime.run

    def fail(features: np.ndarray) -> None:
        raise RuntimeFailure("out of magic")

    monkeypatch.setattr(live.runtime, "run", fail)
    n = len(heard.scores)
    for i in range(3):
        source.ring.write(tiny.tone(60, 0.5))
        until(lambda i=i: engine.stats().skipped == i + 1)
    assert heard.problems == [
        "Tiny could not answer (out of magic). Listening goes on; "
        "choose another model if this stays."
    ]
    monkeypatch.setattr(live.runtime, "run", run)
    source.ring.write(tiny.tone(60, 0.5))
    heard.wait(lambda: len(heard.scores) == n + 1)


def test_a_failing_device_is_replaced_without_losing_a_window(
    engine, heard, tiny, bundle, monkeypatch
):
    from genredesk.inference import runtime as runtimes

    class Broken:
        device, why, runs = "GPU", "Chosen by you.", 0

        def run(self, features):
            Broken.runs += 1
            if Broken.runs > 3:
                raise RuntimeFailure("the cable came out")
            return cpu.run(features)

        def close(self):
            """Nothing to give back."""

    cpu = runtimes.open_runtime(bundle)
    real = runtimes.open_runtime
    monkeypatch.setattr(
        runtimes,
        "open_runtime",
        lambda bundle, device, build=None: FallbackRuntime(Broken(), lambda: real(bundle)),
    )
    source = MemorySource()
    engine.set_bundle(bundle, "onnx:gpu")
    engine.set_source(source)
    feed(source, heard, tiny.tone(60, 8))
    ends = np.array([s.end for s in heard.scores])
    np.testing.assert_allclose(np.diff(ends), 0.5, atol=1e-6)
    assert all(s.top[0] == "low" for s in heard.scores)
    assert heard.problems == ["GPU stopped working (the cable came out), so the processor goes on."]
    assert engine.stats().device == "CPU"
    assert engine.stats().why == heard.problems[0]


def test_a_device_that_is_not_there_is_said(engine, heard, bundle):
    engine.set_bundle(bundle, "onnx:cuda")
    heard.wait(lambda: bool(heard.problems))
    assert "onnx:cuda cannot be used" in heard.problems[0]
    until(lambda: engine.stats().device == "CPU")


def test_a_broken_bundle_is_said_and_the_old_one_goes_on(engine, source, heard, tiny):
    broken = tiny.write(id="broken")
    (broken.path / "model.onnx").write_bytes(b"")
    feed(source, heard, tiny.tone(60, 4))
    engine.set_bundle(broken)
    heard.wait(lambda: bool(heard.problems))
    assert "model.onnx: it was changed or damaged" in heard.problems[0]
    feed(source, heard, tiny.tone(60, 2))
    assert engine.stats().bundle_id == "tiny"
    assert not engine.stats().opening


def test_an_unexpected_error_while_opening_is_said(engine, heard, bundle, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("genredesk.inference.runtime.open_runtime", fail)
    engine.set_bundle(bundle)
    heard.wait(lambda: bool(heard.problems))
    assert heard.problems == ["Tiny could not be opened on auto: oh."]


def test_a_source_that_breaks_does_not_kill_the_thread(engine, heard, tiny, bundle, caplog):
    class Broken(MemorySource):
        def now(self) -> int:
            raise OSError("no clock")

    engine.set_bundle(bundle)
    engine.set_source(Broken())
    heard.wait(lambda: bool(heard.problems))
    assert "no clock" in heard.problems[0]
    source = MemorySource()
    engine.set_source(source)
    feed(source, heard, tiny.tone(60, 4))
    assert heard.decisions[-1].label == "low"
    assert "defect" in caplog.text


def test_a_listener_that_fails_is_logged_and_listening_goes_on(tiny, bundle, caplog):
    calls = []

    def on_scores(scores: Scores, decision: Decision, _source: object) -> None:
        calls.append(decision)
        raise KeyError("mine")

    source = MemorySource()
    with LiveEngine(on_scores) as engine:
        engine.set_bundle(bundle)
        engine.set_source(source)
        source.ring.write(tiny.tone(60, 4))
        until(lambda: len(calls) == 1)
        source.ring.write(tiny.tone(60, 0.5))
        until(lambda: len(calls) == 2)
    assert "listener" in caplog.text


def test_sound_that_is_overwritten_is_skipped(engine, heard, tiny, bundle, monkeypatch):
    source = MemorySource(seconds=WINDOW / RATE + 0.01)
    engine.set_bundle(bundle)
    until(lambda: engine.stats().bundle_id == "tiny")
    now = source.now
    monkeypatch.setattr(source, "now", lambda: now() - RATE)  # heard a second late
    engine.set_source(source)
    until(lambda: engine._scheduler is not None)
    source.ring.write(tiny.tone(60, 10))
    until(lambda: engine.stats().skipped >= 1)
    assert heard.scores == []


def test_close_ends_everything_and_may_be_called_twice(tiny, bundle):
    calls = []
    engine = LiveEngine(lambda *_: calls.append(1))
    engine.set_bundle(bundle)
    engine.set_source(MemorySource())
    engine.close()
    engine.close()
    engine.set_bundle(bundle)
    engine.set_source(None)
    assert not any(t.name.startswith("genredesk-") for t in threading.enumerate())


def test_close_from_a_callback_does_not_hang(tiny, bundle):
    closed = threading.Event()

    def on_scores(*_: object) -> None:
        engine.close()
        closed.set()

    engine = LiveEngine(on_scores)
    source = MemorySource()
    source.ring.write(tiny.tone(60, 4))
    engine.set_bundle(bundle)
    engine.set_source(source)
    assert closed.wait(20)
    engine.close()


# ------------------------------------------------------------ real sources


def test_a_real_tone_is_named(engine, heard, bundle):
    source = open_source("tone:9000", RATE)
    try:
        engine.configure(hop_s=0.1)
        engine.set_bundle(bundle)
        engine.set_source(source)
        heard.wait(lambda: len(heard.scores) >= 3)
        assert heard.decisions[-1].label == "high"
    finally:
        engine.set_source(None)
        source.close()


def test_a_real_file_is_named_where_it_plays_and_after_a_jump(
    engine, heard, tiny, bundle, tmp_path
):
    sound = np.concatenate([tiny.tone(60, 15), tiny.tone(9000, 20)])
    soundfile.write(tmp_path / "song.wav", sound, RATE)
    source = open_source(str(tmp_path / "song.wav"), RATE)
    try:
        source.volume = 0.0  # type: ignore[attr-defined]
        engine.configure(hop_s=0.1)
        engine.set_bundle(bundle)
        engine.set_source(source)
        heard.wait(lambda: len(heard.scores) >= 2)
        assert heard.decisions[-1].label == "low"
        assert heard.scores[0].end < 6
        n = len(heard.waiting)
        source.seek(30)  # type: ignore[attr-defined]
        heard.wait(lambda: heard.scores[-1].end > 25)
        after = [s for s in heard.scores if s.end > 25]
        assert 29.9 < after[0].end < 33
        assert after[0].top[0] == "high"
        assert heard.decisions[-1].label == "high"
        assert len(heard.waiting) == n  # the sound before the target was there at once
        assert heard.problems == []
    finally:
        engine.set_source(None)
        source.close()


# ------------------------------------------------------------ sound shorter than a window


@pytest.mark.parametrize("seconds", [0.1, 1.0, 2.9])
def test_a_source_that_ends_early_is_answered_as_a_file_is(
    source, heard, bundle, tmp_path, seconds
):
    t = np.arange(round(seconds * RATE)) / RATE
    sound = (0.3 * np.sin(2 * np.pi * 9000 * t)).astype(np.float32)
    soundfile.write(tmp_path / "x.wav", sound, RATE, subtype="FLOAT")
    with contextlib.closing(open_runtime(bundle)) as runtime:
        expected = analyse_track(tmp_path / "x.wav", bundle, runtime, JobContext()).decision
    source.ring.write(sound)
    source.state = SourceState.ENDED
    heard.wait(lambda: len(heard.scores) == 1)
    assert (heard.scores[0].start, heard.scores[0].end) == (
        pytest.approx(0, abs=1e-9),
        pytest.approx(seconds, abs=1e-4),
    )
    np.testing.assert_allclose(heard.decisions[0].probabilities, expected.probabilities, atol=1e-6)
    assert (heard.decisions[0].state, heard.decisions[0].label) == (Strength.SURE, "high")
    waits = source.waits
    until(lambda: source.waits >= waits + 2)
    assert len(heard.scores) == 1, "once"


def test_a_source_that_goes_on_is_waited_for(engine, heard, tiny, bundle):
    source = MemorySource()
    source.ring.write(tiny.tone(60, 1))
    engine.set_bundle(bundle)
    engine.set_source(source)
    until(lambda: source.waits >= 3)
    assert heard.scores == []
