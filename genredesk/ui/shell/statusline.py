"""The line at the foot of the window: which network names the music, where, and how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from genredesk.ui.look.text import decimal
from genredesk.ui.widgets.base import times

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle
    from genredesk.inference.engine import EngineStats


class StatusLine(QLabel):
    """Quiet words, renewed while it listens."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("tone", "quiet")
        self.setAccessibleName(self.tr("Network, device and speed"))

    def set_no_model(self) -> None:
        """Say that nothing can be named."""
        self.setText(self.tr("No model is installed."))

    def set_stats(self, stats: EngineStats, bundle: Bundle) -> None:
        """Say what runs and how fast; why there is in the tooltip."""
        title, network = bundle.card.title, bundle.card.network
        told = network.casefold() in title.casefold().split()
        parts = [title, "" if told else network, stats.device]
        if stats.ms_per_window:
            parts.append(self.tr("{0} ms a window").format(decimal(stats.ms_per_window)))
            factor = times(stats.realtime_factor)
            parts.append(self.tr("{0} × real time").format(factor))
        self.setText("  ·  ".join(p for p in parts if p))
        self.setToolTip(stats.why)
