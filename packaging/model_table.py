"""``models/README.md``: one table of all trained networks, written from their cards.

``python packaging/model_table.py`` writes it, and ``--check`` says whether it is still
true. Only the milliseconds are measured, each time it is written.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genredesk.core import atomic, paths
from genredesk.inference import bundle as bundles
from genredesk.inference import card as cards
from genredesk.inference import card_reader
from genredesk.inference.card import Accuracy, ModelCard
from genredesk.inference.runtime import Runtime, open_runtime

HEAD = """# The networks that come with GenreDesk

Each folder is one bundle: the network as ONNX, its weights, and a card that says what it was
trained on and how good it is. All of them listen to windows of 3.04 s (128 mel bands, 39 columns
77.5 ms apart), each window referenced to its own loudest point, so level does not matter.

Fitted on the `train` part and chosen on the `valid` part of the published fault-filtered,
artist-disjoint split of GTZAN; measured on that `valid` part, so by artists they never heard, but
the epoch kept, the calibration and the threshold for “unsure” were chosen on the same songs.
`genredesk-live` was then fitted once more in the same way, on both parts: its numbers are those of
the first training, and it cannot be measured on the `valid` songs any more.
Random splits of the same data, where an artist is on both sides, give 15 to 20 points more; they
flatter. The papers' own numbers come from such splits, or from other windows of the same songs,
and cannot be compared with these. GTZAN's recordings have no cleared copyright; neither they nor
pictures of them are here.

`resources/other-music.npz` holds 120 means of embeddings of the same songs, as two of these
networks hear them; a quick training on a few songs learns from them what is not its music.

Written from the cards by `python packaging/model_table.py`.
"""
COLUMNS = (
    "bundle",
    "paper",
    "parameters",
    "files",
    "ms per window",
    "songs right (95 % interval)",
    "windows right (95 % interval)",
    "calibration error of windows, before → after",
    "epochs",
)
LEFT_OUT: dict[str, str] = {
    "patel-lstm": "on decibels the paper's recipe does not learn enough",
    "mobilenet-v2": "15 MB, and slow to train to the end on a processor",
    "densenet121": "38 MB, and slow to train to the end on a processor",
}
"""Those whose bundle does not come along, and why; their cards lie in ``models/`` all the same."""

EQUAL = """## On equal terms

The papers' networks come as their papers trained them, which says as much about 2018's recipes as
about the networks. Here each was trained once more, on the same songs, with one recipe of ours:
`live`, 27 epochs with stretched, shifted, equalised, blended and noisy windows; the last epoch is
kept, where the papers' recipes keep the best of many on these very songs. They are only measured;
`genredesk train --network NAME --recipe live` makes the bundle. `genredesk-live` comes with a
longer form of that recipe, for places with rooms, loudspeakers and noise. So it is the small
network more than the recipe that makes the difference."""

_TIME = re.compile(r"^\| `([\w.-]+)` .*?\| (\d+\.\d+) \|", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Line:
    """What the table says about one network.

    Parameters
    ----------
    size
        Bytes of its files, 0 when they do not come along.
    ms
        Time of one window in milliseconds, ``None`` when it does not come along.
    """

    card: ModelCard
    size: int = 0
    ms: float | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the cells in the order of :data:`COLUMNS`."""
        card = self.card
        errors, epochs = card.calibration, card.epochs
        return (
            f"`{card.id}` {card.title}",
            "ours" if card.paper == "genredesk" else card.paper,
            f"{card.parameters:,}",
            f"{self.size / 1e6:.1f} MB" if self.size else "left out",
            "–" if self.ms is None else f"{self.ms:.2f}",
            _share(card.accuracy["song"]),
            _share(card.accuracy["window"]),
            f"{errors.before:.3f} → {errors.after:.3f}" if errors else "–",
            f"{epochs.kept} of {epochs.ran}" if epochs else "–",
        )


def _share(accuracy: Accuracy) -> str:
    low, high = accuracy.interval
    return f"{accuracy.value:.1%} ({low:.1%} – {high:.1%}, n = {accuracy.n:,})"


def milliseconds(runtime: Runtime, shape: tuple[int, int, int], seconds: float = 1.0) -> float:
    """Return the time of one window, one at a time: the median of the calmest fifth of ``seconds``.

    Whatever else runs on the machine makes it longer and says nothing about the network.
    """
    window = np.random.default_rng(0).uniform(-80, 0, (1, *shape)).astype(np.float32)
    runtime.run(window)
    medians = []
    for _ in range(5):
        times, end = [], time.perf_counter() + seconds / 5
        while not times or time.perf_counter() < end:
            began = time.perf_counter()
            runtime.run(window)
            times.append(time.perf_counter() - began)
        medians.append(float(np.median(times)))
    return 1000 * min(medians)


def timed(models: Path, seconds: float = 1.0) -> dict[str, float]:
    """Return the time of one window of every bundle in ``models``, by id."""
    times = {}
    for folder in _folders(models):
        runtime = open_runtime(bundles.load(folder), "cpu")
        try:
            times[folder.name] = milliseconds(
                runtime, bundles.load(folder).card.frontend.shape, seconds
            )
        finally:
            runtime.close()
    return times


def _folders(models: Path) -> list[Path]:
    return sorted(path.parent for path in models.glob(f"*/{bundles.CARD}"))


def lines(models: Path, times: Mapping[str, float]) -> list[Line]:
    """Read every card in ``models``, the best network first, those left out behind."""
    found = []
    for folder in _folders(models):
        size = sum(path.stat().st_size for path in folder.iterdir())
        found.append(Line(bundles.load(folder).card, size, times.get(folder.name)))
    found.extend(Line(card) for card in _alone(models) if not card.id.endswith(cards.AGAIN))
    return sorted(found, key=lambda one: (not one.size, -one.card.accuracy["song"].value))


def _alone(models: Path) -> list[ModelCard]:
    return [card_reader.read(path) for path in sorted(models.glob(f"*{cards.ALONE}"))]


def pairs(models: Path) -> list[tuple[ModelCard, ModelCard]]:
    """Return the card of every network that was trained twice, and that with our recipe.

    The best with our recipe comes first.
    """
    loaded = [bundles.load(folder) for folder in _folders(models)]
    found = [(one.card, again) for one in loaded if (again := one.again) is not None]
    return sorted(found, key=lambda pair: -pair[1].accuracy["window"].value)


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *rest = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rest))


def _equal(twice: Sequence[tuple[ModelCard, ModelCard]]) -> str:
    """Return the table of the networks that were trained twice."""
    head = ("network", "songs, as it comes", "songs, our recipe", "windows, as it comes",
            "windows, our recipe")  # fmt: skip
    cells = [
        (
            f"`{first.id}` {first.title}",
            *(_share(card.accuracy[of]) for of in ("song", "window") for card in (first, second)),
        )
        for first, second in twice
    ]
    return f"{EQUAL}\n\n{_table([head, *cells])}"


def text(
    rows: Sequence[Line],
    left_out: Mapping[str, str],
    twice: Sequence[tuple[ModelCard, ModelCard]] = (),
) -> str:
    """Return the page.

    Parameters
    ----------
    left_out
        Why a bundle does not come along.
    twice
        See :func:`pairs`.
    """
    here = [one for one in rows if one.size]
    total = sum(one.size for one in here)
    why = [
        f"* `{one.card.id}`: {left_out.get(one.card.id, 'left out')}."
        for one in rows
        if not one.size
    ]
    genres = [
        (label, *(f"{one.card.accuracy[f'recall {label}'].value:.2f}" for one in here))
        for label in (here[0].card.labels if here else ())
    ]
    parts = [
        HEAD,
        _table([COLUMNS, *(one.cells() for one in rows)]),
        f"All files together: {total / 1e6:.1f} MB. Time: ONNX Runtime, one processor thread, one "
        "window at a time. Calibration: one temperature for all genres, fitted on the same songs. "
        "Epochs: the one kept, of those that ran.",
    ]
    if why:
        parts.append("Left out, trained in the same way all the same:\n\n" + "\n".join(why))
    if twice:
        parts.append(_equal(twice))
    parts += [
        "Share of each genre's songs that is named rightly:",
        _table([("genre", *(f"`{one.card.id}`" for one in here)), *genres]),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def page(models: Path) -> Path:
    """Return where the table of ``models`` is."""
    return models / "README.md"


def write(models: Path, left_out: Mapping[str, str]) -> None:
    """Write the table of ``models``, timing every bundle."""
    written = text(lines(models, timed(models)), left_out, pairs(models))
    atomic.write_text(page(models), written)
    page(models).chmod(0o644)


def true(models: Path, left_out: Mapping[str, str]) -> bool:
    """Whether the table says what the cards say (its times are taken as they are)."""
    try:
        said = page(models).read_text(encoding="utf-8")
    except OSError:
        return False
    times = {name: float(ms) for name, ms in _TIME.findall(said)}
    return said == text(lines(models, times), left_out, pairs(models))


def main() -> int:
    """Write the page, or with ``--check`` compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=paths.shipped_models_dir())
    parser.add_argument("--check", action="store_true", help="only compare; 1 when it is not true")
    asked = parser.parse_args()
    if asked.check:
        return int(not true(asked.models, LEFT_OUT))
    write(asked.models, LEFT_OUT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
