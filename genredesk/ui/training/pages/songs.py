"""The songs of the chosen classes: play them, see their problems, move them, set them aside."""

from __future__ import annotations

from genredesk.core.genres import genre_word
from genredesk.ui.look.tokens import GRID
from genredesk.ui.training.music import Track
from genredesk.ui.training.pages.wizard_page import genre, songs
from genredesk.ui.training.session import TrainingSession
from genredesk.ui.widgets.base import clock
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.controls import Button, Combo
from genredesk.ui.widgets.layouts import HBox
from genredesk.ui.widgets.song_list import SongList, SongRow

MOST = 5000
"""Rows shown at once; problems come first."""


class SongsCard(Card):
    """A card with the songs of some classes."""

    def __init__(self, session: TrainingSession) -> None:
        super().__init__(margin=2 * GRID)
        self.title.show()
        self._session = session
        self._classes: list[str] = []
        self._filling = False
        self.only = Button(self.tr("Problems only"), "flat")
        self.only.setCheckable(True)
        self.list = SongList(self.tr("Songs"))
        self.play = Button(self.tr("Play"), icon="play")
        self.move_to = Combo(self.tr("Move the selected songs to another genre"))
        self.move_to.setPlaceholderText(self.tr("Move to …"))
        self.aside = Button(self.tr("Exclude"))
        self.aside.setToolTip(self.tr("Exclude the selected songs from the training"))
        self.head.addWidget(self.only)
        self.body.add((self.list, 1), HBox(self.play, (self.move_to, 1), self.aside, gap=GRID))
        self.only.toggled.connect(lambda _on: self._fill())
        self.list.play.connect(session.preview.toggle)
        self.list.selectionModel().selectionChanged.connect(lambda _a, _b: self._on_selection())
        self.play.clicked.connect(lambda: self.list.play.emit(self.list.current()))
        self.move_to.activated.connect(self._move)
        self.aside.clicked.connect(self._set_aside)
        session.preview.changed.connect(self._on_preview)
        self._on_selection()

    def show_classes(self, labels: list[str]) -> None:
        """Show the songs of these classes."""
        self._classes = labels
        self._fill()

    def _fill(self) -> None:
        music = self._session.music
        groups = [music.groups[c] for c in self._classes if c in music.groups]
        tracks = [t for group in groups for t in group.tracks]
        n_problems = sum(track.troubled for track in music.tracks.values())
        back = self.only.isChecked()
        text = self.tr("Back to the genre") if back else self.tr("All problems ({0})")
        self.only.setText(text.format(n_problems))
        self.only.setEnabled(music.troubled or self.only.isChecked())
        if self.only.isChecked():
            tracks = music.problems()
            title = self.tr("PROBLEMS")
        elif len(self._classes) == 1:
            title = genre(self._classes[0]).upper()
        else:
            title = self.tr("SONGS")
        self.title.setText(title)
        ordered = sorted(tracks, key=lambda t: not t.troubled)[:MOST]
        several = self.only.isChecked() or len(self._classes) > 1
        self._filling = True
        self.list.songs.set_source(
            [t.path for t in ordered], lambda place: self._row(ordered[place], several=several)
        )
        self._filling = False
        if ordered and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.list.songs.index(0))
        self._on_selection()

    def _row(self, track: Track, *, several: bool) -> SongRow:
        detail, tone = track.artist, "quiet"
        if track.aside:
            detail = self.tr("excluded")
        elif track.troubled:
            detail = ". ".join(p.rstrip(".") for p in (track.reason, track.fix) if p)
            detail, tone = detail[:1].upper() + detail[1:] + ".", "warning"
        note = clock(track.seconds) if track.seconds > 0 else ""
        label = self._session.music.label_of(track) if several else ""
        dim = not track.usable
        return SongRow(track.path, track.name, detail, note, tone, label, dim)

    def _on_selection(self) -> None:
        if self._filling:
            return
        chosen = self.list.selected()
        music = self._session.music
        tracks = [music.tracks[p] for p in chosen if p in music.tracks]
        self.play.setEnabled(bool(self.list.current()))
        self.move_to.setEnabled(bool(tracks))
        self.aside.setEnabled(bool(tracks))
        back = bool(tracks) and all(t.aside for t in tracks)
        self.aside.setText(self.tr("Include") if back else self.tr("Exclude"))
        labels = [g.label for g in music.classes() if g.label]
        if labels != [self.move_to.itemData(i) for i in range(self.move_to.count())]:
            self.move_to.clear()
            for label in labels:
                self.move_to.addItem(genre_word(label), label)
        self.move_to.setCurrentIndex(-1)
        self.list.setAccessibleDescription(songs(len(tracks)))

    def _move(self, index: int) -> None:
        label = self.move_to.itemData(index)
        chosen = self.list.selected()
        if label and chosen:
            self._session.music.relabel(chosen, label)
        self.move_to.setCurrentIndex(-1)

    def _set_aside(self) -> None:
        music = self._session.music
        chosen = [p for p in self.list.selected() if p in music.tracks]
        back = bool(chosen) and all(music.tracks[p].aside for p in chosen)
        music.set_aside(chosen, not back)

    def _on_preview(self) -> None:
        playing = self._session.preview.path
        self.list.songs.set_playing(playing)
        here = bool(playing) and playing == self.list.current()
        self.play.setText(self.tr("Stop") if here else self.tr("Play"))
        self.play.set_icon("stop" if here else "play")
