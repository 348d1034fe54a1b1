"""Many files, one after the other; one that cannot be read does not stop the others."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from genredesk.core.errors import AudioFileError
from genredesk.core.job import JobContext
from genredesk.core.scores import Scores
from genredesk.core.trust import Care
from genredesk.inference.bundle import Bundle
from genredesk.inference.runtime.protocol import Runtime
from genredesk.inference.track import TrackResult, analyse_track


class _Within(JobContext):
    """One file's part of a longer job: it reports as a fraction and stops with the whole."""

    def __init__(self, whole: JobContext, index: int, n_files: int, name: str) -> None:
        super().__init__()
        self._whole = whole
        self._index = index
        self._n_files = n_files
        self._name = name

    def progress(self, done: float, total: float, message: str = "") -> None:
        fraction = min(1.0, done / total) if total > 0 else 0.0
        self._whole.progress(self._index + fraction, self._n_files, message or self._name)

    def checkpoint(self) -> None:
        self._whole.checkpoint()


def analyse_many(
    paths: Iterable[Path],
    bundle: Bundle,
    runtime: Runtime,
    ctx: JobContext,
    *,
    hop_s: float | None = None,
    care: Care | str = Care.BALANCED,
    on_windows: Callable[[Path, list[Scores]], None] | None = None,
    n_files: int = 0,
) -> Iterator[TrackResult | AudioFileError]:
    """Yield for every path, in order, its result or the reason why there is none.

    Parameters
    ----------
    paths
        May be lazy, as :func:`genredesk.audio.decode.find_audio` is.
    ctx
        Told how many files are done; may cancel between two pieces of a file.
    hop_s, care
        See :func:`~genredesk.inference.track.analyse_track`.
    on_windows
        Called with the file and its new scores as they come.
    n_files
        How many there are, for the progress; 0 when that is not known.

    Raises
    ------
    Cancelled
        When the job was asked to stop.
    """
    for index, path in enumerate(paths):
        file = Path(path)
        ctx.progress(index, n_files, file.name)
        tell = functools.partial(on_windows, file) if on_windows is not None else None
        try:
            yield analyse_track(
                file, bundle, runtime, _Within(ctx, index, n_files, file.name),
                hop_s=hop_s, on_windows=tell, care=care,
            )  # fmt: skip
        except AudioFileError as error:
            yield error
