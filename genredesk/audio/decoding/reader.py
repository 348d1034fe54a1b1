"""An open file that is read front to back, and what its decoder knows about it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genredesk.core.errors import AudioFileError
from genredesk.core.messages import say
from genredesk.core.names import no_path

log = logging.getLogger(__name__)

FloatArray = NDArray[np.float32]


def no_sound(path: str | Path) -> AudioFileError:
    """Return the error of a file in which there is nothing to hear."""
    return AudioFileError(
        path,
        say("it holds no sound that can be decoded"),
        say("It may be damaged, copy-protected, or something else under this name."),
    )


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a decoder knows about an open file.

    ``seconds`` is ``None`` where nothing says it, and a guess from the bit rate where ``exact`` is
    false.
    """

    rate: int
    channels: int
    seconds: float | None
    exact: bool
    codec: str
    container: str
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


class Reader:
    """An open file that is read front to back; the kinds of decoders add how."""

    path: Path
    facts: StreamInfo

    def blocks(self, frames: int) -> Iterator[FloatArray]:
        """Give blocks of about ``frames`` frames, shape ``(n, channels)``, until the end.

        Of more than two channels blocks are shorter: never more numbers than of stereo.

        Raises
        ------
        AudioFileError
            When the rest cannot be decoded; what was good has been given before.
        """
        with its_problem(self.path):
            yield from self._blocks(max(1, frames * 2 // max(2, self.facts.channels)))

    def _blocks(self, frames: int) -> Iterator[FloatArray]:
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the file."""
        raise NotImplementedError


RATES = 1000, 3_000_000
"""Sample rates in Hz that sound can have; what DSD512 is decoded to is the highest."""


@contextlib.contextmanager
def its_problem(path: Path) -> Generator[None]:
    """Make whatever a decoder raises an error of this file: decoders have defects, too."""
    try:
        yield
    except AudioFileError:
        raise
    except MemoryError as error:
        reason = say("it needs more memory than there is")
        raise AudioFileError(path, reason, say("It may be damaged.")) from error
    except Exception as error:
        log.info("Decoding %s failed", path, exc_info=True)
        raise no_sound(path) from error


def unreadable(path: Path, error: OSError) -> AudioFileError:
    """Put what the operating system says about ``path`` into words."""
    if isinstance(error, FileNotFoundError):
        reason, fix = no_path(path)
        if reason:
            return AudioFileError(path, reason, fix)
        return AudioFileError(
            path, say("it is not, or no longer, there"), say("Check that its drive is connected.")
        )
    if isinstance(error, PermissionError):
        return AudioFileError(
            path,
            say("you are not allowed to read it"),
            say("Change its permissions or copy it elsewhere."),
        )
    if isinstance(error, IsADirectoryError):
        return AudioFileError(path, say("it is a folder, not a file"))
    reason = error.strerror or type(error).__name__
    return AudioFileError(
        path, say("it cannot be read ({reason})", reason=reason), say("Check its drive.")
    )
