"""Teach what is playing now: the last seconds of the open source become a song with a label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from genredesk.core.genres import genre_word
from genredesk.ui.listen.teaching.ask import LAST_S, LEAST_S, AskWord
from genredesk.ui.look.text import tr
from genredesk.ui.services.jobs import Job
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.controls import Button
from genredesk.ui.widgets.notices import Severity


class RecordPanel(AskWord):
    """Asks what it is called, then keeps it."""

    def __init__(self, session: TrainingSession, parent: QWidget) -> None:
        self._session = session
        super().__init__(
            parent,
            400,
            tr("Name of the genre"),
            Button(tr("Keep the last 30 seconds"), "primary", icon="check"),
            tr(
                "It is written as a WAV file into the folder “{0}” among your data and stays there "
                "until you delete it."
            ).format(session.recordings.name),
        )
        self.note.setToolTip(str(session.recordings))

    def words(self) -> list[tuple[str, str]]:
        """Return the genres there are."""
        return [(g.label, g.label) for g in self._session.music.classes() if g.label]

    def available_s(self) -> float:
        """Return how many seconds without a gap can be kept."""
        source = self._session.listening.sound.source
        return _span(source)[2] if source is not None else 0.0

    def look(self) -> None:
        """Say what can be kept."""
        source = self._session.listening.sound.source
        seconds = self.available_s()
        if source is None or seconds < LEAST_S:
            self.what.setText(
                tr(
                    "Play something first, on the Listen page or from any other source: at least "
                    "%Ln second(s) of it are needed.",
                    "",
                    round(LEAST_S),
                )
            )
        else:
            self.what.setText(
                tr("The last %Ln second(s) of {0}", "", round(min(LAST_S, seconds))).format(
                    source.info.name
                )
            )
        self.go.setText(
            tr("Keep the last %Ln second(s)", "", round(min(LAST_S, max(seconds, LEAST_S))))
        )
        named = bool(self.word.currentText().strip())
        self.go.setEnabled(seconds >= LEAST_S and named)

    def act(self) -> None:
        """Write the last seconds into the recordings and look through them."""
        label = self.word.currentText().strip()
        source = self._session.listening.sound.source
        if not label or source is None or self.available_s() < LEAST_S:
            return
        start, stop, _seconds = _span(source)
        sound = source.ring.read(start, stop)
        rate, name = source.sample_rate, source.info.name
        folder = self._session.recordings

        def work(_job: Job) -> Path:
            from genredesk.training.data import examples  # noqa: PLC0415

            return examples.write(label, sound, rate, name)

        def done(path: Path) -> None:
            text = self.tr("{0} was added to {1}.").format(path.name, genre_word(label))
            self._session.say("record", text, Severity.INFO, 6.0)
            self._session.add_folders([folder])

        self._session.jobs.start(
            self.tr("keeping a recording"),
            work,
            lane="saving",
            on_done=done,
            on_failed=lambda text, _error: self._session.say("record", text, Severity.ERROR),
        )
        self.close_plate()


def _span(source: Any) -> tuple[int, int, float]:
    """Return start, stop and seconds of what can be kept: heard, held, without a gap."""
    ring, rate = source.ring, source.sample_rate
    stop = min(source.now(), ring.end)
    start = max(ring.start, stop - round(LAST_S * rate), 0)
    gaps = [g for g in ring.gaps(start) if g < stop]
    start = max([start, *gaps])
    return start, stop, max(0.0, (stop - start) / rate)
