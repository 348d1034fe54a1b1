"""A paper's table and figures beside ours, as one HTML page that needs nothing else."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from genredesk.training.evaluation import svg

_t = html.escape


def page(result: dict[str, Any]) -> str:
    """Return the page of an experiment; see :func:`genredesk.training.runs.reproduce.reproduce`."""
    title = f"Paper {result['paper']}: {result['title']}"
    body = "".join(_parts(result))
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width">'
        f"<title>{_t(title)}</title><style>{svg.STYLE}figure{{margin:.5rem 0}}"
        "figcaption{color:var(--quiet)}</style>"
        f"<h1>{_t(title)}</h1>{body}</html>\n"
    )


def _parts(result: dict[str, Any]) -> Iterator[str]:
    yield _about(result)
    yield "<h2>The table, printed and measured</h2>"
    yield svg.beside(
        [
            (f"{row['title']} ({rule})", row["printed"].get(rule), value, _interval(row, rule))
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
    first = result["rows"][0]
    if result["unit"] == "segment":
        kept = f"{_n(first['n_test'], 'segment')} that were kept back"
    else:
        windows = _n(first["n_windows"], "window")
        kept = f"{_n(first['n_test'], 'song')} that were kept back ({windows})"
    runs = f"the mean of {result['runs']} runs" if result["runs"] > 1 else "one run"
    lines = [f"Measured on {kept}, {runs}."]
    if result["epochs"]:
        lines.append(f"<b>{_n(result['epochs'], 'epoch')} instead of the paper's.</b>")
    text = f"<p>{' '.join(lines)}</p>"
    for warning in filter(None, (result["warning"], result["left_out_because"])):
        text += f'<p class="warn">{_t(warning)}</p>'
    return text


def _n(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _interval(row: dict[str, Any], rule: str) -> tuple[float, float]:
    """Return the 95 % interval of a rule, of the last run where the rule has its own."""
    found = row["runs"][-1]["intervals"].get(rule) or row["interval"]
    return float(found[0]), float(found[1])


def _table(result: dict[str, Any]) -> str:
    heads = ("Row", "Split", "Rule", "Printed", "Measured", "95 %", "± runs", "n", "Loss printed",
             "Loss", "Parameters printed", "Parameters")  # fmt: skip
    rows = []
    for row in result["rows"]:
        for number, (rule, value) in enumerate(row["measured"].items()):
            printed = row["printed"].get(rule)
            low, high = _interval(row, rule)
            once = (
                (
                    f"{row['loss']:.3f}" if row["loss"] else "–",
                    f"{row['loss_measured']:.3f}"
                    + (f" + {row['penalty']:.3f}" if row["penalty"] else ""),
                    f"{row['parameters']:,}" if row["parameters"] else "–",
                    f"{row['parameters_measured']:,}",
                )
                if number == 0
                else ("",) * 4
            )
            cells = (
                _t(row["title"]),
                " / ".join(f"{100 * share:.0f}" for share in row["shares"]),
                rule,
                f"{printed:.1f} %" if printed is not None else "–",
                f"{value:.1f} %",
                f"{low:.1f} – {high:.1f}",
                f"{row['spread'][rule]:.1f}" if len(row["runs"]) > 1 else "–",
                str(row["n_windows"] if rule == "raw" else row["n_test"]),
                *once,
            )
            rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    for row in result["left_out"]:
        cells = "".join(
            f"<td>{rule}</td><td>{value:.1f} %</td>" for rule, value in row["printed"].items()
        )
        rows.append(f"<tr><td>{_t(row['title'])}</td><td></td>{cells}<td>left out</td></tr>")
    head = "".join(f"<th>{name}</th>" for name in heads)
    return (
        f"<div class=wide><table><tr>{head}</tr>{''.join(rows)}</table></div>"
        "<p class=quiet>Loss: cross entropy of the test's windows, + the network's own penalty "
        "where it has one. Parameters are counted as Keras does, statistics of batch norm too, for "
        "as many genres as there are here.</p>"
    )


def _baseline(run: dict[str, Any], unit: str) -> str:
    found, (low, high) = run["measured"], run["intervals"]["sum"]
    named = f"{found['sum']:.1f} % of {_n(run['n_songs'], unit)} ({low:.1f} – {high:.1f})"
    if unit != "segment":
        named = f"{found['raw']:.1f} % of {_n(run['n_windows'], 'window')} and {named}"
    title = _t(run["title"])
    return f"<p>To compare with, without any network: {title} name {named} rightly.</p>"


def _printed_figures(figures: list[dict[str, Any]]) -> str:
    if not figures:
        return ""
    parts = ["<h2>Printed confusion matrices</h2>"]
    for figure in figures:
        share = 100 * figure["diagonal"] / figure["total"]
        parts.append(
            f"<p>{_t(figure['title'])}: {figure['diagonal']} of {figure['total']} on the diagonal, "
            f"{share:.1f} %. {_t(figure['notes'])}</p>"
        )
        if figure["true"]:
            cells = "".join(
                f"<tr><td>{name}</td>{''.join(f'<td>{value}</td>' for value in figure[key])}</tr>"
                for name, key in (("true (row sums)", "true"), ("said (printed support)", "said"))
            )
            parts.append(f"<table>{cells}</table>")
    return "".join(parts)


def _row(row: dict[str, Any], unit: str) -> str:
    run = row["runs"][-1]
    kind = "segments" if unit == "segment" else "songs"
    version = f" · {row['version']}" if row["version"] else ""
    history = run["history"]
    parts = [
        f"<h2>{_t(row['title'])}</h2>",
        f'<p class="quiet">{_t(row["network"])}, recipe “{_t(run["recipe_title"])}”{version}. '
        f"{_t(run['recipe_notes'])} {_t(run['begins'])} {_n(run['epochs'], 'epoch')} in "
        f"{_took(run['seconds'])} on {_t(run['device'])}.</p>",
        '<div class="pair">',
        svg.curves(
            "Accuracy",
            _accuracies(history, unit),
            share=True,
        ),
        svg.curves(
            "Loss",
            [
                ("training", [epoch["loss"] for epoch in history]),
                ("held back", [epoch["valid_loss"] for epoch in history]),
            ],
        ),
        svg.confusion(f"Confusion of {kind}: rows true", run["labels"], run["confusion"]),
        _classes(run, kind),
        "</div>",
    ]
    return "".join(parts)


def _accuracies(history: list[dict[str, Any]], unit: str) -> list[tuple[str, list[Any]]]:
    held = ("valid_windows",) if unit == "segment" else ("valid_windows", "valid_songs")
    names = {"valid_windows": "held-back windows", "valid_songs": "held-back songs"}
    lines = [("training windows", [epoch["train_accuracy"] for epoch in history])]
    return lines + [(names[key], [epoch[key] for epoch in history]) for key in held]


def _took(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.0f} s"


def _classes(run: dict[str, Any], kind: str) -> str:
    rows = [(label, row) for label, row in run["per_class"].items()]
    rows += [(f"{way} average", row) for way, row in run["averages"].items()]
    body = "".join(
        f"<tr><td>{_t(label)}</td><td>{row['precision']:.2f}</td><td>{row['recall']:.2f}</td>"
        f"<td>{row['f1']:.2f}</td><td>{row['n']:.0f}</td></tr>"
        for label, row in rows
    )
    heads = ("Genre", "Precision", "Recall", "F1", kind.title())
    head = "".join(f"<th>{name}</th>" for name in heads)
    return f"<table><tr>{head}</tr>{body}</table>"
