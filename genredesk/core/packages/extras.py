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
import sys
import time
from collections.abc import Generator
from pathlib import Path

from genredesk.core import paths
from genredesk.core.errors import GenreDeskError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.packages import pip

EXTRA = "train"
MODULES = frozenset(
    {"torch", "torchaudio", "onnxscript", "lightning_fabric", "optuna", "sklearn", "tqdm"}
)
"""What the extra brings, as it is imported."""

NEEDS_BYTES = 3_000_000_000
"""So much must be free: what is installed, and what pip unpacks meanwhile."""

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
    said = say("Full training is not installed ({module} is missing).", module=top)
    return MissingExtra(f"{said} {how()}")


@contextlib.contextmanager
def needed() -> Generator[None]:
    """Say plainly what is missing when an import of the block finds no module of the extra.

    Raises
    ------
    MissingExtra
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise lacking(error) or error from error


# ---------------------------------------------------------------- in words


def size() -> str:
    """Return how much room it takes, as part of a sentence."""
    return say(
        "about 0.8 GB on the disk, some 5 GB where PyTorch comes with its parts for NVIDIA cards"
    )


def brings() -> str:
    """Return what it is for and what it takes."""
    return say(
        "Full training needs PyTorch and what belongs to it: networks of your own from scratch, "
        "fine-tuning of all layers, the search for better recipes, the papers' experiments and new "
        "pieces of music. Quick training goes without. It takes {size}.",
        size=size(),
    )


def how() -> str:
    """Return how to get it."""
    return say(
        "Install it on the Train page or with “genredesk extras install”, or the whole program "
        "with pip install 'genredesk[train]'."
    )


def by_hand() -> str:
    """Return what to do where there is no pip."""
    return say(
        "This program has no pip to install it with. Full training comes with GenreDesk from the "
        "package index: pip install 'genredesk[train]' in a Python of its own; models trained "
        "there can be imported here."
    )


# ---------------------------------------------------------------- installing


def requirements() -> list[str]:
    """Return what the extra asks for, as pip reads it.

    Raises
    ------
    MissingExtra
        When the program does not know, because it was not installed as a package.
    """
    lines: list[str] = []
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        lines = importlib.metadata.requires("genredesk") or []
    marker = re.compile(rf"extra\s*==\s*['\"]{EXTRA}['\"]")
    found = [line.partition(";")[0].strip() for line in lines if marker.search(line)]
    if not found:
        raise MissingExtra(
            say(
                "What full training consists of is not known here, for GenreDesk was not "
                "installed as a package. Install it with: pip install 'genredesk[train]'."
            )
        )
    return found


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
        raise MissingExtra(by_hand())
    above = next(p for p in folder().parents if p.exists())
    free = shutil.disk_usage(above).free
    if free < NEEDS_BYTES:
        raise GenreDeskError(
            say(
                "{above}: {free:.1f} GB are free, and full training needs {needs_bytes:.0f} GB "
                "while it is installed. Make room and try again.",
                above=above,
                free=free / 1000000000.0,
                needs_bytes=NEEDS_BYTES / 1000000000.0,
            )
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
            ctx.progress(len(packages), len(packages) + 1, say("checking what was installed"))
            inside.mkdir(exist_ok=True)
            _try(inside, part, ctx)
            ctx.checkpoint()
            remove()
            inside.rename(target)
    except pip.PipError as error:
        raise GenreDeskError(
            say(
                "Full training could not be installed: {reason}. Nothing was changed.", reason=error
            )
        ) from error
    except OSError as error:
        raise GenreDeskError(
            say(
                "{target}: full training could not be installed ({strerror}). Nothing was changed.",
                target=target,
                strerror=error.strerror,
            )
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
            say(
                "{place} cannot be replaced ({strerror}). End the training that uses it.",
                place=place,
                strerror=error.strerror,
            )
        ) from error
    shutil.rmtree(aside, ignore_errors=True)
    return True


@contextlib.contextmanager
def _part(target: Path) -> Generator[Path]:
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
        ctx.progress(0, 0, say("asking which packages are needed"))

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
            doing = say(
                "{doing} ({size:.0f} MB so far)", doing=doing, size=pip.size(part) / 1000000.0
            )
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
    if absent := sorted(set(missing()) - new):
        raise pip.PipError(say("{absent} did not come with it", absent=absent[0]))
    code = "import sys, importlib; sys.path.append(sys.argv[1]); "
    code += f"[importlib.import_module(name) for name in {sorted(new - {'torchaudio'})}]"

    def watch() -> None:
        said.touch()
        ctx.checkpoint()

    if pip.watched([sys.executable, "-c", code, str(inside)], said, watch):
        last = said.read_text(errors="replace").strip().splitlines()[-1:]
        raise pip.PipError(say("it cannot be imported ({last})", last="".join(last)[:200]))
