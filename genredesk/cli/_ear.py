"""Sources, one after the other, in front of the live engine; what the terminal views listen to."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType

from genredesk.audio.source import Source
from genredesk.audio.sources import SourceState, open_source
from genredesk.cli import _models
from genredesk.core.errors import GenreDeskError
from genredesk.core.scores import Agreement, Decision, Scores, agreement
from genredesk.core.trust import Care
from genredesk.inference.bundle import Bundle
from genredesk.inference.engine import LiveEngine
from genredesk.inference.live.beside import BesideAnswer
from genredesk.inference.live.opener import open_bundle

_POLL_S = 0.25
_PATIENCE_S = 120.0
"""The engine is waited for so long at the end of a source; only one that hangs takes longer."""


def _ignore(_decision: Decision, _source: Source) -> None:
    """Take the place of a callback nobody gave."""


@dataclass(frozen=True, slots=True)
class ComparedAnswer:
    """What a model says that is compared with the one in use, and whether that is the same."""

    model: Bundle
    decision: Decision
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class TerminalAnswer:
    """What was decided about ``source``, and what the models say that are compared."""

    decision: Decision
    source: Source
    compared: tuple[ComparedAnswer, ...] = ()

    @property
    def disagreeing(self) -> list[ComparedAnswer]:
        """Those that say something else."""
        return [one for one in self.compared if one.agreement is Agreement.OTHER]


class TerminalListener:
    """Plays or hears ``addresses`` in turn and collects what the engine decides.

    Parameters
    ----------
    addresses
        As :func:`genredesk.audio.sources.open_source` takes them.
    bundle, device
        The network and where it runs.
    hop_s
        Seconds from one answer to the next.
    seconds
        How long to listen in all; ``None``: until the last source ends.
    compared
        Other networks that are asked about the same sound.
    """

    def __init__(
        self,
        addresses: list[str],
        bundle: Bundle,
        device: str,
        *,
        hop_s: float,
        seconds: float | None,
        care: str = Care.BALANCED,
        compared: Sequence[Bundle] = (),
    ) -> None:
        opened = [open_bundle(other, device, _models.build) for other in compared]
        self._compared = {other.id: other for other in compared}
        self._said: dict[str, BesideAnswer] = {}
        self._held: tuple[Decision, Source] | None = None
        self._awaited: set[str] = set()
        self.failures: list[str] = []
        self.message = ""
        self.source: Source | None = None
        self._addresses = list(addresses)
        self._only = len(addresses) == 1
        self._rate = bundle.card.frontend.sample_rate
        self._seconds = math.inf if seconds is None else seconds
        self._began: float | None = None
        self._ended: float | None = None
        self._finished: Source | None = None
        self.answers = 0
        self.note = ""  # how what follows the answers is doing
        self.on_decision: Callable[[Decision, Source], None] = _ignore
        self._skip = threading.Event()
        self._stop = threading.Event()
        self._arrived: queue.SimpleQueue[TerminalAnswer] = queue.SimpleQueue()
        self._problems: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.engine = LiveEngine(
            self._on_scores,
            self._problems.put,
            on_waiting=self._tell,
            on_finished=self._on_finished,
            on_beside=self._on_beside,
            hop_s=hop_s,
            care=care,
            build=_models.build,
        )
        self.engine.set_beside(opened)
        self.engine.set_bundle(bundle, device)

    def __enter__(self) -> TerminalListener:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the engine and let go of the source."""
        self.engine.close()
        if self.source is not None:
            self.source.close()

    def _on_scores(self, _: Scores, decision: Decision, source: Source) -> None:
        self.answers += 1
        self._tell(decision, source)

    def _tell(self, decision: Decision, source: Source) -> None:
        """Tell of an answer as soon as the models that are compared answered the same moment."""
        self.on_decision(decision, source)
        self._release()
        self._held = decision, source
        self._awaited = set() if decision.state is None else set(self._compared)
        if not self._awaited:
            self._said.clear()
            self._release()

    def _on_beside(self, answer: BesideAnswer, _source: Source) -> None:
        self._said[answer.bundle_id] = answer
        self._awaited.discard(answer.bundle_id)
        if answer.problem:
            self._problems.put(answer.problem)
        if not self._awaited:
            self._release()

    def _release(self) -> None:
        """Hand over the answer that is held; of who is late, what it said before counts."""
        if self._held is None:
            return
        (decision, source), self._held = self._held, None
        compared = tuple(
            ComparedAnswer(model, said.decision, agreement(decision, said.decision))
            for key, model in self._compared.items()
            if (said := self._said.get(key)) is not None and not said.problem
        )
        self._arrived.put(TerminalAnswer(decision, source, compared))

    def _on_finished(self, source: Source) -> None:
        self._release()
        self._finished = source

    def skip(self) -> None:
        """Ask for the next source, from any thread."""
        self._skip.set()

    def stop(self) -> None:
        """Ask for the end, from any thread."""
        self._stop.set()

    @property
    def paused(self) -> bool:
        """Whether the person paused it."""
        return self.source is not None and self.source.state is SourceState.PAUSED

    def go_on(self) -> bool:
        """Open the next source where the last one is over; return whether there is still one.

        Raises
        ------
        GenreDeskError
            When the only source cannot be opened.
        """
        if self._stop.is_set():
            return False
        if self._began is not None and time.monotonic() - self._began >= self._seconds:
            return False
        if self._skip.is_set():
            self._skip.clear()
            self.next()
        while self.source is None or self.source.state in {SourceState.ENDED, SourceState.FAILED}:
            if self._answers_are_due():
                return True
            if self.source is not None and self.source.state is SourceState.FAILED:
                reason = self.source.message
                if self._only:
                    raise GenreDeskError(reason)
                self.failures.append(reason)
                self._problems.put(reason)
            if not self._addresses:
                return False
            self.next()
        if self._began is None and self.source.state is SourceState.RUNNING:
            self._began = time.monotonic()
        return True

    def _answers_are_due(self) -> bool:
        """Tell whether the engine may still answer the source, which has ended."""
        if self.source is None or self.source.state is not SourceState.ENDED:
            return False
        now = time.monotonic()
        self._ended = now if self._ended is None else self._ended
        return self._finished is not self.source and now < self._ended + _PATIENCE_S

    def _raises_next(self) -> bool:
        """Tell whether :meth:`go_on` will raise what would be told as a message now."""
        failed = self.source is not None and self.source.state is SourceState.FAILED
        return self._only and failed

    def next(self) -> None:
        """Go to the next source; without one, the present one is ended."""
        before, self.source = self.source, None
        self._ended = None
        if self._addresses:
            self.source = open_source(self._addresses.pop(0), self._rate)
        self.engine.set_source(self.source)
        if before is not None:
            before.close()

    def wait(self, timeout: float) -> list[TerminalAnswer]:
        """Wait up to ``timeout`` seconds for an answer; return all that came.

        The source of an answer may be an earlier one than the present :attr:`source`.
        """
        came: list[TerminalAnswer] = []
        try:
            came.append(self._arrived.get(timeout=timeout))
            while True:
                came.append(self._arrived.get_nowait())
        except queue.Empty:
            pass
        self._update_message()
        return came

    def last(self) -> list[TerminalAnswer]:
        """Stop the engine, which finishes the window it is at; return what was not told yet."""
        self.engine.close()
        self._release()
        return self.wait(0.0)

    def _update_message(self) -> None:
        if self.source is not None:
            self.message = self.source.message
        while not self._problems.empty():
            self.message = self._problems.get()

    def heard(self, on_message: Callable[[str], None]) -> Iterator[TerminalAnswer]:
        """Yield answers as they come; tell new messages in between."""
        said = ""
        while self.go_on():
            yield from self.wait(_POLL_S)
            if self.message and self.message != said and not self._raises_next():
                on_message(self.message)
            said = self.message
        yield from self.last()
        if self.message and self.message != said:
            on_message(self.message)
