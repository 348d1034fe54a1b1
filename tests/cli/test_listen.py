"""Listening without a window: lines, objects, and the view as a pure picture."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from genredesk.audio.source import SourceBase, SourceInfo
from genredesk.cli import _demo, _ear, _keys, _look
from genredesk.cli._picture import COLUMNS_A_CELL, Spectrogram, TerminalPicture
from genredesk.cli._screen import Moment, ScreenState, render, stretches, word
from genredesk.cli.listen import _addresses
from genredesk.core import paths
from genredesk.core.certainty import Strength
from genredesk.core.errors import GenreDeskError
from genredesk.core.genres import GENRE_COLOURS
from genredesk.core.levels import Level
from genredesk.core.scores import Decision
from genredesk.features.frontend import DISPLAY_MEL
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import MODEL
from genredesk.inference.engine import EngineStats
from genredesk.inference.live import opener
from genredesk.inference.pieces import one_window

RATE = DISPLAY_MEL.sample_rate
LABELS = ("blues", "classical", "country", "disco", "hiphop", "jazz")


def decision(
    state: Strength | None = Strength.SURE, label: str | None = "jazz", second: str | None = None
) -> Decision:
    scores = np.array([0.05, 0.04, 0.03, 0.02, 0.04, 0.82], np.float32)
    return Decision(state, label, 0.82, LABELS, scores, 20.0, 6.0, second)


def text_of(view: ScreenState, width: int = 100, height: int = 30) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, width=width, height=height, color_system=None)
    console.print(render(view, width, height))
    return file.getvalue().rstrip("\n").split("\n")


# ---------------------------------------------------------------- the command


def test_lines_name_the_file_and_the_answer(bundle, tone, genredesk) -> None:
    path = tone("high song.wav", 8000, seconds=4.5)
    status, out, _ = genredesk("listen", path, "--hop", "0.2")
    assert status == 0
    assert out.splitlines()[0] == "high song.wav:"
    assert any("High" in line and "%" in line for line in out.splitlines()[1:])


def test_objects_follow_the_sound(bundle, tone, genredesk) -> None:
    path = tone("low.wav", 100, seconds=5)
    status, out, _ = genredesk("listen", path, "--json")
    assert status == 0
    lines = [json.loads(line) for line in out.splitlines()]
    assert all(
        set(line) == {"source", "time", "state", "named", "label", "score", "scores"}
        for line in lines
    )
    named = [line for line in lines if line["state"] == "sure"]
    assert {line["label"] for line in named} == {"low"}
    times = [line["time"] for line in named]
    assert times == sorted(times)
    assert times[-1] > 4.4, "the last window of the file is answered, too"


def test_models_that_are_compared_are_shown_where_they_disagree(bundle, tone, genredesk) -> None:
    others = {"backwards": bundle.card.labels[::-1], "alike": bundle.card.labels}
    for name, labels in others.items():
        card = bundle.card.replace(id=name, title=name.title(), labels=labels)
        bundles.write(
            paths.user_models_dir() / name, onnx=bundle.read(MODEL), weights=bundle.weights(),
            card=card,
        )  # fmt: skip
    asked = ("--bundle", "thirds", "--compare", "backwards", "--compare", "alike")
    path = tone("high.wav", 8000, seconds=4.5)
    status, out, _ = genredesk("listen", path, *asked)
    assert status == 0
    first, second = out.splitlines()[1:3]
    assert "High" in first
    assert second.split()[:3] == ["≠", "Backwards:", "Low"]
    assert "Alike" not in out
    status, out, _ = genredesk("listen", path, *asked, "--json")
    assert status == 0
    last = json.loads(out.splitlines()[-1])
    assert [(one["model"], one["label"], one["agreement"]) for one in last["compared"]] == [
        ("backwards", "low", "other"),
        ("alike", "high", "same"),
    ]
    status, _, err = genredesk("listen", path, *asked, "--compare", "thirds")
    assert status == 1
    assert "named once" in err


def test_other_programs_are_told(bundle, tone, genredesk, tmp_path) -> None:
    told = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    told.bind(("127.0.0.1", 0))
    told.settimeout(30)
    path, file = tone("high song.wav", 8000, seconds=4.5), tmp_path / "genre.txt"
    osc = f"osc:127.0.0.1:{told.getsockname()[1]}"
    with told:
        status, _, err = genredesk(
            "listen", path, "--hop", "0.2", "--output", osc, "--output", f"text:{file}"
        )
        assert status == 0
        while (message := told.recv(2000)).split(b"\0")[0] != b"/genredesk/is/high":
            pass
        assert message.endswith(b",f\0\0\x3f\x80\x00\x00"), "1 as a float"
    assert "Sends OSC to" in err
    assert file.read_text() == "", "the end leaves no old genre behind"
    status, _, err = genredesk("listen", path, "--output", "osc:nowhere:0:0")
    assert status == 1
    assert "osc:nowhere:0:0 is no address" in err


@pytest.mark.parametrize("seconds", [0.4, 2.0])
def test_a_song_shorter_than_a_window_is_answered_as_by_classify(
    seconds, bundle, tone, genredesk
) -> None:
    files = [tone("a.wav", 8000, seconds=seconds), tone("b.wav", 100, seconds=seconds)]
    status, out, err = genredesk("listen", *files, "--json")
    assert status == 0
    assert "Nothing was named" not in err
    lines = [json.loads(line) for line in out.splitlines()]
    heard = [line for line in lines if line["state"] != "waiting"]
    _, out, _ = genredesk("classify", *files, "--json")
    asked = [json.loads(line)["decision"] for line in out.splitlines()]
    assert [line["source"] for line in heard] == ["a.wav", "b.wav"]
    assert [{k: line[k] for k in ("label", "score", "state", "named")} for line in heard] == asked


def test_an_answer_that_is_late_keeps_its_song(bundle, tone, monkeypatch) -> None:
    """However slow the network is, no song is left without its answer or gets the next one's."""
    asked, may_answer = threading.Event(), threading.Event()

    def slowly(*window: object) -> object:
        asked.set()
        assert may_answer.wait(60)
        return one_window(*window)

    monkeypatch.setattr(opener, "one_window", slowly)
    later = 0.0
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + later)
    monkeypatch.setattr(_ear, "time", clock)
    names = ["a.wav", "b.wav", "c.wav"]
    files = [f"file:{tone(name, 8000, seconds=0.4)}" for name in names]
    came = []

    def hear(until: Callable[[], bool]) -> None:
        while not until():
            assert ear.go_on()
            came.extend(ear.wait(0.01))

    def answered() -> list[str]:
        return [one.source.info.name for one in came if one.decision.state is not None]

    with _ear.TerminalListener(files, bundle, "cpu", hop_s=0.5, seconds=None) as ear:
        hear(asked.is_set)
        later += 30.0
        assert ear.go_on()
        assert ear.source.info.name == "a.wav", "its answer is waited for"
        ear.next()  # a person does not wait
        may_answer.set()
        hear(lambda: len(answered()) == 2)
        asked.clear()
        may_answer.clear()
        hear(asked.is_set)
        may_answer.set()
        came += ear.last()  # the answer that is being made when all ends is not lost either
    assert answered() == names


def test_where_nothing_could_be_named_it_is_said(bundle, genredesk) -> None:
    status, _, err = genredesk("listen", "--source", "tone:440", "--seconds", "0.5", "--plain")
    assert status == 0
    assert "needs 3 s of sound" in err


def test_the_time_is_kept(bundle, genredesk) -> None:
    begin = time.monotonic()
    status, _, _ = genredesk("listen", "--source", "tone:440", "--seconds", "0.5", "--json")
    assert status == 0
    assert time.monotonic() - begin > 0.5


def test_one_file_that_cannot_be_played_is_an_error(bundle, genredesk, tmp_path) -> None:
    status, _, err = genredesk("listen", tmp_path / "missing.mp3")
    assert status == 1
    assert "missing.mp3" in err
    assert "Traceback" not in err


def test_of_several_files_the_others_are_played(bundle, tone, genredesk, tmp_path) -> None:
    broken = tmp_path / "broken.mp3"
    broken.write_text("no music")
    status, out, err = genredesk("listen", broken, tone("good.wav", 8000, seconds=3.6))
    assert status == 1
    assert "broken.mp3" in err
    assert "good.wav:" in out
    assert "High" in out


@pytest.mark.parametrize("hop", ["0.01", "5"])
def test_a_hop_out_of_range_is_refused(hop: str, bundle, genredesk) -> None:
    status, _, err = genredesk("listen", "--hop", hop)
    assert status == 1
    assert "0.1" in err


def test_where_sound_comes_from() -> None:
    assert _addresses(None, []) == ["mic"]
    assert _addresses("system", []) == ["system"]
    assert _addresses(None, ["a.mp3", "mic.wav"]) == ["file:a.mp3", "file:mic.wav"]
    demos = _addresses("demo", [])
    assert demos
    assert all(address.endswith(".ogg") for address in demos)


def test_missing_demo_pieces_are_said(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(paths, "resources_dir", lambda: tmp_path)
    with pytest.raises(GenreDeskError, match="demo"):
        _demo.pieces()


def _watch(terminal: int, until: bytes, then: bytes) -> bytes:
    """Read what is drawn to the end; press ``then`` once ``until`` was seen."""
    seen = b""
    pressed = False
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other end is closed
            return seen
        if not chunk:
            return seen
        seen += chunk
        if not pressed and until in seen:
            os.write(terminal, then)
            pressed = True


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals")
def test_in_a_terminal_the_view_is_drawn_and_q_ends_it(bundle, tone) -> None:
    import fcntl
    import struct
    import termios

    path = tone("song.wav", 8000, seconds=30)
    terminal, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 34, 110, 0, 0))
    command = [sys.executable, "-m", "genredesk", "listen", str(path), "--bundle", "thirds"]
    environment = {**os.environ, "TERM": "xterm-256color"}
    ends = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen(command, env=environment, **ends) as child:
        os.close(theirs)
        seen = _watch(terminal, until=b"% sure", then=b"q")
        os.close(terminal)
        assert child.wait(timeout=60) == 0
    text = seen.decode(errors="replace")
    assert "song.wav" in text
    assert "Heard: High 100%" in text
    assert text.rindex("\x1b[?1049l") > text.rindex("\x1b[?1049h"), "the screen was given back"


# ---------------------------------------------------------------- the picture


class Ringing(SourceBase):
    """A source whose ring the test fills."""

    def __init__(self) -> None:
        super().__init__(SourceInfo("test", "test:", "Test"), RATE, None)

    def sing(self, hertz: float, seconds: float) -> None:
        start = self.ring.end
        time = np.arange(start, start + round(seconds * RATE)) / RATE
        self.ring.write((0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32))


def test_the_spectrogram_shows_a_tone_where_it_belongs() -> None:
    source, picture = Ringing(), TerminalPicture()
    source.sing(1000, 2.0)
    picture.pull(source)
    levels = Spectrogram(picture, rows=16).levels(width=30)
    assert levels.shape == (32, 30)
    frequencies = np.linspace(0, 31, 32)
    loudest = levels.argmax(axis=0)
    labels = Spectrogram(picture, rows=16).axis()
    row = labels.index("1 k")
    heard = levels[:, levels[0] >= 0]
    assert heard.shape[1] > 10
    assert abs(int(loudest[-1]) // 2 - row) <= 1
    assert len(frequencies) == 32


def test_pulling_in_pieces_gives_the_same_picture_as_at_once() -> None:
    source, whole, pieces = Ringing(), TerminalPicture(), TerminalPicture()
    for hertz in (200, 900, 4000):
        source.sing(hertz, 0.7)
        pieces.pull(source)
        pieces.pull(source)
    whole.pull(source)
    assert len(whole.cells) == (1 + (source.ring.end - 2048) // 512) // COLUMNS_A_CELL
    np.testing.assert_allclose(np.array(pieces.cells), np.array(whole.cells), atol=1e-4)


def test_a_gap_leaves_an_empty_cell() -> None:
    source, picture = Ringing(), TerminalPicture()
    source.sing(440, 1.0)
    source.ring.mark_gap()
    source.sing(440, 1.0)
    picture.pull(source)
    assert [cell is None for cell in picture.cells].count(True) == 1


def test_a_reader_that_was_away_too_long_goes_on_with_the_newest() -> None:
    source, picture = Ringing(), TerminalPicture()
    source.sing(440, 1.0)
    picture.pull(source)
    for _ in range(9):
        source.sing(440, 10.0)
    picture.pull(source)
    source.sing(440, 1.0)
    picture.pull(source)
    assert picture.cells[-1] is not None
    assert len(picture.cells) == picture.cells.maxlen


# ---------------------------------------------------------------- the screen


def full_view() -> ScreenState:
    view = ScreenState(
        name="Autumn", detail="FLAC", seconds=83, total=242, model="GenreDesk live",
        level=Level(-18, -6), decision=decision(), now=60.0, keys="q quits",
        stats=EngineStats(1.1, 2700, "CPU", "", 42, 0, "live"),
    )  # fmt: skip
    view.timeline.append(Moment(5, Strength.SURE, ("blues",)))
    view.timeline.append(Moment(30, Strength.SILENCE))
    view.timeline.append(Moment(40, Strength.PROBABLE, ("jazz",)))
    return view


@pytest.mark.parametrize(
    ("width", "height"), [(200, 60), (110, 34), (80, 24), (40, 10), (20, 5), (1, 1)]
)
def test_every_size_of_terminal_is_filled_and_never_exceeded(width: int, height: int) -> None:
    lines = text_of(full_view(), width, height)
    assert all(len(line) <= width for line in lines)
    assert len(lines) <= max(height, 13)
    if height >= 24:
        assert len(lines) == height


def test_everything_is_said() -> None:
    lines = text_of(full_view())
    text = "\n".join(lines)
    assert "Autumn" in lines[0]
    assert "1:23 / 4:02" in lines[0]
    assert "82% sure · steady for 14 s" in text
    assert "GenreDesk live · CPU · 1.1 ms a window · 2,700 × real time" in text
    for label in ("Jazz", "Blues", "Classical", "Hip-hop", "Country"):
        assert label in text
    assert lines[-1].startswith("q quits")
    banner = full_view()
    banner.message = "The microphone was unplugged."
    assert text_of(banner)[-1].startswith("The microphone was unplugged.")


@pytest.mark.parametrize(
    ("state", "label", "second", "shown", "said"),
    [
        (Strength.SURE, "jazz", None, "Jazz", "82% sure"),
        (Strength.PROBABLE, "jazz", None, "Probably jazz", "82% likely"),
        (Strength.BETWEEN, "jazz", "blues", "Between blues and jazz", "Blues 5% or jazz 82%"),
        (Strength.OPEN, "blues", None, "Can't tell", "perhaps blues"),
        (Strength.SILENCE, None, None, "Silence", "nothing to hear"),
        (None, None, None, "Listening …", "waiting"),
    ],
)
def test_every_state_has_its_words(
    state: Strength | None, label: str | None, second: str | None, shown: str, said: str
) -> None:
    view = full_view()
    view.decision = decision(state, label, second)
    assert word(view.decision) == shown
    assert said in "\n".join(text_of(view))


def test_the_ribbon_holds_the_last_minute() -> None:
    moments = deque(full_view().timeline)
    parts = stretches(moments, now=60.0, width=60)
    words = [(moment and moment.word, cells) for moment, cells in parts]
    assert words == [(None, 5), ("Blues", 25), ("Silence", 10), ("Probably jazz", 20)]
    assert stretches(moments, now=110.0, width=60) == [(moments[-1], 60)]
    assert text_of(full_view(), 60)[-3].split() == ["Blues", "Silence", "Probably", "jazz"]
    assert stretches([], now=3.0, width=7) == [(None, 7)]


# ---------------------------------------------------------------- letters, colours, keys


def test_large_letters() -> None:
    letters = _look.big("jazz", 80)
    assert letters is not None
    assert len(letters) == _look.BIG_HEIGHT
    assert {len(line) for line in letters} == {4 * 6 - 1}
    assert _look.big("jazz", 22) is None
    assert _look.big("фолк", 80) is None
    assert _look.big("", 80) is None


def test_every_genre_has_a_colour_of_its_own_and_keeps_it() -> None:
    names = [*GENRE_COLOURS, "folk", "techno", "fado"]
    colours = [_look.genre_colour(name) for name in names]
    assert len(set(colours)) == len(names)
    assert _look.genre_colour("Jazz") == GENRE_COLOURS["jazz"]
    assert _look.genre_colour("Hip-Hop") == GENRE_COLOURS["hiphop"]
    assert _look.genre_colour("folk") == _look.genre_colour("Folk")


def test_bars_and_clocks() -> None:
    assert _look.shares(0.5, 4) == "██  "
    assert _look.shares(1 / 32, 4) == "▏   "
    assert _look.shares(7.0, 3) == "███"
    assert _look.shares(-1, 3) == "   "
    assert [_look.clock(s) for s in (0, 59.9, 61, 3600, -4)] == [
        "0:00",
        "0:59",
        "1:01",
        "1:00:00",
        "0:00",
    ]


def test_keys_come_as_words() -> None:
    assert _keys.split("q \x1b[Cm\x1b[D\x1b") == ["q", " ", "right", "m", "left", "escape"]


def test_without_a_terminal_no_key_is_ever_pressed(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("q"))
    with _keys.pressed() as read:
        assert read() == []
