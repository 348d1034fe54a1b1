"""A finished bundle measured on labelled songs through the runtime it is used with (no torch)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from genredesk.core.errors import BundleError, DataError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.inference.bundle import Bundle
from genredesk.inference.card import ModelCard
from genredesk.inference.runtime import Runtime
from genredesk.training.data import folders, problem
from genredesk.training.data import mels as mel_arrays
from genredesk.training.data.songs import BY_TABLE, Song, SongSet
from genredesk.training.evaluation import several
from genredesk.training.evaluation.evaluate import Predictions, calibration_of, predict, summarise

AGAIN = "then fitted again on both"
"""In the ``split`` of a card: the songs that were kept back were fitted on in the end, too."""

ON_ALL = "then fitted again on all of them"
"""The same of a model whose songs were held back in turn."""


def open_songs(
    bundle: Bundle,
    *,
    folder: str | None = None,
    mels: str | None = None,
    tracks: str | None = None,
    words: str = "",
    ctx: JobContext | None = None,
    on_note: Callable[[str], None] = lambda _sentence: None,
) -> SongSet:
    """Open labelled songs as columns of the bundle's front end.

    Parameters
    ----------
    words
        Where songs have several words, whose they are; see
        :data:`~genredesk.training.data.several_words.SOURCES`.
    on_note
        Is told every file of the folder that cannot be used, and why.

    Raises
    ------
    DataError
        When there is neither a folder nor an array file, or it cannot be used.
    BundleError
        When the arrays were made by another front end than the bundle's.
    """
    if bool(folder) == bool(mels):
        raise DataError(
            say("Give either a folder with one folder per genre, or --mels and --tracks.")
        )
    if folder:
        mel_arrays.refuse_table(tracks)
        found = folders.open_folder(folder, bundle.card.frontend, ctx, words=words)
        for sentence in problem.aside(found.scan.problems):
            on_note(sentence)
        return found
    data = mel_arrays.load(str(mels), tracks, several=bool(words))
    if data.spec.fingerprint != bundle.card.frontend.fingerprint:
        raise BundleError(
            say(
                "{id} listens through another front end than these arrays were made with. "
                "Evaluate it on a folder of audio files instead.",
                id=bundle.id,
            )
        )
    return data


def heard_before(card: ModelCard, songs: Sequence[Song]) -> str:
    """Say that a network may have learned from the very songs it is measured on.

    A card does not name songs. Where it and the table of the songs speak of the same parts (train,
    valid), those are compared; else nobody can tell, and that is said.

    Returns
    -------
    str
        A sentence that claims no more than is known; empty when the parts are others.
    """
    again = AGAIN in card.split or ON_ALL in card.split
    if BY_TABLE in card.split and any(song.split for song in songs):
        parts = ("train", "valid") if again else ("train",)
        n = sum(song.split in parts for song in songs)
        if not n:
            return ""
        return say(
            "{n} of these {n_songs} songs belong to {parts} in their table, and {title} learned "
            "from the songs its own table named so. If it is the same table, it has heard them "
            "before and this accuracy flatters.",
            n=n,
            n_songs=len(songs),
            parts=say("train or valid") if again else "train",
            title=card.title,
        )
    more = say(" (in the end also those that were kept back to measure it)") if again else ""
    return say(
        "Whether {title} has heard these songs before cannot be told, for its card does not "
        "name those it learned from{more}. If it has, this accuracy flatters.",
        title=card.title,
        more=more,
    )


def _no_part(part: str, songs: Sequence[Song]) -> str:
    parts = sorted({song.split for song in songs if song.split})
    there = (
        say("Its parts are {parts}.", parts=", ".join(parts))
        if parts
        else say("Its table names no parts.")
    )
    return say("No song belongs to the part {part}. {there}", part=part, there=there)


def measure(
    bundle: Bundle,
    runtime: Runtime,
    data: SongSet,
    *,
    part: str | None = None,
    ctx: JobContext | None = None,
) -> tuple[dict[str, Any], Predictions | None]:
    """Evaluate a bundle; see :func:`genredesk.training.evaluation.evaluate.summarise`.

    One whose words may hold together is measured by :mod:`genredesk.training.evaluation.several`.

    It measures by the windows that temperature, sharpening and thresholds were fitted on, so that
    an evaluation says what they are worth: about :data:`~.evaluate.HOP_S` apart, all that fit the
    song, silent ones too, for columns hold no levels; a song shorter than a window is repeated by
    its columns. A file's own answer (:class:`genredesk.inference.answer.TrackAnswer`) takes
    windows three seconds apart with sound in them, one that ends with the file, and repeats the
    samples of a short one. Array files have no samples, so it cannot be given for all songs alike;
    the same song can be answered a little differently by both.

    Parameters
    ----------
    part
        Only the songs whose table names this split.

    Raises
    ------
    DataError
        When no song is left, or one has a genre the bundle does not know.

    Returns
    -------
    dict
        Also ``heard_before``, see :func:`heard_before`.
    Predictions
        The answers for every window; ``None`` where several words may hold.
    """
    chosen = [i for i, song in enumerate(data.songs) if part is None or song.split == part]
    if not chosen:
        raise DataError(
            _no_part(part, data.songs) if part else say("There is no song to evaluate.")
        )
    card = bundle.card

    def network(features: FloatArray) -> FloatArray:
        return runtime.run(features)[0]

    if card.task == "several":
        songs = [data.songs[i] for i in chosen]
        truth = several.truth_of(card, [s.name for s in songs], [s.label for s in songs])
        predictions = None
        result = several.summarise(card, several.hear(card, data, chosen, network, ctx), truth)
    else:
        predictions = predict(data, chosen, card.labels, network, ctx=ctx)
        result = summarise(predictions, calibration_of(bundle))
    said = heard_before(card, [data.songs[i] for i in chosen])
    about = {"bundle": bundle.id, "device": runtime.device, "heard_before": said}
    return {**about, **result}, predictions
