"""The card of a bundle: everything a person and the program must know about a trained network.

``card.json`` is read strictly: what is missing, unknown or of the wrong type is named in a
:class:`BundleError`, so that a half-written or foreign bundle never gets as far as the network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from genredesk.core import trust
from genredesk.core.certainty import Bounds
from genredesk.core.trust import Care, CareLevel, Fitted
from genredesk.features.frontend import FrontendSpec
from genredesk.inference.aggregate import Pool

FORMAT = 1
"""Version of the bundle format this program writes; newer ones are refused."""

ALONE = ".card.json"
"""Ends the name of a card without its bundle: of a network that does not come along."""
AGAIN = "-ours"
"""Ends the id of a network that was trained once more, with GenreDesk's own recipe."""

EIGHT_BITS = "model.int8.onnx"
"""The network in 8 bits, beside it in its bundle."""

MAX_LABELS = 10_000
MAX_LABEL_LENGTH = 200

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
# Names that Windows does not allow for a folder, with or without a suffix.
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{n}{i}" for n in ("com", "lpt") for i in range(1, 10)}


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A measured share of right answers.

    Parameters
    ----------
    value
        Share right in [0, 1].
    n
        How many windows or songs it was measured on.
    interval
        95 % confidence interval, both ends in [0, 1].
    on
        What it was measured on, in words ("valid, artist-disjoint").
    """

    value: float
    n: int
    interval: tuple[float, float]
    on: str = ""


@dataclass(frozen=True, slots=True)
class Golden:
    """What the network answers to a known signal; see :mod:`genredesk.inference.runtime.golden`."""

    signal: str
    logits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CalibrationErrors:
    """How far probabilities lay from the share that was right, in [0, 1].

    Parameters
    ----------
    before, after
        Of windows, before and after the temperature (expected calibration error).
    songs
        Of songs, after it; ``None``: not known.
    """

    before: float
    after: float
    songs: float | None = None


@dataclass(frozen=True, slots=True)
class KeptEpoch:
    """Which epoch of a training was kept, counted from 1, of how many that ran."""

    kept: int
    ran: int


@dataclass(frozen=True, slots=True)
class EightBits:
    """What the card says of the 8-bit form of the network that lies beside it.

    Parameters
    ----------
    signal, logits
        Known sounds and what the network in 32 bits answers to them, ``(sounds, labels)``; see
        :func:`genredesk.inference.runtime.golden.sounds`.
    n, alike
        Windows of music both were asked, and the share of them they name alike.
    allowed
        Whether it may answer in the network's place where it is quicker.
    """

    signal: str
    logits: tuple[tuple[float, ...], ...]
    n: int
    alike: float
    allowed: bool = True


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The contents of ``card.json``.

    Parameters
    ----------
    id
        Name of the bundle's folder: lower-case letters, digits, dot, dash and underscore.
    title
        Name shown to a person.
    network, paper
        Name in the network registry and the paper it comes from.
    labels
        The genres, in the order of the logits.
    frontend
        How sound becomes the network's input.
    temperature
        Logits are divided by it before the softmax (Guo et al. 2017, section 4.2).
    sharpening
        How much surer many windows are together than their mean; see
        :class:`genredesk.inference.aggregate.Pool`.
    unsure_below
        Recommended threshold on the calibrated probability, from which the answer is sure.
    certainty
        The other bounds of its answers' strengths, and what all of them rest on.
    data, split
        What it was trained on, and how training and measuring were kept apart.
    seed
        Seed of the training run.
    accuracy
        By name, at least ``window`` and ``song`` where they were measured.
    calibration
        How well it was calibrated, where that was measured.
    epochs
        Of the training, where there were any (a quick one has none).
    parameters
        Number of trained parameters.
    makes_sound
        Whether its weights also hold what makes new pieces of its genres (an autoencoder's).
    licence
        Terms of the weights.
    versions
        Program versions it was made with, by package.
    files
        SHA-256 of every file beside the card, by name; filled in when the bundle is written.
    golden
        Filled in when the bundle is written.
    eight_bits
        Of the 8-bit form of the network, where one lies beside it.
    notes
        Anything else worth saying.
    """

    id: str
    title: str
    network: str
    labels: tuple[str, ...]
    frontend: FrontendSpec
    paper: str = ""
    temperature: float = 1.0
    sharpening: float = 0.0
    unsure_below: float = 0.0
    certainty: Fitted = field(default_factory=Fitted)
    data: str = ""
    split: str = ""
    seed: int = 0
    accuracy: Mapping[str, Accuracy] = field(default_factory=dict[str, Accuracy])
    calibration: CalibrationErrors | None = None
    epochs: KeptEpoch | None = None
    parameters: int = 0
    makes_sound: bool = False
    licence: str = ""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    golden: Golden | None = None
    eight_bits: EightBits | None = None
    notes: str = ""

    @property
    def pool(self) -> Pool:
        """What makes the mean of many windows a calibrated probability."""
        return Pool(self.frontend.window_s, self.sharpening)

    @property
    def songs(self) -> int:
        """How many songs its threshold rests on; 0 where the card does not know."""
        measured = self.accuracy.get("song")
        return self.certainty.songs or (measured.n if measured else 0)

    @property
    def sure(self) -> float:
        """Its threshold, or the one that so few songs justify at best where that is higher."""
        if not (self.songs and self.unsure_below):
            return self.unsure_below
        return max(self.unsure_below, trust.least_sure(self.songs, len(self.labels)))

    def level(self, care: Care | str = Care.BALANCED) -> CareLevel:
        """Return what a person's choice of care means for it."""
        curve, n_labels = self.certainty.curve, len(self.labels)
        return trust.level(Care(care), curve, self.songs, n_labels, self.sure)

    def bounds(self, sure: float | None = None, care: Care | str = Care.BALANCED) -> Bounds:
        """Return the bounds of its answers' strengths.

        Parameters
        ----------
        sure
            A person's own threshold; ``None`` or 0: that of ``care``.
        """
        usual = Bounds.of(sure or self.level(care).sure, len(self.labels))
        return replace(
            usual,
            probable=self.certainty.probable or usual.probable,
            between=self.certainty.between or usual.between,
        )

    def replace(self, **changes: Any) -> ModelCard:
        """Return a copy with ``changes``."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return what is written to ``card.json``."""
        golden = self.golden
        return {
            "format": FORMAT,
            "id": self.id,
            "title": self.title,
            "network": self.network,
            "paper": self.paper,
            "labels": list(self.labels),
            "frontend": self.frontend.to_dict(),
            "frontend_fingerprint": self.frontend.fingerprint,
            "temperature": self.temperature,
            "sharpening": self.sharpening,
            "unsure_below": self.unsure_below,
            "certainty": self.certainty.to_dict(),
            "data": self.data,
            "split": self.split,
            "seed": self.seed,
            "accuracy": {
                name: {"value": a.value, "n": a.n, "interval": list(a.interval), "on": a.on}
                for name, a in self.accuracy.items()
            },
            "calibration": self.calibration and asdict(self.calibration),
            "epochs": self.epochs and asdict(self.epochs),
            "parameters": self.parameters,
            "makes_sound": self.makes_sound,
            "licence": self.licence,
            "versions": dict(self.versions),
            "files": dict(self.files),
            "golden": golden and {"signal": golden.signal, "logits": list(golden.logits)},
            **({"eight_bits": _plain(self.eight_bits)} if self.eight_bits else {}),
            "notes": self.notes,
        }


def _plain(eight: EightBits) -> dict[str, Any]:
    return {
        "allowed": eight.allowed,
        "n": eight.n,
        "alike": eight.alike,
        "signal": eight.signal,
        "logits": [list(row) for row in eight.logits],
    }


def valid_id(text: str) -> bool:
    """Whether ``text`` may name a bundle's folder on every system."""
    return (
        _ID.fullmatch(text) is not None
        and not text.endswith(".")
        and text.partition(".")[0] not in _RESERVED
    )
