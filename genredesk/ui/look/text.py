"""Text outside a widget: translated, counted, with large numbers grouped."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def tr(text: str) -> str:
    """Translate a text that no widget owns."""
    return QCoreApplication.translate("GenreDesk", text)


def thousands(value: int) -> str:
    """Write a count with narrow spaces: ``12 345``."""
    return f"{value:,}".replace(",", "\u202f")


def counted(n: int, one: str, many: str) -> str:
    """Return ``one`` when ``n`` is 1, else ``many`` with the number in place of ``{0}``.

    Qt's ``tr("%n song(s)", "", n)`` needs a catalogue for English, too: without one it shows just
    these words. As long as none is built and loaded, the choice is made here and nowhere else.
    """
    return one if n == 1 else many.format(thousands(n))
