"""What is there again at the next start, and the text file with the genre of the moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from genredesk.core import settings as store
from genredesk.ui.listen import resuming
from genredesk.ui.services import dialogs

pytestmark = pytest.mark.usefixtures("no_sound_card", "bundle")

KEPT = ("opened", "opened_file", "save_folder", "source")


@pytest.fixture
def again(start):
    """Close a window and open the next one with what was saved."""

    def close_and_open(desk, **more):
        desk.window.close()
        assert desk.close()
        saved, message = store.load()
        assert message == ""
        return start(**{name: getattr(saved, name) for name in KEPT}, **more)

    return close_and_open


def playing(desk, name):
    source = desk.listening.sound.source
    return source is not None and source.info.name == name and desk.listening.state != "opening"


def test_the_list_and_its_file_are_there_again(start, again, songs, qtbot):
    folder = songs["low"].parent
    desk = start()
    desk.window.files.open_paths([folder])
    qtbot.waitUntil(lambda: len(desk.listening.playlist) == len(songs), timeout=10_000)
    desk.listening.transport.play_row(2)
    chosen = desk.listening.playlist.current_path
    qtbot.waitUntil(lambda: playing(desk, chosen.name), timeout=10_000)
    later = again(desk, demo=[songs["low"]])
    qtbot.waitUntil(lambda: playing(later, chosen.name), timeout=10_000)
    assert later.listening.playlist.current == 2
    assert len(later.listening.playlist) == len(songs)
    assert later.listening.state == "paused", "nothing sounds before a person wants it"


def test_the_file_of_the_demo_is_there_again(start, again, songs, qtbot):
    demo = list(songs.values())
    desk = start(demo=demo)
    desk.listening.transport.play_row(1)
    qtbot.waitUntil(lambda: playing(desk, demo[1].name), timeout=10_000)
    later = again(desk, demo=demo)
    qtbot.waitUntil(lambda: playing(later, demo[1].name), timeout=10_000)


@pytest.mark.parametrize("left", ["nothing", "an empty folder", "another file"])
def test_what_is_gone_is_not_missed(start, songs, tmp_path, qtbot, left):
    folder = tmp_path / "gone"
    if left != "nothing":
        folder.mkdir()
    if left == "another file":
        songs["high"].rename(folder / "high.wav")
    file = str(folder / "was.wav")
    desk = start(demo=[songs["low"]], opened=(str(folder),), opened_file=file)
    expected = "high.wav" if left == "another file" else "low.wav"
    qtbot.waitUntil(lambda: playing(desk, expected), timeout=10_000)
    assert desk.listening.state == "paused"
    assert not desk.window.notices.banner.text().startswith("There is no sound file")


def test_what_is_opened_meanwhile_wins(start, songs, qtbot):
    desk = start(opened=(str(songs["low"].parent),), opened_file=str(songs["middle"]))
    desk.window.files.open_paths([songs["high"]])
    qtbot.waitUntil(lambda: playing(desk, "high.wav"), timeout=10_000)
    assert [e.path for e in map(desk.listening.playlist.__getitem__, range(1))] == [songs["high"]]
    assert len(desk.listening.playlist) == 1
    assert desk.memory.settings.opened == (str(songs["high"]),)


def test_of_very_many_files_the_folders_are_remembered():
    files = [Path(f"/music/{i % 3}/{i}.mp3") for i in range(10_000)]
    assert resuming.remembered(files) == tuple(str(Path(f"/music/{i}")) for i in range(3))
    assert resuming.remembered(files[:3]) == tuple(map(str, files[:3]))


def test_saving_offers_the_folder_of_the_last_time(  # noqa: PLR0917 - fixtures
    start, again, songs, qtbot, tmp_path, monkeypatch
):
    place = tmp_path / "saved"
    place.mkdir()
    desk = start(files=[songs["low"]])
    qtbot.waitUntil(lambda: bool(desk.listening.timeline.heard().scores), timeout=15_000)
    desk.window.files.save_to(place / "low.csv")
    qtbot.waitUntil((place / "low.csv").is_file, timeout=10_000)
    later = again(desk)
    offered = []
    monkeypatch.setattr(dialogs, "save_file", lambda *_, folder: offered.append(Path(folder)))
    later.window.files.ask_save()
    assert offered == [place]
