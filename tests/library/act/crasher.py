"""A program of its own: applies and undoes plans in children that die, and looks at what is left.

Run by ``test_act_crash.py`` with a JSON object of options; writes one JSON object. It starts no
threads, so that it may fork.
"""

# Names are bytes here as often as text, and a second file system is wanted by its path.
# ruff: noqa: PTH110

from __future__ import annotations

import errno
import io
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import MusicFolder, tree

from genredesk.core.errors import GenreDeskError
from genredesk.core.job import JobContext
from genredesk.library.catalogue.catalogue import Catalogue
from genredesk.library.catalogue.db import explained
from genredesk.library.library import Library
from genredesk.library.organize import actions, apply, executor, fsops, items, journal
from genredesk.library.organize.plan import ActionOptions, StepKind

PRIMITIVES = (
    "rename", "replace", "unlink", "make_folder", "remove_folder", "create", "sync", "sync_folder",
    "copy_attributes", "write_content", "copy_content",
)  # fmt: skip
WAYS = {
    "move": ("move_files", {}),
    "across": ("move_files", {"template": "x/{genre}/{title}"}),
    "linked": ("move_files", {}),
    "placed": ("move_files", {}),
    "copy": ("copy_files", {}),
    "tag": ("tag_genre", {}),
    "lists": ("playlists", {"per_genre": True}),
    "renewed": ("playlists", {"per_genre": True}),
    "emptied": ("move_files", {}),
}


def far_away() -> None:
    """Make every move one between drives."""
    real = fsops.rename

    def rename(source: str, target: str) -> None:
        if ".genredesk-" not in source:
            raise OSError(18, "Invalid cross-device link")
        real(source, target)

    fsops.rename = rename


def without_exclusive_rename(*, links: bool) -> None:
    fsops._exclusive = None
    if not links:

        def link(*_: object, **__: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        fsops.os.link = link


def prepare_way(way: str) -> None:
    if way == "across":
        far_away()
    elif way in {"linked", "placed"}:
        without_exclusive_rename(links=way == "linked")


class Ground:
    """A library on the disk, a plan for it, and how it looks before and after."""

    def __init__(self, place: Path, way: str, samples: list[Path], n: int) -> None:
        self.way = way
        self.folder, self.db = place / "music", place / "library.db"
        library = MusicFolder(self.folder, self.db)
        with library.catalogue.db.write():
            for k in range(n):
                source = samples[k % len(samples)]
                heard = ("rock", "jazz", "disco")[k % 3]
                data = source.read_bytes() if way == "tag" else b"%d " % k * (300 + k)
                library.add(f"in/{k:04}{source.suffix}", data, heard=heard, title=f"T{k:04}")
        self.ids = library.ids()
        if way == "renewed":
            self._write_lists(library.catalogue)
        library.catalogue.close()
        self.before = tree(self.folder)
        self.keep = place / "kept.db"
        shutil.copy2(self.db, self.keep)

    def _write_lists(self, catalogue: Catalogue) -> None:
        """Put lists there that name fewer files than they are going to."""
        every, self.ids = self.ids, self.ids[:1]
        for step in self.plan(catalogue).steps:
            Path(step.target).parent.mkdir(exist_ok=True)
            Path(step.target).write_bytes(step.content)
        self.ids = every

    def plan(self, catalogue: Catalogue):
        name, options = WAYS[self.way]
        to = self.folder / "out"
        wanted = ActionOptions(to=to, **options)
        return actions.get(name).plan(items.load(catalogue, self.ids), wanted, JobContext())

    def apply(self) -> None:
        with Library.open(self.db) as catalogue:
            apply.apply(catalogue, self.plan(catalogue), JobContext())
        if self.way == "emptied":
            (self.folder / "in").rmdir()

    def undo(self) -> None:
        with Library.open(self.db) as catalogue:
            apply.undo(catalogue, None, JobContext())

    def learn(self) -> None:
        """Find out what a whole run looks like."""
        with Library.open(self.db) as catalogue:
            self.steps = self.plan(catalogue).steps
        self.apply()
        self.after = tree(self.folder)
        self.undo()
        assert tree(self.folder) == self.before

    # ---------------------------------------------------------- after a kill

    def look(self) -> str:
        """Recover, and say what is wrong; nothing when all is well."""
        with Library.open(self.db) as catalogue:
            apply.recover(catalogue)
            if problems := catalogue.db.check():
                return f"the catalogue: {problems}"
            done = {
                e.source + "→" + e.target
                for p in apply.history(catalogue)[:1]
                for e in journal.Journal(catalogue).entries(
                    p.plan_id, journal.StepState.DONE, limit=1 << 30
                )
            }
            rows = {os.fsdecode(r[0]) for r in self._rows(catalogue)}
            if lost := [path for path in rows if not os.path.exists(path)]:
                return f"the catalogue knows files that are not there: {lost[:3]}"
        return self._files(done)

    @staticmethod
    def _rows(catalogue: Catalogue) -> list[tuple]:
        with catalogue.db.read() as connection:
            return connection.execute("SELECT path FROM file").fetchall()

    def _files(self, done: set[str]) -> str:
        now = tree(self.folder)
        files = {p: c for p, c in now.items() if c[0] != "folder"}
        expected = {p: c[0] for p, c in self.before.items() if c[0] != "folder"}
        for step in self.steps:
            source, target = os.fsencode(step.source), os.fsencode(step.target)
            if step.source + "→" + step.target not in done:
                continue
            if step.kind is StepKind.MOVE:
                expected[target] = expected.pop(source)
            else:
                expected[target] = self.after[target][0]
        for path in expected.keys() | files.keys():
            if path not in files:
                return f"{path!r} is missing"
            if path not in expected:
                return f"{path!r} is left over"
            if files[path][0] != expected[path]:
                return f"{path!r} holds something else"
        return ""

    def clean(self) -> str:
        """Undo what there is to undo; say what is wrong."""
        with Library.open(self.db) as catalogue:
            if any(p.undoable for p in apply.history(catalogue)):
                outcome = apply.undo(catalogue, None, JobContext())
                if outcome.left and any(
                    t.note not in {apply.STOPPED, apply.FULL} for t in outcome.left
                ):
                    return f"not taken back: {outcome.left[:3]}"
        if tree(self.folder) != self.before:
            return "the tree is not as it was"
        for extra in ("", "-wal", "-shm"):
            Path(f"{self.db}{extra}").unlink(missing_ok=True)
        shutil.copy2(self.keep, self.db)
        with Library.open(self.db) as catalogue, catalogue.db.write() as connection:
            # Undo gives new inodes to what it rewrote; sizes and times are as they were.
            connection.execute("UPDATE file SET inode = 0, dev = 0")
        return ""


# ---------------------------------------------------------------- dying


@contextmanager
def child(act: Callable[[], None]) -> Iterator[tuple[int, int]]:
    """Run ``act`` in a child; gives its number and a pipe that speaks when it begins."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(told)
        try:
            os.write(tell, b"!")
            act()
            os._exit(0)
        except BaseException:  # noqa: BLE001
            import traceback

            traceback.print_exc()
            os._exit(3)
    os.close(tell)
    try:
        yield pid, told
    finally:
        os.close(told)


def ending(pid: int) -> str:
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return "killed"
    return "ended" if os.WEXITSTATUS(status) == 0 else "failed"


def dying_at(k: int, act: Callable[[], None]) -> Callable[[], None]:
    """Return ``act`` in a world where the ``k``-th touch of the disk is the last.

    Even numbers die before a touch, odd ones after it.
    """

    def run() -> None:
        seen = [0]

        def wrap(holder: object, name: str) -> None:
            real = getattr(holder, name)

            def touched(*args: object, **kwargs: object) -> object:
                mine = seen[0]
                seen[0] += 1
                if mine * 2 == k:
                    os.kill(os.getpid(), signal.SIGKILL)
                try:
                    return real(*args, **kwargs)
                finally:
                    if mine * 2 + 1 == k:
                        os.kill(os.getpid(), signal.SIGKILL)

            setattr(holder, name, touched)

        for name in PRIMITIVES:
            wrap(fsops, name)
        for name in ("advance", "prepared", "close", "begin", "reopen", "adopt", "disown"):
            wrap(journal.Journal, name)
        act()

    return run


def everywhere(ground: Ground, phase: str, stride: int) -> tuple[int, list[str]]:
    """Die at every touch of the disk in turn; return how often, and what was wrong."""
    problems: list[str] = []
    k = kills = 0
    while True:
        if phase == "undo":
            ground.apply()
        with child(dying_at(k, getattr(ground, phase))) as (pid, _):
            how = ending(pid)
        if how == "failed":
            problems.append(f"{phase} {k}: it raised")
        kills += how == "killed"
        problems += [f"{phase} {k}: {p}" for p in (ground.look(), ground.clean()) if p]
        if how == "ended" or len(problems) > 3:
            return kills, problems
        k += stride


# ---------------------------------------------------------------- a disk that is full from now on


class _Small(io.FileIO):
    """A file whose disk may have no room."""

    touch: Callable[[], None]

    def write(self, data) -> int:  # type: ignore[override]
        self.touch()
        return super().write(data)


def full_from(k: int, act: Callable[[], None]) -> Callable[[], None]:
    """Return ``act`` in a world where from the ``k``-th write on there is no room on the disk."""

    def run() -> None:
        seen = [0]

        def touch() -> None:
            seen[0] += 1
            if seen[0] > k:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def before(holder: object, name: str) -> None:
            real = getattr(holder, name)

            def touched(*args: object, **kwargs: object) -> object:
                touch()
                return real(*args, **kwargs)

            setattr(holder, name, touched)

        def create(path: str, mode: int = 0o600) -> io.BufferedRandom:
            touch()
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
            raw = _Small(fd, "r+b")
            raw.touch = touch
            return io.BufferedRandom(raw, 4096)

        fsops.create = create
        for name in ("rename", "make_folder", "sync", "replace"):
            before(fsops, name)
        for name in ("advance", "prepared", "close", "begin", "reopen", "adopt", "disown"):
            real = getattr(journal.Journal, name)

            def noted(*args: object, real: Callable = real, **kwargs: object) -> object:
                try:
                    touch()
                except OSError as error:
                    full = sqlite3.OperationalError("database or disk is full")
                    raise explained(Path("library.db"), full) from error
                return real(*args, **kwargs)

            setattr(journal.Journal, name, noted)
        try:
            act()
        except GenreDeskError as error:
            if "full" not in str(error):
                raise
        if seen[0] <= k:
            os._exit(7)  # there was room for everything

    return run


def full(ground: Ground, phase: str, stride: int) -> tuple[int, list[str]]:
    """Have no room from every write on in turn; return how often, and what was wrong."""
    problems: list[str] = []
    k = 0
    while True:
        if phase == "undo":
            ground.apply()
        with child(full_from(k, getattr(ground, phase))) as (pid, _):
            _, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status) or os.WEXITSTATUS(status) not in {0, 7}:
            problems.append(f"{phase} {k}: it raised")
        problems += [f"{phase} {k}: {p}" for p in (ground.look(), ground.clean()) if p]
        if os.WEXITSTATUS(status) == 7 or len(problems) > 3:
            return k, problems
        k += stride


def anywhere(ground: Ground, phase: str, rounds: int, dice: random.Random) -> tuple[int, list[str]]:
    """Die at random moments; return how often, and what was wrong."""
    problems: list[str] = []
    if phase == "undo":
        ground.apply()
    started = time.perf_counter()
    with child(getattr(ground, phase)) as (pid, _):
        assert ending(pid) == "ended"
    whole = time.perf_counter() - started
    problems += [p for p in (ground.look(), ground.clean()) if p]
    kills = 0
    for _ in range(rounds * 3):
        if kills == rounds or len(problems) > 3:
            break
        if phase == "undo":
            ground.apply()
        with child(getattr(ground, phase)) as (pid, told):
            os.read(told, 1)
            delay = dice.uniform(0, whole)
            time.sleep(delay)
            os.kill(pid, signal.SIGKILL)
            kills += ending(pid) == "killed"
        found = [p for p in (ground.look(), ground.clean()) if p]
        problems += [f"{phase} after {delay:.4f} s: {p}" for p in found]
    return kills, problems


def main() -> None:
    asked = json.loads(sys.argv[1])
    place = Path(asked["place"])
    samples = [Path(p) for p in asked["samples"]]
    prepare_way(asked["way"])
    executor.BATCH = asked["batch"]
    ground = Ground(place, asked["way"], samples, asked["files"])
    ground.learn()
    dice = random.Random(asked.get("seed", 1))
    result: dict[str, object] = {}
    for phase in ("apply", "undo"):
        if asked["mode"] in {"everywhere", "full"}:
            way = everywhere if asked["mode"] == "everywhere" else full
            kills, problems = way(ground, phase, asked.get("stride", 1))
        else:
            kills, problems = anywhere(ground, phase, asked["rounds"], dice)
        result[phase] = {"kills": kills, "problems": problems}
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main()
