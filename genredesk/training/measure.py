"""A finished bundle measured on labelled songs through the runtime it is used with (no torch)."""

from __future__ import annotations

from typing import Any

from genredesk.core.errors import BundleError, DataError
from genredesk.core.job import JobContext
from genredesk.inference.bundle import Bundle
from genredesk.inference.runtime import Runtime
from genredesk.training import folders
from genredesk.training import mels as mel_arrays
from genredesk.training.evaluate import Predictions, calibration_of, predict, summarise
from genredesk.training.songs import SongSet


def open_songs(
    bundle: Bundle,
    *,
    folder: str | None = None,
    mels: str | None = None,
    tracks: str | None = None,
    ctx: JobContext | None = None,
) -> SongSet:
    """Open labelled songs as columns of the bundle's front end.

    Raises
    ------
    DataError
        When there is neither a folder nor an array file, or it cannot be used.
    BundleError
        When the arrays were made by another front end than the bundle's.
    """
    if bool(folder) == bool(mels):
        raise DataError("Give either a folder with one folder per genre, or --mels and --tracks.")
    if folder:
        return folders.open_folder(folder, bundle.card.frontend, ctx)
    data = mel_arrays.load(str(mels), tracks)
    if data.spec.fingerprint != bundle.card.frontend.fingerprint:
        raise BundleError(
            f"{bundle.id} listens through another front end than these arrays were made with. "
            "Evaluate it on a folder of audio files instead."
        )
    return data


def measure(
    bundle: Bundle,
    runtime: Runtime,
    data: SongSet,
    *,
    part: str | None = None,
    ctx: JobContext | None = None,
) -> tuple[dict[str, Any], Predictions]:
    """Evaluate a bundle; see :func:`genredesk.training.evaluate.summarise`.

    Parameters
    ----------
    part
        Only the songs whose table names this split.

    Raises
    ------
    DataError
        When no song is left, or one has a genre the bundle does not know.
    """
    chosen = [i for i, song in enumerate(data.songs) if part is None or song.split == part]
    if not chosen:
        raise DataError(
            f"No song belongs to the part {part}." if part else "There is no song to evaluate."
        )
    predictions = predict(
        data, chosen, bundle.card.labels, lambda features: runtime.run(features)[0], ctx=ctx
    )
    result = summarise(predictions, calibration_of(bundle))
    return {"bundle": bundle.id, "device": runtime.device, **result}, predictions
