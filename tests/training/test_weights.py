"""ImageNet weights in a training: taken when given, refused when foreign, never fetched unasked."""

from __future__ import annotations

import hashlib
import json
import urllib.error

import pytest
import torch

from genredesk.__main__ import main
from genredesk.core.errors import DataError
from genredesk.nets import imagenet, registry
from genredesk.training.network import pretrained, rebuild
from genredesk.training.runs import crossval, reproduce
from genredesk.training.runs.messages import NoteEvent, SplitEvent
from genredesk.training.runs.session import Session
from genredesk.training.runs.train import train

NETS = {"mobilenet-v2": "MobileNetV2", "densenet121": "DenseNet121"}


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Whoever fetches something fails."""

    def fetched(*_args, **_words):
        raise AssertionError("something was downloaded")

    monkeypatch.setattr(imagenet.urllib.request, "urlopen", fetched)


def weights_file(folder, network):
    """A file named, shaped and signed as torchvision's."""
    torch.manual_seed(5)
    net = registry.get(network).build(3, 64, 48, 10)
    state = {k: v for k, v in net.state_dict().items() if k.startswith("features.")}
    draft = folder / "draft"
    torch.save(state, draft)
    digest = hashlib.sha256(draft.read_bytes()).hexdigest()
    stem = imagenet.FILES[NETS[network]][0].partition("-")[0]
    return draft.rename(folder / f"{stem}-{digest[:8]}.pth"), state


@pytest.mark.slow
def test_given_weights_are_read_once_taken_kept_and_said(make_plan, tmp_path, monkeypatch):
    path, state = weights_file(tmp_path, "mobilenet-v2")
    notes, reads, read = [], [], imagenet.read
    monkeypatch.setattr(imagenet, "read", lambda p, *rest: reads.append(p) or read(p, *rest))

    def tell(event):
        if isinstance(event, NoteEvent):
            notes.append(event.text)

    plan = make_plan("cnn", network="mobilenet-v2", weights=str(path), epochs=1)
    made = train(plan, Session(tell=tell))
    after = rebuild.network_of(made.bundle).net.state_dict()
    name = "features.18.0.weight"
    torch.testing.assert_close(after[name], state[name])
    assert f"MobileNetV2 begins with ImageNet ({path.name}) and is frozen." in notes
    assert f"ImageNet ({path.name})" in made.bundle.card.notes
    assert reads == [path]


def test_without_weights_it_says_so(make_plan):
    notes = []

    class EnoughError(Exception):
        """The note came."""

    def tell(event):
        if isinstance(event, NoteEvent):
            notes.append(event.text)
            if "begins with" in event.text:
                raise EnoughError

    with pytest.raises(EnoughError):
        train(make_plan("cnn", network="densenet121", epochs=1), Session(tell=tell))
    assert notes[-1] == (
        "DenseNet121 begins with random initialisation (no ImageNet weights were given)."
    )


@pytest.mark.parametrize(("network", "other"), [tuple(NETS), tuple(reversed(NETS))])
def test_the_other_networks_file_is_named(make_plan, tmp_path, network, other):
    path, _ = weights_file(tmp_path, other)
    plan = make_plan("cnn", network=network, weights=str(path))
    words = f"{path.name} holds the weights of {NETS[other]}, not {NETS[network]}"
    with pytest.raises(DataError, match=words):
        train(plan)
    assert not list((tmp_path / "out").glob("cnn/*"))


def test_damaged_file_is_named(make_plan, tmp_path):
    path, _ = weights_file(tmp_path, "mobilenet-v2")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=f"{path.name} is damaged"):
        train(make_plan("cnn", network="mobilenet-v2", weights=str(path)))


def test_asked_for_weights_are_taken_from_the_folder(make_plan, monkeypatch):
    path = imagenet.folder() / imagenet.FILES["MobileNetV2"][0]
    path.parent.mkdir(parents=True)
    file, _ = weights_file(path.parent, "mobilenet-v2")
    monkeypatch.setitem(imagenet.FILES, "MobileNetV2", (file.name,))
    taken = []
    monkeypatch.setattr(imagenet, "read", lambda p, *_: taken.append(p) or stop())

    def stop():
        raise DataError("far enough")

    with pytest.raises(DataError, match="far enough"):
        train(make_plan("cnn", network="mobilenet-v2", imagenet=True))
    assert taken == [file]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"network": "net1", "weights": "any.pth"}, "takes no ImageNet weights"),
        ({"network": "mobilenet-v2", "weights": "no/such.pth"}, "such.pth cannot be read"),
        ({"mode": "quick", "bundle": "x", "imagenet": True}, "Leave ImageNet's out"),
        ({"weights": "any.pth", "imagenet": True}, "not both"),
        ({"network": "densenet121", "weights": "no/such.pth"}, "begins at random"),
        ({"recipe": "secret"}, "no recipe named secret"),
        ({"device": "abacus"}, "no device named abacus"),
    ],
)
def test_weights_that_cannot_be_meant(make_plan, changes, word):
    def tell(event):
        assert not isinstance(event, SplitEvent), "songs were read first"

    with pytest.raises(DataError, match=word):
        train(make_plan("cnn", **changes), Session(tell=tell))


# ------------------------------------------------------------ cross-validation and the papers


def test_cross_validation_begins_with_them_and_says_so(toy_files, tmp_path, monkeypatch, capsys):
    path, state = weights_file(tmp_path, "mobilenet-v2")
    seen, fit = [], crossval.fit

    def first_epoch(run):
        seen.append(run.net.net.state_dict()["features.18.0.weight"].clone())
        assert not run.net.net.features[0][0].weight.requires_grad
        return fit(run)

    monkeypatch.setattr(crossval, "fit", first_epoch)
    words = ["crossval", "--mels", str(toy_files[0]), "--network", "mobilenet-v2", "--folds", "2"]
    words += ["--epochs", "1", "--threads", "1", "--device", "cpu", "--weights", str(path)]
    assert main([*words, "--json"]) == 0
    said = capsys.readouterr()
    sentence = f"MobileNetV2 begins with ImageNet ({path.name}) and is frozen."
    assert json.loads(said.out)["begins"] == sentence
    assert said.err.count(sentence) == 1
    assert len(seen) == 2
    for kernel in seen:
        torch.testing.assert_close(kernel, state["features.18.0.weight"])


def test_each_file_goes_to_the_network_it_fits(tmp_path):
    for network in NETS:
        (tmp_path / network).mkdir()
    files = [weights_file(tmp_path / network, network)[0] for network in reversed(NETS)]
    specs = [registry.get(name) for name in ("kth-mel", *NETS)]
    given = pretrained.for_each(specs, [str(path) for path in files])
    assert {name: one.name for name, one in given.items()} == {
        name: path.name for name, path in zip(reversed(NETS), files, strict=True)
    }
    assert pretrained.for_each(specs) == {}


def test_rows_of_a_paper_begin_with_the_weights_given(toy, tmp_path, monkeypatch, capsys):
    path, _ = weights_file(tmp_path, "mobilenet-v2")
    begun = []

    def trained(trial, *_):
        begun.append((trial.network, trial.pretrained and trial.pretrained.name))
        raise DataError("far enough")

    monkeypatch.setattr(crossval, "trained", trained)
    monkeypatch.setattr(reproduce._Reproduction, "songs", lambda *_: toy(8))
    words = ["reproduce", "002", "--gtzan", "folder", "--epochs", "1", "--weights", str(path)]
    assert main([*words, "--out", str(tmp_path / "a"), "--only", "mobilenet-v2"]) == 1
    rows = ["--only", "kth-mel", "--only", "mobilenet-v2"]
    assert main([*words, "--out", str(tmp_path / "b"), *rows]) == 1
    assert begun == [("mobilenet-v2", path.name), ("kth-mel", None)]
    assert "far enough" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["crossval", "reproduce"])
@pytest.mark.parametrize(
    "case",
    [
        ("densenet121", ["--weights", "MOBILENET"], "weights of MobileNetV2, not DenseNet121"),
        ("mobilenet-v2", ["--weights", "no/such.pth"], "such.pth cannot be read"),
        ("kth-mel", ["--weights", "MOBILENET"], "takes no ImageNet weights"),
        ("kth-mel", ["--imagenet"], "takes no ImageNet weights"),
        ("mobilenet-v2", ["--imagenet"], "Connect to the internet, or get the file"),
    ],
)
def test_commands_refuse_before_songs_are_read(command, case, tmp_path, monkeypatch, capsys):
    network, rest, word = case

    def offline(*_args, **_words):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(imagenet.urllib.request, "urlopen", offline)
    path, _ = weights_file(tmp_path, "mobilenet-v2")
    rest = [str(path) if part == "MOBILENET" else part for part in rest]
    words = {
        "crossval": ["--mels", "no/songs.npz", "--network", network],
        "reproduce": ["002", "--gtzan", "no/songs", "--only", network],
    }[command]
    assert main([command, *words, *rest]) == 1
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said
