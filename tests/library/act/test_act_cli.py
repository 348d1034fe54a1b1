"""`genredesk organize` and `genredesk undo`, as they are typed."""

# Names are bytes here as often as text, and a second file system is wanted by its path.
# ruff: noqa: PTH119, PTH208

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from genredesk import __main__ as door
from genredesk.core.certainty import Bounds
from genredesk.core.job import JobContext
from genredesk.library.library import Library
from genredesk.library.organize import actions, apply, items
from genredesk.library.organize.plan import ActionOptions


@pytest.fixture
def music(library, samples):
    library.add("in/a.flac", samples["flac"], title="One", track_no=1)
    library.add("in/b.mp3", samples["mp3_23"], heard="jazz", title="Two", track_no=2)
    library.add("in/c.mp3", samples["mp3_24"], score=0.4, title="Three")
    return library


def run(capsys, *words: object) -> tuple[int, str, str]:
    code = door.main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_plan_unless_apply(music, tree, capsys) -> None:
    before = tree(music.folder)
    db, out = music.catalogue.db.path, music.folder / "out"
    code, said, _ = run(capsys, "organize", "--action", "move", "--to", out, "--db", db)
    assert code == 0
    assert "2 ready, 1 to check" in said
    assert "Nothing was changed" in said
    code, said, _ = run(capsys, "organize", "--action", "tag", "--json", "--db", db)
    plan = json.loads(said)
    assert plan["totals"]["ready"] == 2
    steps = sorted(plan["steps"], key=lambda step: step["file"])
    assert [s["ticked"] for s in steps] == [True, True, False]
    assert steps[2]["doubt"] == "Can't tell; perhaps rock, 40%."
    assert tree(music.folder) == before


def test_apply_list_undo(music, tree, capsys) -> None:
    before = tree(music.folder)
    db, out = music.catalogue.db.path, music.folder / "out"
    words = ("--filter", "heard:rock", "--template", "{genre}/{track:02} {title}")
    code, said, err = run(
        capsys, "organize", "--action", "move", "--to", out, *words, "--apply", "--db", db
    )
    assert (code, err) == (0, "")
    assert "1 done" in said
    assert (out / "rock" / "01 One.flac").exists()
    code, said, _ = run(
        capsys, "organize", "--action", "tag", "--doubtful", "--apply", "--json", "--db", db
    )
    assert (code, json.loads(said)["done"]) == (0, 3)
    code, said, _ = run(capsys, "undo", "--list", "--db", db)
    assert "Write the genre of 3 files" in said
    code, said, _ = run(capsys, "undo", "--list", "--json", "--db", db)
    assert [(p["action"], p["undoable"]) for p in json.loads(said)] == [
        ("tag_genre", True), ("move_files", False),
    ]  # fmt: skip
    assert run(capsys, "undo", "--db", db)[:2] == (0, "3 undone. Plan 2.\n")
    assert run(capsys, "undo", "--json", "--db", db)[0] == 0
    assert tree(music.folder) == before
    code, _, err = run(capsys, "undo", "--db", db)
    assert (code, err) == (1, "genredesk: There is nothing to undo.\n")


def test_what_was_left_is_named(music, capsys) -> None:
    db = music.catalogue.db.path
    run(capsys, "organize", "--action", "tag", "--apply", "--db", db)
    (music.folder / "in/a.flac").write_bytes(b"changed")
    code, said, err = run(capsys, "undo", "--db", db)
    assert (code, said) == (1, "1 undone. Plan 1.\n")
    assert err.endswith("a.flac: It was changed since we changed it.\n")


def test_playlists_and_tables(music, capsys) -> None:
    db = music.catalogue.db.path
    lists, table = music.folder / "lists", music.folder / "all.json"
    assert (
        run(capsys, "organize", "--action", "playlist", "--to", lists, "--apply", "--db", db)[0]
        == 0
    )
    assert sorted(os.listdir(lists)) == ["jazz.m3u8", "rock.m3u8"]
    words = ("--name", "Mix", "--to", lists)
    assert run(capsys, "organize", "--action", "playlist", *words, "--apply", "--db", db)[0] == 0
    assert (lists / "Mix.m3u8").read_text().count("#EXTINF") == 3
    assert (
        run(capsys, "organize", "--action", "export", "--to", table, "--apply", "--db", db)[0] == 0
    )
    assert len(json.loads(table.read_text())) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--action", "move"), "Choose a folder"),
        (("--action", "move", "--to", ".", "--template", "{nothing}"), "There are: genre,"),
        (("--action", "move", "--to", ".", "--template", "../{title}"), "inside its folder"),
        (("--action", "tag", "--filter", "sure:<<"), ""),
    ],
)
def test_wrong_words_are_answered(music, capsys, words, said: str) -> None:
    code, _, err = run(capsys, "organize", *words, "--db", music.catalogue.db.path)
    assert code == 1
    assert err.startswith("genredesk: ")
    assert said in err


def test_a_catalogue_that_is_not_there(tmp_path: Path, capsys) -> None:
    for command in (("organize", "--action", "tag"), ("undo",)):
        code, _, err = run(capsys, *command, "--db", tmp_path / "none.db")
        assert code == 1
        assert "no such catalog" in err
    assert not (tmp_path / "none.db").exists()


# ---------------------------------------------------------------- a disk that is really small


@pytest.mark.parametrize("action", ["copy_files", "move_files"])
def test_a_really_full_disk(library, tree, small_disk: Path, action: str) -> None:
    for n in range(12):
        library.add(f"{n:02}.mp3", os.urandom(500_000), title=f"{n:02}")
    before = tree(library.folder)
    rows = items.load(library.catalogue, library.ids())
    options = ActionOptions(to=small_disk / "out", template="{title}")
    plan = actions.get(action).plan(rows, options, JobContext())
    outcome = apply.apply(library.catalogue, plan, JobContext())
    assert "disk is full" in outcome.problem
    assert outcome.done >= 5, "what has room is done"
    assert outcome.done + len(outcome.left) == 12
    assert {t.note for t in outcome.left} == {apply.FULL}
    copies = (
        {p.name: p.read_bytes() for p in (small_disk / "out").iterdir()} if outcome.done else {}
    )
    assert len(copies) == outcome.done
    for path, (content, *_) in before.items():
        assert copies.get(os.path.basename(os.fsdecode(path)), content) == content
    if outcome.done:
        assert apply.undo(library.catalogue, None, JobContext()).left == (), "none of those"
    assert tree(library.folder) == before
    assert os.listdir(small_disk) == []


def test_a_catalogue_on_a_really_full_disk(small_disk: Path, library, tree) -> None:
    db = small_disk / "library.db"
    for n in range(300):
        (library.folder / f"{n:04}.mp3").write_bytes(b"%d" % n)
    from genredesk.library.catalogue.db import CatalogueError

    library.catalogue.close()
    library.catalogue = Library.open(db)
    library.root = library.catalogue.roots.add(library.folder).id
    library.bundle = library.catalogue.networks.use("fp", "net", ["rock"], Bounds.of(0.5, 3))
    with library.catalogue.db.write():
        for path in sorted(library.folder.iterdir()):
            library.know(path)
    with library.catalogue.db.read() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = tree(library.folder)
    rows = items.load(library.catalogue, library.ids())
    options = ActionOptions(to=library.folder / "out", template="{title}")
    plan = actions.get("move_files").plan(rows, options, JobContext())
    filler = small_disk / "filler"
    try:
        with filler.open("wb") as file:
            while True:
                file.write(b"x" * 4096)
                file.flush()
    except OSError:
        pass
    with pytest.raises(CatalogueError, match="disk is full"):
        apply.apply(library.catalogue, plan, JobContext())
    assert tree(library.folder) == before, "what cannot be written down is not done"
    filler.unlink()
    assert apply.apply(library.catalogue, plan, JobContext()).done == 300
    assert apply.undo(library.catalogue, None, JobContext()).done == 300
    assert tree(library.folder) == before


def test_every_row_that_was_left_out_is_told(music, capsys) -> None:
    music.add("in/film.mkv", b"\x1aE\xdf\xa3 no music")
    words = ("organize", "--action", "tag", "--apply", "--db", music.catalogue.db.path)
    code, said, err = run(capsys, *words)
    assert code == 1, "something of it was not done"
    assert f"{music.folder}/in/film.mkv: Its tags cannot be written: GenreDesk knows" in err
    assert f"Left out: {music.folder}/in/c.mp3: Can't tell; perhaps rock, 40%." in said
    assert "2 done" in said
    code, said, _ = run(capsys, *words, "--json")
    told = json.loads(said)
    assert (code, told["done"], len(told["left"])) == (1, 0, 1)
    assert [row["why"] for row in told["doubtful"]] == ["Can't tell; perhaps rock, 40%."]
