"""What the five papers did and printed, as data: networks, splits, rules, numbers in percent.

``printed`` is quoted as it stands in the paper; where its meaning differs from its caption the
notes say so.
"""

from __future__ import annotations

from dataclasses import dataclass

from genredesk.core.errors import DataError


@dataclass(frozen=True, slots=True)
class ProtocolRow:
    """One line of a paper's table.

    Parameters
    ----------
    network, recipe
        Names in the registry and of the recipe.
    printed
        Percent by rule: ``raw`` (windows), ``sum`` and ``majority`` (songs).
    title
        The line's name in the paper.
    epochs
        Another number than the recipe's; 0: as it says.
    shares
        Other parts than the paper's; empty: as :class:`Protocol` says.
    """

    title: str
    network: str
    recipe: str
    printed: dict[str, float]
    epochs: int = 0
    shares: tuple[float, ...] = ()


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
    rows: tuple[ProtocolRow, ...]
    notes: str = ""

    def shares_of(self, row: ProtocolRow) -> tuple[float, ...]:
        """Return the parts the songs or segments of one row are divided into."""
        return row.shares or self.shares


def _schindler() -> tuple[ProtocolRow, ...]:
    printed = {
        (100, "shallow", ""): (65.20, 81.20, 78.90),
        (100, "deep", ""): (68.60, 83.20, 82.40),
        (100, "shallow", "-cqt"): (63.30, 80.00, 79.20),
        (100, "deep", "-cqt"): (68.20, 81.20, 80.40),
        (100, "shallow", "-exp"): (67.60, 84.40, 81.20),
        (100, "deep", "-exp"): (69.70, 84.40, 81.60),
        (100, "shallow", "-cqt-exp"): (65.30, 84.00, 83.20),
        (100, "deep", "-cqt-exp"): (70.00, 85.60, 85.20),
        (200, "shallow", ""): (64.80, 79.60, 78.80),
        (200, "deep", ""): (68.60, 84.80, 83.20),
        (200, "shallow", "-cqt"): (63.90, 82.00, 80.80),
        (200, "deep", "-cqt"): (67.90, 82.00, 82.00),
        (200, "shallow", "-exp"): (67.60, 84.40, 80.80),
        (200, "deep", "-exp"): (67.10, 83.20, 81.60),
        (200, "shallow", "-cqt-exp"): (65.00, 82.40, 83.20),
        (200, "deep", "-cqt-exp"): (69.20, 85.20, 84.40),
    }
    rows = []
    for (epochs, net, change), (raw, top, majority) in printed.items():
        network = f"{net}-cqt" if "cqt" in change else net
        title = f"{net} {epochs} epochs{change.replace('-', ' + ').upper()}"
        values = {"raw": raw, "sum": top, "majority": majority}
        rows.append(ProtocolRow(title, network, f"schindler{change}", values, epochs))
    return tuple(rows)


def _mlp(layers: int, dropout: float, raw: float) -> ProtocolRow:
    """Return a row of paper 003's Table II: 30 % held back, nothing to choose an epoch by."""
    title = f"MLP, {layers} hidden layer{'s' * (layers > 1)}, dropout {dropout}"
    return ProtocolRow(title, f"mlp-{layers}", "patel-mlp", {"raw": raw}, shares=(0.7, 0.3))


PROTOCOLS: dict[str, Protocol] = {
    "000": Protocol(
        "000",
        "Yang & Zhang",
        "song",
        (0.8, 0.1, 0.1),
        10,
        (
            ProtocolRow("net1", "net1", "net1", {"sum": 90.7}),
            ProtocolRow("net2", "net2", "net1", {"sum": 88.3}),
            ProtocolRow("nnet1", "nnet1", "net1", {"sum": 84.8}),
            ProtocolRow("nnet2", "nnet2", "net1", {"sum": 87.4}),
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
        (0.81, 0.10, 0.09),
        1,
        (
            ProtocolRow("vanilla, mel", "kth-mel", "kth", {"raw": 53.5}),
            ProtocolRow("vanilla, MFCC", "kth-mfcc", "kth-mfcc", {"raw": 79.0}),
            ProtocolRow("vanilla, three mel channels", "kth-mel3", "kth-mel3", {"raw": 60.0}),
            ProtocolRow("MobileNetV2", "mobilenet-v2", "mobilenet-transfer", {"raw": 66.33}),
            ProtocolRow("DenseNet121", "densenet121", "densenet-transfer", {"raw": 92.0}),
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
            _mlp(1, 0.2, 57.54),
            _mlp(3, 0.3, 50.52),
            _mlp(5, 0.3, 48.97),
            ProtocolRow("CNN, dropout 0.6", "patel-cnn", "patel", {"raw": 76.08}),
            ProtocolRow("LSTM, dropout 0.1", "patel-lstm", "patel", {"raw": 77.74}),
        ),
        "MLP on 70 / 30 without a part to choose by, CNN and LSTM on 75 / 25, of whose 75 a fifth "
        "is chosen by. The text says 6 s segments; the printed accuracies are multiples of 1/7497 "
        "and 1/8997, which fit 3 s segments and three runs.",
    ),
    "004": Protocol(
        "004",
        "Putovici & Molnár",
        "segment",
        (0.8, 0.1, 0.1),
        1,
        (ProtocolRow("edge CNN", "edge", "edge", {"raw": 61.0}),),
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
