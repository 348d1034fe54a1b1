"""The sound side of the window: which source is open, and what a person does to it.

Everything that touches a device or a file happens in the lane ``sound``, one thing after another;
this object only remembers, asks and tells.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from genredesk.core.errors import Cancelled
from genredesk.ui.listen.device_list import LANE, START_RATE
from genredesk.ui.services.bridge import Bridge
from genredesk.ui.services.jobs import Job, JobRunner
from genredesk.ui.services.settings_store import SettingsStore

if TYPE_CHECKING:
    from genredesk.audio.sources import Playable, Source
    from genredesk.core.settings import Settings


class PlaybackController(QObject):
    """The open source and its player.

    Signals
    -------
    opening(str)
        A source with this address is being opened.
    opened(Source)
        It is the current one now.
    failed(str, str)
        It could not be opened: address and sentence.
    state_changed(Source)
        The current source is in another state or has another message.
    """

    opening = Signal(str)
    opened = Signal(object)
    failed = Signal(str, str)
    state_changed = Signal(object)

    def __init__(
        self, bridge: Bridge, jobs: JobRunner, memory: SettingsStore, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._jobs = jobs
        self._memory = memory
        self._wanted = 0
        self._asked: Job | None = None
        self.source: Source | None = None
        self.address = ""
        self.rate = START_RATE
        bridge.source_changed.connect(self._on_source)

    # opening ------------------------------------------------------------------------------

    def open(self, address: str, *, play: bool = False, at_s: float = 0.0) -> None:
        """Open ``address`` in place of what is open; the last one asked for wins."""
        self._wanted += 1
        wanted = self._wanted
        self.address = address
        if self._asked is not None:
            self._asked.cancel()
        self.opening.emit(address)
        settings = self._memory.settings
        rate = self.rate

        def work(job: Job) -> Source:
            from genredesk.audio.sources import Playable, open_source  # noqa: PLC0415

            source = open_source(address, rate, on_state=self._bridge.on_state)
            if isinstance(source, Playable):
                _prepare(source, settings, play=play, at_s=at_s)
            if job.context.cancelled:  # another one was asked for meanwhile, or the program ends
                source.close()
                raise Cancelled
            return source

        self._asked = self._jobs.start(
            self.tr("opening {0}").format(address),
            work,
            lane=LANE,
            on_done=lambda source: self._adopt(source, wanted),
            on_failed=lambda text, _error: self._not_opened(address, text, wanted),
            on_lost=lambda source: source.close(),
        )

    def _adopt(self, source: Source, wanted: int) -> None:
        if wanted != self._wanted:
            self._close_later(source)
            return
        self._asked = None
        old, self.source = self.source, source
        self.opened.emit(source)
        self.state_changed.emit(source)
        if old is not None:
            self._close_later(old)

    def _not_opened(self, address: str, text: str, wanted: int) -> None:
        if wanted != self._wanted:
            return
        self._asked = None
        old, self.source = self.source, None
        if old is not None:
            self._close_later(old)
        self.failed.emit(address, text)

    def _close_later(self, source: Source) -> None:
        self._jobs.start(self.tr("closing a source"), lambda _job: source.close(), lane="closing")

    def is_current(self, source: Source) -> bool:
        """Whether what happens to ``source`` matters: not while another one is being opened."""
        return source is self.source and self._asked is None

    def _on_source(self, source: Source) -> None:
        if self.is_current(source):
            self.state_changed.emit(source)

    # what a person does to it -------------------------------------------------------------

    @property
    def file(self) -> Playable | None:
        """The open source, if it is one with a player."""
        from genredesk.audio.source import Playable  # noqa: PLC0415 - loaded with the source

        return self.source if isinstance(self.source, Playable) else None

    @property
    def is_file(self) -> bool:
        """Whether the open source is a file with a player."""
        return self.file is not None

    @property
    def path(self) -> Path | None:
        """The open file."""
        file = self.file
        return Path(file.info.address.removeprefix("file:")) if file is not None else None

    @property
    def state(self) -> str:
        """Name of the open source's state in small letters, ``closed`` when there is none."""
        return self.source.state.name.lower() if self.source is not None else "closed"

    @property
    def position(self) -> float:
        """What is heard now, in seconds of the file."""
        return file.position() if (file := self.file) is not None else 0.0

    @property
    def seconds(self) -> float | None:
        """Length of the open file."""
        return self.source.info.seconds if self.source is not None else None

    def play(self) -> None:
        """Let the file sound."""
        if (file := self.file) is not None:
            file.play()

    def pause(self) -> None:
        """Hold the file where it is."""
        if (file := self.file) is not None:
            file.pause()

    def seek(self, seconds: float) -> None:
        """Jump to ``seconds`` of the file."""
        if (file := self.file) is not None:
            limit = self.seconds
            file.seek(max(0.0, seconds if limit is None else min(seconds, limit)))

    def apply(
        self,
        *,
        volume: float | None = None,
        muted: bool | None = None,
        loop: bool | None = None,
        output: str | None = None,
    ) -> None:
        """Set of the player what is given, if there is one."""
        file = self.file
        if file is None:
            return
        if volume is not None:
            file.volume = volume
        if muted is not None:
            file.muted = muted
        if loop is not None:
            file.loop = loop
        if output is not None:
            file.set_output(output)

    def close(self) -> None:
        """Close the source; the program ends."""
        self._wanted += 1
        source, self.source = self.source, None
        if source is not None:
            self._close_later(source)


def _prepare(source: Playable, settings: Settings, *, play: bool, at_s: float) -> None:
    """Give a fresh player the remembered settings before it sounds."""
    source.volume = settings.volume
    source.muted = settings.muted
    source.loop = settings.loop
    if settings.output:
        source.set_output(settings.output)
    if at_s > 0:
        source.seek(at_s)
    if not play:
        source.pause()
