"""Errors a person can read: what happened, to which file or device, and what to do.

Everything the program expects to go wrong is raised as one of these; ``ui`` and ``cli`` show
``str(error)`` as it is. Anything else that escapes is a defect.
"""

from __future__ import annotations

from pathlib import Path

from genredesk.core.names import shown


class GenreDeskError(Exception):
    """An expected failure whose text is shown to the person as it is."""


class Cancelled(GenreDeskError):  # noqa: N818 - an outcome, not a fault
    """The person asked a job to stop, and it did."""


class AudioFileError(GenreDeskError):
    """A file that cannot be decoded.

    Parameters
    ----------
    path
        The file.
    reason
        What is wrong with it, as half a sentence ("it holds no sound").
    fix
        What to do, as a sentence; may be empty.
    """

    def __init__(self, path: str | Path, reason: str, fix: str = "") -> None:
        self.path = Path(path)
        self.reason = reason
        self.fix = fix
        super().__init__(f"{shown(self.path.name)}: {reason}." + (f" {fix}" if fix else ""))


class DeviceError(GenreDeskError):
    """A sound device that is missing, busy or lost; the text names it and says what to do."""


class BundleError(GenreDeskError):
    """A model bundle that is broken, foreign or made for another front end.

    Parameters
    ----------
    text
        The whole text, or half a sentence where the one who catches it names the bundle.
    fix
        What to do instead of the usual advice, as a sentence; may be empty.
    """

    def __init__(self, text: str, fix: str = "") -> None:
        self.fix = fix
        super().__init__(text)


class DataError(GenreDeskError):
    """Training data that cannot be used; the text names the file or class and the fix."""


class SettingsError(GenreDeskError):
    """Settings that cannot be read or written."""
