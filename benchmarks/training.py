"""What training costs beside its unavoidable part: decoding, the bare torch loop, the network.

All music is made up here; the ratios are of two things measured in the same run.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch.nn import functional

from benchmarks.table import Row, at_least, at_most, best_of
from genredesk.audio import decode
from genredesk.core import paths, processor
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference import bundle as bundles
from genredesk.nets import registry
from genredesk.training.data import folders, split
from genredesk.training.data.cache import TrainingFeatureCache
from genredesk.training.data.mels import MelArrays
from genredesk.training.data.songs import Song, labels_of
from genredesk.training.export import export, quantise
from genredesk.training.fit import optim, precision
from genredesk.training.fit.fit import Loop
from genredesk.training.fit.run import FitRun
from genredesk.training.network import rebuild
from genredesk.training.plan import recipe
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs.train import train

GROUP = "Training"
GENRES = tuple("abcdefghij")
SONGS, SONG_S, RATE = 24, 60.0, 44_100


def _song(seed: int, seconds: float) -> np.ndarray:
    """Stereo chords over a noisy beat ``(n, 2)`` at 44.1 kHz."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * f * t) for f in 110 * 2 ** (rng.integers(0, 36, 5) / 12))
    beat = rng.normal(size=len(t)) * np.exp(-20 * ((t * rng.uniform(2, 4)) % 1))
    return np.stack([0.05 * chord + 0.1 * beat, 0.04 * chord + 0.1 * beat], axis=1)


def _folder(root: Path) -> list[Path]:
    for i in range(SONGS):
        place = root / GENRES[i % 4]
        place.mkdir(parents=True, exist_ok=True)
        soundfile.write(place / f"{i}.flac", _song(i, SONG_S), RATE)
    return sorted(root.rglob("*.flac"))


def _extraction() -> list[Row]:
    with tempfile.TemporaryDirectory() as temp:
        files = _folder(Path(temp) / "music")

        def alone() -> None:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda p: len(decode.load(p, LIVE_MEL.sample_rate)), files))

        decoding = best_of(alone, 2)
        store = Path(temp) / "cache"
        music = Path(temp) / "music"
        began = time.perf_counter()
        folders.open_folder(music, LIVE_MEL, cache=TrainingFeatureCache(store), workers=2)
        first = time.perf_counter() - began
        began = time.perf_counter()
        folders.open_folder(music, LIVE_MEL, cache=TrainingFeatureCache(store), workers=2)
        second = time.perf_counter() - began
    note = f"{SONGS} FLAC files of {SONG_S:.0f} s, stereo 44.1 kHz, two threads"
    return [
        at_least(
            GROUP, "reading a folder, against decoding alone", decoding / first, "×",
            limit=0.8, note=note,
        ),
        at_least(GROUP, "the second time, from the cache", first / second, "× as fast", limit=50),
    ]  # fmt: skip


def _toy(each: int, columns: int) -> MelArrays:
    rng = np.random.default_rng(0)
    songs, pixels = [], []
    for label in GENRES:
        for i in range(each):
            songs.append(Song(f"{label}{i}", label, "", "valid" if i == 0 else "train"))
            picture = rng.integers(60, 140, (128, columns))
            picture[12 * len(songs) // each :][:12] += 90
            pixels.append(picture.astype(np.uint8))
    floors = np.full(len(songs), -80, np.float32)
    return MelArrays(tuple(songs), LIVE_MEL, np.stack(pixels), floors)


def _step() -> Row:
    """Compare an epoch of net1 with the same steps on tensors that lie ready."""
    data, rules = _toy(11, 39 * 10), recipe.get("net1").replace(epochs=1000)
    parts, labels = split.automatic(data), labels_of(data)

    def fresh() -> rebuild.Standardised:
        torch.manual_seed(0)
        net = registry.get("net1").build(1, 128, 39, len(labels))
        return rebuild.standardised(net, "global", data, parts.train)

    loop = Loop(FitRun(fresh(), data, parts, labels, rules, accelerator="cpu"))
    loop._close_epoch = lambda *_: None  # measured is the loop, not the validation
    steps = loop.per_epoch
    ours = best_of(loop._one_epoch, 3)
    net = fresh().train()
    optimiser = optim.build(rules, net)
    x = torch.randn(50, 1, 128, 39)
    y = torch.eye(10)[torch.arange(50) % 10]

    def bare() -> None:
        for _ in range(steps):
            optimiser.zero_grad(set_to_none=True)
            loss = functional.cross_entropy(net(x)[0], y) + net.penalty()
            loss.backward()
            optimiser.step()

    return at_least(
        GROUP, "training step of net1, batch 50, against a bare loop", best_of(bare, 3) / ours,
        "×", limit=0.9, note=f"{1000 * ours / steps:.0f} ms a step, one thread",
    )  # fmt: skip


def _quick() -> Row:
    """Time quick mode on 10 genres x 10 songs of 30 s, arrays ready, to a bundle on disk."""
    data = _toy(10, 387)
    base = paths.shipped_models_dir() / bundles.DEFAULT_ID
    with tempfile.TemporaryDirectory() as temp, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        npz, names = Path(temp) / "mels.npz", [song.name for song in data.songs]
        labels = [song.label for song in data.songs]
        np.savez(npz, idx=data.pixels, min_db=data.floors, track=names, label=labels)
        plan = TrainPlan(
            out=str(Path(temp) / "quick"), mels=str(npz), mode="quick", bundle=str(base),
            threads=1, device="cpu",
        )  # fmt: skip
        began = time.perf_counter()
        train(plan)
        seconds = time.perf_counter() - began
    return at_most(GROUP, "quick mode, 10 genres x 10 songs, to a bundle", seconds, "s", limit=15)


def _against_torch(name: str) -> Row:
    """Compare ONNX Runtime with torch eager on one window of a network's own front end."""
    spec = registry.get(name)
    net = spec.build(*spec.shape, spec.n_classes).eval()
    model = export.to_onnx(net, spec.shape)
    answer = quantise.predictor(model)
    window = np.random.default_rng(0).normal(size=(1, *spec.shape)).astype(np.float32)
    tensor = torch.from_numpy(window)
    with torch.inference_mode():
        eager = best_of(lambda: net(tensor), 7)
    onnx = best_of(lambda: answer(window), 7)
    note = f"ONNX Runtime {1000 * onnx:.2f} ms, torch {1000 * eager:.2f} ms"
    return Row("Networks, one window", name, eager / onnx, "× as fast as torch", note=note)


def _precision(name: str) -> Row:
    """Time a step of a network in 32 bits and in bfloat16 on this processor."""
    spec = registry.get(name)
    net, rules = spec.build(*spec.shape, spec.n_classes), recipe.get(spec.recipe)
    full, low = precision.measure(net, rules, spec.shape, spec.n_classes, "cpu", task=spec.task)
    _, why = precision.decide(full, low)
    return Row(GROUP, f"{name}: a step in bfloat16 against one in 32 bits", low / full, "×",
               note=f"on {processor.name()}: {why}")  # fmt: skip


def rows() -> list[Row]:
    """Return the rows of the training room, on one thread of torch."""
    torch.set_num_threads(1)
    mains = [spec.name for spec in registry.families() if spec.task == "classify"]
    numbers = [_precision(name) for name in ("live", "vae")]
    return [*_extraction(), _step(), *numbers, _quick(), *(_against_torch(name) for name in mains)]
