"""A sine tone in real time: a source that needs neither a device nor a file."""

from __future__ import annotations

import threading
import time

import numpy as np

from genredesk.audio.source import OnState, SourceBase, SourceInfo, SourceState
from genredesk.core.errors import DeviceError
from genredesk.core.messages import say

_BLOCK_S = 0.02
_AMPLITUDE = 0.5


class ToneSource(SourceBase):
    """A sine of ``hertz`` at -6 dBFS peak, paced by the system clock."""

    def __init__(self, hertz: float, sample_rate: int, on_state: OnState | None = None) -> None:
        info = SourceInfo("tone", f"tone:{hertz:g}", f"Tone {hertz:g} Hz", None, "mono")
        super().__init__(info, sample_rate, on_state)
        self._step = 2 * np.pi * hertz / sample_rate
        self._thread = threading.Thread(target=self._run, name="genredesk-tone", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        block = max(1, round(_BLOCK_S * self.sample_rate))
        self._become(SourceState.RUNNING)
        began = time.monotonic()
        while not self._closed.wait(
            max(0.0, began + (self.ring.end + block) / self.sample_rate - time.monotonic())
        ):
            phase = (self.ring.end + np.arange(block)) * self._step
            self.ring.write((_AMPLITUDE * np.sin(phase)).astype(np.float32))

    def close(self) -> None:
        """Stop the tone."""
        super().close()
        self._thread.join()


def open_(rest: str, sample_rate: int, on_state: OnState | None = None) -> ToneSource:
    """Open ``tone:<hertz>``; without a number it is the a' of 440 Hz."""
    try:
        hertz = float(rest) if rest else 440.0
        if not 0 < hertz < sample_rate / 2:
            raise ValueError
    except ValueError:
        raise DeviceError(
            say(
                "“tone:{rest}” is no tone. Write its frequency in Hz between 0 and "
                "{sample_rate}, for example tone:440.",
                rest=rest,
                sample_rate=sample_rate // 2,
            )
        ) from None
    return ToneSource(hertz, sample_rate, on_state)
