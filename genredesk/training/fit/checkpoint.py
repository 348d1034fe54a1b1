"""A run's whole state in one safetensors file (no pickle), whole or not there at all.

Tensors carry their place in the name: ``net/…``, ``average/…``, ``best/…``, ``optimiser/…``,
``songs/…``; what is not a tensor travels as JSON in the file's header.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from genredesk.core import atomic
from genredesk.core.errors import DataError
from genredesk.core.messages import mark, say
from genredesk.training.fit.run import FitRun

FORMAT = 1
PLACES = ("net", "average", "best", "songs")
"""Parts of the state that are weights by name; the optimiser's stand beside them."""


def _flat(place: str, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{place}/{k}": v.detach().cpu().contiguous().clone() for k, v in weights.items()}


_NO_ROOM = mark(
    "The checkpoint cannot be saved in {parent} ({reason}). Make room there and resume the "
    "training."
)


def identity(run: FitRun) -> str:
    """Return what must be the same for a run to be resumed, as canonical JSON."""
    value = {
        "recipe": run.recipe.to_dict(),
        "seed": run.seed,
        "labels": run.labels,
        "train": [run.data.songs[i].name for i in run.split.train],
        "valid": [run.data.songs[i].name for i in run.split.valid],
        "frontend": run.data.spec.fingerprint,
        "weights": {k: list(v.shape) for k, v in run.net.state_dict().items()},
    }
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def save(path: Path, run: FitRun, state: dict[str, Any]) -> None:
    """Write a loop's ``state_dict`` after a whole epoch.

    Raises
    ------
    DataError
        When the disk is full or the folder is gone; the last checkpoint is untouched.
    """
    tensors: dict[str, Tensor] = {}
    for place in PLACES:
        tensors |= _flat(place, state.get(place, {}))
    optimiser = state["optimiser"]
    plain: dict[str, dict[str, Any]] = {}
    for number, values in optimiser["state"].items():
        for key, value in values.items():
            if isinstance(value, Tensor):
                tensors |= _flat(f"optimiser/{number}", {key: value})
            else:
                plain.setdefault(str(number), {})[key] = value
    groups = [{k: v for k, v in g.items() if k != "params"} for g in optimiser["param_groups"]]
    header = {
        "format": FORMAT,
        "identity": identity(run),
        **{k: v for k, v in state.items() if k not in (*PLACES, "optimiser")},
        "groups": groups,
        "plain": plain,
    }
    write(path, tensors, {"state": json.dumps(header)}, _NO_ROOM)


def write(path: Path, tensors: dict[str, Tensor], about: dict[str, str], sentence: str) -> None:
    """Write tensors and what they are; ``sentence`` is said when there is no room.

    Raises
    ------
    DataError
        When it cannot be written; what was there is untouched.
    """
    try:
        atomic.write_bytes(path, to_bytes(tensors, about))
    except OSError as error:
        reason = error.strerror or error
        raise DataError(say(sentence, parent=path.parent, reason=reason)) from error


def _read(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Tensor]]]:
    with safe_open(path, framework="pt") as file:
        header = json.loads((file.metadata() or {})["state"])
        places: dict[str, dict[str, Tensor]] = {}
        for name in file.keys():  # noqa: SIM118 - safe_open is no mapping
            place, _, rest = name.partition("/")
            places.setdefault(place, {})[rest] = file.get_tensor(name)
    return header, places


def precision(path: Path | None) -> str:
    """Return the precision a saved run was begun in; nothing where none can be read."""
    try:
        header, _ = _read(path) if path is not None else ({}, {})
        return str(json.loads(header["identity"])["recipe"]["precision"])
    except (SafetensorError, OSError, KeyError, ValueError):
        return ""


def load(path: Path, run: FitRun) -> dict[str, Any]:
    """Return the ``state_dict`` of a loop that was saved.

    Raises
    ------
    DataError
        When the file is broken or belongs to another run.
    """
    try:
        header, places = _read(path)
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise DataError(
            say(
                "{path}: the checkpoint cannot be read ({reason}). Delete it and train afresh.",
                path=path,
                reason=error,
            )
        ) from error
    if header.get("format") != FORMAT or header.get("identity") != identity(run):
        raise DataError(
            say(
                "{path}: the checkpoint belongs to another run (network, recipe, seed or songs "
                "differ). Go on with what it was begun with, or begin anew in another place.",
                path=path,
            )
        )
    optimiser = _optimiser(header, places.pop("optimiser", {}))
    return {"best": {}, **header, **places, "optimiser": optimiser}


def _optimiser(header: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Any]:
    """Return the ``state_dict`` of an optimiser, without the numbers of its parameters."""
    state: dict[int, dict[str, Any]] = {int(k): dict(v) for k, v in header["plain"].items()}
    for name, value in tensors.items():
        number, _, key = name.partition("/")
        state.setdefault(int(number), {})[key] = value
    return {"state": state, "param_groups": header["groups"]}
