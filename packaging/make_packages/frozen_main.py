"""Where the packed program begins; packed by ``genredesk.spec``, never run from source."""

from __future__ import annotations

import ctypes.util
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path

# The packed program's own libraries are for itself: what it starts (pactl, a file manager) gets
# the search path back that the person had. The libraries of this process are found already;
# another process of our own would go by what it inherits, so it is told to begin anew.
if "LD_LIBRARY_PATH" in os.environ and sys.platform.startswith("linux"):
    before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    if before is None:
        del os.environ["LD_LIBRARY_PATH"]
    else:
        os.environ["LD_LIBRARY_PATH"] = before
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"


def with_ours(find: Callable[[str], str | None]) -> Callable[[str], str | None]:
    """Let a library that the system does not have be found among those that were packed."""

    def find_library(name: str) -> str | None:
        packed = Path(sys._MEIPASS) / f"lib{name}.so.2"  # type: ignore[attr-defined]
        return find(name) or (str(packed) if packed.is_file() else None)

    return find_library


if sys.platform.startswith("linux"):
    ctypes.util.find_library = with_ours(ctypes.util.find_library)  # sounddevice asks for portaudio

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a worker of a scan ends here
    from genredesk.__main__ import main

    sys.exit(main())
