"""What is kept of a run's answers, and what a row of a paper's table says of its runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from genredesk.training.evaluation import metrics
from genredesk.training.evaluation.evaluate import Predictions, summarise
from genredesk.training.plan.protocols import ProtocolRow


def measured(predictions: Predictions) -> dict[str, Any]:
    """Return everything that is kept of a run's answers, as plain data (accuracies in percent)."""
    found = summarise(predictions)
    songs, n = found["songs"], len(predictions.labels)
    logits = metrics.summed(predictions.logits, predictions.song, len(predictions.names))
    said = predictions.logits.argmax(axis=1)
    return {
        "measured": {
            "raw": 100 * found["windows"]["accuracy"],
            "sum": 100 * songs["sum"],
            "majority": 100 * songs["majority"],
            "sum of logits": 100 * float((logits.argmax(axis=1) == predictions.truth).mean()),
        },
        "intervals": {
            "raw": [100 * end for end in found["windows"]["interval"]],
            "sum": [100 * end for end in songs["interval"]],
        },
        "n_songs": songs["n"],
        "n_windows": found["windows"]["n"],
        "labels": found["labels"],
        "confusion": found["confusion"],
        "confusion_windows": metrics.confusion(said, predictions.window_truth, n),
        "per_class": found["per_class"],
        "averages": metrics.averages(list(found["per_class"].values())),
        "loss": metrics.negative_log_likelihood(predictions.logits, predictions.window_truth, 1.0),
    }


def rules_of(row: ProtocolRow, unit: str) -> Iterator[str]:
    """Yield the rules a row is measured by."""
    yield "raw"
    if unit != "segment":
        yield from ("sum", "majority")
        if row.recipe.startswith("schindler"):
            yield "sum of logits"


def line(
    row: ProtocolRow, runs: list[dict[str, Any]], unit: str, shares: Sequence[float]
) -> dict[str, Any]:
    """Return a row of the table from its finished runs; see :func:`.reproduce.reproduce`."""
    rules = tuple(rules_of(row, unit))
    values = {rule: [run["measured"][rule] for run in runs] for rule in rules}
    mean = {rule: float(np.mean(values[rule])) for rule in rules}
    n = runs[-1]["n_songs"]
    right = np.arange(n) < round(mean["raw" if unit == "segment" else "sum"] / 100 * n)
    return {
        **asdict(row),
        "shares": list(shares),
        "measured": mean,
        "spread": {rule: float(np.std(values[rule])) for rule in rules},
        "loss_measured": float(np.mean([run["loss"] for run in runs])),
        "penalty": float(np.mean([run["penalty"] for run in runs])),
        "parameters_measured": runs[-1]["parameters"],
        "n_test": n,
        "n_windows": runs[-1]["n_windows"],
        "interval": [100 * end for end in metrics.interval(right)],
        "begins": runs[-1]["begins"],
        "runs": runs,
    }
