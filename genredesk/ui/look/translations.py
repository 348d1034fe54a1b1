"""The catalogues of texts: English for its plurals, and the person's language where there is one.

A language is a file ``resources/translations/genredesk_<language>.ts`` and the ``.qm`` that
``make translations`` compiles from it; there is nothing else to do for another one.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QGuiApplication

from genredesk.core import messages, paths

ENGLISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
"""The language of the texts in the source."""


def locale_of(wanted: str) -> QLocale:
    """Return how a person writes: the system's way, unless another language is wanted.

    Parameters
    ----------
    wanted
        What the settings say, ``de``; empty: as the system. ``GENREDESK_LANGUAGE`` comes first.
    """
    wanted = messages.GIVEN or wanted
    system = QLocale.system()
    if not wanted or QLocale(wanted).language() == system.language():
        return system
    return ENGLISH if wanted == messages.ENGLISH else QLocale(wanted)


def install(app: QCoreApplication, locale: QLocale | None = None) -> list[QTranslator]:
    """Load the catalogues; return those that were found, the last is asked first.

    Numbers are grouped and dates written as the system has it, as in English where it says
    nothing. What is said below the window speaks the same language from now on.

    Parameters
    ----------
    locale
        The person's; ``None``: the system's. That of before is spoken no more.
    """
    for earlier in app.findChildren(QTranslator):
        QCoreApplication.removeTranslator(earlier)
        earlier.deleteLater()
    locale = locale or QLocale.system()
    if locale.language() == QLocale.Language.C:
        locale = ENGLISH
    QLocale.setDefault(locale)
    folder = str(paths.resources_dir() / "translations")
    qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    found: list[QTranslator] = []
    for language, name, place in (
        (ENGLISH, "genredesk", folder),
        (locale, "qtbase", qt),  # the words of its own dialogs
        (locale, "genredesk", folder),
    ):
        translator = QTranslator(app)
        if translator.load(language, name, "_", place):
            app.installTranslator(translator)
            found.append(translator)
    offered = [tag.replace("-", "_") for tag in locale.uiLanguages()]
    messages.use(messages.choose(offered=offered))
    spoken = QLocale(messages.language())
    QGuiApplication.setLayoutDirection(spoken.textDirection())
    return found


def languages() -> list[tuple[str, str]]:
    """Return the languages there are, each by its own name: ``("de", "Deutsch")``."""
    named = [(code, QLocale(code).nativeLanguageName()) for code in messages.available()]
    english = messages.ENGLISH, "English"  # Qt names the country, too
    return sorted([english, *(one for one in named if one[0] != english[0])], key=lambda x: x[1])
