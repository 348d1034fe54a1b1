"""Drawings for reports: curves, confusion tables, bars; their colours are the page's.

All are SVG of the page's own, so a report is one file that needs nothing else. Classes are colored
by the style sheet (:data:`STYLE`), dark or light as the reader's system is.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from genredesk.core.messages import number, say

STYLE = """
:root{--ink:#1b1e24;--ground:#fff;--line:#d9dde4;--quiet:#5d6673;--one:#2f6fc4;--two:#b4551f;
--three:#7a8290;--cell:47,111,196}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8ec;--ground:#14161a;--line:#343943;
--quiet:#98a1ae;--one:#6ea8fe;--two:#e08b5a;--three:#8d95a2;--cell:110,168,254}}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;
color:var(--ink);background:var(--ground)}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
td,th{padding:.25rem .6rem;text-align:right;border-bottom:1px solid var(--line)}
td{white-space:nowrap}.wide{overflow-x:auto}
th:first-child,td:first-child{text-align:left}
.quiet{color:var(--quiet)}.warn{border-left:4px solid var(--two);padding-left:.8rem}
.pair{display:flex;flex-wrap:wrap;gap:1.5rem;align-items:flex-start}
svg{max-width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:var(--ink)}
svg .q{fill:var(--quiet)}svg .frame{fill:none;stroke:var(--line)}
svg .a{fill:none;stroke:var(--one);stroke-width:2}svg .b{fill:none;stroke:var(--two);stroke-width:2}
svg .c{fill:none;stroke:var(--three);stroke-width:2;stroke-dasharray:4 3}
svg .fa{fill:var(--one)}svg .fb{fill:var(--two)}
"""

_LETTER = 6.4
"""Width of most letters in a drawing."""

_STROKES = ("a", "b", "c")


def curves(
    title: str, lines: Sequence[tuple[str, Sequence[float | None]]], *, share: bool = False
) -> str:
    """Draw up to three lines over epochs 1, 2, ….

    Parameters
    ----------
    lines
        A name and the values of each; ``None`` where there is none.
    share
        Whether values are shares in [0, 1], drawn on an axis from 0 to 100 %.
    """
    given = [
        (name, [(i, value) for i, value in enumerate(values) if value is not None])
        for name, values in lines
    ]
    given = [(name, values) for name, values in given if values]
    if not given:
        return ""
    width, height, left, top = 470, 210, 48, 24
    n = max(len(values) for _, values in lines)
    most = max(value for _, values in given for _, value in values)
    low, high = 0.0, 1.0 if share else most * 1.05 or 1.0
    across, down = width - left - 12, height - top - 44
    parts = [f'<rect class="frame" x="{left}" y="{top}" width="{across}" height="{down}"/>']
    for step in range(5):
        value = low + (high - low) * step / 4
        y = top + down - down * step / 4
        text = f"{100 * value:.0f} %" if share else number(value, ".2f")
        parts.append(
            f'<text class="q" x="{left - 5}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
        )
        parts.append(f'<path class="frame" d="M{left} {y:.1f}h{across}"/>')
    for kind, (name, values) in zip(_STROKES, given, strict=False):
        points = [
            (
                left + across * (i / (n - 1) if n > 1 else 0.5),
                top + down * (1 - (min(value, high) - low) / (high - low)),
            )
            for i, value in values
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(
            f'<polyline class="{kind}" points="{path}"><title>{_t(name)}</title></polyline>'
        )
        if len(points) == 1:
            x, y = points[0]
            parts.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
    for i, (kind, (name, _)) in enumerate(zip(_STROKES, given, strict=False)):
        x = left + i * 138
        parts.append(f'<path class="{kind}" d="M{x} {height - 8}h18"/>')
        parts.append(f'<text x="{x + 23}" y="{height - 4}">{_t(name)}</text>')
    parts.append(_words(left, height - 28, "1", quiet=True))
    parts.append(_words(left + across, height - 28, say("epoch {n}", n=n), "end", quiet=True))
    return _svg(width, height, title, parts)


def confusion(title: str, labels: Sequence[str], table: Sequence[Sequence[int]]) -> str:
    """Draw counts ``(n, n)``, rows true, columns said; each cell shaded by its share of the row."""
    size, left, top = 34, 84, 78
    n = len(labels)
    parts = []
    for i, label in enumerate(labels):
        x, y = left + size * i + size / 2, top + size * i + size / 2
        parts.append(f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{_t(label)}</text>')
        parts.append(
            f'<text transform="translate({x + 4},{top - 6}) rotate(-55)">{_t(label)}</text>'
        )
    for i, row in enumerate(table):
        total = max(1, sum(row))
        for j, value in enumerate(row):
            x, y = left + size * j, top + size * i
            shade = 0.75 * value / total
            told = say(
                "{true} heard as {said}: {n} of {total}",
                true=labels[i],
                said=labels[j],
                n=value,
                total=sum(row),
            )
            parts.append(
                f'<rect class="frame" x="{x}" y="{y}" width="{size}" height="{size}" '
                f'style="fill:rgba(var(--cell),{shade:.2f})"><title>{_t(told)}</title></rect>'
            )
            if value:
                parts.append(
                    f'<text x="{x + size / 2}" y="{y + size / 2 + 4}" text-anchor="middle">'
                    f"{value}</text>"
                )
    return _svg(left + size * n + 40, top + size * n + 8, title, parts)


def beside(rows: Sequence[tuple[str, float | None, float, tuple[float, float]]]) -> str:
    """Draw printed values beside measured ones, in percent.

    Parameters
    ----------
    rows
        Name, what is printed, what was measured, and its interval.
    """
    left = round(24 + _LETTER * max((len(name) for name, *_ in rows), default=0))
    across, step = 440, 26
    width, height = left + across + 20, step * len(rows) + 44
    parts = []
    for percent in range(0, 101, 20):
        x = left + across * percent / 100
        parts.append(f'<path class="frame" d="M{x:.1f} 8V{height - 32}"/>')
        parts.append(
            f'<text class="q" x="{x:.1f}" y="{height - 18}" text-anchor="middle">{percent} %</text>'
        )
    for i, (name, printed, value, (low, high)) in enumerate(rows):
        y = 20 + step * i
        parts.append(_words(left - 8, y + 4, name, "end"))
        a, b, x = (left + across * v / 100 for v in (low, high, value))
        told = say(
            "measured {value:.1f} %, 95 % interval {low:.1f} to {high:.1f} %",
            value=value,
            low=low,
            high=high,
        )
        parts.append(f'<path class="a" d="M{a:.1f} {y}H{b:.1f}"><title>{told}</title></path>')
        parts.append(
            f'<circle class="fa" cx="{x:.1f}" cy="{y}" r="5"><title>{told}</title></circle>'
        )
        if printed is not None:
            p = left + across * printed / 100
            parts.append(
                f'<path class="fb" d="M{p:.1f} {y - 7}l6 7l-6 7l-6 -7z">'
                f"<title>{say('printed {value:.1f} %', value=printed)}</title></path>"
            )
    y = height - 4
    parts.append(f'<circle class="fa" cx="{left}" cy="{y - 4}" r="5"/>')
    parts.append(_words(left + 10, y, say("measured here, with its 95 % interval")))
    parts.append(f'<path class="fb" d="M{left + 250} {y - 11}l6 7l-6 7l-6 -7z"/>')
    parts.append(_words(left + 262, y, say("printed")))
    return _svg(width, height + 6, say("Printed and measured"), parts)


def _words(x: float, y: float, text: str, anchor: str = "start", *, quiet: bool = False) -> str:
    kind = ' class="q"' if quiet else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{_t(text)}</text>'


def _t(text: str) -> str:
    return html.escape(text)


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{_t(title)}">{"".join(parts)}</svg>'
        f"<figcaption>{_t(title)}</figcaption></figure>"
    )
