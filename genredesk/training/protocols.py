"""What the five papers did and printed, as data: networks, splits, rules, numbers in percent.

``printed`` is quoted as it stands in the paper; where its meaning differs from its caption the
notes say so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from genredesk.core.errors import DataError


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a paper's table.

    Parameters
    ----------
    network, recipe
        Names in the registry and of the recipe.
    printed
        Percent by rule: ``raw`` (windows), ``sum`` and ``majority`` (songs).
    title
        The line's name in the paper.
    """

    title: str
    network: str
    recipe: str
    printed: dict[str, float]


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a paper measured.

    Parameters
    ----------
    unit
        ``song``, or ``segment`` where pieces of one song were on both sides.
    shares
        Training, validation and test; two numbers where the test part was also looked at while
        training.
    runs
        How many runs the printed numbers are the mean of.
    """

    paper: str
    title: str
    unit: str
    shares: tuple[float, ...]
    runs: int
    rows: tuple[Row, ...]
    notes: str = field(default="")


def _schindler() -> tuple[Row, ...]:
    printed = {
        ("shallow", ""): (65.20, 81.20, 78.90),
        ("deep", ""): (68.60, 83.20, 82.40),
        ("shallow", "-cqt"): (63.30, 80.00, 79.20),
        ("deep", "-cqt"): (68.20, 81.20, 80.40),
        ("shallow", "-exp"): (67.60, 84.40, 81.20),
        ("deep", "-exp"): (69.70, 84.40, 81.60),
        ("shallow", "-cqt-exp"): (65.30, 84.00, 83.20),
        ("deep", "-cqt-exp"): (70.00, 85.60, 85.20),
    }
    rows = []
    for (net, change), (raw, top, majority) in printed.items():
        network = f"{net}-cqt" if "cqt" in change else net
        title = f"{net} 100 epochs{change.replace('-', ' + ').upper()}"
        values = {"raw": raw, "sum": top, "majority": majority}
        rows.append(Row(title, network, f"schindler{change}", values))
    return tuple(rows)


PROTOCOLS: dict[str, Protocol] = {
    "000": Protocol(
        "000",
        "Yang & Zhang",
        "song",
        (0.8, 0.1, 0.1),
        10,
        (
            Row("net1", "net1", "net1", {"sum": 90.7}),
            Row("net2", "net2", "net1", {"sum": 88.3}),
            Row("nnet1", "nnet1", "net1", {"sum": 84.8}),
            Row("nnet2", "nnet2", "net1", {"sum": 87.4}),
        ),
        "Whole songs 8/1/1, sum of probabilities, mean of ten runs. Artists are not kept apart.",
    ),
    "001": Protocol(
        "001",
        "Wyborn, Butt & Klas",
        "song",
        (0.75, 0.25),
        1,
        _schindler(),
        "750 / 250 tracks; the test part was also the validation part. One printed majority value, "
        "78.90, is no multiple of 0.4 %.",
    ),
    "002": Protocol(
        "002",
        "Rampello, Saccardi, Trost & Gamnes Sneltvedt (KTH)",
        "segment",
        (0.81, 0.09, 0.10),
        1,
        (
            Row("vanilla, mel", "kth-mel", "kth", {"raw": 53.5}),
            Row("vanilla, MFCC", "kth-mfcc", "kth-mfcc", {"raw": 79.0}),
            Row("vanilla, three mel channels", "kth-mel3", "kth-mel3", {"raw": 60.0}),
            Row("MobileNetV2", "mobilenet-v2", "mobilenet-transfer", {"raw": 66.33}),
            Row("DenseNet121", "densenet121", "densenet-transfer", {"raw": 92.0}),
        ),
        "Printed as test accuracy, but their own logs show validation numbers, 79 and 92 of the "
        "best epoch and 92 on 100 samples. The transfer rows began with ImageNet weights.",
    ),
    "003": Protocol(
        "003",
        "Patel",
        "segment",
        (0.6, 0.15, 0.25),
        3,
        (
            Row("MLP, 1 hidden layer, dropout 0.2", "mlp-1", "patel-mlp", {"raw": 57.54}),
            Row("MLP, 3 hidden layers, dropout 0.3", "mlp-3", "patel-mlp", {"raw": 50.52}),
            Row("MLP, 5 hidden layers, dropout 0.3", "mlp-5", "patel-mlp", {"raw": 48.97}),
            Row("CNN, dropout 0.6", "patel-cnn", "patel", {"raw": 76.08}),
            Row("LSTM, dropout 0.1", "patel-lstm", "patel", {"raw": 77.74}),
        ),
        "The text says 6 s segments; the printed accuracies are multiples of 1/7497 and 1/8997, "
        "which fit 3 s segments and three runs.",
    ),
    "004": Protocol(
        "004",
        "Putovici & Molnár",
        "segment",
        (0.8, 0.1, 0.1),
        1,
        (Row("edge CNN", "edge", "edge", {"raw": 61.0}),),
        "Printed as “0.61%”. The matrix sums to 399 instead of 400, and precision and recall are "
        "swapped.",
    ),
}


def get(paper: str) -> Protocol:
    """Return a paper's protocol.

    Raises
    ------
    DataError
        When there is no such paper; the text lists them.
    """
    if paper not in PROTOCOLS:
        known = "; ".join(f"{p.paper} {p.title}" for p in PROTOCOLS.values())
        raise DataError(f"There is no paper {paper}. Choose one of: {known}.")
    return PROTOCOLS[paper]
