"""A network on torch, for graphics cards that ONNX Runtime has no provider for (CUDA, MPS).

The only file of this room that imports torch, and only inside functions: importing it takes a
second and 200 MB, which nobody pays who stays on the processor.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np

from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.inference.bundle import WEIGHTS, Bundle
from genredesk.inference.runtime.protocol import Builder, RuntimeFailure, first_line


def installed() -> bool:
    """Whether torch could be imported; does not import it."""
    return importlib.util.find_spec("torch") is not None


def found() -> list[tuple[str, str]]:
    """Return ``(device, name)`` of the graphics cards torch can use; imports torch."""
    import torch  # noqa: PLC0415 - see above

    cards: list[tuple[str, str]] = []
    if torch.cuda.is_available():
        cards += [
            (f"cuda:{i}", torch.cuda.get_device_name(i)) for i in range(torch.cuda.device_count())
        ]
    if torch.backends.mps.is_available():
        cards.append(("mps", "Apple graphics (MPS)"))
    return cards


def why_none() -> str:
    """Return why torch offers no graphics card, as a sentence; imports torch."""
    import torch  # noqa: PLC0415 - see above

    if torch.version.cuda is None and not torch.backends.mps.is_built():
        return say("The installed torch is built for the processor only.")
    return say("torch finds no graphics card it can use.")


class TorchRuntime:
    """The network of a bundle on a torch device.

    Parameters
    ----------
    bundle
        Whose ``weights.safetensors`` is loaded (checked against the card).
    device
        A torch device ("cuda:0", "mps", "cpu").
    build
        Builds the untrained network.

    Raises
    ------
    RuntimeFailure
        When the device or the network cannot be used.
    """

    def __init__(self, bundle: Bundle, device: str, build: Builder) -> None:
        import torch  # noqa: PLC0415 - see above
        from safetensors.torch import load  # noqa: PLC0415

        if WEIGHTS not in bundle.card.files:
            raise RuntimeFailure(say("this model is in 8 bits, which the processor alone computes"))
        weights = load(bundle.weights())
        try:
            module = build(bundle.card)
            module.load_state_dict(weights)
            module.eval().requires_grad_(False).to(device)
            names = dict(found())
        except Exception as error:  # drivers raise whatever they like
            raise RuntimeFailure(first_line(error)) from error
        self.device = say("{get} (torch)", get=names.get(device, device))
        self.why = ""
        self._torch: Any = torch
        self._place = torch.device(device)
        self._module: Any = module

    def run(self, features: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Answer ``features (batch, channels, bands, frames)``; see :class:`Runtime`."""
        if self._module is None:
            raise RuntimeFailure(say("it was closed"))
        torch = self._torch
        try:
            with torch.inference_mode():
                there = torch.from_numpy(np.ascontiguousarray(features)).to(self._place)
                logits, embedding = self._module(there)
                return logits.float().cpu().numpy(), embedding.float().cpu().numpy()
        except Exception as error:  # as above
            raise RuntimeFailure(first_line(error)) from error

    def close(self) -> None:
        """Let go of the network and the memory of the graphics card."""
        self._module = None
        if self._place.type == "cuda":
            self._torch.cuda.empty_cache()
