"""The filter's little language: text in, a tree of conditions out.

``artist:miles heard:jazz sure:<0.6 tag:!=heard state:unsure length:>5:00 "free text"``. Words side
by side must all hold; ``OR``, ``NOT`` (or a leading ``-``) and parentheses combine them. What it
means for rows is told in ``matching.py``.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from genredesk.core.errors import GenreDeskError
from genredesk.library.records import Answer, FileState

TEXT_FIELDS = ("title", "artist", "albumartist", "album", "path")
GENRE_FIELDS = ("tag", "heard")
NUMBER_FIELDS = ("sure", "year", "length", "track", "disc", "added")
FIELDS = (*TEXT_FIELDS, *GENRE_FIELDS, *NUMBER_FIELDS, "state")
STATES = (*(str(s) for s in FileState), *(str(a) for a in Answer if a), "duplicate")

_ALIASES = {
    "name": "title",
    "genre": "tag",
    "tags": "tag",
    "score": "sure",
    "file": "path",
    "folder": "path",
    "album_artist": "albumartist",
    "duration": "length",
    "is": "state",
}
_OPERATORS = ("!=", "<=", ">=", "=", "<", ">")


class QueryError(GenreDeskError):
    """A filter that cannot be read; ``position`` is the character at which it goes wrong."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Everything:
    """No condition."""


@dataclass(frozen=True, slots=True)
class Text:
    """Every word begins a word of title, artist, album or path."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """A text or genre field holds ``value``; ``exact``: is ``value``."""

    field: str
    value: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Agrees:
    """Something was heard (or corrected), and the tags, where there are any, say so or not."""

    yes: bool = True


@dataclass(frozen=True, slots=True)
class Number:
    """``field`` stands in the relation ``operator`` to ``value``."""

    field: str
    operator: str
    value: float


@dataclass(frozen=True, slots=True)
class InState:
    """The row is in this state; see :data:`STATES`."""

    state: str


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


Condition = Everything | Text | Contains | Agrees | Number | InState | Not | All | Any


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "(", ")", "OR", "AND", "NOT", "word"
    at: int
    field: str = ""
    operator: str = ""
    value: str = ""
    quoted: bool = False


_FIELD = re.compile(r"(-?)([A-Za-z_]+):(!=|<=|>=|=|<|>)?")
_BARE = re.compile(r"[^\s()\"]+")


def _quoted(text: str, at: int) -> tuple[str, int]:
    """Read from the quote at ``at`` to its partner; a doubled quote stands for one."""
    out, i = [], at + 1
    while True:
        end = text.find('"', i)
        if end < 0:
            raise QueryError(
                f'The quote that begins at character {at + 1} is not closed. Add a ".', at
            )
        out.append(text[i:end])
        if text[end + 1 : end + 2] != '"':
            return "".join(out), end + 1
        out.append('"')
        i = end + 2


def _value(text: str, at: int) -> tuple[str, int, bool]:
    if text[at : at + 1] == '"':
        value, end = _quoted(text, at)
        return value, end, True
    match = _BARE.match(text, at)
    return (match[0], match.end(), False) if match else ("", at, False)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        if text[at] in "()":
            found.append(_Token(text[at], at))
            at += 1
            continue
        match = _FIELD.match(text, at)
        if match:
            if match[1]:
                found.append(_Token("NOT", at))
            value, end, quoted = _value(text, match.end())
            name = match[2].lower()
            field = _ALIASES.get(name, name)
            found.append(_Token("word", at, field, match[3] or "", value, quoted))
            at = end
            continue
        begin = at
        if text[at] == "-" and text[at + 1 : at + 2].strip() not in {"", "-"}:
            found.append(_Token("NOT", at))
            at += 1
            if text[at] in "()":
                continue
        value, end, quoted = _value(text, at)
        kind = value if not quoted and value in {"OR", "AND", "NOT"} else "word"
        found.append(_Token(kind, begin, value=value, quoted=quoted))
        at = end
    return found


class _Parser:
    """Recursive descent over tokens: OR binds least, then words side by side, then NOT."""

    def __init__(self, text: str, now: float) -> None:
        self._text = text
        self._now = now
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> Condition:
        if not self._tokens:
            return Everything()
        found = self._any()
        if (left := self._peek()) is not None:
            raise QueryError(f"The ) at character {left.at + 1} closes nothing.", left.at)
        return found

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _any(self) -> Condition:
        parts = [self._all()]
        while (token := self._peek()) is not None and token.kind == "OR":
            self._next += 1
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Any(tuple(parts))

    def _all(self) -> Condition:
        parts: list[Condition] = []
        while (token := self._peek()) is not None and token.kind not in {"OR", ")"}:
            if token.kind == "AND":
                self._next += 1
                if not parts or (after := self._peek()) is None or after.kind in {"OR", ")", "AND"}:
                    raise self._lonely(token)
                continue
            parts.append(self._one())
        if not parts:
            before = self._tokens[self._next - 1] if self._next else self._peek()
            raise self._lonely(before or _Token("OR", 0))
        return _joined(parts)

    def _lonely(self, token: _Token) -> QueryError:
        word = "The parentheses are" if token.kind in "()" else f"“{token.kind}” stands"
        rest = "empty" if token.kind in "()" else "alone"
        return QueryError(
            f"{word} {rest} at character {token.at + 1}: something is missing beside it.", token.at
        )

    def _one(self) -> Condition:
        token = self._tokens[self._next]
        self._next += 1
        if token.kind == "NOT":
            after = self._peek()
            if after is None or after.kind in {"OR", "AND", ")"}:
                raise self._lonely(token)
            return Not(self._deeper(self._one))
        if token.kind == "(":
            found = self._deeper(self._any)
            end = self._peek()
            if end is None or end.kind != ")":
                raise QueryError(
                    f"The ( at character {token.at + 1} is not closed. Add a ).", token.at
                )
            self._next += 1
            return found
        return _condition(token, self._now)

    def _deeper(self, read: Callable[[], Condition]) -> Condition:
        self._depth += 1
        if self._depth > 50:
            raise QueryError("The filter is nested too deeply.", self._tokens[self._next - 1].at)
        found = read()
        self._depth -= 1
        return found


def _joined(parts: list[Condition]) -> Condition:
    """Join conditions that must all hold; free words are looked up together."""
    words = tuple(w for part in parts if isinstance(part, Text) for w in part.words)
    others: list[Condition] = [part for part in parts if not isinstance(part, Text)]
    if words:
        others.append(Text(words))
    return others[0] if len(others) == 1 else All(tuple(others))


def _condition(token: _Token, now: float) -> Condition:
    field, operator, value = token.field, token.operator, token.value
    if not field:
        words = tuple(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", value)))
        return Text(words) if words else Everything()
    if field not in FIELDS:
        raise QueryError(
            f"There is no “{field}:” to filter by. There are {', '.join(FIELDS)}; to look for "
            "the text itself, put it in quotes.",
            token.at,
        )
    if not value and not token.quoted:
        raise QueryError(
            f'“{field}:{operator}” needs a value behind it, "" for an empty one.', token.at
        )
    if field in NUMBER_FIELDS:
        return _number(token, now)
    if operator in {"<", ">", "<=", ">="}:
        raise QueryError(
            f"“{field}:” holds text, which is neither more nor less. Use {field}:{value}.", token.at
        )
    found = _state(token) if field == "state" else _text(token)
    return Not(found) if operator == "!=" and not isinstance(found, Agrees) else found


def _text(token: _Token) -> Condition:
    other = {"tag": "heard", "heard": "tag"}.get(token.field)
    if other == token.value.lower() and not token.quoted and token.operator in {"=", "!="}:
        return Agrees(token.operator == "=")
    exact = token.operator in {"=", "!="} or not token.value
    return Contains(token.field, token.value, exact)


def _state(token: _Token) -> Condition:
    state = token.value.lower()
    if state not in STATES:
        raise QueryError(
            f"There is no state “{token.value}”. There are {', '.join(STATES)}.", token.at
        )
    return InState(state)


def _number(token: _Token, now: float) -> Condition:
    read = {"sure": _share, "length": _seconds, "added": lambda text: _moment(text, now)}.get(
        token.field, float
    )
    low, dots, high = token.value.partition("..")
    operator = token.operator or "="
    try:
        if dots:
            ends = (Number(token.field, ">=", read(low)), Number(token.field, "<=", read(high)))
            return Not(All(ends)) if operator == "!=" else All(ends)
        value = read(token.value)
    except ValueError:
        raise QueryError(_HELP[token.field].format(token.value), token.at) from None
    if token.field == "added" and operator in {"=", "!="}:  # a day, not a moment
        day = All(
            (Number("added", ">=", value), Number("added", "<", value + 86400.0)),
        )
        return Not(day) if operator == "!=" else day
    if token.field == "added" and token.value[-1:] in _SPANS:
        # "added:<7d" means less than seven days ago
        operator = operator.translate(str.maketrans("<>", "><"))
    return Number(token.field, operator, value)


_HELP = {
    "sure": "“{}” is not a score. Write sure:<0.6 or sure:>80%.",
    "length": "“{}” is not a length. Write length:>300 (seconds) or length:<4:30.",
    "year": "“{}” is not a year. Write year:1959, year:<1970 or year:1960..1969.",
    "track": "“{}” is not a number. Write track:1.",
    "disc": "“{}” is not a number. Write disc:2.",
    "added": "“{}” is not a date. Write added:2026-01-31, added:>2026-01-31 or added:<7d.",
}
_SPANS = {"h": 3600.0, "d": 86400.0, "w": 7 * 86400.0, "m": 30 * 86400.0, "y": 365 * 86400.0}


def _share(text: str) -> float:
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def _seconds(text: str) -> float:
    total = 0.0
    for part in text.split(":"):
        total = 60 * total + float(part)
    return total


def _moment(text: str, now: float) -> float:
    if text[-1:] in _SPANS:
        return now - float(text[:-1]) * _SPANS[text[-1]]
    return datetime.fromisoformat(text).astimezone().timestamp()


def parse(text: str, now: float | None = None) -> Condition:
    """Read a filter.

    Parameters
    ----------
    now
        The moment from which ages are counted, in seconds since 1970.

    Raises
    ------
    QueryError
        Says what cannot be read and how to write it.
    """
    return _Parser(text, time.time() if now is None else now).whole()
