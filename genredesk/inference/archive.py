"""A bundle as one ``.genredesk`` zip file: packing, and unpacking what may come from anybody.

Only plain file names of known kinds are accepted, and never more bytes than announced and allowed.
The folder of a bundle, as a training writes it, is taken just so.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import stat
import zipfile
import zlib
from pathlib import Path

from genredesk.core import atomic
from genredesk.core.errors import BundleError
from genredesk.core.messages import mark, say
from genredesk.core.names import no_path

SUFFIX = ".genredesk"
MAX_FILES = 32
MAX_FILE_BYTES = 1 << 30
MAX_TOTAL_BYTES = 1 << 30
MAX_RATIO = 200
"""Unpacked over packed size; weights hardly shrink, a bomb shrinks a thousandfold."""

ALLOWED = {".onnx", ".safetensors", ".json", ".md", ".txt", ".png"}
CARD = "card.json"
_OTHER = mark("Choose a .genredesk file, or the folder of a bundle, which holds a card.json.")
_UNSOUND = mark(
    "No model is made like that: delete the file, and get the model from where it was made."
)
_IN_A_FOLDER = re.compile(rf"[^/.][^/]*/{re.escape(CARD)}")
_CHUNK = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)


def allowed_name(name: str) -> bool:
    """Whether ``name`` is a plain file name of a kind that belongs into a bundle."""
    return (
        0 < len(name) <= 100
        and name.isprintable()
        and not set(name) & set('/\\:*?"<>|')
        and not name.startswith(".")
        and Path(name).suffix in ALLOWED
    )


def pack(folder: Path, names: list[str], target: Path) -> None:
    """Write the files ``names`` of ``folder`` to ``target``, atomically and reproducibly."""
    with (
        atomic.atomic_file(target) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in names:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, (folder / name).read_bytes())


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_FILES:
        raise BundleError(
            say(
                "it holds {n_entries} files, more than {max_files}",
                n_entries=len(entries),
                max_files=MAX_FILES,
            )
        )
    if inside := next((e.filename for e in entries if _IN_A_FOLDER.fullmatch(e.filename)), ""):
        name = inside.partition("/")[0][:80]
        raise BundleError(
            say("its files lie in the folder “{name}” inside", name=name),
            say("Unpack it and import that folder."),
        )
    if CARD not in {entry.filename for entry in entries}:
        raise BundleError(say("it has no {card}, so it is no model", card=CARD), say(_OTHER))
    seen: set[str] = set()
    for entry in entries:
        shown = entry.filename[:80]
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if entry.is_dir() or kind not in (0, stat.S_IFREG) or not allowed_name(entry.filename):
            raise BundleError(
                say("it holds “{shown}”, which does not belong into a bundle", shown=shown)
            )
        if entry.filename.casefold() in seen:
            raise BundleError(say("it holds “{shown}” twice", shown=shown))
        seen.add(entry.filename.casefold())
        if entry.flag_bits & 1:
            raise BundleError(say("“{shown}” in it is encrypted", shown=shown))
        if entry.file_size > MAX_FILE_BYTES:
            raise BundleError(
                say(
                    "“{shown}” in it is too large ({file_size} MB)",
                    shown=shown,
                    file_size=entry.file_size >> 20,
                )
            )
        if entry.file_size > _CHUNK and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise BundleError(
                say("“{shown}” in it would unpack to far more than it is", shown=shown),
                say(_UNSOUND),
            )
    if sum(e.file_size for e in entries) > MAX_TOTAL_BYTES:
        raise BundleError(
            say(
                "it would unpack to more than {max_total_bytes} MB",
                max_total_bytes=MAX_TOTAL_BYTES >> 20,
            ),
            say(_UNSOUND),
        )


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    left = entry.file_size
    with archive.open(entry) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise BundleError(
                    say("“{filename}” in it is larger than it says", filename=entry.filename)
                )
            file.write(chunk)
    if left:
        raise BundleError(
            say("“{filename}” in it is shorter than it says", filename=entry.filename)
        )


def _copied(path: Path, folder: Path) -> list[str]:
    """Copy the files of the bundle in ``path``; what cannot belong to one stays behind."""
    with contextlib.ExitStack() as stack:
        try:
            found = [f for f in sorted(path.iterdir()) if allowed_name(f.name) and f.is_file()]
            if CARD not in {f.name for f in found}:
                raise BundleError(
                    say("it is a folder without a card.json, so it is no model"), say(_OTHER)
                )
            if len(found) > MAX_FILES or sum(f.stat().st_size for f in found) > MAX_TOTAL_BYTES:
                raise BundleError(say("it holds more than a bundle may"), say(_OTHER))
            sources = [stack.enter_context(f.open("rb")) for f in found]
        except OSError as error:
            raise BundleError(
                say("it cannot be read ({reason})", reason=error.strerror or error)
            ) from error
        for source, file in zip(sources, found, strict=True):
            with (folder / file.name).open("xb") as target:
                shutil.copyfileobj(source, target)
    return [f.name for f in found]


def unpack(path: Path, folder: Path) -> list[str]:
    """Unpack ``path``, a file or a bundle's folder, into the empty ``folder``; return the names.

    Raises
    ------
    BundleError
        With half a sentence; the caller names the file.
    OSError
        When the folder cannot be written.
    """
    if path.is_dir():
        return _copied(path, folder)
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        reason, fix = no_path(path)
        raise BundleError(reason or say("there is no such file"), fix) from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BundleError(
            say("it is not a GenreDesk bundle, or only a part of one"), say(_OTHER)
        ) from error
    except OSError as error:
        raise BundleError(
            say("it cannot be read ({reason})", reason=error.strerror or error)
        ) from error
    with archive:
        entries = archive.infolist()
        _check_entries(entries)
        for entry in entries:
            try:
                _extract(archive, entry, folder / entry.filename)
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
                raise BundleError(
                    say("“{filename}” in it is damaged", filename=entry.filename)
                ) from error
    return [e.filename for e in entries]
