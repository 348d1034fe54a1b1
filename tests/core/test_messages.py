"""A sentence said below the window, in the language of the process."""

from __future__ import annotations

import ast
import builtins
import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

import genredesk
from genredesk.core import certainty, messages, paths, settings
from genredesk.core.certainty import Strength
from genredesk.core.errors import AudioFileError
from genredesk.core.genres import genre_in_sentence, genre_name, genre_word
from genredesk.core.messages import number, say


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(messages.LANGUAGE, "de")


def test_english_is_what_the_source_says() -> None:
    assert say("{n:,} files", n=1234) == "1,234 files"
    assert say("no {field} here") == "no {field} here"
    assert say("{name!r} is {share:.1%}", name="a{b}", share=0.5) == "'a{b}' is 50.0%"


@pytest.mark.usefixtures("german")
def test_another_language_puts_values_and_separators_its_own_way() -> None:
    assert say("{n:,} files", n=1234) == "1.234 Dateien"
    text = say("Move {files} into {folder}", files="{files}", folder="/a.b,c")
    assert text == "{files} nach /a.b,c verschieben"  # a name is no number
    assert say("never said {n:.1f}", n=0.5) == "never said 0,5"


@pytest.mark.usefixtures("german")
def test_an_error_said_so_crosses_to_another_process() -> None:
    error = AudioFileError("/x/song.mp3", say("it is empty (0 bytes)"), say("Check its drive."))
    assert str(error) == "song.mp3: ist leer (0 Byte). Prüfe das Laufwerk."
    assert pickle.loads(pickle.dumps(error.args)) == error.args  # noqa: S301 - our own
    assert json.loads(json.dumps(error.reason)) == "ist leer (0 Byte)"


@pytest.mark.usefixtures("german")
def test_a_genre_has_a_word_and_keeps_its_label() -> None:
    assert (genre_name("classical"), genre_word("classical")) == ("Classical", "Klassik")
    assert genre_in_sentence("jazz") == "Jazz", "German writes it with a capital"


def test_the_language_is_what_is_asked_for_or_the_system_speaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "GIVEN", "")
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "de_AT.UTF-8")
    assert messages.choose() == "de"
    assert messages.choose("en") == "en"
    assert messages.choose("xx") == "en"
    monkeypatch.setattr(messages, "GIVEN", "en")
    assert messages.choose("de") == "en"


def test_the_settings_say_it_before_they_are_read(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    assert settings.language(file) == ""
    file.write_text("{")
    assert settings.language(file) == ""
    assert file.exists(), "whoever loads them sets them aside"
    settings.save(settings.Settings(language="de"), file)
    assert settings.language(file) == "de"


def test_a_broken_catalogue_leaves_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "resources_dir", lambda: tmp_path)
    (tmp_path / "translations").mkdir()
    (tmp_path / "translations" / "genredesk_qq.ts").write_text("<TS><context>")
    monkeypatch.setenv(messages.LANGUAGE, "qq")
    assert say("Stopped.") == "Stopped."
    assert messages.available() == ("en", "qq")


def test_a_command_speaks_the_language_of_its_settings(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings.save(settings.Settings(language="de"), home / "config" / "settings.json")
    env = {k: v for k, v in os.environ.items() if k != messages.LANGUAGE}
    env["GENREDESK_HOME"] = str(home)
    command = [sys.executable, "-m", "genredesk", "nosuchcommand"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "ist weder ein Befehl noch eine Datei" in done.stderr


@pytest.mark.usefixtures("german")
def test_numbers_have_the_sign_and_the_separators_of_the_language() -> None:
    assert say("{share:.1%} of {n:,}", share=0.845, n=12345) == "84,5\u00a0% of 12.345"
    assert number(0.5, ".0%") == "50\u00a0%"
    assert number(1234.5, ",.1f") == "1.234,5"


@pytest.mark.usefixtures("german")
def test_an_answer_names_genres_as_the_window_does_and_no_other_word() -> None:
    assert certainty.word(Strength.SURE, ["classical"]) == "Klassik"
    assert certainty.word(Strength.PROBABLE, ["classical"]) == "Wahrscheinlich Klassik"
    assert certainty.word(Strength.BETWEEN, ["jazz", "World"]) == "Zwischen Jazz und Weltmusik"
    assert genre_word("silence") == "Silence", "a label, though the catalog has such a sentence"


def test_errors_below_the_window_are_said() -> None:
    """What is raised here is shown to a person; Python's own errors speak to us."""
    bare = []
    for path in Path(genredesk.__file__).parent.rglob("*.py"):
        if "ui" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
                continue
            name = getattr(node.exc.func, "id", "")
            ours = not hasattr(builtins, name) and name != "RingOverrun"  # to readers of the ring
            if ours and any(map(_is_sentence, node.exc.args)):
                bare.append(f"{path.name}:{node.lineno}")
    assert not bare


def _is_sentence(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        return bool(re.search(r"[A-Za-z]{2}", "".join(map(str, parts))))
    return isinstance(node, ast.Constant) and " " in str(node.value)
