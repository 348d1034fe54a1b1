"""Stretches of one answer: merged from windows, and written for other programs.

A stretch is what a person reads of a session: from when to when which answer held. The rule what
an answer says is :mod:`genredesk.core.certainty`; here neighbours that say the same become one.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from genredesk.core import certainty
from genredesk.core.certainty import Strength
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say

_TOUCH_S = 1e-6


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time with one answer, in seconds.

    Parameters
    ----------
    start, end
        Seconds of the file, or since listening began.
    state, named
        How sure it was, and the genres of its word.
    shares
        Mean probability of each of these genres.
    """

    start: float
    end: float
    state: Strength
    named: tuple[str, ...]
    shares: tuple[float, ...] = ()

    @property
    def score(self) -> float:
        """That of the likeliest; 0 where the word names none."""
        return max(self.shares, default=0.0)

    @property
    def word(self) -> str:
        """What a person reads."""
        return certainty.word(self.state, self.named)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


class Merger:
    """Merges overlapping windows, one after another, into stretches without overlaps.

    A window speaks for the time around its middle: the border between two neighbours lies half way
    between their middles. Where windows do not touch there is a hole, and each ends with itself.
    """

    def __init__(self) -> None:
        self.stretches: list[Stretch] = []
        self._window = (0.0, 0.0)
        self._totals: tuple[float, ...] = ()
        self._weight = 0

    def add(
        self,
        start: float,
        end: float,
        state: Strength,
        named: tuple[str, ...],
        shares: tuple[float, ...],
    ) -> None:
        """Add the next window."""
        last = self.stretches[-1] if self.stretches else None
        before, self._window = self._window, (start, end)
        if last is None or start > before[1] + _TOUCH_S:
            border, last = start, None
        else:
            border = min(max((sum(before) + start + end) / 4, last.start), end)
        if last is not None and (last.state, last.named) == (state, named):
            self._totals = tuple(map(sum, zip(self._totals, shares, strict=True)))
            self._weight += 1
            means = tuple(total / self._weight for total in self._totals)
            self.stretches[-1] = dataclasses.replace(last, end=end, shares=means)
            return
        self._totals, self._weight = shares, 1
        if last is not None:
            self.stretches[-1] = dataclasses.replace(last, end=border)
        self.stretches.append(Stretch(border, end, state, named, shares))


def clipped(stretches: Iterable[Stretch], start: float, end: float) -> list[Stretch]:
    """Return the parts of ``stretches`` between two times."""
    return [
        dataclasses.replace(one, start=max(one.start, start), end=min(one.end, end))
        for one in stretches
        if one.end > start and one.start < end
    ]


# ---------------------------------------------------------------- for other programs


@dataclass(frozen=True, slots=True)
class Heard:
    """What is written: stretches, and whose they are.

    Parameters
    ----------
    source
        Name of the device, or path of the file.
    stretches
        In order, in seconds of the source.
    path
        The file; ``None`` for a device.
    began
        When a device's time 0 was, in seconds since 1970; ``None`` for a file.
    """

    source: str
    stretches: Sequence[Stretch]
    path: Path | None = None
    began: float | None = None


def stretches_csv(heard: Heard) -> str:
    """Return one line a stretch: start, end, strength, genres, score of the likeliest, scores.

    Genres, and the score of each, are joined by ``/``.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["start", "end", "strength", "genres", "score", "scores"])
    for one in heard.stretches:
        row = [f"{one.start:.3f}", f"{one.end:.3f}", one.state.value, "/".join(one.named)]
        each = "/".join(f"{share:.4f}" for share in one.shares)
        writer.writerow([*row, f"{one.score:.4f}", each])
    return text.getvalue()


def stretches_json(heard: Heard) -> str:
    """Return the stretches as indented JSON text."""
    value: dict[str, Any] = {"source": heard.source}
    if heard.began is not None:
        value["began"] = datetime.fromtimestamp(heard.began, UTC).isoformat(timespec="seconds")
    value["stretches"] = [
        {
            "start": round(one.start, 3),
            "end": round(one.end, 3),
            "strength": one.state.value,
            "genres": list(one.named),
            "score": round(one.score, 4),
            "scores": [round(share, 4) for share in one.shares],
            "word": one.word,
        }
        for one in heard.stretches
    ]
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def stretches_labels(heard: Heard) -> str:
    r"""Return an Audacity label track: ``start\tend\tlabel`` a line, seconds with six decimals."""
    lines = [f"{one.start:.6f}\t{one.end:.6f}\t{_one_line(one.word)}\n" for one in heard.stretches]
    return "".join(lines)


def stretches_m3u(heard: Heard) -> str:
    """Return a playlist whose entries are the stretches of the file, as VLC and Kodi play them.

    Raises
    ------
    GenreDeskError
        For a device: its sound lies in no file.
    """
    if heard.path is None:
        raise GenreDeskError(
            say(
                "{source} is no file, so a playlist has nothing to play. Save the stretch as "
                "WAV, open that and save its chapters.",
                source=heard.source,
            )
        )
    lines = ["#EXTM3U"]
    for one in heard.stretches:
        lines += [
            f"#EXTINF:{round(one.seconds)},{_one_line(one.word)}",
            f"#EXTVLCOPT:start-time={one.start:.3f}",
            f"#EXTVLCOPT:stop-time={one.end:.3f}",
            str(heard.path),
        ]
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())
