"""A run's whole state in one safetensors file (no pickle), whole or not there at all.

Tensors carry their place in the name: ``net/…``, ``average/…``, ``best/…``, ``optimiser/…``,
``songs/…``; what is not a tensor travels as JSON in the file's header.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from genredesk.core import atomic
from genredesk.core.errors import DataError

if TYPE_CHECKING:
    from genredesk.training.fit.fit import Loop

FORMAT = 1


def _flat(place: str, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{place}/{k}": v.detach().cpu().contiguous().clone() for k, v in weights.items()}


def identity(loop: Loop) -> str:
    """Return what must be the same for a run to be resumed, as canonical JSON."""
    run = loop.run
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


def save(path: Path, loop: Loop) -> None:
    """Write the state after a whole epoch.

    Raises
    ------
    DataError
        When the disk is full or the folder is gone; the last checkpoint is untouched.
    """
    tensors = _flat("net", loop.run.net.state_dict()) | _flat("best", loop.best)
    if loop.average is not None:
        tensors |= _flat("average", loop.average.values)
    if loop.recogniser is not None:
        tensors |= _flat("songs", loop.recogniser.songs.state_dict())
    state = loop.optimiser.state_dict()
    plain: dict[str, dict[str, Any]] = {}
    for number, values in state["state"].items():
        for key, value in values.items():
            if isinstance(value, Tensor):
                tensors |= _flat(f"optimiser/{number}", {key: value})
            else:
                plain.setdefault(str(number), {})[key] = value
    header = {
        "format": FORMAT,
        "identity": identity(loop),
        "epoch": loop.epoch,
        "kept_epoch": loop.kept_epoch,
        "best_score": loop.best_score,
        "micro": loop.micro,
        "average_steps": loop.average.steps if loop.average is not None else 0,
        "history": [dataclasses.asdict(report) for report in loop.history],
        "groups": [{k: v for k, v in g.items() if k != "params"} for g in state["param_groups"]],
        "plain": plain,
    }
    try:
        atomic.write_bytes(path, to_bytes(tensors, {"state": json.dumps(header)}))
    except OSError as error:
        raise DataError(
            f"The checkpoint cannot be saved in {path.parent} ({error}). Make room there and "
            "resume the training."
        ) from error


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


def load(path: Path, loop: Loop) -> None:
    """Put a saved state into a fresh loop.

    Raises
    ------
    DataError
        When the file is broken or belongs to another run.
    """
    from genredesk.training.fit.epoch import EpochReport  # noqa: PLC0415 - the two know each other

    try:
        header, places = _read(path)
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise DataError(
            f"{path}: the checkpoint cannot be read ({error}). Delete it and train afresh."
        ) from error
    if header.get("format") != FORMAT or header.get("identity") != identity(loop):
        raise DataError(
            f"{path}: the checkpoint belongs to another run (network, recipe, seed or songs "
            "differ). Go on with what it was begun with, or begin anew in another place."
        )
    loop.run.net.load_state_dict(places["net"])
    if loop.recogniser is not None:
        loop.recogniser.songs.load_state_dict(places["songs"])
    loop.best = places.get("best", {})
    if loop.average is not None:
        loop.average.values = {k: v.to(loop.fabric.device) for k, v in places["average"].items()}
        loop.average.steps = header["average_steps"]
    _load_optimiser(loop.optimiser, header, places.get("optimiser", {}))
    loop.epoch, loop.kept_epoch = header["epoch"], header["kept_epoch"]
    loop.best_score, loop.micro = header["best_score"], header["micro"]
    loop.history = [EpochReport(**report) for report in header["history"]]


def _load_optimiser(
    optimiser: torch.optim.Optimizer, header: dict[str, Any], tensors: dict[str, Tensor]
) -> None:
    state: dict[int, dict[str, Any]] = {int(k): dict(v) for k, v in header["plain"].items()}
    for name, value in tensors.items():
        number, _, key = name.partition("/")
        state.setdefault(int(number), {})[key] = value
    now = optimiser.state_dict()["param_groups"]
    groups = [
        {**fresh, **kept, "params": fresh["params"]}
        for fresh, kept in zip(now, header["groups"], strict=True)
    ]
    optimiser.load_state_dict({"state": state, "param_groups": groups})
