from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from genredesk.ui.look import motion, theme


@pytest.mark.parametrize(
    ("platform", "answer", "less"),
    [
        ("linux", "false\n", True), ("linux", "true\n", False), ("linux", "", False),
        ("darwin", "1\n", True), ("darwin", "0\n", False),
    ],
)  # fmt: skip
def test_what_the_systems_answer_is_understood(platform, answer, less):
    assert motion.answer_means_less(platform, answer) is less


@pytest.mark.parametrize(
    ("text", "less"),
    [
        ("[KDE]\nAnimationDurationFactor=0\n", True),
        ("[KDE]\nAnimationDurationFactor=0.5\n", False),
        ("[KDE]\nAnimationDurationFactor=soon\n", False),
        ("not a settings file", False),
        ("[$Version]\nupdate_info=%x\n[KDE]\n", False),
    ],
)
def test_kdes_settings_are_read(tmp_path, text, less):
    path = tmp_path / "kdeglobals"
    path.write_text(text, encoding="utf-8")
    assert motion.kde_wants_less(path) is less


def test_a_system_without_kde_wants_nothing(tmp_path):
    assert motion.kde_wants_less(tmp_path / "nothing") is False


@pytest.mark.skipif(sys.platform != "linux", reason="asks as on Linux")
@pytest.mark.parametrize(("answer", "less"), [("false", True), ("true", False)])
def test_gnome_is_asked_without_waiting(tmp_path, monkeypatch, qtbot, answer, less):
    program = tmp_path / "gsettings"
    program.write_text(f"#!/bin/sh\necho {answer}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    heard: list[bool] = []
    assert motion.ask(QApplication.instance(), heard.append) is not None
    qtbot.waitUntil(lambda: heard == [less])


def test_nobody_to_ask_is_no_answer(tmp_path, monkeypatch, qapp):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert motion.ask(qapp, lambda _less: pytest.fail("nobody was asked")) is None


def test_the_system_decides_unless_it_was_decided(monkeypatch, qapp):
    asked = []
    monkeypatch.setattr(motion, "wants_less_at_once", lambda _app: False)
    monkeypatch.setattr(motion, "ask", lambda _app, answer: asked.append(answer))
    theme.set_reduce_motion(None)
    assert theme.reduce_motion() is False
    assert theme.reduce_motion() is False
    assert len(asked) == 1, "the system is asked once"
    asked[0](True)
    assert theme.reduce_motion() is True
    theme.set_reduce_motion(None)
    monkeypatch.setattr(motion, "wants_less_at_once", lambda _app: True)
    assert theme.reduce_motion() is True
    assert len(asked) == 1


def test_the_place_of_the_settings_file_is_asked_from_qt(monkeypatch, qapp):
    seen: list[Path] = []
    monkeypatch.setattr(motion, "kde_wants_less", lambda path: seen.append(path) or True)
    assert motion.wants_less_at_once(qapp) is True
    assert seen[0].name == "kdeglobals"
