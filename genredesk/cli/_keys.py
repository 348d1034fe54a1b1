"""Single keys from the terminal, read without waiting; the terminal is put back afterwards."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator

_SEQUENCES = {
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b": "escape",
}
_WINDOWS = {"M": "right", "K": "left", "H": "up", "P": "down"}


def _nothing() -> list[str]:
    return []


@contextlib.contextmanager
def pressed() -> Iterator[Callable[[], list[str]]]:
    """Yield a function that returns the keys pressed since its last call.

    Letters come as they are, the arrows as ``left``, ``right``, ``up`` and ``down``. Where standard
    input is no terminal, no key is ever pressed.
    """
    if not sys.stdin or not sys.stdin.isatty():
        yield _nothing
    elif sys.platform == "win32":
        yield _windows_keys
    else:
        with _unbuffered() as read:
            yield read


if sys.platform == "win32":
    import msvcrt

    def _windows_keys() -> list[str]:
        keys = []
        while msvcrt.kbhit():
            key = msvcrt.getwch()
            if key in "\x00\xe0":
                keys.append(_WINDOWS.get(msvcrt.getwch(), ""))
            elif key == "\x03":
                raise KeyboardInterrupt
            else:
                keys.append(key)
        return [key for key in keys if key]

else:
    import select
    import termios
    import tty

    @contextlib.contextmanager
    def _unbuffered() -> Iterator[Callable[[], list[str]]]:
        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)

        def read() -> list[str]:
            text = ""
            while select.select([terminal], [], [], 0)[0]:
                chunk = os.read(terminal, 64)
                if not chunk:
                    break
                text += chunk.decode(errors="ignore")
            return split(text)

        try:
            tty.setcbreak(terminal)  # Ctrl-C still interrupts
            yield read
        finally:
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def split(text: str) -> list[str]:
    """Return the keys in what a terminal sent, escape sequences as one key each."""
    keys = []
    while text:
        for sequence, name in _SEQUENCES.items():
            if text.startswith(sequence):
                keys.append(name)
                text = text[len(sequence) :]
                break
        else:
            keys.append(text[0])
            text = text[1:]
    return keys
