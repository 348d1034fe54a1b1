"""The engine side of the window: installed bundles, the live engine, its device and its pace.

The room ``inference`` is imported on the lane ``models`` after the first paint; the engine has a
thread of its own and speaks through the bridge.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from genredesk.ui.services.bridge import Bridge
from genredesk.ui.services.card_text import Measured
from genredesk.ui.services.jobs import Job, JobRunner
from genredesk.ui.services.settings_store import SettingsStore

if TYPE_CHECKING:
    from genredesk.audio.sources import Source
    from genredesk.inference.bundle import Bundle
    from genredesk.inference.card import ModelCard
    from genredesk.inference.engine import EngineStats, LiveEngine
    from genredesk.inference.runtime import DeviceChoice

LANE = "models"
STATS_MS = 500
_REPEATS = 20
_LONGEST_S = 2.0
_FEWEST = 3
"""A slow network is timed for so long, but this many windows at least."""


class EngineController(QObject):
    """What can name a genre, and what does.

    Signals
    -------
    ready()
        The room is loaded and the engine stands.
    bundles_changed()
        :attr:`bundles` or :attr:`problems` is another list.
    bundle_changed(Bundle)
        Another bundle is active; ``None`` when there is none at all.
    devices_changed()
        :attr:`devices` is known.
    stats(EngineStats)
        How the engine runs, twice a second while it does.
    speed_changed(str)
        :attr:`measured` knows the bundle of this id.
    failed(str)
        A sentence to show.
    """

    ready = Signal()
    bundles_changed = Signal()
    bundle_changed = Signal(object)
    devices_changed = Signal()
    stats = Signal(object)
    speed_changed = Signal(str)
    failed = Signal(str)

    def __init__(
        self, bridge: Bridge, jobs: JobRunner, memory: SettingsStore, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._jobs = jobs
        self._memory = memory
        self._source: Source | None = None
        self.live: LiveEngine | None = None
        self.bundles: list[Bundle] = []
        self.problems: list[tuple[Path, str]] = []
        self.bundle: Bundle | None = None
        self.devices: list[DeviceChoice] = []
        self.measured: dict[str, Measured] = {}
        self._measuring: tuple[str, Job] | None = None
        self._watched = False
        self._untested = False
        self._timer = QTimer(self, interval=STATS_MS)
        self._timer.timeout.connect(self._tell_stats)
        memory.changed.connect(self._on_settings)

    @property
    def others(self) -> list[Bundle]:
        """The bundles beside the one in use."""
        return [b for b in self.bundles if self.bundle is None or b.id != self.bundle.id]

    # loading ------------------------------------------------------------------------------

    def start(self) -> None:
        """Load the room, list the bundles and start the engine."""
        settings = self._memory.settings
        bridge = self._bridge

        def work(_job: Job) -> tuple[LiveEngine, _Found]:
            from genredesk.inference.engine import LiveEngine  # noqa: PLC0415

            found = _find()
            engine = LiveEngine(
                bridge.on_scores,
                bridge.on_problem,
                on_waiting=bridge.on_waiting,
                on_beside=bridge.on_beside,
                build=builder,
                **_listening(settings),
            )
            return engine, found

        self._jobs.start(
            self.tr("loading the models"),
            work,
            lane=LANE,
            on_done=self._started,
            on_failed=lambda text, _error: self.failed.emit(text),
        )

    def _started(self, made: tuple[LiveEngine, _Found]) -> None:
        self.live, found = made
        if self._source is not None:
            self.live.set_source(self._source)
        self._found(found)
        self.ready.emit()

    def test_devices(self, *, thoroughly: bool = False) -> Job:
        """Ask which devices there are and whether they work with the active bundle.

        ``thoroughly`` also looks for graphics cards with torch, which takes seconds and memory:
        only when a person asks for it.
        """
        bundle = self.bundle

        def work(_job: Job) -> list[DeviceChoice]:
            from genredesk.inference import runtime  # noqa: PLC0415

            return runtime.devices(bundle, build=builder if thoroughly else None)

        def done(devices: list[DeviceChoice]) -> None:
            self.devices = devices
            self.devices_changed.emit()

        return self._jobs.start(
            self.tr("testing the devices"),
            work,
            lane="devices-test",
            on_done=done,
            on_failed=lambda text, _error: self.failed.emit(text),
        )

    def measure(self, bundle: Bundle) -> None:
        """Measure how fast ``bundle`` is here, once; what was to be measured before gives way."""
        if bundle.id in self.measured:
            return
        if self._measuring is not None:
            measured, job = self._measuring
            if measured == bundle.id:
                return
            job.cancel()

        def done(result: Measured) -> None:
            self.measured[bundle.id] = result
            self.speed_changed.emit(bundle.id)

        def ended() -> None:
            if self._measuring is not None and self._measuring[1] is job:
                self._measuring = None

        job = self._jobs.start(
            self.tr("measuring {0}").format(bundle.card.title),
            lambda job: _measure(bundle, job),
            lane="measure",
            on_done=done,
            on_failed=lambda text, _error: done(Measured(0.0, "", text)),
        )
        job.ended.connect(ended)
        self._measuring = bundle.id, job

    def refresh(self, choose: str = "") -> None:
        """Read the installed bundles again; ``choose`` is the active one from then on."""

        def done(found: _Found) -> None:
            self._found(found)
            self.choose(choose)

        self._jobs.start(
            self.tr("reading the models"), lambda _job: _find(), lane=LANE, on_done=done
        )

    def _found(self, found: _Found) -> None:
        self.bundles, self.problems, default = found
        self.bundles_changed.emit()
        # What names now goes on naming, whatever else was installed meanwhile.
        wanted = self.bundle.id if self.bundle is not None else self._memory.settings.bundle
        chosen = next((b for b in self.bundles if b.id == wanted), default)
        if chosen is None or self.bundle is None or chosen.id != self.bundle.id:
            self._activate(chosen)

    # choosing -----------------------------------------------------------------------------

    def choose(self, bundle_id: str) -> None:
        """Make the bundle ``bundle_id`` the active one; sound goes on."""
        chosen = next((b for b in self.bundles if b.id == bundle_id), None)
        if chosen is not None and (self.bundle is None or chosen.id != self.bundle.id):
            self._memory.update(bundle=chosen.id)
            self._activate(chosen)

    def choose_device(self, device_id: str) -> None:
        """Compute on ``device_id`` from the next window on."""
        self._memory.update(device=device_id)
        if self.live is not None and self.bundle is not None:
            self.live.set_bundle(self.bundle, device_id)
            self._timer.start()

    def _activate(self, bundle: Bundle | None) -> None:
        self.bundle = bundle
        if self.live is not None and bundle is not None:
            self.live.set_bundle(bundle, self._memory.settings.device)
            self._untested = True
            self._timer.start()  # until it is open: its name and device are told, too
        self.bundle_changed.emit(bundle)

    @property
    def answering(self) -> bool:
        """Whether what the engine says is said by the active bundle: not while that is opened."""
        if self.live is None or self.bundle is None:
            return False
        return self.live.stats().bundle_id == self.bundle.id

    def set_source(self, source: Source | None) -> None:
        """Listen to ``source``."""
        self._source = source
        if self.live is not None:
            self.live.set_source(source)

    def watch(self, on: bool) -> None:
        """Tell the pace while something runs; nothing is asked while nothing does."""
        self._watched = on
        if on and not self._timer.isActive():
            self._timer.start()
        elif not on:
            self._tell_stats()

    def _tell_stats(self) -> None:
        if self.live is not None:
            stats: EngineStats = self.live.stats()
            self.stats.emit(stats)
            if self._untested and not stats.opening:  # who listens comes first
                self._untested = False
                self.test_devices()
            if not self._watched and not stats.opening:
                self._timer.stop()

    def _on_settings(self, settings: Any, names: set[str]) -> None:
        if self.live is not None and names & set(_LISTENING):
            self.live.configure(**_listening(settings))

    def close(self) -> None:
        """Stop the engine; the program ends."""
        self._timer.stop()
        engine, self.live = self.live, None
        if engine is not None:
            self._jobs.start(
                self.tr("closing the engine"), lambda _job: engine.close(), lane="closing"
            )


def builder(card: ModelCard) -> Any:
    """Build the untrained network of ``card``, standardisation and all; this imports torch."""
    from genredesk.training.network import rebuild  # noqa: PLC0415

    return rebuild.build(card)


_LISTENING = ("hop_s", "smoothing_s", "silence_dbfs", "unsure_below", "care")
_Found = tuple[list["Bundle"], list[tuple[Path, str]], "Bundle | None"]


def _listening(settings: Any) -> dict[str, Any]:
    values = {name: getattr(settings, name) for name in _LISTENING}
    values["unsure_below"] = values["unsure_below"] or None  # 0: what the card recommends
    return values


def _place(bundle: Bundle) -> tuple[bool, bool, str]:
    """Where a bundle stands in every list: the default, what came along, one's own; by title."""
    from genredesk.inference.bundle import DEFAULT_ID  # noqa: PLC0415

    return bundle.id != DEFAULT_ID, not bundle.shipped, bundle.card.title.casefold()


def _find() -> _Found:
    from genredesk.inference import bundle  # noqa: PLC0415

    found, wrong = bundle.scan()
    found.sort(key=_place)
    return found, wrong, bundle.default_bundle(found) if found else None


def _measure(bundle: Bundle, job: Job) -> Measured:
    """Time front end and network on a known sound; the median is not fooled by a busy moment."""
    from genredesk.features import frontend  # noqa: PLC0415
    from genredesk.inference import runtime  # noqa: PLC0415
    from genredesk.inference.runtime import eightbits, golden, quicker  # noqa: PLC0415

    spec = bundle.card.frontend
    sound = golden.signal(spec.window_samples, spec.sample_rate)
    times = []
    with contextlib.closing(runtime.open_runtime(bundle, runtime.CPU)) as opened:
        for _ in range(_REPEATS):
            job.context.checkpoint()
            begin = time.perf_counter()
            opened.run(frontend.window(spec, sound)[None])
            times.append(time.perf_counter() - begin)
            if len(times) >= _FEWEST and sum(times) > _LONGEST_S:
                break
        job.context.checkpoint()
        quicker.renew(bundle)  # what was timed in a busy moment is not to stand for ever
        bits = eightbits.warning(bundle) or quicker.said(bundle)
        return Measured(1000 * statistics.median(times), opened.device, bits=bits)
