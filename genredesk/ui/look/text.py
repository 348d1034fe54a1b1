"""Text outside a widget: translated, counted, with large numbers grouped."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale


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


def decimal(value: float, digits: int = 1) -> str:
    """Write a number with so many decimals as the person's language does: ``1,234.5``."""
    return QLocale().toString(round(float(value), digits), "f", digits)


def significant(value: float, digits: int = 3) -> str:
    """Write a number with so many digits that count, in the person's language: ``0.0125``."""
    return QLocale().toString(float(value), "g", digits)


def pointed(number: str) -> str:
    """Return a number that Python or a library wrote with the decimal sign of the language.

    Nothing is grouped, so what is typed like it is read again: ``0.0125``, in German ``0,0125``.
    """
    return number.replace(".", QLocale().decimalPoint())


def day(seconds: float) -> str:
    """Write the day of a moment, seconds since 1970, as the person's language does: ``11/30/2026``.

    In figures and with the whole year: a column of days is even, and none is taken for another.
    """
    form = QLocale().dateFormat(QLocale.FormatType.ShortFormat)
    form = re.sub("y+", "yyyy", form)
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(int(seconds)).date(), form)


def moment(seconds: float) -> str:
    """Write a moment, seconds since 1970, as :func:`day` and the time of day."""
    time = QDateTime.fromSecsSinceEpoch(int(seconds)).time()
    return f"{day(seconds)}, {QLocale().toString(time, QLocale.FormatType.ShortFormat)}"


def thousands(value: int) -> str:
    """Write a count as the person's language groups it: ``12,345``; what ``%Ln`` writes, too."""
    return QLocale().toString(value)
