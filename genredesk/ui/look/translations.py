"""The catalogues of texts: English for its plurals, and the person's language where there is one.

A language is a file ``resources/translations/genredesk_<language>.qm``, compiled from the ``.ts``
beside it (``make translations``); there is nothing else to do for another one.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from genredesk.core import paths

ENGLISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
"""The language of the texts in the source."""


def install(app: QCoreApplication, locale: QLocale | None = None) -> list[QTranslator]:
    """Load the catalogues; return those that were found, the last is asked first.

    Numbers are grouped as the system has it, as in English where it says nothing.

    Parameters
    ----------
    locale
        The person's; ``None``: the system's.
    """
    locale = locale or QLocale.system()
    if locale.language() == QLocale.Language.C:
        locale = ENGLISH
    QLocale.setDefault(locale)
    folder = str(paths.resources_dir() / "translations")
    found: list[QTranslator] = []
    for language in (ENGLISH, locale):
        translator = QTranslator(app)
        if translator.load(language, "genredesk", "_", folder):
            app.installTranslator(translator)
            found.append(translator)
    return found


def languages() -> list[tuple[str, str]]:
    """Return the languages there are, each by its own name: ``("de", "Deutsch")``."""
    folder = paths.resources_dir() / "translations"
    codes = {path.stem.partition("_")[2] for path in folder.glob("genredesk_*.qm")} - {"en"}
    named = [("en", "English"), *((code, QLocale(code).nativeLanguageName()) for code in codes)]
    return sorted(named, key=lambda one: one[1])
