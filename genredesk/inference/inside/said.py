"""Names of layers and branches in the person's language; in JSON and as keys they stay as they are.

A branch is called ``maximum of convolution 4`` or ``mean of convolutions 2 + 3``, a layer
``convolution 4``; see :class:`genredesk.inference.inside.graph.Branch`.
"""

from __future__ import annotations

import re

from genredesk.core.messages import mark, say

_LAYERS = {
    "convolution": mark("convolution {numbers}"),
    "convolutions": mark("convolutions {numbers}"),
    "recurrent": mark("recurrent layer {numbers}"),
    "recurrents": mark("recurrent layers {numbers}"),
}
_POOLS = {
    "maximum": mark("the maximum of {layers}"),
    "mean": mark("the mean of {layers}"),
    "deviation": mark("the deviation of {layers}"),
}
_NAME = re.compile(rf"(?:({'|'.join(_POOLS)}) of )?({'|'.join(_LAYERS)}) ([\d +]+)")


def name_said(name: str) -> str:
    """Return the name of a layer or branch as a person reads it; one that is neither as it is."""
    found = _NAME.fullmatch(name)
    if found is None:
        return name
    pool, kind, numbers = found.groups()
    layers = say(_LAYERS[kind], numbers=numbers)
    return say(_POOLS[pool], layers=layers) if pool else layers
