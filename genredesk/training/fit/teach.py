"""A word taught from a few stretches of sound, in seconds and without torch.

The network and what it says of its own words stay as they are. A taught word gets a last layer of
its own beside them, fitted to the examples against what the network's own words sound like; a word
it knows already is moved towards them.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from safetensors import SafetensorError
from safetensors.numpy import load, save
from scipy.optimize import minimize

from genredesk.core.errors import DataError
from genredesk.core.genres import genre_key
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.inference import bundle as bundles
from genredesk.inference.bundle import MODEL, Bundle
from genredesk.inference.card import IMPORTED, ModelCard
from genredesk.training.data.examples import Example
from genredesk.training.evaluation.metrics import interval
from genredesk.training.fit import other_music
from genredesk.training.fit.example_ear import ExampleEar, HeardExample
from genredesk.training.fit.other_music import WordEmbeddings
from genredesk.training.network.logistic import Matrix
from genredesk.training.network.weights import HEAD_BIAS, HEAD_WEIGHT

DECAY = 0.01
"""Weight of the squared norm of what is added."""
TAUGHT = 0.5
"""Share of the loss that the examples have; the rest keeps the other words as they were."""
FOLDS = 5
"""So many times a layer is fitted without some of the examples, at most."""
AHEAD = 8.0
"""How far a network's likeliest word is before the next on other music while a layer is fitted.

A network that learned from a few songs is often far surer, of any music; against that no example of
another word comes up. In logits, as the median over windows."""
SHAKEN = 8
"""So many stand for each mean of other music, moved as windows of one song differ."""

WeightTable = dict[str, NDArray[Any]]
"""A network's weights by name."""


@dataclass(frozen=True, slots=True)
class WordScore:
    """How often examples of a word were called so by a layer that had not learned from them.

    Parameters
    ----------
    right, n
        Of ``n`` examples; ``n`` 0: there is only one, which nothing can be said by.
    low, high
        95 % interval of the share.
    mistaken
        Share of other music that is called so.
    """

    label: str
    right: int
    n: int
    low: float
    high: float
    mistaken: float


@dataclass(frozen=True, slots=True)
class Taught:
    """A bundle that knows the words, and what they are worth."""

    bundle: Bundle
    scores: tuple[WordScore, ...]


def _known(bundle: Bundle, music: WordEmbeddings, labels: Sequence[str], width: int) -> Matrix:
    """Return embeddings ``(n, width)`` of what the network's own words sound like."""
    others = other_music.without(music, labels).values()
    known = np.concatenate([other_music.none(width), *(x for x in others if x.shape[1] == width)])
    if not len(known):
        raise DataError(
            say(
                "{title} brings no other music to tell a new word from. Choose a model that "
                "comes with GenreDesk, or train on a folder with several words.",
                title=bundle.card.title,
            )
        )
    return known


def _moved(known: Matrix, heard: Sequence[HeardExample]) -> Matrix:
    """Return them, and :data:`SHAKEN` for each that are moved as windows of one song differ."""
    rng = np.random.default_rng(0)
    apart = np.concatenate([e.embedding - e.embedding.mean(0) for e in heard])
    moved = apart[rng.integers(0, len(apart), SHAKEN * len(known))]
    return np.concatenate([known, np.repeat(known, SHAKEN, axis=0) + moved])


@dataclass(frozen=True, slots=True)
class Beside:
    """What a taught word stands beside.

    Parameters
    ----------
    words
        The network's own first, in the order of its logits, then the taught ones.
    embedding, logits
        Of other music ``(n, d)``, and what the network says of it: it shall go on saying so.
    weight
        How much each of them counts, together 1.
    temperature
        What its logits are divided by.
    fitted_at
        What they are divided by while a layer is fitted; see :data:`AHEAD`.
    """

    words: tuple[str, ...]
    embedding: Matrix
    logits: Matrix
    weight: Matrix
    temperature: float
    fitted_at: float


def _softmax(z: Matrix) -> Matrix:
    power = np.exp(z - z.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


def added(heard: Sequence[HeardExample], beside: Beside) -> Matrix:
    """Return what is added to the logits of each word, ``(words, d + 1)``."""
    words, others, temperature = beside.words, beside.embedding, beside.fitted_at
    own = beside.logits.shape[1]
    taught = sorted({words.index(example.label) for example in heard})
    x = np.concatenate([*(e.embedding for e in heard), others])
    base = np.zeros((len(x), len(words)))
    base[:, :own] = np.concatenate([*(e.logits for e in heard), beside.logits]) / temperature
    target = np.zeros_like(base)
    weight = np.empty(len(x))
    at = 0
    for example in heard:
        n = len(example.embedding)
        alike = sum(e.label == example.label for e in heard)
        target[at : at + n, words.index(example.label)] = 1
        weight[at : at + n] = TAUGHT / (len(taught) * alike * n)
        at += n
    target[at:, :own] = _softmax(base[at:, :own])
    weight[at:] = (1 - TAUGHT) * beside.weight
    mean, deviation = x.mean(0), np.maximum(x.std(0), 1e-3)
    z = (x - mean) / deviation

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        layer = flat.reshape(len(taught), -1)
        scores = base.copy()
        scores[:, taught] += z @ layer[:, :-1].T + layer[:, -1]
        p = _softmax(scores)
        value = -(weight * (target * np.log(p + 1e-12)).sum(1)).sum()
        error = (weight[:, None] * (p - target))[:, taught]
        slope = np.column_stack([error.T @ z + 2 * DECAY * layer[:, :-1], error.sum(0)])
        return float(value + DECAY * (layer[:, :-1] ** 2).sum()), slope.ravel()

    begin = np.zeros((len(taught), x.shape[1] + 1))
    done = minimize(loss, begin.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    fitted = done.x.reshape(begin.shape)
    out = np.zeros((len(words), x.shape[1] + 1))
    out[taught, :-1] = temperature * fitted[:, :-1] / deviation
    out[taught, -1] = temperature * fitted[:, -1] - out[taught, :-1] @ mean
    return out


def _logits(layer: Matrix, own: Matrix, embedding: Matrix) -> Matrix:
    """Return the logits ``(n, words)`` of windows whose network says ``own``."""
    logits = embedding @ layer[:, :-1].T + layer[:, -1]
    logits[:, : own.shape[1]] += own
    return logits


def _folds(heard: Sequence[HeardExample]) -> list[list[int]]:
    """Return which examples are held back together: each once, one of every word at a time.

    A word with one example is never held back; one with more than :data:`FOLDS` has several away.
    """
    seen: dict[str, int] = {}
    number: list[int] = []
    for example in heard:
        number.append(seen.get(example.label, 0))
        seen[example.label] = number[-1] + 1
    n_folds = min(FOLDS, max(seen.values()))
    folds = [[i for i, n in enumerate(number) if n % n_folds == fold] for fold in range(n_folds)]
    return [[i for i in fold if seen[heard[i].label] > 1] for fold in folds]


def _scores(heard: Sequence[HeardExample], layer: Matrix, beside: Beside) -> tuple[WordScore, ...]:
    """Hold every example back once; a word with one example can only be asked of other music."""
    right: dict[str, list[bool]] = {example.label: [] for example in heard}
    for away in filter(None, _folds(heard)):
        rest = added([e for i, e in enumerate(heard) if i not in away], beside)
        for example in (heard[i] for i in away):
            logits = _logits(rest, example.logits, example.embedding)
            said = _softmax(logits / beside.temperature).mean(0)
            right[example.label].append(int(said.argmax()) == beside.words.index(example.label))
    first = _logits(layer, beside.logits, beside.embedding).argmax(1)
    before = beside.logits.argmax(1)
    out: list[WordScore] = []
    for label, hits in right.items():
        low, high = interval(np.array(hits)) if hits else (0.0, 1.0)
        number = beside.words.index(label)
        wrong = float(((first == number) & (before != number)).mean())
        out.append(WordScore(label, sum(hits), len(hits), low, high, wrong))
    return tuple(out)


def learn(
    parent: Bundle, examples: Sequence[Example], target: Path, ctx: JobContext | None = None
) -> Taught:
    """Teach a network the words of examples and write it as a bundle of its own.

    Parameters
    ----------
    parent
        The network to begin with.
    target
        The new bundle's folder, which is named by its id.

    Raises
    ------
    DataError
        When there is no example, or the network cannot be taught.
    AudioFileError, BundleError
        When an example cannot be read, or the bundle cannot be written.
    """
    _refuse(parent, examples)
    table = _table(parent)
    head = _head(table)
    music = other_music.of(parent)
    known = _known(parent, music, [example.label for example in examples], head[0].shape[1])
    heard, nothing = _heard_all(parent, examples, ctx or JobContext())
    beside = _beside(parent, heard, (_moved(known, heard), nothing), head)
    layer = added(heard, beside)
    scores = _scores(heard, layer, beside)
    bundle = bundles.write(
        target, onnx=_graph(parent.read(MODEL), layer, len(parent.card.labels)),
        weights=_weights(table, head, layer),
        card=_card(parent, target.name, beside, scores, len(heard)),
        embeddings=other_music.packed(other_music.joined(music, _means(heard))),
    )  # fmt: skip
    return Taught(bundle, scores)


def _refuse(parent: Bundle, examples: Sequence[Example]) -> None:
    """Say why nothing can be learned, before anything is computed."""
    if not examples:
        raise DataError(
            say("There is nothing to learn from: keep a stretch of sound under a word.")
        )
    if parent.card.task != "one":
        raise DataError(
            say(
                "{title} names several words at once. Choose a model whose words exclude each "
                "other to teach it another.",
                title=parent.card.title,
            )
        )


def _heard_all(
    parent: Bundle, examples: Sequence[Example], ctx: JobContext
) -> tuple[list[HeardExample], Matrix]:
    """Let the network hear all examples, and what is no music; a word it knows is called so."""
    same = {genre_key(label): label for label in parent.card.labels}
    heard: list[HeardExample] = []
    with contextlib.closing(ExampleEar(parent)) as ear:
        for example in examples:
            ctx.checkpoint()
            ctx.progress(len(heard), len(examples), example.path.name)
            found = ear.hear(example)
            label = same.get(genre_key(found.label), found.label)
            heard.append(dataclasses.replace(found, label=label))
        return heard, ear.no_music()


def _beside(
    parent: Bundle,
    heard: Sequence[HeardExample],
    others: tuple[Matrix, Matrix],
    head: tuple[Matrix, Matrix],
) -> Beside:
    """Return what the words stand beside: the network's own, other music and what is none."""
    music, nothing = others
    own = parent.card.labels
    words = (*own, *sorted({e.label for e in heard} - set(own)))
    every = np.concatenate([music, nothing])
    weight = np.repeat([0.5 / len(music), 0.5 / len(nothing)], [len(music), len(nothing)])
    logits = every @ head[0].T + head[1]
    likeliest = np.sort(logits[: len(music)], axis=1)[:, -2:]
    ahead = float(np.median(np.diff(likeliest))) if len(own) > 1 else 0.0
    temperature = parent.card.temperature
    return Beside(words, every, logits, weight, temperature, max(temperature, ahead / AHEAD))


def _means(heard: Sequence[HeardExample]) -> WordEmbeddings:
    """Return what the taught words sound like, for what is taught beside them later."""
    number = np.repeat(np.arange(len(heard)), [len(example.embedding) for example in heard])
    every = np.concatenate([example.embedding for example in heard])
    return other_music.means(every, number, [example.label for example in heard])


def _card(
    parent: Bundle, name: str, beside: Beside, scores: Sequence[WordScore], n_examples: int
) -> ModelCard:
    """Return the card of a taught network: nothing of its parent's numbers holds for it."""
    card = parent.card
    new = ", ".join(sorted(score.label for score in scores))
    return card.replace(
        id=name,
        title=f"{card.title} + {new}"[:80],
        labels=beside.words,
        accuracy={},
        calibration=None,
        epochs=None,
        data=f"{card.data} Taught {new} with {n_examples} stretches of sound.".strip(),
        split="not measured as a whole",
        notes=f"What {card.title} says, and beside it {new}. {sentence(scores)}",
        makes_sound=False,
    )


def sentence(scores: Sequence[WordScore]) -> str:
    """Say on the card what is known of taught words: no more than the examples tell."""
    return " ".join(
        f"{score.label}: tested on examples it had not learned from, {score.right} of {score.n} "
        f"correct ({score.low:.0%} to {score.high:.0%})."
        if score.n
        else f"{score.label}: one example, too few to say how right it is."
        for score in scores
    )


def _table(bundle: Bundle) -> WeightTable:
    """Return a network's weights, those of a last layer among them."""
    try:
        if bundle.card.network == IMPORTED:
            raise KeyError(HEAD_WEIGHT)
        table = load(bundle.weights())
        return {HEAD_BIAS: np.zeros(len(table[HEAD_WEIGHT]), np.float32), **table}
    except (SafetensorError, KeyError, ValueError) as error:
        raise DataError(
            say(
                "{title} has no last layer that another word could stand beside. Choose a model "
                "that comes with GenreDesk.",
                title=bundle.card.title,
            )
        ) from error


def _head(table: WeightTable) -> tuple[Matrix, Matrix]:
    """Return weights and bias of a network's last layer, ``(k, d)`` and ``(k,)``."""
    return table[HEAD_WEIGHT].astype(np.float64), table[HEAD_BIAS].astype(np.float64)


def _weights(table: WeightTable, head: tuple[Matrix, Matrix], layer: Matrix) -> bytes:
    weight, bias = layer[:, :-1].copy(), layer[:, -1].copy()
    weight[: len(head[0])] += head[0]
    bias[: len(head[0])] += head[1]
    new = {HEAD_WEIGHT: weight.astype(np.float32), HEAD_BIAS: bias.astype(np.float32)}
    return save(table | new)


def _graph(model: bytes, layer: Matrix, own: int) -> bytes:
    """Return a graph whose logits are its own, new words' behind them, plus ``layer``."""
    proto = onnx.load_model_from_string(model)
    graph = proto.graph
    taken = {tensor.name for tensor in graph.initializer}  # it may have been taught before
    own_name = next(n for n in map("taught{}".format, count(1)) if f"{n}.weight" not in taken)
    weight, bias, places, said, before, more = (
        f"{own_name}.{part}" for part in ("weight", "bias", "places", "own", "before", "added")
    )
    for node in graph.node:
        node.output[:] = [said if name == "logits" else name for name in node.output]
        node.input[:] = [said if name == "logits" else name for name in node.input]
    numbers: dict[str, FloatArray] = {
        weight: layer[:, :-1].astype(np.float32),
        bias: layer[:, -1].astype(np.float32),
        places: np.eye(own, len(layer), dtype=np.float32),
    }
    graph.initializer.extend(numpy_helper.from_array(v, name) for name, v in numbers.items())
    graph.node.extend(
        [
            helper.make_node("Gemm", ["embedding", weight, bias], [more], own_name, transB=1),
            helper.make_node("MatMul", [said, places], [before]),
            helper.make_node("Add", [before, more], ["logits"]),
        ]
    )
    del graph.value_info[:]  # only hints
    out = next(out for out in graph.output if out.name == "logits")
    out.type.tensor_type.shape.dim[1].dim_value = len(layer)
    return proto.SerializeToString()
