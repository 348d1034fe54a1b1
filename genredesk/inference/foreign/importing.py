"""From the files of a foreign model to a bundle that was tried, or one sentence why not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import ModelProto

from genredesk import __version__
from genredesk.core import paths
from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.core.names import LONGEST, no_path, shown
from genredesk.features.foreign import FOREIGN_FRONTENDS
from genredesk.features.spec import FrontendSpec
from genredesk.inference import bundle as bundles
from genredesk.inference import check, install
from genredesk.inference.archive import MAX_FILE_BYTES
from genredesk.inference.bundle import Bundle, ModelCard
from genredesk.inference.card import Task
from genredesk.inference.foreign import graph, metadata
from genredesk.inference.foreign.metadata import ForeignMetadata

SUFFIX = ".onnx"

SURE_OF_SEVERAL = 0.3
"""Where a word of several is sure unless somebody says otherwise; published tags score low."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person says of a model because nobody else does; empty: what was found.

    Parameters
    ----------
    frontend
        A name of ``features/foreign.py:FRONTENDS``.
    labels
        A text file with a label a line.
    sure
        From which score on an answer is sure.
    """

    title: str = ""
    frontend: str = ""
    labels: Path | None = None
    task: Task | None = None
    sure: float = 0.0


NOTHING = Wanted()


def import_model(
    model: Path, heads: Sequence[Path] = (), described: Path | None = None, wanted: Wanted = NOTHING
) -> Bundle:
    """Make a bundle of a graph and of heads on its embedding, and install it.

    Parameters
    ----------
    model, heads
        Graphs; what lies beside each under its name with ``.json`` is read.
    described
        Another JSON of ``model``.

    Raises
    ------
    BundleError
        Names the file and says what is wrong with it or what has to be said. Nothing is left.
    """
    said = _told(metadata.read(described or metadata.beside(model)), wanted)
    try:
        proto = _opened(model)
        spec = _frontend(proto, said)
        made = graph.begin(proto, said, spec)
    except BundleError as error:
        raise _named(model, error) from error
    for head in heads:
        try:
            graph.add_head(made, _opened(head), metadata.read(metadata.beside(head)))
        except BundleError as error:
            raise _named(head, error) from error
    try:
        if not made.blocks:
            raise BundleError(*_nothing_said(made))
        whole, labels, task = graph.finish(made)
        card = _card(model, said, spec, labels, task)
        sure = wanted.sure or card.unsure_below
        card = card.replace(parameters=graph.parameters(whole), unsure_below=sure)
        return _written(card, whole)
    except BundleError as error:
        raise _named(model, error) from error
    except OSError as error:
        raise BundleError(
            say(
                "{model}: it cannot be installed in {user_models_dir} ({reason}). Make room "
                "there or allow writing.",
                model=model.name,
                user_models_dir=paths.user_models_dir(),
                reason=error.strerror or error,
            )
        ) from error


def _written(card: ModelCard, whole: bytes) -> Bundle:
    try:
        return bundles.write(paths.user_models_dir() / card.id, onnx=whole, weights=None, card=card)
    except BundleError as error:  # its id says nothing to who chose a file
        raise BundleError(str(error).removeprefix(f"{card.id}: ")) from error


def import_together(files: Sequence[Path]) -> list[Bundle]:
    """Import graphs that were dropped together: heads belong to the others.

    Raises
    ------
    BundleError
        As :func:`import_model`; also when there are only heads.
    """
    models: list[Path] = []
    heads: list[Path] = []
    for file in files:
        said = metadata.read(metadata.beside(file))
        try:
            head = said.head or (not said.frontends and graph.is_head(_opened(file)))
        except BundleError as error:
            raise _named(file, error) from error
        (heads if head else models).append(file)
    if not models:
        raise BundleError(
            say(
                "{heads}: it takes another model's embedding. Import it together with that "
                "model: choose or drop both at once.",
                heads=heads[0].name,
            )
        )
    return [import_model(model, heads) for model in models]


def describe(bundle: Bundle) -> str:
    """Say what was found, in a sentence or two."""
    card, spec = bundle.card, bundle.card.frontend
    kind = (
        "a waveform"
        if spec.kind == "waveform"
        else say("{n_bands} bands × {frames} frames", n_bands=spec.n_bands, frames=spec.frames)
    )
    many = say("several of which may hold") if card.task == "several" else say("one of which holds")
    parents = len(card.words) - len(card.labels)
    tree = say(" under {parents} parents", parents=parents) if parents else ""
    wait = (
        say(" It answers after {window_s:.0f} s of sound.", window_s=spec.window_s)
        if spec.window_s > 5
        else ""
    )
    return say(
        "{title} is installed as {id}: {n_labels} words{tree}, {many}; it hears {kind} of "
        "{window_s:.1f} s at {sample_rate} Hz.{wait} License: {licence}.",
        title=card.title,
        id=card.id,
        n_labels=len(card.labels),
        tree=tree,
        many=many,
        kind=kind,
        window_s=spec.window_s,
        sample_rate=spec.sample_rate,
        wait=wait,
        licence=card.licence,
    )


def _named(file: Path, error: BundleError) -> BundleError:
    text = str(error)
    if text.startswith(f"{file.name}: ") or ".json: " in text:
        return error
    return BundleError(f"{file.name}: {text.rstrip('.')}. {error.fix}".rstrip())


def _told(said: ForeignMetadata, wanted: Wanted) -> ForeignMetadata:
    if wanted.frontend:
        said = replace(said, frontends=(metadata.frontend(wanted.frontend),))
    if wanted.labels is not None:
        try:
            lines = wanted.labels.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BundleError(
                say("{labels}: it cannot be read as text.", labels=wanted.labels.name)
            ) from error
        said = replace(said, labels=tuple(line.strip() for line in lines if line.strip()))
    return replace(said, task=wanted.task or said.task, title=wanted.title or said.title)


def _opened(file: Path) -> ModelProto:
    """Open a graph that keeps to itself."""
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise BundleError(
                say("it is larger than {max_file_bytes} GB", max_file_bytes=MAX_FILE_BYTES >> 30),
                say("Get a smaller one."),
            )
        proto = onnx.load_model_from_string(file.read_bytes())
    except FileNotFoundError as error:
        reason, fix = no_path(file)
        raise BundleError(reason or say("there is no such file"), fix) from error
    except OSError as error:
        raise BundleError(say("it cannot be read ({strerror})", strerror=error.strerror)) from error
    except DecodeError as error:
        again = say("Get it again, as a whole.")
        raise BundleError(say("it is no ONNX graph, or only a part of one"), again) from error
    if not proto.graph.node:
        raise BundleError(
            say("it is no ONNX graph, or only a part of one"), say("Get it again, as a whole.")
        )
    check.keeps_to_itself(proto, "it")
    return proto


def _frontend(proto: ModelProto, said: ForeignMetadata) -> FrontendSpec:
    """Return the front end that is said, or the only one whose windows the graph takes."""
    if said.head:
        raise BundleError(
            say("it takes another model's embedding"),
            say("Import that model, and name this one with --head."),
        )
    if said.frontends:
        fits = graph.fitting(proto, said.frontends)
        if not fits:
            have = graph.shape_of(graph.only_input(proto))
            spec = said.frontends[0]
            raise BundleError(
                say(
                    "its graph takes {have}, but its front end gives {n_bands} bands in "
                    "{frames} frames",
                    have=have,
                    n_bands=spec.n_bands,
                    frames=spec.frames,
                ),
                say("Its JSON may be another model's."),
            )
        return fits[0]
    fits = graph.fitting(proto, list(FOREIGN_FRONTENDS.values()))
    if len(fits) == 1:
        return fits[0]
    names = [name for name, spec in FOREIGN_FRONTENDS.items() if not fits or spec in fits]
    raise BundleError(
        say("how sound becomes its input is not said"),
        say(
            "Put its JSON beside it, or say --frontend with one of: {names}.",
            names=", ".join(names),
        ),
    )


def _nothing_said(made: graph.GraphBuilder) -> tuple[str, str]:
    if made.embedding:
        return say("it gives an embedding, but names nothing"), say(
            "Name a head on it with --head."
        )
    return (
        say("what its outputs mean is not said"),
        say("Put its JSON beside it, or name its labels with --labels FILE."),
    )


def _card(
    model: Path, said: ForeignMetadata, spec: FrontendSpec, labels: tuple[str, ...], task: Task
) -> ModelCard:
    title = shown((said.title or model.stem)[:LONGEST])
    clean = re.sub(r"[^a-z0-9._-]+", "-", model.stem.lower()).strip(".-_")[:58] or "model"
    return ModelCard(
        id=install.free_id(clean),
        title=title,
        network=bundles.IMPORTED,
        labels=labels,
        frontend=spec,
        unsure_below=SURE_OF_SEVERAL if task == "several" else 0.5,
        task=task,
        data=said.data or "not stated by its publisher",
        split="as published, not measured here",
        licence=said.licence,
        versions={"genredesk": __version__, "onnx": onnx.__version__},
        notes=f"Imported from {model.name}; it cannot be trained on as a whole. Its scores are its "
        f"publisher's, not calibrated here. {said.published}".strip(),
    )
