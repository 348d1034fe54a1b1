"""Getting musicnn: its checkpoint is read, answers as TensorFlow's, and nothing is half-installed.

The weights are random ones of the published layout, in a checkpoint the test writes itself.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import musicnn_kit as kit
import numpy as np
import pytest
import torch

from genredesk.core import paths
from genredesk.core.errors import BundleError, Cancelled, DataError
from genredesk.core.job import JobContext
from genredesk.features import frontend
from genredesk.features.foreign import MUSICNN_MEL
from genredesk.inference import bundle as bundles
from genredesk.nets.zoo.musicnn import Musicnn, published_state
from genredesk.training.network import module, tf_checkpoint
from genredesk.training.runs import published

# What the published code, run by TensorFlow, answers to the window below with the kit's weights.
TENSORFLOW = [
    0.630081, 0.961648, 0.039284, 0.661326, 0.118586, 0.869886, 0.988089, 0.764386, 0.98887 ,
    0.515365, 0.102818, 0.527649, 0.989674, 0.698842, 0.912594, 0.019187, 0.670793, 0.934811,
    0.135123, 0.919869, 0.491705, 0.473721, 0.641369, 0.368059, 0.503171, 0.93673 , 0.577397,
    0.020301, 0.15219 , 0.072003, 0.213465, 0.405544, 0.785061, 0.151898, 0.900184, 0.25262 ,
    0.573379, 0.980008, 0.476848, 0.316656, 0.812555, 0.885496, 0.475462, 0.062005, 0.97133 ,
    0.983733, 0.282629, 0.34603 , 0.021493, 0.844306,
]  # fmt: skip


def window() -> np.ndarray:
    """Chord, hits and noise by formula, as one window of the front end."""
    n = MUSICNN_MEL.window_samples
    t = np.arange(n) / 16000
    sound = sum(
        a * np.sin(2 * np.pi * f * t) for f, a in ((98.0, 0.1), (220.0, 0.15), (1760.0, 0.03))
    )
    hit = t % 0.5
    sound += 0.2 * np.exp(-30 * hit) * np.sin(2 * np.pi * 55 * hit)
    sound += 0.01 * np.random.RandomState(7).standard_normal(n)
    return frontend.window(MUSICNN_MEL, sound.astype("f4"))


@pytest.fixture
def wheel(tmp_path, monkeypatch) -> Path:
    file = kit.wheel(tmp_path / published.WHEEL)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setattr(published, "WHEEL_SHA256", digest)
    return file


def test_answers_as_tensorflow_does():
    index, data = kit.checkpoint(kit.weights())
    tensors = tf_checkpoint.tensors(index, data)
    assert "step" not in tensors
    np.testing.assert_array_equal(tensors["conv2d/kernel"], kit.weights()["conv2d/kernel"])
    net = Musicnn(1, 96, 187, 50, levelled=False)
    net.load_state_dict(published_state(tensors))
    with torch.inference_mode():
        logits, embedding = net.eval()(torch.from_numpy(window()[None]))
        slow = Musicnn.forward(net, torch.from_numpy(window()[None]))[0]
    np.testing.assert_allclose(torch.sigmoid(logits)[0], TENSORFLOW, atol=1e-4)
    assert embedding.shape == (1, 200)
    assert torch.equal(slow, logits)


@pytest.mark.slow
def test_got_checked_and_the_same_at_any_level(wheel, monkeypatch):
    monkeypatch.setattr(published, "_VARIANTS", published._VARIANTS[:1])
    (bundle,) = published.get("musicnn", wheel, JobContext())
    card = bundle.card
    assert (bundle.id, card.task, card.labels) == ("musicnn-msd", "several", tuple(kit.LABELS))
    assert "ISC" in card.licence
    assert card.thresholds[kit.LABELS[0]] == 0.26
    listen = module.graph(bundle.read(bundles.MODEL))
    power = (10 ** window()[None].astype("f8") - 1) / 10_000
    loud, quiet = (np.log10(1 + 10_000 * factor * power).astype("f4") for factor in (10, 0.001))
    np.testing.assert_allclose(listen(loud)[0], listen(quiet)[0], atol=2e-3)
    assert np.isfinite(listen(np.zeros_like(loud))[0]).all()
    with pytest.raises(BundleError, match="installed already"):
        published.get("musicnn", wheel, JobContext())
    assert published.WHEEL not in {p.name for p in paths.user_models_dir().iterdir()}


def left() -> list[str]:
    root = paths.user_models_dir()
    return sorted(p.name for p in root.iterdir()) if root.exists() else []


def test_what_is_not_the_published_wheel_is_refused(tmp_path):
    broken = kit.wheel(tmp_path / "broken.whl")
    broken.write_bytes(broken.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"broken\.whl: it is not the published wheel.*broken off"):
        published.get("musicnn", broken, JobContext())
    with pytest.raises(DataError, match="cannot be read"):
        published.get("musicnn", tmp_path / "none.whl", JobContext())
    with pytest.raises(DataError, match="no “vgg” to get"):
        published.get("vgg", None, JobContext())
    assert left() == []


def test_another_network_or_a_damaged_checkpoint_is_said(wheel):
    index, data = kit.checkpoint(kit.weights())
    with pytest.raises(DataError, match="does not lie in the data"):
        tf_checkpoint.tensors(index, data[:5000])
    with pytest.raises(DataError, match="cannot be read"):
        tf_checkpoint.tensors(index[:-1], data)
    with pytest.raises(DataError, match="cannot be read"):
        tf_checkpoint.tensors(b"\xff" * 10 + index[10:], data)
    with pytest.raises(DataError, match="another network"):
        published.network({"dense/kernel": np.zeros((3, 3), "f4")}, 50)


def test_stopped_half_way_leaves_nothing(wheel):
    class Stopping(JobContext):
        def progress(self, done, total, message=""):
            self.cancel()
            super().progress(done, total, message)

    with pytest.raises(Cancelled):
        published.get("musicnn", wheel, Stopping())
    assert left() == []


def fake_pip(folder: Path, text: str) -> str:
    """A Python whose pip does what ``text`` says."""
    file = folder / "python"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for pip")
def test_offline_and_without_pip_a_sentence_and_nothing_left(tmp_path, monkeypatch, wheel):
    said = "echo 'ERROR: No matching distribution found for musicnn==0.1.0'; exit 1"
    monkeypatch.setattr(sys, "executable", fake_pip(tmp_path, said))
    with pytest.raises(DataError, match=r"could not be downloaded \(No matching.*--from"):
        published.get("musicnn", None, JobContext())
    got = f'while [ "$1" != --dest ]; do shift; done; cp \'{wheel}\' "$2"'
    monkeypatch.setattr(sys, "executable", fake_pip(tmp_path, got))
    folder = tmp_path / "here"
    folder.mkdir()
    assert published._downloaded(folder, JobContext()).read_bytes() == wheel.read_bytes()
    slow = JobContext()
    slow.cancel()
    monkeypatch.setattr(sys, "executable", fake_pip(tmp_path, "exec sleep 60"))
    with pytest.raises(Cancelled):
        published.get("musicnn", None, slow)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(DataError, match="no pip"):
        published.get("musicnn", None, JobContext())
    assert left() == []
