"""Rules in the window: kept, switched, previewed, refused with a sentence."""

from __future__ import annotations

import pytest

from genredesk.library.organize import rules
from genredesk.ui.library.page import default_path

pytestmark = pytest.mark.usefixtures("no_sound_card", "bundle")


def test_a_rule_is_kept_switched_previewed_and_forgotten(start, qtbot, filled, tmp_path) -> None:
    filled(6).close()
    default_path().parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "made-up.db").replace(default_path())
    desk = start()
    desk.window.go("library")
    library = desk.window.library
    qtbot.waitUntil(lambda: library.tracks.listing is not None, timeout=20_000)
    library.beside.show_rules()
    page = library.rules
    qtbot.waitUntil(page.none.isVisible, timeout=20_000)
    page.filter.setText("heard:rock bogus:1")
    page.save.click()
    qtbot.waitUntil(lambda: "needs a name" in page.error.text(), timeout=20_000)
    page.name.setText("rock")
    page.save.click()
    qtbot.waitUntil(lambda: "bogus" in page.error.text(), timeout=20_000)
    page.filter.setText("heard:rock state:sure")
    page.save.click()
    qtbot.waitUntil(lambda: len(page.rows) == 1, timeout=20_000)
    assert not page.error.text()
    assert rules.load(library.tracks.catalogue) == [
        rules.Rule("rock", "heard:rock state:sure", "tag_genre")
    ]
    page.rows[0].on.click()
    qtbot.waitUntil(lambda: not page.rows[0].rule.enabled, timeout=20_000)
    page.rows[0].plan.click()
    qtbot.waitUntil(library.plan.isVisible, timeout=20_000)
    assert library.plan.action == "tag_genre"
    library.beside.show_rules()
    qtbot.waitUntil(lambda: page.isVisible() and len(page.rows) == 1, timeout=20_000)
    page.rows[0].delete.click()
    qtbot.waitUntil(lambda: not page.rows, timeout=20_000)
    assert rules.load(library.tracks.catalogue) == []
