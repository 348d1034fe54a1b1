"""The timeline: what was heard and how it sounded, on one axis of time.

A ribbon of answers over a picture of the sound. It can be scrolled back, zoomed in time and in
frequency, and frozen; while it follows, the moment that is heard stays in sight. It shows a
:class:`~genredesk.inference.heard.HeardPart` and changes nothing in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy

from genredesk.ui.widgets.base import Sized
from genredesk.ui.widgets.spectrogram import colour_maps
from genredesk.ui.widgets.spectrogram.painting import SPAN_S, TimelinePainting
from genredesk.ui.widgets.spectrogram.scale import TimeScale

if TYPE_CHECKING:
    from genredesk.inference.heard import HeardPart

PALETTES = colour_maps.PALETTES
_CLICK_PX = 4
_FEWEST_ROWS = 8.0


class TimelineView(Sized, TimelinePainting):
    """Ribbon and spectrogram of a part, with their axes.

    Signals
    -------
    seek(float)
        A time of the file was clicked.
    selected(object)
        ``(start, end)`` of what is selected, or ``None``.
    moved()
        Another time is seen, or it follows or is frozen now or no longer.
    """

    wanted = (880, 340)
    least = (280, 140)

    seek = Signal(float)
    selected = Signal(object)
    moved = Signal()

    def __init__(self, span_s: float = SPAN_S) -> None:
        super().__init__(span_s)
        self.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Timeline"))
        self.setAccessibleDescription(self.tr("Genres and spectrogram along the time"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._press: tuple[QPointF, float, bool] | None = None
        self._dragged = False
        self._looks: tuple[object, ...] = ()
        self._moves: tuple[object, ...] = ()

    # ------------------------------------------------------------ what is shown

    @property
    def part(self) -> HeardPart | None:
        """What is shown."""
        return self._part

    def set_part(self, part: HeardPart | None) -> None:
        """Show another part, from where it is heard."""
        self._part = part
        self.frozen = False
        self._rows = None
        self.select(None)
        is_file = part is not None and part.path is not None
        self.scale = TimeScale(self.scale.span_s, centred=is_file)
        self.set_now(0.0 if is_file or part is None else part.end)
        self.moved.emit()

    def picture_changed(self) -> None:
        """The part has another picture, through another axis perhaps."""
        self._rows = None
        self.update()

    def set_now(self, seconds: float) -> None:
        """Tell which moment is heard; repaints when that shows."""
        part, scale = self._part, self.scale
        scale.now_s = seconds
        scale.last_s = part.end if part is not None else 0.0
        if part is not None and part.path is None:
            scale.now_s = max(seconds, 0.0)
            scale.last_s = max(scale.last_s, seconds)
        self.refresh()

    def refresh(self) -> None:
        """Repaint if anything that is seen changed."""
        part = self._part
        per_pixel = self._seconds_per_pixel()
        picture = part.picture if part is not None else None
        looks = self.scale.span_s, id(part), id(picture), part.seconds if part is not None else None
        moves = (
            int(self.scale.left / per_pixel),
            int(self.scale.now_s / per_pixel),
            picture.changes if picture is not None else 0,
            part.answers.changes if part is not None else 0,
        )
        if looks != self._looks:
            self.update()
        elif moves != self._moves:
            self.update(self.moving_area())
        self._looks, self._moves = looks, moves

    def set_window_s(self, seconds: float) -> None:
        """Mark how much sound the network hears at once; 0 marks nothing."""
        self._window_s = seconds
        self.update()

    def set_palette(self, name: str) -> None:
        """Use the color map ``name``."""
        self._palette = name
        self._coloured = False
        self.update()

    def palette_name(self) -> str:
        """Return the color map in use."""
        return self._palette

    def set_range(self, floor: float, ceiling: float) -> None:
        """Set the decibels of the darkest and the brightest color."""
        self._range = floor, ceiling
        self._coloured = False
        self.update()

    # ------------------------------------------------------------ where it looks

    def follow(self) -> None:
        """Keep the moment that is heard in sight from now on."""
        self.frozen = False
        self.scale.following = True
        self._looked()

    def freeze(self, on: bool) -> None:
        """Hold the picture, or follow again; what is heard goes on behind it."""
        if not on:
            self.follow()
            return
        self.scale.right_s = self.scale.right
        self.scale.following = False
        self.frozen = True
        self._looked()

    def look(self, share: float) -> None:
        """Look earlier (negative) or later by a share of what is seen."""
        self.scale.scroll(share * self.scale.span_s)
        self._looked()

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Show ``factor`` times as much time; what is at ``x`` stays there."""
        about = None if x is None else self.time_at(x)
        if self.scale.following and (x is None or not self.scale.centred):
            about = None
        self.scale.zoom(factor, about)
        self._looked()

    def show_all(self) -> None:
        """Show all the time there is, and all frequencies."""
        self._rows = None
        whole = max(self.scale.last_s - self.scale.first_s, self._window_s, 1.0)
        self.scale.zoom(whole / self.scale.span_s)
        self.follow()

    def show_time(self, seconds: float) -> None:
        """Bring a time into the middle."""
        self.scale.show(seconds)
        self._looked()

    def zoom_frequency(self, factor: float, y: float | None = None) -> None:
        """Show ``factor`` times as many rows; what is at ``y`` stays there."""
        low, high = self.rows()
        whole = self._n_rows()
        at = (low + high) / 2 if y is None else self._row_at(y)
        span = min(max((high - low) * factor, min(_FEWEST_ROWS, whole)), whole)
        low = at - (at - low) / (high - low) * span
        low = min(max(0.0, low), whole - span)
        self._rows = (low, low + span) if span < whole - 1e-6 else None
        self.update()

    def select(self, span: tuple[float, float] | None) -> None:
        """Select a time, or nothing."""
        if span != self.selection:
            self.selection = span
            self.selected.emit(span)
            self.update()

    def _looked(self) -> None:
        if self.scale.following:
            self.frozen = False
        self.refresh()
        self.moved.emit()
        self.update()

    # ------------------------------------------------------------ input

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click, a drag along time, or (in the ribbon, or with Shift) a selection."""
        if event.button() == Qt.MouseButton.LeftButton and self._part is not None:
            at = event.position()
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            selects = shift or at.y() < self.picture_box().top()
            self._press = (at, self.scale.right, selects)
            self._dragged, self._held = False, True

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, and say what is under the pointer."""
        at = event.position()
        self._pointer = at
        if self._press is not None:
            start, right, selects = self._press
            if abs(at.x() - start.x()) >= _CLICK_PX:
                self._dragged = True
            if self._dragged and selects:
                ends = sorted((self.time_at(start.x()), self.time_at(at.x())))
                self.select(self._within(*ends))
            elif self._dragged:
                moved = (start.x() - at.x()) / self.picture_box().width() * self.scale.span_s
                self.scale.scroll(right + moved - self.scale.right)
                self._looked()
        inside = self.picture_box().contains(at) or self.ribbon_box().contains(at)
        self.setCursor(Qt.CursorShape.CrossCursor if inside else Qt.CursorShape.ArrowCursor)
        self.update()

    def _within(self, start: float, end: float) -> tuple[float, float] | None:
        start = max(start, self.scale.first_s)
        end = min(end, max(self.scale.last_s, self.scale.first_s))
        return (start, end) if end > start else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click goes there in a file, and selects the stretch of a live source."""
        press, self._press, self._held = self._press, None, False
        part = self._part
        if press is None or self._dragged or part is None:
            return
        seconds = self.time_at(event.position().x())
        if part.path is not None and not press[2]:
            if self.scale.first_s <= seconds <= self.scale.last_s:
                self.seek.emit(seconds)
            return
        found = part.answers.stretch_at(seconds)
        self.select((found.start, found.end) if found is not None else None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show every frequency again."""
        if self.picture_box().contains(event.position()):
            self._rows = None
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom the time; over the frequencies, or with Alt, zoom those."""
        turn = event.angleDelta()
        steps = (turn.y() or turn.x()) / 120
        at = event.position()
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if at.x() < self.picture_box().left() or alt:
            self.zoom_frequency(0.8**steps, at.y())
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(0.8**steps, at.x())
        else:
            self.look(-0.12 * steps)
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pinch to zoom; a filter, since an error while painting must not come through here."""
        zoom = Qt.NativeGestureType.ZoomNativeGesture
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == zoom:
            self.zoom(1 / max(0.2, 1 + event.value()), event.position().x())
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape ends a selection."""
        if event.key() == Qt.Key.Key_Escape and self.selection is not None:
            self.select(None)
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.update()
        super().leaveEvent(event)
