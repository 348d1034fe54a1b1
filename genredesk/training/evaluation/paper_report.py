"""A paper's table and figures beside ours, as one HTML page that needs nothing else."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from genredesk.core import messages
from genredesk.core.genres import genre_word
from genredesk.core.messages import mark, number, say
from genredesk.training.evaluation import svg

_t = html.escape

RULES = (mark("raw"), mark("sum"), mark("majority"), mark("sum of logits"))
"""From windows to songs, by the names the table has for them."""

_COUNTS = {
    "song": (mark("1 song"), mark("{n:,} songs")),
    "segment": (mark("1 segment"), mark("{n:,} segments")),
    "window": (mark("1 window"), mark("{n:,} windows")),
    "epoch": (mark("1 epoch"), mark("{n:,} epochs")),
}


def page(result: dict[str, Any]) -> str:
    """Return the page of an experiment; see :func:`genredesk.training.runs.reproduce.reproduce`."""
    title = say("Paper {paper}: {title}", paper=result["paper"], title=result["title"])
    body = "".join(_parts(result))
    return (
        f"<!doctype html><html lang={messages.tag()}><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width">'
        f"<title>{_t(title)}</title><style>{svg.STYLE}figure{{margin:.5rem 0}}"
        "figcaption{color:var(--quiet)}</style>"
        f"<h1>{_t(title)}</h1>{body}</html>\n"
    )


def _parts(result: dict[str, Any]) -> Iterator[str]:
    yield _about(result)
    yield f"<h2>{say('The table, printed and measured')}</h2>"
    yield svg.beside(
        [
            (f"{row['title']} ({say(rule)})", row["printed"].get(rule), value, _interval(row, rule))
            for row in result["rows"]
            for rule, value in row["measured"].items()
        ]
    )
    yield _table(result)
    yield _baseline(result["neighbours"], result["unit"])
    yield _printed_figures(result["figures"])
    for row in result["rows"]:
        yield _row(row, result["unit"])
    yield f'<p class="quiet">{_t(result["notes"])}</p>'


def _about(result: dict[str, Any]) -> str:
    sizes = []
    for row in result["rows"]:
        size = _n(row["n_test"], result["unit"])
        if result["unit"] != "segment":
            size = f"{size} ({_n(row['n_windows'], 'window')})"
        sizes.append(size)
    kept = " / ".join(dict.fromkeys(sizes))  # rows may be divided differently
    runs = say("mean of {n} runs", n=result["runs"]) if result["runs"] > 1 else say("one run")
    lines = [say("Measured on what was kept back: {kept}; {runs}.", kept=kept, runs=runs)]
    if result["epochs"]:
        epochs = _n(result["epochs"], "epoch")
        instead = say("{epochs} instead of the paper's.", epochs=epochs)
        lines.append(f"<b>{instead}</b>")
    text = f"<p>{' '.join(lines)}</p>"
    for warning in filter(None, (result["warning"], result["left_out_because"])):
        text += f'<p class="warn">{_t(warning)}</p>'
    return text


def _n(n: int, what: str) -> str:
    return say(_COUNTS[what][n != 1], n=n)


def _interval(row: dict[str, Any], rule: str) -> tuple[float, float]:
    """Return the 95 % interval of a rule, of the last run where the rule has its own."""
    found = row["runs"][-1]["intervals"].get(rule) or row["interval"]
    return float(found[0]), float(found[1])


def _table(result: dict[str, Any]) -> str:
    heads = (say("Row"), say("Split"), say("Rule"), say("Printed"), say("Measured"), "95 %",
             say("± over runs"), "n", say("Loss printed"), say("Loss"), say("Parameters printed"),
             say("Parameters"))  # fmt: skip
    rows = []
    for row in result["rows"]:
        for i, (rule, value) in enumerate(row["measured"].items()):
            printed = row["printed"].get(rule)
            low, high = _interval(row, rule)
            once = (
                (
                    number(row["loss"], ".3f") if row["loss"] else "–",
                    number(row["loss_measured"], ".3f")
                    + (f" + {number(row['penalty'], '.3f')}" if row["penalty"] else ""),
                    number(row["parameters"], ",") if row["parameters"] else "–",
                    number(row["parameters_measured"], ","),
                )
                if i == 0
                else ("",) * 4
            )
            split = " / ".join(f"{100 * share:.0f}" for share in row["shares"])
            cells = (
                *((_t(row["title"]), split) if i == 0 else ("", "")),
                say(rule),
                f"{number(printed, '.1f')} %" if printed is not None else "–",
                f"{number(value, '.1f')} %",
                f"{number(low, '.1f')} – {number(high, '.1f')}",
                number(row["spread"][rule], ".1f") if len(row["runs"]) > 1 else "–",
                str(row["n_windows"] if rule == "raw" else row["n_test"]),
                *once,
            )
            rows.append(cells)
    for row in result["left_out"]:
        for rule, printed in row["printed"].items():
            cells = (_t(row["title"]), "", say(rule), f"{number(printed, '.1f')} %")
            rows.append((*cells, say("left out"), *[""] * (len(heads) - len(cells) - 1)))
    # a column in which nothing stands takes room from the others
    columns = [column for column in zip(heads, *rows, strict=True) if {*column[1:]} - {"", "–"}]
    head, *rows = zip(*columns, strict=True)
    head = "".join(f"<th>{name}</th>" for name in head)
    rows = [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
    about = say(
        "Loss: cross entropy of the test's windows, + the network's own penalty where it has one. "
        "Parameters are counted as Keras does, statistics of batch norm too, for as many genres as "
        "there are here."
    )
    return (
        f"<div class=wide><table><tr>{head}</tr>{''.join(rows)}</table></div>"
        f"<p class=quiet>{_t(about)}</p>"
    )


def _baseline(run: dict[str, Any], unit: str) -> str:
    found, (low, high) = run["measured"], run["intervals"]["sum"]
    named = say(
        "{share:.1f} % of {songs} ({low:.1f} – {high:.1f})",
        share=found["sum"],
        songs=_n(run["n_songs"], unit),
        low=low,
        high=high,
    )
    if unit != "segment":
        windows = _n(run["n_windows"], "window")
        named = (
            say("{share:.1f} % of {windows}", share=found["raw"], windows=windows) + f", {named}"
        )
    told = say(
        "Correct without any network, to compare with ({title}): {named}.",
        title=run["title"],
        named=named,
    )
    return f"<p>{_t(told)}</p>"


def _printed_figures(figures: list[dict[str, Any]]) -> str:
    if not figures:
        return ""
    parts = [f"<h2>{say('Printed confusion matrices')}</h2>"]
    for figure in figures:
        share = 100 * figure["diagonal"] / figure["total"]
        parts.append(
            "<p>"
            + _t(
                say(
                    "{title}: {n} of {total} on the diagonal, {share:.1f} %. {notes}",
                    title=figure["title"],
                    n=figure["diagonal"],
                    total=figure["total"],
                    share=share,
                    notes=figure["notes"],
                )
            )
            + "</p>"
        )
        if figure["true"]:
            cells = "".join(
                f"<tr><td>{name}</td>{''.join(f'<td>{value}</td>' for value in figure[key])}</tr>"
                for name, key in (
                    (say("true (row sums)"), "true"),
                    (say("said (printed support)"), "said"),
                )
            )
            parts.append(f"<table>{cells}</table>")
    return "".join(parts)


def _row(row: dict[str, Any], unit: str) -> str:
    run = row["runs"][-1]
    segments = unit == "segment"
    kind = say("Segments") if segments else say("Songs")
    version = f" · {row['version']}" if row["version"] else ""
    history = run["history"]
    about = say(
        "{network}, recipe “{recipe}”{version}. {notes} {begins} {epochs} in {took} on {device}.",
        network=row["network"],
        recipe=run["recipe_title"],
        version=version,
        notes=run["recipe_notes"],
        begins=run["begins"],
        epochs=_n(run["epochs"], "epoch"),
        took=_took(run["seconds"]),
        device=run["device"],
    )
    parts = [
        f"<h2>{_t(row['title'])}</h2>",
        f'<p class="quiet">{_t(about)}</p>',
        '<div class="pair">',
        svg.curves(
            say("Accuracy"),
            _accuracies(history, unit),
            share=True,
        ),
        svg.curves(
            say("Loss"),
            [
                (say("training"), [epoch["loss"] for epoch in history]),
                (say("held back"), [epoch["valid_loss"] for epoch in history]),
            ],
        ),
        svg.confusion(
            say("Confusion of segments: rows true")
            if segments
            else say("Confusion of songs: rows true"),
            [genre_word(label) for label in run["labels"]],
            run["confusion"],
        ),
        _classes(run, kind),
        "</div>",
    ]
    return "".join(parts)


def _accuracies(history: list[dict[str, Any]], unit: str) -> list[tuple[str, list[Any]]]:
    held = ("valid_windows",) if unit == "segment" else ("valid_windows", "valid_songs")
    names = {"valid_windows": say("held-back windows"), "valid_songs": say("held-back songs")}
    lines = [(say("training windows"), [epoch["train_accuracy"] for epoch in history])]
    return lines + [(names[key], [epoch[key] for epoch in history]) for key in held]


def _took(seconds: float) -> str:
    return f"{number(seconds / 60, '.1f')} min" if seconds >= 60 else f"{seconds:.0f} s"


_AVERAGES = {"macro": mark("macro average"), "weighted": mark("weighted average")}


def _classes(run: dict[str, Any], kind: str) -> str:
    rows = [(genre_word(label), row) for label, row in run["per_class"].items()]
    rows += [(say(_AVERAGES[way]), row) for way, row in run["averages"].items()]
    body = "".join(
        f"<tr><td>{_t(label)}</td><td>{number(row['precision'], '.2f')}</td>"
        f"<td>{number(row['recall'], '.2f')}</td><td>{number(row['f1'], '.2f')}</td>"
        f"<td>{row['n']:.0f}</td></tr>"
        for label, row in rows
    )
    heads = (say("Genre"), say("Precision"), say("Recall"), "F1", kind)
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<table><tr>{head}</tr>{body}</table>"
