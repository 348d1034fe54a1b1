"""Help, Manual opens the pages that come along; they name the menus and keys that there are."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu

import manual_pages
from genredesk.core import paths
from genredesk.ui.shell import actions

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in sorted(DOCS.glob("*.md")))
ELSEWHERE = {"Alt", "Ctrl", "Shift", "Q", "⌘", "Ctrl+C"}
"""Keys of the system and of the terminal."""


def test_help_opens_the_manual_or_says_how_to_get_it(
    start, bundle, no_sound_card, tmp_path, monkeypatch
):
    opened: list[Path] = []
    browser = [True]

    def open_url(url: QUrl) -> bool:
        opened.append(Path(url.toLocalFile()))
        return browser[0]

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    monkeypatch.setattr(paths, "manual_dir", lambda: tmp_path / "manual")
    window = start().window
    entry = window.commands.actions["manual"]
    menus = {menu.title(): menu.actions() for menu in window.menus.findChildren(QMenu)}
    assert entry in menus["&Help"]
    entry.trigger()
    assert not opened
    assert "make docs" in window.notices.banner.text()
    page = tmp_path / "manual" / "index.html"
    page.parent.mkdir()
    page.write_text("<h1>GenreDesk</h1>", encoding="utf-8")
    entry.trigger()
    window.help.open_map()
    window.help.manual.click()
    assert opened == [page, page]
    assert window.help.isHidden()
    browser[0] = False
    entry.trigger()
    assert str(page) in window.notices.banner.text()


def test_the_menus_that_pages_name_are_there():
    entries = {(c.menu.replace("&", ""), c.title) for c in actions.table() if c.menu}
    named = re.findall(r"\*\*([\w ]+) → ([^*]+)\*\*", TEXT)
    assert len(named) > 15
    assert {(menu, " ".join(title.split())) for menu, title in named} <= entries


def test_the_keys_that_pages_name_are_there():
    keys = {key for command in actions.table() for key in (*command.keys, *command.also)}
    named = set(re.findall(r"<kbd>([^<]+)</kbd>", TEXT))
    assert len(named) > 20
    assert named <= keys | ELSEWHERE


def test_every_command_of_the_window_is_on_its_page():
    page = manual_pages.filled((DOCS / "keys.md").read_text(encoding="utf-8"))
    for command in actions.table():
        assert not command.menu or f"| {command.title} |" in page, command.id
    for _, group in actions.groups():
        assert all(what in page for _, what in group)
