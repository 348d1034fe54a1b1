"""What lies beside music goes along or is doubted; playlists open, are renewed, tell the rest."""

# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from genredesk import __main__ as door
from genredesk.core.job import JobContext
from genredesk.library.catalogue import roots
from genredesk.library.organize import actions, apply, items
from genredesk.library.organize.plan import ActionOptions, Plan, StepKind

CTX = JobContext()


def plan_of(library, action: str, ids: list[int] | None = None, **options) -> Plan:
    rows = items.load(library.catalogue, ids if ids is not None else library.ids())
    return actions.get(action).plan(rows, ActionOptions(**options), JobContext())


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(name.encode())


def below(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


# ---------------------------------------------------------------- beside music


def test_what_belongs_to_an_album_goes_along(library, tree) -> None:
    library.add("in/1.mp3", title="One")
    library.add("in/2.mp3", title="Two")
    put(library.folder / "in", "1.lrc", "2.mp3.asd", "2.txt", "Cover.jpg", "folder.png", "rip.log",
        "tax.pdf", "holiday.jpg")  # fmt: skip
    before = tree(library.folder)
    plan = plan_of(library, "move_files", to=library.folder / "o", template="{genre}/{title}")
    assert plan.totals.ready == 8
    assert apply.apply(library.catalogue, plan, CTX).done == 8
    assert below(library.folder) == [
        "in/holiday.jpg", "in/tax.pdf", "o/rock/Cover.jpg", "o/rock/One.lrc", "o/rock/One.mp3",
        "o/rock/Two.mp3", "o/rock/Two.mp3.asd", "o/rock/Two.txt", "o/rock/folder.png",
        "o/rock/rip.log",
    ]  # fmt: skip
    assert apply.undo(library.catalogue, None, CTX).left == ()
    assert tree(library.folder) == before


def test_a_cover_stays_where_an_album_is_divided(library) -> None:
    library.add("in/1.mp3", heard="rock")
    library.add("in/2.mp3", heard="jazz")
    put(library.folder / "in", "cover.jpg")
    plan = plan_of(library, "move_files", to=library.folder / "o", template="{genre}/{title}")
    assert [s.kind for s in plan.steps] == [StepKind.MOVE, StepKind.MOVE]
    assert plan.totals.ready == 2
    assert plan.notes == (
        "1 file that lies beside music (cue sheets, covers and the like) will not go along.",
    )
    only = plan_of(library, "move_files", library.ids()[:1], to=library.folder / "o")
    assert len(only.steps) == 1, "music that is not in the selection stays beside its cover"
    assert only.notes


def test_what_belongs_to_doubtful_music_is_doubtful(library) -> None:
    library.add("in/1.mp3", score=0.3)
    put(library.folder / "in", "1.lrc", "cover.jpg")
    plan = plan_of(library, "move_files", to=library.folder / "o")
    assert [bool(s.doubt) for s in plan.steps] == [True] * 3
    assert plan.ticked() == []


CUE = 'PERFORMER "P"\r\nFILE "{0}" WAVE\r\n  TRACK 01 AUDIO\r\n    INDEX 01 00:00:00\r\n'


@pytest.mark.parametrize("named", ["Album.flac", "ALBUM.FLAC", "C:\\rips\\Album.flac"])
def test_a_cue_sheet_goes_along_while_names_are_kept(library, named: str) -> None:
    library.add("in/Album.flac")
    (library.folder / "in" / "Disc.cue").write_text(CUE.format(named))
    kept = plan_of(library, "move_files", to=library.folder / "o", template="{genre}/{title}")
    assert apply.apply(library.catalogue, kept, CTX).done == 2
    assert below(library.folder) == ["o/rock/Album.flac", "o/rock/Disc.cue"]
    apply.undo(library.catalogue, None, CTX)
    (step,) = plan_of(library, "move_files", to=library.folder / "o", template="x{title}").steps
    assert step.doubt == ("The cue sheet Disc.cue names it and would no longer find it there.")


def test_a_cue_sheet_of_another_file_goes_by_its_name(library) -> None:
    library.add("in/Album.flac")
    (library.folder / "in" / "Album.cue").write_text(CUE.format("Album.wav"))
    plan = plan_of(library, "move_files", to=library.folder / "o", template="x{title}")
    assert [Path(s.target).name for s in plan.steps] == ["xAlbum.flac", "xAlbum.cue"]
    assert plan.totals.ready == 2


def test_nothing_goes_along_with_a_copy_or_over_another_file(library) -> None:
    library.add("in/1.mp3")
    put(library.folder / "in", "1.lrc")
    (library.folder / "o").mkdir()
    put(library.folder / "o", "1.lrc")
    copy = plan_of(library, "copy_files", to=library.folder / "o", template="{title}")
    assert len(copy.steps) == 1
    move = plan_of(library, "move_files", to=library.folder / "o", template="{title}")
    assert len(move.steps) == 1
    assert move.notes


def test_hard_links_to_another_drive_are_doubtful(library, monkeypatch) -> None:
    one = library.add("one.mp3")
    (library.folder / "two.mp3").hardlink_to(one)
    options = {"to": library.folder / "o", "template": "x{title}"}
    assert plan_of(library, "move_files", **options).totals.ready == 1
    monkeypatch.setattr(roots, "drive_of", lambda _p: one.stat().st_dev + 1)
    (step,) = plan_of(library, "move_files", **options).steps
    assert "2 names (hard links)" in step.doubt
    assert plan_of(library, "copy_files", **options).totals.ready == 1, "a copy is one anyway"


# ---------------------------------------------------------------- playlists


def entries(path: Path) -> list[bytes]:
    lines = path.read_bytes().splitlines()
    assert lines[0] == b"#EXTM3U"
    return [line for line in lines if not line.startswith(b"#")]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_entries_open_through_links(library, tmp_path: Path) -> None:
    """As the system goes, which follows the link first, and as text, which some players do."""
    library.add("one.mp3")
    far = tmp_path / "disk" / "a" / "b"
    far.mkdir(parents=True)
    (tmp_path / "lists").symlink_to(far)
    (tmp_path / "way").symlink_to(library.folder)
    library.know(tmp_path / "way" / "one.mp3", title="by a link")
    plan = plan_of(library, "playlists", to=tmp_path / "lists")
    apply.apply(library.catalogue, plan, CTX)
    for place in (tmp_path / "lists", far):
        found = entries(place / "rock.m3u8")
        assert len(found) == 2
        for entry in found:
            path = os.path.join(os.fsencode(place), entry)
            assert os.path.isfile(path)
            assert os.path.isfile(os.path.normpath(path))
    apply.apply(library.catalogue, plan_of(library, "playlists", to=tmp_path / "l"), CTX)
    assert entries(tmp_path / "l" / "rock.m3u8") == [b"../music/one.mp3", b"../way/one.mp3"]


def test_a_list_of_ours_is_renewed_and_comes_back(library, tree) -> None:
    library.add("one.mp3")
    out = library.folder / "lists"
    apply.apply(library.catalogue, plan_of(library, "playlists", to=out), CTX)
    same = plan_of(library, "playlists", to=out)
    assert (same.steps, same.unchanged) == ((), 1)
    library.add("two.mp3")
    before = tree(library.folder)
    plan = plan_of(library, "playlists", to=out)
    (step,) = plan.steps
    assert (step.ticked, step.source) == (True, step.target)
    assert apply.apply(library.catalogue, plan, CTX).done == 1
    assert entries(out / "rock.m3u8") == [b"../one.mp3", b"../two.mp3"]
    assert apply.undo(library.catalogue, None, CTX).left == ()
    assert tree(library.folder) == before
    assert apply.undo(library.catalogue, None, CTX).left == ()
    assert not out.exists()


def test_a_list_that_was_edited_is_doubtful_and_a_foreign_one_in_the_way(library) -> None:
    library.add("one.mp3")
    out = library.folder / "lists"
    apply.apply(library.catalogue, plan_of(library, "playlists", to=out), CTX)
    path = out / "rock.m3u8"
    path.write_bytes(path.read_bytes() + b"mine.mp3\n")
    (step,) = plan_of(library, "playlists", to=out).steps
    assert "changed since it was written" in step.doubt
    path.write_text("#EXTM3U\nmine.mp3\n")
    (step,) = plan_of(library, "playlists", to=out).steps
    assert step.conflict == "There is already a file of that name."


def test_what_is_in_no_list_is_told(library) -> None:
    library.add("one.mp3")
    library.add("unsure.mp3", score=0.3)
    library.add("gone.mp3").unlink()
    with library.catalogue.db.write() as connection:
        connection.execute("UPDATE file SET away = 'missing' WHERE title = 'gone'")
    plan = plan_of(library, "playlists", to=library.folder / "lists")
    assert set(plan.notes) == {
        "In no list: 1 no longer there.",
        "In no list: 1 without a genre that was named or set.",
    }


# ---------------------------------------------------------------- as typed


def typed(capsys, *words: object) -> tuple[int, str, str]:
    code = door.main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_rows_that_were_left_out_are_told(library, capsys) -> None:
    library.add("one.mp3", heard="rock")
    library.add("two.mp3", heard="jazz")
    library.add("three.mp3", score=0.3)
    (library.folder / "o").mkdir()
    put(library.folder / "o", "one.mp3")
    words = ("organize", "--action", "move", "--to", library.folder / "o", "--db",
             library.catalogue.db.path, "--template", "{title}")  # fmt: skip
    code, said, err = typed(capsys, *words, "--apply")
    assert code == 1
    assert "one.mp3: There is already a file of that name." in err
    assert "2 done" in said, "without a genre in the name an unsure file is not doubtful"
    lists = ("organize", "--action", "playlist", "--to", library.folder / "l", "--db",
             library.catalogue.db.path)  # fmt: skip
    code, said, _ = typed(capsys, *lists, "--apply")
    assert (code, "In no list: 1 without a genre" in said) == (0, True)
    code, said, _ = typed(capsys, *lists, "--apply")
    assert (code, "2 are already as they should be" in said) == (0, True)
    code, said, _ = typed(capsys, *lists, "--json")
    assert json.loads(said)["notes"]


def test_undo_says_how_to_go_on(library, capsys) -> None:
    library.add("one.mp3", b"1")
    db = ("--db", library.catalogue.db.path)
    move = ("organize", "--action", "move", "--apply", *db, "--template", "{title}")
    typed(capsys, *move, "--to", library.folder / "a")
    typed(capsys, *move, "--to", library.folder / "b")
    put(library.folder / "a", "one.mp3")
    code, said, err = typed(capsys, "undo", *db)
    assert (code, said) == (1, "0 undone. Plan 2.\n")
    assert "`genredesk undo` tries these again; `genredesk undo 1` goes on with" in err
    (library.folder / "a" / "one.mp3").unlink()
    assert typed(capsys, "undo", *db)[:2] == (0, "1 undone. Plan 2.\n")
    assert typed(capsys, "undo", *db)[:2] == (0, "1 undone. Plan 1.\n")
