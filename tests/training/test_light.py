"""Without the extra ``train``: what works, what says what is missing, and how that is fetched.

The modules of the extra are hidden from processes that these tests start; ``make check-light`` does
the same in a virtual environment that never had them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from genredesk.core.errors import Cancelled, GenreDeskError
from genredesk.core.job import JobContext, Progress
from genredesk.core.packages import extras, pip
from genredesk.inference import bundle as bundles
from genredesk.inference.runtime import open_runtime
from genredesk.training.network import rebuild
from without_train import environment

MAY_NEED_TORCH = (
    *(
        f"genredesk.nets.{name}"
        for name in (
            "imagenet",
            "init",
            "joined",
            "layers",
            "network",
            "recurrent",
            "standardise",
            "transfer",
            "views",
            "zoo.",
        )
    ),
    "genredesk.training.batches.generate",
    "genredesk.training.batches.vary",
    "genredesk.training.batches.vocoder",
    "genredesk.training.batches.waveform_copies",
    "genredesk.training.export.export",
    "genredesk.training.export.speed",
    "genredesk.training.export.quantise",
    "genredesk.training.fit.checkpoint",
    "genredesk.training.fit.fit",
    "genredesk.training.fit.learner",
    "genredesk.training.fit.optim",
    "genredesk.training.fit.precision",
    "genredesk.training.fit.recogniser",
    "genredesk.training.fit.teachers",
    "genredesk.training.fit.waveform",
    "genredesk.training.network.half",
    "genredesk.training.network.pretrained",
    "genredesk.training.network.rebuild",
    "genredesk.training.runs.crossval",
    "genredesk.training.runs.papers.time_left",
    "genredesk.training.runs.papers.units",
    "genredesk.training.runs.prepare",
    "genredesk.training.runs.probe_network",
    "genredesk.training.runs.published",
    "genredesk.training.runs.reproduce",
    "genredesk.training.runs.search",
    "genredesk.training.runs.train",
)
"""The contract: all else of GenreDesk is imported where torch and its companions are not."""

IMPORT_ALL = """
import importlib, json, pkgutil, sys
import genredesk

def every(package):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        yield module.name
        if module.ispkg:
            yield from every(importlib.import_module(module.name))

failed = {}
for name in every(genredesk):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        failed[name] = error.name
print(json.dumps(failed))
"""


@pytest.fixture(scope="module")
def light(tmp_path_factory) -> dict[str, str]:
    """The environment of a program without the extra, with a home of its own."""
    place = tmp_path_factory.mktemp("light")
    home = {"GENREDESK_HOME": str(place / "home"), "QT_QPA_PLATFORM": "offscreen"}
    return {**environment(place / "hidden"), **home}


def run(light: dict[str, str], *words: str | Path, status: int = 0) -> str:
    """Run a command in it and return what it printed; else what went wrong."""
    done = subprocess.run(
        [sys.executable, "-m", "genredesk", *map(str, words)],
        env=light, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == status, done.stderr[-3000:]
    return done.stdout if status == 0 else done.stderr


def every(light: dict[str, str], *commands: list[str | Path]) -> str:
    """Run commands one after another in one process of it; return what they printed."""
    code = "import json, sys; from genredesk.__main__ import main\n"
    code += "for words in json.loads(sys.argv[1]):\n    assert main(words) == 0, words"
    words = json.dumps([[str(word) for word in command] for command in commands])
    done = subprocess.run(
        [sys.executable, "-c", code, words],
        env=light, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_nothing_but_what_trains_whole_networks_needs_torch(light):
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL],
        env=light, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    failed = json.loads(done.stdout)
    optional = {name for name, lacks in failed.items() if lacks not in extras.MODULES}
    surprising = {n for n in failed if not n.startswith(MAY_NEED_TORCH)} - optional
    assert not surprising, {name: failed[name] for name in surprising}
    needless = [n for n in MAY_NEED_TORCH if not any(f.startswith(n) for f in failed)]
    assert not needless, "these do without by now"


def test_quick_training_without_torch_makes_a_whole_bundle(light, folder, tmp_path):
    out = tmp_path / "mine"
    told = run(light, "train", folder, "--quick", "--out", out, "--json")
    assert json.loads(told.splitlines()[-1])["event"] == "done"
    made = bundles.load(out)
    assert made.card.network == "live+edge"
    net = rebuild.network_of(made)  # the weights are those of the graph, and all are there
    assert made.card.parameters == sum(p.numel() for p in net.parameters())
    x = np.random.default_rng(1).normal(-30, 20, (4, 1, 128, 39)).astype(np.float32)
    runtime = open_runtime(made, "cpu")
    logits, embedding = runtime.run(x)
    runtime.close()
    with torch.no_grad():
        expected = [t.numpy() for t in net(torch.from_numpy(x))]
    np.testing.assert_allclose(logits, expected[0], atol=1e-4)
    np.testing.assert_allclose(embedding, expected[1], atol=1e-4)
    song = min(folder.rglob("*.wav"))
    said = every(
        light,
        ["models", "check", out],
        ["classify", song, "--bundle", out],
        ["scan", folder / song.parent.name, "--bundle", out, "--workers", "1"],
        ["organize", "--action", "move", "--to", tmp_path / "sorted"],
        ["listen", song, "--bundle", out, "--plain"],
        ["evaluate", folder, "--bundle", out],
    )
    assert "files, shapes and answers are as its card says" in said
    assert f"sorted/{song.parent.name}" in said.casefold()


@pytest.mark.parametrize(
    "words",
    [
        ("train", "{folder}", "--out", "{out}"),
        ("networks", "live"),
        ("models", "get", "musicnn"),
    ],
)
def test_what_needs_the_extra_says_so_in_a_sentence(light, folder, tmp_path, words):
    places = {"folder": folder, "out": tmp_path / "made"}
    said = run(light, *(word.format(**places) for word in words), status=1)
    assert "Full training is not installed (torch is missing)" in said
    assert "genredesk extras install" in said
    assert "Traceback" not in said
    assert not (tmp_path / "made").exists()


# ---------------------------------------------------------------- fetching it


def wheel(place: Path, name: str, code: str) -> None:
    """Write a wheel of one module."""
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(place / f"{name}-1.0-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}.py", code)
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n")


@pytest.fixture
def index(tmp_path, monkeypatch) -> Path:
    """A folder of wheels in place of the package index, and a home of one's own."""
    place = tmp_path / "wheels"
    place.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(place))
    monkeypatch.setenv("GENREDESK_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(extras, "MODULES", frozenset({"gd_learns"}))
    return place


def left() -> list[str]:
    place = extras.folder().parent
    return sorted(p.name for p in place.iterdir()) if place.is_dir() else []


def test_it_is_fetched_whole_into_a_folder_of_its_own(index):
    wheel(index, "gd_learns", "import numpy\nLEARNS = True\n")
    assert extras.missing() == ["gd_learns"]
    told: list[Progress] = []
    assert extras.install(JobContext(told.append), ["gd_learns", "numpy>=2"]) == extras.folder()
    assert extras.missing() == []
    assert left() == [extras.folder().name]
    names = {path.name for path in extras.folder().iterdir()} - {"__pycache__"}
    assert names == {"gd_learns.py", "gd_learns-1.0.dist-info"}, "numpy is there already"
    assert sys.path[-1] == str(extras.folder())
    assert told[-1].message == "checking what was installed"
    assert extras.remove()
    assert left() == []


@pytest.mark.parametrize("how", ["broken", "absent", "offline", "cancelled", "no pip"])
def test_what_does_not_work_out_leaves_nothing_and_is_said(index, monkeypatch, how):
    ctx, words, kind = JobContext(), "could not be installed", GenreDeskError
    if how == "broken":
        wheel(index, "gd_learns", "import gd_no_such_module\n")
        words = "cannot be imported.*gd_no_such_module.*Nothing was changed"
    elif how == "offline":
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
        monkeypatch.setenv("PIP_RETRIES", "0")
        words = "connect to the internet and try again"
    elif how == "cancelled":
        ctx.cancel()
        words, kind = "Stopped", Cancelled
    elif how == "no pip":
        monkeypatch.setattr(pip, "there", lambda: False)
        words, kind = "has no pip to install it with", extras.MissingExtra
    with pytest.raises(kind, match=words):
        extras.install(ctx, ["gd_learns"])
    assert left() == []
    assert extras.missing() == ["gd_learns"]
