"""C libraries are kept from the terminal, Python is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from genredesk import cli

_PROGRAM = """
import faulthandler, logging, os, subprocess, sys
from genredesk.audio.quiet import libraries_silent

def library(text):
    os.write(2, text + b"\\n")  # as C does

print("before", file=sys.stderr)
with libraries_silent():
    logging.basicConfig(format="log: %(message)s")
    library(b"ALSA lib pcm.c: noise")
    child = "import os; os.write(2, b'noise of a child')"
    subprocess.run([sys.executable, "-c", child], check=False)
    logging.warning("ours \\u266b")
    print("printed", file=sys.stderr)
    faulthandler.enable()
    faulthandler.dump_traceback()
library(b"after")
logging.warning("still ours")
"""


def _run(**more: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **more},
        timeout=60,
        check=True,
    )
    return done.stderr.decode().splitlines()


def test_only_what_libraries_write_is_missing():
    said = _run(GENREDESK_DEBUG="")
    assert said[:3] == ["before", "log: ours \u266b", "printed"]
    assert said[-2:] == ["after", "log: still ours"]
    assert any("line" in line for line in said), "the fault handler speaks"
    assert not any("noise" in line for line in said)


def test_all_of_it_can_be_seen():
    said = _run(GENREDESK_DEBUG="1")
    assert "ALSA lib pcm.c: noise" in said
    assert "printed" in said


def test_an_error_within_leaves_the_terminal_as_it_was():
    code = (
        "import os, sys\n"
        "from genredesk.audio.quiet import libraries_silent\n"
        "try:\n"
        "    with libraries_silent(): raise ValueError\n"
        "except ValueError: os.write(2, b'back')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=True)
    assert done.stderr == b"back"


def test_commands_that_read_songs_keep_the_libraries_silent():
    for path in Path(cli.__path__[0]).glob("[!_]*.py"):
        source = path.read_text(encoding="utf-8")
        if "_songs.opened(" in source or "open_folder(" in source:
            assert "@libraries_silent()" in source, path.name
