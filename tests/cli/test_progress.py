"""Progress on a real terminal: it is drawn on standard error, and results go where they should."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="needs a terminal of Unix")

Told = tuple[int, str, str]
BRACKETS = """
from genredesk.cli import _progress
with _progress.bar("counting") as job:
    job.progress(2, 2, "[/bold] is a very long name of a song that nobody could show whole.mp3")
"""
WORDLESS = """
from genredesk.cli import _progress
with _progress.bar("counting") as job:
    job.progress(1, 3, "epoch 1")
    job.progress(2, 3)
"""


@pytest.fixture
def on_a_terminal() -> Callable[..., Told]:
    """Run a command whose standard error is a terminal; return status, output and what was drawn.

    What was drawn comes without colours and movements of the cursor.
    """

    def run(*words: object, columns: int = 80) -> Told:
        ours, theirs = pty.openpty()
        environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color"}
        command = [sys.executable, *(str(word) for word in words)]
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=theirs, env=environment, text=True
        )
        os.close(theirs)
        drawn = bytearray()
        while True:
            try:
                some = os.read(ours, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not some:
                break
            drawn += some
        os.close(ours)
        out, _ = child.communicate(timeout=60)
        return child.returncode, out, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn.decode())

    return run


def test_results_go_into_the_file_while_a_bar_is_drawn(bundle, tone, on_a_terminal):
    songs: list[Path] = [tone("low.wav", 100), tone("high.wav", 8000)]
    words = ("-m", "genredesk", "classify", *songs, "--bundle", bundle.path)
    status, out, drawn = on_a_terminal(*words, "--json")
    assert status == 0
    assert [json.loads(line)["decision"]["label"] for line in out.splitlines()] == ["low", "high"]
    assert "2/2" in drawn
    assert "decision" not in drawn
    status, out, _ = on_a_terminal(*words)
    assert [line.split()[0] for line in out.splitlines()] == ["Low", "High"]


@pytest.mark.parametrize("columns", [40, 80])
def test_brackets_in_a_name_are_no_markup_and_a_line_fits(on_a_terminal, columns):
    status, out, drawn = on_a_terminal("-c", BRACKETS, columns=columns)
    assert (status, out) == (0, "")
    (line,) = [line for line in re.split(r"[\r\n]+", drawn) if "[/bold] is" in line]
    assert "2/2" in line
    assert len(line.rstrip()) <= columns


def test_a_job_without_words_goes_on_with_what_is_being_done(on_a_terminal):
    _, _, drawn = on_a_terminal("-c", WORDLESS)
    (line,) = [line for line in re.split(r"[\r\n]+", drawn) if "2/3" in line]
    assert line.startswith("epoch 1 ")
