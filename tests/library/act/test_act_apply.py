"""Plans are applied exactly as shown and taken back byte for byte, whatever happened in between."""

# Names are bytes here as often as text, and a second file system is wanted by its path.
# ruff: noqa: PTH113, PTH116, PTH118, PTH119, PTH120, PTH121, PTH208, S108

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from genredesk.core.errors import Cancelled
from genredesk.core.job import JobContext
from genredesk.library.catalogue.lock import Held
from genredesk.library.library import Library
from genredesk.library.organize import actions, apply, executor, fsops, items, journal, steps, tags
from genredesk.library.organize.plan import ActionOptions, PlanError, StepKind
from genredesk.library.scanning import metadata

CTX = JobContext()


def plan_of(library, action: str, **options):
    rows = items.load(library.catalogue, library.ids())
    return actions.get(action).plan(rows, ActionOptions(**options), JobContext())


@pytest.fixture
def filled(library, samples):
    """A library of real files: every kind of tags, odd names, corrections and doubts."""
    for n, (kind, path) in enumerate(samples.items()):
        library.add(f"in/{kind}{path.suffix}", path, heard=("rock", "jazz")[n % 2], track_no=n)
    library.add("in/ünï – 音.flac", samples["flac"], artist="Sigur Rós", title="Ágætis / byrjun?")
    library.add(b"in/broken \xff\xfe.flac", samples["flac"], title="")
    library.add("in/unsure.flac", samples["flac"], score=0.3)
    library.add("in/silent.flac", samples["flac"], heard=None, title="CON")
    return library


ACTIONS = actions.names()


def test_there_are_the_five_actions() -> None:
    assert {"tag_genre", "move_files", "copy_files", "playlists", "export"} <= set(ACTIONS)
    with pytest.raises(PlanError, match="There is no action"):
        actions.get("nothing")


@pytest.mark.parametrize("name", ACTIONS)
def test_every_action(filled, tree, name: str) -> None:
    """The promise each file of ``actions`` gives: plan, apply, undo."""
    action = actions.get(name)
    assert action.title
    assert set(action.uses) <= set(ActionOptions.__dataclass_fields__)
    before = tree(filled.folder)
    rows = [filled.row(i) for i in filled.ids()]
    plan = plan_of(filled, name, to=filled.folder / "out")
    assert tree(filled.folder) == before, "a plan changes nothing on the disk"
    assert apply.history(filled.catalogue) == []
    assert plan.totals.ready

    seen = []
    outcome = apply.apply(filled.catalogue, plan, JobContext(seen.append))
    assert (outcome.done, outcome.left, outcome.problem) == (plan.totals.ready, (), "")
    assert seen
    after = tree(filled.folder)
    assert after != before
    ready = [step for step in plan.steps if step.ticked]
    for step in ready:
        assert Path(step.target).exists(), "exactly what was shown"
    made = {os.fsencode(s.target) for s in ready} | {os.fsencode(filled.folder / "out")}
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    gone = {os.fsencode(s.source) for s in ready if s.kind is StepKind.MOVE}
    assert {p for p in changed if after.get(p) != ("folder",)} <= made | gone, "and nothing else"

    (past,) = apply.history(filled.catalogue)
    assert (past.state, past.done, past.undoable) == ("applied", outcome.done, True)
    undone = apply.undo(filled.catalogue, None, JobContext())
    assert (undone.done, undone.left, undone.problem) == (outcome.done, (), "")
    assert tree(filled.folder) == before, "byte for byte, with times and permissions"
    for row in rows:
        now = filled.row(row["id"])
        for key in ("path", "root_id", "size", "mtime_ns", "tag_genre", "away", "title"):
            if not (key == "tag_genre" and name == "tag_genre"):
                assert now[key] == row[key], key
    assert len(filled.catalogue.roots.all()) == 1
    assert [p.undoable for p in apply.history(filled.catalogue)] == [False]
    with pytest.raises(PlanError, match="nothing to undo"):
        apply.undo(filled.catalogue, None, JobContext())


def test_undo_survives_a_restart_and_goes_newest_first(filled, tree) -> None:
    before = tree(filled.folder)
    db = filled.catalogue.db.path
    first = apply.apply(filled.catalogue, plan_of(filled, "tag_genre"), CTX)
    second = apply.apply(
        filled.catalogue, plan_of(filled, "move_files", to=filled.folder / "o"), CTX
    )
    assert second.done >= 20
    filled.catalogue.close()
    filled.catalogue = Library.open(db)
    assert [p.plan_id for p in apply.history(filled.catalogue)] == [second.plan_id, first.plan_id]
    with pytest.raises(PlanError, match="is newer"):
        apply.undo(filled.catalogue, first.plan_id, CTX)
    with pytest.raises(PlanError, match="no plan 99"):
        apply.undo(filled.catalogue, 99, CTX)
    for expected in (second, first):
        assert apply.undo(filled.catalogue, None, CTX).plan_id == expected.plan_id
    assert tree(filled.folder) == before
    with pytest.raises(PlanError, match="undone already"):
        apply.undo(filled.catalogue, first.plan_id, CTX)


def test_tags_reach_the_file_and_the_catalogue(filled) -> None:
    filled.catalogue.corrections.set(filled.ids()[:1], ["Post-Punk", "New Wave"])
    plan = plan_of(filled, "tag_genre")
    outcome = apply.apply(filled.catalogue, plan, CTX)
    assert set(outcome.file_ids) == {s.file_id for s in plan.steps if s.ticked}
    for step in plan.steps:
        if step.ticked:
            assert metadata.read(Path(step.target))[0].genres == step.genres
            row = filled.row(step.file_id)
            stat = os.stat(step.target)
            assert json.loads(row["tag_genre"]) == list(step.genres)
            assert (row["size"], row["mtime_ns"]) == (stat.st_size, stat.st_mtime_ns)
    assert plan.steps[0].genres == ("Post-Punk", "New Wave")
    again = plan_of(filled, "tag_genre")
    assert again.totals.ready == 0
    assert again.unchanged == outcome.done
    apply.undo(filled.catalogue, None, CTX)
    first = metadata.read(Path(plan.steps[0].source))[0].genres
    assert json.loads(filled.row(plan.steps[0].file_id)["tag_genre"]) == list(first)


def test_genres_can_be_added_to_those_in_the_tags(library, samples) -> None:
    path = library.add("a.flac", samples["flac"], heard="jazz")
    path.unlink()
    tags.write_copy(str(samples["flac"]), str(path), ["Rock", "Live"])
    (step,) = plan_of(library, "tag_genre", keep=True).steps
    assert step.genres == ("Rock", "Live", "jazz")
    assert (step.before, step.after) == ("Rock, Live", "Rock, Live, jazz")


def test_a_move_is_a_rename_and_the_catalogue_follows(filled) -> None:
    inodes = {i: os.stat(os.fsdecode(filled.row(i)["path"])).st_ino for i in filled.ids()}
    away = filled.folder.parent / "elsewhere"
    plan = plan_of(filled, "move_files", to=away, template="{genre}/{title}")
    outcome = apply.apply(filled.catalogue, plan, CTX)
    assert outcome.done == plan.totals.ready
    for step in plan.steps:
        if step.ticked:
            path = os.fsdecode(filled.row(step.file_id)["path"])
            assert path == step.target
            assert os.stat(path).st_ino == inodes[step.file_id]
    assert [r.path for r in filled.catalogue.roots.all()] == [away, filled.folder], (
        "still in the library"
    )
    apply.undo(filled.catalogue, None, CTX)
    assert [r.path for r in filled.catalogue.roots.all()] == [filled.folder]
    assert not away.exists()


def test_rows_can_be_ticked_off_and_on(filled) -> None:
    plan = plan_of(filled, "move_files", to=filled.folder / "o")
    doubtful = [i for i, s in enumerate(plan.steps) if s.doubt and not s.conflict]
    assert len(doubtful) == 2
    assert {plan.steps[i].doubt for i in doubtful} == {
        "Can't tell; perhaps rock, 30\u202f%.", "It was not listened to yet.",
    }  # fmt: skip
    outcome = apply.apply(filled.catalogue, plan, CTX, [0, *doubtful])
    assert outcome.done == 3
    assert apply.apply(filled.catalogue, plan, CTX, []).plan_id == 0
    with pytest.raises(PlanError):
        apply.apply(filled.catalogue, plan, CTX, [len(plan.steps)])


# ---------------------------------------------------------------- conflicts


def test_names_that_would_collide_anywhere(library) -> None:
    for n, title in enumerate(["Same", "SAME", "sa\u0301me", "s\u00e1me", "Other"]):
        library.add(f"{n}.mp3", title=title, artist=("Björk", "BJÖRK")[n % 2])
    out = library.folder / "out"
    plan = plan_of(library, "move_files", to=out, template="{artist}/{title}")
    names = [os.path.relpath(s.target, out) for s in plan.steps]
    assert {Path(n).parent.as_posix() for n in names} == {"Björk"}, "one folder on every system"
    assert [bool(s.conflict) for s in plan.steps] == [False, True, False, True, False]
    assert "Another file" in plan.steps[1].conflict
    numbered = plan_of(library, "move_files", to=out, template="{artist}/{title}", number=True)
    assert [Path(s.target).name for s in numbered.steps] == [
        "Same.mp3", "SAME (2).mp3", "s\u00e1me.mp3", "s\u00e1me (2).mp3", "Other.mp3",
    ]  # fmt: skip
    assert apply.apply(library.catalogue, numbered, CTX).done == 5


def test_nothing_is_overwritten_even_when_it_appears_at_the_last_moment(library) -> None:
    a, b = library.add("a.mp3", b"a"), library.add("b.mp3", b"b")
    out = library.folder / "out"
    (out / "Rock").mkdir(parents=True)
    (out / "Rock" / "A.mp3").write_bytes(b"mine")
    plan = plan_of(library, "move_files", to=out, template="rock/{title}")
    assert [s.conflict for s in plan.steps] == ["There is already a file of that name.", ""]
    assert plan.steps[1].target == str(out / "Rock" / "b.mp3"), "the folder keeps its spelling"
    (out / "Rock" / "b.mp3").write_bytes(b"late")
    outcome = apply.apply(library.catalogue, plan, CTX)
    assert (outcome.done, [t.note for t in outcome.left]) == (
        0, ["There is already something of that name."],
    )  # fmt: skip
    assert (a.read_bytes(), b.read_bytes()) == (b"a", b"b")
    assert (out / "Rock" / "b.mp3").read_bytes() == b"late"


def test_a_file_may_change_only_the_case_of_its_name(library) -> None:
    library.add("rock/song.mp3")
    plan = plan_of(library, "move_files", to=library.folder, template="rock/Song")
    assert apply.apply(library.catalogue, plan, CTX).done == 1
    assert os.listdir(library.folder / "rock") == ["Song.mp3"]
    apply.undo(library.catalogue, None, CTX)
    assert os.listdir(library.folder / "rock") == ["song.mp3"]


def test_a_file_where_a_folder_should_be(library) -> None:
    library.add("a.mp3")
    (library.folder / "Rock").write_text("a file")
    (step,) = plan_of(library, "move_files", to=library.folder, template="Rock/{title}").steps
    assert step.conflict == "A file lies where its folder would be."
    with pytest.raises(PlanError, match="this is a file"):
        plan_of(library, "move_files", to=library.folder / "Rock")
    with pytest.raises(PlanError, match="Choose a folder"):
        plan_of(library, "move_files")


def test_links_are_left_alone(library, tree) -> None:
    real = library.add("real.mp3")
    link = library.folder / "link.mp3"
    link.symlink_to(real)
    library.know(link)
    loop = library.folder / "loop.mp3"
    loop.symlink_to(loop)
    library.know(loop)
    (library.folder / "inside").symlink_to(library.folder)
    for action in ("move_files", "copy_files", "tag_genre"):
        plan = plan_of(library, action, to=library.folder / "o")
        assert ["link" in s.conflict for s in plan.steps] == [False, True, True]
    before = tree(library.folder)
    plan = plan_of(library, "move_files", to=library.folder / "inside" / "o")
    assert apply.apply(library.catalogue, plan, CTX).done == 1
    assert apply.undo(library.catalogue, None, CTX).done == 1
    assert tree(library.folder) == before


def test_a_file_that_became_a_link_is_skipped(library) -> None:
    path, other = library.add("a.mp3"), library.add("b.txt", b"sound")
    plan = plan_of(library, "move_files", to=library.folder / "o", template="{title}")
    path.unlink()
    path.symlink_to(other)
    outcome = apply.apply(library.catalogue, plan, CTX, [0])
    assert [t.note for t in outcome.left] == ["It is a link now, not a file."]
    assert not (library.folder / "o").exists(), "no folder is left for nothing"


def test_hard_links(library, samples, tree) -> None:
    one = library.add("one.flac", samples["flac"])
    two = library.folder / "two.flac"
    os.link(one, two)
    library.know(two)
    tag = plan_of(library, "tag_genre")
    assert all("2 names" in step.doubt for step in tag.steps)
    content = one.read_bytes()
    assert apply.apply(library.catalogue, tag, CTX, [0]).done == 1
    assert two.read_bytes() == content, "the other name keeps the old tags"
    apply.undo(library.catalogue, None, CTX)
    assert one.read_bytes() == content
    one.unlink()
    os.link(two, one)
    before = tree(library.folder)
    move = plan_of(library, "move_files", to=library.folder / "o", template="{title}")
    assert apply.apply(library.catalogue, move, CTX).done == 2
    assert os.path.samefile(library.folder / "o/one.flac", library.folder / "o/two.flac")
    assert apply.undo(library.catalogue, None, CTX).done == 2
    assert tree(library.folder) == before
    assert os.path.samefile(one, two)


# ---------------------------------------------------------------- between plan and apply


def test_vanished_changed_and_replaced_files_are_skipped(library, samples, tree) -> None:
    names = ("gone", "changed", "folder", "fine")
    paths = {name: library.add(f"{name}.flac", samples["flac"]) for name in names}
    for action in ("move_files", "copy_files", "tag_genre"):
        plan = plan_of(library, action, to=library.folder / "o", template="{title}")
        assert plan.totals.ready == 4
        kept = {name: path.read_bytes() for name, path in paths.items()}
        stamp = paths["changed"].stat()
        paths["gone"].unlink()
        paths["changed"].write_bytes(b"other")
        paths["folder"].unlink()
        paths["folder"].mkdir()
        before = tree(library.folder)
        outcome = apply.apply(library.catalogue, plan, CTX)
        assert outcome.done == 1
        assert [(Path(t.path).stem, t.note) for t in outcome.left] == [
            ("gone", "It is no longer there."),
            ("changed", "It was changed since the plan was made."),
            ("folder", "It was changed since the plan was made."),
        ]
        assert apply.troubles(library.catalogue, outcome.plan_id) == list(outcome.left)
        assert apply.undo(library.catalogue, None, CTX).done == 1
        assert tree(library.folder) == before
        paths["folder"].rmdir()
        for name in names[:3]:
            paths[name].write_bytes(kept[name])
            os.utime(paths[name], ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        with library.catalogue.db.write() as connection:
            connection.execute("UPDATE file SET mtime_ns = ?", (stamp.st_mtime_ns,))
        os.utime(paths["fine"], ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def test_files_missing_or_changed_at_planning_are_marked(library) -> None:
    library.add("gone.mp3").unlink()
    library.add("changed.mp3").write_bytes(b"something else")
    library.add("offline.mp3").unlink()
    with library.catalogue.db.write() as connection:
        connection.execute("UPDATE file SET away = 'offline' WHERE title = 'offline'")
    gone, changed, offline = plan_of(library, "move_files", to=library.folder / "o").steps
    assert "no longer there" in gone.conflict
    assert not changed.conflict
    assert "changed since it was scanned" in changed.doubt
    assert "not connected" in offline.conflict


def test_protected_files_and_broken_tags_are_not_written(library, samples) -> None:
    protected = library.add("protected.flac", samples["flac"])
    protected.chmod(0o444)
    library.add("broken.flac", b"fLaC" + b"\xff" * 100)
    library.add("text.mp3", b"no sound")
    library.add("film.mkv", b"\x1aE\xdf\xa3")
    plan = plan_of(library, "tag_genre")
    assert [step.conflict for step in plan.steps] == [
        "It is write-protected.",
        "Its tags cannot be written: its FLAC header is damaged.",
        "Its tags cannot be written: its contents are of no kind whose tags GenreDesk knows.",
        "Its tags cannot be written: GenreDesk knows no place for a genre in Matroska files.",
    ]
    assert apply.apply(library.catalogue, plan, CTX, range(4)).done == 0
    assert protected.read_bytes() == samples["flac"].read_bytes()
    moved = plan_of(library, "move_files", to=library.folder / "o")
    assert apply.apply(library.catalogue, moved, CTX).done == 4, "moving does not write to them"


def test_what_goes_wrong_after_planning_is_left_with_its_reason(library, samples) -> None:
    protected = library.add("protected.flac", samples["flac"])
    broken = library.add("broken.flac", samples["flac"])
    plan = plan_of(library, "tag_genre")
    assert plan.totals.ready == 2
    stamp = broken.stat()
    protected.chmod(0o444)
    broken.write_bytes(b"fLaC" + b"\xff" * (stamp.st_size - 4))
    os.utime(broken, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    outcome = apply.apply(library.catalogue, plan, CTX)
    assert outcome.done == 0
    assert [t.note for t in outcome.left] == [
        "It is write-protected.",
        "Its tags cannot be written: its FLAC header is damaged.",
    ]
    assert protected.read_bytes() == samples["flac"].read_bytes()


def test_permissions_and_attributes_stay(library, samples) -> None:
    path = library.add("a.flac", samples["flac"])
    path.chmod(0o640)
    attributes = {"user.note": b"mine"}
    if hasattr(os, "setxattr"):
        try:
            os.setxattr(path, "user.note", b"mine")
        except OSError:
            attributes = {}
    else:
        attributes = {}
    old = path.stat().st_mtime_ns
    apply.apply(library.catalogue, plan_of(library, "tag_genre"), CTX)
    for _ in range(2):
        assert path.stat().st_mode & 0o777 == 0o640
        for name, value in attributes.items():
            assert os.getxattr(path, name) == value
        if path.stat().st_mtime_ns == old:
            break
        apply.undo(library.catalogue, None, CTX)
    assert path.stat().st_mtime_ns == old, "backups see the new tag; undo brings the old time back"


@pytest.fixture
def as_nobody(tmp_path: Path, samples):
    """Give up being allowed everything: the tests may run as root, who has every permission."""
    if sys.platform == "win32" or os.geteuid() != 0:
        yield
        return
    top = Path(tempfile.gettempdir()).resolve()
    for place in [tmp_path, *tmp_path.parents, samples["flac"].parent]:
        if place.owner() == "root" and top in place.parents:
            place.chmod(0o755)
    for place in [tmp_path, *tmp_path.rglob("*")]:
        os.chown(place, 65534, 65534, follow_symlinks=False)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_lost_permissions(library, samples, tree, as_nobody) -> None:
    library.catalogue.close()
    library.catalogue = Library.open(library.catalogue.db.path)
    for action in ("move_files", "copy_files", "tag_genre"):
        library.add(f"{action}/closed/a.flac", samples["flac"])
        library.add(f"{action}/unreadable.flac", samples["flac"])
        library.add(f"{action}/open/b.flac", samples["flac"])
        rows = [r for r in items.load(library.catalogue, library.ids()) if f"/{action}/" in r.path]
        options = ActionOptions(to=library.folder / action / "o", template="{title}")
        plan = actions.get(action).plan(rows, options, CTX)
        assert plan.totals.ready == 3
        closed = library.folder / action / "closed"
        before = tree(library.folder / action)
        closed.chmod(0o555)
        unreadable = library.folder / action / "unreadable.flac"
        unreadable.chmod(0)
        outcome = apply.apply(library.catalogue, plan, CTX)
        expected = {"move_files": 2, "copy_files": 2, "tag_genre": 1}[action]
        assert outcome.done == expected
        assert all("permission" in t.note or "protected" in t.note for t in outcome.left)
        undone = apply.undo(library.catalogue, None, CTX)
        assert (undone.done, undone.problem) == (expected, "")
        closed.chmod(0o755)
        unreadable.chmod(0o644)
        assert tree(library.folder / action) == before
    read_only = library.folder / "ro"
    read_only.mkdir(mode=0o555)
    plan = plan_of(library, "move_files", to=read_only, template="{title}{album}", number=True)
    outcome = apply.apply(library.catalogue, plan, CTX)
    assert outcome.done == 0
    assert {t.note for t in outcome.left} == {"You have no permission."}
    lists = plan_of(library, "playlists", to=read_only)
    assert apply.apply(library.catalogue, lists, CTX).done == 0
    assert os.listdir(read_only) == []


# ---------------------------------------------------------------- odd names


def test_long_and_broken_names(library, tree) -> None:
    library.add("long.mp3", title="ö" * 400, artist="x" * 300, album="y" * 300)
    library.add(b"\xff\xfe\n\xc3(.mp3", title="", artist=".hidden", album="nul.txt ")
    library.add("name" + "n" * 240 + ".mp3", title="a" * 260)
    before = tree(library.folder)
    plan = plan_of(library, "move_files", to=library.folder / "o")
    assert "259 characters" in plan.steps[0].doubt
    assert plan.steps[1].target.endswith("rock/_hidden/_nul.txt/___(.mp3")
    outcome = apply.apply(library.catalogue, plan, CTX, [0, 1, 2])
    assert outcome.done == 3
    for step in plan.steps:
        assert len(os.fsencode(os.path.basename(step.target))) <= 255
    assert apply.undo(library.catalogue, None, CTX).done == 3
    assert tree(library.folder) == before
    deep = plan_of(library, "move_files", to=library.folder, template="/".join(["{artist}"] * 20))
    assert "too long" in deep.steps[0].conflict


# ---------------------------------------------------------------- undo looks before it acts


def test_undo_leaves_what_was_changed_since(filled, tree) -> None:
    plan = plan_of(filled, "copy_files", to=filled.folder / "o", template="{title}-{track}")
    apply.apply(filled.catalogue, plan, CTX)
    ready = [s for s in plan.steps if s.ticked]
    Path(ready[0].target).write_bytes(b"edited by a person")
    Path(ready[1].target).unlink()
    Path(ready[2].source).unlink()
    edited = Path(ready[3].target)
    stat = edited.stat()
    edited.write_bytes(bytes(reversed(edited.read_bytes())))
    os.utime(edited, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    outcome = apply.undo(filled.catalogue, None, CTX)
    assert outcome.done == len(ready) - 3
    assert [(t.path, t.note) for t in outcome.left] == [
        (ready[0].source, "It was changed since we changed it."),
        (ready[2].source, "The original is no longer there, so its copy is kept."),
        (ready[3].source, "It was changed since."),
    ]
    assert Path(ready[0].target).read_bytes() == b"edited by a person"
    assert Path(ready[2].target).exists()
    assert (filled.folder / "o").exists()
    (past,) = apply.history(filled.catalogue)
    assert (past.state, past.done, past.left) == ("undone", 0, 3)
    shutil.copy2(ready[2].target, ready[2].source)
    again = apply.undo(filled.catalogue, past.plan_id, CTX)
    assert (again.done, len(again.left)) == (1, 2), "what was left can be tried again"


def test_undo_of_moves_and_tags_leaves_what_was_changed_since(library, samples) -> None:
    a = library.add("a.flac", samples["flac"])
    b = library.add("b.flac", samples["flac"])
    c = library.add("c.flac", samples["flac"])
    apply.apply(library.catalogue, plan_of(library, "tag_genre"), CTX)
    b.write_bytes(b"retagged elsewhere")
    outcome = apply.undo(library.catalogue, None, CTX)
    assert (outcome.done, [t.note for t in outcome.left]) == (
        2, ["It was changed since we changed it."],
    )  # fmt: skip
    assert a.read_bytes() == samples["flac"].read_bytes()
    assert b.read_bytes() == b"retagged elsewhere"
    library.add("d.flac", b"d")
    plan = plan_of(library, "move_files", to=library.folder / "o", template="{title}")
    assert apply.apply(library.catalogue, plan, CTX).done >= 3
    c.write_bytes(b"a new file in the old place")
    outcome = apply.undo(library.catalogue, None, CTX)
    assert [t.note for t in outcome.left] == ["There is already something of that name."]
    assert c.read_bytes() == b"a new file in the old place"
    assert (library.folder / "o" / "c.flac").read_bytes() == samples["flac"].read_bytes()


def test_a_folder_of_ours_stays_when_something_else_is_in_it(library) -> None:
    library.add("a.mp3")
    apply.apply(library.catalogue, plan_of(library, "move_files", to=library.folder / "o"), CTX)
    (library.folder / "o" / "rock" / "note.txt").write_text("mine")
    assert apply.undo(library.catalogue, None, CTX).left == ()
    left = sorted(library.folder.rglob("*"))
    assert [p.relative_to(library.folder).as_posix() for p in left] == [
        "a.mp3", "o", "o/rock", "o/rock/note.txt",
    ]  # fmt: skip


# ---------------------------------------------------------------- another drive, other file systems


def test_to_another_drive(filled, tree, monkeypatch) -> None:
    """A rename between file systems fails; the file is copied, compared, then removed."""
    real = fsops.rename

    def rename(source: str, target: str) -> None:
        if ".genredesk-" not in source:
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    monkeypatch.setattr(fsops, "rename", rename)
    before = tree(filled.folder)
    plan = plan_of(filled, "move_files", to=filled.folder / "o")
    outcome = apply.apply(filled.catalogue, plan, CTX)
    assert (outcome.done, outcome.left) == (plan.totals.ready, ())
    after = tree(filled.folder)
    for step in plan.steps:
        if step.ticked:
            assert os.fsencode(step.source) not in after
            assert after[os.fsencode(step.target)] == before[os.fsencode(step.source)]
            assert filled.row(step.file_id)["inode"] == os.stat(step.target).st_ino
    assert apply.undo(filled.catalogue, None, CTX).done == outcome.done
    assert tree(filled.folder) == before


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs a second file system")
def test_to_a_real_second_file_system(filled, tree, tmp_path: Path) -> None:
    import tempfile

    before = tree(filled.folder)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        if os.stat(other).st_dev == os.stat(tmp_path).st_dev:
            pytest.skip("/dev/shm lies on the same file system as the temporary folder")
        plan = plan_of(filled, "move_files", to=Path(other) / "o")
        outcome = apply.apply(filled.catalogue, plan, CTX)
        assert (outcome.done, outcome.left) == (plan.totals.ready, ())
        assert apply.undo(filled.catalogue, None, CTX).done == outcome.done
        assert os.listdir(other) == []
    assert tree(filled.folder) == before


@pytest.mark.parametrize("links", [True, False])
def test_file_systems_without_an_exclusive_rename(filled, tree, monkeypatch, links: bool) -> None:
    monkeypatch.setattr(fsops, "_exclusive", None)
    if not links:

        def link(*_, **__):
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(fsops.os, "link", link)
    before = tree(filled.folder)
    plan = plan_of(filled, "move_files", to=filled.folder / "o")
    assert apply.apply(filled.catalogue, plan, CTX).done == plan.totals.ready
    taken = filled.folder / "taken"
    taken.write_bytes(b"t")
    with pytest.raises(FileExistsError):
        fsops.rename(plan.steps[0].target, str(taken))
    taken.unlink()
    apply.undo(filled.catalogue, None, CTX)
    assert tree(filled.folder) == before


def test_a_copy_that_came_out_different_is_thrown_away(library, monkeypatch) -> None:
    path = library.add("a.mp3", b"x" * 5000)
    real = fsops.digest
    monkeypatch.setattr(fsops, "digest", lambda p: b"?" if ".part" in p else real(p))
    plan = plan_of(library, "copy_files", to=library.folder / "o")
    outcome = apply.apply(library.catalogue, plan, CTX)
    assert [t.note for t in outcome.left] == ["The drive reports an error."]
    assert [p.name for p in library.folder.iterdir()] == [path.name]


# ---------------------------------------------------------------- jobs and instances


def test_cancel_keeps_what_was_done_and_undo_goes_on_after_one(library, tree, monkeypatch) -> None:
    monkeypatch.setattr(executor, "BATCH", 7)
    for n in range(40):
        library.add(f"{n:02}.mp3", b"%d" % n)
    before = tree(library.folder)
    plan = plan_of(library, "move_files", to=library.folder / "o", template="{title}")

    def stopping_after(n: int) -> JobContext:
        ctx = JobContext(lambda progress: ctx.cancel() if progress.done >= n else None)
        return ctx

    with pytest.raises(Cancelled, match="Stopped after"):
        apply.apply(library.catalogue, plan, stopping_after(20))
    (past,) = apply.history(library.catalogue)
    assert past.state == "applied"
    assert 20 <= past.done < 40
    assert past.done + past.left == 40
    assert {t.note for t in apply.troubles(library.catalogue, past.plan_id)} == {apply.STOPPED}
    with pytest.raises(Cancelled):
        apply.undo(library.catalogue, None, stopping_after(10))
    (half,) = apply.history(library.catalogue)
    assert 0 < half.done < past.done
    assert half.undoable
    apply.undo(library.catalogue, None, CTX)
    assert tree(library.folder) == before


def test_two_instances_do_not_change_files_at_the_same_time(filled, tree) -> None:
    plan = plan_of(filled, "move_files", to=filled.folder / "o")
    seen = []
    with Library.open(filled.catalogue.db.path) as other:

        def meanwhile(_):
            with pytest.raises(Held, match="Another GenreDesk"):
                apply.undo(other, None, JobContext())
            assert apply.recover(other) == [], "nothing of the other's is taken for half done"
            seen.append(apply.history(other)[0].state)

        apply.apply(filled.catalogue, plan, JobContext(meanwhile))
        assert set(seen) == {"applying"}
        assert apply.undo(other, None, CTX).done == plan.totals.ready
    assert apply.history(filled.catalogue)[0].state == "undone"


# ---------------------------------------------------------------- playlists and tables


def test_playlists_lead_to_their_files(filled) -> None:
    plan = plan_of(filled, "playlists", to=filled.folder / "lists")
    assert [Path(s.target).name for s in plan.steps] == ["jazz.m3u8", "rock.m3u8"]
    apply.apply(filled.catalogue, plan, CTX)
    found = set()
    for step in plan.steps:
        lines = Path(step.target).read_bytes().splitlines()
        assert lines[0] == b"#EXTM3U"
        for line in lines[1:]:
            if not line.startswith(b"#"):
                path = os.path.join(os.path.dirname(os.fsencode(step.target)), line)
                assert os.path.isfile(path), line
                found.add(os.path.realpath(path))
    assert len(found) == len(filled.ids()) - 2, "the unsure and the unheard one are in none"
    again = plan_of(filled, "playlists", to=filled.folder / "lists")
    assert all("already" in s.conflict for s in again.steps)
    one = plan_of(filled, "playlists", to=filled.folder, per_genre=False, name="All of it")
    assert [Path(s.target).name for s in one.steps] == ["All of it.m3u8"]
    assert one.steps[0].content.count(b"#EXTINF:200,") == len(filled.ids())


def test_tables_hold_every_row(filled) -> None:
    for kind in ("csv", "json"):
        plan = plan_of(filled, "export", to=filled.folder / f"table.{kind}", format="csv")
        apply.apply(filled.catalogue, plan, CTX)
        data = (filled.folder / f"table.{kind}").read_bytes()
        if kind == "csv":
            text = io.StringIO(data.decode("utf-8", "surrogateescape"), newline="")
            rows = list(csv.DictReader(text))
        else:
            rows = json.loads(data)
        known = {os.fsdecode(filled.row(i)["path"]) for i in filled.ids()}
        assert {row["path"] for row in rows} == known
        assert {row["state"] for row in rows} == {"sure", "open", "not analysed"}
    with pytest.raises(PlanError, match="no format"):
        plan_of(filled, "export", to=filled.folder, format="xls")


def test_one_step_never_meets_another_plans_hidden_file(library) -> None:
    path = library.add("a.mp3")
    entry = journal.JournalEntry(
        3, 7, StepKind.COPY, 0, str(path), str(path) + "x", (), fsops.fingerprint(str(path)), None,
        b"", journal.StepState.DOING,
    )  # fmt: skip
    hands = steps.StepExecutor("abcd", journal.Direction.FORWARD, contents=lambda e: b"")
    assert Path(hands.temp(entry)).name == ".genredesk-abcd-3-7.part.mp3x"
