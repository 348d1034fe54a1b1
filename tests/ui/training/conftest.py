"""Music to train on: short made-up songs that are easy to tell apart, and real ones."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from genredesk.ui.shell.app import App
from genredesk.ui.training.page import TrainPage

RATE = 22050
KINDS = ("hum", "knock", "whistle")
HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests whose processes are forks of one on one worker."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("training"))


@pytest.fixture(autouse=True)
def _forks(warm: None) -> None:
    """Have no process import torch anew."""


def sound(kind: str, seed: int, seconds: float) -> np.ndarray:
    """Make a song of a made-up genre, shape ``(n,)``."""
    rng = np.random.default_rng((KINDS.index(kind), seed))
    t = np.arange(round(seconds * RATE)) / RATE
    base = rng.uniform(0.8, 1.25)
    if kind == "hum":
        tone = sum(np.sin(2 * np.pi * 110 * base * k * t + k) / k for k in (1, 2, 3))
    elif kind == "whistle":
        tone = np.sin(2 * np.pi * 2400 * base * t + 6 * np.sin(2 * np.pi * rng.uniform(3, 6) * t))
    else:
        tone = 3 * rng.normal(size=len(t)) * np.exp(-30 * ((t * rng.uniform(3, 5)) % 1.0))
    # a slow melody of its own keeps two songs of a kind from being one recording
    steps = rng.uniform(0.2, 1.0, size=int(seconds * 8) + 1)
    melody = np.repeat(steps, RATE // 8 + 1)[: len(t)]
    return (0.2 * tone * melody + 0.01 * rng.normal(size=len(t))).astype(np.float32)


def write(path: Path, samples: np.ndarray) -> Path:
    """Write 16-bit mono."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture
def make_song() -> Callable[..., Path]:
    """Write a made-up song: ``make_song(path, kind, seed, seconds)``."""

    def make(path: Path, kind: str, seed: int = 0, seconds: float = 4.0) -> Path:
        return write(path, sound(kind, seed, seconds))

    return make


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What :func:`folder` is a copy of."""
    root = tmp_path_factory.mktemp("made")
    for kind in ("hum", "knock"):
        for i in range(6):
            write(root / kind / f"{kind} {i}.wav", sound(kind, i, 4.0))
    return root


@pytest.fixture
def folder(tmp_path: Path, made_folder: Path) -> Path:
    """Six songs of four seconds in each of two folders."""
    return shutil.copytree(made_folder, tmp_path / "made up")


@pytest.fixture
def real(tmp_path: Path, data_dir: Path) -> Path:
    """Real music: nine songs of three genres, as links into the data."""
    root = tmp_path / "real music"
    for genre in ("classical", "metal", "reggae"):
        (root / genre).mkdir(parents=True)
        for path in sorted((data_dir / "gtzan-audio" / genre).iterdir())[:9]:
            (root / genre / path.name).symlink_to(path)
    return root


@pytest.fixture
def open_train(start, qtbot) -> Callable[..., tuple[App, TrainPage]]:
    """Open a window at its Train place, once the models are known."""

    def open_it(**settings: object) -> tuple[App, TrainPage]:
        desk = start(**settings)
        qtbot.waitUntil(lambda: bool(desk.listening.engine.bundles), timeout=30_000)
        desk.window.go("train")
        return desk, desk.window.training

    return open_it


@pytest.fixture
def scanned(qtbot) -> Callable[[TrainPage, Path], None]:
    """Add folders and wait until all of them were looked through."""

    def scan(page: TrainPage, *folders: Path) -> None:
        page.music.add_folders(list(folders))
        qtbot.waitUntil(
            lambda: not page.session.scanning.running and not page.session.music.waiting,
            timeout=60_000,
        )
        qtbot.waitUntil(page.next.isVisible, timeout=5_000)

    return scan


@pytest.fixture
def train_page(open_train) -> TrainPage:
    """The Train place of a window."""
    return open_train()[1]


@pytest.fixture
def trained(qtbot) -> Callable[[TrainPage], None]:
    """Wait until the training that runs is done and its result is there."""

    def wait(page: TrainPage) -> None:
        run = page.session.trainer.run
        assert run is not None

        def done() -> bool:
            now, result = page.session.trainer.run, page.session.result
            assert now is not None
            assert now.state in ("running", "done"), now.message
            return result is not None and result.run.id == now.id

        qtbot.waitUntil(done, timeout=180_000)

    return wait
