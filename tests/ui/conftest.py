"""A real window on no screen, a tiny real network, and sound files whose names are known."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PySide6.QtCore import QCoreApplication, QEvent, QTranslator
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from safetensors.numpy import save

from genredesk.core import paths
from genredesk.core.settings import Settings
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import Bundle, ModelCard
from genredesk.ui.look import theme, translations
from genredesk.ui.services import jobs
from genredesk.ui.services.collector import GarbageCollector
from genredesk.ui.shell import app
from genredesk.ui.shell.app import App
from genredesk.ui.widgets.spectrogram.view import TimelineView

LABELS = ("low", "middle", "high")


@pytest.fixture(scope="session", autouse=True)
def collector(qapp: QApplication) -> Iterator[GarbageCollector]:
    """Collect garbage on this thread alone, as the program does."""
    made = GarbageCollector(qapp)
    yield made
    made.stop()


PATIENCE = 6


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """Wait longer for whatever a test waits for: how long it takes says how busy the machine is."""

    def patient(real: Callable[..., Any]) -> Callable[..., Any]:
        def wait(*args: Any, timeout: int = 5000, **options: Any) -> Any:
            return real(*args, timeout=PATIENCE * timeout, **options)

        return wait

    with pytest.MonkeyPatch.context() as patch:
        for name in ("waitUntil", "waitSignal", "waitActive", "waitExposed"):
            patch.setattr(QtBot, name, patient(getattr(QtBot, name)))
        patch.setattr(jobs, "CLOSE_S", PATIENCE * jobs.CLOSE_S)
        yield


PITCH = {"low": 220.0, "middle": 1500.0, "high": 5500.0}
"""A tone of each label: the tiny network names the third of the mel bands with the most sound."""

RATE = 22050


def tone(label: str, seconds: float, rate: int = RATE) -> np.ndarray:
    """A steady tone that the tiny network calls ``label``, shape ``(n,)``."""
    t = np.arange(round(seconds * rate)) / rate
    return (0.4 * np.sin(2 * np.pi * PITCH[label] * t)).astype(np.float32)


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """Write mono ``samples`` in [-1, 1] as 16 bit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def tiny_model() -> bytes:
    """The mean of every band over time, added up in three groups."""
    channels, bands, _ = LIVE_MEL.shape
    weight = np.zeros((channels * bands, 3), np.float32)
    for k in range(channels * bands):
        weight[k, (k % bands) * 3 // bands] = 0.05
    nodes = [
        helper.make_node("ReduceMean", ["features"], ["mean"], axes=[3], keepdims=0),
        helper.make_node("Flatten", ["mean"], ["embedding"], axis=1),
        helper.make_node("MatMul", ["embedding", "weight"], ["logits"]),
    ]
    shapes = {"features": LIVE_MEL.shape, "logits": [3], "embedding": ["d"]}
    info = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape])
        for name, shape in shapes.items()
    }
    graph = helper.make_graph(
        nodes,
        "tiny",
        [info["features"]],
        [info["logits"], info["embedding"]],
        [numpy_helper.from_array(weight, "weight")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def write_bundle(
    identity: str,
    title: str = "Tiny",
    folder: Path | None = None,
    *,
    weights: bytes = b"",
    **about: Any,
) -> Bundle:
    """Write a working bundle, among the user's unless ``folder`` says elsewhere.

    ``about`` are other fields of its card.
    """
    card = ModelCard(
        id=identity,
        title=title,
        network="linear",
        labels=LABELS,
        frontend=LIVE_MEL,
        parameters=384,
        data="tones made by the test",
        split="none is needed",
        licence="GPL-3.0-or-later",
        accuracy={"song": bundles.Accuracy(0.7, 197, (0.63, 0.76), "valid")},
    )
    card = card.replace(**about)
    weights = weights or save({"weight": np.zeros((3, LIVE_MEL.n_bands), np.float32)})
    place = (folder or paths.user_models_dir()) / identity
    return bundles.write(place, onnx=tiny_model(), weights=weights, card=card)


@pytest.fixture(scope="session", autouse=True)
def catalogues(qapp: QApplication) -> list[QTranslator]:
    """The texts a window has, with their plurals."""
    return translations.install(qapp, translations.ENGLISH)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What most tests begin with, to be copied: ``tiny``, a bundle, and ``music``."""
    place = tmp_path_factory.mktemp("once")
    write_bundle("tiny", folder=place)
    for name in LABELS:
        write_wav(place / "music" / f"{name}.wav", tone(name, 8))
    return place


@pytest.fixture
def bundle(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_once: Path) -> Bundle:
    """A tiny bundle is the only one installed."""
    monkeypatch.setattr(paths, "shipped_models_dir", lambda: tmp_path / "shipped")
    return bundles.load(shutil.copytree(made_once / "tiny", paths.user_models_dir() / "tiny"))


def loudest(view: TimelineView, seconds: float) -> float:
    """Read where a picture is loudest at a time (negative: past), in Hz; 0 where nothing is."""
    found = [view.read(seconds, band + 0.5) for band in range(LIVE_MEL.n_bands)]
    return max((level, hz) for hz, _, level in (f or (0.0, 0.0, -200.0) for f in found))[1]


@pytest.fixture
def make(home: Path) -> SimpleNamespace:
    """What tests make sound files and bundles with, and read the picture of a sound by."""
    tools = {"tone": tone, "wav": write_wav, "loudest": loudest}
    return SimpleNamespace(**tools, bundle=write_bundle, labels=LABELS)


@pytest.fixture
def autoencoder(home: Path) -> Bundle:
    """An autoencoder's bundle among the user's: as it is before any training, it hisses."""
    from genredesk.nets import registry
    from genredesk.nets.standardise import Standardised
    from genredesk.training.export import export

    net = Standardised(registry.get("vae-2").build(*LIVE_MEL.shape, len(LABELS)), -40.0, 15.0)
    about = {"network": "vae-2", "makes_sound": True, "weights": export.to_safetensors(net)}
    return write_bundle("voice", "Voice", **about)


@pytest.fixture
def songs(tmp_path: Path, made_once: Path) -> dict[str, Path]:
    """Eight seconds of each label in a folder of its own."""
    folder = shutil.copytree(made_once / "music", tmp_path / "music", dirs_exist_ok=True)
    return {name: folder / f"{name}.wav" for name in LABELS}


@pytest.fixture(autouse=True)
def alone(qapp: QApplication) -> None:
    """Hide what an earlier test left on the screen: it would lie above and catch the pointer."""
    for widget in qapp.topLevelWidgets():
        widget.hide()


Start = Callable[..., App]


@pytest.fixture
def start(qtbot, qapp: QApplication, home: Path) -> Iterator[Start]:
    """Open windows as ``genredesk gui`` does; they are closed at the end, thread by thread."""
    desks: list[App] = []

    def open_window(
        files: list[Path] | tuple[Path, ...] = (),
        demo: list[Path] | tuple[Path, ...] = (),
        message: str = "",
        **settings: object,
    ) -> App:
        theme.apply(qapp, str(settings.get("theme", "dark")), 1.0)
        desk = app.assemble(Settings().replace(**{"muted": True, **settings}), message)
        desks.append(desk)
        desk.window.resize(1280, 800)
        desk.window.show()
        qtbot.waitExposed(desk.window)
        with qtbot.waitSignal(desk.listening.devices.ready, timeout=20_000):
            desk.listening.start(list(files), list(demo))
        qtbot.waitUntil(lambda: desk.listening.engine.live is not None, timeout=20_000)
        return desk

    yield open_window
    for desk in desks:
        shut(desk)


def shut(desk: App) -> None:
    """Close a window and what is behind it, and have Qt delete it now."""
    desk.window.hide()
    assert desk.close(), "a thread did not end"
    desk.window.deleteLater()
    desk.listening.deleteLater()
    desk.memory.deleteLater()
    desk.jobs.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()


@pytest.fixture
def heard(qtbot) -> Callable[[App, str], None]:
    """Wait until the large word is this one."""

    def wait(desk: App, word: str, timeout: int = 20_000) -> None:
        qtbot.waitUntil(lambda: desk.window.live.big.word() == word, timeout=timeout)

    return wait
