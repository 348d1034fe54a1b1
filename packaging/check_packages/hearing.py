"""A packed program with a sound card: the PortAudio that came along plays, and it hears."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from program import Program
from rows import Rows, expect, said

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from soundcard import RATE, SoundCard

SECONDS = 60


def check(rows: Rows, program: Program) -> None:
    """Let it look at a virtual card, into whose microphone a tone is played, and listen to it."""
    time = np.arange(SECONDS * RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 440 * time).astype(np.float32)
    with (
        tempfile.TemporaryDirectory(prefix="genredesk-card-") as folder,
        contextlib.closing(SoundCard(Path(folder))) as card,
    ):
        env = {**program.env, **card.env}
        singer = card.sing(tone)

        def doctor() -> str:
            text = said([*program.front, "doctor", "--json", "--only", "sound"], env)
            found = {one["name"]: one for one in json.loads(text)["findings"]}
            for name in ("Output", "Microphone"):
                expect(found[name]["health"] == "ok", str(found[name]))
            return found["Microphone"]["fact"]

        def listen() -> str:
            lines = said([*program.front, "listen", "--json", "--seconds", "6"], env).splitlines()
            last = json.loads(lines[-1])
            expect(last["state"] not in {"waiting", "silence"}, lines[-1][:300])
            return f"the microphone, live: {last['state']} after {last['time']:.0f} s"

        try:
            rows.attempt(f"{program.name}: doctor with a sound card", doctor)
            rows.attempt(f"{program.name}: listen to the microphone", listen)
        finally:
            singer.terminate()
            singer.wait()
