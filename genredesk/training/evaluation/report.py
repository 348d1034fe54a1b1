"""An evaluation on disk: JSON, a CSV of every window, and one HTML page that needs nothing else."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from genredesk.core import atomic, messages
from genredesk.core.errors import DataError
from genredesk.core.genres import genre_word
from genredesk.core.messages import number, say
from genredesk.inference.aggregate import sigmoid
from genredesk.training.data.songs import BETWEEN
from genredesk.training.evaluation import beside, metrics
from genredesk.training.evaluation.beside import percent, span
from genredesk.training.evaluation.evaluate import Predictions

SHOWN_LABELS = 60
"""More genres than this are neither drawn as a matrix nor given a column each."""

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;
color:#1b1e24;background:#fff}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .6rem;text-align:right;
border-bottom:1px solid #d9dde4}th:first-child,td:first-child{text-align:left}
.matrix td{text-align:center;min-width:2.2rem}svg{max-width:100%}
@media(prefers-color-scheme:dark){body{color:#e6e8ec;background:#14161a}
td,th{border-color:#343943}}
"""


def windows_csv(predictions: Predictions, temperature: float) -> str:
    """Return one line per window: song, start, end, truth, answer, score, and all scores.

    With more than :data:`SHOWN_LABELS` genres the last are left out.
    """
    several = predictions.several
    scores = (sigmoid if several else metrics.softmax)(predictions.logits, temperature)
    names = np.array(predictions.labels, object)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    every = predictions.labels if len(predictions.labels) <= SHOWN_LABELS else ()
    writer.writerow(["song", "start", "end", "truth", "answer", "score", *every])
    truth = predictions.window_truth
    for i, row in enumerate(scores):
        best = int(row.argmax())
        start = float(predictions.start_s[i])
        writer.writerow(
            [
                predictions.names[predictions.song[i]],
                f"{start:.2f}",
                f"{start + predictions.window_s:.2f}",
                BETWEEN.join(names[truth[i]]) if several else predictions.labels[truth[i]],
                predictions.labels[best],
                f"{row[best]:.4f}",
                *(f"{p:.4f}" for p in row[: len(every)]),
            ]
        )
    return out.getvalue()


def _share(value: float) -> str:
    return number(value, ".3f")


def _lines(rows: Iterable[tuple[str, str, int]]) -> str:
    body = "".join(f"<tr><td>{a}</td><td>{b}</td><td>{c}</td></tr>" for a, b, c in rows)
    return f"<table><tr><th>{say('Measured')}</th><th></th><th>n</th></tr>{body}</table>"


def _summary(result: dict[str, Any]) -> str:
    songs, windows = result["songs"], result["windows"]
    calibration = [
        (say("Calibration error of windows"), _share(result["ece"]), windows["n"]),
        (_deeper(say("before the temperature")), _share(result["ece_uncalibrated"]), windows["n"]),
        (say("Calibration error of songs"), _share(result["ece_songs"]), songs["n"]),
    ]
    between = (_deeper(say("95 % interval")), span(songs["interval"]), songs["n"])
    if "per_label" in result:
        first = say("Songs whose first word is one of theirs")
        window = say("Windows whose first word is one of their song's")
        return _lines([
            (first, percent(songs["first"]), songs["n"]),
            between,
            (window, percent(windows["accuracy"]), windows["n"]),
            *calibration,
        ])  # fmt: skip
    chance = say("by chance, of so few songs")
    return _lines([
        (say("Songs, summed probability"), percent(songs["sum"]), songs["n"]),
        between,
        (say("Songs, majority vote"), percent(songs["majority"]), songs["n"]),
        (say("Songs, right genre among the first three"), percent(songs["top3"]), songs["n"]),
        (say("Windows"), percent(windows["accuracy"]), windows["n"]),
        *calibration,
        (_deeper(chance), _share(result["ece_songs_chance"]), songs["n"]),
    ])  # fmt: skip


def _deeper(text: str) -> str:
    return f"&emsp;{text}"


def _heads(*names: str) -> str:
    return "<tr>" + "".join(f"<th>{html.escape(name)}</th>" for name in names) + "</tr>"


def _words(result: dict[str, Any]) -> str:
    keys = ("precision", "recall", "f1", "average_precision")

    def line(name: str, row: dict[str, Any], bound: str, n: object) -> str:
        cells = "".join(f"<td>{percent(row[key])}</td>" for key in keys)
        return f"<tr><td>{html.escape(name)}</td>{cells}<td>{bound}</td><td>{n}</td></tr>"

    rows = "".join(
        line(genre_word(label), row, percent(row["threshold"]), row["n"])
        for label, row in result["per_label"].items()
    )
    rows += line(say("Mean over words"), result["macro"], "", "")
    rows += line(say("All answers together"), result["micro"], "", "")
    head = _heads(
        say("Word"), say("Precision"), say("Recall"), "F1", say("Average precision"),
        say("Sure from"), say("Songs"),
    )  # fmt: skip
    return f"<table>{head}{rows}</table>"


def _classes(result: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(genre_word(label))}</td><td>{percent(row['precision'])}</td>"
        f"<td>{percent(row['recall'])}</td><td>{percent(row['f1'])}</td><td>{row['n']}</td></tr>"
        for label, row in result["per_class"].items()
    )
    head = _heads(say("Genre"), say("Precision"), say("Recall"), "F1", say("Songs"))
    return f"<table>{head}{rows}</table>"


def _matrix(result: dict[str, Any]) -> str:
    labels: list[str] = result["labels"]
    if len(labels) > SHOWN_LABELS:
        many = say(
            "{n:,} genres are too many to draw; the numbers are in evaluation.json. windows.csv "
            "has the score of each answer, without those of the other genres.",
            n=len(labels),
        )
        return f"<p>{many}</p>"
    head = "".join(f"<th>{html.escape(genre_word(label))}</th>" for label in labels)
    rows, several = [], "per_label" in result
    for label, row in zip(labels, result["together" if several else "confusion"], strict=True):
        total = max(1, result["per_label"][label]["n"] if several else sum(row))
        cells = "".join(
            f'<td style="background:rgba(64,120,192,{0.85 * n / total:.2f})">{n or ""}</td>'
            for n in row
        )
        rows.append(f"<tr><td>{html.escape(genre_word(label))}</td>{cells}</tr>")
    corner = html.escape(say("true \\ said"))
    return f'<table class="matrix"><tr><th>{corner}</th>{head}</tr>{"".join(rows)}</table>'


def _reliability(result: dict[str, Any]) -> str:
    bins, size = result["reliability"], 260
    bars = []
    edges = bins["edges"]
    for i, n in enumerate(bins["count"]):
        if n:
            x, width = edges[i] * size, (edges[i + 1] - edges[i]) * size
            height = bins["accuracy"][i] * size
            told = say(
                "windows: {n:,}, said {said}, right {right}",
                n=n,
                said=percent(bins["confidence"][i]),
                right=percent(bins["accuracy"][i]),
            )
            bars.append(
                f'<rect x="{x:.1f}" y="{size - height:.1f}" width="{width - 1:.1f}" '
                f'height="{height:.1f}" fill="#4078c0"><title>{told}</title></rect>'
            )
    line = f'<line x1="0" y1="{size}" x2="{size}" y2="0" stroke="#c05f40"/>'
    return (
        f'<svg viewBox="-2 -2 {size + 4} {size + 4}" width="{size}" role="img" '
        f'aria-label="{say("Reliability diagram")}">{"".join(bars)}{line}</svg>'
    )


def _history(result: dict[str, Any]) -> str:
    epochs = result.get("history") or []
    if len(epochs) < 2:
        return ""
    width, height = 520, 220

    def path(key: str) -> str:
        points = [
            f"{i * width / (len(epochs) - 1):.1f},{height * (1 - e[key]):.1f}"
            for i, e in enumerate(epochs)
        ]
        return " ".join(points)

    frame = f'<svg viewBox="0 0 {width} {height}" width="{width}">'
    lines = "".join(
        f'<polyline points="{path(key)}" fill="none" stroke="{colour}" stroke-width="2">'
        f"<title>{name}</title></polyline>"
        for key, colour, name in (
            ("train_accuracy", "#9aa3b2", say("training windows")),
            ("valid_windows", "#4078c0", say("held-back windows")),
            ("valid_songs", "#c05f40", say("held-back songs")),
        )
        if epochs[0][key] is not None
    )
    told = say(
        "Gray: training windows; blue: held-back windows; red: held-back songs. Bottom 0 %, top "
        "100 %."
    )
    return f"<h2>{say('Epochs')}</h2><p>{told}</p>{frame}{lines}</svg>"


def _beside(result: dict[str, Any]) -> str:
    lines = beside.sentences(result)
    if not lines:
        return ""
    told = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return f"<h2>{say('Beside it')}</h2>{told}"


def _wrong(result: dict[str, Any]) -> str:
    wrong = result.get("wrong") or []
    if not wrong:
        return ""
    rows = "".join(
        f"<tr><td>{html.escape(row['song'])}</td><td>{html.escape(genre_word(row['truth']))}</td>"
        f"<td>{html.escape(genre_word(row['answer']))}</td><td>{percent(row['score'])}</td></tr>"
        for row in wrong
    )
    head = _heads(say("Song"), say("True"), say("Said"), say("Score"))
    return f"<h2>{say('Not correct')}</h2><table>{head}{rows}</table>"


def _by_label(result: dict[str, Any]) -> str:
    if "per_label" in result:
        told = say(
            "Of the songs that have the word of a row, how many are called by the word of a "
            "column, too."
        )
        return (
            f"<h2>{say('Words')}</h2>{_words(result)}<h2>{say('Words together')}</h2><p>{told}</p>"
        )
    return f"<h2>{say('Genres')}</h2>{_classes(result)}<h2>{say('Confusion of songs')}</h2>"


def page(result: dict[str, Any], title: str) -> str:
    """Return the HTML page of an evaluation, in the person's language."""
    bars = say(
        "Bars: how often an answer with this score was right; the line is perfect calibration."
    )
    return (
        f"<!doctype html><html lang={messages.tag()}><meta charset=utf-8>"
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
        f"<h1>{html.escape(title)}</h1>{_summary(result)}{_beside(result)}{_by_label(result)}"
        f"{_matrix(result)}<h2>{say('Reliability of windows')}</h2><p>{bars}</p>"
        f"{_reliability(result)}{_history(result)}{_wrong(result)}</html>\n"
    )


def write(folder: Path, result: dict[str, Any], predictions: Predictions, *, title: str) -> None:
    """Write ``evaluation.json``, ``windows.csv`` and ``report.html`` into ``folder``.

    Raises
    ------
    DataError
        When the disk is full or the folder cannot be written.
    """
    table = windows_csv(predictions, result["temperature"])
    try:
        atomic.write_json(folder / "evaluation.json", result)
        atomic.write_text(folder / "windows.csv", table)
        atomic.write_text(folder / "report.html", page(result, title))
    except OSError as error:
        raise DataError(
            say(
                "The report cannot be written in {folder} ({reason}). Make room there and start "
                "again.",
                folder=folder,
                reason=error.strerror or error,
            )
        ) from error
