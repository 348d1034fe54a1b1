"""A progress bar on standard error; nothing at all where nobody is looking."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Drawing

from genredesk.core.job import JobContext, Progress
from genredesk.core.names import LONGEST_LINE, shown

_BAR_CELLS = 24
_MOST_WORDS = 40


class Bar:
    """One line: what is being done, how much of it, and how long it may still take.

    Parameters
    ----------
    title
        What is being done as long as the job has no words of its own.
    rate
        Whether to show how many steps are done in a second.

    Attributes
    ----------
    console
        Writes lines that stay, above the bar.
    """

    def __init__(self, title: str, *, rate: bool = False) -> None:
        self.console = Console(stderr=True, highlight=False, markup=False)
        self._words = min(_MOST_WORDS, self.console.width // 3)
        self._rate = rate
        self._drawing = Drawing(
            # names of files stand in it, and brackets in them are no markup
            TextColumn("{task.description}", markup=False),
            BarColumn(_BAR_CELLS),
            MofNCompleteColumn(),
            *([TextColumn("{task.fields[rate]}")] if rate else []),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            # a line of results printed meanwhile stands above the bar, or in the file it goes to
            redirect_stdout=sys.stdout.isatty(),
            disable=not self.console.is_terminal,
        )
        self._task = self._drawing.add_task(title[: self._words], total=None, rate="")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Draw the bar until it is taken away."""
        self._drawing.start()

    def stop(self) -> None:
        """Take the bar away."""
        self._drawing.stop()

    def show(self, progress: Progress) -> None:
        """Draw how far a job is; without words of its own it goes on with what is being done."""
        speed = self._drawing.tasks[0].speed if self._rate and progress.total else None
        self._drawing.update(
            self._task,
            completed=progress.done,
            total=progress.total or None,
            description=shown(progress.message, self._words) or None,
            rate=f"{speed:.1f}/s" if speed else "",
        )


@contextlib.contextmanager
def bar(title: str, *, rate: bool = False) -> Iterator[JobContext]:
    """Give a job context whose progress is drawn until the block ends."""
    with Bar(title, rate=rate) as drawn:
        yield JobContext(drawn.show)


def note(text: str) -> None:
    """Say something on standard error, above a bar that is drawn."""
    print(shown(text, LONGEST_LINE), file=sys.stderr, flush=True)
