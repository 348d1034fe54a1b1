"""How a network is trained, as data: one frozen record per recipe, each paper's own and ours.

Sources are the papers' texts and, where those are silent, their authors' public code; what is
chosen here is said in ``notes``.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.training.plan.augmentation import Augment
from genredesk.training.plan.limits import AS_PRINTED, AS_RUN

_PLAIN = Augment()


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything the loop needs to know beyond the network and the songs.

    Parameters
    ----------
    optimiser
        ``adamw``, ``adam``, ``adadelta``, ``rmsprop`` or ``sgd``; ``options`` are its own words.
    schedule
        ``constant``, ``cosine`` (to zero, after ``warmup`` of all steps) or ``exp``
        (``exp_factor`` every ``exp_steps`` of ``exp_unit``, mini-batches or epochs, continuous).
    crops
        Random windows a song and epoch; 0 takes every consecutive window once.
    patience
        Epochs without a better validation accuracy before it stops; 0 never stops.
    keep
        ``best`` keeps the epoch with the highest validation accuracy, ``last`` the last one.
    penalty
        Whether the network's own weight regularisation is added to the loss.
    balance
        ``none``, ``weights`` (loss weighted by class) or ``sampling`` (classes drawn equally).
    precision
        ``32-true``, ``bf16-mixed``, or ``auto``: the quicker of them on the device at hand (see
        :mod:`genredesk.training.fit.precision`).
    outliers
        Windows of no music added to every batch, as a share of it (see
        :mod:`genredesk.training.batches.outliers`).
    beside
        Share of the windows beside which such sound is heard, softly (with ``outliers`` only).
    recognise
        Weight of a second loss, to tell the songs learned from apart (see
        :mod:`genredesk.training.fit.recogniser`).
    teachers, teacher, taught
        How many networks are trained first, which (each with the recipe of its own), and the share
        of their answers in what is learned (see :mod:`genredesk.training.fit.teachers`).
    vary, vary_with
        Share of the windows that an autoencoder re-draws, and its bundle (see
        :mod:`genredesk.training.batches.vary`).
    wave_stretch, wave_pitch, wave_copies
        Largest change of tempo as a factor and of pitch in semitones, either way, and how many
        copies of every training song are made with them (see
        :mod:`genredesk.training.batches.waveform_copies`).
    version
        ``as run`` where it follows the authors' code although their text says otherwise, ``as
        printed`` where it follows the text; empty where both agree.
    backbone
        Whether an ImageNet backbone stays ``frozen`` or is ``fine-tuned`` with the rest.
    segment_s
        Seconds of one window, where they are others than the network's front end has; 0: its own.
    network
        Fields of the network's architecture that belong to it (see
        :attr:`genredesk.nets.spec.NetSpec.fields`).
    """

    name: str
    title: str
    optimiser: str = "adamw"
    lr: float = 1e-3
    options: dict[str, Any] = field(default_factory=dict)
    weight_decay: float = 0.0
    schedule: str = "constant"
    warmup: float = 0.0
    exp_factor: float = 1.0
    exp_steps: int = 1
    exp_unit: str = "batches"
    epochs: int = 30
    batch: int = 32
    crops: int = 0
    patience: int = 0
    keep: str = "best"
    penalty: bool = False
    label_smoothing: float = 0.0
    ema: float = 0.0
    balance: str = "none"
    augment: Augment = _PLAIN
    precision: str = "32-true"
    clip: float = 0.0
    body_lr: float = 1.0
    outliers: float = 0.0
    beside: float = 0.0
    recognise: float = 0.0
    teachers: int = 0
    teacher: str = "live-small"
    taught: float = 0.7
    vary: float = 0.0
    vary_with: str = ""
    wave_stretch: float = 1.0
    wave_pitch: float = 0.0
    wave_copies: int = 1
    version: str = ""
    backbone: str = "frozen"
    segment_s: float = 0.0
    network: dict[str, Any] = field(default_factory=dict)
    notes: str = ""

    @property
    def altered_copies(self) -> int:
        """Copies of every training song whose sound is changed, 0 when nothing would be."""
        return self.wave_copies if self.wave_stretch > 1 or self.wave_pitch > 0 else 0

    def replace(self, **changes: Any) -> Recipe:
        """Return a copy with ``changes``."""
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a card or a checkpoint."""
        return dataclasses.asdict(self)


PRINTED = "-printed"
"""Ends the name of a recipe that follows a paper's text where its authors' code does not."""

KERAS_ADADELTA = {"rho": 0.95, "eps": 1e-7}
KERAS_ADAM = {"eps": 1e-7}
KERAS_RMSPROP = {"alpha": 0.9, "eps": 1e-7}

GENREDESK = Recipe(
    name="live",
    title="GenreDesk's own",
    optimiser="adamw",
    lr=2e-3,
    weight_decay=0.05,
    schedule="cosine",
    warmup=0.1,
    epochs=27,
    batch=64,
    crops=10,
    keep="last",
    label_smoothing=0.1,
    ema=0.995,
    recognise=0.3,
    augment=Augment(
        stretch=1.4, shift_bins=4, eq_db=5.0, blend=0.5, loudspeaker=0.1, reverb=0.15, noise=0.2
    ),
    precision="auto",
    notes="Stretch, shift along the bands and a random equaliser on every window; half of them "
    "with another song of the genre added, some through a small loudspeaker, some in a room, some "
    "with noise.",
)

_YANG = Recipe(
    name="net1",
    title="Yang & Zhang (paper 000)",
    optimiser="adadelta",
    lr=1.0,
    options=KERAS_ADADELTA,
    epochs=100,
    batch=50,
    patience=15,
    penalty=True,
    notes="Epochs, patience, rho and eps are not printed: 100, 15 and Keras' defaults here.",
)

_SCHINDLER = Recipe(
    name="schindler",
    title="Wyborn, Butt & Klas after Schindler (paper 001)",
    optimiser="adam",
    lr=5e-5,
    options={"eps": 1e-8},
    epochs=100,
    batch=15,
    crops=15,
    penalty=True,
    notes="15 random segments a song; L1 over all trainable values, as in the authors' code.",
)

_KTH = Recipe(
    name="kth",
    title="KTH vanilla CNN (paper 002)",
    optimiser="adam",
    lr=1e-3,
    options=KERAS_ADAM,
    epochs=30,
    batch=32,
    notes="Standardised per time column over the training set, as in the authors' code.",
)

_PATEL = Recipe(
    name="patel",
    title="Patel (paper 003)",
    optimiser="adam",
    lr=1e-4,
    options=KERAS_ADAM,
    epochs=30,
    batch=32,
    notes="Learning rate and batch of the tutorial the paper follows.",
)

_PATEL_MLP = _PATEL.replace(
    name="patel-mlp", title="Patel's MLP (paper 003)", epochs=50, penalty=True
)

_EDGE = Recipe(
    name="edge",
    title="Putovici & Molnár (paper 004)",
    optimiser="sgd",
    lr=0.01,
    epochs=100,
    batch=5,
    patience=15,
    penalty=True,
    notes="Momentum 0, the L1/L2 weights and the patience are not printed and chosen here.",
)

_LENGTH = "As printed: segments of 0.97 s instead of the 0.93 s that 80 frames are"
_NO_DECAY = f"{_LENGTH}, and 0.9 every 3000 epochs, which changes nothing in 200."
_DECAYING = _SCHINDLER.replace(
    name="schindler-exp",
    title="Paper 001, decaying rate",
    schedule="exp",
    exp_factor=0.9,
    exp_steps=3000,
)
_THIRD = "As printed: the third kernel is 3 x 3 instead of 2 x 2."


def _both(run: Recipe, notes: str, **printed: Any) -> tuple[Recipe, Recipe]:
    """Return a recipe as its authors ran it, and as they print it."""
    text = run.replace(
        name=f"{run.name}{PRINTED}", title=f"{run.title}, {AS_PRINTED}", version=AS_PRINTED,
        notes=notes, **printed,
    )  # fmt: skip
    return run.replace(version=AS_RUN), text


def _three_seconds(recipe: Recipe) -> Recipe:
    """Return a recipe of paper 003 for segments as its printed accuracies imply them."""
    return recipe.replace(
        name=f"{recipe.name}-3s", title=f"{recipe.title}, segments of 3 s", segment_s=3.0
    )


_ALL = (
    GENREDESK,
    GENREDESK.replace(
        name="live-finetune",
        title="GenreDesk's fine-tune of a bundle",
        lr=1e-3,
        epochs=12,
        body_lr=0.2,
    ),
    GENREDESK.replace(
        name="live-small",
        title="GenreDesk's own, shorter, for the small network",
        epochs=20,
    ),
    GENREDESK.replace(
        name="live-doubting",
        title="GenreDesk's own for every place, with sound that is no music",
        epochs=60,
        outliers=0.1,
        beside=0.25,
        augment=dataclasses.replace(GENREDESK.augment, loudspeaker=0.35, reverb=0.4, noise=0.3),
        notes="How the default bundle is trained: long, much of it through loudspeakers, in rooms "
        "and beside other sound, and a tenth of what it hears is no music.",
    ),
    GENREDESK.replace(
        name="live-taught",
        title="GenreDesk's own with teachers and sound that is no music",
        label_smoothing=0.05,
        outliers=0.1,
        teachers=5,
        notes="Five small networks, each without a fifth of the artists, teach it, and a tenth of "
        "what it hears is no music.",
    ),
    GENREDESK.replace(
        name="live-plain",
        title="GenreDesk's own without augmentation",
        augment=Augment(),
        notes="The row of the ablation that shows what augmentation brings.",
    ),
    GENREDESK.replace(
        name="live-masked",
        title="GenreDesk's own with SpecAugment and mixup",
        augment=dataclasses.replace(GENREDESK.augment, time_mask=0.2, band_mask=0.15, mixup=0.2),
    ),
    GENREDESK.replace(
        name="live-varied",
        title="GenreDesk's own with windows re-drawn by an autoencoder",
        vary=0.3,
        notes="vary_with names the autoencoder's bundle, trained on the same front end.",
    ),
    GENREDESK.replace(
        name="live-waves",
        title="GenreDesk's own with songs played faster, slower, higher and lower",
        wave_stretch=1.25,
        wave_pitch=2.0,
        notes="Two changed copies of every training song; their sound is needed, not mel arrays.",
        wave_copies=2,
    ),
    _YANG,
    *_both(_SCHINDLER, f"{_LENGTH}.", segment_s=0.97),
    *_both(
        _SCHINDLER.replace(name="schindler-cqt", title="Paper 001, constant-Q input", lr=3e-5),
        f"{_LENGTH}.",
        segment_s=0.97,
    ),
    *_both(_DECAYING, _NO_DECAY, exp_unit="epochs", segment_s=0.97),
    *_both(
        _DECAYING.replace(
            name="schindler-cqt-exp",
            title="Paper 001, constant-Q input and decaying rate",
            lr=3e-5,
        ),
        _NO_DECAY,
        exp_unit="epochs",
        segment_s=0.97,
    ),
    *_both(_KTH, _THIRD, network={"third": 3}),
    *_both(
        _KTH.replace(
            name="kth-mfcc",
            title="KTH vanilla CNN on MFCC (paper 002)",
            optimiser="rmsprop",
            options=KERAS_RMSPROP,
        ),
        f"{_THIRD} On 13 MFCCs only two rows of it fit.",
        network={"third": 3},
    ),
    *_both(
        _KTH.replace(
            name="kth-mel3",
            title="KTH vanilla CNN on three mel channels (paper 002)",
            lr=1e-4,
            epochs=20,
            notes="The front end standardises each sample and channel, as in the authors' code.",
        ),
        f"{_THIRD} The rate is that of the vanilla network, which is all that is printed.",
        lr=1e-3,
        network={"third": 3},
    ),
    _KTH.replace(
        name="mobilenet-transfer",
        title="MobileNetV2 transfer (paper 002)",
        optimiser="rmsprop",
        options=KERAS_RMSPROP,
        notes="Backbone frozen when ImageNet weights are given.",
    ),
    *_both(
        _KTH.replace(
            name="densenet-transfer",
            title="DenseNet121 transfer (paper 002)",
            lr=1e-4,
            epochs=20,
            notes="Backbone frozen when ImageNet weights are given, as in the authors' code.",
        ),
        "As printed: the backbone is fine-tuned.",
        backbone="fine-tuned",
    ),
    *(recipe for one in (_PATEL, _PATEL_MLP) for recipe in (one, _three_seconds(one))),
    _EDGE,
    Recipe(
        name="plain",
        title="AdamW without augmentation",
        lr=1e-3,
        weight_decay=0.01,
        schedule="cosine",
        warmup=0.1,
        epochs=40,
        batch=32,
        keep="last",
        label_smoothing=0.1,
        notes="For networks beside the papers', so that they are compared and not their recipes.",
    ),
    Recipe(
        name="vae",
        title="KTH variational autoencoder (paper 002)",
        optimiser="adam",
        lr=3e-4,
        options=KERAS_ADAM,
        epochs=25,
        batch=10,
        keep="last",
        notes="Rate, batch and epochs of the authors' notebook.",
    ),
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _ALL}


def get(name: str) -> Recipe:
    """Return a recipe by its name.

    Raises
    ------
    DataError
        When there is none; the text lists them all.
    """
    try:
        return RECIPES[name]
    except KeyError:
        raise DataError(
            say(
                "There is no recipe named {name}. Choose one of: {recipes}.",
                name=name,
                recipes=", ".join(RECIPES),
            )
        ) from None
