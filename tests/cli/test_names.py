"""Names that steer the terminal, and what is no path at all."""

from __future__ import annotations

import json
import os

import pytest

STEERING = "a\x1b[31m\x1b]0;owned\x07\nsecond \u202eline\x9b2J"


@pytest.fixture
def odd(tone):
    try:
        return tone(f"{STEERING}.wav", 8000, seconds=3.5)
    except OSError:
        pytest.skip("such a name cannot be on this disk")


def test_a_files_name_is_shown_on_one_line_and_commands_nothing(bundle, odd, genredesk, tmp_path):
    broken = odd.with_name(f"broken {STEERING}.mp3")
    broken.write_text("no music")
    status, out, err = genredesk("classify", odd, broken)
    assert status == 1
    assert out.count("\n") == 1
    status, heard, told = genredesk("listen", odd, broken, "--plain")
    assert status == 1
    assert "High" in heard
    db = tmp_path / "library.db"
    genredesk("scan", odd.parent, "--db", db)
    _, listed, _ = genredesk("library", "list", "--db", db)
    assert listed.count("\n") == 2
    for text in (out, err, heard, told, listed):
        assert text.replace("\n", "").isprintable()
        assert "a␛[31m␛]0;owned␇␊second" in text
    _, as_json, _ = genredesk("classify", odd, "--json")
    assert json.loads(as_json)["file"] == str(odd), "to a program it is what it is"


@pytest.mark.parametrize("command", ["classify", "listen", "scan", "evaluate", "train"])
@pytest.mark.parametrize(
    ("named", "advice"),
    [
        ("-", "Name a file."),
        ("https://example.org/a/song.mp3", "Download it first."),
        ("file:///music/song.mp3", "Leave out “file://”."),
    ],
)
@pytest.mark.usefixtures("bundle")
def test_what_is_no_path_is_told_in_a_sentence(genredesk, tmp_path, command, named, advice):
    more = {"scan": ["--db", tmp_path / "x.db"], "train": ["--out", tmp_path / "out"]}.get(
        command, []
    )
    status, out, err = genredesk(command, named, *more)
    assert status == 1
    assert advice in err
    assert "Traceback" not in err
    assert out == ""


def test_a_file_that_is_really_called_so_is_read(bundle, tone, genredesk, monkeypatch):
    dash = tone("-.wav", 8000, seconds=3.5).rename(tone("x.wav").with_name("-"))
    folder = dash.parent / "http:"
    folder.mkdir()
    os.link(dash, folder / "song.wav")
    monkeypatch.chdir(dash.parent)
    status, out, _ = genredesk("classify", "./-", "http://song.wav")
    assert status == 0
    assert out.count("High") == 2


@pytest.mark.parametrize("named", ["-", "https://example.org/a.genredesk"])
def test_a_model_is_not_fetched(home, genredesk, named):
    status, _, err = genredesk("models", "import", named)
    assert status == 1
    assert "Name a file." in err or "Download it first." in err
