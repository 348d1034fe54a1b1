"""Names of genres, artists, songs, files and devices: one form to compare, a safe form to show.

macOS hands names out taken apart (NFD: "e" and an accent), everybody else writes them composed
(NFC). :func:`nfc` is applied where a name comes in from outside (a folder's name as a label, a
table, a card, a tag, what a person types), so that inside two names are the same when they are
equal. Paths are never changed: a file is opened as the file system gave its name.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

from genredesk.core.messages import say

LONGEST = 255
"""More characters of a title or name are not shown; the name of a file has no more."""

LONGEST_LINE = 4000
"""A sentence may name several things, and the whole path of one."""

_PICTURES = {code: chr(0x2400 + code) for code in range(32)} | {127: "\N{SYMBOL FOR DELETE}"}
_STEERING = (
    *range(0x80, 0xA0),  # C1: some terminals obey them
    0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A),  # direction
    0x2028, 0x2029,  # line and paragraph
)  # fmt: skip
_ADDRESS = re.compile(r"(?:^|[/\\])([A-Za-z][A-Za-z0-9+.-]+):[/\\]")
"""Also in an absolute path, where ``http://x`` became ``/here/http:/x``; ``C:`` is a drive."""

_TAB = {9: " "}
_SHOWN = _PICTURES | dict.fromkeys(_STEERING, "\N{REPLACEMENT CHARACTER}") | _TAB
_DROPPED = dict.fromkeys(_SHOWN) | _TAB


def nfc(text: str) -> str:
    """Return a name in the one form in which names are compared, Unicode's NFC."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Return ``text`` as it is compared: without case, accents or line ends."""
    if text.isascii():
        folded = text.lower()
    else:
        apart = unicodedata.normalize("NFKD", text)
        folded = "".join(c for c in apart if not unicodedata.combining(c)).casefold()
    return folded.replace("\n", " ")


def bare(text: str) -> str:
    """Return a text without the characters that :func:`shown` replaces: what a tag says."""
    return text if text.isascii() and text.isprintable() else text.translate(_DROPPED)


def steers(text: str) -> bool:
    """Whether a name holds characters that cannot be shown but do something; a tab does not."""
    return bare(text) != text.replace("\t", " ")


def shown(text: str | PurePath, longest: int = LONGEST) -> str:
    """Return a name as it can be shown on one line of a terminal or window.

    Control characters, which a terminal obeys, become their pictures (``␛``, ``␊``); those that
    turn the direction of writing, by which a name can pass for another, become the
    replacement character. What is longer than ``longest`` characters ends with an ellipsis.
    """
    text = str(text)
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return text if text.isascii() and text.isprintable() else text.translate(_SHOWN)


def sentence(text: str) -> str:
    """Return a sentence that holds names as :func:`shown` does; it may have several lines."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(shown(line, LONGEST_LINE) for line in lines)


def no_path(path: str | PurePath) -> tuple[str, str]:
    """Say why something that is not there is no path at all: ``-``, or an address.

    Returns
    -------
    (reason, fix)
        Half a sentence and a sentence, as errors take them; both empty when it may be a path.
    """
    if PurePath(path).name == "-":
        return say("standard input is not read"), say("Name a file.")
    address = _ADDRESS.search(str(path))
    if address is None:
        return "", ""
    if address[1].lower() == "file":
        return say("it is an address, not a path"), say("Leave out “file://”.")
    return say("it is an address, and nothing is fetched from the network"), say(
        "Download it first."
    )
