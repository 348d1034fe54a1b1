"""Bundles: folders that hold a trained network, its weights and its card.

Shipped ones come with the program, the user's are imported or trained. No file in a bundle is
ever executed or unpickled, and a model's bytes are compared with the card before they are used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

from genredesk.core import atomic, paths
from genredesk.core.errors import BundleError
from genredesk.core.messages import mark, say
from genredesk.inference import archive, card_reader
from genredesk.inference import card as cards
from genredesk.inference.card import Accuracy, EightBits, Golden, ModelCard

__all__ = [
    "Accuracy",
    "Bundle",
    "EightBits",
    "Golden",
    "ModelCard",
    "default_bundle",
    "export",
    "find",
    "installed",
    "load",
    "scan",
    "write",
]

MODEL = "model.onnx"
WEIGHTS = "weights.safetensors"
EMBEDDINGS = "embeddings.safetensors"
"""By word, means of what the network makes of music it learned from, ``(n, d)``; may be missing."""
EIGHT_BITS = cards.EIGHT_BITS
IMPORTED = cards.IMPORTED
CARD = archive.CARD
DEFAULT_ID = "genredesk-live"
SUFFIX = archive.SUFFIX

_INCOMING, DELETED = ".incoming-", ".deleted-"
_STALE_S = 24 * 3600
_RUN = ".run"
"""Of what a training keeps beside the bundle it makes."""
EXPORT_AGAIN = mark("Export it again where it was made, or import another copy.")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk whose card was read; its files are checked when they are opened."""

    id: str
    path: Path
    card: ModelCard

    @property
    def shipped(self) -> bool:
        """Whether it came with the program, so that it cannot be deleted."""
        return self.path.parent == paths.shipped_models_dir()

    @property
    def again(self) -> ModelCard | None:
        """The card of the same network trained with our recipe, where one lies beside the bundle.

        Read when it is asked for: few ask, and every start loads all bundles.
        """
        with contextlib.suppress(BundleError):  # most have none
            return card_reader.read(self.path.with_name(f"{self.id}{cards.AGAIN}{cards.ALONE}"))
        return None

    def read(self, name: str) -> bytes:
        """Return a file's bytes, compared with the card's SHA-256.

        Raises
        ------
        BundleError
            When the file is missing, unreadable or not the one the card names.
        """
        file = self.path / name
        with _readable(file):
            data = file.read_bytes()
        self._compare(file, hashlib.sha256(data).hexdigest())
        return data

    def weights(self) -> bytes:
        """Return the weights for torch, compared as :meth:`read` does.

        Raises
        ------
        BundleError
            As :meth:`read`, and of a bundle in 8 bits, which has none.
        """
        if WEIGHTS not in self.card.files:
            raise BundleError(
                say(
                    "{id} holds its network in 8 bits only: it listens on the processor and "
                    "cannot be trained on. Use the model it was made from.",
                    id=self.id,
                )
            )
        return self.read(WEIGHTS)

    def embeddings(self) -> bytes | None:
        """Return what it brings of the music it learned from, compared as :meth:`read` does."""
        return self.read(EMBEDDINGS) if EMBEDDINGS in self.card.files else None

    @contextlib.contextmanager
    def checked(self, name: str) -> Generator[Path]:
        """Give a file's path, its bytes compared with the card's SHA-256, to a reader of paths.

        What such a reader reads itself need not be copied. Once it has read, the file must still
        be the one that was compared: neither replaced nor written to meanwhile.

        Raises
        ------
        BundleError
            As :meth:`read`, and at the end when the file was changed meanwhile.
        """
        file = self.path / name
        with _readable(file), file.open("rb") as opened:
            before = _state(os.fstat(opened.fileno()))
            digest = hashlib.file_digest(opened, "sha256")
        self._compare(file, digest.hexdigest())
        yield file
        with _readable(file):
            if _state(file.stat()) != before:
                raise _changed(file)

    def _compare(self, file: Path, digest: str) -> None:
        if digest != self.card.files.get(file.name):
            raise _changed(file)


def _changed(file: Path) -> BundleError:
    return BundleError(
        say(
            "{file}: it was changed or damaged since the bundle was made. Import the bundle again.",
            file=file,
        )
    )


def _state(found: os.stat_result) -> tuple[int, ...]:
    """Which file it is, and when anything of it was written last."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@contextlib.contextmanager
def _readable(file: Path) -> Generator[None]:
    """Say which file cannot be read."""
    try:
        yield
    except OSError as error:
        raise BundleError(
            say(
                "{file}: it cannot be read ({strerror}). Import the bundle again.",
                file=file,
                strerror=error.strerror,
            )
        ) from error


# ---------------------------------------------------------------- reading


def check_folder(path: Path, card: ModelCard) -> None:
    if MODEL not in card.files:
        raise BundleError(say("its card does not list {model}", model=MODEL))
    for name in card.files:
        if not archive.allowed_name(name) or name == CARD:
            raise BundleError(
                say("its card lists “{name}”, which does not belong into a bundle", name=name[:80])
            )
        if not (path / name).is_file():
            raise BundleError(say("{name} is missing", name=name))


def load(path: str | Path) -> Bundle:
    """Read the bundle in folder ``path``: its card and whether its files are there.

    Raises
    ------
    BundleError
        Names the bundle and says what is wrong with it.
    """
    folder = Path(path)
    try:
        card = card_reader.read(folder / CARD)
        check_folder(folder, card)
        if folder.name != card.id:
            raise BundleError(say("its folder must be called “{id}”, as in its card", id=card.id))
    except BundleError as error:
        advice = error.fix or say("Import the bundle again.")
        raise BundleError(f"{folder.name}: {error}. {advice}") from error
    return Bundle(card.id, folder, card)


def folders() -> Iterator[Path]:
    for root in (paths.shipped_models_dir(), paths.user_models_dir()):
        with contextlib.suppress(OSError):
            yield from sorted(
                p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")
            )


def scan() -> tuple[list[Bundle], list[tuple[Path, str]]]:
    """Return the bundles that can be used, as :func:`installed`, and the folders that cannot.

    The latter should be bundles, and come with the reason why they are none.
    """
    found: dict[str, Bundle] = {}
    wrong: list[tuple[Path, str]] = []
    for folder in folders():
        if folder.suffix == _RUN and not (folder / CARD).exists():
            continue
        try:
            bundle = load(folder)
        except BundleError as error:
            wrong.append((folder, str(error)))
            continue
        if bundle.id in found:
            wrong.append(
                (
                    folder,
                    say(
                        "{folder}: a bundle of this name comes with the program. Delete this one.",
                        folder=folder,
                    ),
                )
            )
        else:
            found[bundle.id] = bundle
    return list(found.values()), wrong


def installed() -> list[Bundle]:
    """Return the bundles that can be used: those of the program, then the user's, by name."""
    return scan()[0]


def default_bundle(among: list[Bundle] | None = None) -> Bundle:
    """Return the bundle to begin with: GenreDesk's own, else the one with the best songs.

    Parameters
    ----------
    among
        The bundles that are installed, where they are known already.

    Raises
    ------
    BundleError
        When no bundle is installed.
    """
    bundles = installed() if among is None else among
    if not bundles:
        raise BundleError(
            say(
                "No model is installed. Import a .genredesk file, or train one with “genredesk "
                "train”."
            )
        )

    def rank(bundle: Bundle) -> tuple[bool, bool, float]:
        song = bundle.card.accuracy.get("song")
        return bundle.id == DEFAULT_ID, bundle.shipped, song.value if song else 0.0

    return max(bundles, key=rank)


def find(bundle_id: str) -> Bundle:
    """Return the installed bundle with this id, or the one in the folder of this path.

    Raises
    ------
    BundleError
        When there is none, or it is broken.
    """
    bundles, wrong = scan()
    for bundle in bundles:
        if bundle.id == bundle_id:
            return bundle
    for folder, reason in wrong:
        if folder.name == bundle_id:
            raise BundleError(reason)
    if (Path(bundle_id) / CARD).is_file():
        return load(bundle_id)
    if os.sep in bundle_id:
        raise BundleError(
            say(
                "{bundle_id} is no model: it has no {card}. Name a bundle's folder.",
                bundle_id=bundle_id,
                card=CARD,
            )
        )
    known = ", ".join(b.id for b in bundles) or "none"
    raise BundleError(
        say(
            "No model “{bundle_id}” is installed (installed: {known}).",
            bundle_id=bundle_id,
            known=known,
        )
    )


# ---------------------------------------------------------------- writing


def write(
    folder: str | Path,
    *,
    onnx: bytes,
    weights: bytes | None,
    card: ModelCard,
    embeddings: bytes | None = None,
) -> Bundle:
    """Write a bundle atomically; ``files`` and ``golden`` of the card are filled in.

    An 8-bit form comes later, see :func:`add_eight_bits`.

    Parameters
    ----------
    folder
        Where it goes; its name must be the card's id, and it must not exist yet.
    onnx, weights
        Contents of ``model.onnx`` and ``weights.safetensors``; ``None`` for a network in 8 bits,
        which is not trained on, and for an imported graph, which has none for torch.
    embeddings
        Contents of ``embeddings.safetensors``; ``None``: nothing can be taught beside its words.

    Raises
    ------
    BundleError
        When the network does not fit its card, or the folder exists or cannot be written.
    """
    from genredesk.inference import check  # noqa: PLC0415 - heavy, and seldom needed

    target = Path(folder)
    given = {MODEL: onnx, WEIGHTS: weights, EMBEDDINGS: embeddings}
    parts = {name: part for name, part in given.items() if part is not None}
    digests = {name: hashlib.sha256(part).hexdigest() for name, part in parts.items()}
    try:
        golden = check.golden_of(onnx, card)
        card = card.replace(files=digests, golden=golden, eight_bits=None)
        card_reader.from_dict(json.loads(json.dumps(card.to_dict())))
        if target.name != card.id:
            raise BundleError(say("the folder must be called “{id}”", id=card.id))
        with new_folder(target.parent) as temp:
            for name, part in parts.items():
                atomic.write_bytes(temp / name, part)
            atomic.write_json(temp / CARD, card.to_dict())
            check.files(temp, card)
            if target.exists():
                again = say("Choose another name, or delete that one first.")
                raise BundleError(say("there is a bundle of this name already"), again)
            temp.rename(target)
    except BundleError as error:
        raise BundleError(f"{target.name}: {error}. {error.fix}".rstrip()) from error
    except OSError as error:
        raise BundleError(
            say(
                "{target}: it cannot be written ({strerror}).",
                target=target,
                strerror=error.strerror,
            )
        ) from error
    return load(target)


def _sweep(parent: Path) -> None:
    """Remove what a killed program left behind; younger folders may belong to another one."""
    for left in [*parent.glob(f"{_INCOMING}*"), *parent.glob(f"{DELETED}*")]:
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE_S:
                shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def new_folder(parent: Path) -> Generator[Path]:
    """Give a hidden folder in ``parent`` that is gone afterwards, unless it was renamed."""
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(parent)
    temp = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=parent))
    temp.chmod(0o755)
    try:
        yield temp
    finally:
        shutil.rmtree(temp, ignore_errors=True)


def export(bundle: Bundle, zip_path: str | Path) -> Path:
    """Write ``bundle`` as one ``.genredesk`` file and return its path.

    Raises
    ------
    BundleError
        When the bundle is damaged or the file cannot be written.
    """
    target = Path(zip_path)
    if target.suffix != SUFFIX:
        target = target.with_name(target.name + SUFFIX)
    try:
        with contextlib.ExitStack() as unchanged:
            for name in bundle.card.files:
                unchanged.enter_context(bundle.checked(name))
            archive.pack(bundle.path, [CARD, *bundle.card.files], target)
    except OSError as error:
        raise BundleError(
            say(
                "{target}: it cannot be written ({strerror}). Choose another place.",
                target=target,
                strerror=error.strerror,
            )
        ) from error
    return target
