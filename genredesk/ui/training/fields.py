"""The fields of a recipe as a person meets them: the field's own name and a sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication

from genredesk.training.recipe import Recipe


def tr(text: str) -> str:
    """Translate a sentence."""
    return QCoreApplication.translate("recipe", text)


@dataclass(frozen=True, slots=True)
class RecipeField:
    """One field.

    Parameters
    ----------
    name
        As in :class:`~genredesk.training.recipe.Recipe`; ``augment.x`` for its augmentation.
    sentence
        What it does.
    options
        What can be chosen; empty for numbers and yes or no.
    low, high
        Smallest and largest number.
    """

    name: str
    sentence: str
    options: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1e9

    def value(self, recipe: Recipe) -> Any:
        """Return the recipe's own value."""
        place, _, name = self.name.rpartition(".")
        return getattr(recipe.augment if place else recipe, name)


def fields() -> tuple[RecipeField, ...]:
    """Return all fields, the ones asked for most first."""
    return (
        RecipeField("epochs", tr("How often all songs are gone through."), (), 1, 10_000),
        RecipeField(
            "lr", tr("Learning rate: how far one step goes. The first thing to try."), (), 1e-8, 100
        ),
        RecipeField("batch", tr("Windows looked at before each step."), (), 2, 4096),
        RecipeField(
            "optimiser",
            tr("The rule that turns gradients into steps."),
            ("adamw", "adam", "adadelta", "rmsprop", "sgd"),
        ),
        RecipeField(
            "schedule",
            tr("How the learning rate changes meanwhile."),
            ("constant", "cosine", "exp"),
        ),
        RecipeField("warmup", tr("Share of all steps over which the rate rises."), (), 0, 0.9),
        RecipeField(
            "exp_factor", tr("Schedule exp: the rate is multiplied with this …"), (), 0.01, 1
        ),
        RecipeField("exp_steps", tr("… every so many mini-batches."), (), 1, 10_000_000),
        RecipeField(
            "weight_decay", tr("Pulls weights towards zero against learning by heart."), (), 0, 10
        ),
        RecipeField(
            "body_lr",
            tr("Fine-tuning: rate of the early layers as a share of the last one's."),
            (),
            0,
            1,
        ),
        RecipeField(
            "crops",
            tr("Random windows of each song in an epoch; 0 takes every window once."),
            (),
            0,
            1000,
        ),
        RecipeField(
            "patience",
            tr("Epochs without getting better before it stops; 0 never stops."),
            (),
            0,
            10_000,
        ),
        RecipeField("keep", tr("Which epoch's network is kept."), ("best", "last")),
        RecipeField("penalty", tr("Adds the paper's own weight penalty to the loss.")),
        RecipeField("label_smoothing", tr("Asks for a little less than certainty."), (), 0, 0.9),
        RecipeField("ema", tr("Averages the weights; 0 keeps the last."), (), 0, 0.99999),
        RecipeField(
            "balance",
            tr("How small classes are made to count as much as large ones."),
            ("none", "weights", "sampling"),
        ),
        RecipeField("precision", tr("Numbers used on the way."), ("32-true", "bf16-mixed")),
        RecipeField("clip", tr("Longest gradient; 0 leaves all as they are."), (), 0, 1e6),
        RecipeField("augment.stretch", tr("Largest change of tempo, as a factor."), (), 1, 3),
        RecipeField("augment.shift_bins", tr("Largest shift along the bands."), (), 0, 64),
        RecipeField("augment.eq_db", tr("Strength of the random equaliser in dB."), (), 0, 40),
        RecipeField("augment.gain_db", tr("Strength of random level changes in dB."), (), 0, 40),
        RecipeField("augment.time_mask", tr("Longest masked time, as a share."), (), 0, 1),
        RecipeField("augment.band_mask", tr("Widest masked range of bands, as a share."), (), 0, 1),
        RecipeField("augment.mixup", tr("How strongly pairs of windows are mixed."), (), 0, 10),
    )
