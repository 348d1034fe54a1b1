"""The models, and what they can run on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from genredesk.core import paths, processor
from genredesk.core.errors import BundleError
from genredesk.core.messages import mark, say
from genredesk.core.packages import extras
from genredesk.doctor.finding import Finding, Health, apart
from genredesk.inference import bundle as bundles
from genredesk.inference import check, runtime
from genredesk.inference.bundle import Bundle
from genredesk.inference.card import ModelCard
from genredesk.inference.runtime import torch
from genredesk.inference.runtime.protocol import first_line

_INSTALL_AGAIN = mark("Install GenreDesk again: this model came with it.")
_IMPORT_AGAIN = mark("Delete it on the Models page and import it again.")
_USED = (
    "avx2",
    "avx512f",
    "avx512_vnni",
    "avx_vnni",
    "avx512_bf16",
    "amx_int8",
    "asimd",
    "asimddp",
)


def models() -> Iterator[Finding]:
    """Open every bundle, compare its files, and ask its network the golden signal."""
    found, wrong = bundles.scan()
    good = 0
    for bundle in found:
        try:
            check.files(bundle.path, bundle.card)
            check.golden(bundle.path, bundle.card)
        except BundleError as error:
            fact = str(error)
            yield _broken(bundle.path, f"{fact[:1].upper()}{fact[1:].rstrip('.')}.", error.fix)
        else:
            good += 1
            fact = say("Opens, and answers as where it was made.")
            yield Finding("models", bundle.id, Health.OK, fact)
    for folder, reason in wrong:
        fact, fix = apart(reason)
        yield _broken(folder, fact, fix)
    if not good:
        fact = say("No model can be used, so nothing can be named.")
        fix = say("Install GenreDesk again, or import a .genredesk file on the Models page.")
        yield Finding("models", say("Models"), Health.BROKEN, fact, fix)


def _broken(folder: Path, fact: str, fix: str) -> Finding:
    """Say what is wrong with a bundle; what to do depends on whose it is."""
    if folder.parent == paths.shipped_models_dir():
        fix = say(_INSTALL_AGAIN)
    return Finding("models", folder.name, Health.BROKEN, fact, fix or say(_IMPORT_AGAIN))


def compute() -> Iterator[Finding]:
    """Look at what :func:`places` finds, and at torch where it is installed."""
    yield from places()
    yield from _torch()


def places() -> Iterator[Finding]:
    """Look at the processor and ONNX Runtime's providers."""
    yield Finding("devices", say("Processor"), Health.OK, _processor())
    try:
        found = runtime.devices(_bundle())[1:]  # the first only says what is chosen by itself
    except BundleError as error:
        found = []
        yield Finding("devices", "ONNX Runtime", Health.BROKEN, *apart(str(error)))
    for place in found:
        health = Health.OK if place.available else Health.NOTE
        yield Finding("devices", place.name, health, place.why)


def _bundle() -> Bundle | None:
    try:
        return bundles.default_bundle()
    except BundleError:  # said among the models
        return None


def _processor() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    known = [word for word in _USED if word in processor.features()]
    words = ", ".join([processor.name(), platform.machine(), *known])
    return say("{processor}; cores: {n}", processor=words, n=cores)


def _torch() -> Iterator[Finding]:
    """Import torch and try the graphics cards it finds."""
    if not torch.installed():
        fact = say("Not installed; everything but the training of whole networks goes without it.")
        yield Finding("devices", "torch", Health.NOTE, fact, extras.how())
        return
    try:
        cards = torch.found()
        fact = f"{say('Works.')} {'' if cards else torch.why_none()}"
    except Exception as error:  # noqa: BLE001 - a broken installation raises whatever it likes
        fix = say("Install torch again; without it no whole network can be trained.")
        fact = say("Is installed but cannot be loaded ({error}).", error=first_line(error))
        yield Finding("devices", "torch", Health.BROKEN, fact, fix)
        return
    yield Finding("devices", f"torch {metadata.version('torch')}", Health.OK, fact.strip())
    if cards and (bundle := _bundle()) is not None:
        for place in runtime.devices(bundle, build=_network):
            if place.id.startswith("torch:"):
                health = Health.OK if place.available else Health.BROKEN
                fix = "" if place.available else say("Update the graphics driver, or torch.")
                yield Finding("devices", place.name, health, place.why, fix)


def _network(card: ModelCard) -> Any:
    from genredesk.training.network import rebuild  # noqa: PLC0415 - imports torch

    return rebuild.build(card)
