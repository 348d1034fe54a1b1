"""Starts the training process and talks to it; imports nothing heavy. For ``ui`` and ``cli``."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Self

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.core.program import own_command
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs import wire
from genredesk.training.runs.messages import ENDS, Event, FailedEvent, Request, WorkerCommand

NICENESS = 5
"""Of a gentle worker, where there is such a thing."""


class WorkerProcess:
    """A running training.

    Iterate over :meth:`events` (it blocks; give it a thread where that matters); the last event is
    one of :data:`ENDS`, also when the process dies.

    Parameters
    ----------
    plan
        What to do: a plan, or a task.
    command
        How the worker is started; the program's own ``worker`` command by default.
    gentle
        Let everything else on this computer go first: a window that plays and draws beside it.
    """

    def __init__(
        self, plan: Request, command: list[str] | None = None, *, gentle: bool = False
    ) -> None:
        self.plan = plan
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        if gentle:
            flags |= getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
        environment = {
            **os.environ,
            "OMP_WAIT_POLICY": "passive",
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
        }
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in close()
        self._process = subprocess.Popen(
            command or own_command("worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            creationflags=flags,
        )
        if gentle:
            _step_back(self._process.pid)
        self._send(wire.write_request(plan))

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def _send(self, line: str) -> None:
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101 - opened above
        with contextlib.suppress(OSError, ValueError):
            pipe.write(line.encode() + b"\n")
            pipe.flush()

    def tell(self, command: WorkerCommand) -> None:
        """Steer it."""
        self._send(wire.write_command(command))

    def events(self) -> Iterator[Event]:
        """Yield the worker's events until it ended.

        What is no event ends it: this process and that one are not of one program.
        """
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101 - opened above
        for line in pipe:
            try:
                event = wire.read_event(line, self.plan)
            except DataError as error:
                self._process.kill()
                event = FailedEvent(f"{error} Install GenreDesk again.")
            yield event
            if isinstance(event, ENDS):
                self._process.wait()
                return
        yield FailedEvent(self._obituary(self._process.wait()))

    def _obituary(self, status: int) -> str:
        how = (
            say("signal {status}", status=-status)
            if status < 0
            else say("status {status}", status=status)
        )
        if status == -9:
            how += say("; something ended it from outside, perhaps because memory ran short")
        kept = self.plan.checkpoint if isinstance(self.plan, TrainPlan) else None
        again = say(" Resume it to go on after its last epoch.") if kept and kept.exists() else ""
        tail = self.errors().strip().splitlines()[-1:] if status > 0 else []
        said = say(" Its last output: {tail}", tail=tail[0][:200]) if tail else ""
        return say(
            "The training process ended unexpectedly ({how}).{again}{said}",
            how=how,
            again=again,
            said=said,
        )

    def errors(self) -> str:
        """Return what the worker wrote to standard error, at most the last 64 kB."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - 65536))
        return self._errors.read().decode(errors="replace")

    def end(self, patience_s: float = 0.0) -> None:
        """Ask the process to cancel, wait so long, then kill it; reading goes on to its end."""
        self.tell(WorkerCommand.CANCEL)
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def close(self, patience_s: float = 10.0) -> None:
        """End the process if it still runs: ask, then insist."""
        process = self._process
        if process.poll() is None:
            self.tell(WorkerCommand.CANCEL)
            with contextlib.suppress(OSError):
                if process.stdin:
                    process.stdin.close()
            try:
                process.wait(patience_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._errors.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _step_back(pid: int) -> None:
    """Give a process that just began a lower priority; its threads are born with it."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
