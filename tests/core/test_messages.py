"""A sentence said below the window, in the language of the process."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from genredesk.core import certainty, messages, paths, settings
from genredesk.core.certainty import Strength
from genredesk.core.errors import AudioFileError
from genredesk.core.genres import genre_in_sentence, genre_name, genre_word
from genredesk.core.messages import say


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
    word = certainty.word(Strength.PROBABLE, [genre_in_sentence("jazz")])
    assert word == "Wahrscheinlich Jazz"  # German writes it with a capital


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
