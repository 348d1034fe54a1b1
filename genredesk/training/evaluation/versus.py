"""Installed models on a person's own songs: each measured, two of them compared song by song.

What was measured is kept as one file for each model, and holds only for the files it was measured
of: another network under the same id starts with nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genredesk.core import atomic, paths
from genredesk.core.errors import DataError, GenreDeskError
from genredesk.core.genres import genre_key
from genredesk.core.job import JobContext
from genredesk.inference.bundle import MODEL, Bundle
from genredesk.inference.runtime import open_runtime
from genredesk.training.data.songs import Song, SongSet
from genredesk.training.evaluation import metrics, paired
from genredesk.training.evaluation.evaluate import (
    Predictions,
    calibration_of,
    predict,
    song_probabilities,
    summarise,
)
from genredesk.training.evaluation.measure import heard_before, open_songs


class _Known:
    """The songs of a set whose genre a model knows, labeled as the model writes it."""

    def __init__(self, data: SongSet, labels: Sequence[str]) -> None:
        names = {genre_key(label): label for label in labels}
        keys = [genre_key(song.label) for song in data.songs]
        self._places = [i for i, key in enumerate(keys) if key in names]
        self._data = data
        self.songs: tuple[Song, ...] = tuple(
            dataclasses.replace(data.songs[i], label=names[keys[i]]) for i in self._places
        )
        self.spec, self.stride = data.spec, data.stride

    def n_columns(self, index: int) -> int:
        return self._data.n_columns(self._places[index])

    def crop(self, index: int, start: int, stop: int) -> Any:
        return self._data.crop(self._places[index], start, stop)


def measure_on(folder: str, models: Sequence[Bundle], *, ctx: JobContext) -> dict[str, Any]:
    """Measure models on the songs of ``folder``, one folder for each genre, and keep the results.

    Songs of genres a model does not know are passed over by it; two models are compared on the
    songs both know.

    Returns
    -------
    dict
        ``models``: for each id what :func:`kept` returns later.

    Raises
    ------
    DataError
        When the folder cannot be used, or holds no genre that the first model knows.
    """
    right: list[dict[str, bool]] = []
    found: list[dict[str, Any]] = []
    for bundle in models:
        data = _Known(open_songs(bundle, folder=folder, ctx=ctx), bundle.card.labels)
        if not data.songs:
            if bundle is models[0]:
                known = ", ".join(bundle.card.labels)
                raise DataError(
                    f"{folder} holds no genre that {bundle.card.title} knows ({known}). Name its "
                    "folders after these genres."
                )
            continue
        answers = _answers(bundle, data, ctx)
        chosen = song_probabilities(answers, calibration_of(bundle)).argmax(axis=1)
        hits = (chosen == answers.truth).tolist()
        right.append(dict(zip(answers.names, hits, strict=True)))
        found.append(
            {
                "id": bundle.id,
                "title": bundle.card.title,
                "model": bundle.card.files.get(MODEL, ""),
                "folder": folder,
                "heard_before": heard_before(bundle.card, data.songs),
                "evaluation": summarise(answers, calibration_of(bundle)),
            }
        )
    if len(found) == 2:
        _compare(found, right)
    for one in found:
        atomic.write_json(_file(one["id"]), one)
    return {"models": {one["id"]: one for one in found}}


def _answers(bundle: Bundle, data: _Known, ctx: JobContext) -> Predictions:
    with contextlib.closing(open_runtime(bundle)) as runtime:
        places = range(len(data.songs))
        run = runtime.run
        return predict(data, places, bundle.card.labels, lambda x: run(x)[0], ctx=ctx)


def _compare(found: list[dict[str, Any]], right: list[dict[str, bool]]) -> None:
    names = [name for name in right[0] if name in right[1]]
    if not names:
        return
    mine, theirs = (np.array([hits[name] for name in names]) for hits in right)
    for one, other, a, b in ((*found, mine, theirs), (*found[::-1], theirs, mine)):
        told = {"title": other["title"], "comparison": paired.compare(a, b).to_dict()}
        for key, hits in (("mine", a), ("other", b)):
            told[key] = float(hits.mean())
            told[f"{key}_interval"] = list(metrics.interval(hits))
        one["versus"] = told


def _file(bundle_id: str) -> Path:
    return paths.data_dir() / "measured" / f"{bundle_id}.json"


def kept(bundle: Bundle) -> dict[str, Any] | None:
    """Return what was measured of a model on a person's songs; ``None``: nothing, or of another.

    Returns
    -------
    dict or None
        ``title``, ``folder``, ``heard_before``, ``evaluation`` (see
        :func:`genredesk.training.evaluation.evaluate.summarise`), and ``versus``, where it was
        compared: the other's ``title``, ``comparison``, shares ``mine`` and ``other`` with their
        intervals.
    """
    try:
        found = json.loads(_file(bundle.id).read_text(encoding="utf-8"))
        return found if found["model"] == bundle.card.files.get(MODEL, "") else None
    except (OSError, ValueError, KeyError, TypeError, GenreDeskError):
        return None
