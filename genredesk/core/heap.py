"""Memory and the interpreter's lock, set for a window that lives for days and must not stutter.

With glibc's own settings the rings of sources that are long closed stay in the process: after
thirty songs played one after the other it was 380 MB, with these 270.
"""

from __future__ import annotations

import contextlib
import gc
import sys

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3  # malloc.h

_LARGE_BYTES = 1_000_000
"""Blocks from here on are the system's own and go back to it at once: a ring has 5 MB."""

_ARENAS = 2
"""One thread computes at a time; every further arena keeps freed memory for itself."""

_SWITCH_S = 0.0005
"""Painting a frame gives the lock up and takes it back several times; with Python's own 5 ms each
of these waits that long for a thread that computes."""


def set_switch_interval() -> None:
    """Let a thread that waits for the interpreter's lock have it soon."""
    sys.setswitchinterval(_SWITCH_S)


def freeze_gc() -> None:
    """Count all that is loaded among what stays: the collector does not walk through it again.

    Modules and widgets are a hundred thousand objects; walking through them stops every thread
    for 30 ms and more, at some moment nobody can foresee.
    """
    gc.freeze()


def tune_malloc() -> None:
    """Set the allocator; nothing where it is not glibc's."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes  # noqa: PLC0415 - not before the window stands

    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.mallopt(_ARENA_MAX, _ARENAS)
