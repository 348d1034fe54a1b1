"""The card of a bundle: everything a person and the program must know about a trained network.

``card.json`` is read strictly: what is missing, unknown or of the wrong type is named in a
:class:`BundleError`, so that a half-written or foreign bundle never gets as far as the network.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from genredesk.core import trust
from genredesk.core.certainty import Bounds
from genredesk.core.errors import BundleError
from genredesk.core.names import LONGEST, nfc, sentence, shown, steers
from genredesk.core.trust import Care, CareLevel, Fitted, Reached
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

_MAX_BYTES = 4 << 20
_MAX_TEXT = 20_000
"""Characters of a field of the card; more are not shown."""
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
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
    accuracy: Mapping[str, Accuracy] = field(default_factory=dict)
    parameters: int = 0
    makes_sound: bool = False
    licence: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
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


class _Reader:
    """Takes typed values out of a JSON object; every complaint names the field."""

    def __init__(self, raw: Any, where: str) -> None:
        if not isinstance(raw, dict):
            raise BundleError(f"{where} is not a JSON object")
        self._raw = dict(raw)
        self._where = where

    def take(self, name: str, kind: type | tuple[type, ...]) -> Any:
        if name not in self._raw:
            raise BundleError(f"{self._where} has no “{name}”")
        value = self._raw.pop(name)
        wrong_bool = isinstance(value, bool) and kind is not bool
        if wrong_bool or not isinstance(value, kind):
            raise BundleError(f"“{name}” in {self._where} has the wrong type")
        return value

    def has(self, name: str) -> bool:
        return name in self._raw

    def flag(self, name: str) -> bool:
        """Take yes or no; what older cards do not say is a no."""
        return name in self._raw and self.take(name, bool)

    def number(self, name: str, low: float, high: float, default: float | None = None) -> float:
        if default is not None and name not in self._raw:
            return default
        value = float(self.take(name, (int, float)))
        if not (math.isfinite(value) and low <= value <= high):
            raise BundleError(f"“{name}” in {self._where} is {value}, not {low:g} to {high:g}")
        return value

    def words(self, name: str) -> dict[str, str]:
        """Take an object whose values are strings."""
        value = self.take(name, dict)
        if not all(isinstance(v, str) for v in value.values()):
            raise BundleError(f"“{name}” in {self._where} holds something that is not text")
        return value

    def text(self, name: str, longest: int = _MAX_TEXT) -> str:
        """Take a text as it can be shown, cut where it is too long; it may have several lines."""
        return nfc(sentence(self.take(name, str)[:longest]))

    def end(self) -> None:
        if self._raw:
            raise BundleError(f"{self._where} has an unknown “{min(self._raw)}”")


def _labels(raw: list[Any]) -> tuple[str, ...]:
    if not 2 <= len(raw) <= MAX_LABELS:
        raise BundleError(f"the card names {len(raw)} genres, not 2 to {MAX_LABELS}")
    for label in raw:
        good = isinstance(label, str) and label.strip() and len(label) <= MAX_LABEL_LENGTH
        if not good or steers(label):
            raise BundleError(f"the card names a genre that cannot be shown: {str(label)[:40]!r}")
    labels = tuple(nfc(label) for label in raw)
    if len(set(labels)) != len(labels):
        raise BundleError("the card names a genre twice")
    return labels


def _accuracy(raw: dict[str, Any]) -> dict[str, Accuracy]:
    found = {}
    for name, entry in raw.items():
        reader = _Reader(entry, f"the accuracy “{name}” of the card")
        value = reader.number("value", 0, 1)
        n = reader.take("n", int)
        ends = reader.take("interval", list)
        on = reader.take("on", str)
        reader.end()
        numbers = [e for e in ends if isinstance(e, int | float) and not isinstance(e, bool)]
        if len(ends) != 2 or len(numbers) != 2 or not 0 <= numbers[0] <= numbers[1] <= 1:
            raise BundleError(f"the accuracy “{name}” of the card has no proper interval")
        found[name] = Accuracy(value, n, (float(numbers[0]), float(numbers[1])), on)
    return found


def _fitted(raw: dict[str, Any]) -> Fitted:
    reader = _Reader(raw, "the certainty of the card")
    songs = int(reader.number("songs", 0, 1e9))
    probable, between = reader.number("probable", 0, 1), reader.number("between", 0, 1)
    curve: list[Reached] = []
    for point in reader.take("curve", list):
        row = _Reader(point, "the curve of the card")
        sure = row.number("sure", curve[-1].sure if curve else 0, 1)
        named = int(row.number("named", 0, songs))
        curve.append(Reached(sure, named, int(row.number("right", 0, named))))
        row.end()
    reader.end()
    return Fitted(songs, probable, between, tuple(curve))


def _golden(raw: dict[str, Any] | None, n_labels: int) -> Golden | None:
    if raw is None:
        return None
    reader = _Reader(raw, "the golden output of the card")
    signal = reader.take("signal", str)
    logits = reader.take("logits", list)
    reader.end()
    good = [v for v in logits if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(logits) != n_labels or len(good) != n_labels or not all(map(math.isfinite, good)):
        raise BundleError("the golden output of the card does not fit its genres")
    return Golden(signal, tuple(map(float, good)))


def _eight_bits(reader: _Reader, n_labels: int, files: Mapping[str, str]) -> EightBits | None:
    """Read what few cards have: of the 8-bit form of the network, which must then be there."""
    if not reader.has("eight_bits"):
        if EIGHT_BITS in files:
            raise BundleError(f"the card lists {EIGHT_BITS}, but has no “eight_bits”")
        return None
    if EIGHT_BITS not in files:
        raise BundleError(f"the card has “eight_bits”, but does not list {EIGHT_BITS}")
    where = "“eight_bits” of the card"
    inner = _Reader(reader.take("eight_bits", dict), where)
    rows = [_golden({"signal": "", "logits": row}, n_labels) for row in inner.take("logits", list)]
    found = EightBits(
        signal=inner.take("signal", str),
        logits=tuple(row.logits for row in rows if row is not None),
        n=inner.take("n", int),
        alike=inner.number("alike", 0, 1),
        allowed=inner.take("allowed", bool),
    )
    inner.end()
    if not rows or len(found.logits) < len(rows):
        raise BundleError(f"{where} has no answers to compare with")
    return found


def _frontend(reader: _Reader) -> FrontendSpec:
    try:
        spec = FrontendSpec.from_dict(reader.take("frontend", dict))
    except BundleError as error:
        raise BundleError(str(error).rstrip(".")) from error
    if reader.take("frontend_fingerprint", str) != spec.fingerprint:
        raise BundleError(
            "the front end of the card is not the one this version computes (another fingerprint)",
            "Train it again with this version of GenreDesk, or use the version it was made with.",
        )
    return spec


def _files(reader: _Reader) -> dict[str, str]:
    files = reader.words("files")
    for name, digest in files.items():
        if not _SHA256.fullmatch(digest):
            raise BundleError(f"the card's SHA-256 of “{name}” is not one")
    return files


def read(path: Path) -> ModelCard:
    """Read the card in the file ``path``.

    Raises
    ------
    BundleError
        With half a sentence, as :func:`from_dict`.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BundleError("the card is too large")
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleError("it has no card.json") from error
    except OSError as error:
        raise BundleError(f"its card cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise BundleError("its card is not JSON") from error
    return from_dict(raw)


def from_dict(raw: Any) -> ModelCard:
    """Read a card.

    Raises
    ------
    BundleError
        With half a sentence that says what is wrong; the caller names the bundle.
    """
    reader = _Reader(raw, "the card")
    version = reader.take("format", int)
    if version > FORMAT:
        text = f"it was made by a newer GenreDesk (bundle format {version})"
        raise BundleError(text, "Update GenreDesk.")
    if version < 1:
        raise BundleError(f"the card's format {version} is unknown")
    bundle_id = reader.take("id", str)
    if not valid_id(bundle_id):
        raise BundleError(f"the card's id {bundle_id[:80]!r} cannot be a folder name")
    labels = _labels(reader.take("labels", list))
    files = _files(reader)
    card = ModelCard(
        id=bundle_id,
        title=shown(reader.text("title", LONGEST)) or bundle_id,
        network=reader.text("network"),
        paper=reader.text("paper"),
        labels=labels,
        frontend=_frontend(reader),
        temperature=reader.number("temperature", 0.01, 100),
        # cards from before there was such a number do without
        sharpening=reader.number("sharpening", 0, 10, default=0.0),
        unsure_below=reader.number("unsure_below", 0, 1),
        # cards from before there were five strengths do without
        certainty=_fitted(reader.take("certainty", dict)) if "certainty" in raw else Fitted(),
        data=reader.text("data"),
        split=reader.text("split"),
        seed=reader.take("seed", int),
        accuracy=_accuracy(reader.take("accuracy", dict)),
        parameters=reader.take("parameters", int),
        makes_sound=reader.flag("makes_sound"),
        licence=reader.text("licence"),
        versions=reader.words("versions"),
        files=files,
        golden=_golden(reader.take("golden", (dict, type(None))), len(labels)),
        eight_bits=_eight_bits(reader, len(labels), files),
        notes=reader.text("notes"),
    )
    reader.end()
    return card
