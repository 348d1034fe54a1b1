"""The training process: one plan in, events out; it can be paused, stopped and cancelled.

Its lines are those of :mod:`genredesk.training.runs.messages`. When the one who started it goes
away, it cancels itself; the checkpoint of the last epoch stays.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
import traceback
from typing import IO

from genredesk.core.errors import Cancelled, DataError, GenreDeskError
from genredesk.core.job import JobContext, Progress
from genredesk.core.messages import say
from genredesk.core.packages import extras
from genredesk.training.fit import ranks
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs import tasks, wire
from genredesk.training.runs.messages import (
    CancelledEvent,
    Event,
    FailedEvent,
    TrainingDone,
    WorkerCommand,
)

log = logging.getLogger(__name__)

QUIET_S = 0.1
"""Progress is told at most this often."""


class EventWriter:
    """Writes events as lines; the loop and the listener share it."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._last = 0.0

    def tell(self, event: Event) -> None:
        """Write one event; a reader that is gone is no reason to fail."""
        line = wire.write_event(event)
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._out.write(line + "\n")
            self._out.flush()

    def progress(self, progress: Progress) -> None:
        """Write progress, unless the last one was a moment ago."""
        now = time.monotonic()
        if now - self._last >= QUIET_S or progress.done >= progress.total:
            self._last = now
            self.tell(progress)


class CommandReader:
    """Obeys commands from standard input until it ends."""

    def __init__(self, source: IO[str], ctx: JobContext) -> None:
        self.keep_best = threading.Event()
        self._source, self._ctx = source, ctx
        threading.Thread(target=self._listen, name="commands", daemon=True).start()

    def _listen(self) -> None:
        for line in self._source:
            try:
                self.obey(wire.read_command(line))
            except DataError as error:  # no reason to lose what was learned
                log.warning("%s", error)
        self._ctx.cancel()

    def obey(self, command: WorkerCommand) -> None:
        """Do what one command says."""
        match command:
            case WorkerCommand.PAUSE:
                self._ctx.pause()
            case WorkerCommand.GO:
                self._ctx.pause(False)
            case WorkerCommand.STOP:
                self.keep_best.set()
                self._ctx.pause(False)
            case WorkerCommand.CANCEL:
                self._ctx.cancel()


def _train(
    plan: TrainPlan, ctx: JobContext, speaker: EventWriter, ear: CommandReader
) -> TrainingDone:
    from genredesk.training.runs.session import Session  # noqa: PLC0415 - once it was asked

    session = Session(ctx, speaker.tell, ear.keep_best.is_set)
    if plan.mode == "quick":
        from genredesk.training.runs import last_layer  # noqa: PLC0415

        made = last_layer.train(plan, session)
    else:
        from genredesk.training.runs.train import assist, train  # noqa: PLC0415 - imports torch

        with ranks.together():
            if ranks.rank():
                assist(plan, session)
                return TrainingDone("", "", "", {})
            made = train(plan, session)
    evaluation = {k: v for k, v in made.evaluation.items() if k != "history"}
    report = str(plan.run_dir / "report.html")
    return TrainingDone(str(made.bundle.path), made.bundle.id, report, evaluation)


def serve(source: IO[str], out: IO[str]) -> int:
    """Read a plan from ``source``, carry it out, and say how it ended; return the exit status."""
    speaker = EventWriter(out)
    ctx = JobContext(speaker.progress)
    try:
        asked = wire.read_request(source.readline())
        ear = CommandReader(source, ctx)
        # torch reads these when it is imported
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        if isinstance(asked, TrainPlan):
            speaker.tell(_train(asked, ctx, speaker, ear))
        else:
            speaker.tell(tasks.run(asked, ctx, speaker.tell))
        return 0
    except Cancelled:
        speaker.tell(CancelledEvent())
        return 130
    except GenreDeskError as error:
        speaker.tell(FailedEvent(str(error)))
    except ImportError as error:
        text = say(
            "A part that networks need cannot be loaded ({reason}). Install GenreDesk again.",
            reason=error,
        )
        speaker.tell(FailedEvent(str(extras.lacking(error) or text)))
    except Exception as error:  # noqa: BLE001 - the last chance to say what happened
        traceback.print_exc()
        text = say(
            "The training ended with a defect of the program ({name}: {reason}).",
            name=type(error).__name__,
            reason=error,
        )
        speaker.tell(FailedEvent(text))
    return 1


def _private_output() -> IO[str]:
    """Keep standard output for events; whatever else prints goes to standard error."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def main() -> int:
    """Serve standard input; Ctrl-C is left to the one who started this process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return serve(sys.stdin, _private_output())
