"""What the fields of a recipe can be: words to choose from, smallest and largest numbers."""

from __future__ import annotations

AS_RUN, AS_PRINTED = "as run", "as printed"
"""Versions of a paper's recipe: after its authors' code, and after their text."""

CHOICES: dict[str, tuple[str, ...]] = {
    "optimiser": ("adamw", "adam", "adadelta", "rmsprop", "sgd"),
    "schedule": ("constant", "cosine", "exp"),
    "keep": ("best", "last"),
    "balance": ("none", "weights", "sampling"),
    "precision": ("auto", "32-true", "bf16-mixed"),
    "exp_unit": ("batches", "epochs"),
    "backbone": ("frozen", "fine-tuned"),
    "version": (AS_RUN, AS_PRINTED),
}
"""What a field of words can be."""

LIMITS: dict[str, tuple[float, float]] = {
    "epochs": (1, 10_000),
    "lr": (1e-8, 100),
    "batch": (2, 4096),
    "warmup": (0, 0.9),
    "exp_factor": (0.01, 1),
    "exp_steps": (1, 10_000_000),
    "weight_decay": (0, 10),
    "body_lr": (0, 1),
    "crops": (0, 1000),
    "patience": (0, 10_000),
    "label_smoothing": (0, 0.9),
    "ema": (0, 0.99999),
    "clip": (0, 1e6),
    "vary": (0, 1),
    "segment_s": (0, 60),
    "outliers": (0, 1),
    "beside": (0, 1),
    "recognise": (0, 10),
    "teachers": (0, 20),
    "taught": (0, 1),
    "wave_stretch": (1, 2),
    "wave_pitch": (0, 12),
    "wave_copies": (0, 20),
    "augment.stretch": (1, 3),
    "augment.shift_bins": (0, 64),
    "augment.eq_db": (0, 40),
    "augment.gain_db": (0, 40),
    "augment.blend": (0, 1),
    "augment.blend_db": (0, 60),
    "augment.loudspeaker": (0, 1),
    "augment.reverb": (0, 1),
    "augment.dynamics": (0, 1),
    "augment.noise": (0, 1),
    "augment.time_mask": (0, 1),
    "augment.band_mask": (0, 1),
    "augment.mixup": (0, 10),
}
"""Smallest and largest number of a field."""
