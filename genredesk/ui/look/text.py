"""Text outside a widget: translated, counted, with large numbers grouped."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale


def tr(text: str, disambiguation: str = "", n: int = -1) -> str:
    """Translate a text, one that no widget owns or one that counts.

    Parameters
    ----------
    n
        What the text counts: ``tr("%Ln song(s)", "", n)``. Qt takes the form of the language for
        this number and puts the number in; English has its forms in a catalogue, too. Always by
        this function: ``self.tr`` of a derived class misses the forms of the class that wrote it.
    """
    return QCoreApplication.translate("", text, disambiguation, n)


def thousands(value: int) -> str:
    """Write a count as the person's language groups it: ``12,345``; what ``%Ln`` writes, too."""
    return QLocale().toString(value)
