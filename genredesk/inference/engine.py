"""The live engine: a thread that names what is being heard, twice a second, and never lags.

It wakes as soon as the last sample of a window was heard, asks the network, smooths, and calls
back. It knows no window and no terminal; ``ui/services/bridge.py`` and ``cli/listen.py`` are its
users.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from genredesk.audio.ring import RingOverrun
from genredesk.audio.source import SourceState
from genredesk.core import levels
from genredesk.core.certainty import Strength, Verdict
from genredesk.core.messages import say
from genredesk.core.scores import Decision, Scores
from genredesk.core.trust import Care
from genredesk.inference import aggregate
from genredesk.inference.live.beside import BesideAnswer, BesideModels, HeardMoment
from genredesk.inference.live.condition import EngineSettings, EngineStats
from genredesk.inference.live.opener import Opened, Opener
from genredesk.inference.live.windows import Window, WindowScheduler
from genredesk.inference.runtime.protocol import AUTO, Builder

if TYPE_CHECKING:
    from genredesk.audio.source import Source
    from genredesk.inference.bundle import Bundle

__all__ = ["EngineSettings", "EngineStats", "LiveEngine"]

log = logging.getLogger(__name__)

_PATIENCE_S = 0.1
"""How long the thread waits for sound before it looks whether something else is wanted."""

_GATE_S = 1.5
"""The silence gate listens to the end of a window only, or it would be late by a whole window."""

_COSTS_KEPT = 32

_SILENT = Verdict(Strength.SILENCE, 0, -1)


def _ignore(*_: Any) -> None:
    """Take the place of a callback nobody gave."""


class LiveEngine:
    """Names what a source plays. All methods return at once and may be called from any thread.

    Parameters
    ----------
    on_scores
        Called with every window's scores, the decision to show and the source both are of, which
        need no longer be the one set last.
    on_problem
        Called with a sentence when something went wrong; the engine goes on.
    on_waiting
        Called with a decision without a state, and its source, when a whole window must arrive
        first: after a new source, a gap or a seek. A source that ends before is answered by what
        there was of it.
    on_finished
        Called once with a source of which no answer will come any more: it ended and all of it was
        answered, no network is there to answer it, or the engine turned to another one.
    hop_s
        Seconds from one window to the next.
    smoothing_s
        Time constant of the decision.
    silence_dbfs
        Level under which the network is not asked.
    unsure_below
        Threshold to be sure at; ``None`` or 0: what ``care`` means for the bundle.
    care
        How careful to be; see :class:`genredesk.core.trust.Care`.
    build
        For torch devices; see :data:`~genredesk.inference.runtime.protocol.Builder`.
    on_beside
        Called with what the networks of :meth:`set_beside` say, and the source.

    Notes
    -----
    The callbacks come on the engine's thread and must not block.
    """

    def __init__(
        self,
        on_scores: Callable[[Scores, Decision, Source], None],
        on_problem: Callable[[str], None] | None = None,
        *,
        on_waiting: Callable[[Decision, Source], None] | None = None,
        on_finished: Callable[[Source], None] | None = None,
        hop_s: float = 0.5,
        smoothing_s: float = 4.0,
        silence_dbfs: float = -60.0,
        unsure_below: float | None = None,
        care: Care | str = Care.BALANCED,
        build: Builder | None = None,
        on_beside: Callable[[BesideAnswer, Source], None] | None = None,
    ) -> None:
        self._on_scores = on_scores
        self._on_problem = on_problem or _ignore
        self._on_waiting = on_waiting or _ignore
        self._on_finished = on_finished or _ignore
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        # Wanted: written by callers under the lock, taken over by the engine's thread.
        self._settings = EngineSettings(hop_s, smoothing_s, silence_dbfs, unsure_below, care)
        self._wanted_source: Source | None = None
        self._stats = EngineStats()
        # The thread's own.
        self._source: Source | None = None
        self._finished = False
        self._live: Opened | None = None
        self._scheduler: WindowScheduler | None = None
        self._smoother = aggregate.Smoother(())
        self._gate = aggregate.SilenceGate()
        self._costs: deque[float] = deque(maxlen=_COSTS_KEPT)
        self._said = ""
        tell = on_beside or _ignore
        self._beside = BesideModels(lambda found, source: self._call(tell, found, source))
        self._opener = Opener(self._wake, build)
        self._thread = threading.Thread(target=self._run, name="genredesk-engine", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------ any thread

    def set_source(self, source: Source | None) -> None:
        """Listen to ``source`` from now on; the engine does not close the one before."""
        with self._lock:
            self._wanted_source = source
        self._wake.set()

    def set_bundle(self, bundle: Bundle, device: str = AUTO) -> None:
        """Open ``bundle`` on ``device``; the network in use answers until that is done."""
        self._opener.open(bundle, device)

    def set_beside(self, opened: Sequence[Opened]) -> None:
        """Ask these networks, too, about what is heard; from now on they are the engine's."""
        self._beside.want(opened)
        self._wake.set()

    def configure(self, **changes: Any) -> None:
        """Change some of ``hop_s``, ``smoothing_s``, ``silence_dbfs``, ``unsure_below``, ``care``.

        Raises
        ------
        ValueError
            When a value is out of range.
        TypeError
            For a name that is none of these.
        """
        with self._lock:
            self._settings = replace(self._settings, **changes)
        self._wake.set()

    @property
    def settings(self) -> EngineSettings:
        """The settings in use."""
        with self._lock:
            return self._settings

    def stats(self) -> EngineStats:
        """Return how it is doing."""
        with self._lock:
            stats = self._stats
        return replace(stats, opening=self._opener.busy)

    def close(self) -> None:
        """Stop the thread and give the device back; the source stays open. May be called twice."""
        self._closing = True
        self._wake.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def __enter__(self) -> LiveEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ the engine's thread

    def _run(self) -> None:
        while not self._closing:
            try:
                self._turn()
            except Exception as error:  # listening goes on whatever fails
                log.exception("The live engine met a defect")
                self._problem(say("Listening met a problem ({reason}) and goes on.", reason=error))
                self._wake.wait(_PATIENCE_S)
        self._beside.close()
        for opened in (self._opener.close(), self._live):
            if opened is not None:
                opened.runtime.close()

    def _turn(self) -> None:
        """Take over what is wanted, then wait for one window and answer it."""
        self._wake.clear()
        self._take_over()
        source, live, scheduler = self._source, self._live, self._scheduler
        if source is None or live is None or scheduler is None:
            if source is not None and not self._opener.busy:
                self._finish(source)
            self._wake.wait()
            return
        begin = time.monotonic()
        if not source.wait_until(scheduler.due, _PATIENCE_S):
            # Asked in this order: what was heard of a source that has ended is all of it.
            if source.state is SourceState.ENDED and source.now() < scheduler.due:
                if (window := scheduler.rest(source.ring.end)) is not None:
                    self._answer(source, live, window)
                    return
                self._finish(source)
            # A source that will not go on may answer at once; do not spin.
            left = _PATIENCE_S - (time.monotonic() - begin)
            if left > 0:
                self._wake.wait(left)
            return
        now = source.now()
        self._notice_gaps(source, scheduler, now)
        window = scheduler.poll(now)
        if window is not None:
            self._answer(source, live, window)

    def _finish(self, source: Source) -> None:
        if not self._finished:
            self._finished = True
            self._call(self._on_finished, source)

    def _take_over(self) -> None:
        with self._lock:
            source, settings = self._wanted_source, self._settings
        opened, reason = self._opener.take()
        if reason:
            self._update_stats()
            self._problem(reason)
        if opened is not None:
            self._use(opened)
        if source is not self._source:
            if self._source is not None:
                self._finish(self._source)
            self._source, self._scheduler, self._finished = source, None, False
        self._apply(settings)
        if self._scheduler is None and source is not None and self._live is not None:
            self._begin(source, self._live, settings)

    def _use(self, opened: Opened) -> None:
        before, self._live = self._live, opened
        if before is not None:
            before.runtime.close()
        card = opened.bundle.card
        old = before.bundle if before is not None else None
        if old is None or (old.id, old.card.words) != (opened.bundle.id, card.words):
            # what another network said must not count as this one's
            self._smoother = aggregate.Smoother(card.words)
        self._smoother.pool = card.pool
        if self._source is not None and self._source.sample_rate != card.frontend.sample_rate:
            self._scheduler = None
        elif self._scheduler is not None and self._source is not None:
            self._scheduler.set_length(card.frontend.window_samples)
            now = self._source.now()
            if now - self._scheduler.origin < card.frontend.window_samples:
                self._wait_for_sound(self._source, now)
        self._costs.clear()
        self._said = ""
        self._update_stats()
        if opened.complaint:
            self._problem(opened.complaint)

    def _apply(self, settings: EngineSettings) -> None:
        self._beside.take_over(settings)
        self._smoother.time_constant_s = settings.smoothing_s
        self._gate.below_dbfs = settings.silence_dbfs
        if self._live is not None:
            card = self._live.bundle.card
            self._smoother.bounds = card.bounds(settings.unsure_below, settings.care)
        if self._scheduler is not None and self._source is not None:
            self._scheduler.set_hop(max(1, round(settings.hop_s * self._source.sample_rate)))

    def _begin(self, source: Source, live: Opened, settings: EngineSettings) -> None:
        """Start scheduling windows of a source, from what it holds already."""
        spec = live.bundle.card.frontend
        self._forget()
        if source.sample_rate != spec.sample_rate:
            self._problem(
                say(
                    "{title} listens at {sample_rate} Hz, but {info} was opened at "
                    "{sample_rate2} Hz. Open it again.",
                    title=live.bundle.card.title,
                    sample_rate=spec.sample_rate,
                    info=source.info.name,
                    sample_rate2=source.sample_rate,
                )
            )
            return
        if source.ring.capacity < spec.window_samples:
            self._problem(
                say(
                    "{title} needs {window_s:.0f} s of sound at once, more than is kept while "
                    "listening. Choose another model.",
                    title=live.bundle.card.title,
                    window_s=spec.window_s,
                )
            )
            return
        hop = max(1, round(settings.hop_s * spec.sample_rate))
        self._scheduler = WindowScheduler(spec.window_samples, hop, source.ring.start)
        now = source.now()
        self._notice_gaps(source, self._scheduler, now)
        if now < self._scheduler.due:
            self._wait_for_sound(source, now)

    def _forget(self) -> None:
        """What comes next does not follow what was heard."""
        self._smoother.reset()
        self._beside.reset()
        self._gate.silent = False

    def _notice_gaps(self, source: Source, scheduler: WindowScheduler, now: int) -> None:
        passed = [g for g in source.ring.gaps(scheduler.origin + 1) if g <= now]
        if not passed:
            return
        scheduler.gap(passed[-1])
        self._forget()
        if now < scheduler.due:
            self._wait_for_sound(source, now)

    def _wait_for_sound(self, source: Source, now: int) -> None:
        time_s = source.time_of(now)
        self._call(self._on_waiting, aggregate.waiting(self._smoother.labels, time_s), source)

    def _answer(self, source: Source, live: Opened, window: Window) -> None:
        """Score one window and tell everybody."""
        try:
            samples = source.ring.read(window.start, window.stop)
        except RingOverrun:
            self._update_stats(skipped=window.skipped + 1)
            return
        spec = live.bundle.card.frontend
        rate = spec.sample_rate
        # The time of the last sample, not of the next one, which may follow a gap.
        end = source.time_of(window.stop - 1) + 1 / rate
        begin = time.perf_counter()
        level = levels.level_dbfs(samples)
        silent = self._gate.update(levels.level_dbfs(samples[-round(_GATE_S * rate) :]))
        words = live.bundle.card.words
        probabilities, verdict = np.zeros(len(words), np.float32), _SILENT
        try:
            if not silent:
                probabilities, verdict = live.hear(samples, self._smoother.bounds)
        except Exception as error:  # whatever a network or device raises
            log.debug("A window was not answered", exc_info=True)
            self._update_stats(skipped=window.skipped + 1)
            self._problem(
                say(
                    "{title} could not answer ({reason}). Listening goes on; choose another "
                    "model if this stays.",
                    title=live.bundle.card.title,
                    reason=error,
                )
            )
            return
        if not silent:
            self._costs.append(time.perf_counter() - begin)
        start = end - len(samples) / rate
        scores = Scores(start, end, verdict.strength, words, probabilities, level, verdict)
        decision = self._smoother.update(scores, window.stop / rate)
        self._update_stats(answered=1, skipped=window.skipped)
        self._call(self._on_scores, scores, decision, source)
        self._watch_device(live)
        if scheduler := self._scheduler:
            moment = HeardMoment(source, scheduler.origin, window.stop, level, silent)
            self._beside.answer(moment, lambda: source.now() >= scheduler.due)

    def _watch_device(self, live: Opened) -> None:
        """Say so when the runtime went over to another device."""
        if live.runtime.why != live.why:
            self._live = replace(live, why=live.runtime.why)
            self._update_stats()
            self._problem(live.runtime.why)
        else:
            self._said = ""

    def _update_stats(self, *, answered: int = 0, skipped: int = 0) -> None:
        live = self._live
        cost = float(np.median(self._costs)) if self._costs else 0.0
        with self._lock:
            self._stats = replace(
                self._stats,
                ms_per_window=1000 * cost,
                realtime_factor=self._settings.hop_s / cost if cost else 0.0,
                device=live.runtime.device if live else "",
                why=live.runtime.why if live else "",
                windows=self._stats.windows + answered,
                skipped=self._stats.skipped + skipped,
                bundle_id=live.bundle.id if live else "",
            )

    def _problem(self, text: str) -> None:
        """Report a problem once, until a window was answered again."""
        if text != self._said:
            self._said = text
            self._call(self._on_problem, text)

    @staticmethod
    def _call(callback: Callable[..., None], *values: object) -> None:
        try:
            callback(*values)
        except Exception:  # a listener's defect is not the engine's
            log.exception("A listener of the live engine failed")
