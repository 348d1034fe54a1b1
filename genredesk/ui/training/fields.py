"""The fields of a recipe as a person meets them: the field's own name and a sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from genredesk.training.plan.limits import CHOICES, LIMITS
from genredesk.training.plan.recipe import Recipe
from genredesk.ui.look.text import tr


@dataclass(frozen=True, slots=True)
class RecipeField:
    """One field.

    Parameters
    ----------
    name
        As in :class:`~genredesk.training.plan.recipe.Recipe`; ``augment.x`` for its augmentation.
    sentence
        What it does.
    """

    name: str
    sentence: str

    @property
    def options(self) -> tuple[str, ...]:
        """What can be chosen; empty for numbers and yes or no."""
        return CHOICES.get(self.name, ())

    @property
    def names_model(self) -> bool:
        """Whether its value is the id of a model."""
        return self.name == "vary_with"

    @property
    def low(self) -> float:
        """Smallest number."""
        return LIMITS[self.name][0]

    @property
    def high(self) -> float:
        """Largest number."""
        return LIMITS[self.name][1]

    def value(self, recipe: Recipe) -> Any:
        """Return the recipe's own value."""
        place, _, name = self.name.rpartition(".")
        return getattr(recipe.augment if place else recipe, name)


def fields() -> tuple[RecipeField, ...]:
    """Return all fields, the ones asked for most first."""
    return (
        RecipeField(
            "version", tr("A paper's network as its authors ran it, or as their text prints it.")
        ),
        RecipeField("segment_s", tr("Seconds of one window; 0 leaves it as the front end has it.")),
        RecipeField("backbone", tr("Whether an ImageNet backbone stays as it is or learns, too.")),
        RecipeField("epochs", tr("How many times all songs are gone through.")),
        RecipeField("lr", tr("Learning rate: how far one step goes. The first thing to try.")),
        RecipeField("batch", tr("Windows looked at before each step.")),
        RecipeField("optimiser", tr("The rule that turns gradients into steps.")),
        RecipeField("schedule", tr("How the learning rate changes meanwhile.")),
        RecipeField("warmup", tr("Share of all steps over which the rate rises.")),
        RecipeField("exp_factor", tr("Schedule exp: the rate is multiplied by this …")),
        RecipeField("exp_steps", tr("… every so many …")),
        RecipeField("exp_unit", tr("… of these.")),
        RecipeField("weight_decay", tr("Pulls weights toward zero, against overfitting.")),
        RecipeField(
            "body_lr", tr("Fine-tuning: rate of the early layers as a share of the last one's.")
        ),
        RecipeField(
            "crops", tr("Random windows of each song per epoch; 0 takes every window once.")
        ),
        RecipeField(
            "patience", tr("Epochs without getting better before it stops; 0 never stops.")
        ),
        RecipeField("keep", tr("Which epoch's network is kept.")),
        RecipeField("penalty", tr("Adds the paper's own weight penalty to the loss.")),
        RecipeField("label_smoothing", tr("Asks for a little less than certainty.")),
        RecipeField("ema", tr("Averages the weights; 0 keeps the last.")),
        RecipeField("balance", tr("How small genres are made to count as much as large ones.")),
        RecipeField("precision", tr("Numbers used on the way; auto times which is quicker here.")),
        RecipeField("clip", tr("Longest gradient; 0 leaves all as they are.")),
        RecipeField("augment.stretch", tr("Largest change of tempo, as a factor.")),
        RecipeField("augment.shift_bins", tr("Largest shift along the bands.")),
        RecipeField("augment.eq_db", tr("Strength of the random equalizer in dB.")),
        RecipeField("augment.gain_db", tr("Strength of random level changes in dB.")),
        RecipeField("augment.blend", tr("Share of windows with another song of the genre added.")),
        RecipeField("augment.blend_db", tr("How much softer that song may be, in dB.")),
        RecipeField(
            "augment.loudspeaker", tr("Share of windows played through a small loudspeaker.")
        ),
        RecipeField("augment.reverb", tr("Share of windows put into a room.")),
        RecipeField("augment.dynamics", tr("Largest change between loud and soft, as a share.")),
        RecipeField("augment.noise", tr("Share of windows with a soft noise.")),
        RecipeField("augment.time_mask", tr("Longest masked time, as a share.")),
        RecipeField("augment.band_mask", tr("Widest masked range of bands, as a share.")),
        RecipeField(
            "wave_stretch",
            tr("Largest change of tempo of changed copies of the songs, as a factor."),
        ),
        RecipeField("wave_pitch", tr("Largest change of their pitch in semitones.")),
        RecipeField("wave_copies", tr("Changed copies of every song to train on.")),
        RecipeField(
            "outliers",
            tr("Sound other than music, learned as having no genre, as a share of all sound."),
        ),
        RecipeField("beside", tr("Share of windows beside which such sound is heard, softly.")),
        RecipeField(
            "recognise",
            tr("How much it also learns to tell your songs apart; 0 for not at all."),
        ),
        RecipeField("teachers", tr("Networks trained first, whose answers are learned, too.")),
        RecipeField("taught", tr("Share of their answers in what is learned.")),
        RecipeField(
            "vary",
            tr("Share of windows re-drawn by an autoencoder that was trained before …"),
        ),
        RecipeField("vary_with", tr("… which one of your models, with the same front end.")),
        RecipeField("augment.mixup", tr("How strongly pairs of windows are mixed.")),
    )
