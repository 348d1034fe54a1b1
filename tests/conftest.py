"""What every test may use: a home of its own, real data where it is at hand, and no leftovers."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import hypothesis
import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent


def _beside(name: str) -> ModuleType:
    """Load a module of fixtures that lies beside this file (the folder is not a package)."""
    spec = importlib.util.spec_from_file_location(
        f"_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_soundcard = _beside("soundcard")
sound_server = _soundcard.sound_server
sound_card = _soundcard.sound_card
no_sound_card = _soundcard.no_sound_card

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["GENREDESK_LANGUAGE"] = "en"  # that of the sentences the tests look for

# A shell starts what runs in its background deaf to Ctrl-C, and programs hand that on to the ones
# they start: the tests that press Ctrl-C would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

WORKER_BYTES = 1_500_000_000
"""Memory that a worker of pytest-xdist with torch and Qt may come to need."""


def pytest_xdist_auto_num_workers() -> int | None:
    """Start one worker more than cores, fewer where memory is short (``-n auto``).

    A good third of the tests' time is waiting: for sound, for a screen, for other processes.
    """
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # pytest-xdist takes the number from there
    cores = len(psutil.Process().cpu_affinity()) if sys.platform == "linux" else os.cpu_count()
    return max(1, min((cores or 1) + 1, psutil.virtual_memory().available // WORKER_BYTES))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests with sound or a screen run after one another: they listen and look in real time.

    Groups, whose tests follow one another on one worker, and tests that take long begin first, so
    that no worker is left alone with them at the end.
    """
    for item in items:
        for name in ("soundcard", "xvfb"):
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.xdist_group(name))
    early = ("xdist_group", "slow")
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in early])


def _find_data() -> Path | None:
    asked = os.environ.get("GENREDESK_DATA")
    places = [Path(asked)] if asked else [ROOT / "data", ROOT.parent / "shared" / "data"]
    return next((p for p in places if (p / "gtzan-mel").is_dir()), None)


@pytest.fixture(scope="session")
def loads() -> Callable[[str], set[str]]:
    """Tell which modules a fresh interpreter holds after a statement."""

    def modules(statement: str) -> set[str]:
        code = f"{statement}; import sys; print(*sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return set(done.stdout.split())

    return modules


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Real music (gtzan-mel, gtzan-audio, full-songs): GENREDESK_DATA names it, or ``data/``."""
    found = _find_data()
    if found is None:
        pytest.skip("real music is not here: set GENREDESK_DATA to a folder with gtzan-mel")
    return found


@pytest.fixture(scope="session")
def warm_server() -> Iterator[Any]:
    """Run the process whose forks are the program's own processes (see ``kit/warm.py``)."""
    import warm

    server = warm.Server()
    yield server
    server.close()


@pytest.fixture
def warm(warm_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have training processes begin with torch imported: what they do is asked, not their start."""
    import warm

    from genredesk.training.runs import client

    monkeypatch.setattr(warm.WarmPopen, "server", warm_server, raising=False)
    stands_in = SimpleNamespace(**{**vars(subprocess), "Popen": warm.popen})
    monkeypatch.setattr(client, "subprocess", stands_in)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of four megabytes; only an administrator may."""
    place = tmp_path / "small"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root on Linux can mount a small disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture(scope="session", autouse=True)
def one_resource_tracker() -> None:
    """Start Python's own helper of ``multiprocessing``, which stays until the end."""
    if os.name == "posix":
        resource_tracker.ensure_running()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test an empty user folder."""
    place = tmp_path / "home"
    monkeypatch.setenv("GENREDESK_HOME", str(place))
    return place


_KEPT = ("pytest_timeout", "Dummy", "Dask-")
"""Threads that somebody keeps until the process ends: Dask's pool of them, once it was used."""


_TOLD_BY_TASKS = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists()


def _children() -> set[int]:
    """Return the numbers of this process's children, of theirs, and so on.

    psutil asks every process of the computer for its parent; Linux tells the children of a task.
    """
    if not _TOLD_BY_TASKS:
        return {child.pid for child in psutil.Process().children(recursive=True)}
    found: set[int] = set()
    waiting = [os.getpid()]
    while waiting:
        for told in Path(f"/proc/{waiting.pop()}/task").glob("*/children"):
            with contextlib.suppress(OSError):  # it has just ended
                new = {int(pid) for pid in told.read_text().split()} - found
                found |= new
                waiting += new
    return found


def _leftovers(threads: set[threading.Thread], children: set[int]) -> list[str]:
    new_threads = [
        f"thread {t.name}"
        for t in threading.enumerate()
        if t not in threads and t.is_alive() and not t.name.startswith(_KEPT)
    ]
    new_children = []
    for pid in _children() - children:
        try:
            child = psutil.Process(pid)
            if child.status() != psutil.STATUS_ZOMBIE:
                new_children.append(f"process {child.pid} {' '.join(child.cmdline())[:80]}")
        except psutil.NoSuchProcess:
            continue
    return new_threads + new_children


@pytest.fixture(autouse=True)
def no_leftovers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread or a process behind.

    Session-wide fixtures (the virtual sound card) start before and are not counted.
    """
    for name in ("sound_card", "qapp", "x_display", "warm_server"):
        if name in request.fixturenames:
            request.getfixturevalue(name)
    threads = set(threading.enumerate())
    children = _children()
    yield
    deadline = time.monotonic() + 20  # on a busy machine a thread takes its time
    while left := _leftovers(threads, children):
        if time.monotonic() > deadline:
            pytest.fail("left behind: " + ", ".join(left))
        time.sleep(0.02)
