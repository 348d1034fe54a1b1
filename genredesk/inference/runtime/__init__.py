"""Where a bundle's network runs: ONNX Runtime on the processor, or something faster that works.

``onnx.py`` and ``torch.py`` each run a network on one kind of device, ``choose.py`` lists, tests
and opens them, ``fallback.py`` goes on with the processor when a device fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genredesk.inference.runtime.protocol import (
    AUTO,
    CPU,
    Builder,
    DeviceChoice,
    Runtime,
    RuntimeFailure,
    complaint,
)

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle

__all__ = [
    "AUTO",
    "CPU",
    "Builder",
    "DeviceChoice",
    "Runtime",
    "RuntimeFailure",
    "complaint",
    "devices",
    "open_runtime",
]


def devices(bundle: Bundle | None = None, *, build: Builder | None = None) -> list[DeviceChoice]:
    """See :func:`genredesk.inference.runtime.choose.devices`; imports ONNX Runtime."""
    from genredesk.inference.runtime import choose  # noqa: PLC0415 - ONNX Runtime

    return choose.devices(bundle, build=build)


def open_runtime(bundle: Bundle, device: str = AUTO, *, build: Builder | None = None) -> Runtime:
    """See :func:`genredesk.inference.runtime.choose.open_runtime`; imports ONNX Runtime."""
    from genredesk.inference.runtime import choose  # noqa: PLC0415 - ONNX Runtime

    return choose.open_runtime(bundle, device, build=build)
