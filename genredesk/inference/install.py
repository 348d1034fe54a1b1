"""Taking a bundle in: unpacked beside its place, checked whole, then moved there."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from genredesk.core import atomic, paths
from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.inference import archive, card_reader
from genredesk.inference.bundle import (
    CARD,
    EIGHT_BITS,
    EMBEDDINGS,
    EXPORT_AGAIN,
    MODEL,
    Bundle,
    check_folder,
    folders,
    installed,
    load,
    new_folder,
)
from genredesk.inference.card import EightBits, ModelCard


def free_id(wanted: str) -> str:
    """Return an id that no bundle has, ``wanted`` itself where it is free."""
    taken = {f.name for f in folders()}
    n, candidate = 2, wanted
    while candidate in taken:
        candidate = f"{wanted[:58]}-{n}"
        n += 1
    return candidate


def same_as(card: ModelCard) -> Bundle | None:
    """Return the installed bundle that is the very same network with the same genres, if any.

    One that brings no embeddings is not the same as one that does.
    """

    def identity(of: ModelCard) -> tuple[object, ...]:
        return of.files.get(MODEL), of.labels, of.temperature, of.sharpening

    brings = card.files.get(EMBEDDINGS)
    alike = (b for b in installed() if identity(b.card) == identity(card))
    return next((b for b in alike if brings in (None, b.card.files.get(EMBEDDINGS))), None)


def import_(path: str | Path) -> Bundle:
    """Check a ``.genredesk`` file or a bundle's folder and install it among the user's bundles.

    A bundle whose id is taken gets a new one ("jazz-net-2"). One that is installed already, known
    by the hashes of its files, is returned as it is there. Nothing is left behind when it is
    refused.

    Raises
    ------
    BundleError
        Names the file and says what is wrong with it.
    """
    from genredesk.inference import check  # noqa: PLC0415 - heavy, and seldom needed

    source = Path(path)
    root = paths.user_models_dir()
    try:
        with new_folder(root) as temp:
            names = set(archive.unpack(source, temp))
            card = card_reader.read(temp / CARD)
            check_folder(temp, card)
            if extra := names - set(card.files) - {CARD}:
                raise BundleError(
                    say("it holds “{extra}”, which its card does not list", extra=min(extra))
                )
            check.files(temp, card)
            check.golden(temp, card)
            if (there := same_as(card)) is not None:
                return there
            new = free_id(card.id)
            if new != card.id:
                title = f"{card.title} ({new.rpartition('-')[2]})"
                card = card.replace(id=new, title=title)
                atomic.write_json(temp / CARD, card.to_dict())
            temp.rename(root / new)
    except BundleError as error:
        raise BundleError(f"{source.name}: {error}. {error.fix or say(EXPORT_AGAIN)}") from error
    except OSError as error:
        raise BundleError(
            say(
                "{source}: it cannot be installed in {root} ({reason}). Make room there or "
                "allow writing.",
                source=source.name,
                root=root,
                reason=error.strerror or error,
            )
        ) from error
    return load(root / new)


def verify(bundle: Bundle) -> None:
    """Check everything an import checks, for a bundle that is installed.

    Raises
    ------
    BundleError
        Says what is wrong.
    """
    from genredesk.inference import check  # noqa: PLC0415 - heavy, and seldom needed

    try:
        check.files(bundle.path, bundle.card)
        check.golden(bundle.path, bundle.card)
    except BundleError as error:
        raise BundleError(
            say("{id}: {reason}. Import the bundle again.", id=bundle.id, reason=error)
        ) from error


def add_eight_bits(bundle: Bundle, model: bytes, told: EightBits) -> Bundle:
    """Put the 8-bit form of a bundle's network beside it, in place of one that is there.

    Parameters
    ----------
    model
        Contents of ``model.int8.onnx``.
    told
        What the card says of it.

    Raises
    ------
    BundleError
        When it does not answer as the network, or the bundle cannot be written.
    """
    files = {**bundle.card.files, EIGHT_BITS: hashlib.sha256(model).hexdigest()}
    card = bundle.card.replace(files=files, eight_bits=told)
    try:
        with new_folder(bundle.path.parent) as temp:
            for name in bundle.card.files:
                shutil.copyfile(bundle.path / name, temp / name)
            atomic.write_bytes(temp / EIGHT_BITS, model)
            verify(Bundle(bundle.id, temp, card))
            # the card comes last: until then the file is one that it does not tell of
            (temp / EIGHT_BITS).replace(bundle.path / EIGHT_BITS)
            atomic.write_json(bundle.path / CARD, card.to_dict())
    except OSError as error:
        raise BundleError(
            say(
                "{bundle}: it cannot be written ({strerror}).",
                bundle=bundle.path,
                strerror=error.strerror,
            )
        ) from error
    return load(bundle.path)
