"""Write the stored data of earlier versions that the tests open, with the code of those versions.

``python packaging/make_old_data.py`` takes each commit below out of git, runs it on a folder of its
own, and keeps what it wrote in ``tests/fixtures``: settings of each version, catalogues of each
migration with a scan, a correction and an applied plan in their journal, and bundles with the cards
of each age. Whoever raises a version adds a line; a test says so.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
PLACE = Path(tempfile.gettempdir()) / "genredesk-old"
"""Where the music of the catalogues lay; a test puts its own folder in its place."""

SETTINGS = {1: "51188d5", 2: "9d9ae3c", 3: "7442828"}
CATALOGUES = {
    1: "a2278fd^",
    2: "0e3411d^",
    3: "beb1c01^",
    4: "5cefd9e",
    5: "9064abb",
    6: "9d9ae3c",
    7: "e41ba54",
    8: "c8666dc",
}
"""The last commits before the next migration."""

BUNDLES = {
    "first": "32f8207",
    "sharpening": "f6da9cc",
    "certainty": "557438c",
    "calibration": "d761e0c",
    "several": "187df04",
    "joint": "9d9ae3c",
}
"""By what was new in their cards."""

WRITE_SETTINGS = """
import dataclasses, sys
from pathlib import Path
from genredesk.core import settings
there = {field.name for field in dataclasses.fields(settings.Settings)}
wanted = {
    "theme": "dark", "volume": 0.25, "smoothing_s": 6.0, "palette": "viridis", "muted": True,
    "genre_file": "/radio/genre.txt", "outputs": ("text:/radio/genre.txt",), "language": "en",
}
settings.save(
    settings.Settings(**{name: value for name, value in wanted.items() if name in there}),
    Path(sys.argv[1]),
)
"""

FIRST_CATALOGUE = """
import sys
from pathlib import Path
from genredesk.library.catalogue import Catalogue
catalogue = Catalogue.open(Path(sys.argv[1]))
catalogue.add_root(Path(sys.argv[2]))
catalogue.close()
"""
"""Before there was a scan."""

WRITE_BUNDLE = """
import dataclasses, sys
import numpy as np
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save
from pathlib import Path
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference import bundle
name, target = sys.argv[1], Path(sys.argv[2])
channels, bands, _ = LIVE_MEL.shape
weight = np.zeros((channels * bands, 3), np.float32)
for k in range(channels * bands):
    weight[k, (k % bands) * 3 // bands] = 0.05
shapes = {"features": LIVE_MEL.shape, "logits": [3], "embedding": ["d"]}
def info(name):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shapes[name]])
graph = helper.make_graph(
    [
        helper.make_node("ReduceMean", ["features"], ["mean"], axes=[3], keepdims=0),
        helper.make_node("Flatten", ["mean"], ["embedding"], axis=1),
        helper.make_node("MatMul", ["embedding", "weight"], ["logits"]),
    ],
    "tiny", [info("features")], [info("logits"), info("embedding")],
    [numpy_helper.from_array(weight, "weight")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
Card = getattr(bundle, "ModelCard", None) or bundle.Card
there = {field.name for field in dataclasses.fields(Card)}
wanted = {
    "id": name, "title": f"Old {name}", "network": "linear", "labels": ("low", "middle", "high"),
    "frontend": LIVE_MEL, "parameters": 384, "licence": "GPL-3.0-or-later", "temperature": 1.5,
    "sharpening": 0.5, "unsure_below": 0.4, "data": "tones", "split": "none",
    "accuracy": {"song": bundle.Accuracy(0.7, 197, (0.63, 0.76), "valid")},
}
if name == "several":
    wanted |= {"task": "several", "thresholds": {"low": 0.3, "middle": 0.5, "high": 0.6}}
card = Card(**{key: value for key, value in wanted.items() if key in there})
made = bundle.write(
    target / name,
    onnx=model.SerializeToString(),
    weights=save({"weight": np.zeros((3, bands), np.float32)}),
    card=card,
)
bundle.export(made, target / f"{name}.genredesk")
"""


def main() -> None:
    """Write all of it."""
    for folder in ("settings", "catalogues", "bundles"):
        (FIXTURES / folder).mkdir(parents=True, exist_ok=True)
    for version, commit in SETTINGS.items():
        target = FIXTURES / "settings" / f"v{version}.json"
        run(commit, "-c", WRITE_SETTINGS, str(target))
    for version, commit in CATALOGUES.items():
        database = catalogue(version, commit)
        packed = gzip.compress(database.read_bytes(), mtime=0)
        (FIXTURES / "catalogues" / f"v{version}.db.gz").write_bytes(packed)
    for name, commit in BUNDLES.items():
        with tempfile.TemporaryDirectory() as folder:
            run(commit, "-c", WRITE_BUNDLE, name, folder)
            shutil.copy(Path(folder, f"{name}.genredesk"), FIXTURES / "bundles")


def catalogue(version: int, commit: str) -> Path:
    """Scan two pieces, correct one and move the other, as a person does; return the file."""
    shutil.rmtree(PLACE, ignore_errors=True)
    music = PLACE / "music"
    for name, hertz in (("Anna - Low", 110), ("Bert - High", 880)):
        write(music / "in" / f"{name}.wav", hertz)
    database = PLACE / "home" / "data" / "library.db"
    if version == 1:
        database.parent.mkdir(parents=True)
        run(commit, "-c", FIRST_CATALOGUE, str(database), str(music))
        return database
    door = ("-m", "genredesk")
    run(commit, *door, "scan", str(music))
    run(commit, *door, "library", "correct", "bert", "Jazz")
    move = ("--action", "move", "--filter", "anna", "--template", "moved/{name}")
    run(commit, *door, "organize", *move, "--to", str(music / "out"), "--doubtful", "--apply")
    return database


def write(path: Path, hertz: float) -> None:
    """Write six seconds that beat, at 22,050 Hz."""
    t = np.arange(6 * 22050) / 22050
    sound = 0.3 * np.sin(2 * np.pi * hertz * t) * (1 + 0.5 * np.sin(4 * np.pi * t))
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(22050)
        out.writeframes((sound * 32767).astype("<i2").tobytes())


def run(commit: str, *arguments: str) -> None:
    """Run Python with the package as it was at ``commit``."""
    with tempfile.TemporaryDirectory() as folder:
        models = ["models"] if arguments[0] == "-m" else []
        command = ["git", "archive", commit, "genredesk", *models]
        archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        environment = {**os.environ, "PYTHONPATH": folder, "GENREDESK_HOME": str(PLACE / "home")}
        subprocess.run([sys.executable, *arguments], env=environment, cwd=folder, check=True)


if __name__ == "__main__":
    main()
