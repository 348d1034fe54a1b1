"""A bundle as one ``.genredesk`` zip file: packing, and unpacking what may come from anybody.

Only plain file names of known kinds are accepted, and never more bytes than announced and allowed.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path

from genredesk.core import atomic
from genredesk.core.errors import BundleError

SUFFIX = ".genredesk"
MAX_FILES = 32
MAX_FILE_BYTES = 1 << 30
MAX_TOTAL_BYTES = 1 << 30
MAX_RATIO = 200
"""Unpacked over packed size; weights hardly shrink, a bomb shrinks a thousandfold."""

ALLOWED = {".onnx", ".safetensors", ".json", ".md", ".txt", ".png"}
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
        raise BundleError(f"it holds {len(entries)} files, more than {MAX_FILES}")
    seen = set()
    for entry in entries:
        shown = entry.filename[:80]
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if entry.is_dir() or kind not in (0, stat.S_IFREG) or not allowed_name(entry.filename):
            raise BundleError(f"it holds “{shown}”, which does not belong into a bundle")
        if entry.filename.casefold() in seen:
            raise BundleError(f"it holds “{shown}” twice")
        seen.add(entry.filename.casefold())
        if entry.flag_bits & 1:
            raise BundleError(f"“{shown}” in it is encrypted")
        if entry.file_size > MAX_FILE_BYTES:
            raise BundleError(f"“{shown}” in it is too large ({entry.file_size >> 20} MB)")
        if entry.file_size > _CHUNK and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise BundleError(f"“{shown}” in it would unpack to far more than it is")
    if sum(e.file_size for e in entries) > MAX_TOTAL_BYTES:
        raise BundleError(f"it would unpack to more than {MAX_TOTAL_BYTES >> 20} MB")


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    left = entry.file_size
    with archive.open(entry) as source, target.open("xb") as file:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise BundleError(f"“{entry.filename}” in it is larger than it says")
            file.write(chunk)
    if left:
        raise BundleError(f"“{entry.filename}” in it is shorter than it says")


def unpack(path: Path, folder: Path) -> list[str]:
    """Unpack ``path`` into the empty ``folder``; return the file names.

    Raises
    ------
    BundleError
        With half a sentence; the caller names the file.
    OSError
        When the folder cannot be written.
    """
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise BundleError("there is no such file") from error
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BundleError("it is not a GenreDesk bundle (not a zip file)") from error
    except OSError as error:
        raise BundleError(f"it cannot be read ({error.strerror or error})") from error
    with archive:
        entries = archive.infolist()
        _check_entries(entries)
        for entry in entries:
            try:
                _extract(archive, entry, folder / entry.filename)
            except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
                raise BundleError(f"“{entry.filename}” in it is damaged") from error
    return [e.filename for e in entries]
