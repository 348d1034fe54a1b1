"""What commands write: lines, JSON, or a file that is refused before long work, then whole."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from genredesk.core import atomic, messages
from genredesk.core.errors import DataError
from genredesk.core.names import LONGEST_LINE, shown


def check(path: Path | None) -> None:
    """Refuse a file that cannot be written, so that nobody waits for it in vain.

    Raises
    ------
    DataError
        Names the file and says why.
    """
    if path is None:
        return
    if path.is_dir():
        raise DataError(messages.say("{path} is a folder. Name a file in it.", path=path))
    folder(path.parent)


def folder(path: Path) -> None:
    """Make a folder to write to, or say why that cannot be.

    Raises
    ------
    DataError
        Names the folder and says why.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK):
            raise PermissionError(13, os.strerror(13))
    except OSError as error:
        raise DataError(
            messages.say(
                "{path}: nothing can be written there ({reason}). Choose another place.",
                path=path,
                reason=error.strerror or error,
            )
        ) from error


def say(text: str) -> None:
    """Write a line to standard output; no name in it can steer the terminal."""
    print(shown(text, LONGEST_LINE), flush=True)


def warn(text: str) -> None:
    """Write a line to standard error."""
    print(f"genredesk: {shown(text, LONGEST_LINE)}", file=sys.stderr, flush=True)


def json_line(value: Any) -> str:
    """Return one line of JSON; names that are no text (broken bytes) are escaped."""
    line = json.dumps(value, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return line


def write_json(path: Path | None, value: Any) -> None:
    """Write ``value``, if a file was asked for.

    Raises
    ------
    DataError
        When it can no longer be written.
    """
    if path is None:
        return
    try:
        atomic.write_json(path, value)
    except OSError as error:
        raise DataError(
            messages.say(
                "{path} cannot be written ({reason}). Choose another place or make room.",
                path=path,
                reason=error.strerror or error,
            )
        ) from error
