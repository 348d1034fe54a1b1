"""What is trained and how, as chosen on the second page; turned into a plan for the worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from genredesk.training.plan import recipe as recipes
from genredesk.training.plan.plan import NET, TrainPlan
from genredesk.training.plan.recipe import Recipe

QUICK, BALANCED, SCRATCH, PAPER = "quick", "balanced", "scratch", "paper"
PRESETS = (QUICK, BALANCED, SCRATCH, PAPER)
UNEVEN = 1.5
"""Largest class over smallest from which classes are weighted by themselves."""


@dataclass(frozen=True, slots=True)
class TrainingChoice:
    """Everything the second page asks.

    Parameters
    ----------
    start
        Id of the bundle to start from; empty: a network with fresh weights.
    beside
        Id of the bundle that hears together with ``start`` in quick mode; empty: one ear.
    network
        Name of the network for the presets that begin from scratch.
    frontend
        Name of the front end of a network with fresh weights; empty: its own.
    preset
        One of :data:`PRESETS`.
    changes
        Other values of the recipe's fields.
    device
        ``auto``, ``cpu``, ``cuda`` or ``mps``.
    minutes
        Longer than 0: search for a better recipe so long.
    seed
        What everything random comes from.
    """

    start: str = ""
    beside: str = ""
    network: str = "live"
    frontend: str = ""
    preset: str = QUICK
    changes: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    minutes: float = 0.0
    seed: int = 0

    def replace(self, **changes: Any) -> TrainingChoice:
        """Return a copy with ``changes``."""
        return dataclasses.replace(self, **changes)

    @property
    def from_bundle(self) -> bool:
        """Whether the preset goes on from a bundle's weights."""
        return self.preset in (QUICK, BALANCED)

    def possible(self, preset: str) -> bool:
        """Whether a preset can be chosen: the first two need a bundle."""
        return bool(self.start) or preset in (SCRATCH, PAPER)

    def plan(
        self, *, unevenness: float = 1.0, active: str = "", several: bool = False
    ) -> TrainPlan:
        """Return the plan; ``out`` and ``songs`` are filled in by the run.

        Parameters
        ----------
        unevenness
            Largest class over smallest.
        active
            The bundle in use, to compare a network from scratch with.
        several
            Whether songs have several words each.
        """
        balance = "weights" if unevenness > UNEVEN and "balance" not in self.changes else ""
        common: dict[str, Any] = {
            "out": "model",
            "songs": "songs.json",
            "words": "list" if several else "",
            "changes": dict(self.changes) if self.preset != QUICK else {},
            "device": self.device,
            "seed": self.seed,
            "minutes": float(self.minutes) if self.preset != QUICK else 0.0,
            "balance": balance if self.preset in (BALANCED, SCRATCH) else "",
        }
        if self.preset == QUICK:
            ears = [self.beside] if self.beside else []
            return TrainPlan(mode="quick", bundle=self.start, ears=ears, **common)
        if self.preset == BALANCED:
            fresh = ("version", "segment_s")  # of a fresh network alone
            kept = {
                k: v for k, v in self.changes.items() if not k.startswith(NET) and k not in fresh
            }
            return TrainPlan(mode="full", bundle=self.start, **{**common, "changes": kept})
        if self.preset == SCRATCH:  # our own recipe is no paper's
            common["changes"].pop("version", None)
        recipe = "live" if self.preset == SCRATCH else ""
        compare = self.start or active
        return TrainPlan(
            mode="scratch",
            network=self.network,
            frontend=self.frontend,
            recipe=recipe,
            compare=compare,
            **common,
        )

    def recipe(self, paper_recipe: str = "") -> Recipe:
        """Return the recipe the preset begins with, before any change."""
        if self.preset == BALANCED:
            return recipes.get("live-finetune")
        if self.preset == PAPER and paper_recipe:
            return recipes.get(paper_recipe)
        return recipes.get("live")

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {**dataclasses.asdict(self), "changes": dict(self.changes)}


def from_dict(raw: Any) -> TrainingChoice:
    """Read a choice; anything odd gets its default."""
    values: dict[str, Any] = {}
    defaults = TrainingChoice().to_dict()
    for name, default in defaults.items():
        value = raw.get(name, default) if isinstance(raw, dict) else default
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        values[name] = value if type(value) is type(default) else default
    if values["preset"] not in PRESETS:
        values["preset"] = QUICK
    return TrainingChoice(**values)


def of_plan(plan: Mapping[str, Any], preset: str) -> TrainingChoice:
    """Return the choice an earlier run was made with, so that it can be repeated with a change."""
    return from_dict(
        {
            "start": plan.get("bundle") or plan.get("compare") or "",
            "beside": next(iter(plan.get("ears") or []), ""),
            "network": plan.get("network", "live"),
            "frontend": plan.get("frontend", ""),
            "preset": preset,
            "changes": plan.get("changes", {}),
            "device": plan.get("device", "auto"),
            "minutes": plan.get("minutes", 0.0),
            "seed": plan.get("seed", 0),
        }
    )
