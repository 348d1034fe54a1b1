"""A card from its JSON: every field checked, whatever somebody wrote into it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.core.names import LONGEST, nfc, sentence, shown, steers
from genredesk.core.trust import Fitted, Reached
from genredesk.features.frontend import FrontendSpec
from genredesk.inference.card import (
    EIGHT_BITS,
    FORMAT,
    MAX_LABEL_LENGTH,
    MAX_LABELS,
    Accuracy,
    CalibrationErrors,
    EightBits,
    Golden,
    KeptEpoch,
    ModelCard,
    Task,
    parents_of,
    valid_id,
)

_MAX_BYTES = 4 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_TEXT = 20_000


class _Reader:
    """Takes typed values out of a JSON object; every complaint names the field."""

    def __init__(self, raw: Any, where: str) -> None:
        if not isinstance(raw, dict):
            raise BundleError(say("{where} is not a JSON object", where=where))
        self._raw = dict(cast("dict[str, Any]", raw))
        self._where = where

    def take(self, name: str, kind: type | tuple[type, ...]) -> Any:
        if name not in self._raw:
            raise BundleError(say("{where} has no “{name}”", where=self._where, name=name))
        value = self._raw.pop(name)
        wrong_bool = isinstance(value, bool) and kind is not bool
        if wrong_bool or not isinstance(value, kind):
            raise BundleError(
                say("“{name}” in {where} has the wrong type", name=name, where=self._where)
            )
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
            raise BundleError(
                say(
                    "“{name}” in {where} is {value}, not {low:g} to {high:g}",
                    name=name,
                    where=self._where,
                    value=value,
                    low=low,
                    high=high,
                )
            )
        return value

    def words(self, name: str) -> dict[str, str]:
        """Take an object whose values are strings."""
        value = self.take(name, dict)
        if not all(isinstance(v, str) for v in value.values()):
            raise BundleError(
                say(
                    "“{name}” in {where} holds something that is not text",
                    name=name,
                    where=self._where,
                )
            )
        return value

    def text(self, name: str, longest: int = _MAX_TEXT) -> str:
        """Take a text as it can be shown, cut where it is too long; it may have several lines."""
        return nfc(sentence(self.take(name, str)[:longest]))

    def end(self) -> None:
        if self._raw:
            raise BundleError(
                say("{where} has an unknown “{raw}”", where=self._where, raw=min(self._raw))
            )


def _labels(raw: list[Any]) -> tuple[str, ...]:
    if not 2 <= len(raw) <= MAX_LABELS:
        raise BundleError(
            say(
                "the card names {n_raw} genres, not 2 to {max_labels}",
                n_raw=len(raw),
                max_labels=MAX_LABELS,
            )
        )
    for label in raw:
        good = isinstance(label, str) and label.strip() and len(label) <= MAX_LABEL_LENGTH
        if not good or steers(label):
            raise BundleError(
                say("the card names a genre that cannot be shown: {label!r}", label=str(label)[:40])
            )
    labels = tuple(nfc(label) for label in raw)
    if len(set(labels)) != len(labels):
        raise BundleError(say("the card names a genre twice"))
    return labels


def _accuracy(raw: dict[str, Any]) -> dict[str, Accuracy]:
    found: dict[str, Accuracy] = {}
    for name, entry in raw.items():
        reader = _Reader(entry, f"the accuracy “{name}” of the card")
        value = reader.number("value", 0, 1)
        n = reader.take("n", int)
        ends = reader.take("interval", list)
        on = reader.take("on", str)
        reader.end()
        numbers = [e for e in ends if isinstance(e, int | float) and not isinstance(e, bool)]
        if len(ends) != 2 or len(numbers) != 2 or not 0 <= numbers[0] <= numbers[1] <= 1:
            raise BundleError(
                say("the accuracy “{name}” of the card has no proper interval", name=name)
            )
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


# Cards from before there were fields for them say these numbers in their notes alone.
_TOLD_CALIBRATION = re.compile(
    r"Calibration error of windows (\d\.\d+) before and (\d\.\d+) after the temperature "
    r"\d+\.\d+(?:, of songs (\d\.\d+))?"
)
_TOLD_EPOCHS = re.compile(r"epoch (\d+) of (\d+) kept")


def _calibration(reader: _Reader, notes: str) -> CalibrationErrors | None:
    if not reader.has("calibration"):
        told = _TOLD_CALIBRATION.search(notes)
        if told is None:
            return None
        songs = None if told[3] is None else float(told[3])
        return CalibrationErrors(float(told[1]), float(told[2]), songs)
    raw = reader.take("calibration", (dict, type(None)))
    if raw is None:
        return None
    inner = _Reader(raw, "the calibration of the card")
    before, after = inner.number("before", 0, 1), inner.number("after", 0, 1)
    known = raw.get("songs", 0) is not None
    songs = inner.number("songs", 0, 1) if known else inner.take("songs", type(None))
    inner.end()
    return CalibrationErrors(before, after, songs)


def _epochs(reader: _Reader, notes: str) -> KeptEpoch | None:
    if not reader.has("epochs"):
        told = _TOLD_EPOCHS.search(notes)
        return KeptEpoch(int(told[1]), int(told[2])) if told else None
    raw = reader.take("epochs", (dict, type(None)))
    if raw is None:
        return None
    inner = _Reader(raw, "the epochs of the card")
    ran = int(inner.number("ran", 1, 1e9))
    found = KeptEpoch(int(inner.number("kept", 0, ran)), ran)
    inner.end()
    return found


def _golden(raw: dict[str, Any] | None, n_labels: int) -> Golden | None:
    if raw is None:
        return None
    reader = _Reader(raw, "the golden output of the card")
    signal = reader.take("signal", str)
    logits = reader.take("logits", list)
    reader.end()
    good = [v for v in logits if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(logits) != n_labels or len(good) != n_labels or not all(map(math.isfinite, good)):
        raise BundleError(say("the golden output of the card does not fit its genres"))
    return Golden(signal, tuple(map(float, good)))


def _eight_bits(reader: _Reader, n_labels: int, files: Mapping[str, str]) -> EightBits | None:
    """Read what few cards have: of the 8-bit form of the network, which must then be there."""
    if not reader.has("eight_bits"):
        if EIGHT_BITS in files:
            raise BundleError(
                say("the card lists {eight_bits}, but has no “eight_bits”", eight_bits=EIGHT_BITS)
            )
        return None
    if EIGHT_BITS not in files:
        raise BundleError(
            say("the card has “eight_bits”, but does not list {eight_bits}", eight_bits=EIGHT_BITS)
        )
    where = say("“eight_bits” of the card")
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
        raise BundleError(say("{where} has no answers to compare with", where=where))
    return found


def _task(reader: _Reader) -> Task:
    task = reader.take("task", str) if reader.has("task") else "one"
    if task not in {"one", "several"}:
        raise BundleError(
            say("the card's task “{task}” is unknown", task=task[:40]), say("Update GenreDesk.")
        )
    return task


def _thresholds(reader: _Reader, labels: tuple[str, ...]) -> dict[str, float]:
    if not reader.has("thresholds"):
        return {}
    known = {*labels, *parents_of(labels)}
    inner = _Reader(reader.take("thresholds", dict), "“thresholds” of the card")
    found = {word: inner.number(word, 0.001, 1) for word in sorted(known) if inner.has(word)}
    inner.end()
    return found


def _frontend(reader: _Reader) -> FrontendSpec:
    try:
        spec = FrontendSpec.from_dict(reader.take("frontend", dict))
    except BundleError as error:
        raise BundleError(str(error).rstrip(".")) from error
    if reader.take("frontend_fingerprint", str) != spec.fingerprint:
        raise BundleError(
            say(
                "the front end of the card is not the one this version computes (another "
                "fingerprint)"
            ),
            say(
                "Train it again with this version of GenreDesk, or use the version it was made "
                "with."
            ),
        )
    return spec


def _files(reader: _Reader) -> dict[str, str]:
    files = reader.words("files")
    for name, digest in files.items():
        if not _SHA256.fullmatch(digest):
            raise BundleError(say("the card's SHA-256 of “{name}” is not one", name=name))
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
            raise BundleError(say("the card is too large"))
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleError(say("it has no card.json")) from error
    except OSError as error:
        raise BundleError(
            say("its card cannot be read ({strerror})", strerror=error.strerror)
        ) from error
    except (ValueError, RecursionError) as error:
        raise BundleError(say("its card is not JSON")) from error
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
        text = say("it was made by a newer GenreDesk (bundle format {version})", version=version)
        raise BundleError(text, say("Update GenreDesk."))
    if version < 1:
        raise BundleError(say("the card's format {version} is unknown", version=version))
    bundle_id = reader.take("id", str)
    if not valid_id(bundle_id):
        raise BundleError(
            say("the card's id {bundle_id!r} cannot be a folder name", bundle_id=bundle_id[:80])
        )
    labels = _labels(reader.take("labels", list))
    files = _files(reader)
    notes = reader.text("notes")
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
        # only networks whose words may hold together say so
        task=_task(reader),
        thresholds=_thresholds(reader, labels),
        # cards from before there were five strengths do without
        certainty=_fitted(reader.take("certainty", dict)) if "certainty" in raw else Fitted(),
        data=reader.text("data"),
        split=reader.text("split"),
        seed=reader.take("seed", int),
        accuracy=_accuracy(reader.take("accuracy", dict)),
        calibration=_calibration(reader, notes),
        epochs=_epochs(reader, notes),
        parameters=reader.take("parameters", int),
        makes_sound=reader.flag("makes_sound"),
        licence=reader.text("licence"),
        versions=reader.words("versions"),
        files=files,
        golden=_golden(reader.take("golden", (dict, type(None))), len(labels)),
        eight_bits=_eight_bits(reader, len(labels), files),
        notes=notes,
    )
    reader.end()
    return card


"""Characters of a field of the card; more are not shown."""
