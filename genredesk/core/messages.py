"""What the program says below the window, in the person's language.

The English sentence in the source is the key: ``say("{file} is empty.", file=name)`` looks it up in
``resources/translations/genredesk_<language>.ts``, which the window's own texts lie in, too, and
puts the values in. It needs neither Qt nor a compiled file, so the terminal, the training process
and the workers of a scan speak like the window; they are told by ``GENREDESK_LANGUAGE``.
"""

from __future__ import annotations

import functools
import locale
import os
from collections.abc import Sequence
from pathlib import Path
from string import Formatter
from typing import Any
from xml.etree import ElementTree as ET

from genredesk.core import paths

LANGUAGE = "GENREDESK_LANGUAGE"
"""The variable that tells a process and those it starts which language they speak."""

GIVEN = os.environ.get(LANGUAGE, "")
"""What the person, or the process that started this one, asked for; it wins over the settings."""

CONTEXT = "messages"
"""Of Qt's contexts in a catalogue the one that holds what is said below the window."""

ENGLISH = "en"
"""The language of the texts in the source; every text that a catalogue lacks is in it."""


def mark(text: str) -> str:
    """Return ``text``; ``make translations`` finds it, and :func:`say` translates it later."""
    return text


NUMBER = mark("1,234.5")
"""Its translation tells how a language groups thousands and parts decimals."""


PERCENT = mark("82%")
"""Its translation tells what stands behind a number that is a share."""


class _Writer(Formatter):
    """Puts values into a template; formatted numbers get the separators and sign of a language."""

    def __init__(self, number: str, percent: str) -> None:
        self._separators = str.maketrans({
            ",": number[1:-5], ".": number[-2], "%": percent[2:],
        })  # fmt: skip

    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return text.translate(self._separators) if number else text


_PLAIN = Formatter()
_made = functools.lru_cache(maxsize=4)(_Writer)


def say(template: str, **values: object) -> str:
    """Return a sentence in the person's language.

    Parameters
    ----------
    template
        The English sentence with its fields, ``{file} has {n:,} songs.``; a literal, so that
        ``make translations`` finds it, or a text that was given to :func:`mark`. Without ``values``
        braces stand for themselves.
    values
        What the fields stand for; text that is itself a sentence was said by this function.
    """
    text = catalogue(language()).get(template, template)
    return _writer().vformat(text, (), values) if values else text


def number(value: object, form: str) -> str:
    """Return a number as the person's language writes it, by Python's ``form``: ``",.1f"``."""
    return _writer().format_field(value, form)


def _writer() -> Formatter:
    known = catalogue(language())
    if NUMBER not in known:
        return _PLAIN
    return _made(known[NUMBER], known.get(PERCENT, PERCENT))


def language() -> str:
    """Return the language of this process, ``de`` or ``de_AT``."""
    return os.environ.get(LANGUAGE, ENGLISH)


def tag() -> str:
    """Return :func:`language` as pages name it, ``de`` or ``de-AT``."""
    return language().replace("_", "-")


def use(code: str) -> None:
    """Make this process, and those it starts from now on, speak a language."""
    os.environ[LANGUAGE] = code


def choose(wanted: str = "", offered: Sequence[str] = ()) -> str:
    """Return the first language there is a catalogue for; English where there is none.

    Parameters
    ----------
    wanted
        What the settings say; empty: as the system.
    offered
        Languages of the system, best first, where somebody knows better than the environment.
    """
    for code in [GIVEN or wanted] if GIVEN or wanted else (offered or of_system()):
        for name in (code, code.partition("_")[0]):
            if name in available():
                return name
    return ENGLISH


def of_system() -> list[str]:
    """Return the languages the system is set to, as ``de_AT``, best first."""
    named = os.environ.get("LANGUAGE", "").split(":")
    named += [os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    named.append(locale.getlocale()[0] or "")  # elsewhere than on Unix the only one
    return [code for name in named if (code := name.partition(".")[0].partition("@")[0])]


def available() -> tuple[str, ...]:
    """Return the languages there is a catalogue for, English among them."""
    found = (path.stem.partition("_")[2] for path in _folder().glob("genredesk_*.ts"))
    return tuple(sorted({ENGLISH, *found}))


def _folder() -> Path:
    return paths.resources_dir() / "translations"


@functools.lru_cache(maxsize=4)
def catalogue(code: str) -> dict[str, str]:
    """Return what is said below the window: English sentence to translated one.

    Empty for English, and where a catalogue is missing or cannot be read: then English is spoken.
    """
    if code == ENGLISH:
        return {}
    try:
        root = ET.parse(_folder() / f"genredesk_{code}.ts").getroot()  # noqa: S314 - our own file
    except (OSError, ET.ParseError):
        return {}
    return {
        message.findtext("source", ""): text
        for context in root.iter("context")
        if context.findtext("name") == CONTEXT
        for message in context.iter("message")
        if (text := message.findtext("translation"))
    }
