"""ImageNet weights in a training: taken when given, refused when foreign, never fetched unasked."""

from __future__ import annotations

import hashlib

import pytest
import torch

from genredesk.core.errors import DataError
from genredesk.nets import imagenet, registry
from genredesk.training import rebuild
from genredesk.training.session import Session
from genredesk.training.train import train

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


def test_given_weights_are_read_once_taken_kept_and_said(make_plan, tmp_path, monkeypatch):
    path, state = weights_file(tmp_path, "mobilenet-v2")
    notes, reads, read = [], [], imagenet.read
    monkeypatch.setattr(imagenet, "read", lambda p, *rest: reads.append(p) or read(p, *rest))

    def tell(event, data):
        if event == "note":
            notes.append(data["text"])

    plan = make_plan("cnn", network="mobilenet-v2", weights=str(path), epochs=1)
    made = train(plan, Session(tell=tell))
    after = rebuild.network_of(made.bundle).net.state_dict()
    name = "features.18.0.weight"
    torch.testing.assert_close(after[name], state[name])
    assert f"MobileNetV2 begins with ImageNet ({path.name})." in notes
    assert f"ImageNet ({path.name})" in made.bundle.card.notes
    assert reads == [path]


def test_without_weights_it_says_so(make_plan):
    notes = []

    class EnoughError(Exception):
        """The note came."""

    def tell(event, data):
        if event == "note":
            notes.append(data["text"])
            raise EnoughError

    with pytest.raises(EnoughError):
        train(make_plan("cnn", network="densenet121", epochs=1), Session(tell=tell))
    assert notes == [
        "DenseNet121 begins with random initialisation (no ImageNet weights were given)."
    ]


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
    monkeypatch.setattr(
        "genredesk.training.prepare.imagenet.read", lambda p, *_: taken.append(p) or stop()
    )

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
    def tell(event, _data):
        assert event != "split", "songs were read first"

    with pytest.raises(DataError, match=word):
        train(make_plan("cnn", **changes), Session(tell=tell))
