"""Augmentation of the sound itself: changed copies of the training songs, beside the songs.

A recipe's ``wave_stretch`` and ``wave_pitch`` say how far tempo and pitch may go, ``wave_copies``
how many copies there are. What a copy is comes from the seed and the song's sound alone, so a run
can be resumed and its columns wait in the feature cache. Songs that are held back stay as they are.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import math

import numpy as np

from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.training.batches import vocoder
from genredesk.training.data.cache import AudioFacts
from genredesk.training.data.folders import Alter, FolderSongs, in_threads
from genredesk.training.data.songs import SongSet
from genredesk.training.data.split import Split
from genredesk.training.plan.recipe import Recipe

_STREAM = 0x5E  # keeps these draws apart from those of the batches
_METHOD = "phase vocoder 1"
"""Changes whenever the same copy would sound otherwise."""


def drawn(
    recipe: Recipe, facts: AudioFacts, window_s: float, seed: int, number: int
) -> tuple[float, float]:
    """Return (tempo, semitones) of one copy; it stays at least a window long."""
    rng = np.random.default_rng((seed, int(facts.audio[:16], 16), number, _STREAM))
    limit = math.log(recipe.wave_stretch)
    tempo = math.exp(rng.uniform(-limit, limit))
    tempo = min(tempo, max(1.0, facts.seconds / window_s))
    return round(tempo, 3), round(rng.uniform(-recipe.wave_pitch, recipe.wave_pitch), 2)


def with_copies(
    data: SongSet, parts: Split, recipe: Recipe, seed: int, ctx: JobContext
) -> tuple[SongSet, Split]:
    """Return the songs with the copies a recipe asks for, and a split that trains on them, too.

    Raises
    ------
    DataError
        When the songs are mel arrays, which have no sound, or a file can no longer be read.
    Cancelled
        When the job was cancelled; copies that are done stay in the cache.
    """
    if not recipe.altered_copies:
        return data, parts
    if not isinstance(data, FolderSongs):
        raise DataError(
            say(
                "The recipe {recipe} changes tempo and pitch of the sound (wave_stretch, "
                "wave_pitch), and mel arrays have no sound. Train on a folder of audio files.",
                recipe=recipe.name,
            )
        )
    songs, entries, facts = list(data.songs), list(data.scan.entries), list(data.scan.facts)
    alter: dict[int, Alter] = {}
    for index in parts.train:
        known = data.scan.facts[index]
        for number in range(recipe.altered_copies):
            tempo, pitch = drawn(recipe, known, data.spec.window_s, seed, number)
            what = f"{_METHOD}|{known.audio}|{tempo}|{pitch}"
            alter[len(songs)] = functools.partial(vocoder.change, tempo=tempo, semitones=pitch)
            name = say(
                "{songs} (×{tempo:g}, {pitch:+g} semitones)",
                songs=data.songs[index].name,
                tempo=tempo,
                pitch=pitch,
            )
            songs.append(dataclasses.replace(data.songs[index], name=name))
            entries.append(data.scan.entries[index])
            facts.append(
                AudioFacts(
                    hashlib.sha256(what.encode()).hexdigest(),
                    known.seconds / tempo,
                    known.level_dbfs,
                    known.artist,
                )
            )
    scan = dataclasses.replace(data.scan, entries=tuple(entries), facts=tuple(facts))
    whole = FolderSongs(tuple(songs), data.spec, data.stride, scan, data.cache, alter)
    missing = [i for i in alter if not data.cache.has(facts[i].audio, data.spec)]
    in_threads(lambda k: whole.make(missing[k]), [songs[i].name for i in missing], ctx)
    return whole, dataclasses.replace(parts, train=(*parts.train, *alter))
