"""Opens what a plan names: a folder of labelled folders, a list of songs or a mel array file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.features.foreign import FRONTENDS
from genredesk.features.frontend import FrontendSpec
from genredesk.training.data import folders, mels, several_words, songlist
from genredesk.training.data.scan import Scan
from genredesk.training.data.songs import SongSet, listed
from genredesk.training.plan.plan import TrainPlan


def of_length(spec: FrontendSpec, seconds: float) -> FrontendSpec:
    """Return a front end for windows of so many seconds; 0: as it is.

    Raises
    ------
    DataError
        When its windows cannot be that long.
    """
    if not seconds:
        return spec
    try:
        return spec.of_length(seconds)
    except ValueError as error:
        raise DataError(
            say(
                "No window can be {seconds:g} s long here. The front end's own have {own:.2f} s; "
                "leave segment_s at 0 for them.",
                seconds=seconds,
                own=spec.window_s,
            )
        ) from error


def frontend_of(plan: TrainPlan, default: FrontendSpec, segment_s: float = 0.0) -> FrontendSpec:
    """Return the front end a plan asks for.

    Parameters
    ----------
    segment_s
        Seconds of a window as the recipe has them, see :func:`of_length`.

    Raises
    ------
    DataError
        When there is none of that name; the text lists them. As :func:`of_length`.
    """
    if not plan.frontend:
        return of_length(default, segment_s)
    if plan.frontend not in FRONTENDS:
        names = ", ".join(FRONTENDS)
        raise DataError(
            say(
                "There is no front end named {frontend}. Choose one of: {names}.",
                frontend=plan.frontend,
                names=names,
            )
        )
    return of_length(FRONTENDS[plan.frontend], segment_s)


def _quiet(_sentence: str) -> None:
    """Nobody listens."""


def open_data(
    plan: TrainPlan,
    default: FrontendSpec,
    ctx: JobContext,
    tell: Callable[[Scan], None],
    on_note: Callable[[str], None] = _quiet,
    *,
    segment_s: float = 0.0,
) -> SongSet:
    """Return the songs of a plan; what was found in a folder is told.

    Parameters
    ----------
    on_note
        Is told which words of songs with several cannot be learned.
    segment_s
        As for :func:`frontend_of`.

    Raises
    ------
    DataError
        When there are none, or they cannot be read, or an array file was made by another front
        end than the one asked for; or a bundle is to go on with another than its own.
    """
    spec = frontend_of(plan, default, segment_s)
    if plan.mode != "scratch" and spec.fingerprint != default.fingerprint:
        raise DataError(
            say(
                "{bundle} listens through another front end than {frontend}. Leave the front "
                "end out, or train from scratch.",
                bundle=plan.bundle,
                frontend=plan.frontend,
            )
        )
    if plan.folder or plan.songs:
        mels.refuse_table(plan.tracks)
        if plan.folder:
            data = folders.open_folder(plan.folder, spec, ctx, words=plan.words)
        else:
            data = songlist.open_list(plan.songs, spec, ctx, several=bool(plan.words))
        tell(dataclasses.replace(data.scan, several=bool(plan.words)))
        return _settled(plan, data, on_note)
    arrays = mels.load(plan.mels, plan.tracks or None, several=bool(plan.words))
    wanted = plan.frontend or plan.mode != "scratch" or segment_s
    if wanted and spec.fingerprint != arrays.spec.fingerprint:
        raise DataError(
            say(
                "The mel array file was made by another front end than the one that is needed. "
                "Train on a folder of audio files instead."
            )
        )
    return _settled(plan, arrays, on_note)


def _settled(plan: TrainPlan, data: SongSet, on_note: Callable[[str], None]) -> SongSet:
    """Take the words of songs apart where several may hold, and tell which are left out."""
    if not plan.words:
        return data
    data, left_out = several_words.settled(data)
    if left_out:
        on_note(
            say(
                "Left out, for too few songs have or lack them: {listed}. A word needs {least} "
                "songs with it and as many without.",
                listed=listed(left_out),
                least=several_words.LEAST,
            )
        )
    return data
