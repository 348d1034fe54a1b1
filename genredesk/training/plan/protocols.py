"""What the five papers did and printed, as data: networks, splits, rules, numbers in percent.

``printed`` is quoted as it stands in the paper; where its meaning differs from its caption the
notes say so.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.nets.spec import with_fields
from genredesk.training.plan.limits import AS_PRINTED, AS_RUN
from genredesk.training.plan.recipe import PRINTED


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
    loss, parameters
        Printed, too; 0: they are not.
    version
        ``as run`` or ``as printed`` where the authors' code and their text differ.
    """

    title: str
    network: str
    recipe: str
    printed: dict[str, float]
    epochs: int = 0
    shares: tuple[float, ...] = ()
    loss: float = 0.0
    parameters: int = 0
    version: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """What is known of a printed confusion matrix beside the table.

    Parameters
    ----------
    title
        The figure's or table's name in the paper.
    diagonal, total
        How many answers were right, of how many.
    said, true
        How often each genre was said and how often it was true, in the paper's order.
    """

    title: str
    diagonal: int = 0
    total: int = 0
    said: tuple[int, ...] = ()
    true: tuple[int, ...] = ()
    notes: str = ""


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
    fixed_segments
        So many random segments of every song are drawn once and used alone, in training and in the
        test; 0: all of a song.
    figures
        What is known of printed confusion matrices.
    beside
        Rows that are in no table of the paper, measured in the same way when asked for: other
        networks, or its own on other segments.
    """

    paper: str
    title: str
    unit: str
    shares: tuple[float, ...]
    runs: int
    rows: tuple[ProtocolRow, ...]
    notes: str = ""
    fixed_segments: int = 0
    figures: tuple[Figure, ...] = ()
    beside: tuple[ProtocolRow, ...] = ()

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
        row = ProtocolRow(title, network, f"schindler{change}", values, epochs)
        rows += _both(row)
    return tuple(rows)


def _both(row: ProtocolRow) -> tuple[ProtocolRow, ProtocolRow]:
    """Return a row with the recipe as its authors ran it, and as they print it."""
    printed = dataclasses.replace(
        row, title=f"{row.title}, {AS_PRINTED}", recipe=f"{row.recipe}{PRINTED}", version=AS_PRINTED
    )
    return dataclasses.replace(row, version=AS_RUN), printed


_MLP = {
    (1, 0.0): (56.85, 9.355),
    (1, 0.1): (57.73, 3.167),
    (1, 0.2): (57.54, 2.692),
    (1, 0.3): (56.47, 2.364),
    (1, 0.4): (54.63, 2.148),
    (1, 0.5): (51.35, 2.161),
    (3, 0.2): (39.46, 2.280),
    (3, 0.3): (50.52, 2.093),
    (3, 0.4): (42.65, 2.280),
    (3, 0.5): (19.75, 2.762),
    (5, 0.3): (48.97, 2.343),
}
_CNN = {
    0.1: (74.11, 1.173),
    0.2: (75.31, 0.986),
    0.3: (75.10, 0.954),
    0.4: (75.50, 0.870),
    0.5: (75.79, 0.885),
    0.6: (76.08, 0.786),
    0.7: (74.67, 0.786),
    0.8: (70.29, 0.898),
}
_LSTM = {
    0.1: (77.74, 0.791),
    0.2: (75.68, 0.855),
    0.3: (75.62, 0.829),
    0.4: (74.80, 0.866),
    0.5: (74.84, 0.854),
}


def _patel(length: str = "") -> tuple[ProtocolRow, ...]:
    """Return the rows of paper 003's Tables II to V.

    Parameters
    ----------
    length
        What the names of recipes end in that are for segments of another length.
    """
    rows, tail = [], ", segments of 3 s" if length else ""
    for (layers, dropout), (raw, loss) in _MLP.items():
        # 30 % held back, nothing to choose an epoch by
        title = f"MLP, {layers} hidden layer{'s' * (layers > 1)}, dropout {dropout}{tail}"
        name = with_fields(f"mlp-{layers}", {"dropout": dropout})
        rows.append(
            ProtocolRow(
                title, name, f"patel-mlp{length}", {"raw": raw}, shares=(0.7, 0.3), loss=loss
            )
        )
    for kind, network, table in (("CNN", "patel-cnn", _CNN), ("LSTM", "patel-lstm", _LSTM)):
        for dropout, (raw, loss) in table.items():
            name = with_fields(network, {"dropout": dropout})
            title = f"{kind}, dropout {dropout}{tail}"
            rows.append(ProtocolRow(title, name, f"patel{length}", {"raw": raw}, loss=loss))
    return tuple(rows)


PROTOCOLS: dict[str, Protocol] = {
    "000": Protocol(
        "000",
        "Yang & Zhang",
        "song",
        (0.8, 0.1, 0.1),
        10,
        (
            ProtocolRow("net1", "net1", "net1", {"sum": 90.7}, parameters=1_001_162),
            ProtocolRow("net2", "net2", "net1", {"sum": 88.3}, parameters=857_322),
            ProtocolRow("nnet1", "nnet1", "net1", {"sum": 84.8}, parameters=464_906),
            ProtocolRow("nnet2", "nnet2", "net1", {"sum": 87.4}, parameters=1_250_928),
        ),
        "Whole songs 8/1/1, sum of probabilities, mean of ten runs. Artists are not kept apart.",
        beside=(
            ProtocolRow("CRNN (in no paper)", "crnn", "plain", {}),
            ProtocolRow("raw waveform (in no paper)", "raw", "plain", {}),
        ),
    ),
    "001": Protocol(
        "001",
        "Wyborn, Butt & Klas",
        "song",
        (0.75, 0.25),
        1,
        _schindler(),
        "750 / 250 tracks, 15 random segments of each drawn once; the test part was also the "
        "validation part. One printed majority value, 78.90, is no multiple of 0.4 %. Printed are "
        "segments of 0.97 s, but 80 frames are 0.93 s: as run with these, as printed with those. "
        "The sum is of probabilities, as printed; "
        "the authors' code sums logits, which is given beside it.",
        fixed_segments=15,
        figures=(Figure("Figure 7, deep, CQT & EXP, 100 epochs", 214, 250),),
    ),
    "002": Protocol(
        "002",
        "Rampello, Saccardi, Trost & Gamnes Sneltvedt (KTH)",
        "segment",
        (0.81, 0.10, 0.09),
        1,
        (
            *_both(ProtocolRow("vanilla, mel", "kth-mel", "kth", {"raw": 53.5})),
            *_both(ProtocolRow("vanilla, MFCC", "kth-mfcc", "kth-mfcc", {"raw": 79.0})),
            *_both(
                ProtocolRow("vanilla, three mel channels", "kth-mel3", "kth-mel3", {"raw": 60.0})
            ),
            ProtocolRow("MobileNetV2", "mobilenet-v2", "mobilenet-transfer", {"raw": 66.33}),
            *_both(ProtocolRow("DenseNet121", "densenet121", "densenet-transfer", {"raw": 92.0})),
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
        _patel(),
        "MLP on 70 / 30 without a part to choose by, CNN and LSTM on 75 / 25, of whose 75 a fifth "
        "is chosen by. The text says 6 s segments; the printed accuracies are multiples of 1/7497 "
        "and 1/8997, which fit 3 s segments and three runs; --beside measures those, too.",
        beside=_patel("-3s"),
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
        figures=(
            Figure(
                "Table 1",
                246,
                400,
                (70, 47, 24, 39, 34, 32, 46, 14, 53, 41),
                (44, 30, 44, 46, 30, 46, 39, 43, 48, 30),
                "What the paper calls support is how often each genre was said. With Jazz-Jazz 29; "
                "the order of the genres is the paper's own.",
            ),
        ),
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
        raise DataError(
            say("There is no paper {paper}. Choose one of: {known}.", paper=paper, known=known)
        )
    return PROTOCOLS[paper]
