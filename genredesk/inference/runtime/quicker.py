"""Which of a network's two forms is opened on the processor: 32 bits, or 8 where they are quicker.

Which is quicker differs from processor to processor, so both are timed once on the one at hand,
side by side, and their answers to known sounds compared; what was found is kept in the cache. What
else the machine does only makes a time longer, so timing again can only come nearer to the truth.
"""

from __future__ import annotations

import json
import logging
import math
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import onnxruntime as ort

from genredesk.core import atomic, paths, processor
from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.inference.card import EIGHT_BITS
from genredesk.inference.runtime import golden
from genredesk.inference.runtime.onnx import OnnxRuntime
from genredesk.inference.runtime.protocol import RuntimeFailure

if TYPE_CHECKING:
    from pathlib import Path

    from genredesk.inference.bundle import Bundle

log = logging.getLogger(__name__)

MODEL = "model.onnx"
GAIN = 0.9
"""So much of the time, at most, must 8 bits take, or rounding is not worth it."""

_SETTLED = 12
"""Both are timed until so many rounds in a row found neither quicker than before."""

_LONGEST_S = 2.0
_KEPT = 100


@dataclass(frozen=True, slots=True)
class Timed:
    """What one window costs in both forms, in ms, and how far apart they answer.

    ``problem`` says why the 8-bit form cannot be opened here, where it cannot.
    """

    full_ms: float
    small_ms: float
    apart: float
    problem: str = ""


def _file() -> Path:
    return paths.cache_dir() / "quicker.json"


def _key(bundle: Bundle) -> str:
    files = bundle.card.files
    parts = (processor.fingerprint(), ort.__version__, files[MODEL], files[EIGHT_BITS])
    return "-".join(part[:16] for part in parts)


def _kept() -> dict[str, Any]:
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def _keep(key: str, timed: Timed) -> None:
    entries = _kept()
    entries.pop(key, None)
    entries = dict([*entries.items(), (key, asdict(timed))][-_KEPT:])
    try:
        atomic.write_json(_file(), entries)
    except OSError as error:
        log.info("What was timed is not kept: %s", error)


def measure(bundle: Bundle) -> Timed:
    """Open both forms, ask them the known sounds and time them turn by turn until that settles.

    The shortest time of each counts.

    Raises
    ------
    BundleError, RuntimeFailure
        When the network itself cannot be opened.
    """
    card = bundle.card
    assert card.eight_bits is not None  # noqa: S101 - who asks has looked
    with bundle.checked(MODEL) as model:
        full = OnnxRuntime(model, card)
    try:
        with bundle.checked(EIGHT_BITS) as model:
            small = OnnxRuntime(model, card)
    except (RuntimeFailure, BundleError) as error:
        full.close()
        return Timed(0.0, 0.0, 0.0, problem=str(error))
    try:
        sounds = golden.set_features(card)
        answers, _ = small.run(sounds)
        apart = golden.apart(np.array(card.eight_bits.logits, np.float32), answers)
        best = {full: math.inf, small: math.inf}
        begin, settled = time.perf_counter(), 0
        while settled < _SETTLED and time.perf_counter() - begin < _LONGEST_S:
            settled += 1
            for runtime, before in best.items():
                taken = _taken_ms(runtime, sounds[:1])
                if taken < before:
                    best[runtime], settled = taken, 0
        return Timed(best[full], best[small], apart)
    finally:
        full.close()
        small.close()


def _taken_ms(runtime: OnnxRuntime, window: FloatArray) -> float:
    begin = time.perf_counter()
    runtime.run(window)
    return 1000 * (time.perf_counter() - begin)


def renew(bundle: Bundle) -> None:
    """Time both forms of a bundle again where they were timed, and keep the shorter times.

    Raises
    ------
    BundleError, RuntimeFailure
        When the network itself cannot be opened.
    """
    before = known(bundle)
    if before is None:
        return
    again = measure(bundle)
    if not again.problem:
        shorter = {
            name: min(getattr(before, name), getattr(again, name))
            for name in ("full_ms", "small_ms")
        }
        _keep(_key(bundle), replace(again, **shorter))


def known(bundle: Bundle) -> Timed | None:
    """Return what was timed here before of a bundle's two forms, if it was."""
    if bundle.card.eight_bits is None:
        return None
    try:
        return Timed(**_kept()[_key(bundle)])
    except (KeyError, TypeError):
        return None


def decide(timed: Timed) -> tuple[str, str]:
    """Return the file to open and why, as a sentence."""
    full, small = (
        say("{full_ms:.1f} ms", full_ms=timed.full_ms),
        say("{small_ms:.1f} ms", small_ms=timed.small_ms),
    )
    if timed.problem:
        return MODEL, say("Its 8-bit form cannot be used here ({problem}).", problem=timed.problem)
    if timed.apart > golden.APART:
        return MODEL, say("In 32 bits: its 8-bit form answers differently on this processor.")
    if timed.small_ms > GAIN * timed.full_ms:
        return MODEL, say(
            "In 32 bits: {full} a window on this processor, {small} in 8 bits.",
            full=full,
            small=small,
        )
    return EIGHT_BITS, say(
        "In 8 bits: {small} a window on this processor, {full} in 32 bits.", small=small, full=full
    )


def form_of(bundle: Bundle) -> tuple[str, str]:
    """Return the file of a bundle to open on the processor and why; both are timed at first.

    Raises
    ------
    BundleError, RuntimeFailure
        When the network cannot be opened.
    """
    eight = bundle.card.eight_bits
    if eight is None:
        return MODEL, ""
    if not eight.allowed:
        return MODEL, say("In 32 bits, as its card wants it.")
    if eight.signal != golden.SET:
        return MODEL, say(
            "In 32 bits: its 8-bit form was compared on sounds that are not known here."
        )
    timed = known(bundle)
    if timed is None:
        timed = measure(bundle)
        if not timed.problem:
            _keep(_key(bundle), timed)
    return decide(timed)


def said(bundle: Bundle) -> str:
    """Say which form is used here, where there are two, without timing anything."""
    eight, timed = bundle.card.eight_bits, known(bundle)
    if eight is None:
        return ""
    if timed is None and eight.allowed and eight.signal == golden.SET:
        return say("In 32 or in 8 bits, whichever is quicker here: timed when it is first used.")
    return form_of(bundle)[1]
