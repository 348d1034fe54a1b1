"""What is taken back: into folders that are gone, again after a failure, and without a trace."""

# Names are bytes here as often as text.
# ruff: noqa: PTH208

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genredesk.core.job import JobContext
from genredesk.library.catalogue import roots
from genredesk.library.library import Library
from genredesk.library.organize import actions, apply, fsops, items, journal, recovery
from genredesk.library.organize.plan import ActionOptions, PlanError, StepKind

CTX = JobContext()


def moved(library, **options) -> apply.Outcome:
    rows = items.load(library.catalogue, library.ids())
    wanted = ActionOptions(to=library.folder / "o", template="{title}", **options)
    return apply.apply(library.catalogue, actions.get("move_files").plan(rows, wanted, CTX), CTX)


def path_of(library, file_id: int) -> Path:
    return Path(os.fsdecode(library.row(file_id)["path"]))


# ---------------------------------------------------------------- folders that are gone


@pytest.mark.parametrize("across", [False, True])
def test_folders_are_made_again(library, tree, monkeypatch, across: bool) -> None:
    library.add("old/deep/one.mp3", b"1")
    library.add("two.mp3", b"2")
    if across:
        real = fsops.rename

        def rename(source: str, target: str) -> None:
            if ".genredesk-" not in source:
                raise OSError(errno.EXDEV, "Invalid cross-device link")
            real(source, target)

        monkeypatch.setattr(fsops, "rename", rename)
    before = tree(library.folder)
    assert moved(library).done == 2
    shutil.rmtree(library.folder / "old")
    outcome = apply.undo(library.catalogue, None, CTX)
    assert (outcome.done, outcome.left) == (2, ())
    assert tree(library.folder) == before
    assert path_of(library, library.ids()[0]).is_file()


def test_no_folder_is_made_on_a_drive_that_only_bears_the_name(library, monkeypatch) -> None:
    library.add("drive/old/one.mp3", b"1")
    moved(library)
    shutil.rmtree(library.folder / "drive" / "old")
    real = roots.drive_of
    drive = str(library.folder / "drive")
    monkeypatch.setattr(roots, "drive_of", lambda p: real(p) + str(p).startswith(drive))
    (left,) = apply.undo(library.catalogue, None, CTX).left
    assert "Connect its drive" in left.note
    assert os.listdir(library.folder / "drive") == []
    monkeypatch.undo()
    assert apply.undo(library.catalogue, None, CTX).done == 1


def test_a_folder_made_again_for_nothing_is_taken_away(library, monkeypatch) -> None:
    library.add("old/one.mp3", b"1")
    moved(library)
    (library.folder / "old").rmdir()

    def refuse(source: str, target: str) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(fsops, "rename", refuse)
    assert len(apply.undo(library.catalogue, None, CTX).left) == 1
    assert not (library.folder / "old").exists()


# ---------------------------------------------------------------- tried again


def test_what_could_not_be_taken_back_is_tried_again_first(library, samples, tree) -> None:
    one = library.add("one.flac", samples["flac"])
    two = library.add("two.flac", samples["flac"])
    before = tree(library.folder)
    rows = items.load(library.catalogue, library.ids())
    tag = actions.get("tag_genre").plan(rows, ActionOptions(), CTX)
    first = apply.apply(library.catalogue, tag, CTX).plan_id
    second = moved(library).plan_id
    one.write_bytes(b"in the way")
    outcome = apply.undo(library.catalogue, None, CTX)
    assert (outcome.plan_id, outcome.done, len(outcome.left)) == (second, 1, 1)
    undoable = {p.plan_id: p.undoable for p in apply.history(library.catalogue)}
    assert undoable == {second: True, first: True}, "neither stands in the way of the other"
    outcome = apply.undo(library.catalogue, None, CTX)
    assert (outcome.plan_id, outcome.done, len(outcome.left)) == (second, 0, 1)
    one.unlink()
    outcome = apply.undo(library.catalogue, None, CTX)
    assert (outcome.plan_id, outcome.done, outcome.left) == (second, 1, ())
    assert apply.undo(library.catalogue, None, CTX).plan_id == first
    assert tree(library.folder) == before
    with pytest.raises(PlanError, match="nothing to undo"):
        apply.undo(library.catalogue, None, CTX)
    assert two.exists()


def test_an_older_plan_can_be_taken_back_meanwhile(library) -> None:
    library.add("one.mp3", b"1")
    library.add("two.mp3", b"2")
    rows = items.load(library.catalogue, library.ids())
    lists = actions.get("playlists").plan(rows, ActionOptions(to=library.folder / "l"), CTX)
    first = apply.apply(library.catalogue, lists, CTX).plan_id
    second = moved(library).plan_id
    (library.folder / "one.mp3").write_bytes(b"in the way")
    assert apply.undo(library.catalogue, None, CTX).plan_id == second
    assert apply.undo(library.catalogue, first, CTX).done == 1
    assert not (library.folder / "l").exists()


def test_undo_speaks_of_its_own_files_only(library, samples) -> None:
    library.add("fine.flac", samples["flac"])
    library.add("broken.flac", b"fLaC" + b"\xff" * 100)
    rows = items.load(library.catalogue, library.ids())
    tag = actions.get("tag_genre").plan(rows, ActionOptions(), CTX)
    every = [i for i, step in enumerate(tag.steps) if not step.conflict]
    done = apply.apply(library.catalogue, tag, CTX, every)
    assert done.done == 1
    outcome = apply.undo(library.catalogue, None, CTX)
    assert (outcome.done, outcome.left) == (1, ())


# ---------------------------------------------------------------- what the system does not let go


def refusing(monkeypatch, *, exclusive: bool, links: bool, source: Path) -> None:
    """Let the system refuse to take ``source`` away, as for a locked file, in each way it may."""
    here = str(source)

    def guard(name: str) -> None:
        real = getattr(fsops.os, name)

        def guarded(path, *more, **how):
            if os.fspath(path) == here and not (name == "link" and links):
                raise PermissionError(errno.EPERM, "Operation not permitted", here)
            return real(path, *more, **how)

        monkeypatch.setattr(fsops.os, name, guarded)

    for name in ("link", "replace", "unlink", "rename"):
        guard(name)

    def not_permitted(_source: bytes, _target: bytes) -> int:
        import ctypes

        ctypes.set_errno(errno.EPERM)
        return -1

    monkeypatch.setattr(fsops, "_exclusive", not_permitted if exclusive else None)


@pytest.mark.skipif(sys.platform == "win32", reason="a rename there refuses taken names itself")
@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_is_not_let_go_leaves_no_trace(
    library, tree, monkeypatch, exclusive: bool, links: bool
) -> None:
    path = library.add("one.mp3", b"1")
    before = tree(library.folder)
    refusing(monkeypatch, exclusive=exclusive, links=links, source=path)
    (left,) = moved(library).left
    assert left.note == "The system does not allow it."
    assert tree(library.folder) == before
    assert path.stat().st_nlink == 1
    monkeypatch.undo()
    assert moved(library).done == 1


def test_a_file_that_is_not_let_go_on_another_drive_leaves_no_trace(
    library, tree, monkeypatch
) -> None:
    path = library.add("one.mp3", b"1")
    before = tree(library.folder)
    refusing(monkeypatch, exclusive=False, links=False, source=path)
    real = fsops.rename

    def rename(source: str, target: str) -> None:
        if ".genredesk-" not in source:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        shutil.move(source, target) if not os.path.lexists(target) else real(source, target)

    monkeypatch.setattr(fsops, "rename", rename)
    assert len(moved(library).left) == 1
    assert tree(library.folder) == before


def test_a_locked_file_of_a_real_file_system(library, tree) -> None:
    path = library.add("one.mp3", b"1")
    if (
        shutil.which("chattr") is None
        or subprocess.run(["chattr", "+i", path], capture_output=True, check=False).returncode
    ):
        pytest.skip("this file system or this person cannot lock files")
    try:
        before = tree(library.folder)
        assert len(moved(library).left) == 1
        assert tree(library.folder) == before
    finally:
        subprocess.run(["chattr", "-i", path], check=True)


def test_a_kill_beside_a_file_that_is_not_let_go(library, monkeypatch) -> None:
    """Both names are there, and the old one cannot be taken away: the new one goes."""
    path = library.add("one.mp3", b"1")
    target = library.folder / "two.mp3"
    entry = journal.JournalEntry(
        1, 0, StepKind.MOVE, 0, str(path), str(target), (), fsops.fingerprint(str(path)), None,
        b"", journal.StepState.DOING,
    )  # fmt: skip
    os.link(path, target)
    refusing(monkeypatch, exclusive=False, links=True, source=path)
    assert recovery.settle(entry, "abcd").state is journal.StepState.PENDING
    assert os.listdir(library.folder) == ["one.mp3"]


# ---------------------------------------------------------------- killed before the library knew


def test_a_folder_of_a_plan_that_was_killed_becomes_part_of_the_library(
    library, monkeypatch
) -> None:
    library.add("one.mp3", b"1")
    to = library.folder.parent / "elsewhere"
    rows = items.load(library.catalogue, library.ids())
    plan = actions.get("move_files").plan(rows, ActionOptions(to=to, template="{title}"), CTX)

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(journal.Journal, "adopt", die)
        with pytest.raises(Killed):
            apply.apply(library.catalogue, plan, CTX)
    library.catalogue.close()
    library.catalogue = Library.open(library.catalogue.db.path)
    (sentence,) = apply.recover(library.catalogue)
    assert "1 of 1 are done" in sentence
    assert {r.path: r.n_files for r in library.catalogue.roots.all()} == {library.folder: 0, to: 1}
    apply.undo(library.catalogue, None, CTX)
    assert {r.path: r.n_files for r in library.catalogue.roots.all()} == {library.folder: 1}
