"""What earlier versions wrote is opened after a copy; what newer ones wrote is refused.

The files in ``fixtures`` were written by the code of those versions, see
``packaging/make_old_data.py``.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from genredesk.core import paths, settings
from genredesk.core.errors import BundleError
from genredesk.core.job import JobContext
from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.inference.card import FORMAT
from genredesk.library.catalogue import db
from genredesk.library.catalogue.db import CatalogueError
from genredesk.library.library import Library
from genredesk.library.organize import apply

FIXTURES = Path(__file__).parent / "fixtures"
OLD_PLACE = b"/tmp/genredesk-old/"
"""Where the music of the fixtures lay."""
NEWEST = db.migrations()[-1][0]
CATALOGUES = range(1, NEWEST + 1)
BUNDLES = sorted(path.stem for path in (FIXTURES / "bundles").iterdir())


def test_every_version_has_its_fixture() -> None:
    """A raised version needs another line in ``packaging/make_old_data.py``."""
    stored = {path.name for path in (FIXTURES / "settings").iterdir()}
    assert stored == {f"v{version}.json" for version in range(1, settings.VERSION + 1)}
    stored = {path.name for path in (FIXTURES / "catalogues").iterdir()}
    assert stored == {f"v{version}.db.gz" for version in CATALOGUES}
    assert FORMAT == 1
    assert len(BUNDLES) == 6


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize("version", range(1, settings.VERSION + 1))
def test_settings_of_each_version_are_taken_over_after_a_copy(version: int, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    shutil.copy(FIXTURES / "settings" / f"v{version}.json", path)
    before = path.read_bytes()
    assert json.loads(before)["version"] == version
    loaded, message = settings.load(path)
    assert message == ""
    assert (loaded.theme, loaded.volume, loaded.smoothing_s, loaded.muted) == (
        "dark", 0.25, 6.0, True,
    )  # fmt: skip
    assert loaded.outputs == ("text:/radio/genre.txt",)
    assert loaded.welcomed == (version < 3), "who has settings already knows the program"
    settings.save(loaded, path)
    copy = tmp_path / f"settings.v{version}.json"
    if version < settings.VERSION:
        assert copy.read_bytes() == before
    else:
        assert not copy.exists()


def test_an_older_program_says_that_settings_are_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    newest = FIXTURES / "settings" / f"v{settings.VERSION}.json"
    shutil.copy(newest, path)
    monkeypatch.setattr(settings, "VERSION", settings.VERSION - 1)
    loaded, message = settings.load(path)
    assert loaded.theme == "system"
    assert "written by a newer GenreDesk" in message
    assert (tmp_path / "settings.broken.json").read_bytes() == newest.read_bytes()


# ---------------------------------------------------------------- catalogue and journal


def unpacked(version: int, folder: Path) -> Path:
    """Unpack a catalogue whose music lies in ``folder`` from now on."""
    path = folder / "library.db"
    packed = (FIXTURES / "catalogues" / f"v{version}.db.gz").read_bytes()
    path.write_bytes(gzip.decompress(packed))
    new = f"{folder}/".encode()

    def here(value: object) -> object:
        is_path = isinstance(value, bytes) and value.startswith(OLD_PLACE)
        return new + value[len(OLD_PLACE) :] if is_path else value

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.create_function("here", 1, here)
        for table in ("root", "file", "plan", "step"):
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for column in {"path", "source", "target"} & {*columns}:
                connection.execute(f"UPDATE {table} SET {column} = here({column})")  # noqa: S608
    return path


def backups(path: Path) -> list[tuple[str, int]]:
    """Return the copies beside a catalogue and the versions written in them."""
    found = []
    for copy in sorted(path.parent.glob("*.backup")):
        with closing(sqlite3.connect(copy)) as connection:
            found.append((copy.name, connection.execute("PRAGMA user_version").fetchone()[0]))
    return found


@pytest.mark.parametrize("version", CATALOGUES)
def test_a_catalogue_of_each_migration_is_brought_up_to_date_after_a_copy(
    version: int, tmp_path: Path
) -> None:
    path = unpacked(version, tmp_path)
    assert db.examined(path) == version, "looked at, and left as it is"
    library = Library.open(path)
    try:
        assert library.db.version == NEWEST
        assert library.db.check() == []
        assert [root.path for root in library.roots.all()] == [tmp_path / "music"]
        rows = {row.path.name: row for row in library.files.rows(library.index.query(""))}
        if version > 1:
            assert set(rows) == {"Anna - Low.wav", "Bert - High.wav"}
            assert rows["Bert - High.wav"].corrected == ("Jazz",)
            assert all(row.heard for row in rows.values())
            (past,) = apply.history(library)
            assert (past.action, past.done, past.undoable) == ("move_files", 1, True)
    finally:
        library.close()
    copies = [have for _name, have in backups(path)]
    assert copies == ([version] if version < NEWEST else [])


@pytest.mark.parametrize("version", [v for v in CATALOGUES if v > 1])
def test_a_plan_of_each_journal_can_still_be_taken_back(version: int, tmp_path: Path) -> None:
    path = unpacked(version, tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        size, mtime_ns = connection.execute(
            "SELECT size, mtime_ns FROM file WHERE CAST(path AS TEXT) LIKE '%moved%'"
        ).fetchone()
    moved = tmp_path / "music" / "out" / "moved" / "Anna - Low.wav"
    moved.parent.mkdir(parents=True)
    moved.write_bytes(b"\0" * size)
    os.utime(moved, ns=(mtime_ns, mtime_ns))
    library = Library.open(path)
    try:
        outcome = apply.undo(library, None, JobContext())
        assert (outcome.done, outcome.left) == (1, ())
    finally:
        library.close()
    assert (tmp_path / "music" / "in" / "Anna - Low.wav").stat().st_size == size
    assert not moved.parent.exists(), "the folder the plan had made"


def test_a_newer_catalogue_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = unpacked(NEWEST, tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST + 1}")
    before = path.read_bytes()
    with pytest.raises(CatalogueError, match=r"written by a newer GenreDesk.*Install the newer"):
        Library.open(path)
    with pytest.raises(CatalogueError, match="newer GenreDesk"):
        db.examined(path)
    assert path.read_bytes() == before
    assert backups(path) == []


# ---------------------------------------------------------------- bundles


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_with_a_card_of_each_age_is_imported_and_answers(name: str) -> None:
    bundle = install.import_(FIXTURES / "bundles" / f"{name}.genredesk")
    install.verify(bundle)
    card = bundles.find(name).card
    assert card.title == f"Old {name}"
    assert card.labels == ("low", "middle", "high")
    assert (card.temperature, card.unsure_below) == (1.5, 0.4)
    assert card.sharpening == (0.0 if name == "first" else 0.5)
    assert card.thresholds == (
        {"low": 0.3, "middle": 0.5, "high": 0.6} if name == "several" else {}
    )
    assert card.accuracy["song"].n == 197


def test_a_bundle_of_a_newer_format_is_refused_with_a_sentence() -> None:
    bundle = install.import_(FIXTURES / "bundles" / "first.genredesk")
    card = bundle.path / "card.json"
    raw = json.loads(card.read_text(encoding="utf-8"))
    card.write_text(json.dumps({**raw, "format": FORMAT + 1}), encoding="utf-8")
    with pytest.raises(BundleError, match="newer"):
        bundles.find("first")
    assert paths.user_models_dir() in bundle.path.parents
