"""Goes on with the processor when another device fails, without losing a result."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.inference.runtime.protocol import Runtime, RuntimeFailure

log = logging.getLogger(__name__)


class FallbackRuntime:
    """A runtime on some device, replaced by the processor at its first failure.

    Parameters
    ----------
    first
        The device that was chosen.
    open_cpu
        Opens the same network on the processor.
    """

    def __init__(self, first: Runtime, open_cpu: Callable[[], Runtime]) -> None:
        self._current = first
        self._open_cpu: Callable[[], Runtime] | None = open_cpu
        self._why = first.why

    @property
    def device(self) -> str:
        """Name of the device in use now."""
        return self._current.device

    @property
    def why(self) -> str:
        """Why this device; after a failure, what failed."""
        return self._why

    def run(self, features: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Answer ``features``; the same ones are answered by the processor if the device fails."""
        if self._open_cpu is None:
            return self._current.run(features)
        try:
            logits, embedding = self._current.run(features)
            if np.isfinite(logits).all():
                return logits, embedding
            reason = say("it answered something that is not a number")
        except RuntimeFailure as error:
            reason = str(error)
        self._replace(reason)
        return self._current.run(features)

    def _replace(self, reason: str) -> None:
        assert self._open_cpu is not None  # noqa: S101 - run() has looked
        failed, open_cpu = self._current, self._open_cpu
        self._current, self._open_cpu = open_cpu(), None
        self._why = say(
            "{device} stopped working ({reason}), so the processor goes on.",
            device=failed.device,
            reason=reason,
        )
        log.info("%s", self._why)
        failed.close()

    def close(self) -> None:
        """Give the device back."""
        self._current.close()
