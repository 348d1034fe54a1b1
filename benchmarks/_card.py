"""The virtual sound card of the tests, for benchmarks."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("pulseaudio", "pactl", "parec", "pacat")


@contextmanager
def virtual_card() -> Iterator[Any]:
    """Run a ``SoundCard`` of ``tests/soundcard.py``; ``None`` where PulseAudio is not installed."""
    if not all(shutil.which(name) for name in PROGRAMS):
        yield None
        return
    path = Path(__file__).resolve().parent.parent / "tests" / "soundcard.py"
    spec = importlib.util.spec_from_file_location("soundcard", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with tempfile.TemporaryDirectory(prefix="gd-") as folder:
        card = module.SoundCard(Path(folder))
        try:
            yield card
        finally:
            card.close()
