"""One real epoch of every network on a folder of labelled music, through the commands.

python -m benchmarks._epochs FOLDER                    # all networks
python -m benchmarks._epochs FOLDER vae densenet121    # these only
python -m benchmarks._epochs FOLDER densenet121 --songs 3   # so many songs of each genre

Each is trained with its own front end and recipe, evaluated, exported, loaded again and asked about
a demo piece; a Markdown row is printed for each. Nothing else is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.table import best_of
from genredesk.cli import _demo
from genredesk.inference import bundle as bundles
from genredesk.inference.runtime import CPU, open_runtime
from genredesk.nets import registry
from genredesk.training import rebuild

HEAD = (
    "| network | front end | parameters | songs | s per epoch | windows right | songs right "
    "| ms per window, ONNX | torch | a demo is |\n"
    "|---|---|---:|---:|---:|---:|---:|---:|---:|---|"
)


def _command(*words: str) -> list[dict[str, Any]]:
    """Run ``genredesk`` and return what it wrote, one object a line."""
    env = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(
        [sys.executable, "-m", "genredesk", *words, "--json"],
        stdout=subprocess.PIPE, env=env, check=False, text=True,
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode:
        raise SystemExit(f"genredesk {' '.join(words)}: {answers[-1:]}")
    return answers


def _some(folder: Path, songs: int, place: Path) -> Path:
    """Copy the first ``songs`` of every genre; every second is kept back."""
    rows = ["path,split"]
    for genre in sorted(p for p in folder.iterdir() if p.is_dir()):
        (place / genre.name).mkdir(parents=True)
        for i, file in enumerate(sorted(p for p in genre.iterdir() if p.is_file())[:songs]):
            shutil.copy(file, place / genre.name / file.name)
            rows.append(f"{genre.name}/{file.name},{'valid' if i % 2 else 'train'}")
    (place / "tracks.csv").write_text("\n".join(rows))
    return place


def _speeds(folder: Path) -> tuple[float, float]:
    """Return milliseconds of one window in ONNX Runtime and in torch, one thread each."""
    bundle = bundles.load(folder)
    spec = bundle.card.frontend
    window = np.random.default_rng(0).normal(-40, 20, (1, *spec.shape)).astype(np.float32)
    runtime = open_runtime(bundle, CPU)
    onnx = best_of(lambda: runtime.run(window), 7)
    runtime.close()
    net, tensor = rebuild.network_of(bundle), torch.from_numpy(window)
    with torch.inference_mode():
        return 1000 * onnx, 1000 * best_of(lambda: net(tensor), 7)


def epoch(name: str, folder: Path, place: Path) -> str:
    """Train, evaluate, export and use one network; return its row."""
    out = place / name
    said = _command(
        "train", str(folder), "--network", name, "--epochs", "1", "--threads", "1",
        "--device", "cpu", "--out", str(out),
    )  # fmt: skip
    seconds = next(e["seconds"] for e in said if e["event"] == "epoch")
    parts = next(e for e in said if e["event"] == "split")
    result = _command("evaluate", str(folder), "--bundle", str(out), "--split", "valid")[0]
    demo = _demo.pieces()[0]
    answer = _command("classify", str(demo), "--bundle", str(out))[0]["decision"]["label"]
    onnx, eager = _speeds(out)
    spec = registry.get(name)
    return (
        f"| {name} | {spec.frontend_name} | {spec.parameters:,} | {parts['train']} + "
        f"{parts['valid']} | {seconds:.0f} | {result['windows']['accuracy']:.0%} "
        f"| {result['songs']['sum']:.0%} | {onnx:.1f} | {eager:.1f} | {answer} |"
    )


def main() -> None:
    """Print the table, a row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("networks", nargs="*", default=registry.names())
    parser.add_argument("--songs", type=int, default=0, help="of each genre; 0: all of them")
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(HEAD, flush=True)
    with tempfile.TemporaryDirectory() as temp:
        place = Path(temp)
        folder = _some(args.folder, args.songs, place / "music") if args.songs else args.folder
        for name in args.networks:
            print(epoch(name, folder, place), flush=True)


if __name__ == "__main__":
    main()
