"""A virtual sound card for the tests: a PulseAudio server of our own with null sinks.

Speakers ``gd_out`` (the default) and ``gd_out2``, and a microphone ``gd_mic`` that hears what is
played into the sink ``gd_mic_in``. PortAudio, pactl and the program see it as any other card.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

RATE = 44100

_SETUP = """
load-module module-native-protocol-unix socket={folder}/native auth-anonymous=1
load-module module-null-sink sink_name=gd_out rate=44100 channels=2 \
sink_properties=device.description=GD_Speakers
load-module module-null-sink sink_name=gd_out2 rate=48000 channels=2 \
sink_properties=device.description=GD_Headphones
load-module module-null-sink sink_name=gd_mic_in rate=44100 channels=2 \
sink_properties=device.description=GD_MicFeed
load-module module-remap-source master=gd_mic_in.monitor source_name=gd_mic \
source_properties=device.description=GD_Mic
set-default-sink gd_out
set-default-source gd_mic
"""

MIC = (
    "module-remap-source",
    "master=gd_mic_in.monitor",
    "source_name=gd_mic",
    "source_properties=device.description=GD_Mic",
)
HEADPHONES = (
    "module-null-sink",
    "sink_name=gd_out2",
    "rate=48000",
    "channels=2",
    "sink_properties=device.description=GD_Headphones",
)


class SoundCard:
    """The running card; plays into its microphone and hears its speakers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            "PULSE_SERVER": f"unix:{folder}/native",
            "PULSE_COOKIE": f"{folder}/cookie",
        }
        self._children: list[subprocess.Popen[bytes]] = []
        self._slow = False
        script = folder / "gd.pa"
        script.write_text(_SETUP.format(folder=folder))
        private = {"HOME": folder, "XDG_RUNTIME_DIR": folder, "PULSE_RUNTIME_PATH": folder / "rt"}
        options = ["--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "-n"]
        self._start(
            ["pulseaudio", *options, "-F", str(script), f"--log-target=file:{folder}/log"],
            {k: str(v) for k, v in private.items()},
        )
        try:
            deadline = time.monotonic() + 20
            while self.pactl("info", check=False) is None:
                if time.monotonic() > deadline or self._children[0].poll() is not None:
                    log = folder / "log"
                    said = log.read_text(errors="replace") if log.exists() else "nothing"
                    raise RuntimeError(f"pulseaudio does not start; it said: {said}")
                time.sleep(0.05)
            # An idle null sink works in blocks of 2 s; somebody who listens closely keeps it quick.
            for sink in ("gd_out", "gd_mic_in", "gd_out2"):
                self.keep_quick(sink)
        except BaseException:
            self.close()
            raise

    def keep_quick(self, sink: str) -> None:
        """Make a null sink work in blocks of 20 ms, as a real one does."""
        self._start(["parec", f"--device={sink}.monitor", "--latency-msec=20"])

    def _start(self, command: list[str], more: dict[str, str] | None = None) -> None:
        self._children.append(
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **self.env, **(more or {})},
            )
        )

    def close(self) -> None:
        """Stop the server and everything beside it."""
        for child in reversed(self._children):
            child.terminate()
        for child in reversed(self._children):
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def another(self) -> SoundCard:
        """Start a second card, for a test that takes its server away; closed by the test."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        return SoundCard(folder)

    @property
    def pid(self) -> int:
        """The process whose streams are looked for: this one."""
        return os.getpid()

    def pactl(self, *arguments: str, check: bool = True) -> str | None:
        """Ask the server something."""
        done = subprocess.run(
            ["pactl", *arguments],
            capture_output=True,
            text=True,
            check=check,
            env={**os.environ, **self.env, "LC_ALL": "C"},
        )
        return done.stdout if done.returncode == 0 else None

    def unplug(self, device: str) -> None:
        """Take a device (``gd_mic``, ``gd_out2``) away."""
        for line in (self.pactl("list", "short", "modules") or "").splitlines():
            number, _, arguments, *_ = [*line.split("\t"), ""]
            if any(word.endswith(f"_name={device}") for word in arguments.split()):
                self.pactl("unload-module", number)
                return
        raise LookupError(f"{device} is not plugged in")

    def plug_mic(self) -> None:
        """Bring the microphone back."""
        self.pactl("load-module", *MIC)
        self.pactl("set-default-source", "gd_mic")

    def plug_headphones(self) -> None:
        """Bring the second output back."""
        self.pactl("load-module", *HEADPHONES)
        self._slow = True

    def restore(self) -> None:
        """Bring everything back that a test may have unplugged, and the defaults."""
        if "\tgd_mic\t" not in (self.pactl("list", "short", "sources") or ""):
            self.plug_mic()
        if "\tgd_out2\t" not in (self.pactl("list", "short", "sinks") or ""):
            self.plug_headphones()
        if self._slow:
            self.keep_quick("gd_out2")
            self._slow = False
        self.pactl("set-default-source", "gd_mic")
        self.pactl("set-default-sink", "gd_out")

    def sing(
        self, samples: np.ndarray, rate: int = RATE, latency_ms: int = 50
    ) -> subprocess.Popen[bytes]:
        """Begin to play mono ``samples`` into the microphone; the caller waits for the process.

        The longer the latency, the longer may a busy machine let the singer wait without a gap.
        """
        process = subprocess.Popen(
            ["pacat", "--device=gd_mic_in", f"--latency-msec={latency_ms}", "--raw",
             "--format=float32le", f"--rate={rate}", "--channels=1"],
            stdin=subprocess.PIPE,
            env={**os.environ, **self.env},
        )  # fmt: skip
        assert process.stdin is not None
        data = np.ascontiguousarray(samples, np.float32).tobytes()
        feeder = threading.Thread(target=_pour, args=(process.stdin, data), daemon=True)
        feeder.start()
        return process

    def listen(self, sink: str = "gd_out") -> Recording:
        """Begin to record what comes out of an output; use as a context manager."""
        return Recording(self, sink)


def _pour(pipe: Any, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), pipe:  # closed also when the singer was stopped
        pipe.write(data)


class Recording:
    """What comes out of an output, mono at 44.1 kHz, with the moment each chunk arrived."""

    def __init__(self, card: SoundCard, sink: str) -> None:
        self._process = subprocess.Popen(
            ["parec", f"--device={sink}.monitor", "--raw", "--format=float32le",
             f"--rate={RATE}", "--channels=1", "--latency-msec=10"],
            stdout=subprocess.PIPE,
            env={**os.environ, **card.env},
        )  # fmt: skip
        self._chunks: list[bytes] = []
        self.arrivals: list[tuple[int, float]] = []
        """(samples recorded so far, ``time.monotonic()``) after every chunk."""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        total = 0
        while data := os.read(self._process.stdout.fileno(), 1 << 16):
            self._chunks.append(data)
            total += len(data)
            self.arrivals.append((total // 4, time.monotonic()))

    @property
    def samples(self) -> np.ndarray:
        """Everything recorded so far."""
        data = b"".join(list(self._chunks))
        return np.frombuffer(data[: len(data) // 4 * 4], np.float32)

    def __enter__(self) -> Recording:
        deadline = time.monotonic() + 10
        while not self.arrivals:
            assert time.monotonic() < deadline, "the recorder hears nothing"
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join()
        if self._process.stdout is not None:
            self._process.stdout.close()


@pytest.fixture(scope="session")
def sound_server() -> Iterator[SoundCard]:
    """Run the virtual card for the whole session; :func:`sound_card` lets a test use it."""
    missing = [name for name in ("pulseaudio", "pactl", "parec", "pacat") if not shutil.which(name)]
    if missing:
        pytest.skip(f"no virtual sound card: {', '.join(missing)} not installed")
    try:
        import sounddevice  # noqa: F401
    except OSError as error:
        pytest.skip(f"no virtual sound card: {error}")
    # A short path: the name of a socket is limited to about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="gd-"))
    card = None
    try:
        card = SoundCard(folder)
        yield card
    finally:
        if card is not None:
            card.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sound_card(sound_server: SoundCard, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundCard]:
    """Connect this test to the virtual sound card, with every device plugged in."""
    for name, value in sound_server.env.items():
        monkeypatch.setenv(name, value)
    sound_server.restore()
    yield sound_server
    sound_server.restore()


@pytest.fixture
def no_sound_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this test a system on which no sound server answers."""
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")
