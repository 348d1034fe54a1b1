"""Which devices there are, whether they work, and opening one.

A device other than the processor is offered only when it reproduces the bundle's golden output;
the reason why it is or is not offered is a sentence for the person.
"""

from __future__ import annotations

import time

import numpy as np

from genredesk.core.errors import BundleError
from genredesk.core.messages import mark, say
from genredesk.inference.bundle import MODEL, Bundle
from genredesk.inference.runtime import golden, onnx, quicker, torch
from genredesk.inference.runtime.fallback import FallbackRuntime
from genredesk.inference.runtime.onnx import OnnxRuntime
from genredesk.inference.runtime.protocol import (
    AUTO,
    CPU,
    Builder,
    DeviceChoice,
    Runtime,
    RuntimeFailure,
)

_CPU_NAME = mark("Processor (ONNX Runtime)")
_AUTO_WHY = mark(
    "One window at a time is quickest on one processor thread; a graphics card is used when you "
    "choose it."
)
_CHOSEN = mark("Chosen by you.")
_WIDELY = mark(
    "Its 8-bit weights are too large for this processor's own 8-bit products, which would "
    "be inexact: a slower way is taken. Quantize the model again."
)


def _open_cpu(bundle: Bundle, why: str) -> OnnxRuntime:
    try:
        form, which = quicker.form_of(bundle)
        with bundle.checked(form) as model:
            runtime = OnnxRuntime(model, bundle.card)
    except RuntimeFailure as error:
        raise BundleError(
            say(
                "{title}: its network cannot be opened ({reason}). Import it again.",
                title=bundle.card.title,
                reason=error,
            )
        ) from error
    runtime.why = f"{why} {say(_WIDELY) if runtime.widely else which}".strip()
    return runtime


def _open(bundle: Bundle, device: str, build: Builder | None) -> Runtime:
    """Open a device other than the processor, or raise :class:`RuntimeFailure`."""
    kind, _, name = device.partition(":")
    if kind == "onnx":
        if name not in onnx.providers():
            raise RuntimeFailure(
                say("the installed ONNX Runtime has no {name} provider", name=name)
            )
        with bundle.checked(MODEL) as model:
            return OnnxRuntime(model, bundle.card, name)
    if kind == "torch":
        if build is None or not torch.installed():
            raise RuntimeFailure(say("torch is not available here"))
        return torch.TorchRuntime(bundle, name, build)
    raise RuntimeFailure(say("there is no device “{device}”", device=device))


def _tested(bundle: Bundle, device: str, build: Builder | None) -> tuple[Runtime, float]:
    """Open a device and compare it with the golden output; return it with its ms per window."""
    runtime = _open(bundle, device, build)
    try:
        error = golden.check_runtime(runtime, bundle.card)
        if error > golden.TOLERANCE:
            raise RuntimeFailure(
                say("its scores differ from the processor's by {reason:.1%}", reason=error)
            )
        return runtime, _milliseconds(runtime, bundle)
    except BaseException:
        runtime.close()
        raise


def _milliseconds(runtime: Runtime, bundle: Bundle, repeats: int = 10) -> float:
    features = golden.features(bundle.card)[None]
    times: list[float] = []
    for _ in range(repeats):
        begin = time.perf_counter()
        runtime.run(features)
        times.append(time.perf_counter() - begin)
    return 1000 * float(np.median(times))


def open_runtime(bundle: Bundle, device: str = AUTO, *, build: Builder | None = None) -> Runtime:
    """Open a bundle's network on ``device``; one that does not work is replaced by the processor.

    Parameters
    ----------
    device
        Id of a :class:`DeviceChoice`.
    build
        Needed for ``torch:`` devices; see :data:`Builder`.

    Raises
    ------
    BundleError
        When the network cannot even be opened on the processor.
    """
    if device == AUTO:
        return _open_cpu(bundle, say(_AUTO_WHY))
    if device == CPU:
        return _open_cpu(bundle, say(_CHOSEN))
    try:
        runtime, _ = _tested(bundle, device, build)
    except RuntimeFailure as error:
        return _open_cpu(
            bundle,
            say(
                "{device} cannot be used ({reason}), so the processor is used.",
                device=device,
                reason=error,
            ),
        )
    setattr(runtime, "why", say(_CHOSEN))  # noqa: B010 - a plain attribute of every runtime of this room
    return FallbackRuntime(
        runtime, lambda: _open_cpu(bundle, say("{device} stopped working.", device=device))
    )


def _candidates(*, torch_too: bool) -> list[tuple[str, str]]:
    found = [(f"onnx:{word}", f"{word} (ONNX Runtime)") for word in onnx.providers()]
    if torch_too:
        found += [(f"torch:{device}", f"{name} (torch)") for device, name in torch.found()]
    return found


def devices(bundle: Bundle | None = None, *, build: Builder | None = None) -> list[DeviceChoice]:
    """Return the devices a person may choose, each with the result of its self-test.

    Without ``bundle`` nothing is tested and only ``auto`` and ``cpu`` are available. With
    ``build``, torch is imported to look for graphics cards, which takes a second or two: call it
    on a thread of its own.
    """
    automatic = DeviceChoice(AUTO, say("Automatic"), say(_AUTO_WHY), available=True)
    cpu = DeviceChoice(CPU, say(_CPU_NAME), say("Always there; one thread."), available=True)
    if bundle is None:
        return [automatic, cpu]
    runtime = _open_cpu(bundle, "")
    ms, which = _milliseconds(runtime, bundle), runtime.why
    runtime.close()
    cpu = DeviceChoice(
        CPU,
        say(_CPU_NAME),
        f"{say('Works: {ms:.1f} ms a window on one thread.', ms=ms)} {which}".strip(),
        available=True,
        ms_per_window=ms,
    )
    torch_too = build is not None and torch.installed()
    choices = [automatic, cpu]
    for device, name in _candidates(torch_too=torch_too):
        try:
            runtime, ms = _tested(bundle, device, build)
        except RuntimeFailure as error:
            choices.append(
                DeviceChoice(
                    device, name, say("Not offered: {reason}.", reason=error), available=False
                )
            )
            continue
        runtime.close()
        why = say("Works: {ms:.1f} ms a window.", ms=ms)
        choices.append(DeviceChoice(device, name, why, available=True, ms_per_window=ms))
    if torch_too and not any(c.id.startswith("torch:") for c in choices):
        choices.append(
            DeviceChoice(
                "torch:cuda", say("Graphics card (torch)"), torch.why_none(), available=False
            )
        )
    return choices
