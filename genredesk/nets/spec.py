"""What a network says about itself: name, paper, shape, counts and how to build it.

``registry`` hands these out; training, export and the list of networks read them. Importing this
file does not import torch.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from genredesk.features.frontend import FrontendSpec
    from genredesk.nets.network import Network

Build = Callable[[int, int, int, int], "Network"]
"""``build(n_channels, n_bands, n_frames, n_classes)``."""

Task = Literal["classify", "generate"]

Scaling = Literal["none", "global", "band", "column", "sample"]
"""Over what a network's paper standardises its input, see :mod:`genredesk.nets.standardise`."""

AND = "+"
"""Stands between the names of networks that hear together, see :mod:`genredesk.nets.joined`."""


def with_fields(name: str, values: Mapping[str, Any]) -> str:
    """Return the name of a network with other values of its fields: ``edge[depth=2]``.

    Values are written as JSON; :func:`genredesk.nets.registry.get` reads such a name.
    """
    base, _, rest = name.partition("[")
    if not values:
        return name
    written = [f"{key}={json.dumps(value, separators=(',', ':'))}" for key, value in values.items()]
    return f"{base}[{','.join([*filter(None, [rest.removesuffix(']')]), *written])}]"


@dataclass(frozen=True, slots=True)
class NetSpec:
    """One network, or one variant of it.

    Parameters
    ----------
    name
        What a person types; starts with the name of its file (``edge``, ``edge-2x2``).
    title
        What a person reads.
    paper
        ``"000"`` to ``"004"``, or ``"genredesk"`` for our own.
    build
        Makes the module with freshly initialised weights from torch's global generator.
    frontend_name
        The paper's front end, a key of ``genredesk.features.foreign.FRONTENDS``.
    shape
        The paper's input, ``(channels, bands, frames)``.
    parameters
        The printed (or reproduced) count at ``shape`` and ten classes, as its paper counts:
        Keras' total holds the running statistics of batch norm, others' does not.
    trainable
        The trainable ones, where that differs (batch norm's statistics, a frozen body).
    total
        All values with batch norm's statistics, where that differs from ``parameters``.
    recipe
        How the paper trained it: a name of ``genredesk.training.plan.recipe``.
    task
        ``"classify"``, or ``"generate"`` for a network that also makes new spectrograms.
    scaling
        How the paper standardises the front end's output.
    variants
        Other settings of the same file.
    worth_trying
        Values of its fields (see :meth:`fields`) that a search chooses from.
    notes
        What a person should know about the paper's own description and numbers.
    """

    name: str
    title: str
    paper: str
    build: Build
    frontend_name: str
    shape: tuple[int, int, int]
    parameters: int
    trainable: int | None = None
    total: int | None = None
    recipe: str = ""
    task: Task = "classify"
    scaling: Scaling = "global"
    n_classes: int = 10
    variants: tuple[NetSpec, ...] = ()
    worth_trying: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, Any])
    notes: str = ""

    @property
    def frontend(self) -> FrontendSpec:
        """The paper's front end."""
        from genredesk.features.foreign import FRONTENDS  # noqa: PLC0415 - only when asked

        return FRONTENDS[self.frontend_name]

    def like(self, name: str, **changes: Any) -> NetSpec:
        """Return a variant: the same with another name and other settings."""
        return dataclasses.replace(self, name=name, **{"variants": (), **changes})

    @property
    def fields(self) -> dict[str, Any]:
        """What of the architecture can be set otherwise, with the values it has here."""
        taken = inspect.signature(self.build).parameters.values()
        return {p.name: p.default for p in taken if p.kind is p.KEYWORD_ONLY}

    def with_variants(self, *variants: NetSpec) -> NetSpec:
        """Return the same with ``variants``."""
        return dataclasses.replace(self, variants=variants)

    def paper_network(self) -> Network:
        """Build it as in the paper: its own shape and number of classes."""
        return self.build(*self.shape, self.n_classes)
