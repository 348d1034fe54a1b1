"""Parts that the program goes without and can fetch later: PyTorch, which trains whole networks.

They are installed by pip into a folder of their own in the person's data, which comes last where
modules are looked for: what the program came with goes before it. A folder is whole or not there.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from genredesk.core import paths, pip
from genredesk.core.errors import GenreDeskError
from genredesk.core.job import JobContext

EXTRA = "train"
MODULES = frozenset(
    {"torch", "torchaudio", "onnxscript", "lightning_fabric", "optuna", "sklearn", "tqdm"}
)
"""What the extra brings, as it is imported."""

NEEDS_BYTES = 3_000_000_000
"""So much must be free: what is installed, and what pip unpacks meanwhile."""

SIZE = "about 1 GB on the disk, several where PyTorch comes with parts for graphics cards"
BRINGS = (
    "Full training needs PyTorch and what belongs to it: networks of your own from scratch, "
    "fine-tuning of all layers, the search for better recipes, the papers' experiments and new "
    f"pieces of music. Quick training goes without. It takes {SIZE}."
)
HOW = (
    "Install it on the Train page or with “genredesk extras install”, or the whole program with "
    "pip install 'genredesk[train]'."
)
BY_HAND = (
    "This program has no pip to install it with. Full training comes with GenreDesk from the "
    "package index: pip install 'genredesk[train]' in a Python of its own; models trained there "
    "can be imported here."
)
_TELLING = re.compile(r"(Collecting|Downloading|Using cached|Processing|Installing) ")
_PART = ".part-"
_SAID = "said.txt"
_STALE_S = 60.0


class MissingExtra(GenreDeskError):  # noqa: N818 - nothing failed, something is not there
    """A part that is not installed; the text says how to get it."""


def folder() -> Path:
    """Where the extra lies; Python's version is in the name, for packages are made for one."""
    version = f"{sys.version_info.major}{sys.version_info.minor}"
    return paths.data_dir() / "extras" / f"{EXTRA}-py{version}"


def activate() -> None:
    """Let modules be found in the folder of the extra, if it is there."""
    place = str(folder())
    if place not in sys.path and Path(place).is_dir():
        sys.path.append(place)
        importlib.invalidate_caches()


def missing() -> list[str]:
    """Return the modules of the extra that are not found, sorted; imports none."""
    activate()
    return sorted(name for name in MODULES if importlib.util.find_spec(name) is None)


def lacking(error: ImportError) -> MissingExtra | None:
    """Return what to say of a module that could not be imported, ``None`` if it is no extra's."""
    top = (error.name or "").partition(".")[0]
    if not isinstance(error, ModuleNotFoundError) or top not in MODULES:
        return None
    return MissingExtra(f"Full training is not installed ({top} is missing). {HOW}")


# ---------------------------------------------------------------- installing


def requirements() -> list[str]:
    """Return what the extra asks for, as pip reads it.

    Raises
    ------
    MissingExtra
        When the program does not know, because it was not installed as a package.
    """
    try:
        lines = importlib.metadata.requires("genredesk") or []
    except importlib.metadata.PackageNotFoundError:
        raise MissingExtra(BY_HAND) from None
    marker = re.compile(rf"extra\s*==\s*['\"]{EXTRA}['\"]")
    return [line.partition(";")[0].strip() for line in lines if marker.search(line)]


def check() -> None:
    """Refuse what cannot be installed here, before anything begins.

    Raises
    ------
    MissingExtra
        In a packed program and in a Python without pip.
    GenreDeskError
        When the disk is too full.
    """
    if not pip.there():
        raise MissingExtra(BY_HAND)
    above = next(p for p in folder().parents if p.exists())
    free = shutil.disk_usage(above).free
    if free < NEEDS_BYTES:
        raise GenreDeskError(
            f"{above}: {free / 1e9:.1f} GB are free, and full training needs "
            f"{NEEDS_BYTES / 1e9:.0f} GB while it is installed. Make room and try again."
        )


def install(ctx: JobContext, wanted: list[str] | None = None) -> Path:
    """Fetch the extra with pip and return its folder; nothing stays when it does not work out.

    Parameters
    ----------
    wanted
        Requirements; ``None``: those of :func:`requirements`.

    Raises
    ------
    MissingExtra, GenreDeskError
        As :func:`check`, and when the packages cannot be fetched, written or imported.
    Cancelled
        When ``ctx`` was cancelled.
    """
    check()
    wanted = requirements() if wanted is None else wanted
    target = folder()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _part(target) as part:
            packages = _resolved(wanted, part, ctx)
            inside = part / "packages"
            if packages:
                _fetch(packages, inside, part, ctx)
            ctx.progress(len(packages), len(packages) + 1, "checking what was installed")
            inside.mkdir(exist_ok=True)
            _try(inside, part, ctx)
            ctx.checkpoint()
            remove()
            inside.rename(target)
    except pip.PipError as error:
        raise GenreDeskError(
            f"Full training could not be installed: {error}. Nothing was changed."
        ) from error
    except OSError as error:
        raise GenreDeskError(
            f"{target}: full training could not be installed ({error.strerror}). Nothing was "
            "changed."
        ) from error
    activate()
    return target


def remove() -> bool:
    """Delete the folder of the extra; whether there was one.

    Raises
    ------
    GenreDeskError
        When it cannot be deleted, as while a training uses it.
    """
    place = folder()
    if not place.is_dir():
        return False
    aside = place.with_name(f"{_PART}old-{os.getpid()}")
    try:
        place.rename(aside)
    except OSError as error:
        raise GenreDeskError(
            f"{place} cannot be replaced ({error.strerror}). End the training that uses it."
        ) from error
    shutil.rmtree(aside, ignore_errors=True)
    return True


@contextlib.contextmanager
def _part(target: Path) -> Iterator[Path]:
    """Give a folder to work in, which is gone afterwards; sweep what killed programs left."""
    for left in target.parent.glob(f"{_PART}*"):
        log = left / _SAID  # whoever works there touches it
        with contextlib.suppress(OSError):
            if not log.exists() or time.time() - log.stat().st_mtime > _STALE_S:
                shutil.rmtree(left)
    part = target.with_name(f"{_PART}{os.getpid()}")
    part.mkdir()
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _pins(part: Path) -> Path:
    """Write down what is installed, which stays as it is."""
    lines = {
        f"{dist.metadata['Name']}=={dist.version}"
        for dist in importlib.metadata.distributions()
        if dist.metadata["Name"] and not str(dist.locate_file("")).startswith(str(folder()))
    }
    file = part / "constraints.txt"
    file.write_text("\n".join(sorted(lines)), encoding="utf-8")
    return file


def _resolved(wanted: list[str], part: Path, ctx: JobContext) -> list[str]:
    """Ask pip which packages are missing; ``["torch==2.13.0", …]``."""
    report, said = part / "report.json", part / _SAID

    def watch() -> None:
        said.touch()
        ctx.progress(0, 0, "asking which packages are needed")

    pip.run(
        [
            "install", "--dry-run", "--quiet", "--only-binary", ":all:", "--retries", "1",
            "--timeout", "20", "--constraint", str(_pins(part)), "--report", str(report), *wanted,
        ],
        said, watch,
    )  # fmt: skip
    found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return [f"{one['metadata']['name']}=={one['metadata']['version']}" for one in found]


def _fetch(packages: list[str], inside: Path, part: Path, ctx: JobContext) -> None:
    """Download and unpack packages into ``inside``."""
    said = part / _SAID
    begun = said.stat().st_size

    def watch() -> None:
        said.touch()
        lines = said.read_bytes()[begun:].decode(errors="replace").splitlines()
        done = sum(line.startswith("Collecting ") for line in lines)
        doing = next((x.strip() for x in reversed(lines) if _TELLING.match(x.strip())), "")
        if not doing.startswith("Installing"):  # then there are many files to look at
            doing = f"{doing} ({pip.size(part) / 1e6:.0f} MB so far)"
        ctx.progress(done, len(packages) + 1, doing)

    pip.run(
        [
            "install", "--target", str(inside), "--no-deps", "--no-compile",
            "--only-binary", ":all:", *packages,
        ],
        said, watch,
    )  # fmt: skip


def _try(inside: Path, part: Path, ctx: JobContext) -> None:
    """Import what was installed in a process of its own.

    torchaudio is only looked for: where there is no graphics card it takes a way round that only
    ``training/batches/vocoder.py`` knows.
    """
    said = part / _SAID
    new = {path.stem for path in inside.iterdir()} & MODULES
    if absent := sorted(MODULES - new - (MODULES - set(missing()))):
        raise pip.PipError(f"{absent[0]} did not come with it")
    code = "import sys, importlib; sys.path.append(sys.argv[1]); "
    code += f"[importlib.import_module(name) for name in {sorted(new - {'torchaudio'})}]"
    with said.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(inside)], stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        try:
            while process.poll() is None:
                said.touch()
                ctx.checkpoint()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    if process.returncode:
        last = said.read_text(errors="replace").strip().splitlines()[-1:]
        raise pip.PipError(f"it cannot be imported ({''.join(last)[:200]})")
