"""Turns a run's bundle into one of the person's models: a name, a licence, notes; nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path

from genredesk.core import atomic, paths
from genredesk.core.errors import GenreDeskError
from genredesk.core.messages import say
from genredesk.inference import bundle as bundles
from genredesk.inference.card import ModelCard, valid_id
from genredesk.training.runs import store
from genredesk.training.runs.store import TrainingRun


def id_of(title: str) -> str:
    """Return a bundle id made of a title."""
    word = "".join(c if c.isascii() and c.isalnum() else "-" for c in title.casefold())
    word = "-".join(part for part in word.split("-") if part)[:48] or "my-model"
    return word if valid_id(word) else f"my-{word}"


def free_folder(title: str) -> Path:
    """Return a folder among the person's models that does not exist yet."""
    root, word = paths.user_models_dir(), id_of(title)
    taken = {b.id for b in bundles.installed()}
    name, n = word, 2
    while name in taken or (root / name).exists():
        name, n = f"{word}-{n}", n + 1
    return root / name


def _card(run: TrainingRun, identity: str, title: str, licence: str, notes: str) -> ModelCard:
    card = bundles.load(run.bundle).card
    both = "\n".join(part for part in (notes, card.notes) if part)
    return card.replace(id=identity, title=title, licence=licence or card.licence, notes=both)


def _write(run: TrainingRun, target: Path, card: ModelCard) -> bundles.Bundle:
    made = bundles.load(run.bundle)
    model, weights = made.read(bundles.MODEL), made.weights()
    return bundles.write(
        target, onnx=model, weights=weights, card=card, embeddings=made.embeddings()
    )


def export(run: TrainingRun, path: Path, *, title: str, licence: str, notes: str) -> Path:
    """Write the bundle of ``run`` as one ``.genredesk`` file and return its path.

    Raises
    ------
    GenreDeskError
        When the bundle is damaged or the file cannot be written.
    """
    name = id_of(title)
    with tempfile.TemporaryDirectory(dir=run.folder, prefix=".export-") as folder:
        made = _write(run, Path(folder) / name, _card(run, name, title, licence, notes))
        return bundles.export(made, path)


def install(run: TrainingRun, *, title: str, licence: str, notes: str) -> TrainingRun:
    """Write the bundle of ``run`` among the person's models and return the run that knows it.

    Of a run that is installed already only the card is written anew.

    Raises
    ------
    GenreDeskError
        When the bundle is damaged or there is no room.
    """
    old = paths.user_models_dir() / run.installed
    if run.installed and old.is_dir():
        target = old
        card = _card(run, old.name, title, licence, notes).replace(
            files=bundles.load(old).card.files
        )
        try:
            atomic.write_json(old / bundles.CARD, card.to_dict())
        except OSError as error:
            raise GenreDeskError(
                say(
                    "{path}: it cannot be written ({reason}). Make room there.",
                    path=old,
                    reason=error.strerror or error,
                )
            ) from error
    else:
        target = free_folder(title)
        _write(run, target, _card(run, target.name, title, licence, notes))
    known = run.replace(installed=target.name, title=title, licence=licence, notes=notes)
    try:
        return store.save(known)
    except GenreDeskError:
        return known  # the model is there; only the history does not know its name
