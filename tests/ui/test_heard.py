"""The session's memory in the window: what a source leaves in it, its log, and what is saved."""

from __future__ import annotations

import csv
import io
import json
import time
import wave
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from genredesk.audio.ring import RingBuffer
from genredesk.audio.source import SourceInfo
from genredesk.core.certainty import Strength
from genredesk.core.scores import Decision, Scores
from genredesk.ui.listen.heard.exports import Saved
from genredesk.ui.listen.heard.log_table import GENRE
from genredesk.ui.listen.heard.memory import HeardMemory
from genredesk.ui.services.jobs import JobRunner

RATE = 22050


class Live:
    """A device that is nothing but a ring."""

    sample_rate = RATE

    def __init__(self, address: str = "mic:x") -> None:
        self.info = SourceInfo("microphone", address, "A microphone")
        self.ring = RingBuffer(60 * RATE)

    def now(self) -> int:
        return self.ring.end

    def time_of(self, index: int) -> float:
        return index / RATE

    def hear(self, seconds: float, hertz: float = 440.0) -> None:
        t = (self.ring.end + np.arange(round(seconds * RATE))) / RATE
        self.ring.write((0.5 * np.sin(2 * np.pi * hertz * t)).astype(np.float32))


def answer(end: float, p: float) -> tuple[Scores, Decision]:
    row, labels = np.array([p, 1 - p], np.float32), ("jazz", "rock")
    state, label = Strength.SURE, labels[int(p < 0.5)]
    window = Scores(end - 3, end, state, labels, row, -20.0)
    return window, Decision(state, label, max(p, 1 - p), labels, row, end)


@pytest.fixture
def memory(qtbot, monkeypatch):
    jobs = JobRunner()
    clock = SimpleNamespace(now=1_700_000_000.0)
    monkeypatch.setattr(time, "time", lambda: clock.now)
    made = HeardMemory(jobs, "mel")
    made.clock = clock
    yield made
    made.close()
    assert jobs.close()


def drain(memory) -> None:
    while memory.behind:
        memory.pull()


def test_a_device_is_remembered_over_a_pause_and_another_axis(memory, qtbot):
    source = Live()
    memory.open(source, None)
    part = memory.current
    source.hear(5.0)
    drain(memory)
    memory.on_scores(*answer(3.0, 0.9))
    assert part.picture.end_s == pytest.approx(5.0, abs=0.1)
    memory.hold(True)
    source.hear(2.0)
    memory.pull()
    assert part.picture.end_s == pytest.approx(5.0, abs=0.1), "held: nothing is heard"
    memory.hold(False)
    source.hear(2.0)
    drain(memory)
    assert part.picture.end_s == pytest.approx(9.0, abs=0.1)
    assert part.picture.at(6.0, 20) is None
    assert part.gaps == [pytest.approx(7.0, abs=0.01)]
    with qtbot.waitSignal(memory.drawn, timeout=10_000):
        memory.set_axis("note")
    qtbot.waitUntil(lambda: memory._job is None, timeout=10_000)
    source.hear(2.0)
    drain(memory)
    loudest = np.argmax([part.picture.at(2.0, row) or -200 for row in range(96)])
    assert part.axis.frequencies[loudest] == pytest.approx(440, rel=0.01)
    assert part.picture.end_s == pytest.approx(10.6, abs=0.2)
    # The same microphone an hour later goes on behind what there is.
    memory.clock.now += 3600.0
    again = Live()
    memory.open(again, None)
    assert memory.current is part
    again.hear(4.0)
    drain(memory)
    memory.on_scores(*answer(3.5, 0.1))
    assert [s.word for s in part.answers.stretches] == ["Jazz", "Rock"]
    assert part.answers.stretches[1].start == pytest.approx(3600.5, abs=0.1)
    assert part.picture.end_s == pytest.approx(3603.6, abs=0.3)
    sound, rate = memory.sound_of(part, 3600.0, 3602.0)()
    assert (rate, len(sound)) == (RATE, pytest.approx(2 * RATE, abs=2))


class Song:
    """A file that is nothing but what is known of it."""

    sample_rate = RATE

    def __init__(self, path) -> None:
        self.info = SourceInfo("file", f"file:{path}", path.name, seconds=20.0)

    def now(self) -> int:
        return 0


def test_a_file_opened_again_before_it_was_drawn_is_drawn_whole(memory, qtbot, tmp_path):
    path = tmp_path / "song.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(bytes(2 * 20 * RATE))
    memory.open(Song(path), path)
    assert memory._job is not None
    memory.open(Song(path), path)
    qtbot.waitUntil(lambda: memory._job is None, timeout=10_000)
    assert memory.current.picture.end_s == pytest.approx(20.0, abs=0.2)


def until_known(desk, qtbot, path):
    qtbot.waitUntil(lambda: desk.listening.analysis.named(path) is not None, timeout=20_000)


@pytest.fixture
def two(bundle, start, make, tmp_path, qtbot):
    """A file of ten seconds of one label and ten of another, known and paused."""
    sound = np.concatenate([make.tone("low", 10), make.tone("high", 10)])
    path = make.wav(tmp_path / "two.wav", sound)
    desk = start(demo=[path], log_shown=True)
    until_known(desk, qtbot, path)
    qtbot.waitUntil(lambda: desk.listening.state == "paused", timeout=20_000)
    return desk


def test_a_known_file_says_so_from_the_first_frame_and_after_a_seek(two, qtbot):
    live = two.window.live
    assert two.listening.state == "paused"
    qtbot.waitUntil(lambda: live.big.word() == "Low", timeout=10_000)
    assert live.top.rows()[0][0] == "low"
    live.seek(16.0)
    assert live.big.word() == "High"
    assert live.top.rows()[0][0] == "high"


def test_the_log_lists_stretches_goes_there_and_selects(two, qtbot):
    card = two.window.live.timeline
    model, table = card.log.model, card.log.table
    qtbot.waitUntil(lambda: model.rowCount() == 2, timeout=10_000)
    words = [model.index(row, GENRE).data() for row in range(2)]
    assert words == ["Low", "High"]
    assert model.index(0, 0).data() == "0:00"
    with qtbot.waitSignal(card.seek) as asked:
        table.clicked.emit(model.index(1, 0))
    assert asked.args[0] == pytest.approx(10, abs=1.5)
    table.selectAll()
    assert card.view.selection == (0.0, pytest.approx(20, abs=0.1))
    assert "selected" in card.where.text()
    qtbot.mouseClick(card.freeze, Qt.MouseButton.LeftButton)
    assert "goes on" in card.where.text() or card.view.frozen
    assert card.view.frozen


def test_what_is_selected_is_saved(two, qtbot, tmp_path):
    window = two.window
    window.live.timeline.view.select((4.0, 8.0))
    qtbot.waitUntil(lambda: window.live.timeline.view.part.picture.end_s > 15, timeout=10_000)
    for kind in Saved:
        target = tmp_path / f"{kind.name}{kind.ending}"
        window.files.save_to(target, kind)
        qtbot.waitUntil(target.is_file, timeout=10_000)
        check(kind, target.read_bytes())


def check(kind: Saved, data: bytes) -> None:
    """Four seconds of the low tone."""
    match kind:
        case Saved.PICTURE:
            assert QImage.fromData(data).width() == 3200
        case Saved.DRAWING:
            assert b"<svg" in data
            assert b"two.wav" in data
        case Saved.STRETCHES:
            rows = list(csv.DictReader(io.StringIO(data.decode())))
            assert [(r["start"], r["end"], r["genres"]) for r in rows] == [
                ("4.000", "8.000", "low")
            ]
        case Saved.STRETCHES_JSON:
            assert json.loads(data)["stretches"][0]["strength"] == "sure"
        case Saved.LABELS:
            assert data.decode() == "4.000000\t8.000000\tLow\n"
        case Saved.SOUND:
            with wave.open(io.BytesIO(data)) as sound:
                assert (sound.getnframes(), sound.getframerate()) == (4 * RATE, RATE)
                samples = np.frombuffer(sound.readframes(4 * RATE), "<i2")
            assert np.abs(samples).max() > 8000
        case Saved.CHAPTERS:
            assert "#EXTVLCOPT:start-time=4.000" in data.decode()
        case Saved.SCORES:
            lines = data.decode().splitlines()
            assert lines[0].endswith("low,middle,high")
            assert 4 <= len(lines) <= 12
        case Saved.SCORES_JSON:
            assert 3 <= len(json.loads(data)["windows"]) <= 11


def test_a_broken_file_of_the_last_time_is_no_error_today(bundle, start, make, tmp_path, qtbot):
    bad = tmp_path / "old.mp3"
    bad.write_bytes(b"")
    desk = start(opened=(str(bad),), opened_file=str(bad))
    qtbot.waitUntil(lambda: desk.listening.state == "failed", timeout=15_000)
    assert not any("old.mp3" in text for text in desk.window.notices.texts)
    # asked for today it is said, and files that are opened one after another count one by one
    for _ in range(2):
        desk.listening.transport.play_row(0)
        qtbot.waitUntil(
            lambda: any("old.mp3" in t for t in desk.window.notices.texts), timeout=15_000
        )
        assert not any("skipped" in text for text in desk.window.notices.texts)
        desk.window.notices.dismiss("file")
