"""ImageNet weights: torchvision's names, checksums, wrong files, and fetching only when asked."""

from __future__ import annotations

import hashlib
import http.server
import pickle
import re
import threading
from pathlib import Path

import pytest
import torch

from genredesk.core.errors import Cancelled, DataError
from genredesk.core.job import JobContext
from genredesk.nets import imagenet, registry
from genredesk.nets.transfer import RANDOM

SHAPE = (3, 64, 48)
NETS = {"MobileNetV2": "mobilenet-v2", "DenseNet121": "densenet121"}
CLASSIFIER = {"MobileNetV2": ("classifier.1", 1280), "DenseNet121": ("classifier", 1024)}


def make(backbone, shape=SHAPE):
    return registry.get(NETS[backbone]).build(*shape, 10)


def torchvision_state(backbone, seed=1):
    """What torchvision's file of ``backbone`` holds: its features and its classifier."""
    torch.manual_seed(seed)
    net = make(backbone)
    state = {
        key: torch.rand_like(value) if value.is_floating_point() else value
        for key, value in net.state_dict().items()
        if key.startswith("features.")
    }
    layer, width = CLASSIFIER[backbone]
    return {**state, f"{layer}.weight": torch.rand(1000, width), f"{layer}.bias": torch.rand(1000)}


def saved(tmp_path: Path, state, stem: str) -> Path:
    """Save as torchvision does: the name carries the first digits of the hash."""
    draft = tmp_path / "draft"
    torch.save(state, draft)
    digest = hashlib.sha256(draft.read_bytes()).hexdigest()
    return draft.rename(tmp_path / f"{stem}-{digest[:8]}.pth")


# ---------------------------------------------------------------- names


def mobilenet_names():
    """Names of torchvision's ``mobilenet_v2().features``, written out from its plan."""
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")

    def layer(conv, bn):
        return [f"{conv}.weight", *(f"{bn}.{part}" for part in norm)]

    names = layer("0.0", "0.1")
    for block in range(1, 18):
        conv = f"{block}.conv"
        if block == 1:  # no expansion
            names += layer(f"{conv}.0.0", f"{conv}.0.1") + layer(f"{conv}.1", f"{conv}.2")
        else:
            names += layer(f"{conv}.0.0", f"{conv}.0.1") + layer(f"{conv}.1.0", f"{conv}.1.1")
            names += layer(f"{conv}.2", f"{conv}.3")
    return {f"features.{n}" for n in names + layer("18.0", "18.1")}


def densenet_names():
    """Names of torchvision's ``densenet121().features``, written out from its plan."""
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    convs = ["conv0"]
    norms = ["norm0", "norm5"]
    for block, layers in enumerate((6, 12, 24, 16), start=1):
        for i in range(1, layers + 1):
            at = f"denseblock{block}.denselayer{i}"
            convs += [f"{at}.conv1", f"{at}.conv2"]
            norms += [f"{at}.norm1", f"{at}.norm2"]
        if block < 4:
            convs.append(f"transition{block}.conv")
            norms.append(f"transition{block}.norm")
    names = [f"{conv}.weight" for conv in convs]
    return {f"features.{n}" for n in names + [f"{b}.{part}" for b in norms for part in norm]}


@pytest.mark.parametrize(
    ("backbone", "names"), [("MobileNetV2", mobilenet_names()), ("DenseNet121", densenet_names())]
)
def test_the_backbone_has_torchvisions_names(backbone, names):
    ours = {key for key in make(backbone).state_dict() if key.startswith("features.")}
    assert ours == names


@pytest.mark.parametrize(
    ("backbone", "name", "shape"),
    [
        ("MobileNetV2", "features.0.0.weight", (32, 3, 3, 3)),
        ("MobileNetV2", "features.1.conv.1.weight", (16, 32, 1, 1)),
        ("MobileNetV2", "features.2.conv.1.0.weight", (96, 1, 3, 3)),
        ("MobileNetV2", "features.18.0.weight", (1280, 320, 1, 1)),
        ("DenseNet121", "features.conv0.weight", (64, 3, 7, 7)),
        ("DenseNet121", "features.denseblock1.denselayer1.norm1.weight", (64,)),
        ("DenseNet121", "features.denseblock4.denselayer16.conv2.weight", (32, 128, 3, 3)),
        ("DenseNet121", "features.transition3.conv.weight", (512, 1024, 1, 1)),
    ],
)
def test_known_shapes(backbone, name, shape):
    assert tuple(make(backbone).state_dict()[name].shape) == shape


# ---------------------------------------------------------------- loading


@pytest.mark.parametrize("backbone", NETS)
def test_a_users_file_goes_in_and_freezes_the_backbone(tmp_path, backbone):
    state = torchvision_state(backbone)
    path = saved(tmp_path, state, imagenet.FILES[backbone][0].partition("-")[0])
    net = make(backbone)
    assert net.origin == RANDOM
    net.load_torchvision(path)
    assert net.origin == f"ImageNet ({path.name})"
    for key, value in net.state_dict().items():
        if key.startswith("features."):
            assert torch.equal(value, state[key]), key
    assert {n.partition(".")[0] for n, p in net.named_parameters() if not p.requires_grad} == {
        "features"
    }
    before = {k: v.clone() for k, v in net.features.state_dict().items()}
    net.train()
    net(torch.randn(4, *SHAPE))[0].sum().backward()
    assert net.training
    after = net.features.state_dict()
    assert all(torch.equal(after[k], before[k]) for k in before)  # batch norms stand still too
    assert net.dense.weight.grad is not None
    net.freeze(False)
    assert all(p.requires_grad for p in net.parameters())


def test_the_map_before_the_top_can_be_cached():
    net = make("MobileNetV2").eval()
    x = torch.randn(2, *SHAPE)
    with torch.inference_mode():
        for ours, theirs in zip(net.top(net.body(x)), net(x), strict=True):
            assert torch.equal(ours, theirs)


def test_old_files_split_their_names_and_count_no_steps(tmp_path):
    state = torchvision_state("DenseNet121")
    old = {
        re.sub(r"(denselayer\d+\.(?:norm|conv))([12])", r"\1.\2", key): value
        for key, value in state.items()
        if not key.endswith("num_batches_tracked")
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    net = make("DenseNet121")
    net.load_torchvision(saved(tmp_path, old, "densenet121"))
    name = "features.denseblock2.denselayer3.conv2.weight"
    assert torch.equal(net.state_dict()[name], state[name])


@pytest.mark.parametrize("n", [1, 2, 5])
def test_other_channel_counts_spread_the_first_kernel(n):
    state = torchvision_state("MobileNetV2")
    net = make("MobileNetV2", (n, 64, 48))
    net.load_torchvision(state)
    kernel = net.state_dict()["features.0.0.weight"]
    torch.testing.assert_close(kernel.sum(1), state["features.0.0.weight"].sum(1))
    assert net.origin == "ImageNet (given weights)"


# ---------------------------------------------------------------- wrong files


@pytest.mark.parametrize(("backbone", "other"), [tuple(NETS), tuple(reversed(NETS))])
def test_the_other_networks_weights_are_named(tmp_path, backbone, other):
    path = saved(tmp_path, torchvision_state(other), "weights")
    net = make(backbone)
    before = {k: v.clone() for k, v in net.state_dict().items()}
    with pytest.raises(DataError) as caught:
        net.load_torchvision(path)
    text = str(caught.value)
    assert path.name in text
    assert f"holds the weights of {other}, not {backbone}" in text
    assert imagenet.FILES[backbone][0] in text
    assert net.origin == RANDOM
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())


def test_a_strangers_weights_are_refused():
    with pytest.raises(DataError, match="weights of another network, not MobileNetV2"):
        make("MobileNetV2").load_torchvision({"layer1.weight": torch.zeros(3)})


@pytest.mark.parametrize("spoil", ["shape", "missing", "extra", "first"])
def test_weights_that_almost_fit_are_refused(spoil):
    state = torchvision_state("MobileNetV2")
    if spoil == "shape":
        state["features.3.conv.2.weight"] = torch.zeros(1)
    elif spoil == "missing":
        del state["features.3.conv.2.weight"]
    elif spoil == "extra":
        state["features.19.weight"] = torch.zeros(1)
    else:
        del state["features.0.0.weight"]
    net = make("MobileNetV2")
    with pytest.raises(DataError, match=r"do not fit MobileNetV2: features\.\d+\.\S+ is missing"):
        net.load_torchvision(state)
    assert net.origin == RANDOM
    assert not net.frozen


def test_a_damaged_download_is_noticed_by_its_name(tmp_path):
    path = saved(tmp_path, torchvision_state("MobileNetV2"), "mobilenet_v2")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"mobilenet_v2-\w+\.pth is damaged.*Download it again"):
        make("MobileNetV2").load_torchvision(path)


def test_a_given_checksum_counts_more_than_the_name(tmp_path):
    path = saved(tmp_path, torchvision_state("MobileNetV2"), "mobilenet_v2")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    make("MobileNetV2").load_torchvision(path, digest.upper())
    with pytest.raises(DataError, match="begins with"):
        make("MobileNetV2").load_torchvision(path, "0" * 64)


class Trap:
    def __reduce__(self):
        return (Path.touch, (Path("trap-was-sprung"),))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no weights"),
        (b"not a file of weights", "holds no weights"),
        (pickle.dumps({"features.0.0.weight": Trap()}), "holds no weights"),
        (None, "cannot be read"),
    ],
    ids=["empty", "text", "pickle", "missing"],
)
def test_what_is_no_weights_file_is_said_plainly(tmp_path, monkeypatch, content, sentence):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.pth"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=rf"mine\.pth {sentence}.*mobilenet_v2-b0353104\.pth"):
        make("MobileNetV2").load_torchvision(path)
    assert not (tmp_path / "trap-was-sprung").exists()


@pytest.mark.parametrize("value", [[1, 2], {"features.18.0.weight": 3}, torch.zeros(2)])
def test_a_file_without_a_table_is_refused(tmp_path, value):
    with pytest.raises(DataError, match="is not a table of weights"):
        make("MobileNetV2").load_torchvision(saved(tmp_path, value, "list"))


# ---------------------------------------------------------------- finding and fetching


@pytest.fixture
def site(tmp_path):
    """Serve a folder on this computer."""
    folder = tmp_path / "site"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_files_are_torchvisions():
    for names in imagenet.FILES.values():
        assert all(re.fullmatch(r"[a-z0-9_]+-[0-9a-f]{8}\.pth", name) for name in names)


def test_nothing_there_is_nothing_found():
    assert imagenet.find("DenseNet121") is None


def test_a_download_is_checked_kept_and_found(tmp_path, site, monkeypatch):
    folder, url = site
    path = saved(folder, torchvision_state("MobileNetV2"), "mobilenet_v2")
    monkeypatch.setitem(imagenet.FILES, "MobileNetV2", (path.name,))
    steps = []
    got = imagenet.download("MobileNetV2", JobContext(steps.append), url)
    assert got == imagenet.find("MobileNetV2") == imagenet.folder() / path.name
    assert got.read_bytes() == path.read_bytes()
    assert steps[-1].fraction == 1.0
    make("MobileNetV2").load_torchvision(got)


def test_a_damaged_download_is_not_kept(site, monkeypatch):
    folder, url = site
    (folder / "mobilenet_v2-00000000.pth").write_bytes(b"something else")
    monkeypatch.setitem(imagenet.FILES, "MobileNetV2", ("mobilenet_v2-00000000.pth",))
    with pytest.raises(DataError, match="arrived damaged"):
        imagenet.download("MobileNetV2", site=url)
    assert list(imagenet.folder().iterdir()) == []


def test_a_cancelled_download_is_not_kept(site, monkeypatch):
    folder, url = site
    (folder / "mobilenet_v2-00000000.pth").write_bytes(bytes(1 << 20))
    monkeypatch.setitem(imagenet.FILES, "MobileNetV2", ("mobilenet_v2-00000000.pth",))
    ctx = JobContext(lambda _: ctx.cancel())
    with pytest.raises(Cancelled):
        imagenet.download("MobileNetV2", ctx, url)
    assert list(imagenet.folder().iterdir()) == []


def test_without_the_file_or_a_connection_it_says_what_to_do(site):
    _, url = site
    for address in (url, "http://127.0.0.1:9/"):
        with pytest.raises(DataError) as caught:
            imagenet.download("DenseNet121", site=address)
        text = str(caught.value)
        assert "densenet121-a639ec97.pth cannot be downloaded" in text
        assert str(imagenet.folder()) in text
        assert "another computer" in text
    assert not imagenet.folder().exists() or list(imagenet.folder().iterdir()) == []


def test_a_download_without_end_is_cut_off(site, monkeypatch):
    folder, url = site
    (folder / "mobilenet_v2-b0353104.pth").write_bytes(bytes(1 << 20))
    monkeypatch.setattr(imagenet, "_LARGEST", 1 << 19)
    with pytest.raises(DataError, match="far more than"):
        imagenet.download("MobileNetV2", site=url)
    assert list(imagenet.folder().iterdir()) == []
