"""Keeping a library in order without a window: scan, listen, do what the rules say, and wait.

Above everything else in the library. Each round is a scan as any other and the rules that are on;
what they did stands in the history, where the window shows and undoes it.
"""

from __future__ import annotations

import contextlib
import queue
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genredesk.core.errors import GenreDeskError
from genredesk.core.heard import ScoreFactory
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.names import LONGEST_LINE, shown
from genredesk.library.library import Library
from genredesk.library.organize import apply, rules
from genredesk.library.scanning.discover import ScanReport
from genredesk.library.scanning.scan import ScanBusy, ScanOptions, scan
from genredesk.library.scanning.watch import Watcher

RESCAN_S = 6 * 3600.0
"""After so long everything is looked through again: network drives tell nobody of new files."""

_POLL_S = 0.5
_BUSY_S = 30.0


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """How the library is kept in order.

    Parameters
    ----------
    scan
        See there.
    rules
        Whether the rules that are on are run after each scan.
    once
        Return after the first round instead of waiting for new files.
    """

    scan: ScanOptions = field(default_factory=ScanOptions)
    rules: bool = True
    once: bool = False


@dataclass(slots=True)
class ServiceReport:
    """What was done so far: rounds, files listened to and failed, steps of rules, what went wrong.

    Parameters
    ----------
    problems
        Sentences; a service goes on after them.
    """

    rounds: int = 0
    analysed: int = 0
    failed: int = 0
    done: int = 0
    problems: list[str] = field(default_factory=list)


class Service:
    """Keeps one library in order, on the thread that calls :meth:`run`.

    Parameters
    ----------
    say
        Told in a line what was done, and what could not be.
    """

    def __init__(
        self,
        library: Library,
        score: ScoreFactory,
        ctx: JobContext,
        options: ServiceOptions,
        say: Callable[[str], None],
    ) -> None:
        self.report = ServiceReport()
        self._library = library
        self._score = score
        self._ctx = ctx
        self._options = options
        self._say = say
        self._happened: queue.SimpleQueue[list[Path]] = queue.SimpleQueue()
        self._missed: set[Path] = set()
        self._left_out: dict[str, Counter[str]] = {}

    def run(self) -> None:
        """Do a round over everything; then one for whatever comes, until the job is cancelled.

        Raises
        ------
        Cancelled
            When it was asked to stop; what was done is kept.
        GenreDeskError
            When the first round cannot be done; afterwards such things are told and tried again.
        """
        for sentence in apply.recover(self._library):
            self._say(sentence)
        if self._options.once:
            self._round(None)
            return
        while True:  # once for each set of folders
            with contextlib.closing(self._watcher(folders := self._folders())):
                self._say(
                    say(
                        "Watching {folders}.",
                        folders=", ".join(shown(str(f), LONGEST_LINE) for f in folders),
                    )
                    if folders
                    else say("The library has no watched folders; waiting for one.")
                )
                self._attempt(None)
                self._until_folders_change(folders)

    # -------------------------------------------------------------- rounds

    def _until_folders_change(self, folders: Sequence[Path]) -> None:
        begin = looked = time.monotonic()
        while True:
            self._ctx.checkpoint()
            if paths := self._new_paths():
                self._attempt(paths)
            now = time.monotonic()
            if now - begin > RESCAN_S:
                begin = now
                self._attempt(None)
            if now - looked > _BUSY_S:
                looked = now
                if self._folders() != folders:
                    return

    def _attempt(self, paths: Sequence[Path] | None) -> None:
        """Do a round; what goes wrong is told, and the next one tries again."""
        try:
            self._round(paths)
        except ScanBusy as busy:
            self._trouble(str(busy))
            self._missed.update(paths or self._folders())
            self._rest()
        except GenreDeskError as error:
            if not self.report.rounds:
                raise
            self._trouble(str(error))

    def _round(self, paths: Sequence[Path] | None) -> None:
        told = ScanReport()
        try:
            scan(self._library, self._score, self._ctx, paths=paths, options=self._options.scan,
                 report=told)  # fmt: skip
        finally:
            self.report.analysed += told.analysed
            self.report.failed += told.failed
        if told.analysed or told.failed or self._options.once:
            self._say(
                say(
                    "{analysed:,} listened to, {failed:,} could not be read.",
                    analysed=told.analysed,
                    failed=told.failed,
                )
            )
        self.report.problems += told.unreadable
        for sentence in told.unreadable:
            self._say(sentence)
        if self._options.rules:
            self._run_rules()
        self.report.rounds += 1

    def _run_rules(self) -> None:
        try:
            for one in rules.run_enabled(self._library, self._ctx):
                self.report.done += one.outcome.done
                if one.outcome.done:
                    title = one.plan.named(one.outcome.done)
                    self._say(
                        say("{title}. Plan {plan_id}.", title=title, plan_id=one.outcome.plan_id)
                    )
                if one.left_out != self._left_out.get(one.rule.name, Counter()):
                    self._left_out[one.rule.name] = one.left_out
                    for reason, n in one.left_out.most_common():
                        self._say(
                            say(
                                "Rule {rule} leaves out {n:,}: {reason}",
                                rule=one.rule.name,
                                n=n,
                                reason=reason,
                            )
                        )
                for trouble in one.outcome.left:
                    self._trouble(f"{shown(trouble.path, LONGEST_LINE)}: {trouble.note}")
                if one.outcome.problem:
                    self._trouble(one.outcome.problem)
        except GenreDeskError as error:
            self._trouble(str(error))

    def _trouble(self, sentence: str) -> None:
        self.report.problems.append(sentence)
        self._say(sentence)

    # -------------------------------------------------------------- waiting

    def _folders(self) -> list[Path]:
        return [r.path for r in self._library.roots.all() if r.watched and r.path.is_dir()]

    def _watcher(self, folders: Sequence[Path]) -> Watcher:
        watcher = Watcher(folders, self._happened.put)
        for problem in watcher.problems:
            self._say(problem)
        return watcher

    def _new_paths(self) -> list[Path]:
        """Wait a moment for files; return all that have come and those that were missed before."""
        found, self._missed = self._missed, set()
        with contextlib.suppress(queue.Empty):
            found |= set(self._happened.get(timeout=_POLL_S))
            while True:
                found |= set(self._happened.get_nowait())
        return sorted(found)

    def _rest(self) -> None:
        """Leave the library to whoever scans it for a while."""
        until = time.monotonic() + _BUSY_S
        while time.monotonic() < until:
            self._ctx.checkpoint()
            time.sleep(_POLL_S)
