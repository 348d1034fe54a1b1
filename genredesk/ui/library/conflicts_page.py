"""Decide conflicts: what the tag says, what was heard, what a second model hears; one key each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QStackedWidget, QWidget

from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_name, genre_word
from genredesk.core.shares import sureness
from genredesk.ui.library.conflicts import CONFLICTS, TEACHING, ConflictQueue, Opinion
from genredesk.ui.library.correcting import GenrePicker
from genredesk.ui.library.preview import PreviewBar, TrackPreview
from genredesk.ui.library.tracks import columns
from genredesk.ui.library.tracks.catalogue_model import CatalogueModel
from genredesk.ui.listen.teaching.teacher import Teacher
from genredesk.ui.look import strengths, theme
from genredesk.ui.look.text import tr
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import Look, Sized, elided, filled, focus_ring, smooth
from genredesk.ui.widgets.card import Card, EmptyState
from genredesk.ui.widgets.controls import Button, Combo, IconButton
from genredesk.ui.widgets.elided import Elided
from genredesk.ui.widgets.layouts import STRETCH, HBox, VBox, plain_label

if TYPE_CHECKING:
    from genredesk.ui.listen.session import ListenSession


class Choice(Sized, Look, QAbstractButton):
    """One of the genres to choose from: its key, who says so, the word, and how sure that is."""

    wanted = (220, 112)

    def __init__(self, key: str, who: str) -> None:
        super().__init__()
        self._key, self._who = key, who
        self._state: Strength | None = None
        self._named: tuple[str, ...] = ()
        self._word = self._note = ""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(who)

    def say(
        self, word: str, note: str = "", *, state: Strength | None, named: tuple[str, ...] = ()
    ) -> None:
        """Show a word and a note; ``state`` draws the dot, ``None`` none."""
        self._word, self._note, self._state, self._named = word, note, state, named
        self.setAccessibleName(f"{self._key}: {self._who}: {word} {note}".strip())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, tokens = smooth(self), theme.current()
        rect = QRectF(self.rect())
        lively = self.isEnabled()
        plate = tokens.hover if self.underMouse() and lively else tokens.control
        filled(painter, rect, 10, tokens.pressed if self.isChecked() else plate)
        if self.hasFocus() or self.isChecked():
            focus_ring(painter, rect, 10)
        inner = rect.adjusted(theme.px(16), theme.px(12), -theme.px(16), -theme.px(12))
        size = theme.px(22)
        badge = QRectF(inner.right() - size, inner.top(), size, size)
        filled(painter, badge, 5, tokens.line)
        painter.setFont(theme.font(13, bold=True))
        painter.setPen(QColor(tokens.text if lively else tokens.quiet))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, self._key)
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        who = QRectF(inner.left(), inner.top(), inner.width() - 2 * size, size)
        painter.setFont(theme.font(13))
        painter.setPen(QColor(tokens.quiet))
        painter.drawText(who, side, elided(theme.font(13), self._who, who.width()))
        line = QRectF(inner.left(), inner.top() + theme.px(30), inner.width(), theme.px(30))
        if self._state is not None:
            dot = theme.px(14)
            box = QRectF(line.left(), line.center().y() - dot / 2, dot, dot)
            strengths.paint_dot(painter, box, self._state, self._named)
            line.setLeft(box.right() + theme.px(10))
        font = theme.font(18, bold=self._state in (None, Strength.SURE))
        painter.setFont(font)
        sure = self._state in (None, Strength.SURE) and lively
        painter.setPen(QColor(tokens.text if sure else tokens.quiet))
        painter.drawText(line, side, elided(font, self._word, line.width()))
        note = QRectF(inner.left(), inner.bottom() - theme.px(20), inner.width(), theme.px(20))
        painter.setFont(theme.font(13))
        painter.setPen(QColor(tokens.quiet))
        painter.drawText(note, side, elided(theme.font(13), self._note, note.width()))


class ConflictsPage(QWidget):
    """The queue of conflicts.

    Signals
    -------
    left()
        Back to the table.
    teach_asked()
        Train on what was corrected.
    """

    left = Signal()
    teach_asked = Signal()

    def __init__(
        self,
        tracks: CatalogueModel,
        listening: ListenSession,
        preview: TrackPreview,
    ) -> None:
        super().__init__()
        self._tracks, self._listening, self._preview = tracks, listening, preview
        self.queue = ConflictQueue(tracks, listening, self)
        self.teacher = Teacher(listening, self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.back = IconButton("back", self.tr("Back to the tracks"), size=20)
        self.count = plain_label("", "quiet")
        self.models = Combo(self.tr("Second model"))
        self.kinds = Combo(self.tr("What to decide"))
        self.kinds.setMinimumContentsLength(16)
        self.kinds.addItem(self.tr("Conflicts"), CONFLICTS)
        self.kinds.addItem(self.tr("What teaches most"), TEACHING)
        self.track = Elided()
        self.track.setFont(theme.font(22, bold=True))
        self.artist = Elided("quiet")
        self.path = Elided("quiet", where=Qt.TextElideMode.ElideMiddle)
        self.choices = [
            Choice("1", self.tr("Tag")),
            Choice("2", self.tr("Heard")),
            Choice("3", self.tr("Second model")),
        ]
        self.other = Button(self.tr("Another genre …"), "flat", icon="tags")
        self.clear = Button(self.tr("Clear my genre"), "flat", icon="undo")
        self.other.setToolTip(self.tr("Choose any genre (G)"))
        self.clear.setToolTip(self.tr("Forget what you decided about this track (Delete)"))
        self.play = Button(self.tr("Play (Space)"), icon="play")
        self.before = Button(self.tr("Previous (←)"), icon="back")
        self.skip = Button(self.tr("Skip (→)"), icon="next")
        self.decided = plain_label("", "quiet")
        self.teach = Button(self.tr("Train on my corrections …"), icon="train")
        self.learn = Button(self.tr("Learn now"), "primary", icon="refresh")
        self.learn.setToolTip(
            self.tr("The model in use learns from your genres in a moment; can be undone")
        )
        self.bar = PreviewBar(preview)
        self.empty = EmptyState("check", self.tr("No conflicts"), " ")
        self.picker: GenrePicker | None = None
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        against = plain_label(self.tr("Second model"), "quiet")
        head = HBox(self.back, self.kinds, self.count, STRETCH, against, self.models, gap=GRID)
        card = Card("", margin=3 * GRID)
        body = card.body
        for widget in (self.track, self.artist, self.path):
            body.addWidget(widget)
        body.addSpacing(2 * GRID)
        body.addLayout(HBox(*((choice, 1) for choice in self.choices), gap=2 * GRID))
        body.addSpacing(GRID)
        body.addLayout(
            HBox(self.before, self.skip, self.play, STRETCH, self.clear, self.other, gap=GRID)
        )
        body.addWidget(self.bar)
        body.addStretch(1)
        bare = Card("")
        bare.body.addWidget(self.empty)
        self.body = QStackedWidget()
        self.body.addWidget(card)
        self.body.addWidget(bare)
        self.foot = QWidget()
        HBox((self.decided, 1), self.teach, self.learn, parent=self.foot)
        VBox(head, (self.body, 1), self.foot, parent=self, gap=GRID + 4)

    def _connect(self) -> None:
        queue = self.queue
        queue.moved.connect(self._show)
        self.back.clicked.connect(self.leave)
        self.before.clicked.connect(lambda: queue.go(-1))
        self.skip.clicked.connect(lambda: queue.go(1))
        self.play.clicked.connect(self._play)
        self.clear.clicked.connect(queue.take_back)
        self.other.clicked.connect(self.ask)
        self.teach.clicked.connect(self.teach_asked)
        self.learn.clicked.connect(self.learn_now)
        self.teacher.changed.connect(lambda: self.learn.setEnabled(not self.teacher.busy))
        self.kinds.activated.connect(lambda _i: self.show_kind(self.kinds.currentData()))
        self.models.activated.connect(lambda _i: self._choose_second())
        for place, choice in enumerate(self.choices):
            choice.clicked.connect(lambda _on, place=place: self.choose(place))

    # showing ------------------------------------------------------------------------------

    def open(self) -> None:
        """Read the queue and offer the models."""
        wanted = self.models.currentData()
        self.models.clear()
        self.models.addItem(self.tr("None"), "")
        for bundle in self._listening.engine.others:
            self.models.addItem(bundle.card.title, bundle.id)
        self.models.setCurrentIndex(max(0, self.models.findData(wanted or "")))
        self.queue.open()
        self.setFocus()

    def show_kind(self, kind: str) -> None:
        """Show conflicts, or what would teach the model most."""
        self.kinds.setCurrentIndex(self.kinds.findData(kind))
        self.queue.kind = kind
        self.queue.open()
        self.setFocus()

    def leave(self) -> None:
        """Back to the table."""
        self._preview.stop()
        self.left.emit()

    def _show(self) -> None:
        queue, row = self.queue, self.queue.row
        n = len(queue.ids)
        at = min(queue.at + 1, n)
        self.count.setText(self.tr("{0} of {1}").format(at, n) if n else "")
        self._show_decided()
        over = queue.file_id is None
        self.body.setCurrentIndex(1 if over else 0)
        if over:
            self._say_end(n)
            return
        self.before.setEnabled(queue.at > 0)
        mine = queue.decided.get(queue.file_id or -1, ())
        self.clear.setEnabled(bool(mine))
        self._show_mine(mine)
        for choice in self.choices:
            choice.setEnabled(False)
            choice.setChecked(False)
            choice.say("", state=None)
        if row is None:
            return
        self.track.set_text(columns.title_of(row))
        self.artist.set_text(" – ".join(p for p in (row.artist, row.album) if p))
        self.artist.setVisible(bool(row.artist or row.album))
        self.path.set_text(columns.path_words(row))
        tag, heard, second = queue.choices()
        tagged = genre_name(tag) if tag else self.tr("No genre")
        self.choices[0].say(tagged, " · ".join(row.genres[1:]), state=None)
        if row.network.strength is not None:
            word = strengths.word(row.network.strength, row.named)
            self.choices[1].say(
                word, self._note(heard, row.named, row.score),
                state=row.network.strength, named=row.named,
            )  # fmt: skip
        self._show_second()
        for choice, label in zip(self.choices, (tag, heard, second), strict=True):
            choice.setEnabled(bool(label))
            choice.setChecked(mine == (label,))
        if any(choice.isChecked() for choice in self.choices):
            self._show_mine(())

    def _note(self, label: str, named: tuple[str, ...], score: float) -> str:
        """Say the score, and which genre the key sets where the word names none or two."""
        if len(named) == 1:
            return sureness(score)
        return self.tr("{0} {1}").format(genre_word(label), sureness(score)) if label else ""

    def _show_mine(self, labels: tuple[str, ...]) -> None:
        """Say what was decided where it is none of the choices."""
        words = self.tr("Another genre …")
        if labels:
            names = ", ".join(genre_word(label) for label in labels)
            words = self.tr("My genre: {0} …").format(names)
        self.other.setText(words)

    def _show_second(self) -> None:
        second = self.queue.opinion()
        choice = self.choices[2]
        if self.queue.second is None:
            choice.say(self.tr("Not asked"), self.tr("Choose a second model above"), state=None)
        elif isinstance(second, Opinion):
            note = self._note(second.label or "", second.named, second.score)
            word = strengths.word(second.strength, second.named)
            choice.say(word, note, state=second.strength, named=second.named)
        elif second is None:
            choice.say(self.tr("Listening …"), self.queue.second.card.title, state=None)
        else:
            choice.say(self.tr("Can't listen"), second, state=None)

    def _show_decided(self) -> None:
        n = len(self.queue.decided)
        self.decided.setText(tr("%Ln decided", "", n) if n else "")
        self.foot.setVisible(n > 0)

    def _say_end(self, n: int) -> None:
        if self.queue.kind == TEACHING:
            title = self.tr("That was the last of them") if n else self.tr("Nothing to ask about")
            text = self.tr("Asked about is what was listened to and has no genre of yours.")
        elif n:
            title = self.tr("That was the last conflict")
            text = self.tr("Your genres are kept. Organize writes them, training learns from them.")
        else:
            title = self.tr("No conflicts")
            text = self.tr("Every tag agrees with what was heard, or was decided by you.")
        self.empty.say("check", title, text)

    # doing --------------------------------------------------------------------------------

    def choose(self, place: int) -> None:
        """Decide for tag (0), answer (1) or second answer (2)."""
        self.queue.decide(self.queue.choices()[place])
        self.setFocus()

    def _choose_second(self) -> None:
        wanted = self.models.currentData()
        found = (b for b in self._listening.engine.bundles if b.id == wanted)
        self.queue.ask_second(next(found, None))
        self.setFocus()

    def _play(self) -> None:
        file_id = self.queue.file_id
        if file_id is not None and self._tracks.catalogue is not None:
            self._preview.toggle(self._tracks.catalogue, file_id)

    def learn_now(self) -> None:
        """Have the model in use learn from the person's genres at once."""
        if self._tracks.catalogue is not None:
            self.teacher.learn(self._tracks.catalogue.corrections.all)

    def ask(self) -> None:
        """Ask for any other genre."""
        if self.queue.row is None:
            return
        if self.picker is None:
            self.picker = GenrePicker(self.window())
            self.picker.picked.connect(lambda labels: self.queue.decide(*labels))
        bundle = self._listening.engine.bundle
        self.picker.ask(self.other, 1, bundle.card.labels if bundle is not None else ())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """1, 2, 3 decide; arrows skip and go back; Space plays; G asks; Delete clears."""
        key = event.key()
        if key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3):
            place = key - Qt.Key.Key_1
            if self.choices[place].isEnabled():
                self.choose(place)
            return
        keys = {
            Qt.Key.Key_Right: lambda: self.queue.go(1),
            Qt.Key.Key_Left: lambda: self.queue.go(-1),
            Qt.Key.Key_Space: self._play,
            Qt.Key.Key_G: self.ask,
            Qt.Key.Key_Delete: self.queue.take_back,
            Qt.Key.Key_Backspace: self.queue.take_back,
        }
        deed = keys.get(Qt.Key(key))
        if deed is None:
            super().keyPressEvent(event)
        else:
            deed()
