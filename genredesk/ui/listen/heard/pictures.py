"""Makes the picture of a sound that is there already: a whole file, or what is held of a device.

Runs on a lane of its own; what is made comes in parts, so that a long file is seen as it fills.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from genredesk.ui.services.jobs import Job

if TYPE_CHECKING:
    import numpy as np

    from genredesk.features.axes import DisplayAxis

LANE = "picture"
_PART = 1024  # columns


class AnewSignal:
    """A part that says: what was made so far is void, it begins anew."""


ANEW = AnewSignal()


def of_file(path: Path, axis: DisplayAxis, job: Job) -> None:
    """Hand out a file's columns, quantised ``(n, rows)``, from its beginning to its end.

    Raises
    ------
    AudioFileError
        When it cannot be read.
    Cancelled
        When another one is wanted.
    """
    from genredesk.audio.decode import listen_through  # noqa: PLC0415 - after the first paint

    def use(blocks: Iterator[np.ndarray]) -> None:
        job.part(ANEW)
        _columns(blocks, axis, job)

    listen_through(path, axis.spec.sample_rate, use)


def of_sound(sound: np.ndarray, axis: DisplayAxis, job: Job) -> None:
    """Hand out the columns of ``sound (n,)``."""
    job.part(ANEW)
    size = axis.spec.sample_rate * 5
    _columns((sound[i : i + size] for i in range(0, len(sound), size)), axis, job)


def _columns(blocks: Iterable[np.ndarray], axis: DisplayAxis, job: Job) -> None:
    import numpy as np  # noqa: PLC0415

    from genredesk.features.axes import AxisStream  # noqa: PLC0415
    from genredesk.features.pyramid import quantised  # noqa: PLC0415

    stream, waiting, count = AxisStream(axis), [], 0
    for block in blocks:
        job.context.checkpoint()
        cells = quantised(stream.push(block).T)
        waiting.append(cells)
        count += len(cells)
        if count >= _PART:
            job.part(np.concatenate(waiting))
            waiting, count = [], 0
    if count:
        job.part(np.concatenate(waiting))
