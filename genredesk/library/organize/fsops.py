"""The only place where the library touches a person's files; everything that differs by system.

Below ``apply``. Each function does one thing that can be told, after a kill at any moment, from its
traces on the disk; none ever overwrites a file it has not made.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import shutil
import stat as modes
import sys
import unicodedata
from collections.abc import Callable, Iterable
from typing import BinaryIO

from genredesk.core.messages import say
from genredesk.library.organize.plan import Fingerprint

CHUNK = 1 << 20
PLACEHOLDER = b"A file is on its way here. GenreDesk removes this note itself.\n"
"""Keeps a name free on file systems that know neither links nor a rename that never overwrites."""

_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_RENAME_EXCL = 4


def look(path: str) -> os.stat_result | None:
    """Return what lies at ``path`` (links are not followed), ``None`` when nothing does."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def fingerprint(path: str) -> Fingerprint | None:
    """Return the fingerprint of what lies at ``path``, ``None`` when nothing does."""
    found = look(path)
    return None if found is None else Fingerprint.of(found)


def is_link(stat: os.stat_result) -> bool:
    """Return whether this is a symbolic link."""
    return modes.S_ISLNK(stat.st_mode)


def is_plain(stat: os.stat_result) -> bool:
    """Return whether this is a file with contents, neither folder, link nor device."""
    return modes.S_ISREG(stat.st_mode)


def is_protected(stat: os.stat_result) -> bool:
    """Return whether nobody may write the file: somebody meant it to stay as it is."""
    return not stat.st_mode & (modes.S_IWUSR | modes.S_IWGRP | modes.S_IWOTH)


# ---------------------------------------------------------------- names that are free


def _system_rename() -> Callable[[bytes, bytes], int] | None:
    """Return the system's rename that fails when the new name is taken, if it has one."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            call = libc.renamex_np
            call.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint)
            return lambda source, target: call(source, target, _RENAME_EXCL)
        call = libc.renameat2
        call.argtypes = (
            ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint,
        )  # fmt: skip
    except (AttributeError, OSError, TypeError):
        return None
    return lambda source, target: call(_AT_FDCWD, source, _AT_FDCWD, target, _RENAME_NOREPLACE)


_exclusive = None if sys.platform == "win32" else _system_rename()


def rename(source: str, target: str) -> None:
    """Give a file another name on the same file system, never that of another file.

    Raises
    ------
    FileExistsError
        When ``target`` exists (also when it appeared this very moment).
    OSError
        ``EXDEV`` when the names lie on different file systems; nothing has happened then.
    """
    if sys.platform == "win32":
        os.rename(source, target)  # noqa: PTH104 - refuses taken names there, unlike replace
        return
    if _exclusive is not None:
        if _exclusive(os.fsencode(source), os.fsencode(target)) == 0:
            return
        code = ctypes.get_errno()
        if code == errno.EEXIST and _only_case_differs(source, target):
            os.rename(source, target)  # noqa: PTH104
            return
        if code not in _UNSUPPORTED:
            raise OSError(code, os.strerror(code), source, None, target)
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _UNSUPPORTED | {errno.EMLINK}:
            raise
    else:
        try:
            unlink(source)
        except OSError:  # a locked file, or somebody else's in a shared folder
            unlink(target)
            raise
        return
    _rename_over_placeholder(source, target)


def _only_case_differs(source: str, target: str) -> bool:
    """Return whether ``target`` is only found because the file system ignores case."""
    folder, name = os.path.split(target)
    if os.path.split(source)[0] != folder or fold(os.path.basename(source)) != fold(name):  # noqa: PTH119
        return False
    return name not in os.listdir(folder) and os.path.samefile(source, target)  # noqa: PTH121, PTH208


def _rename_over_placeholder(source: str, target: str) -> None:
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(PLACEHOLDER)
    except OSError:
        unlink(target)
        raise
    try:
        os.replace(source, target)  # noqa: PTH105
    except OSError:
        unlink(target)
        raise


def drop_placeholder(path: str) -> None:
    """Remove a placeholder that a kill left at ``path``; anything else stays."""
    found = look(path)
    if found is None or not is_plain(found) or found.st_size > len(PLACEHOLDER):
        return
    with open(path, "rb") as file:  # noqa: PTH123
        if not PLACEHOLDER.startswith(content := file.read()) or not content:
            return
    unlink(path)


def fold(name: str) -> str:
    """Return what names are compared by: alike here means one file on some system."""
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


# ---------------------------------------------------------------- contents


def create(path: str, mode: int = 0o600) -> BinaryIO:
    """Open a new file for reading and writing; an existing one is an error, never a victim."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, mode), "w+b")


def sync(file: BinaryIO) -> None:
    """Wait until everything written is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(path: str) -> None:
    """Wait until the names in a folder are on the disk, where the system can be asked to."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def digest(path: str) -> bytes:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:  # noqa: PTH123
        return hashlib.file_digest(file, "sha256").digest()


def copy_content(source: str, temp: str) -> bytes:
    """Copy a file's content into the new file ``temp``, sync it, read it again and compare.

    Returns
    -------
    bytes
        The SHA-256 of both.

    Raises
    ------
    OSError
        When something cannot be read or written, or came out different; ``temp`` is removed.
    """
    try:
        with open(source, "rb") as original, create(temp) as copy:  # noqa: PTH123
            seen = hashlib.sha256()
            while block := original.read(CHUNK):
                seen.update(block)
                copy.write(block)
            sync(copy)
            forget_cache(copy)
        if digest(temp) != seen.digest():
            raise OSError(errno.EIO, "the copy differs from the original", temp)
    except OSError:
        discard(temp)
        raise
    return seen.digest()


def write_content(temp: str, content: bytes) -> None:
    """Write the new file ``temp`` and sync it; on an error it is removed."""
    try:
        with create(temp, 0o666) as file:
            file.write(content)
            sync(file)
    except OSError:
        discard(temp)
        raise


def forget_cache(file: BinaryIO) -> None:
    """Ask the system to read the file from the disk next time, so that a check is one."""
    advise = getattr(os, "posix_fadvise", None)
    if advise is not None:
        with contextlib.suppress(OSError):
            advise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def copy_attributes(source: str, target: str, *, times: bool) -> None:
    """Give ``target`` what is known about ``source`` beside its contents.

    That is permissions, owner, extended attributes and, with ``times``, its times. What the file
    system or the person's rights do not allow is left out: contents come first.
    """
    found = os.stat(source)  # noqa: PTH116
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(target, found.st_uid, found.st_gid)
    now = os.stat(target)  # noqa: PTH116
    with contextlib.suppress(OSError):
        shutil.copystat(source, target)
    if not times:
        os.utime(target, ns=(now.st_atime_ns, now.st_mtime_ns))


# ---------------------------------------------------------------- folders and leftovers


def make_folder(path: str) -> None:
    """Make one folder; its parent has to be there."""
    os.mkdir(path)  # noqa: PTH102


def missing_folders(places: Iterable[str]) -> list[str]:
    """Return the folders that have to be made for these to be there, parents first."""
    wanted: set[str] = set()
    known: set[str] = set()
    for folder in places:
        place = folder
        while place not in known:
            known.add(place)
            if os.path.isdir(place):  # noqa: PTH112
                break
            wanted.add(place)
            place = os.path.dirname(place)  # noqa: PTH120
    return sorted(wanted, key=lambda folder: (folder.count(os.sep), folder))


def remove_folder(path: str) -> bool:
    """Remove a folder if it is empty; return whether it is gone."""
    try:
        os.rmdir(path)  # noqa: PTH106
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def unlink(path: str) -> None:
    """Remove one name of a file."""
    os.unlink(path)  # noqa: PTH108


def replace(temp: str, path: str) -> None:
    """Put a finished file of ours in the place of ``path``, in one step."""
    os.replace(temp, path)  # noqa: PTH105


def discard(path: str) -> None:
    """Remove a file of our own that is no longer needed, if it is there."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        unlink(path)


def temp_beside(path: str, mark: str) -> str:
    """Return the name of our own unfinished file in the folder of ``path``.

    ``mark`` makes it ours beyond doubt (catalogue, plan and step), so that it can be swept up after
    a kill. Hidden, so that no scan picks it up; with the file's own ending, by which some kinds of
    tags are told apart.
    """
    folder, name = os.path.split(path)
    ending = os.path.splitext(name)[1]  # noqa: PTH122
    return os.path.join(folder, f".genredesk-{mark}.part{ending[:16]}")  # noqa: PTH118


def explain(error: OSError) -> str:
    """Put what the system says into half a sentence."""
    known = {
        errno.ENOSPC: say("the disk is full"),
        errno.EDQUOT: say("your share of the disk is used up"),
        errno.EACCES: say("you have no permission"),
        errno.EPERM: say("the system does not allow it"),
        errno.EROFS: say("the drive is read-only"),
        errno.ENOENT: say("it is no longer there"),
        errno.EEXIST: say("there is already something of that name"),
        errno.ENAMETOOLONG: say("the name is too long for this drive"),
        errno.EIO: say("the drive reports an error"),
        errno.ESTALE: say("the network drive is gone"),
        errno.EBUSY: say("another program is using it"),
        errno.ETXTBSY: say("another program is using it"),
        errno.EILSEQ: say("this drive does not take such a name"),
        errno.EINVAL: say("this drive does not take such a name"),
        errno.ELOOP: say("its links lead in a circle"),
        errno.EFBIG: say("it is too large for this drive"),
    }
    said = known.get(error.errno or 0)
    return said or (error.strerror or str(error) or type(error).__name__).lower()


def is_full(error: OSError) -> bool:
    """Return whether going on is pointless because the disk is full."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}
