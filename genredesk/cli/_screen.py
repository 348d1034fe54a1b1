"""The terminal view as one picture: a pure function from what is known to lines of text."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.text import Text

from genredesk.cli import _look, _shares
from genredesk.cli._picture import CELL_S, Spectrogram, TerminalPicture
from genredesk.core import certainty
from genredesk.core.certainty import Strength
from genredesk.core.genres import genre_in_sentence, genre_word
from genredesk.core.levels import SILENCE, Level
from genredesk.core.messages import mark, say
from genredesk.core.scores import Decision
from genredesk.core.shares import capped
from genredesk.inference.engine import EngineStats

MINUTE_S = 60.0
_LEVEL_WIDTH = 20
_LEVEL_FLOOR_DB = -60.0
_BAR_WIDTH = 16
_SIDE = 12 + _BAR_WIDTH + 8
_FIXED = 13  # rows that are not the spectrogram
_LEAST_ROWS = 3
_LISTENING = mark("Listening …")


@dataclass(frozen=True, slots=True)
class Moment:
    """Part of the timeline: what was decided at a time (seconds of the view)."""

    time: float
    state: Strength | None
    named: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """What a person reads; empty while nothing was said yet."""
        return "" if self.state is None else certainty.word(self.state, self.named)


@dataclass(slots=True)
class ScreenState:
    """Everything the terminal shows."""

    name: str
    detail: str = ""
    seconds: float = 0.0
    total: float | None = None
    paused: bool = False
    message: str = ""
    model: str = ""
    level: Level = SILENCE
    decision: Decision | None = None
    stats: EngineStats = field(default_factory=EngineStats)
    timeline: deque[Moment] = field(default_factory=lambda: deque(maxlen=2000))
    now: float = 0.0
    picture: TerminalPicture = field(default_factory=TerminalPicture)
    keys: str = ""
    compared: list[tuple[str, Decision, bool]] = field(default_factory=list)
    """Title, answer and whether it is another, of the models that are compared."""


def word(decision: Decision | None) -> str:
    """Return the word to show in large letters."""
    return say(_LISTENING) if decision is None or decision.state is None else decision.word


def sentence(decision: Decision | None) -> str:
    """Return the quiet line under the word."""
    if decision is None or decision.state is None:
        return say("waiting for the first three seconds")
    steady = max(0.0, decision.time - decision.since)
    held = say(" · steady for {steady:.0f} s", steady=steady) if steady >= 1 else ""
    score = capped(decision.score)
    if decision.state is Strength.SURE:
        return say("{score:.0%} sure{held}", score=score, held=held)
    if decision.state is Strength.BETWEEN:
        first, second = (
            f"{genre_in_sentence(name)} {_shares.sureness(share)}"
            for name, share in zip(decision.named, decision.shares, strict=True)
        )
        both = say("{first} or {second}{held}", first=first, second=second, held=held)
        return both[:1].upper() + both[1:]
    if decision.named:
        return say("{score:.0%} likely{held}", score=score, held=held)
    if decision.label:
        label = genre_in_sentence(decision.label)
        return say("perhaps {label}, {score:.0%}", label=label, score=score)
    return say("nothing to hear{held}", held=held)


def render(view: ScreenState, width: int, height: int) -> RenderableType:
    """Draw the view into ``width`` by ``height`` cells; the spectrogram takes what is left."""
    parts: list[RenderableType] = [_header(view, width), Text()]
    parts += _now(view, width)
    rows = height - _FIXED - bool(view.compared)
    if rows >= _LEAST_ROWS:
        parts += [Text(), Spectrogram(view.picture, rows), _time_axis(width)]
    parts.append(_ribbon(view, width))
    if view.compared:
        parts.append(_compared(view, width))
    parts.append(_status(view, width))
    last = Text(view.message or view.keys, style=_look.WARNING if view.message else _look.QUIET)
    parts.append(_cut(last, width))
    return Group(*parts)


def _cut(text: Text, width: int) -> Text:
    text.no_wrap = True
    text.truncate(width, overflow="ellipsis")
    return text


def _header(view: ScreenState, width: int) -> Text:
    right = Text(f"{say('paused')}  " if view.paused else "")
    right.append(f"{say('level')} ", _look.QUIET)
    share = 1 - view.level.rms_dbfs / _LEVEL_FLOOR_DB
    colour = _look.WARNING if view.level.peak_dbfs > -1 else _look.GOOD
    right.append(_look.shares(share, _LEVEL_WIDTH), f"{colour} on #22262E")
    right.append(f" {max(view.level.rms_dbfs, -99):4.0f} dB")
    left = Text().append(view.name, "bold")
    if view.detail:
        left.append(f"  {view.detail}", _look.QUIET)
    time = _look.clock(view.seconds)
    clock = Text(f"  {time} / {_look.clock(view.total)}" if view.total else f"  {time}")
    left = _cut(left, max(1, width - right.cell_len - clock.cell_len - 2)).append_text(clock)
    left.pad_right(max(2, width - left.cell_len - right.cell_len))
    return _cut(left.append_text(right), width)


def _now(view: ScreenState, width: int) -> list[RenderableType]:
    """The large word and, beside it where there is room, the top five."""
    shown = word(view.decision)
    named = view.decision.named if view.decision is not None else ()
    colour = _look.genre_colour(named[0]) if len(named) == 1 else _look.QUIET
    side = _top_five(view.decision)
    room = width - _SIDE - 4
    likely = f"{genre_word(named[0])}?" if len(named) == 1 else shown  # "Probably" leaves no room
    letters = _look.big(shown, room) or _look.big(likely, room)
    left = letters or ["", f"  {shown.upper()}", "", ""]
    left = [*left, "", sentence(view.decision)]
    lines: list[RenderableType] = []
    for row, text in enumerate(left):
        style = _look.QUIET if row == len(left) - 1 else f"bold {colour}"
        line = _cut(Text().append(text, style), max(1, room))
        if row < len(side) and room > 8:
            line.pad_right(max(0, width - _SIDE - line.cell_len))
            line.append_text(side[row])
        lines.append(_cut(line, width))
    return lines


def _top_five(decision: Decision | None) -> list[Text]:
    if decision is None or not decision.labels or decision.state is None:
        return []
    lines = []
    for label, score in decision.ranked(5):
        line = Text(
            f"{genre_word(label)[:11]:<12}", "bold" if label in decision.named else _look.QUIET
        )
        line.append(_look.shares(score, _BAR_WIDTH), f"{_look.genre_colour(label)} on #22262E")
        line.append(f"  {_shares.sureness(score):>4}")
        lines.append(line)
    return lines


def _time_axis(width: int) -> Text:
    shown = max(0.0, (width - 6) * CELL_S)
    left = f"      -{shown:.0f} s"
    return Text(left + say("now").rjust(max(1, width - len(left))), _look.QUIET)


def _ribbon(view: ScreenState, width: int) -> Text:
    """The last minute, one colour a stretch, its name written into it where there is room."""
    text = Text()
    for moment, cells in stretches(view.timeline, view.now, width):
        if moment is None:
            text.append(" " * cells, "on #22262E")
        else:
            text.append(_fitted(moment, cells), _style(moment))
    return _cut(text, width)


def _style(moment: Moment) -> str:
    """Sure is the genre's colour, probable and between its letters only, the others grey."""
    if not moment.named:
        return f"{_look.QUIET} on #2C313A"
    colour = _look.genre_colour(moment.named[0])
    return f"#121418 on {colour}" if moment.state is Strength.SURE else f"{colour} on #22262E"


def _fitted(moment: Moment, cells: int) -> str:
    """Write the word, or the genres alone (a guess with a question mark), or two letters."""
    short = "/".join(map(genre_word, moment.named)) + "?" * (moment.state is not Strength.SURE)
    for text in filter(None, (moment.word, short if moment.named else "")):
        if len(text) + 2 <= cells:
            return f" {text}".ljust(cells)
    return short[:2].ljust(cells)[:cells] if moment.named else moment.word[:cells].ljust(cells)


def stretches(
    timeline: Sequence[Moment], now: float, width: int
) -> list[tuple[Moment | None, int]]:
    """Return (the moment a stretch began with, number of cells) of the last minute, oldest first.

    ``None`` stands for time in which nothing was said yet.
    """
    said: list[Moment | None] = [None] * width
    for i, moment in enumerate(timeline):
        until = timeline[i + 1].time if i + 1 < len(timeline) else now
        first = round((moment.time - now + MINUTE_S) / MINUTE_S * width)
        last = round((until - now + MINUTE_S) / MINUTE_S * width)
        shown = None if moment.state is None else moment
        for cell in range(max(0, first), min(width, last)):
            said[cell] = shown
    merged: list[tuple[Moment | None, int]] = []
    for moment in said:
        before = merged[-1][0] if merged else None
        if merged and (before and before.word) == (moment and moment.word):
            merged[-1] = (before, merged[-1][1] + 1)
        else:
            merged.append((moment, 1))
    return merged


def _compared(view: ScreenState, width: int) -> Text:
    """The models that are compared, those that say something else marked."""
    text = Text()
    for title, decision, other in view.compared:
        text.append(" · " if text else "", _look.QUIET)
        sign = "≠ " if other else ""
        style = _look.WARNING if other else _look.QUIET
        text.append(f"{sign}{title}: {word(decision)}", style)
    return _cut(text, width)


def _status(view: ScreenState, width: int) -> Text:
    stats = view.stats
    parts = [view.model or say("no model")]
    if stats.device:
        parts.append(stats.device)
    if stats.ms_per_window:
        parts += [
            say("{ms_per_window:.1f} ms a window", ms_per_window=stats.ms_per_window),
            say("{realtime_factor:,.0f} × real time", realtime_factor=stats.realtime_factor),
            say("1 window") if stats.windows == 1 else say("{n} windows", n=stats.windows),
        ]
    return _cut(Text(" · ".join(parts), _look.QUIET), width)
