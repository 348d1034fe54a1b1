"""The filter's little language: text in, a tree of conditions out.

``artist:miles heard:jazz sure:<0.6 tag:!=heard state:open length:>5:00 "free text"``. Words side
by side must all hold; ``OR``, ``NOT`` (or a leading ``-``) and parentheses combine them. What it
means for rows is told in ``matching.py``, what can be asked in ``fields.py``.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from genredesk.core.messages import say
from genredesk.library.index.conditions import (
    All,
    Any,
    Condition,
    Everything,
    Not,
    QueryError,
    Text,
)
from genredesk.library.index.fields.table import ALIASES, BY_NAME


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
                say('The quote that begins at character {at} is not closed. Add a ".', at=at + 1),
                at,
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
            field = ALIASES.get(name, name)
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
            raise QueryError(
                say("The ) at character {at} closes nothing.", at=left.at + 1), left.at
            )
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
        if token.kind in "()":
            text = say("The parentheses at character {at} are empty.", at=token.at + 1)
        else:
            text = say(
                "“{word}” stands alone at character {at}: something is missing beside it.",
                word=token.kind,
                at=token.at + 1,
            )
        return QueryError(text, token.at)

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
                    say("The ( at character {at} is not closed. Add a ).", at=token.at + 1),
                    token.at,
                )
            self._next += 1
            return found
        return _condition(token, self._now)

    def _deeper(self, read: Callable[[], Condition]) -> Condition:
        self._depth += 1
        if self._depth > 50:
            raise QueryError(
                say("The filter is nested too deeply."), self._tokens[self._next - 1].at
            )
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
    if field not in BY_NAME:
        raise QueryError(
            say(
                "There is no “{field}:” to filter by. There are {by_name}; to look for the text "
                "itself, put it in quotes.",
                field=field,
                by_name=", ".join(BY_NAME),
            ),
            token.at,
        )
    if not value and not token.quoted:
        raise QueryError(
            say(
                '“{field}:{operator}” needs a value behind it, "" for an empty one.',
                field=field,
                operator=operator,
            ),
            token.at,
        )
    try:
        return BY_NAME[field].parse(operator, value, quoted=token.quoted, now=now)
    except QueryError as error:
        raise QueryError(str(error), token.at) from None


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
