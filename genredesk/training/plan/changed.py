"""A recipe with a person's own values: each checked against what its field can be."""

from __future__ import annotations

import dataclasses
from typing import Any

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.training.plan import recipe as recipes
from genredesk.training.plan.limits import AS_RUN, CHOICES, LIMITS
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.plan.recipe import PRINTED, RECIPES, Recipe


def _check(name: str, value: Any) -> None:
    """Refuse a value outside what the field can be."""
    if name in CHOICES and value not in CHOICES[name]:
        choices = ", ".join(CHOICES[name])
        raise DataError(
            say(
                "The recipe's {name} must be one of {choices}, not {value}.",
                name=name,
                choices=choices,
                value=value,
            )
        )
    if name in LIMITS:
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise DataError(
                say(
                    "The recipe's {name} must be between {low:g} and {high:g}, not {value:g}.",
                    name=name,
                    low=low,
                    high=high,
                    value=value,
                )
            )


def version_of(recipe: Recipe, version: str) -> Recipe:
    """Return a recipe as it was run or as it was printed.

    Raises
    ------
    DataError
        When both are the same for this recipe, or there is no such version.
    """
    if version == recipe.version:
        return recipe
    _check("version", version)
    base = recipe.name.removesuffix(PRINTED)
    other = RECIPES.get(base if version == AS_RUN else f"{base}{PRINTED}")
    if other is None or other.version != version:
        raise DataError(
            say(
                "The recipe {recipe} has one version only: what its paper prints is what its "
                "authors ran, as far as that is known.",
                recipe=recipe.name,
            )
        )
    return other


def changed(recipe: Recipe, changes: dict[str, Any]) -> Recipe:
    """Return ``recipe`` with a person's own values; ``augment.stretch`` names a field inside.

    Raises
    ------
    DataError
        When a field is unknown or its value of the wrong type, or none it can have.
    """
    recipe = version_of(recipe, str(changes.get("version", recipe.version)))
    inner: dict[str, Any] = {}
    outer: dict[str, Any] = {}
    for name, value in changes.items():
        place, _, field_name = name.rpartition(".")
        target = recipe.augment if place == "augment" else recipe
        old = getattr(target, field_name, None)
        if old is None or place not in ("", "augment"):
            fields = [f.name for f in dataclasses.fields(recipe) if f.name != "augment"]
            fields += [f"augment.{f.name}" for f in dataclasses.fields(recipe.augment)]
            raise DataError(
                say(
                    "A recipe has no field {name}. It has {fields}.",
                    name=name,
                    fields=", ".join(fields),
                )
            )
        if isinstance(old, float) and type(value) is int:
            value = float(value)  # noqa: PLW2901
        if type(value) is not type(old):
            raise DataError(say("The recipe's {name} cannot be {value!r}.", name=name, value=value))
        _check(name, value)
        (inner if place else outer)[field_name] = value
    augment = dataclasses.replace(recipe.augment, **inner)
    return recipe.replace(**{"augment": augment, **outer})


def of_plan(plan: TrainPlan, default: str) -> Recipe:
    """Return the recipe a plan names, or the one called ``default``, with its own changes.

    Raises
    ------
    DataError
        As :func:`changed`, and when there is no such recipe.
    """
    changes: dict[str, Any] = {}
    for key in ("epochs", "batch", "lr", "balance"):
        if getattr(plan, key):
            changes[key] = getattr(plan, key)
    return changed(recipes.get(plan.recipe or default), {**plan.recipe_changes, **changes})
