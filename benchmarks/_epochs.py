"""One real epoch of every network on a folder of labelled music: commands, then the window.

python -m benchmarks._epochs FOLDER                    # all networks
python -m benchmarks._epochs FOLDER vae densenet121    # these only
python -m benchmarks._epochs FOLDER densenet121 --songs 3   # so many songs of each genre
python -m benchmarks._epochs FOLDER --keep DIR         # keep the bundles; go on after a stop
python -m benchmarks._epochs FOLDER --write            # write benchmarks/RESULTS_NETWORKS.md, too

Each is trained with its own front end and recipe, evaluated, exported, loaded again and asked about
a demo piece. At the end the real window plays a song on a virtual screen; each bundle is chosen in
its list of models in turn and stays until it has answered. What lies in ``--keep`` is not done
again: that is for a run that was stopped, not for one with other code.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import ui
from benchmarks.table import best_of, machine
from genredesk.cli import _demo
from genredesk.core import atomic
from genredesk.inference import bundle as bundles
from genredesk.inference.runtime import CPU, open_runtime
from genredesk.nets import registry
from genredesk.training.network import rebuild

PAGE = Path(__file__).resolve().parent / "RESULTS_NETWORKS.md"

INTRODUCTION = """# One epoch of every network

What `python -m benchmarks._epochs FOLDER --write` measured on

{machine}

Each network with its own front end and recipe, on {songs} real songs of ten genres, or fewer where
the column says so (those it learned from + those kept back): trained for one epoch, evaluated on
the songs kept back, exported, loaded again and asked about a demo piece. Then the real window
played a song; every bundle was chosen in its list of models ({choices} of them) and kept until it
had answered: "heard as" is its first guess there, with the milliseconds that front end and network
took for one window. One thread, beside other work, so times are upper bounds. One epoch teaches
next to nothing: the shares right show that the way from music to an answer is whole, not what a
network is worth.

"""

COLUMNS = (
    "network", "front end", "parameters", "songs", "s per epoch", "windows right", "songs right",
    "ms per window, ONNX", "torch", "a demo is", "heard as",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one network came to.

    Parameters
    ----------
    name
        The network's.
    fitted, kept_back
        Songs.
    seconds
        What the epoch took.
    windows, songs
        Shares right of what was kept back.
    onnx_ms, torch_ms
        One window, one thread, the front end not counted.
    demo
        What it calls a demo piece.
    """

    name: str
    fitted: int
    kept_back: int
    seconds: float
    windows: float
    songs: float
    onnx_ms: float
    torch_ms: float
    demo: str

    @property
    def bundle_id(self) -> str:
        """Of its bundle; shipped ones may be called like the network."""
        return f"epoch-{self.name}"


def _command(*words: str, home: Path) -> list[dict[str, Any]]:
    """Run ``genredesk`` and return what it wrote, one object a line."""
    env = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "GENREDESK_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "genredesk", *words, "--json"],
        stdout=subprocess.PIPE, env=os.environ | env, check=False, text=True,
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


def epoch(name: str, folder: Path, home: Path) -> Epoch:
    """Train, evaluate, export and ask one network; what was done before is read."""
    known = home / "epochs" / f"{name}.json"
    if known.is_file():
        return Epoch(**json.loads(known.read_text(encoding="utf-8")))
    out = home / "data" / "models" / f"epoch-{name}"
    said = _command(
        "train", str(folder), "--network", name, "--epochs", "1", "--threads", "1",
        "--device", "cpu", "--out", str(out), "--title", f"{name}, one epoch", home=home,
    )  # fmt: skip
    seconds = next(e["seconds"] for e in said if e["event"] == "epoch")
    parts = next(e for e in said if e["event"] == "split")
    result = _command("evaluate", str(folder), "--bundle", str(out), "--split", "valid", home=home)[
        0
    ]
    demo = _command("classify", str(_demo.pieces()[0]), "--bundle", str(out), home=home)[0]
    done = Epoch(
        name, parts["train"], parts["valid"], seconds, result["windows"]["accuracy"],
        result["songs"]["sum"], *_speeds(out), demo["decision"]["label"],
    )  # fmt: skip
    known.parent.mkdir(exist_ok=True)
    atomic.write_json(known, asdict(done))
    return done


def hear(epochs: Sequence[Epoch], song: Path, home: Path) -> dict[str, Any]:
    """Let the real window hear ``song`` with every bundle; see ``benchmarks._window``."""
    with ui.sound_card() as card, ui.screen(card) as screen:
        names = [e.bundle_id for e in epochs]
        said, _ = ui.window(screen | {"GENREDESK_HOME": str(home)}, "hear", str(song), *names)
    return said


def row(done: Epoch, heard: dict[str, Any]) -> str:
    """Return a network's line of the table."""
    spec = registry.get(done.name)
    live = heard["heard"][done.bundle_id]
    cells = (
        done.name, spec.frontend_name, f"{spec.parameters:,}", f"{done.fitted} + {done.kept_back}",
        f"{done.seconds:.0f}", f"{done.windows:.0%}", f"{done.songs:.0%}", f"{done.onnx_ms:.1f}",
        f"{done.torch_ms:.1f}", done.demo, f"{live['label']} ({live['ms']:.0f} ms)",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


def table(epochs: Sequence[Epoch], heard: dict[str, Any]) -> str:
    """Return the table of all."""
    sides = ["---"] * 2 + ["---:"] * (len(COLUMNS) - 4) + ["---"] * 2
    head = [f"| {' | '.join(COLUMNS)} |", f"|{'|'.join(sides)}|"]
    return "\n".join([*head, *(row(done, heard) for done in epochs)]) + "\n"


def main() -> None:
    """Train each, then hear each, then print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("networks", nargs="*", default=registry.names())
    parser.add_argument("--songs", type=int, default=0, help="of each genre; 0: all of them")
    parser.add_argument(
        "--song", type=Path, default=_demo.pieces()[0], help="what the window hears"
    )
    parser.add_argument("--keep", type=Path, help="where everything is kept")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}, too")
    args = parser.parse_args()
    torch.set_num_threads(1)
    where = machine()
    with tempfile.TemporaryDirectory() as temp:
        home = args.keep or Path(temp) / "home"
        (home / "data" / "models").mkdir(parents=True, exist_ok=True)
        folder = _some(args.folder, args.songs, Path(temp) / "m") if args.songs else args.folder
        epochs = []
        for name in args.networks:
            epochs.append(epoch(name, folder, home))
            print(f"{name}: {epochs[-1].seconds:.0f} s", file=sys.stderr, flush=True)
        heard = hear(epochs, args.song.resolve(), home)
    text = table(epochs, heard)
    print(text)
    if args.write:
        songs = max(done.fitted + done.kept_back for done in epochs)
        head = INTRODUCTION.format(machine=where, songs=songs, choices=heard["choices"])
        PAGE.write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    main()
