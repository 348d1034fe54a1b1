"""What the library keeps of sounds: network inputs, so that another network need not decode again.

They lie in the one folder of :mod:`genredesk.core.featurecache`.
"""

from __future__ import annotations

import io

import numpy as np

from genredesk.core.featurecache import FeatureCache
from genredesk.core.heard import Features

_LARGEST = 64 << 20
"""A track whose features are larger (hours long) is decoded again instead."""


class WindowCache(FeatureCache):
    """Windows of sounds, by their hash and the front end."""

    @property
    def largest_bytes(self) -> int:
        """A track whose features are larger is not kept."""
        return min(_LARGEST, self.limit_bytes)

    def load(self, audio_hash: bytes, features: str) -> Features | None:
        """Return what is kept of a sound for a front end (its fingerprint), or ``None``."""
        path = self.file(features, audio_hash.hex(), ".npz")
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                found = Features(stored["windows"], stored["levels"])
        except Exception:  # noqa: BLE001 - absent, torn, or something else under this name
            return None
        if found.windows.ndim != 4 or len(found.windows) != len(found.levels):
            return None
        self.used(path)
        return found

    def store(self, audio_hash: bytes, features: str, parts: list[Features]) -> bool:
        """Keep consecutive windows of a sound; return whether there was room.

        A full disk or a folder that cannot be written is no fault: nothing is kept then.
        """
        size = sum(p.windows.nbytes for p in parts)
        if not parts or size > self.largest_bytes:
            return False
        self.trim_soon()
        whole = io.BytesIO()
        np.savez(
            whole,
            windows=np.concatenate([p.windows for p in parts]),
            levels=np.concatenate([p.levels for p in parts]),
        )
        try:
            self.put(self.file(features, audio_hash.hex(), ".npz"), whole.getbuffer())
        except OSError:
            return False
        return True
