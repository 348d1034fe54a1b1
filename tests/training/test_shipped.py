"""The bundles in ``models/``: whole, small, honest, and deaf to level."""

from __future__ import annotations

import numpy as np
import pytest

import train_shipped
from genredesk.cli import _models
from genredesk.core import paths
from genredesk.features import frontend
from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.inference.runtime import golden, open_runtime
from genredesk.inference.runtime.onnx import OnnxRuntime
from genredesk.training.data import mels
from genredesk.training.evaluation import measure
from genredesk.training.network import rebuild

IDS = sorted(path.parent.name for path in paths.shipped_models_dir().glob("*/card.json"))


@pytest.fixture(params=IDS)
def bundle(request):
    return bundles.load(paths.shipped_models_dir() / request.param)


def test_every_bundle_has_its_plan_and_ours_is_the_default():
    assert set(IDS) <= set(train_shipped.BUNDLES)
    assert {"genredesk-live", "net1", "edge-cnn"} <= set(IDS)
    assert bundles.default_bundle().id == "genredesk-live"


def test_unknown_bundle_is_refused_before_anything_is_trained(tmp_path, monkeypatch, capsys):
    words = ["train_shipped", "--mels", str(tmp_path / "none.npz"), "net1", "net9"]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit):
        train_shipped.main()
    assert "there is no shipped bundle net9" in capsys.readouterr().err


def test_all_of_them_are_small():
    files = [p for p in paths.shipped_models_dir().rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) <= 25e6


def test_nothing_tells_where_it_was_made(bundle):
    for name in bundle.card.files:
        data = bundle.read(name)
        assert b"site-packages" not in data
        assert b"genredesk/nets" not in data


def test_it_is_whole_and_its_card_is_honest(bundle):
    install.verify(bundle)
    card = bundle.card
    assert "GTZAN" in card.data
    assert "copyright" in card.data
    assert "chosen on valid" in card.split
    for name in ("song", "window"):
        low, high = card.accuracy[name].interval
        assert low < card.accuracy[name].value < high
        assert card.accuracy[name].n > 100
    assert 0.1 < card.unsure_below < 0.9
    assert card.labels == tuple(sorted(card.labels))


def test_torch_weights_answer_as_the_graph(bundle):
    import torch

    spec = bundle.card.frontend
    sound = golden.signal(spec.window_samples, spec.sample_rate)
    features = frontend.window(spec, sound)[None]
    with torch.inference_mode():
        logits, _ = rebuild.network_of(bundle)(torch.from_numpy(features))
    np.testing.assert_allclose(logits[0], bundle.card.golden.logits, atol=1e-3)


def test_torch_runtime_names_as_the_processor(bundle):
    """As the command line builds it, on torch's processor, the device that is everywhere."""
    spec = bundle.card.frontend
    sound = golden.signal(spec.window_samples, spec.sample_rate)
    features = frontend.window(spec, sound)[None]
    torch_runtime = open_runtime(bundle, "torch:cpu", build=_models.build)
    assert torch_runtime.device == "cpu (torch)", torch_runtime.why
    logits, _ = torch_runtime.run(features)
    torch_runtime.close()
    np.testing.assert_allclose(logits[0], bundle.card.golden.logits, atol=1e-3)


@pytest.mark.parametrize("gain_db", [-20.0, 14.0])
def test_level_alone_changes_nothing(bundle, gain_db):
    spec = bundle.card.frontend
    sound = golden.signal(spec.window_samples, spec.sample_rate)
    louder = sound * np.float32(10 ** (gain_db / 20))
    for form in (name for name in bundle.card.files if name.endswith(".onnx")):
        runtime = OnnxRuntime(bundle.path / form, bundle.card)
        one, two = (runtime.run(frontend.window(spec, s)[None])[0] for s in (sound, louder))
        runtime.close()
        # what is on the edge between two of 256 steps may go either way
        np.testing.assert_allclose(one, two, atol=5e-3 if form == bundles.MODEL else 0.1)


def test_card_tells_what_is_measured_again(data_dir):
    """A network on the held-back songs: the card's own numbers come out.

    The default one was fitted again on them too, so it is asked of a paper's.
    """
    bundle = bundles.load(paths.shipped_models_dir() / "edge-cnn")
    data = mels.load(data_dir / "gtzan-mel" / "mels.npz")
    runtime = open_runtime(bundle, "cpu")
    result, _ = measure.measure(bundle, runtime, data, part="valid")
    runtime.close()
    for name, key, rule in (("song", "songs", "sum"), ("window", "windows", "accuracy")):
        said = bundle.card.accuracy[name]
        assert result[key]["n"] == said.n
        assert result[key][rule] == pytest.approx(said.value, abs=0.006)
