"""Write what the catalogue knows about the selection into a table (CSV) or a JSON file."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence

from genredesk.core.job import JobContext
from genredesk.core.messages import mark, say
from genredesk.library.organize import template
from genredesk.library.organize.actions import _common
from genredesk.library.organize.places import FolderNames
from genredesk.library.organize.plan import (
    ActionOptions,
    Fingerprint,
    Item,
    Plan,
    PlanError,
    Step,
    StepKind,
)

title = mark("Export a table")
uses = ("to", "name", "format", "number")

FORMATS = ("csv", "json")


def plan(items: Sequence[Item], options: ActionOptions, ctx: JobContext) -> Plan:
    """Return the file that would be written; one that is there already is a conflict.

    ``options.to`` may name the file itself, with its ending; that then decides the format.

    Raises
    ------
    PlanError
        When no place was chosen or the format is unknown.
    """
    to, name, kind = _place(options)
    rows = [_row(item) for item in _common.watched(items, ctx)]
    content = _csv(rows) if kind == "csv" else _json(rows)
    target, conflict, doubt = FolderNames(to, number=options.number).place((name,))
    told = say("{file}: {n:,} rows", file=os.path.basename(target), n=len(rows))  # noqa: PTH119
    step = Step(
        StepKind.WRITE, "", target, "", told,
        content=content, conflict=conflict, doubt=doubt,
    )  # fmt: skip
    return Plan("export", say("Export {n:,} rows", n=len(rows)), (step,), to=to)


def _place(options: ActionOptions) -> tuple[str, str, str]:
    kind = options.format.lower()
    to = options.to
    if to is not None and to.suffix.lower().lstrip(".") in FORMATS and not to.is_dir():
        absolute = os.path.abspath(to)  # noqa: PTH100
        return os.path.dirname(absolute), to.name, to.suffix.lower().lstrip(".")  # noqa: PTH120
    if kind not in FORMATS:
        raise PlanError(
            say(
                "There is no format '{format}'. There are: {formats}.",
                format=options.format,
                formats=", ".join(FORMATS),
            )
        )
    return _common.target_folder(options), template.clean(options.name, f".{kind}"), kind


def _row(item: Item) -> dict[str, object]:
    return {
        "path": item.path, "title": item.title, "artist": item.artist, "album": item.album,
        "album_artist": item.album_artist, "track": item.track_no, "disc": item.disc_no,
        "year": item.year, "seconds": round(item.seconds, 1), "tag_genres": list(item.tag_genres),
        "genres": list(item.genres), "heard": item.heard, "score": round(item.score, 4),
        "state": item.state or "not analysed",
    }  # fmt: skip


def _csv(rows: Sequence[dict[str, object]]) -> bytes:
    out = io.StringIO(newline="")
    names = list(_row(Item(0, "", Fingerprint(0, 0))))
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        writer.writerow(
            "; ".join(value) if isinstance(value, list) else value for value in row.values()
        )
    return out.getvalue().encode("utf-8", "surrogateescape")


def _json(rows: Sequence[dict[str, object]]) -> bytes:
    lines = ",\n".join(_line(row) for row in rows)
    return f"[\n{lines}\n]\n".encode()


def _line(row: dict[str, object]) -> str:
    text = json.dumps(row, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a name that is no text
        return json.dumps(row)
    return text
