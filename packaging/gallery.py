"""Draw every widget in both themes to PNG files, to be looked at.

``python packaging/gallery.py FOLDER [SCALE]`` needs no display (``QT_QPA_PLATFORM=offscreen``).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

LABELS = (
    "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock",
)  # fmt: skip


def make_columns(n_bands: int, count: int) -> np.ndarray:
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


def make_scores(seconds: float, hop: float = 1.0, until: float | None = None) -> list:
    """Return windows of a track that is jazz, then blues, with a pause and a doubt."""
    from genredesk.core.scores import Scores, State

    found = []
    for start in np.arange(0, (until or seconds) - 3, hop):
        share = start / seconds
        state, label = State.NAMED, "jazz"
        if share < 0.12 or 0.74 < share < 0.83:
            label = "blues"
        elif 0.42 < share < 0.46:
            state = State.SILENCE
        elif 0.6 < share < 0.66:
            state = State.UNSURE
        p = np.full(len(LABELS), 0.02, dtype=np.float32)
        p[LABELS.index(label)] = 0.82
        found.append(Scores(float(start), float(start) + 3.0, state, LABELS, p, -20.0))
    return found


def make_decision(label: str | None = "jazz", state: str = "named", score: float = 0.82) -> object:
    """Return a decision with a plausible distribution."""
    from genredesk.core.scores import Decision, State

    p = np.array([0.09, 0.04, 0.02, 0.002, 0.004, 0.0, 0.003, 0.002, 0.01, 0.009], np.float32)
    p[LABELS.index(label or "jazz")] = score
    return Decision(State(state), label, score, LABELS, p, time=114.0, since=100.0)


def build() -> object:
    """Return a window that looks like the Listen page and one of everything else."""
    from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

    from genredesk.ui import theme
    from genredesk.ui.widgets.big_label import BigLabel
    from genredesk.ui.widgets.card import Card, Chip
    from genredesk.ui.widgets.controls import Combo, Field, IconButton, Slider
    from genredesk.ui.widgets.last_minute import LastMinute
    from genredesk.ui.widgets.level_meter import LevelMeter
    from genredesk.ui.widgets.rail import Rail
    from genredesk.ui.widgets.ribbon import GenreRibbon
    from genredesk.ui.widgets.spectrogram import SpectrogramView
    from genredesk.ui.widgets.top_five import TopFive

    QApplication.instance()
    window = QWidget()
    window.setObjectName("ground")
    window.resize(1280, 800)
    across = QHBoxLayout(window)
    across.setContentsMargins(0, 0, 0, 0)
    across.setSpacing(0)
    rail = Rail(
        [
            ("listen", "listen", "Listen"), ("library", "library", "Library"),
            ("train", "train", "Train"), ("models", "models", "Models"),
        ]
    )  # fmt: skip
    rail.add_bottom(IconButton("keyboard", "Keyboard map"))
    across.addWidget(rail)
    page = QVBoxLayout()
    page.setContentsMargins(24, 20, 24, 20)
    page.setSpacing(16)
    across.addLayout(page, 1)

    top = QHBoxLayout()
    top.setSpacing(16)
    source = Combo("Source")
    source.addItems(["Built-in microphone", "What the computer plays", "A file"])
    source.setMinimumWidth(230)
    model = Combo("Model")
    model.addItems(["GenreDesk Live · 10 genres"])
    model.setMinimumWidth(250)
    meter = LevelMeter()
    meter.set_level(-16, -8, now=0)
    device, live = Chip(), Chip()
    device.set_state("CPU · 1.1 ms", "good", "ONNX Runtime on the processor")
    live.set_state("Live", "error", strong=True)
    for widget in (Field("SOURCE", source), meter, Field("MODEL", model)):
        top.addWidget(widget)
    top.addStretch(1)
    top.addWidget(device)
    top.addWidget(live)
    page.addLayout(top)

    middle = QHBoxLayout()
    middle.setSpacing(16)
    now = Card()
    big, minute = BigLabel(), LastMinute()
    inside = QHBoxLayout()
    inside.setSpacing(24)
    for heading, widget, share in (("NOW", big, 3), ("LAST MINUTE", minute, 2)):
        half = QVBoxLayout()
        head = QLabel(heading)
        head.setProperty("tone", "heading")
        half.addWidget(head)
        half.addWidget(widget, 1)
        inside.addLayout(half, share)
    now.body.addLayout(inside)
    top_five = TopFive()
    five = Card("TOP FIVE")
    five.body.addWidget(top_five)
    middle.addWidget(now, 8)
    middle.addWidget(five, 5)
    page.addLayout(middle, 3)

    picture = Card(margin=16)
    view = SpectrogramView()
    view.set_axis(700 * (np.exp(np.linspace(0.06, 2.82, 128)) - 1), 512 / 22050)
    view.set_window_s(3.02)
    view.append(make_columns(128, 400))
    view.mark_gap()
    view.append(make_columns(128, 600)[:, 400:])
    picture.body.addWidget(view)
    page.addWidget(picture, 5)

    player = Card(margin=16)
    controls = QHBoxLayout()
    for icon, name in (("previous", "Previous"), ("pause", "Pause"), ("next", "Next")):
        controls.addWidget(IconButton(icon, name, size=26 if icon == "pause" else 20))
    ribbon = GenreRibbon()
    ribbon.set_duration(242)
    ribbon.set_scores(make_scores(242, until=225))
    ribbon.set_position(101)
    elapsed, total = QLabel("1:41"), QLabel("4:02")
    for label in (elapsed, total):
        label.setProperty("tone", "quiet")
    controls.addWidget(elapsed)
    controls.addWidget(ribbon, 1)
    controls.addWidget(total)
    player.body.addLayout(controls)
    below = QHBoxLayout()
    title = QLabel("Autumn demo — GenreDesk")
    title.setFont(theme.font(14, bold=True))
    detail = QLabel("FLAC · 44.1 kHz · stereo")
    detail.setProperty("tone", "quiet")
    volume = Slider("Volume")
    volume.setValue(70)
    volume.setFixedWidth(140)
    loop = IconButton("loop", "Loop")
    loop.setCheckable(True)
    loop.setChecked(True)
    for widget in (title, detail):
        below.addWidget(widget)
    below.addStretch(1)
    for widget in (loop, IconButton("volume", "Mute"), volume):
        below.addWidget(widget)
    player.body.addLayout(below)
    page.addWidget(player)

    first, second = make_decision("blues", score=0.7), make_decision("jazz")
    for i in range(90):
        from dataclasses import replace

        made = first if i < 30 else second
        score = 0.62 + 0.2 * abs(np.sin(i * 0.7))
        minute.add_decision(replace(made, time=i * 0.5, score=score))
    big.set_decision(second)
    top_five.set_decision(second)
    view.ensure_plot()
    window.parts = {
        "big": big, "view": view, "ribbon": ribbon, "minute": minute, "top": top_five,
        "device": device, "live": live, "meter": meter,
    }  # fmt: skip
    return window


def build_parts() -> object:
    """Return a window with banners, buttons, chips, states and all icons."""
    from PySide6.QtWidgets import (
        QCheckBox,
        QGridLayout,
        QHBoxLayout,
        QLabel,
        QLineEdit,
        QVBoxLayout,
        QWidget,
    )

    from genredesk.ui import icons
    from genredesk.ui.widgets.banner import Banner
    from genredesk.ui.widgets.big_label import BigLabel
    from genredesk.ui.widgets.card import Card, Chip, EmptyState
    from genredesk.ui.widgets.controls import (
        Button,
        Combo,
        Field,
        IconButton,
        ProgressStrip,
        Slider,
    )
    from genredesk.ui.widgets.level_meter import LevelMeter

    window = QWidget()
    window.setObjectName("ground")
    window.resize(1280, 1000)
    column = QVBoxLayout(window)
    column.setContentsMargins(24, 24, 24, 24)
    column.setSpacing(16)
    for text, kind, action in (
        ("“Autumn demo” is ready. Drop music on the window to hear your own.", "info", "Open…"),
        ("No output device: the file plays silently. Plug in speakers.", "warning", ""),
        ("The microphone was unplugged; listening resumes when it is back.", "error", "Other…"),
    ):
        banner = Banner()
        banner.show_message(text, kind, action)
        column.addWidget(banner)
    row = QHBoxLayout()
    for kind in ("primary", "plain", "flat", "danger"):
        row.addWidget(Button(kind.capitalize(), kind, "play" if kind != "danger" else "trash"))
    off = Button("Disabled", "plain", "save")
    off.setEnabled(False)
    focus = Button("Focused")
    check = QCheckBox("A choice")
    check.setChecked(True)
    for widget in (off, focus, check, QLineEdit("typed text"), Slider("x"), ProgressStrip()):
        row.addWidget(widget)
    column.addLayout(row)
    row = QHBoxLayout()
    combo = Combo("Palette")
    combo.addItems(["magma", "viridis"])
    row.addWidget(Field("PALETTE", combo))
    for text, tone, icon in (
        ("CUDA · 0.6 ms", "good", ""), ("CPU: the GPU failed its test", "warning", ""),
        ("Lost", "error", ""), ("Paused", "quiet", ""), ("What the computer plays", "accent", "system"),
    ):  # fmt: skip
        chip = Chip()
        chip.set_state(text, tone, icon=icon)
        row.addWidget(chip)
    for level in (-50, -20, -6, -1):
        meter = LevelMeter()
        meter.set_level(level, level + 6, now=0)
        row.addWidget(meter)
    row.addStretch(1)
    column.addLayout(row)
    row = QHBoxLayout()
    row.setSpacing(16)
    for state, label, score in (
        ("silence", None, 0.0), ("unsure", "rock", 0.31), ("waiting", None, 0.0), ("named", "hiphop", 0.97),
    ):  # fmt: skip
        card = Card("NOW")
        big = BigLabel()
        big.set_decision(make_decision(label, state, score))
        card.body.addWidget(big)
        row.addWidget(card)
    column.addLayout(row, 2)
    row = QHBoxLayout()
    row.setSpacing(16)
    card = Card()
    card.body.addWidget(
        EmptyState(
            "folder", "Nothing to play yet", "Drop files or a folder here, or begin with a demo.",
            "Play the demo",
        )
    )  # fmt: skip
    row.addWidget(card, 1)
    card = Card("ICONS")
    grid = QGridLayout()
    for i, name in enumerate(icons.names()):
        cell = QVBoxLayout()
        cell.addWidget(IconButton(name, name, size=24))
        label = QLabel(name)
        label.setProperty("tone", "quiet")
        cell.addWidget(label)
        grid.addLayout(cell, i // 10, i % 10)
    card.body.addLayout(grid)
    row.addWidget(card, 3)
    column.addLayout(row, 4)
    window.focus_me = focus
    return window


def build_help() -> object:
    """Return the page with keyboard map and toast over it."""
    from genredesk.ui.widgets.banner import Toast
    from genredesk.ui.widgets.help_overlay import HelpOverlay

    window = build()
    window.help = HelpOverlay(
        window,
        [
            ("LISTENING", [("Space", "Play or pause"), ("← →", "Back or on 5 s"), ("L", "Loop"), ("M", "Mute")]),
            ("WINDOW", [("F11", "Full screen"), ("Ctrl+O", "Open files"), ("?", "This map")]),
        ],
    )  # fmt: skip
    window.toast = Toast(window)
    window.show()
    window.help.open_map()
    window.toast.show_message("The picture was saved as autumn.png")
    return window


def main(folder: str, scale: str = "1") -> None:
    """Write ``page-dark.png`` and so on into ``folder``."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_SCALE_FACTOR", scale)
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from genredesk.ui import theme

    app = QApplication(sys.argv[:1])
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for name in ("dark", "light"):
        theme.apply(app, name)
        for title, make in (("page", build), ("parts", build_parts), ("help", build_help)):
            window = make()
            window.show()
            if title == "parts":
                window.activateWindow()
                window.focus_me.setFocus()
            QTimer.singleShot(300, app.quit)
            app.exec()
            window.grab().save(str(place / f"{title}-{name}.png"))
            window.close()
            window.deleteLater()


if __name__ == "__main__":
    main(*sys.argv[1:3])
