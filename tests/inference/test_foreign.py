"""Models from elsewhere: what is imported answers as its graphs do; what cannot be is said why."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import foreign_kit as kit
import numpy as np
import onnx
import pytest
import soundfile
from onnx import TensorProto, helper

from genredesk.core import atomic, paths
from genredesk.core.certainty import Strength
from genredesk.core.errors import BundleError
from genredesk.core.job import JobContext
from genredesk.features import frontend
from genredesk.features.foreign import FRONTENDS
from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.inference.foreign import importing
from genredesk.inference.foreign.importing import Wanted
from genredesk.inference.runtime import open_runtime
from genredesk.inference.scorer import BundleScorer
from genredesk.inference.timeline import result_as_dict
from genredesk.inference.track import analyse_track

MOODS = ("calm", "epic", "dark")


def left() -> list[str]:
    root = paths.user_models_dir()
    return sorted(p.name for p in root.iterdir()) if root.exists() else []


@pytest.fixture
def family(tmp_path, home):
    """A model and two heads on its embedding."""
    heads = [
        kit.head(tmp_path, "mood_happy-discogs-effnet-1", ("happy", "non_happy"), "Softmax"),
        kit.head(tmp_path, "moods-discogs-effnet-1", MOODS, "Sigmoid"),
    ]
    return kit.effnet(tmp_path), heads


def run(file: Path, values: np.ndarray) -> list[np.ndarray]:
    import onnxruntime as ort

    session = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: values})


def test_a_model_and_its_heads_are_one_bundle_that_answers_as_they_do(family, tmp_path):
    model, heads = family
    bundle = importing.import_together([heads[0], model, heads[1]])[0]
    card = bundle.card
    assert card.id == "discogs-effnet-bsdynamic-1"
    assert card.task == "several"
    assert card.labels == (*kit.STYLES, "happy", *MOODS)
    assert card.words[len(card.labels) :] == ("Electronic", "Rock", "Jazz", "Hip Hop")
    assert card.frontend == FRONTENDS["effnet-mel"]
    assert "not measured here: ROC-AUC 0.95" in card.notes
    assert card.accuracy == {}
    assert "CC BY-NC-SA" in card.licence
    assert "404 words under 4 parents" in importing.describe(bundle)

    spec = card.frontend
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.1, spec.window_samples).astype("f4")
    features = np.stack([frontend.window(spec, sound), frontend.window(spec, 0.1 * sound)])
    runtime = open_runtime(bundle)
    logits, embedding = runtime.run(features)
    activations, expected = run(model, features[:, 0].transpose(0, 2, 1).copy())
    np.testing.assert_allclose(embedding, expected, rtol=1e-5, atol=1e-4)
    p = card.probabilities(logits)
    np.testing.assert_allclose(p[:, :400], activations, atol=1e-5)
    np.testing.assert_allclose(p[:, 400], run(heads[0], expected)[0][:, 0], atol=1e-4)
    np.testing.assert_allclose(p[:, 401:404], run(heads[1], expected)[0], atol=1e-5)
    graph = onnx.load_model_from_string(bundle.read(bundles.MODEL))
    assert sum(node.op_type == "Relu" for node in graph.graph.node) == 1  # the body stands once
    install.verify(bundle)

    song = tmp_path / "song.wav"
    soundfile.write(song, np.tile(sound, 4), spec.sample_rate)
    result = analyse_track(song, bundle, runtime, JobContext(), hop_s=0.5)
    assert len(result.scores) >= 12
    assert result.decision.labels == card.words
    assert result.decision.state is Strength.SURE
    holds = set(result.decision.named) | set(result.decision.also)
    parents = {label.partition("---")[0] for label in holds if "---" in label}
    assert len(holds) > 3
    assert not parents & holds  # a parent only where no child is sure
    assert result_as_dict(result)["decision"]["also"] == list(result.decision.also)
    factory = BundleScorer.of(bundle)
    assert factory.hop_s == pytest.approx(62 * 256 / 16000)
    assert factory.labels == card.words
    runtime.close()
    again = install.import_(bundles.export(bundle, tmp_path / "out"))
    assert again.card.labels == card.labels


def test_an_embedding_alone_needs_a_head_and_a_softmax_stays_one_of_many(tmp_path, home):
    nodes = [helper.make_node("ReduceMean", ["mel"], ["embeddings"], axes=[1], keepdims=0)]
    body = kit.save(
        tmp_path / "vggish.onnx", nodes, {}, ("mel", ["n", 96, 64]), {"embeddings": ["n", 64]}
    )
    kit.describe(body, (), "TensorflowPredictVGGish", "")
    with pytest.raises(BundleError, match=r"vggish\.onnx: it gives an embedding, but names"):
        importing.import_model(body)
    head = kit.head(tmp_path, "genre-vggish", ("rock", "jazz", "folk"), "Softmax", 64)
    bundle = importing.import_model(body, [head])
    assert bundle.card.task == "one"
    assert bundle.card.frontend == FRONTENDS["essentia-vggish-mel"]
    assert bundle.card.labels == ("rock", "jazz", "folk")
    with pytest.raises(BundleError, match="takes another model's embedding"):
        importing.import_together([head])
    assert left() == ["vggish"]


def test_our_own_json_names_the_front_end(tmp_path, home):
    weight = np.random.default_rng(0).normal(size=(8000, 3)).astype("f4")
    nodes = [helper.make_node("MatMul", ["sound", "w"], ["predictions"])]
    file = kit.save(
        tmp_path / "Wave Net.onnx", nodes, {"w": weight}, ("sound", ["n", 8000]),
        {"predictions": ["n", 3]},
    )  # fmt: skip
    about = {
        "title": "Wave", "license": "MIT", "classes": ["a", "b", "c"], "task": "several",
        "frontend": {"kind": "waveform", "sample_rate": 8000, "samples": 8000},
    }  # fmt: skip
    file.with_suffix(".json").write_text(json.dumps(about), encoding="utf-8")
    bundle = importing.import_model(file)
    assert (bundle.id, bundle.card.title, bundle.card.licence) == ("wave-net", "Wave", "MIT")
    sound = np.random.default_rng(1).normal(0, 0.01, 8000).astype("f4")
    runtime = open_runtime(bundle)
    logits, _ = runtime.run(frontend.window(bundle.card.frontend, sound)[None])
    np.testing.assert_allclose(logits[0], sound @ weight, rtol=1e-3, atol=1e-4)
    runtime.close()
    file.with_suffix(".json").write_text(json.dumps({**about, "frontend": "nomel"}))
    with pytest.raises(BundleError, match=r"Wave Net\.json: there is no front end “nomel”. Choose"):
        importing.import_model(file)
    file.with_suffix(".json").unlink()
    with pytest.raises(BundleError, match=r"how sound becomes its input is not said.*--frontend"):
        importing.import_model(file)


def test_only_what_nobody_says_is_asked_for(tmp_path, home):
    model = kit.effnet(tmp_path, "mine")
    model.with_suffix(".json").unlink()  # 128 x 96 is one front end's alone
    with pytest.raises(BundleError, match=r"what its outputs mean is not said|names nothing"):
        importing.import_model(model)
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(kit.STYLES), encoding="utf-8")
    bundle = importing.import_model(model, wanted=Wanted("Mine", labels=labels, sure=0.5))
    assert (bundle.card.title, bundle.card.unsure_below) == ("Mine", 0.5)
    assert bundle.card.licence == "not stated by its publisher"


def test_half_precision_is_taken(tmp_path, home):
    kind = TensorProto.FLOAT16
    bundle = importing.import_model(kit.effnet(tmp_path, dtype=np.float16, kind=kind))
    assert bundle.card.golden is not None


def other_json(folder: Path) -> Path:
    model = kit.effnet(folder)
    kit.describe(model, kit.STYLES[:300], "TensorflowPredictEffnetDiscogs", "Sigmoid")
    return model


def not_json(folder: Path) -> Path:
    model = kit.effnet(folder)
    model.with_suffix(".json").write_text("<html>", encoding="utf-8")
    return model


def cut(folder: Path) -> Path:
    model = kit.effnet(folder)
    model.write_bytes(model.read_bytes()[:100_000])
    return model


def huge(folder: Path) -> Path:
    model = kit.effnet(folder)
    with model.open("r+b") as file:
        file.truncate(2 << 30)  # a hole: it takes no room
    return model


def outside(folder: Path) -> Path:
    model = kit.effnet(folder)
    proto = onnx.load(model)
    tensor = proto.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    tensor.ClearField("raw_data")
    model.write_bytes(proto.SerializeToString())
    return model


def own_operator(folder: Path) -> Path:
    model = kit.effnet(folder, domains=[helper.make_opsetid("my.own", 1)])
    proto = onnx.load(model)
    proto.graph.node[2].domain = "my.own"
    model.write_bytes(proto.SerializeToString())
    return model


BAD = {
    "another JSON": (other_json, "names 300 labels, but its graph answers 400. Get the JSON"),
    "no JSON": (not_json, r"\.json: it is not JSON. Get it again"),
    "broken off": (cut, "it is no ONNX graph, or only a part of one. Get it again"),
    "2 GB": (huge, "it is larger than 1 GB"),
    "external data": (outside, r"another file\. Export it again with all its weights in one"),
    "custom operators": (own_operator, "needs operators of “my.own”"),
    "not a number": (lambda f: kit.effnet(f, end="Log"), "not a number|several of its|may hold"),
    "fixed batch": (lambda f: kit.effnet(f, batch=64), "exactly 64 windows at once.*bsdynamic"),
    "other shape": (lambda f: kit.effnet(f, frames=100), r"128 frames. Its JSON may be another"),
    "opset too new": (lambda f: kit.effnet(f, opset=90), "version of ONNX that is not read here"),
    "no such file": (lambda f: f / "nothing.onnx", "no such file"),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(BAD))
def test_what_cannot_be_imported_is_said_and_leaves_nothing(case, tmp_path, home):
    make, words = BAD[case]
    file = make(tmp_path)
    with pytest.raises(BundleError, match=words) as raised:
        importing.import_together([file])
    assert str(raised.value).startswith(file.stem)
    assert left() == []


def test_nan_is_found_by_the_golden_signal(tmp_path, home):
    weight = np.full((96, 2), np.nan, np.float32)
    nodes = [
        helper.make_node("ReduceMean", ["m"], ["e"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["e", "w"], ["s"]),
        helper.make_node("Softmax", ["s"], ["activations"]),
    ]
    file = kit.save(
        tmp_path / "nan.onnx",
        nodes,
        {"w": weight},
        ("m", ["n", 128, 96]),
        {"activations": ["n", 2]},
    )
    kit.describe(file, ("a", "b"), "TensorflowPredictEffnetDiscogs", "Softmax")
    with pytest.raises(BundleError, match=r"^nan\.onnx: model\.onnx.*not a number"):
        importing.import_model(file)
    assert left() == []


def test_a_head_of_another_body_and_no_room_are_said(family, tmp_path, monkeypatch):
    model, _ = family
    odd = kit.head(tmp_path, "odd", ("a", "b"), "Softmax", 200)
    with pytest.raises(BundleError, match=r"odd\.onnx: it takes \[None, 200\].*has 1280 numbers"):
        importing.import_model(model, [odd])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic, "write_bytes", full)
    with pytest.raises(BundleError, match="No space left on device"):
        importing.import_model(model)
    assert left() == []
