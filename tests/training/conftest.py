"""Music made up for the training room: mel arrays and folders of tones, easy to tell apart."""

from __future__ import annotations

import csv
import shutil
import warnings
import wave
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import warm

from genredesk.features.frontend import LIVE_MEL
from genredesk.training.data.mels import MelArrays
from genredesk.training.data.songs import Song
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs import wire

HERE = Path(__file__).parent
RATE = 22050
GENRES = ("hum", "whistle", "knock")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that look at one trained bundle on one worker, so that it is trained once.

    So those whose processes are forks of one.
    """
    for item in items:
        if HERE in item.path.parents and {"trained", "refitted", "warm"} & {*item.fixturenames}:
            item.add_marker(pytest.mark.xdist_group("trained"))


@pytest.fixture(scope="session", autouse=True)
def _quick_exports() -> None:
    warm.read_exporters_table_once()


@pytest.fixture(autouse=True)
def one_thread():
    """Keep torch to one thread: the machine is shared and results are compared bit by bit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def picture(label: str, seed: int, columns: int) -> np.ndarray:
    """Pixels ``(128, columns)`` of a made-up song of a genre."""
    rng = np.random.default_rng((GENRES.index(label), seed))
    db = rng.normal(-55, 6, (128, columns))
    if label == "hum":
        db[4:24] += 35
    elif label == "whistle":
        db[80:100] += 35
    else:
        db[:, :: int(rng.integers(4, 7))] += 40
    return np.clip(255 * (1 + db / 80), 0, 255).astype(np.uint8)


def made_up(each: int = 8, columns: int = 60) -> MelArrays:
    """``each`` songs of every genre; every fourth is ``valid``."""
    songs, pixels = [], []
    for label in GENRES:
        for i in range(each):
            split = "valid" if i % 4 == 3 else "train"
            songs.append(Song(f"{label}.{i}", label, f"{label} artist {i}", split))
            pixels.append(picture(label, i, columns))
    floors = np.full(len(songs), -80, np.float32)
    return MelArrays(tuple(songs), LIVE_MEL, np.stack(pixels), floors)


@pytest.fixture
def toy() -> Callable[..., MelArrays]:
    """Make a set of made-up songs: ``toy(songs_per_genre, columns)``."""
    return made_up


def write_arrays(place: Path) -> tuple[Path, Path]:
    """Write made-up mel arrays and their table as the program reads them."""
    data = made_up()
    npz, table = place / "mels.npz", place / "tracks.csv"
    names = [song.name for song in data.songs]
    labels = [song.label for song in data.songs]
    np.savez(npz, idx=data.pixels, min_db=data.floors, track=names, label=labels)
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "track", "genre", "artist", "split"])
        for i, song in enumerate(data.songs):
            writer.writerow([i, song.name, song.label, song.artist, song.split])
    return npz, table


@pytest.fixture
def toy_files(tmp_path: Path) -> tuple[Path, Path]:
    """Mel arrays and their table, to be changed at will."""
    return write_arrays(tmp_path)


def toy_plan(files: tuple[Path, Path], out: Path, **changes) -> TrainPlan:
    """A plan of four short epochs of a small network on made-up arrays."""
    values = {"mels": str(files[0]), "tracks": str(files[1]), "out": str(out)}
    values |= {"network": "kth-mel", "epochs": 4, "batch": 16, "threads": 1, "device": "cpu"}
    return TrainPlan(**{**values, **changes})


@pytest.fixture
def make_plan(toy_files, tmp_path) -> Callable[..., TrainPlan]:
    """Make a plan: ``make_plan(name, **changes)``."""
    return lambda name="made", **changes: toy_plan(toy_files, tmp_path / "out" / name, **changes)


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> SimpleNamespace:
    """One training to its end, for all who only look: ``plan``, ``made``, ``events``, ``files``."""
    from genredesk.training.runs.session import Session
    from genredesk.training.runs.train import train

    place = tmp_path_factory.mktemp("trained")
    files = write_arrays(place)
    plan = toy_plan(files, place / "out" / "base")
    events = []
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*bfloat16.*")
        made = train(plan, Session(tell=lambda event: events.append(wire.to_plain(event))))
    return SimpleNamespace(plan=plan, made=made, events=events, files=files)


def make_sound(label: str, seed: int, seconds: float = 4.0) -> np.ndarray:
    """Sound ``(n,)`` of a made-up genre."""
    rng = np.random.default_rng((GENRES.index(label), seed))
    t = np.arange(round(seconds * RATE)) / RATE
    base = rng.uniform(0.8, 1.25)
    noise = 0.01 * rng.normal(size=len(t))
    if label == "hum":
        tone = sum(
            np.sin(2 * np.pi * 110 * base * k * t + rng.uniform(0, 6)) / k for k in (1, 2, 3)
        )
    elif label == "whistle":
        sway = 40 * np.sin(2 * np.pi * rng.uniform(3, 6) * t)
        tone = np.sin(2 * np.pi * 2400 * base * t + sway / 6)
    else:
        beat = (t * rng.uniform(3, 5)) % 1.0
        tone = 3 * rng.normal(size=len(t)) * np.exp(-30 * beat)
    # a slow melody of its own keeps two songs of a genre from being one recording
    steps = rng.uniform(0.2, 1.0, size=int(seconds * 8) + 1)
    return (0.2 * tone * np.repeat(steps, RATE // 8 + 1)[: len(t)] + noise).astype(np.float32)


def write_sound(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """Write 16-bit mono."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="session")
def taught(tmp_path_factory) -> SimpleNamespace:
    """A quick training of two ears, for all who only look: ``plan``, ``made``, ``events``."""
    from genredesk.training.runs.session import Session
    from genredesk.training.runs.train import train

    place = tmp_path_factory.mktemp("taught")
    for label in GENRES:
        for i in range(3):
            write_sound(place / "music" / label / f"{label} {i}.wav", make_sound(label, i, 6.0))
    plan = TrainPlan(
        out=str(place / "mine"), folder=str(place / "music"), mode="quick",
        bundle="genredesk-live", ears=["edge-cnn"], threads=1, device="cpu",
    )  # fmt: skip
    events: list[dict] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENREDESK_HOME", str(place / "home"))
        made = train(plan, Session(tell=lambda event: events.append(wire.to_plain(event))))
    return SimpleNamespace(plan=plan, made=made, events=events)


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What :func:`folder` is a copy of."""
    root = tmp_path_factory.mktemp("made") / "music"
    for label in GENRES:
        for i in range(5):
            write_sound(root / label / f"{label} {i}.wav", make_sound(label, i))
    return root


@pytest.fixture
def folder(tmp_path: Path, made_folder: Path) -> Path:
    """A folder of labelled folders, five songs of four seconds in each."""
    return shutil.copytree(made_folder, tmp_path / "music")


@pytest.fixture
def sound() -> Callable[..., np.ndarray]:
    """Make a song of a genre: ``sound(label, seed, seconds)``."""
    return make_sound


@pytest.fixture
def write_wav() -> Callable[..., Path]:
    """Write a sound: ``write_wav(path, samples)``."""
    return write_sound
