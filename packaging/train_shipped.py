"""The bundles that come with the program: their plans and what their cards say about the data.

``python packaging/train_shipped.py --mels NPZ --tracks CSV [ID …]`` trains them again, the
default one where none is named.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import model_table
from genredesk.core import atomic, paths
from genredesk.inference import bundle as bundles
from genredesk.inference import card as cards
from genredesk.inference.bundle import DEFAULT_ID, Bundle
from genredesk.training.data import mels, split
from genredesk.training.export import quantise
from genredesk.training.plan import recipe as recipes
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.runs.messages import EpochEvent, Event, NoteEvent, RefitEvent
from genredesk.training.runs.session import Session
from genredesk.training.runs.train import train

DATA = (
    "GTZAN (Tzanetakis & Cook 2002): 30 s pieces of Western recordings up to 2001, ten genres. "
    "Log-mel pictures of the published fault-filtered, artist-disjoint split (Sturm 2013): its "
    "train part, and its valid part to choose by. Its recordings have no cleared copyright: "
    "neither they nor pictures of them are part of this bundle."
)
LICENCE = (
    "GPL-3.0-or-later for these weights; they were learned from recordings without cleared "
    "copyright (GTZAN), which were used for research only."
)
COVERS = (
    "The ten words are blues, classical, country, disco, hiphop, jazz, metal, pop, reggae and "
    "rock, as one listener filed them around 2000. Electronic dance music, folk, soul, Latin and "
    "most music from outside Europe and North America have no word of their own and get the "
    "nearest one. The accuracies are on songs by artists the network never heard; random splits "
    "of the same data give 15 to 20 points more and flatter."
)
WINDOWS = "on windows of 128 bands x 39 columns"
ADAPTED = f"The paper's network and recipe {WINDOWS}."
MEL = f"The paper's network and recipe {WINDOWS} of mel decibels instead of its own front end."
RANDOM = f"{MEL} Begun with random weights instead of ImageNet's, nothing frozen."
OURS = f"The network {WINDOWS} of mel decibels, trained with GenreDesk's recipe named live."


HEARS = "on 128 × 39 mel"
"""What a paper's network is shown here instead of the paper's own pictures."""


def _paper(
    network: str, recipe: str, title: str, notes: str = ADAPTED, epochs: int = 0
) -> TrainPlan:
    """Return the plan of a paper's network; its bundle is kept at half the size."""
    if epochs:
        ran = f"{epochs} epochs" if epochs > 1 else "One epoch"
        notes = f"{notes} {ran} instead of {recipes.get(recipe).epochs}."
    return TrainPlan(
        out="", network=network, recipe=recipe, title=f"{title}, {HEARS}", notes=notes,
        epochs=epochs, half=True,
    )  # fmt: skip


BUNDLES: dict[str, TrainPlan] = {
    "genredesk-live": TrainPlan(
        out="genredesk-live",
        network="live",
        recipe="live-doubting",
        title="GenreDesk live",
        refit=True,
    ),
    "net1": _paper("net1", "net1", "net1 (Yang & Zhang)"),
    "net2": _paper("net2", "net1", "net2 (Yang & Zhang)"),
    "nnet2": _paper("nnet2", "net1", "nnet2 (Zhang et al.)", MEL),
    "shallow": _paper("shallow", "schindler", "Shallow (Schindler et al.)", epochs=10),
    "deep": _paper("deep", "schindler", "Deep (Schindler et al.)", epochs=16),
    "kth-vanilla": _paper("kth-mel", "kth", "Vanilla CNN (KTH)", MEL),
    "patel-cnn": _paper("patel-cnn", "patel", "CNN (Patel)", MEL),
    "patel-lstm": _paper("patel-lstm", "patel", "LSTM (Patel)", MEL),
    "edge-cnn": _paper("edge", "edge", "Edge CNN (Putovici & Molnár)"),
    "mobilenet-v2": _paper(
        "mobilenet-v2", "mobilenet-transfer", "MobileNetV2 (KTH)", RANDOM, epochs=3
    ),
    "densenet121": _paper(
        "densenet121", "densenet-transfer", "DenseNet121 (KTH)", RANDOM, epochs=1
    ),
}
"""Every network that was trained for the program, by the id of its bundle."""

TWICE = (
    "genredesk-live", "net1", "net2", "nnet2", "shallow", "deep", "kth-vanilla", "patel-cnn",
    "edge-cnn",
)  # fmt: skip
"""Those that were trained once more with one recipe, to compare the networks themselves."""

AGAIN: dict[str, TrainPlan] = {
    f"{name}{cards.AGAIN}": replace(
        BUNDLES[name],
        recipe="live",
        title=f"{BUNDLES[name].title}, our recipe",
        notes=OURS,
        epochs=0,
        half=True,
        refit=False,
    )
    for name in TWICE
}
"""Their plans; only their cards come along."""

TAKES: dict[str, str] = {
    "genredesk-live": "about forty minutes: on train, then on all songs",
}
"""How long the training of a bundle takes on one core of a server, where that was measured."""


def plan_of(name: str, out: Path, mels: str, tracks: str) -> TrainPlan:
    """Return the plan of a shipped bundle for these data."""
    plan = (BUNDLES | AGAIN)[name]
    return replace(
        plan,
        out=str(out),
        mels=mels,
        tracks=tracks,
        device="cpu",
        threads=1,
        data_note=DATA,
        licence=LICENCE,
        notes=" ".join(filter(None, (plan.notes, COVERS))),
    )


def _tell(event: Event) -> None:
    if isinstance(event, EpochEvent | RefitEvent):
        line = (
            f"{event.epoch:4d}/{event.epochs} loss {event.loss:.3f} windows "
            f"{event.valid_windows or 0:.3f} songs {event.valid_songs or 0:.3f} "
            f"{event.seconds:.1f} s"
        )
        print(line, flush=True)
    elif isinstance(event, NoteEvent):
        print(event.text, flush=True)


def _with_eight_bits(bundle: Bundle, plan: TrainPlan) -> Bundle:
    """Put the 8-bit form beside a bundle's network; ranges as its training split the songs."""
    data = mels.load(plan.mels, plan.tracks or None)
    bundle = quantise.beside(bundle, data, split.automatic(data, seed=plan.seed))
    told = bundle.card.eight_bits
    assert told is not None  # noqa: S101 - it was just put there
    print(f"in 8 bits {told.alike:.1%} of {told.n} windows are named alike", flush=True)
    return bundle


def _put(bundle: Bundle, models: Path) -> None:
    """Put a new bundle into ``models``, or only its card when the bundle does not come along."""
    name = bundle.id
    if name in model_table.LEFT_OUT or name in AGAIN:
        atomic.write_json(models / f"{name}{cards.ALONE}", bundle.card.to_dict())
        return
    target = models / name
    if target.exists():
        shutil.rmtree(target)
    shutil.copytree(bundle.path, target)


def main() -> int:
    """Train bundles into ``models/``, replacing what is there once each is ready."""
    parser = argparse.ArgumentParser(description=__doc__)
    known = BUNDLES | AGAIN
    parser.add_argument(
        "names", nargs="*", metavar="ID", default=[DEFAULT_ID],
        help=f"{', '.join(known)}; without a name {DEFAULT_ID}",
    )  # fmt: skip
    parser.add_argument("--all", action="store_true", help="every one of them, some hours")
    parser.add_argument(
        "--eight-bits", action="store_true",
        help=f"train nothing, only make the 8-bit form of {DEFAULT_ID} anew",
    )  # fmt: skip
    parser.add_argument("--mels", required=True)
    parser.add_argument("--tracks", default="")
    parser.add_argument("--out", type=Path, default=paths.shipped_models_dir())
    parser.add_argument(
        "--keep-first", type=Path, metavar="DIR",
        help="keep there what was measured of a bundle that is fitted again on all songs",
    )  # fmt: skip
    asked = parser.parse_args()
    if asked.eight_bits:
        plan = plan_of(DEFAULT_ID, asked.out / DEFAULT_ID, asked.mels, asked.tracks)
        _with_eight_bits(bundles.load(asked.out / DEFAULT_ID), plan)
        return 0
    unknown = [name for name in asked.names if name not in known]
    if unknown:
        parser.error(f"there is no shipped bundle {unknown[0]}")
    for name in known if asked.all else asked.names:
        if name in TAKES:
            print(f"{name} takes {TAKES[name]}", flush=True)
        with tempfile.TemporaryDirectory() as temp:
            plan = plan_of(name, Path(temp) / name, asked.mels, asked.tracks)
            made = train(plan, Session(tell=_tell))
            bundle = _with_eight_bits(made.bundle, plan) if name == DEFAULT_ID else made.bundle
            _put(bundle, asked.out)
            if asked.keep_first is not None and plan.refit:
                shutil.copytree(plan.first, asked.keep_first / name, dirs_exist_ok=True)
        songs, windows = made.evaluation["songs"], made.evaluation["windows"]
        print(f"{name}: songs {songs['sum']:.3f}, windows {windows['accuracy']:.3f}")
    model_table.write(asked.out, model_table.LEFT_OUT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
