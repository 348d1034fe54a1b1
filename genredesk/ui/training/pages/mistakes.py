"""The songs of a cell of the confusion matrix: see and hear exactly the windows that went wrong.

A song can be given another genre or be left out right here; the next training takes it into
account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from genredesk.core.genres import genre_word
from genredesk.core.shares import sureness
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.services import dialogs
from genredesk.ui.training.music import Track
from genredesk.ui.training.pages.wizard_page import genre, songs
from genredesk.ui.training.results import WAYS, Result, SongResult, WindowResult
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.charts.song_windows import SongWindows
from genredesk.ui.widgets.controls import Button, Combo
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, paragraph, plain_label
from genredesk.ui.widgets.song_list import SongList, SongRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from genredesk.ui.services.jobs import Job

RATE = 22050
LONGEST_S = 600.0


class MistakesCard(Card):
    """A card with songs and the chosen one's windows.

    Signals
    -------
    changed()
        A song was given another genre, or was left out or taken back.
    """

    changed = Signal()

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(margin=2 * GRID)
        self._session = session
        self._result: Result | None = None
        self._songs: dict[str, SongResult] = {}
        self._drawing: Job | None = None
        self._cell: tuple[str, str] | None = None
        self.title.show()
        self.which = Combo(self.tr("Songs to show"))
        for name, text in (
            ("wrong", self.tr("All mistakes")),
            ("differ", self.tr("Sum and majority differ")),
            ("all_three", self.tr("Wrong by sum, majority and surest window")),
            ("second", self.tr("Right genre comes 2nd")),
            ("third", self.tr("Right genre comes 3rd")),
            ("later", self.tr("Right genre comes 4th or later")),
        ):
            self.which.addItem(text, name)
        self.which.setPlaceholderText(self.tr("Of one cell"))
        self.which.setMinimumContentsLength(28)  # the title beside it does not say it again
        self.save = Button(self.tr("Save this window …"))
        self.list = SongList(self.tr("Songs"))
        self.windows = SongWindows()
        self.said = paragraph("", "quiet")
        self.nothing = paragraph(self.tr("No songs"), "quiet")
        self.detail = QWidget()
        self.play = Button(self.tr("Play this window"), icon="play")
        self.play_wrong = Button(self.tr("Next wrong window"), icon="next")
        self.move_to = Combo(self.tr("The song's genre"))
        self.aside = Button(self.tr("Exclude"))
        self._lay_out()
        self._connect()
        self._show_song("")

    def _lay_out(self) -> None:
        self.head.addWidget(self.which)
        VBox(
            (self.windows, 1),
            self.said,
            HBox(self.play, self.play_wrong, self.save, STRETCH, gap=GRID),
            HBox(
                plain_label(self.tr("It is"), "quiet"),
                (self.move_to, 1),
                self.aside,
                gap=GRID,
            ),
            parent=self.detail,
            gap=GRID,
        )
        self.body.add(self.nothing, (self.list, 2), (self.detail, 4))

    def _connect(self) -> None:
        preview = self._session.preview
        self.which.activated.connect(lambda _i: self.show_wrong())
        self.save.clicked.connect(self._save_window)
        self.list.chosen.connect(self._show_song)
        self.list.play.connect(self._play_song)
        self.windows.chosen.connect(self._on_window)
        self.windows.play.connect(self._play_window)
        self.play.clicked.connect(lambda: self._play_window(self.windows.current()))
        self.play_wrong.clicked.connect(self._next_wrong)
        self.move_to.activated.connect(self._move)
        self.aside.clicked.connect(self._set_aside)
        preview.changed.connect(self._on_preview)
        preview.moved.connect(self._on_moved)

    # ------------------------------------------------------------ showing

    def show_result(self, result: Result | None) -> None:
        """Show another result, its mistakes first."""
        self._result = result
        self.move_to.clear()
        if result is not None:
            for label in result.labels:
                self.move_to.addItem(genre_word(label), label)
            self.which.setCurrentIndex(max(0, self.which.currentIndex()))
            self.show_wrong()

    def show_wrong(self) -> None:
        """Show every song that was named wrongly, or those of the choice above."""
        if self._result is None:
            return
        self._cell = None
        way = self.which.currentData()
        found = self._result.chosen(WAYS[way])
        n = len(self._result.songs)
        text = self.tr("WRONG: {0} OF {1}") if way == "wrong" else self.tr("SONGS: {0} OF {1}")
        self.title.setText(text.format(len(found), n))
        self._fill(found)

    def show_cell(self, truth: str, answer: str) -> None:
        """Show the songs of a cell of the matrix."""
        if self._result is None:
            return
        self._cell = (truth, answer)
        self.which.setCurrentIndex(-1)
        found = self._result.cell(truth, answer)
        text = self.tr("{0}, CORRECT: {1}") if truth == answer else self.tr("{0} CALLED {2}: {1}")
        self.title.setText(text.format(genre(truth).upper(), len(found), genre(answer).upper()))
        self._fill(found)

    def _fill(self, found: list[SongResult]) -> None:
        self._songs = {s.path or s.name: s for s in found}
        self.list.songs.set_rows([self._row(key, s) for key, s in self._songs.items()])
        if found:
            self.list.setCurrentIndex(self.list.songs.index(0))
        else:
            self._show_song("")

    def _row(self, key: str, song: SongResult) -> SongRow:
        detail = self.tr("is {0}, called {1}").format(genre(song.truth), genre(song.answer))
        if song.right:
            detail = genre(song.answer)
        tone = "quiet"
        track = self._session.music.tracks.get(key)
        if track is not None:
            now = self._session.music.label_of(track)
            if track.aside:
                detail, tone = self.tr("excluded from the next training"), "warning"
            elif self._moved(track, song):
                detail = self.tr("{0} from the next training on").format(genre(now))
                tone = "warning"
        name = song.name.rpartition("/")[2]
        return SongRow(key, name, detail, sureness(song.score), tone, song.answer)

    def _moved(self, track: Track, song: SongResult) -> bool:
        """Whether a person gave the song another genre since it was trained on."""
        music = self._session.music
        return bool(track.own) if music.words else music.label_of(track) != song.truth

    def _song(self) -> SongResult | None:
        return self._songs.get(self.list.current())

    def _show_song(self, key: str) -> None:
        song = self._songs.get(key)
        for control in (self.play, self.play_wrong, self.save, self.move_to, self.aside):
            control.setEnabled(song is not None)
        self.detail.setVisible(song is not None)
        self.nothing.setVisible(song is None and self._result is not None)
        if song is None:
            self.windows.set_song("", [])
            return
        track = self._session.music.tracks.get(key)
        known = track is not None
        self.move_to.setEnabled(known)
        self.aside.setEnabled(known)
        now = self._session.music.label_of(track) if track is not None else song.truth
        self.move_to.setCurrentIndex(self.move_to.findData(now))
        out = track is not None and track.aside
        self.aside.setText(self.tr("Include") if out else self.tr("Exclude"))
        pieces = [(w.start, w.end, w.answer, w.score) for w in song.windows]
        truth, *also = song.words or (song.truth,)
        self.windows.set_song(truth, pieces, also)
        self.play_wrong.setEnabled(bool(song.wrong_windows()))
        self._on_window(self.windows.current())
        self._draw(song)

    def _on_window(self, index: int) -> None:
        song = self._song()
        if song is None:
            return
        n, wrong = len(song.windows), len(song.wrong_windows())
        text = tr("{0} of its %Ln window(s) are wrong", "", n).format(wrong)
        if index >= 0:
            text = f"{self.windows.sentence(index)} · {text}"
        self.said.setText(text)
        self._on_preview()

    def _draw(self, song: SongResult) -> None:
        """Make the song's picture off the UI thread; only the last one asked for is shown."""
        if self._drawing is not None:
            self._drawing.cancel()
        wanted = song.path

        def work(job: Job) -> tuple[np.ndarray, float]:
            return spectrogram(wanted, job)

        def done(made: tuple[np.ndarray, float]) -> None:
            now = self._song()
            if now is not None and now.path == wanted:
                self.windows.set_picture(*made)

        def failed(text: str, _error: Any) -> None:
            now = self._song()
            if now is not None and now.path == wanted:
                self.windows.set_problem(text)

        self._drawing = self._session.jobs.start(
            self.tr("drawing {0}").format(song.name),
            work,
            lane="drawing",
            on_done=done,
            on_failed=failed,
        )
        job = self._drawing
        job.ended.connect(lambda: self._drawn(job))

    def _drawn(self, job: Job) -> None:
        if self._drawing is job:
            self._drawing = None

    # ------------------------------------------------------------ hearing

    def _play_song(self, key: str) -> None:
        song = self._songs.get(key)
        if song is not None and song.path:
            self._session.preview.toggle(song.path)

    def _play_window(self, index: int) -> None:
        song = self._song()
        if song is not None and song.path and 0 <= index < len(song.windows):
            window = song.windows[index]
            self._session.preview.toggle(song.path, window.start, window.end)

    def _next_wrong(self) -> None:
        """Choose the next window that went wrong, and play it."""
        song = self._song()
        if song is None:
            return
        n, here = len(song.windows), self.windows.current()
        order = [(here + step) % n for step in range(1, n + 1)]
        index = next((i for i in order if not song.has(song.windows[i].answer)), -1)
        if index >= 0:
            self._session.preview.stop()
            self.windows.choose(index)
            self._play_window(index)

    def _on_preview(self) -> None:
        preview = self._session.preview
        self.list.songs.set_playing(preview.path)
        song, index = self._song(), self.windows.current()
        here = False
        if song is not None and 0 <= index < len(song.windows):
            here = preview.is_playing(song.path, song.windows[index].start)
        self.play.setText(self.tr("Stop") if here else self.tr("Play this window"))
        self.play.set_icon("stop" if here else "play")
        if not preview.path:
            self.windows.set_position(-1.0)

    def _on_moved(self, seconds: float) -> None:
        song = self._song()
        if song is not None and self._session.preview.path == song.path:
            self.windows.set_position(seconds)

    def _save_window(self) -> None:
        """Save the chosen window as WAV, with all its scores beside it."""
        song, index = self._song(), self.windows.current()
        if song is None or self._result is None or not 0 <= index < len(song.windows):
            return
        window, labels = song.windows[index], self._result.labels
        stem = song.name.rpartition("/")[2].rpartition(".")[0] or song.name
        name = f"{stem} {window.start:.1f} s.wav"
        scores = dict(zip(labels, window.scores, strict=False))
        dialogs.save_file(
            self, self.tr("Save this window"), self.tr("Sound (*.wav)"), name,
            lambda path, _kind: self._write_window(path, song, window, scores),
        )  # fmt: skip

    def _write_window(
        self, path: Path, song: SongResult, window: WindowResult, scores: dict[str, float]
    ) -> None:
        def work(_job: Job) -> None:
            from genredesk.training.evaluation import windows  # noqa: PLC0415 - when asked

            windows.save(path, song.path, window.start, window.end, truth=song.truth, scores=scores)

        self._session.jobs.start(
            self.tr("saving a window"),
            work,
            lane="saving",
            on_done=lambda _: self.said.setText(self.tr("Saved: {0}").format(path)),
            on_failed=lambda text, _error: self.said.setText(text),
        )

    # ------------------------------------------------------------ mending

    def _move(self, index: int) -> None:
        label, key = self.move_to.itemData(index), self.list.current()
        if label and key:
            self._session.music.relabel([key], label)
            self._again()

    def _set_aside(self) -> None:
        key = self.list.current()
        track = self._session.music.tracks.get(key)
        if track is not None:
            self._session.music.set_aside([key], not track.aside)
            self._again()

    def _again(self) -> None:
        self.list.songs.set_rows([self._row(key, s) for key, s in self._songs.items()])
        key = self.list.current()
        track = self._session.music.tracks.get(key)
        out = track is not None and track.aside
        self.aside.setText(self.tr("Include") if out else self.tr("Exclude"))
        self.changed.emit()

    def waiting(self) -> int:
        """Return how many songs of this result would be different in another training."""
        if self._result is None:
            return 0
        music = self._session.music
        n = 0
        for song in self._result.songs:
            track = music.tracks.get(song.path)
            n += track is not None and (track.aside or self._moved(track, song))
        return n

    def summary(self) -> str:
        """Say how many songs were changed."""
        n = self.waiting()
        text = self.tr("{0} changed; train again to see the difference.")
        return text.format(songs(n)) if n else ""


def spectrogram(path: str, job: Job) -> tuple[np.ndarray, float]:
    """Return a file's picture: dB ``(bands, n)`` with at most about a thousand columns, seconds.

    Raises
    ------
    AudioFileError
        When it cannot be read.
    Cancelled
        When another one is wanted.
    """
    from genredesk.audio.decode import listen_through  # noqa: PLC0415 - after the first paint
    from genredesk.features.stream import FrontendStream  # noqa: PLC0415
    from genredesk.ui.listen.spectrogram_feed import display_spec  # noqa: PLC0415

    spec = display_spec(RATE)

    def drawn(blocks: Iterator[np.ndarray]) -> tuple[np.ndarray, int]:
        stream, parts, n = FrontendStream(spec), [], 0
        for block in blocks:
            job.context.checkpoint()
            parts.append(stream.push(block)[0])
            n += len(block)
            if n > LONGEST_S * RATE:
                break
        return np.concatenate(parts, axis=-1), n

    columns, n = listen_through(path, RATE, drawn)
    step = max(1, columns.shape[1] // 1000)
    whole = columns[:, : columns.shape[1] // step * step]
    return whole.reshape(len(whole), -1, step).max(axis=2), n / RATE
