"""An evaluation on disk: JSON, a CSV of every window, and one HTML page that needs nothing else."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genredesk.core import atomic
from genredesk.core.errors import DataError
from genredesk.core.shares import points
from genredesk.inference.aggregate import sigmoid
from genredesk.training.data.songs import BETWEEN
from genredesk.training.evaluation import metrics
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


def _percent(value: float) -> str:
    return f"{points(value, 1):.1f} %"


def _range(interval: Sequence[float]) -> str:
    low, high = interval
    return f"{_percent(low)} or more" if high >= 1 else f"{_percent(low)} – {_percent(high)}"


def _summary(result: dict[str, Any]) -> str:
    songs, windows = result["songs"], result["windows"]
    if "per_label" in result:
        return _summary_of_words(result)
    rows = [
        ("Songs, summed probability", _percent(songs["sum"]), songs["n"]),
        ("&emsp;95 % interval", _range(songs["interval"]), songs["n"]),
        ("Songs, majority vote", _percent(songs["majority"]), songs["n"]),
        ("Songs, right genre among the first three", _percent(songs["top3"]), songs["n"]),
        ("Windows", _percent(windows["accuracy"]), windows["n"]),
        ("Calibration error of windows", f"{result['ece']:.3f}", windows["n"]),
        ("&emsp;before the temperature", f"{result['ece_uncalibrated']:.3f}", windows["n"]),
        ("Calibration error of songs", f"{result['ece_songs']:.3f}", songs["n"]),
        ("&emsp;by chance, of so few songs", f"{result['ece_songs_chance']:.3f}", songs["n"]),
    ]
    body = "".join(f"<tr><td>{a}</td><td>{b}</td><td>{c}</td></tr>" for a, b, c in rows)
    return f"<table><tr><th>Measured</th><th></th><th>n</th></tr>{body}</table>"


def _summary_of_words(result: dict[str, Any]) -> str:
    songs, windows = result["songs"], result["windows"]
    rows = [
        ("Songs whose first word is one of theirs", _percent(songs["first"]), songs["n"]),
        ("&emsp;95 % interval", _range(songs["interval"]), songs["n"]),
        ("Windows whose first word is", _percent(windows["accuracy"]), windows["n"]),
        ("Calibration error of windows", f"{result['ece']:.3f}", windows["n"]),
        ("&emsp;before the temperature", f"{result['ece_uncalibrated']:.3f}", windows["n"]),
        ("Calibration error of songs", f"{result['ece_songs']:.3f}", songs["n"]),
    ]
    body = "".join(f"<tr><td>{a}</td><td>{b}</td><td>{c}</td></tr>" for a, b, c in rows)
    return f"<table><tr><th>Measured</th><th></th><th>n</th></tr>{body}</table>"


def _words(result: dict[str, Any]) -> str:
    keys = ("precision", "recall", "f1", "average_precision")

    def line(name: str, row: dict[str, Any], bound: str, n: object) -> str:
        cells = "".join(f"<td>{_percent(row[key])}</td>" for key in keys)
        return f"<tr><td>{html.escape(name)}</td>{cells}<td>{bound}</td><td>{n}</td></tr>"

    rows = "".join(
        line(label, row, _percent(row["threshold"]), row["n"])
        for label, row in result["per_label"].items()
    )
    rows += line("Mean over words", result["macro"], "", "")
    rows += line("All answers together", result["micro"], "", "")
    head = (
        "<tr><th>Word</th><th>Precision</th><th>Recall</th><th>F1</th><th>Average precision</th>"
        "<th>Sure from</th><th>Songs</th></tr>"
    )
    return f"<table>{head}{rows}</table>"


def _classes(result: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(label)}</td><td>{_percent(row['precision'])}</td>"
        f"<td>{_percent(row['recall'])}</td><td>{_percent(row['f1'])}</td><td>{row['n']}</td></tr>"
        for label, row in result["per_class"].items()
    )
    head = "<tr><th>Genre</th><th>Precision</th><th>Recall</th><th>F1</th><th>Songs</th></tr>"
    return f"<table>{head}{rows}</table>"


def _matrix(result: dict[str, Any]) -> str:
    labels = [html.escape(label) for label in result["labels"]]
    if len(labels) > SHOWN_LABELS:
        return (
            f"<p>{len(labels):,} genres are too many to draw; the numbers are in evaluation.json. "
            "windows.csv has the score of each answer, without those of the other genres.</p>"
        )
    head = "".join(f"<th>{label}</th>" for label in labels)
    rows, several = [], "per_label" in result
    for label, row in zip(labels, result["together" if several else "confusion"], strict=True):
        total = max(1, result["per_label"][html.unescape(label)]["n"] if several else sum(row))
        cells = "".join(
            f'<td style="background:rgba(64,120,192,{0.85 * n / total:.2f})">{n or ""}</td>'
            for n in row
        )
        rows.append(f"<tr><td>{label}</td>{cells}</tr>")
    return f'<table class="matrix"><tr><th>true \\ said</th>{head}</tr>{"".join(rows)}</table>'


def _reliability(result: dict[str, Any]) -> str:
    bins, size = result["reliability"], 260
    bars = []
    edges = bins["edges"]
    for i, n in enumerate(bins["count"]):
        if n:
            x, width = edges[i] * size, (edges[i + 1] - edges[i]) * size
            height = bins["accuracy"][i] * size
            bars.append(
                f'<rect x="{x:.1f}" y="{size - height:.1f}" width="{width - 1:.1f}" '
                f'height="{height:.1f}" fill="#4078c0"><title>{n} windows, said '
                f"{_percent(bins['confidence'][i])}, right {_percent(bins['accuracy'][i])}"
                "</title></rect>"
            )
    line = f'<line x1="0" y1="{size}" x2="{size}" y2="0" stroke="#c05f40"/>'
    return (
        f'<svg viewBox="-2 -2 {size + 4} {size + 4}" width="{size}" role="img" '
        f'aria-label="Reliability diagram">{"".join(bars)}{line}</svg>'
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
            ("train_accuracy", "#9aa3b2", "training windows"),
            ("valid_windows", "#4078c0", "held-back windows"),
            ("valid_songs", "#c05f40", "held-back songs"),
        )
        if epochs[0][key] is not None
    )
    return (
        "<h2>Epochs</h2><p>Grey: training windows; blue: held-back windows; red: held-back songs. "
        f"Bottom 0 %, top 100 %.</p>{frame}{lines}</svg>"
    )


def _beside(result: dict[str, Any]) -> str:
    """Say what the accuracy has to be seen beside; see ``evaluation/review.py``."""
    lines: list[str] = []
    recipe = result.get("recipe") or {}
    if recipe.get("version"):
        lines.append(f"The paper's network {recipe['version']}. {recipe['notes']}")
    if start := result.get("start"):
        lines.append(
            f"{start['title']} names {_percent(start['start'])} of the same {start['n']} songs "
            f"rightly, this network {_percent(start['new'])}."
        )
    if begun := result.get("begun_with"):
        both = (
            "its number and this network's flatter" if begun["weights"] else "its number flatters"
        )
        lines.append(
            f"{begun['title']} learned from: {begun['data'].rstrip('.') or 'not known'}. If songs "
            f"that were kept back here were among them, {both}."
        )
    if guess := result.get("guessing"):
        lines.append(
            f"Always answering the commonest genre would get {_percent(guess['most'])}, rolling "
            f"dice {_percent(guess['even'])}."
        )
    if near := result.get("nearest"):
        lines.append(
            f"Without any network, the {near['k']} nearest neighbours on MFCC name "
            f"{_percent(near['songs'])} of the same {near['n']} songs rightly."
        )
    if leaks := result.get("leaks"):
        shared = leaks["shared_artists"]
        divided = f"{leaks['train']} songs learned from, {leaks['valid']} kept back"
        if leaks.get("folds"):
            divided = (
                f"All {leaks['train']} songs were learned from in the end; for the numbers "
                f"{leaks['valid']} of them were asked about once, by a network that had not"
            )
        lines.append(
            f"{divided} ({leaks['protocol']}). Artists on both sides: "
            f"{', '.join(shared) or 'none known'} (known of {leaks['artists_known']} songs)."
        )
    if len(ears := result.get("ears") or []) > 1:
        lines.append(
            "On the same songs: "
            + "; ".join(
                f"{row['ears']} ear{'s' * (row['ears'] > 1)} {_percent(row['songs'])} "
                f"({_range(row['interval'])})"
                for row in ears
            )
            + "."
        )
    if pieces := result.get("segments"):
        lines.append(
            f"Flattering: a split of pieces instead of songs would have claimed "
            f"{_percent(pieces['accuracy'])} of {pieces['n']} windows."
        )
    if not lines:
        return ""
    return "<h2>Beside it</h2>" + "".join(f"<p>{html.escape(line)}</p>" for line in lines)


def _wrong(result: dict[str, Any]) -> str:
    wrong = result.get("wrong") or []
    if not wrong:
        return ""
    rows = "".join(
        f"<tr><td>{html.escape(row['song'])}</td><td>{html.escape(row['truth'])}</td>"
        f"<td>{html.escape(row['answer'])}</td><td>{_percent(row['score'])}</td></tr>"
        for row in wrong
    )
    head = "<tr><th>Song</th><th>True</th><th>Said</th><th>Score</th></tr>"
    return f"<h2>Named wrongly</h2><table>{head}{rows}</table>"


def _by_label(result: dict[str, Any]) -> str:
    if "per_label" in result:
        return (
            f"<h2>Words</h2>{_words(result)}<h2>Words together</h2><p>Of the songs that have the "
            "word of a row, how many are called by the word of a column, too.</p>"
        )
    return f"<h2>Genres</h2>{_classes(result)}<h2>Confusion of songs</h2>"


def page(result: dict[str, Any], title: str) -> str:
    """Return the HTML page of an evaluation."""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f"<title>{html.escape(title)}</title><style>{STYLE}</style>"
        f"<h1>{html.escape(title)}</h1>{_summary(result)}{_beside(result)}{_by_label(result)}"
        f"{_matrix(result)}<h2>Reliability of windows</h2>"
        "<p>Bars: how often an answer with this score was right; the line is perfect calibration."
        f"</p>{_reliability(result)}{_history(result)}{_wrong(result)}</html>\n"
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
            f"The report cannot be written in {folder} ({error.strerror or error}). Make room "
            "there and start again."
        ) from error
