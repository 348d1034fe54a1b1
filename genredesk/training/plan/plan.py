"""What a training run is asked to do, as data that travels to the worker as one line of JSON."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.inference.card import valid_id

MODES = ("scratch", "full", "quick")
WORDS = ("", "table", "tags", "list")
DEVICES = ("auto", "cpu", "cuda", "mps")

SEARCHED = "search-best.safetensors"
"""The best network so far of a search, in the folder of a run."""
NET = "net."
"""Begins the name of a change that is the network's, not the recipe's."""


@dataclass(frozen=True, slots=True)
class TrainPlan:
    """One training run.

    Parameters
    ----------
    out
        The folder of the new bundle; its name becomes the bundle's id. ``<out>.run`` beside it
        holds the checkpoint while it runs and the report afterwards.
    folder
        A folder of labelled folders, or
    songs
        a list of songs (see :mod:`genredesk.training.data.songlist`), or
    mels, tracks
        a mel array file and its table.
    words
        Where several words may hold of a song, whose they are: ``table``, ``tags`` or ``list`` (see
        :mod:`genredesk.training.data.several_words`); empty: one genre each.
    network, recipe
        Names; an empty recipe is the one of the network's paper.
    mode
        ``scratch``, ``full`` (fine-tune all of ``bundle``) or ``quick`` (new head on ``bundle``).
    bundle
        Id or folder of the bundle to start from.
    ears
        In quick mode, other bundles that hear together with ``bundle``; they share its front end.
    weights, imagenet
        ImageNet weights for a transfer network: torchvision's file; or ``imagenet``: the one in the
        program's own folder, downloaded when it is not there. With neither, a random start.
    frontend
        Name of a front end for folders; empty: the network's own (the bundle's when fine-tuning).
    epochs, batch, lr
        Other values than the recipe's; 0 leaves them.
    changes
        Other values of any field of the recipe, ``augment.stretch`` for those of its augmentation,
        ``net.dropout`` for those of a new network's architecture.
    minutes
        Longer than 0: search for better values so long and keep the best network found.
    architecture
        Whether that search tries other values of the network's own fields, too.
    compare
        Id or folder of a bundle that is measured on the same songs; empty: the one to start from.
    balance
        ``none``, ``weights`` or ``sampling``; empty: as the recipe says.
    device
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    threads
        Processor threads of torch; 0: chosen for this machine.
    half
        Round the finished network's weights to half precision, so that its bundle takes half the
        space; it is measured as it is kept.
    refit
        Train once more at the end, with what was learned about the epochs, on all songs: the bundle
        holds that network, and the numbers of the first stand for it.
    """

    out: str
    folder: str = ""
    songs: str = ""
    mels: str = ""
    tracks: str = ""
    words: str = ""
    network: str = "live"
    recipe: str = ""
    mode: str = "scratch"
    bundle: str = ""
    ears: list[str] = field(default_factory=list)
    weights: str = ""
    imagenet: bool = False
    frontend: str = ""
    seed: int = 0
    resume: bool = False
    epochs: int = 0
    batch: int = 0
    lr: float = 0.0
    balance: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    minutes: float = 0.0
    architecture: bool = False
    compare: str = ""
    device: str = "auto"
    devices: int = 1
    nodes: int = 1
    threads: int = 0
    half: bool = False
    refit: bool = False
    title: str = ""
    data_note: str = ""
    licence: str = ""
    notes: str = ""

    def to_json(self) -> str:
        """Return the plan as one line."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False)

    @property
    def network_changes(self) -> dict[str, Any]:
        """The changes that are the network's, by the names of its fields."""
        mine = (key for key in self.changes if key.startswith(NET))
        return {key.removeprefix(NET): self.changes[key] for key in mine}

    @property
    def recipe_changes(self) -> dict[str, Any]:
        """The changes that are the recipe's."""
        return {key: value for key, value in self.changes.items() if not key.startswith(NET)}

    @property
    def run_dir(self) -> Path:
        """Where the checkpoint and the report are kept."""
        out = Path(self.out)
        return out.with_name(out.name + ".run")

    @property
    def checkpoint(self) -> Path:
        """The state of the run after its last whole epoch."""
        return self.run_dir / "checkpoint.safetensors"

    @property
    def refit_checkpoint(self) -> Path:
        """The same of the second training, of a plan with ``refit``."""
        return self.run_dir / "refit.safetensors"

    @property
    def resumable(self) -> bool:
        """Whether there is something of a run that was broken off."""
        return self.checkpoint.exists() or (self.run_dir / SEARCHED).exists()

    @property
    def first(self) -> Path:
        """The bundle of the first training of a plan with ``refit``: the one that was measured."""
        return self.run_dir / Path(self.out).name


def from_dict(raw: Any) -> TrainPlan:
    """Read a plan.

    Raises
    ------
    DataError
        When a field is unknown, missing or of the wrong type.
    """
    if not isinstance(raw, Mapping):
        raise DataError(say("The training plan is no JSON object."))
    defaults = dataclasses.asdict(TrainPlan(out=""))
    unknown = sorted(set(raw) - set(defaults))
    if unknown:
        raise DataError(
            say("The training plan has an unknown field, {unknown}.", unknown=unknown[0])
        )
    if "out" not in raw:
        raise DataError(say("The training plan does not say where the bundle goes (out)."))
    values = dict(raw)
    for name, value in raw.items():
        default = defaults[name]
        if isinstance(default, float) and type(value) is int:
            values[name] = float(value)
        elif type(value) is not type(default):
            raise DataError(say("The training plan's {name} has the wrong type.", name=name))
    return TrainPlan(**values)


def check_place(out: Path) -> None:
    """Refuse a folder that no new bundle can have.

    Raises
    ------
    DataError
        When its name is no bundle's, or it is there already.
    """
    if not valid_id(out.name):
        raise DataError(
            say(
                "{out!r} cannot be the name of a bundle. Use lower-case letters, digits, dots, "
                "dashes and underscores, beginning with a letter or digit.",
                out=out.name,
            )
        )
    if out.exists():
        raise DataError(
            say("{out} exists already. Choose another place for the new bundle.", out=out)
        )


def _check_words(plan: TrainPlan) -> None:
    if plan.words not in WORDS:
        raise DataError(
            say(
                "The words are {words!r}; choose one of {words2}.",
                words=plan.words,
                words2=", ".join(WORDS[1:]),
            )
        )
    place = {"table": plan.folder or plan.mels, "tags": plan.folder, "list": plan.songs}
    if plan.words and not place[plan.words]:
        raise DataError(
            say(
                "Several words a song come from a folder's table or tags, from the table of mel "
                "arrays, or from a list of songs."
            )
        )


def check_device(name: str) -> None:
    """Refuse a device that no computer has.

    Raises
    ------
    DataError
        With the devices that can be asked for.
    """
    if name not in DEVICES:
        raise DataError(
            say(
                "There is no device named {name}. Choose one of: {devices}.",
                name=name,
                devices=", ".join(DEVICES),
            )
        )


def check_threads(wanted: int) -> None:
    """Refuse less than no threads.

    Raises
    ------
    DataError
        When the number is below zero.
    """
    if wanted < 0:
        raise DataError(
            say(
                "{wanted} threads cannot work. Ask for at least one, or 0 to leave it open.",
                wanted=wanted,
            )
        )


def check(plan: TrainPlan) -> None:
    """Refuse what cannot work before anything long begins.

    Raises
    ------
    DataError
        With a sentence that says what to change.
    """
    out = Path(plan.out)
    if out.exists() and plan.resume:
        raise DataError(
            say("{out} is there: this training was finished, nothing is left to resume.", out=out)
        )
    check_place(out)
    if sum(map(bool, (plan.folder, plan.songs, plan.mels))) != 1:
        raise DataError(say("Give either a folder of labeled folders or a mel array file."))
    _check_words(plan)
    _check_mode(plan)
    numbers = (plan.epochs, plan.batch, plan.lr, plan.minutes)
    if not all(0 <= number < math.inf for number in numbers):
        raise DataError(say("Epochs, batch, learning rate and minutes must be positive."))
    if plan.seed < 0:
        raise DataError(say("The seed must be 0 or more."))
    if plan.balance not in ("", "none", "weights", "sampling"):
        raise DataError(say("Balance is one of none, weights, sampling."))


def _check_mode(plan: TrainPlan) -> None:
    """Refuse a mode that is none, or what does not go with it."""
    if plan.mode not in MODES:
        raise DataError(
            say(
                "The mode is {mode!r}; choose one of {modes}.",
                mode=plan.mode,
                modes=", ".join(MODES),
            )
        )
    if plan.mode != "scratch" and not plan.bundle:
        raise DataError(
            say("The mode {mode} needs a bundle to start from (--bundle).", mode=plan.mode)
        )
    if plan.mode != "scratch" and (plan.weights or plan.imagenet):
        raise DataError(
            say(
                "The mode {mode} begins with a bundle's weights. Leave ImageNet's out, or train "
                "from scratch (--mode scratch).",
                mode=plan.mode,
            )
        )
    if plan.mode != "scratch" and plan.network_changes:
        raise DataError(
            say(
                "The mode {mode} goes on with a bundle's network as it is. Leave "
                "{net}{network_changes} out, or train from scratch.",
                mode=plan.mode,
                net=NET,
                network_changes=min(plan.network_changes),
            )
        )
    if plan.architecture and (plan.mode != "scratch" or not plan.minutes):
        raise DataError(
            say(
                "The architecture is searched for a new network (--mode scratch) and so many "
                "minutes (--minutes)."
            )
        )
    if plan.refit and plan.mode == "quick":
        raise DataError(
            say("A quick run learns from all songs as it is. Leave out fitting it again.")
        )
    if plan.ears and plan.mode != "quick":
        raise DataError(
            say("Only a quick run can stand on several ears. Use the mode quick for them.")
        )
