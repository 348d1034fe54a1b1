"""A person's ImageNet weights for the two transfer networks: found, checked, read, or fetched.

Only files as torchvision publishes them are meant; their names carry the first eight digits of
their SHA-256. Nothing is downloaded unless :func:`download` is called, and torch's restricted
reader (``weights_only``) runs no code that a file may hold.
"""

from __future__ import annotations

import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from genredesk.core import paths
from genredesk.core.atomic import atomic_file
from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.core.messages import mark, say

FILES: dict[str, tuple[str, ...]] = {
    "MobileNetV2": ("mobilenet_v2-b0353104.pth", "mobilenet_v2-7ebf99e0.pth"),
    "DenseNet121": ("densenet121-a639ec97.pth",),
}
"""Backbone to torchvision's files, the papers' (first) generation first."""

SITE = "https://download.pytorch.org/models/"

_SIGNS = {"MobileNetV2": "features.18.0.weight", "DenseNet121": "features.conv0.weight"}
"""A parameter only that network has."""

_WITHOUT = mark("Or train without ImageNet's weights: the network then begins at random.")

_LARGEST = 200_000_000
"""Bytes; the largest of these files has 33 MB."""


def folder() -> Path:
    """Where a person's weights are looked for and downloads are kept."""
    return paths.data_dir() / "imagenet"


def find(network: str) -> Path | None:
    """Return the first of torchvision's files for ``network`` that lies in :func:`folder`."""
    return next((p for name in FILES[network] if (p := folder() / name).is_file()), None)


def read(path: str | Path, network: str, sha256: str | None = None) -> dict[str, Tensor]:
    """Read a torchvision file of ``network`` ("MobileNetV2", "DenseNet121").

    Parameters
    ----------
    sha256
        What its hash must begin with; without it, the eight digits in its name are taken.

    Returns
    -------
    dict
        Parameter name to tensor, in torchvision's present names.

    Raises
    ------
    DataError
        When the file is missing, damaged, unreadable or another network's.
    """
    path = Path(path)
    expected = sha256 or _hash_in_name(path.name)
    try:
        found = _hash_of(path)
    except OSError as error:
        raise DataError(
            say(
                "{path} cannot be read ({reason}). {wanted}",
                path=path.name,
                reason=error.strerror or error,
                wanted=_wanted(network),
            )
        ) from error
    if expected and not found.startswith(expected.lower()):
        raise DataError(
            say(
                "{path} is damaged or is not what its name says: its SHA-256 begins with "
                "{found}, not {expected}. Download it again. {without}",
                path=path.name,
                found=found[:8],
                expected=expected[:8],
                without=say(_WITHOUT),
            )
        )
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # a broken or foreign file can fail in any way inside the reader
        raise DataError(
            say(
                "{path} holds no weights that can be read safely. {wanted}",
                path=path.name,
                wanted=_wanted(network),
            )
        ) from error
    return checked(state, network, path.name)


def checked(state: object, network: str, source: str = "The weights given") -> dict[str, Tensor]:
    """Return ``state`` in present names if it is ``network``'s, else say whose it is."""
    refusal = DataError(
        say("{source} is not a table of weights. {wanted}", source=source, wanted=_wanted(network))
    )
    if not isinstance(state, Mapping):
        raise refusal
    weights: dict[str, Tensor] = {}
    for name, tensor in cast("Mapping[object, object]", state).items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise refusal
        weights[_present_name(name)] = tensor
    if _SIGNS[network] not in weights:
        other = next((n for n, sign in _SIGNS.items() if sign in weights), "another network")
        raise DataError(
            say(
                "{source} holds the weights of {other}, not {network}. {wanted}",
                source=source,
                other=other,
                network=network,
                wanted=_wanted(network),
            )
        )
    return weights


def download(network: str, ctx: JobContext | None = None, site: str = SITE) -> Path:
    """Fetch torchvision's file for ``network`` into :func:`folder` (only ever when asked).

    Raises
    ------
    DataError
        Without a connection, or when what arrives is not that file; nothing is kept then.
    Cancelled
        When ``ctx`` was cancelled; nothing is kept.
    """
    ctx = ctx or JobContext()
    name = FILES[network][0]
    target = folder() / name
    digest = hashlib.sha256()
    try:
        with urllib.request.urlopen(site + name, timeout=20) as answer:  # noqa: S310 - fixed site
            total = int(answer.headers.get("Content-Length") or 0)
            with atomic_file(target) as file:
                done = 0
                while block := answer.read(1 << 18):
                    done += len(block)
                    if done > _LARGEST:
                        raise DataError(
                            say(
                                "{site} sent far more than {name} has; nothing was kept.",
                                site=site,
                                name=name,
                            )
                        )
                    digest.update(block)
                    file.write(block)
                    ctx.progress(done, total, say("Downloading {name}", name=name))
                if not digest.hexdigest().startswith(_hash_in_name(name)):
                    raise DataError(
                        say("{name} arrived damaged and was not kept. Try again.", name=name)
                    )
    except (OSError, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise DataError(
            say(
                "{name} cannot be downloaded ({reason}). Connect to the internet, or get the "
                "file on another computer from {site}{name} and put it into {folder}. {without}",
                name=name,
                reason=reason,
                site=site,
                folder=folder(),
                without=say(_WITHOUT),
            )
        ) from error
    return target


def _wanted(network: str) -> str:
    return say(
        "{network} takes torchvision's {files}. {without}",
        network=network,
        files=" / ".join(FILES[network]),
        without=say(_WITHOUT),
    )


def _hash_in_name(name: str) -> str:
    found = re.search(r"-([0-9a-f]{8})\b", name)
    return found.group(1) if found else ""


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _present_name(name: str) -> str:
    """Join the split names of old DenseNet files: ``denselayer1.norm.1.weight`` is ``norm1``."""
    return re.sub(r"(denselayer\d+\.(?:norm|conv))\.([12]\.)", r"\1\2", name)
