"""Draw every widget in both themes to PNG files, to be looked at.

``python packaging/gallery.py FOLDER [SCALE]`` needs no display.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if len(sys.argv) > 2:
    os.environ["QT_SCALE_FACTOR"] = sys.argv[2]

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from genredesk.core.certainty import Strength
from genredesk.core.genres import GENRE_COLOURS
from genredesk.core.scores import Decision, Scores
from genredesk.features.axes import display_axis
from genredesk.features.pyramid import Pyramid
from genredesk.inference.heard import HeardPart
from genredesk.ui.look import icons, theme
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.banner import Banner, Toast
from genredesk.ui.widgets.big_label import BigLabel
from genredesk.ui.widgets.card import Card, Chip, EmptyState
from genredesk.ui.widgets.charts.last_minute import LastMinute
from genredesk.ui.widgets.charts.level_meter import LevelMeter
from genredesk.ui.widgets.charts.ribbon import GenreRibbon
from genredesk.ui.widgets.charts.top_five import TopFive
from genredesk.ui.widgets.controls import (
    Button,
    Combo,
    Field,
    IconButton,
    ProgressStrip,
    Slider,
)
from genredesk.ui.widgets.help_overlay import HelpOverlay
from genredesk.ui.widgets.rail import Rail
from genredesk.ui.widgets.spectrogram.view import TimelineView

LABELS = tuple(GENRE_COLOURS)


def columns(n_bands: int, count: int) -> np.ndarray:
    """Return a picture of music that never was: beats and gliding tones, in dB."""
    rng = np.random.default_rng(7)
    t = np.arange(count)[None, :]
    band = np.arange(n_bands)[:, None]
    level = -66 + 5 * rng.standard_normal((n_bands, count)) - band * 0.06
    for k in range(7):
        glide = 12 + 12 * k + 7 * np.sin(t / (58 + 9 * k) + k)
        level = np.maximum(level, -12 - 4 * k - 1.6 * (band - glide) ** 2)
    beat = np.exp(-((t % 26) / 7.0))
    return np.maximum(level, -70 + 50 * beat - 0.05 * (n_bands - band))


def scores(seconds: float, until: float) -> list[Scores]:
    """Return windows of a track of every strength: blues, jazz, a pause, and what lies between."""
    found = []
    for start in np.arange(0.0, until - 3).tolist():
        share = start / seconds
        state, label = Strength.SURE, "jazz"
        if share < 0.12 or 0.74 < share < 0.83:
            label = "blues"
        elif 0.3 < share < 0.42:
            state = Strength.PROBABLE
        elif 0.42 < share < 0.46:
            state = Strength.SILENCE
        elif 0.5 < share < 0.6:
            state = Strength.BETWEEN
        elif 0.6 < share < 0.66:
            state = Strength.OPEN
        p = np.full(len(LABELS), 0.02, dtype=np.float32)
        p[LABELS.index("country")] = 0.4
        p[LABELS.index(label)] = 0.82
        found.append(Scores(start, start + 3.0, state, LABELS, p, -20.0))
    return found


def decision(label: str | None, score: float, state: Strength | None = Strength.SURE) -> Decision:
    """Return a decision with a plausible distribution."""
    p = np.array([0.09, 0.04, 0.02, 0.002, 0.004, 0.0, 0.003, 0.002, 0.01, 0.009], np.float32)
    p[LABELS.index(label or "jazz")] = score
    second = "blues" if state is Strength.BETWEEN else None
    return Decision(state, label, score, LABELS, p, time=114.0, since=100.0, second=second)


def row(*widgets: QWidget | None, spacing: int = 2 * GRID) -> QHBoxLayout:
    """Return widgets side by side; ``None`` is a stretch."""
    made = QHBoxLayout()
    made.setSpacing(spacing)
    for widget in widgets:
        if widget is None:
            made.addStretch(1)
        else:
            made.addWidget(widget)
    return made


def words(text: str, tone: str = "quiet") -> QLabel:
    """Return a label of a tone."""
    made = QLabel(text)
    made.setProperty("tone", tone)
    return made


def combo(name: str, entries: Sequence[str], width: int = 0) -> Combo:
    """Return a choice."""
    made = Combo(name)
    made.addItems(list(entries))
    made.setMinimumWidth(width)
    return made


def chip(text: str, tone: str, icon: str = "", *, strong: bool = False) -> Chip:
    """Return a state."""
    made = Chip()
    made.set_state(text, tone, icon=icon, strong=strong)
    return made


def meter(rms: float, peak: float) -> LevelMeter:
    """Return a meter at a level."""
    made = LevelMeter()
    made.set_level(rms, peak, now=0)
    return made


def ground(width: int, height: int) -> QWidget:
    """Return an empty window."""
    made = QWidget()
    made.setObjectName("ground")
    made.resize(width, height)
    return made


# ---------------------------------------------------------------- a page


def top_line() -> QHBoxLayout:
    """Return source, level, model, device and state."""
    return row(
        Field("SOURCE", combo("Source", ["Built-in microphone"], 230)),
        meter(-16, -8),
        Field("MODEL", combo("Model", ["GenreDesk Live · 10 genres"], 250)),
        None,
        chip("CPU · 1.1 ms", "good"),
        chip("Live", "error", strong=True),
    )


def now_cards() -> QHBoxLayout:
    """Return the word, the last minute and the five bars."""
    big, minute, five = BigLabel(), LastMinute(), TopFive()
    for i in range(90):
        made = decision("blues", 0.7) if i < 30 else decision("jazz", 0.82)
        score = 0.62 + 0.2 * abs(float(np.sin(i * 0.7)))
        minute.add_decision(replace(made, time=i * 0.5, score=score))
    big.set_decision(decision("jazz", 0.82))
    five.set_decision(decision("jazz", 0.82))
    now, top = Card(), Card("TOP FIVE")
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    for i, (heading, widget) in enumerate((("NOW", big), ("LAST MINUTE", minute))):
        grid.addWidget(words(heading, "heading"), 0, i)
        grid.addWidget(widget, 1, i)
        grid.setColumnStretch(i, 2 - i)
    grid.setRowStretch(1, 1)
    now.body.addLayout(grid)
    top.body.addWidget(five)
    cards = row(now, top)
    cards.setStretch(0, 8)
    cards.setStretch(1, 5)
    return cards


def picture_card() -> Card:
    """Return a timeline with a gap in it."""
    axis = display_axis("mel", 22050)
    part = HeardPart("gallery", "Gallery", began=time.time() - 14.0, axis=axis)
    part.picture = Pyramid(128, axis.hop_s)
    heard = columns(128, 600)
    part.picture.append(heard[:, :400])
    part.gaps.append(part.picture.end_s)
    part.picture.append(heard[:, 400:])
    part.answers.extend(scores(14, until=14))
    view = TimelineView(span_s=13.0)
    view.get_ready()
    view.set_window_s(3.02)
    view.set_part(part)
    card = Card(margin=16)
    card.body.addWidget(view)
    return card


def player_card() -> Card:
    """Return transport and ribbon."""
    ribbon = GenreRibbon()
    ribbon.set_duration(242)
    ribbon.set_scores(scores(242, until=225))
    ribbon.set_position(101)
    transport = row(
        IconButton("previous", "Previous"),
        IconButton("pause", "Pause", size=26),
        IconButton("next", "Next"),
        words("1:41"),
        ribbon,
        words("4:02"),
        spacing=GRID,
    )
    transport.setStretch(4, 1)
    loop, volume, title = IconButton("loop", "Loop"), Slider("Volume"), QLabel("Autumn demo")
    loop.setCheckable(True)
    loop.setChecked(True)
    volume.setValue(70)
    volume.setFixedWidth(140)
    title.setFont(theme.font(14, bold=True))
    detail = words("FLAC · 44.1 kHz · stereo")
    card = Card(margin=16)
    card.body.addLayout(transport)
    card.body.addLayout(row(title, detail, None, loop, IconButton("volume", "Mute"), volume))
    return card


def page() -> QWidget:
    """Return a window that looks like the Listen page."""
    window = ground(1280, 800)
    places = ("listen", "library", "train", "models")
    rail = Rail([(p, p, p.capitalize()) for p in places])
    rail.add_bottom(IconButton("keyboard", "Keyboard map"))
    across = QHBoxLayout(window)
    across.setContentsMargins(0, 0, 0, 0)
    across.setSpacing(0)
    across.addWidget(rail)
    column = QVBoxLayout()
    column.setContentsMargins(24, 20, 24, 20)
    column.setSpacing(16)
    column.addLayout(top_line())
    column.addLayout(now_cards(), 3)
    column.addWidget(picture_card(), 5)
    column.addWidget(player_card())
    across.addLayout(column, 1)
    return window


def map_and_toast() -> QWidget:
    """Return the page with keyboard map and toast over it."""
    window = page()
    playing = [("Space", "Play or pause"), ("← →", "Back or on 5 s"), ("L", "Loop"), ("M", "Mute")]
    others = [("F11", "Full screen"), ("Ctrl+O", "Open files"), ("?", "This map")]
    overlay = HelpOverlay(window, [("LISTENING", playing), ("WINDOW", others)])
    toast = Toast(window)
    window.show()
    overlay.open_map()
    toast.show_message("The picture was saved as autumn.png")
    return window


# ---------------------------------------------------------------- the parts


def banners() -> list[Banner]:
    """Return one message of each kind."""
    made = []
    for text, kind, action in (
        ("“Autumn demo” is ready. Drop music on the window to hear your own.", "info", "Open…"),
        ("No output device: the file plays silently. Plug in speakers.", "warning", ""),
        ("The microphone was unplugged; listening resumes when it is back.", "error", "Other…"),
    ):
        banner = Banner()
        banner.show_message(text, kind, action)
        made.append(banner)
    return made


def states() -> QHBoxLayout:
    """Return the word of every strength, and the one before any."""
    cards = []
    for label, score, state in (
        ("hiphop", 0.97, Strength.SURE),
        ("country", 0.62, Strength.PROBABLE),
        ("reggae", 0.38, Strength.BETWEEN),
        ("rock", 0.31, Strength.OPEN),
        (None, 0.0, Strength.SILENCE),
        (None, 0.0, None),
    ):
        big, card = BigLabel(), Card("NOW")
        big.set_decision(decision(label, score, state))
        card.body.addWidget(big)
        cards.append(card)
    return row(*cards)


def icon_card() -> Card:
    """Return all icons."""
    grid = QGridLayout()
    for i, name in enumerate(icons.names()):
        cell = QVBoxLayout()
        cell.addWidget(IconButton(name, name, size=24))
        cell.addWidget(words(name))
        grid.addLayout(cell, i // 10, i % 10)
    card = Card("ICONS")
    card.body.addLayout(grid)
    return card


def parts() -> QWidget:
    """Return a window with messages, controls, states and all icons."""
    window = ground(1280, 1000)
    column = QVBoxLayout(window)
    column.setContentsMargins(24, 24, 24, 24)
    column.setSpacing(16)
    for banner in banners():
        column.addWidget(banner)
    off, strip = Button("Disabled", icon="save"), ProgressStrip()
    off.setEnabled(False)
    strip.set_progress("Analysing song.flac", 0.4)
    kinds = [Button(k.capitalize(), k, "play") for k in ("primary", "plain", "flat", "danger")]
    column.addLayout(row(*kinds, off, Slider("x"), strip))
    chips = [
        chip("CUDA · 0.6 ms", "good"),
        chip("CPU: the graphics card failed its test", "warning"),
        chip("Lost", "error"),
        chip("Paused", "quiet"),
        chip("System", "accent", "system"),
    ]
    meters = [meter(level, level + 6) for level in (-20, -1)]
    column.addLayout(row(Field("PALETTE", combo("Palette", ["magma"])), *chips, *meters, None))
    column.addLayout(states(), 2)
    card = Card()
    text = "Drop files or a folder here, or begin with a demo."
    card.body.addWidget(EmptyState("folder", "Nothing to play yet", text, "Play the demo"))
    below = row(card, icon_card())
    below.setStretch(1, 1)
    column.addLayout(below, 4)
    return window


def main(folder: str) -> None:
    """Write ``page-dark.png`` and so on into ``folder``."""
    app = QApplication(sys.argv[:1])
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    makers: tuple[tuple[str, Callable[[], QWidget]], ...] = (
        ("page", page),
        ("parts", parts),
        ("map", map_and_toast),
    )
    for name in ("dark", "light"):
        theme.apply(app, name)
        for title, make in makers:
            window = make()
            window.show()
            QTimer.singleShot(300, app.quit)
            app.exec()
            window.grab().save(str(place / f"{title}-{name}.png"))
            window.close()


if __name__ == "__main__":
    main(sys.argv[1])
