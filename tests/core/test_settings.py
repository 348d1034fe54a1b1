from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from genredesk.core import settings
from genredesk.core.errors import SettingsError
from genredesk.core.settings import Settings


def test_no_file_gives_defaults_without_a_word() -> None:
    assert settings.load() == (Settings(), "")


def test_round_trip(home: Path) -> None:
    changed = Settings().replace(
        theme="light", volume=0.25, loop=True, bundle="net1", opened=("/music/a\nb.mp3", "/ö")
    )
    settings.save(changed)
    assert settings.settings_file().is_relative_to(home)
    assert settings.load() == (changed, "")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": "1"}', '{"theme": "dark"}'])
def test_broken_file_is_set_aside_and_never_fatal(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    loaded, message = settings.load(path)
    assert loaded == Settings()
    aside = tmp_path / "settings.broken.json"
    assert aside.read_text() == text
    assert not path.exists()
    assert str(aside) in message


def test_bytes_that_are_not_text(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe\x00")
    loaded, message = settings.load(path)
    assert loaded == Settings()
    assert "settings.broken.json" in message
    assert (tmp_path / "settings.broken.json").read_bytes() == b"\xff\xfe\x00"


def test_newer_version_is_kept_for_the_newer_program(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"version": settings.VERSION + 1, "theme": "dark"}))
    loaded, message = settings.load(path)
    assert loaded == Settings()
    assert "newer" in message
    assert (tmp_path / "settings.broken.json").exists()


def test_one_wrong_value_costs_only_that_value(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(
        json.dumps({"version": 1, "theme": 7, "volume": 1, "muted": True, "opened": [1]})
    )
    loaded, message = settings.load(path)
    assert loaded == Settings().replace(volume=1.0, muted=True, welcomed=True)
    assert message == ""
    assert "theme" in caplog.text
    assert "opened" in caplog.text


def test_unwritable_folder_says_where(tmp_path: Path) -> None:
    blocker = tmp_path / "blocker"
    blocker.write_text("a file where a folder should be")
    with pytest.raises(SettingsError, match="blocker"):
        settings.save(Settings(), blocker / "settings.json")


def test_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.json"
    settings.save(Settings().replace(theme="light"), path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SettingsError, match="No space left"):
        settings.save(Settings().replace(theme="dark"), path)
    assert settings.load(path)[0].theme == "light"
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["settings.json"]


def test_every_upgrade_step_exists() -> None:
    assert sorted(settings.UPGRADES) == list(range(1, settings.VERSION))


def test_upgrade_1_makes_the_genre_file_an_output(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"version": 1, "theme": "dark", "genre_file": "/on air.txt"}))
    loaded, message = settings.load(path)
    assert (loaded.outputs, loaded.theme, message) == (("text:/on air.txt",), "dark", "")
    path.write_text(json.dumps({"version": 1, "genre_file": ""}))
    assert settings.load(path)[0] == Settings().replace(welcomed=True)


def test_upgrade_2_spares_who_knows_the_program_the_first_steps(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"version": 2, "theme": "dark"}))
    assert settings.load(path) == (Settings(theme="dark", welcomed=True), "")
    assert json.loads((tmp_path / "settings.v2.json").read_text())["version"] == 2
    assert not settings.load(tmp_path / "none.json")[0].welcomed


def test_upgrades_run_in_order() -> None:
    raw = {"version": settings.VERSION - 2, "old": "light"}
    steps = {
        settings.VERSION - 2: lambda d: {**d, "older": d["old"]},
        settings.VERSION - 1: lambda d: {**d, "theme": d["older"]},
    }
    assert settings._checked(raw, steps).theme == "light"


def test_saved_file_is_private_enough(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    settings.save(Settings(), path)
    assert not path.stat().st_mode & stat.S_IWOTH
