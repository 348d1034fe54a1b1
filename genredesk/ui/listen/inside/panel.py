"""What the network sees, what its layers make of it, and why it says what it says.

Closed, it is one button above the picture: no thread, no session, nothing computed. Open, a looker
(:mod:`genredesk.inference.inside.looker`) shows the newest window several times a second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal

from genredesk.core.genres import genre_word
from genredesk.core.shares import percent, sureness
from genredesk.inference.inside.said import name_said
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.controls import Combo, IconButton
from genredesk.ui.widgets.layouts import HBox, paragraph, plain_label
from genredesk.ui.widgets.spectrogram.feature_maps import FeatureMaps
from genredesk.ui.widgets.spectrogram.window_picture import WindowPicture

if TYPE_CHECKING:
    from pathlib import Path

    from genredesk.core.scores import Decision, FloatArray, Scores
    from genredesk.inference.bundle import Bundle
    from genredesk.inference.inside.looker import Explained, Glimpse, Looker
    from genredesk.ui.listen.session import ListenSession


class InsidePanel(Card):
    """A panel of the Listen page, shown while :attr:`button`, which lies elsewhere, is down.

    Signals
    -------
    toggled(bool)
        It was opened or closed.
    """

    toggled = Signal(bool)
    _looked = Signal(object)
    _explained = Signal(object)
    _troubled = Signal(str)

    def __init__(self, listening: ListenSession) -> None:
        super().__init__(margin=2 * GRID)
        self._listening = listening
        self._looker: Looker | None = None
        self._moment: tuple[Path, float] | None = None
        self._bundle: Bundle | None = None
        self.button = IconButton("look", self.tr("What the network sees"), size=18)
        self.button.setCheckable(True)
        self.layer = Combo(self.tr("Layer"))
        self.said = plain_label()
        self.because = paragraph("", "quiet")
        self.picture = WindowPicture()
        self.reason = WindowPicture()
        self.reason.setAccessibleName(self.tr("What the word rests on"))
        self.maps = FeatureMaps()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        layout = self.layout()
        if layout is not None:  # a low window has little room
            layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
            layout.setSpacing(0)
        self.body.add(
            HBox((self.said, 1), self.layer, gap=2 * GRID),
            (HBox((self.picture, 4), (self.maps, 5), (self.reason, 4), gap=2 * GRID), 1),
            self.because,
        )
        self.hide()

    def _connect(self) -> None:
        listening = self._listening
        self.button.toggled.connect(self._toggle)
        self.layer.activated.connect(lambda _i: self._choose_layer(self.layer.currentData()))
        # what comes on the looker's thread crosses to this one
        queued = Qt.ConnectionType.QueuedConnection
        self._looked.connect(self._show_look, queued)
        self._explained.connect(self._show_why, queued)
        self._troubled.connect(self.because.setText, queued)
        listening.opened.connect(self._on_source)
        listening.scored.connect(self._on_scored)
        listening.engine.bundle_changed.connect(self._on_bundle)
        listening.memory.changed.connect(self._on_settings)
        self._on_settings(listening.memory.settings, {"palette"})

    @property
    def looking(self) -> bool:
        """Whether a looker is at work."""
        return self._looker is not None

    def _toggle(self, on: bool) -> None:
        self.setVisible(on)
        self._follow()
        if not on:
            self.said.clear()
            self._forget()
        self.toggled.emit(on)

    def _follow(self) -> None:
        """Look while the panel is open and seen, and at no other time."""
        wanted = self.button.isChecked() and self.isVisible()
        if wanted and self._looker is None:
            from genredesk.inference.inside.looker import Looker  # noqa: PLC0415 - when opened

            self._looker = Looker(self._looked.emit, self._explained.emit, self._troubled.emit)
            self._on_bundle(self._listening.engine.bundle)
            self._on_source(self._listening.sound.source)
            self._looker.set_moment(self._moment)
        elif not wanted and self._looker is not None:
            self._looker.stop()
            self._looker = None

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self._follow()

    def hideEvent(self, event: Any) -> None:
        """Nobody sees it: nothing is computed."""
        super().hideEvent(event)
        self._follow()

    def _on_source(self, source: Any) -> None:
        self._forget()
        if self._looker is not None:
            self._looker.set_source(source)

    def _on_scored(self, _scores: Scores, decision: Decision) -> None:
        if self._looker is not None:
            self._looker.set_label(decision.label)

    def show_moment(self, path: Path | None, seconds: float, decision: Decision | None) -> None:
        """Look at the window of a held file that ends here; without a path, at what is heard."""
        self._moment = (path, seconds) if path is not None else None
        if self._looker is not None:
            self._looker.set_moment(self._moment)
            if decision is not None:
                self._looker.set_label(decision.label)

    def _on_bundle(self, bundle: Bundle | None) -> None:
        self._forget()
        self.layer.clear()
        self._bundle = bundle
        if self._looker is None or bundle is None:
            return
        from genredesk.features import frontend  # noqa: PLC0415 - when opened

        spec = bundle.card.frontend
        has_bands = spec.kind in ("mel", "mel3", "cqt", "stft")
        hertz = frontend.mel_frequencies(spec).tolist() if has_bands else None
        for picture in (self.picture, self.reason):
            picture.set_axis(hertz, spec.window_s, notes=spec.kind == "cqt")
        self._looker.set_bundle(bundle)

    def _choose_layer(self, name: str) -> None:
        if self._looker is not None:
            self._looker.set_layer(name)

    def _forget(self) -> None:
        self.picture.clear()
        self.reason.clear()
        self.maps.show_maps(None)
        self.because.clear()

    def _on_settings(self, settings: Any, names: set[str]) -> None:
        if "palette" in names:
            self.picture.set_palette(settings.palette)
            self.reason.set_palette(settings.palette)
            self.maps.set_palette(settings.palette)

    # what the looker says -----------------------------------------------------------------

    def _show_look(self, look: Glimpse) -> None:
        if self._looker is None or look.bundle is not self._bundle:
            return  # it was closed meanwhile, or another network is asked
        channels, bands, frames = look.features.shape
        shape = f"{channels} × {bands} × {frames}" if channels > 1 else f"{bands} × {frames}"
        text = self.tr("This window alone: {0}, {1}. Input: {2}.")
        self.said.setText(text.format(genre_word(look.label), sureness(look.score), shape))
        self.picture.show_window(self._bands_up(look.features))
        self.maps.show_maps(None if look.maps is None else self._bands_up(look.maps))
        names = [self.layer.itemData(i) for i in range(self.layer.count())]
        if names != list(look.layers):
            self.layer.clear()
            for name in look.layers:
                self.layer.addItem(name_said(name), name)
            self.layer.setCurrentIndex(self.layer.findData(look.layer))

    def _bands_up(self, values: FloatArray) -> FloatArray:
        """Return ``(…, rows, columns)`` with the lowest row first; a drawing begins at its top."""
        drawing = self._bundle is not None and self._bundle.card.frontend.kind == "mfcc_image"
        return values[..., ::-1, :] if drawing else values

    def _show_why(self, explained: Explained) -> None:
        if self._looker is None or explained.bundle is not self._bundle:
            return  # as above
        why = explained.why
        self.reason.show_window(self._bands_up(explained.features))
        self.reason.show_weights(self._bands_up(why.weights))
        text = self.tr("Right: nothing in this window speaks for {0}.")
        if why.weights.max() > 0:
            text = self.tr("Right: {0} rests on what is not darkened, most of all in the frame.")
        text = text.format(genre_word(why.label))
        whole = sum(part for _, part in why.branches if part > 0)
        held = [(name, part / whole) for name, part in why.branches if part > 0.005 * whole]
        if held:
            held.sort(key=lambda branch: -branch[1])
            shares = ", ".join(f"{percent(share)} {name_said(name)}" for name, share in held)
            text += " " + self.tr("Of the network's branches: {0}.").format(shares)
        self.because.setText(text)
