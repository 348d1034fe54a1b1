"""ImageNet weights that networks begin with: read and tried before any song, then put into each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.nets import imagenet
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec
from genredesk.nets.transfer import Transfer


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A backbone's weights, by torchvision's names, and the name of their file."""

    name: str
    weights: Mapping[str, Tensor]


def takes(spec: NetSpec) -> bool:
    """Tell whether a network begins with ImageNet weights where it is given some."""
    return isinstance(spec.paper_network(), Transfer)


def wanted(
    spec: NetSpec, file: str = "", *, imagenet_too: bool = False, ctx: JobContext | None = None
) -> Pretrained | None:
    """Read the weights that were asked for and try them in the network.

    Parameters
    ----------
    file
        torchvision's file; empty: none was given.
    imagenet_too
        Take the file from the program's own folder, downloading it when it is not there.

    Returns
    -------
    Pretrained or None
        ``None`` when nothing was asked for.

    Raises
    ------
    DataError
        When the network takes none, or the file is missing, damaged or another network's, or it
        cannot be downloaded.
    Cancelled
        When ``ctx`` was cancelled while downloading.
    """
    if not file and not imagenet_too:
        return None
    if file and imagenet_too:
        raise DataError(say("Give either a file of weights or --imagenet, not both."))
    net = spec.paper_network()
    if not isinstance(net, Transfer):
        raise DataError(
            say(
                "The network {spec} takes no ImageNet weights; mobilenet-v2 and densenet121 do. "
                "Choose one of them or leave the weights out.",
                spec=spec.name,
            )
        )
    path = Path(file) if file else imagenet.find(net.backbone)
    path = path or imagenet.download(net.backbone, ctx)
    weights = imagenet.read(path, net.backbone)
    net.load_torchvision(weights, name=path.name)
    return Pretrained(path.name, weights)


def for_each(
    specs: Iterable[NetSpec],
    files: Sequence[str] = (),
    *,
    imagenet_too: bool = False,
    ctx: JobContext | None = None,
) -> dict[str, Pretrained]:
    """Read weights for those of several networks that take some, by the network's name.

    Every file goes to the network it fits; networks that take none are passed over.

    Raises
    ------
    DataError
        As :func:`wanted`; when a file fits none of the networks, it is said of the first.
    """
    if files and imagenet_too:
        raise DataError(say("Give either files of weights or --imagenet, not both."))
    every = list(specs)
    takers = [spec for spec in every if takes(spec)]
    found: dict[str, Pretrained] = {}
    if imagenet_too:
        for spec in takers or every[:1]:
            if (given := wanted(spec, imagenet_too=True, ctx=ctx)) is not None:
                found[spec.name] = given
    for file in files:
        name, given = _taker(takers or every[:1], file)
        found[name] = given
    return found


def _taker(specs: Sequence[NetSpec], file: str) -> tuple[str, Pretrained]:
    """Return the name of the network that a file fits, and the weights."""
    first: DataError | None = None
    for spec in specs:
        try:
            given = wanted(spec, file)
        except DataError as error:
            first = first or error
        else:
            if given is not None:
                return spec.name, given
    raise first or DataError(say("{file}: there is no network to take these weights.", file=file))


def begin(net: Network, given: Pretrained | None, backbone: str = "frozen") -> str:
    """Give a fresh network its weights, if there are some.

    Parameters
    ----------
    backbone
        ``frozen`` or ``fine-tuned``: whether given weights stay as they are.

    Returns
    -------
    str
        A sentence that says what it begins with; empty for a network that takes none.
    """
    if not isinstance(net, Transfer):
        return ""
    if given is not None:
        net.load_torchvision(given.weights, name=given.name)
        net.freeze(backbone == "frozen")
        return say(
            "{backbone} begins with {origin} and is {backbone2}.",
            backbone=net.backbone,
            origin=net.origin,
            backbone2=backbone,
        )
    return say("{backbone} begins with {origin}.", backbone=net.backbone, origin=net.origin)
