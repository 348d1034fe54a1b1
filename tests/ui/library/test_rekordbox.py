"""Genres of a rekordbox XML become the person's own, through the window."""

from __future__ import annotations

import pytest

from genredesk.core import paths
from genredesk.library import rekordbox
from genredesk.ui.library.page import default_path

pytestmark = [
    pytest.mark.usefixtures("no_sound_card", "bundle"),
    pytest.mark.qt_log_ignore("This plugin does not support"),  # sizes of the question
]


def test_what_is_in_it_is_told_and_taken_when_wanted(start, qtbot, filled, tmp_path) -> None:
    with filled(6) as catalogue:
        places = [row.path for row in catalogue.files.rows(catalogue.index.query("", "path"))]
        catalogue.corrections.set([1], ["Mine"])
    default_path().parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "made-up.db").replace(default_path())
    assert default_path().is_relative_to(paths.data_dir())
    desk = start()
    desk.window.go("library")
    page, taking = desk.window.library, desk.window.rekordbox
    qtbot.waitUntil(lambda: page.tracks.listing is not None, timeout=20_000)
    tracks = "".join(
        f'<TRACK TrackID="{n}" Genre="Deep House" Location="{rekordbox.location_of(path)}"/>'
        for n, path in enumerate([*places[:3], tmp_path / "elsewhere.mp3"])
    )
    path = tmp_path / "collection.xml"
    path.write_text(
        f'<DJ_PLAYLISTS><COLLECTION Entries="4">{tracks}</COLLECTION><PLAYLISTS/></DJ_PLAYLISTS>'
    )
    taking.look(path)
    qtbot.waitUntil(lambda: taking.question is not None, timeout=20_000)
    told = taking.question.informativeText()
    assert "2 tracks would get a genre" in told
    assert "1 track with a genre of yours will keep it" in told
    assert "1 track outside this library" in told
    [take] = [b for b in taking.question.buttons() if "genres" in b.text()]
    assert take.text() == "Take genres (1)"
    with qtbot.waitSignal(page.tracks.corrected, timeout=20_000):
        take.click()
    genres = [row.corrected for row in page.tracks.catalogue.files.rows([1, 2, 3, 4])]
    assert genres == [("Mine",), ("Deep House",), ("Deep House",), ()]


def test_a_broken_file_is_a_sentence(start, qtbot, filled, tmp_path) -> None:
    filled(2).close()
    default_path().parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "made-up.db").replace(default_path())
    desk = start()
    desk.window.go("library")
    page = desk.window.library
    qtbot.waitUntil(lambda: page.tracks.listing is not None, timeout=20_000)
    path = tmp_path / "half.xml"
    path.write_text('<DJ_PLAYLISTS><COLLECTION Entries="4"><TRACK')
    with qtbot.waitSignal(page.tracks.said, timeout=20_000) as said:
        desk.window.rekordbox.look(path)
    assert "half.xml ends or breaks in line 1" in said.args[0]
