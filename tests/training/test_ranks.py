"""Several processes on one training: the same command and recipe, started by torchrun."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from genredesk.core.errors import DataError
from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.training.fit import ranks


@pytest.mark.parametrize(
    ("changes", "world", "words"),
    [
        ({"devices": 2}, "1", "torchrun --nproc-per-node 2 -m genredesk train"),
        ({"nodes": 3, "devices": 4}, "1", "torchrun --nnodes 3 --nproc-per-node 4"),
        ({"devices": 4}, "2", "need 4 processes, and this is one of 2"),
        ({"devices": 0}, "1", "at least 1"),
        ({"devices": 2, "mode": "quick"}, "2", "use one device"),
        ({"devices": 2, "minutes": 1.0}, "2", "use one device"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(make_plan, monkeypatch, changes, world, words):
    monkeypatch.setenv("WORLD_SIZE", world)
    with pytest.raises(DataError, match=words):
        ranks.check(make_plan(**changes))


def test_a_lost_process_is_said_plainly(monkeypatch) -> None:
    wire = "[gloo/transport/tcp/pair.cc:553] Connection closed by peer [10.0.0.2]:21697. GLHF!"
    with pytest.raises(RuntimeError, match="GLHF"), ranks.together():
        raise RuntimeError(wire)  # alone: it is none of ours
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(DataError, match=r"\(10\.0\.0\.2\) has ended.*--resume"), ranks.together():
        raise RuntimeError(wire)
    with pytest.raises(RuntimeError, match="shapes"), ranks.together():
        raise RuntimeError("shapes differ")


@pytest.mark.skipif(sys.platform == "win32", reason="torchrun there needs a torch with libuv")
@pytest.mark.slow
def test_two_processes_make_one_bundle(toy_files, tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", "-m", "genredesk", "train", "--mels", str(toy_files[0])]
    command += ["--out", str(tmp_path / "out" / "two"), "--recipe", "net1", "--epochs", "4"]
    command += ["--batch", "8", "--devices", "2", "--device", "cpu", "--threads", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [e["event"] for e in events].count("done") == 1  # the second process says nothing
    epochs = [e for e in events if e["event"] == "epoch"]
    assert [e["epoch"] for e in epochs] == [1, 2, 3, 4]
    assert epochs[-1]["loss"] < epochs[0]["loss"]
    install.verify(bundles.load(tmp_path / "out" / "two"))
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"two", "two.run"}


ALIKE = """
import sys
from pathlib import Path

from safetensors.torch import save_file

from genredesk.nets import registry
from genredesk.nets.standardise import Standardised
from genredesk.training.data import mels, split
from genredesk.training.data.songs import labels_of
from genredesk.training.fit import ranks
from genredesk.training.fit.fit import fit
from genredesk.training.fit.run import FitRun
from genredesk.training.plan import recipe

arrays, table, out = sys.argv[1:]
data = mels.load(arrays, table)
net = Standardised(registry.get("vae").build(*data.spec.shape, 3), -50, 20)
rules = recipe.get("vae").replace(epochs=1, batch=8)
run = FitRun(net, data, split.automatic(data), labels_of(data), rules, accelerator="cpu", devices=2,
          task="generate")
fit(run)
learned = {name: p.detach().contiguous() for name, p in net.named_parameters()}
save_file(learned, Path(out, f"{ranks.rank()}.safetensors"))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="torchrun there needs a torch with libuv")
@pytest.mark.slow
def test_two_processes_teach_one_autoencoder(toy_files, tmp_path):
    script = tmp_path / "alike.py"
    script.write_text(ALIKE)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", str(script), *map(str, toy_files), str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=400, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr[-2000:]
    first, second = (load_file(tmp_path / f"{rank}.safetensors") for rank in range(2))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
