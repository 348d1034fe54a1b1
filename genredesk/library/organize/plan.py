"""What is going to happen, as data: steps a person can look at, tick off and then let run.

Between the catalogue's rows (``items``) and the disk (``apply``): an action makes a plan of items,
the preview shows its steps, and exactly those steps are applied. Making a plan changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import mark, say
from genredesk.library.row_state import Answer

_UNITS = {
    "{files}": (mark("1 file"), mark("{n:,} files")),
    "{playlists}": (mark("1 playlist"), mark("{n:,} playlists")),
}


class PlanError(GenreDeskError):
    """A plan that cannot be made, applied or undone; the text says why and what to do."""


class StepKind(StrEnum):
    """What one step does."""

    TAG = "tag"
    MOVE = "move"
    COPY = "copy"
    WRITE = "write"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How a file is recognised without reading it.

    ``inode``, ``dev`` and ``n_links`` say more while a drive stays mounted, but change on some file
    systems when it is mounted again: :meth:`same` leaves them out.
    """

    size: int
    mtime_ns: int
    inode: int = 0
    dev: int = 0
    n_links: int = 1

    @classmethod
    def of(cls, stat: os.stat_result) -> Fingerprint:
        """Return the fingerprint of what ``os.stat`` said."""
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_dev, stat.st_nlink)

    def same(self, other: Fingerprint) -> bool:
        """Return whether size and time of the last change agree.

        File systems keep times in steps of their own, which shows when a file has been copied to
        another or when its drive is mounted again: the coarser time of the two decides.
        """
        if self.size != other.size:
            return False
        apart = abs(self.mtime_ns - other.mtime_ns)
        if not apart:
            return True
        steps = (s for s in _TIME_STEPS if not self.mtime_ns % s or not other.mtime_ns % s)
        return apart < next(steps, 0)


_TIME_STEPS = (2_000_000_000, 1_000_000_000, 10_000_000, 1_000_000, 1_000, 100)
"""In ns: FAT, HFS+, exFAT, and what network drives and NTFS keep."""


@dataclass(frozen=True, slots=True)
class Item:
    """One file of the catalogue as actions see it.

    Parameters
    ----------
    path
        Absolute; bytes that are no text are kept as ``os.fsdecode`` keeps them.
    fingerprint
        As it was when the file was last scanned.
    tag_genres
        Genres in the file's own tags.
    genres
        Genres to give it, in the person's words: the correction, else what is likeliest (however
        sure that is, ``state`` says it), mapped. Empty when nothing was heard.
    heard, score, state, runner_up, runner_score
        The likeliest genre, its score in [0, 1], how sure that is, the second genre and its score.
    away
        ``missing`` or ``offline`` where it was not there when last looked for.
    """

    file_id: int
    path: str
    fingerprint: Fingerprint
    title: str = ""
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    track_no: int = 0
    disc_no: int = 0
    year: int = 0
    seconds: float = 0.0
    tag_genres: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    heard: str = ""
    score: float = 0.0
    state: Answer = Answer.NONE
    away: str = ""
    runner_up: str = ""
    runner_score: float = 0.0

    @property
    def corrected(self) -> bool:
        """Whether a person set the genres."""
        return self.state is Answer.CORRECTED


@dataclass(frozen=True, slots=True)
class ActionOptions:
    """What a person chooses for an action; each action's ``uses`` names the ones it looks at.

    Parameters
    ----------
    to
        Folder to move, copy, or write into (for ``export`` it may name the file itself).
    template
        Path below ``to``, see :mod:`genredesk.library.organize.template`.
    number
        Two files that want one name get `` (2)``, `` (3)`` …; else the later ones are conflicts.
    keep
        Add genres to those in the tags instead of replacing them.
    per_genre
        One playlist for each genre instead of one of everything.
    name
        Name of the one playlist, or of the exported file, without its ending.
    format
        ``csv`` or ``json`` (export).
    """

    to: Path | None = None
    template: str = "{genre}/{artist}/{album}/{track:02} {title}"
    number: bool = False
    keep: bool = False
    per_genre: bool = True
    name: str = "GenreDesk"
    format: str = "csv"


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one file.

    Parameters
    ----------
    source, target
        Absolute paths. ``TAG``: the same twice; ``WRITE``: ``source`` is empty, or the same where
        a file of ours is written anew.
    before, after
        What the preview shows in its two columns.
    genres
        ``TAG``: what is written.
    content
        ``WRITE``: the file, whole.
    fingerprint
        What ``source`` has to look like when the step runs.
    conflict
        Why the step cannot run (a sentence); such a step is never applied.
    doubt
        Why a person should look before it runs (a sentence); such a step starts unticked.
    score
        How likely the genre is that it is about, in [0, 1]; 0 where it is about none, or a person
        set it.
    """

    kind: StepKind
    source: str
    target: str
    before: str
    after: str
    fingerprint: Fingerprint | None = None
    genres: tuple[str, ...] = ()
    content: bytes = field(default=b"", repr=False)
    conflict: str = ""
    doubt: str = ""
    file_id: int = 0
    score: float = 0.0

    @property
    def ticked(self) -> bool:
        """Whether the step runs unless the person says otherwise."""
        return not (self.conflict or self.doubt)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a plan amounts to: rows of each sort, and the bytes that steps ticked at first move."""

    steps: int
    ready: int
    doubts: int
    conflicts: int
    unchanged: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything an action would do.

    Parameters
    ----------
    action
        Name of the action's file.
    title
        What it does; ``{files}`` or ``{playlists}`` stands for how many, see :meth:`named`.
    steps
        In the order they run.
    unchanged
        Files that are already as they should be, and so have no step.
    to
        Folder everything goes to, if there is one.
    notes
        Sentences about files that have no row although a person might look for one.
    """

    action: str
    title: str
    steps: tuple[Step, ...]
    unchanged: int = 0
    to: str = ""
    notes: tuple[str, ...] = ()

    def named(self, n: int | None = None) -> str:
        """Return what it does to ``n`` files (all of its steps), for people to read."""
        n = len(self.steps) if n is None else n
        title = self.title
        for unit, (one, many) in _UNITS.items():
            title = title.replace(unit, say(one) if n == 1 else say(many, n=n), 1)
        return title

    @property
    def totals(self) -> Totals:
        """Count the rows."""
        conflicts = sum(1 for step in self.steps if step.conflict)
        doubts = sum(1 for step in self.steps if step.doubt and not step.conflict)
        ready = len(self.steps) - conflicts - doubts
        moved = 0
        for step in self.steps:
            if step.ticked:
                moved += len(step.content) if step.kind is StepKind.WRITE else _size(step)
        return Totals(len(self.steps), ready, doubts, conflicts, self.unchanged, moved)

    def ticked(self) -> list[int]:
        """Return the indices of the steps that run unless the person says otherwise."""
        return [index for index, step in enumerate(self.steps) if step.ticked]

    def chosen(self, ticked: Iterable[int] | None) -> list[Step]:
        """Return the steps to run, in order; a conflict is left out however it is ticked.

        Raises
        ------
        PlanError
            When an index is not one of this plan.
        """
        wanted = self.ticked() if ticked is None else sorted(set(ticked))
        if wanted and not 0 <= wanted[0] <= wanted[-1] < len(self.steps):
            raise PlanError(
                say(
                    "The plan has {n_steps} rows. Make it again and tick its rows.",
                    n_steps=len(self.steps),
                )
            )
        return [self.steps[index] for index in wanted if not self.steps[index].conflict]


def _size(step: Step) -> int:
    return step.fingerprint.size if step.fingerprint else 0
