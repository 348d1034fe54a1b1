"""One step of a plan, done or taken back, and looked at after a kill.

Between ``executor`` (which journals and batches) and ``fsops`` (which touches the disk). What is
one rename or removal is done *at once*; anything that makes a file is *prepared* under a hidden
name, journalled, and only then *published* under its own.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.library.catalogue import roots
from genredesk.library.organize import fsops, patch, tags
from genredesk.library.organize.journal import Direction, JournalEntry, StepState
from genredesk.library.organize.plan import Fingerprint, StepKind


class Refused(GenreDeskError):  # noqa: N818 - a decision: this file is left as it is
    """Why a file is left as it is, as a sentence."""


class DiskFull(GenreDeskError):  # noqa: N818 - said as it is
    """There is no room to go on; everything is whole."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A finished file under a hidden name, waiting to be published."""

    entry: JournalEntry
    temp: str
    patch: bytes = b""


@dataclass(frozen=True, slots=True)
class StepExecutor:
    """How the steps of one run are done.

    Parameters
    ----------
    mark
        The catalogue's own mark in the names of hidden files.
    way
        Whether steps are done or taken back.
    contents
        Gives what a ``WRITE`` step writes; on the way back, what brings the bytes of a file back
        that got other content.
    made
        Folders that had to be made again on the way back.
    """

    mark: str
    way: Direction
    contents: Callable[[JournalEntry], bytes]
    made: list[str] = field(default_factory=list)

    # -------------------------------------------------------------- which way

    def ends(self, entry: JournalEntry) -> tuple[str, str]:
        """Return where a file comes from and where it goes in this run."""
        return (entry.target, entry.source) if self.back else (entry.source, entry.target)

    def expected(self, entry: JournalEntry) -> Fingerprint:
        """Return what the file has to look like before this run touches it."""
        return (entry.result or entry.fingerprint) if self.back else entry.fingerprint

    def temp(self, entry: JournalEntry) -> str:
        """Return the hidden name of the file this run makes for a step."""
        return fsops.temp_beside(self.ends(entry)[1], f"{self.mark}-{entry.plan_id}-{entry.n}")

    @property
    def back(self) -> bool:
        """Whether steps are taken back."""
        return self.way is Direction.BACK

    def refused(self, entry: JournalEntry, why: str) -> JournalEntry:
        """Return the step as left alone in this run."""
        return entry.became(self.way.refused, why)

    # -------------------------------------------------------------- one touch of the disk

    def at_once(self, entry: JournalEntry) -> JournalEntry | None:
        """Do a step that makes no file; ``None``: it makes one, :meth:`prepare` it.

        A move does when its names lie on different drives.
        """
        if entry.kind is StepKind.FOLDER:
            return self.folder(entry)
        if entry.kind is not StepKind.MOVE and (entry.rewrites or not self.back):
            return None
        try:
            if entry.kind is StepKind.MOVE:
                here, there = self.ends(entry)
                self._check(here, self.expected(entry))
                self._make_way(entry)
                fsops.rename(here, there)
            else:
                self._remove_copy(entry)
        except Refused as refusal:
            return self.refused(entry, str(refusal))
        except OSError as error:
            if error.errno == errno.EXDEV:
                return None
            return self._failed(entry, error)
        return entry.became(self.way.finished)

    def folder(self, entry: JournalEntry) -> JournalEntry:
        """Make a folder, or take it away if it is empty."""
        if self.back:
            if fsops.remove_folder(entry.target):
                return entry.became(self.way.finished)
            return self.refused(entry, say("It is kept: it is not empty."))
        try:
            fsops.make_folder(entry.target)
        except FileExistsError:
            return entry.became(StepState.SKIPPED)  # not ours, so never removed
        except OSError as error:
            return self._failed(entry, error)
        return entry.became(self.way.finished)

    def _make_way(self, entry: JournalEntry) -> None:
        """Make the folders again that a file goes back to; on the drive they were on, or not."""
        if not self.back:
            return
        here, there = self.ends(entry)
        folder = os.path.dirname(there)  # noqa: PTH120
        missing = fsops.missing_folders([folder])
        if not missing:
            return
        # What came by a rename came from the drive it lies on now.
        drive = entry.fingerprint.dev if entry.digest else roots.drive_of(os.path.dirname(here))  # noqa: PTH120
        if roots.drive_of(folder) != drive:
            raise Refused(
                say(
                    "Its old folder {folder} is not there. Connect its drive, or make the "
                    "folder, and undo again.",
                    folder=folder,
                )
            )
        for place in missing:
            fsops.make_folder(place)
            self.made.append(place)

    def clear_way(self) -> None:
        """Take away the folders that were made again for files which then did not come."""
        for place in reversed(self.made):
            fsops.remove_folder(place)

    def _remove_copy(self, entry: JournalEntry) -> None:
        """Take back a copy or a file we wrote: only while it is what we made."""
        if fsops.look(entry.target) is None:
            return  # somebody removed it already
        self._check(entry.target, self.expected(entry))
        if entry.kind is StepKind.COPY and fsops.look(entry.source) is None:
            raise Refused(say("The original is no longer there, so its copy is kept."))
        if fsops.digest(entry.target) != entry.digest:
            raise Refused(say("It was changed since."))
        fsops.unlink(entry.target)

    # -------------------------------------------------------------- prepared, then published

    def prepare(self, entry: JournalEntry) -> Ready | JournalEntry:
        """Make the step's file under a hidden name, whole, checked and synced.

        Returns the step as refused when it cannot be done.
        """
        temp = self.temp(entry)
        way = self._prepare_copy
        if entry.rewrites:
            way = self._prepare_original if self.back else self._prepare_rewritten
        elif entry.kind is StepKind.WRITE:
            way = self._prepare_written
        try:
            return way(entry, temp)
        except (Refused, patch.PatchError) as refusal:
            answer = self.refused(entry, str(refusal))
        except tags.TagError as error:
            answer = self.refused(entry, say("Its tags cannot be written: {reason}.", reason=error))
        except OSError as error:
            fsops.discard(temp)
            return self._failed(entry, error)
        fsops.discard(temp)
        return answer

    def _prepare_copy(self, entry: JournalEntry, temp: str) -> Ready:
        here, there = self.ends(entry)
        expected = self.expected(entry)
        self._check(here, expected)
        if fsops.look(there) is not None:
            raise FileExistsError(errno.EEXIST, "", there)
        if entry.kind is StepKind.MOVE:
            self._make_way(entry)
        digest = fsops.copy_content(here, temp)
        fsops.copy_attributes(here, temp, times=True)
        self._check(here, expected)
        return Ready(replace(entry, result=fsops.fingerprint(temp), digest=digest), temp)

    def _prepare_written(self, entry: JournalEntry, temp: str) -> Ready:
        content = self.contents(entry)
        if fsops.look(entry.target) is not None:
            raise FileExistsError(errno.EEXIST, "", entry.target)
        fsops.write_content(temp, content)
        digest = hashlib.sha256(content).digest()
        return Ready(replace(entry, result=fsops.fingerprint(temp), digest=digest), temp)

    def _prepare_rewritten(self, entry: JournalEntry, temp: str) -> Ready:
        path = entry.source
        expected = self.expected(entry)
        self._check(path, expected, protected=True)
        if entry.kind is StepKind.TAG:
            digest = tags.write_copy(path, temp, entry.genres)
        else:
            digest = fsops.digest(path)
            fsops.write_content(temp, self.contents(entry))
        way_back = patch.make(temp, path)
        if patch.digest(temp, way_back) != digest:
            raise Refused(say("It changed while it was read."))
        fsops.copy_attributes(path, temp, times=False)
        self._check(path, expected)
        made = replace(entry, result=fsops.fingerprint(temp), digest=digest)
        return Ready(made, temp, way_back)

    def _prepare_original(self, entry: JournalEntry, temp: str) -> Ready:
        self._check(entry.source, self.expected(entry), protected=True)
        way_back = self.contents(entry)
        if not way_back or patch.apply(entry.source, way_back, temp) != entry.digest:
            raise Refused(
                say("It was changed since, so what it held before cannot be brought back.")
            )
        fsops.copy_attributes(entry.source, temp, times=False)
        os.utime(temp, ns=(os.stat(temp).st_atime_ns, entry.fingerprint.mtime_ns))  # noqa: PTH116
        if entry.kind is not StepKind.TAG:
            return Ready(entry, temp)
        return Ready(replace(entry, genres=tags.genres_of(temp)), temp)

    def publish(self, ready: Ready) -> JournalEntry:
        """Give a prepared file its name; a moved file's original is removed after that."""
        entry, temp = ready.entry, ready.temp
        here, there = self.ends(entry)
        try:
            if entry.rewrites:
                self._check(here, self.expected(self._before(entry)))
                result = fsops.fingerprint(temp)
                fsops.replace(temp, here)
                fsops.sync_folder(os.path.dirname(here))  # noqa: PTH120
                return entry.became(self.way.finished, result=result)
            fsops.rename(temp, there)
            fsops.sync_folder(os.path.dirname(there))  # noqa: PTH120
            if entry.kind is StepKind.MOVE:
                return self._drop_original(entry)
        except Refused as refusal:
            fsops.discard(temp)
            return self.refused(entry, str(refusal))
        except OSError as error:
            fsops.discard(temp)
            return self._failed(entry, error)
        return entry.became(self.way.finished)

    def _before(self, entry: JournalEntry) -> JournalEntry:
        """Return a prepared step as it was: forward, ``result`` is what is only to come."""
        return entry if self.back else replace(entry, result=None)

    def _drop_original(self, entry: JournalEntry) -> JournalEntry:
        """Remove what was moved to another drive; if that cannot be, remove our copy instead."""
        here, there = self.ends(entry)
        before = entry.fingerprint  # size and times are the same on both sides
        try:
            self._check(here, before)
            fsops.unlink(here)
        except (Refused, OSError) as error:
            fsops.unlink(there)
            why = str(error) if isinstance(error, Refused) else _sentence(error)
            return self.refused(entry, why)
        return entry.became(self.way.finished)

    # -------------------------------------------------------------- checks and words

    def _check(self, path: str, expected: Fingerprint, *, protected: bool = False) -> None:
        """Refuse what is not the file that was planned with, or as we left it."""
        found = fsops.look(path)
        if found is None:
            raise Refused(say("It is no longer there."))
        if fsops.is_link(found):
            raise Refused(say("It is a link now, not a file."))
        if not fsops.is_plain(found) or not expected.same(Fingerprint.of(found)):
            since = say("since we changed it") if self.back else say("since the plan was made")
            raise Refused(say("It was changed {since}.", since=since))
        if protected and fsops.is_protected(found):
            raise Refused(say("It is write-protected."))

    def _failed(self, entry: JournalEntry, error: OSError) -> JournalEntry:
        if fsops.is_full(error):
            place = os.path.dirname(entry.target or entry.source)  # noqa: PTH120
            raise DiskFull(
                say("The disk is full: {place}. Make room there and go on.", place=place)
            ) from error
        return self.refused(entry, _sentence(error))


def _sentence(error: OSError) -> str:
    why = fsops.explain(error)
    return f"{why[:1].upper()}{why[1:]}."
