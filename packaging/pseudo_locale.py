"""Open the window in a language that nobody speaks: long, accented, from right to left.

What stays English on screen does not go through ``tr`` or ``say``; what is cut has no room for
another language. Arguments are handed to the window: ``python packaging/pseudo_locale.py FILE``.
"""

from __future__ import annotations

import re
import sys

from PySide6.QtCore import QCoreApplication, QLocale, QObject, Qt, QTranslator
from PySide6.QtGui import QGuiApplication

from genredesk.core import messages

LOCALE = QLocale(QLocale.Language.Arabic, QLocale.Country.UnitedArabEmirates)
"""Whose numbers are grouped and whose dates are written."""

BEGIN, END = "\N{LEFT SQUARE BRACKET WITH QUILL}", "\N{RIGHT SQUARE BRACKET WITH QUILL}"
"""Around each text, so that one that was cut or glued together is seen."""

LONGER = 0.35
"""How much longer a text becomes; German is about that much longer than English."""

_KEPT = re.compile(r"(\{[^{}]*\}|%L?n|%%|<[^<>]+>|&\w+;|\*\.\w+|\(s\)|\(es\))")
"""What a program reads in a text: fields, counts, tags, patterns of file names."""

_ACCENTED = str.maketrans(
    "AEIOUYCDGHJLNRSTZaeiouycdghjlnrstz", "ÅÉÎÕÜÝÇÐĜĤĴĻÑŔŠŢŽåéîõüýçðĝĥĵļñŕšţž"
)


def pseudo(text: str) -> str:
    """Return ``text`` with accents, a third longer, between brackets; fields stay as they are."""
    if not text.strip():
        return text
    parts = _KEPT.split(text)
    said = "".join(p if i % 2 else p.translate(_ACCENTED) for i, p in enumerate(parts))
    letters = sum(c.isalpha() for p in parts[::2] for c in p)
    more = " ~~~~" * round(letters * LONGER / 5) if letters > 12 else "~" * round(letters * LONGER)
    return f"{BEGIN}{said}{more}{END}"


class PseudoTranslator(QTranslator):
    """Translates whatever it is asked."""

    def isEmpty(self) -> bool:
        """Say that there are texts."""
        return False

    def translate(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, context: str, text: str, disambiguation: str = "", n: int = -1
    ) -> str:
        """Translate ``text`` of whichever widget; Qt's own dialogs, too."""
        del context, disambiguation, n
        return pseudo(text)


class _Sentences(dict[str, str]):
    """A catalogue that knows every sentence."""

    def get(self, key: str, default: object = None) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        del default
        return "" if key == messages.NUMBER else pseudo(key)


def install(app: QCoreApplication) -> QTranslator:
    """Make the program, window and engine, speak it; return what to give :func:`remove`."""
    translator = PseudoTranslator(app)
    app.installTranslator(translator)
    QLocale.setDefault(LOCALE)
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    messages.catalogue.cache_clear()
    messages.catalogue = lambda _code: _Sentences()  # pyright: ignore[reportAttributeAccessIssue]
    return translator


def remove(translator: QTranslator, locale: QLocale) -> None:
    """Speak as before."""
    QCoreApplication.removeTranslator(translator)
    QLocale.setDefault(locale)
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def main() -> int:
    """Open the window."""
    from genredesk.ui.shell import app

    made: list[QObject] = [install(app.application())]
    status = app.main(sys.argv[1:])
    del made
    return status


if __name__ == "__main__":
    sys.exit(main())
