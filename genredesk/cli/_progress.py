"""A progress bar on standard error for jobs; nothing at all where nobody is looking."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from genredesk.core.job import JobContext, Progress


@contextlib.contextmanager
def bar(title: str) -> Iterator[JobContext]:
    """Give a job context whose progress is drawn until the block ends."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as drawn:
        task = drawn.add_task(title, total=None)

        def show(progress: Progress) -> None:
            drawn.update(task, completed=progress.done, total=progress.total or None)

        yield JobContext(show)
