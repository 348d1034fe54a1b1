"""Which numbers a network is trained in: 32 bits, or bfloat16 where that is quicker.

On a processor without instructions for it bfloat16 takes many times as long, with them half: so
one step of each is timed on the device at hand, and what was found is kept in the cache.
"""

from __future__ import annotations

import copy
import functools
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from genredesk.core import atomic, paths, processor
from genredesk.core.messages import say
from genredesk.training.fit import optim
from genredesk.training.plan.recipe import Recipe

log = logging.getLogger(__name__)

AUTO, FULL, LOW = "auto", "32-true", "bf16-mixed"
GAIN = 0.9
"""So much of the time, at most, must bfloat16 take, or its rounding is not worth it."""

_LONG_S = 0.05
"""A step that takes so long is long enough to be timed."""
_ENOUGH_S = 1.0
_HOPELESS = 3.0
_KEPT = 100


def device_of(asked: str) -> tuple[str, str]:
    """Return the device a training would run on, and why."""
    if asked in ("auto", "cuda") and torch.cuda.is_available():
        return "cuda", say(
            "{get_device_name}: a graphics card trains fastest.",
            get_device_name=torch.cuda.get_device_name(0),
        )
    if asked in ("auto", "mps") and torch.backends.mps.is_available():
        return "mps", say("The graphics part of this computer's chip trains fastest.")
    if asked in ("cuda", "mps"):
        return "cpu", say("There is no {asked} device here, so the processor is used.", asked=asked)
    return "cpu", say("No graphics card that torch can use was found, so the processor is used.")


def step(
    net: Any, rules: Recipe, shape: tuple[int, ...], classes: int, device: str, *, task: str
) -> Callable[[], float]:
    """Return one step of training ``net`` on made-up windows, laid out as in a training.

    Parameters
    ----------
    rules
        Its ``precision`` is one of the two, its ``batch`` is how many windows there are.
    shape
        Of one window, ``(channels, bands, frames)``.
    """
    net.to(device, memory_format=torch.channels_last).train()
    optimiser = optim.build(rules, net)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn((rules.batch, *shape), generator=generator).to(device)
    x = x.contiguous(memory_format=torch.channels_last)
    y = torch.randint(0, classes, (rules.batch,), generator=generator).to(device)
    low = rules.precision != FULL

    def work() -> float:
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=low):
            if task == "generate":
                loss = net.loss(x, y)
            else:
                loss = functional.cross_entropy(net(x)[0].float(), y)
        if rules.penalty:
            loss = loss + net.penalty()
        loss.backward()
        optimiser.step()
        return float(loss.detach())

    return work


def _seconds(work: Callable[[], float]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measure(
    net: Any, rules: Recipe, shape: tuple[int, ...], classes: int, device: str, *, task: str
) -> tuple[float, float]:
    """Return the seconds of one step in 32 bits and in bfloat16, on as many windows as it takes.

    The shortest of some, turn by turn; of bfloat16 only the first where that is hopeless.
    """

    def made(precision: str, size: int) -> Callable[[], float]:
        changed = rules.replace(precision=precision, batch=size)
        return step(copy.deepcopy(net), changed, shape, classes, device, task=task)

    with torch.random.fork_rng(devices=[]):
        size = min(2, rules.batch)
        full = made(FULL, size)
        took = _seconds(full)
        while (took := min(took, _seconds(full))) < _LONG_S and size < rules.batch:
            size = min(2 * size, rules.batch)
            full = made(FULL, size)
            took = _seconds(full)
        low = made(LOW, size)
        try:
            best = _seconds(low)
        except RuntimeError as error:  # of a device or an operator that knows no such numbers
            log.info("bfloat16 cannot be used: %s", error)
            return took, float("inf")
        begin = time.perf_counter()
        while best < _HOPELESS * took and time.perf_counter() - begin < _ENOUGH_S:
            best, took = min(best, _seconds(low)), min(took, _seconds(full))
    return took, best


def _file() -> Path:
    return paths.cache_dir() / "precision.json"


@functools.cache
def _device_name(device: str) -> str:
    return torch.cuda.get_device_name(0) if device == "cuda" else processor.fingerprint()[:16]


def _key(net: Any, shape: tuple[int, ...], device: str) -> str:
    size = sum(p.numel() for p in net.parameters())
    parts = (device, _device_name(device), torch.__version__, torch.get_num_threads(), size, *shape)
    return " ".join(map(str, parts))


def _kept() -> dict[str, Any]:
    try:
        found = json.loads(_file().read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def _keep(key: str, seconds: tuple[float, float]) -> None:
    entries = _kept()
    entries.pop(key, None)
    try:
        atomic.write_json(_file(), dict([*entries.items(), (key, list(seconds))][-_KEPT:]))
    except OSError as error:
        log.info("What was timed is not kept: %s", error)


def _timed(
    net: Any, rules: Recipe, shape: tuple[int, ...], classes: int, device: str, *, task: str
) -> tuple[float, float]:
    key = _key(net, shape, device)
    try:
        full, low = _kept()[key]
        return float(full), float(low)
    except (KeyError, TypeError, ValueError):
        found = measure(net, rules, shape, classes, device, task=task)
        _keep(key, found)
        return found


def decide(full_s: float, low_s: float) -> tuple[str, str]:
    """Return the quicker precision and why, as a sentence."""
    if low_s == float("inf"):
        return FULL, say(
            "Computed in 32 bits ({full}): it cannot be computed in bfloat16 here.", full=FULL
        )
    ratio = low_s / full_s
    long = (
        say("{ratio:.2f} of the time", ratio=ratio)
        if ratio < 2
        else say("{ratio:.0f} times the time", ratio=ratio)
    )
    said = say("on this device a step in bfloat16 takes {long} of one in 32 bits", long=long)
    if ratio < GAIN:
        return LOW, say("Computed in bfloat16 ({low}): {said}.", low=LOW, said=said)
    return FULL, say("Computed in 32 bits ({full}): {said}.", full=FULL, said=said)


def settle(
    net: Any,
    rules: Recipe,
    shape: tuple[int, ...],
    classes: int,
    device: str,
    *,
    task: str,
    processes: int = 1,
) -> tuple[Recipe, str]:
    """Return a recipe whose precision is named, and why; nothing where the recipe named it.

    Several processes must agree, so they take what their kind of device is made for.
    """
    if rules.precision != AUTO:
        return rules, ""
    if processes > 1:
        low = device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        chosen = LOW if low else FULL
        return rules.replace(precision=chosen), say(
            "Computed in {chosen}, by the kind of device.", chosen=chosen
        )
    chosen, why = decide(*_timed(net, rules, shape, classes, device, task=task))
    return rules.replace(precision=chosen), why
