"""The folder of an experiment: what it was begun with, and every run of every row as it ended.

``experiment.json`` says which experiment it is, ``songs/`` which songs it was begun with,
``runs/<name>.json`` and ``.npz`` hold a finished run and its answers, ``claims/`` who is at work.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from genredesk.core import atomic
from genredesk.core.errors import DataError
from genredesk.core.messages import mark, say
from genredesk.training.data.folders import FolderSongs
from genredesk.training.data.songs import listed
from genredesk.training.evaluation.evaluate import Predictions
from genredesk.training.runs.papers.claims import Claims

FORMAT = 2

MUST = ("title", "measured", "per_class", "confusion", "history", "n_songs", "n_windows")
"""What a finished run must have."""

_DIFFERS = {
    "paper": mark("paper {there} instead of {wanted}"),
    "unit": mark("split by {there} instead of {wanted}"),
    "epochs": mark("epochs: {there} instead of {wanted}"),
}
"""What may differ between two experiments of one format."""

_WORDS = {"song": mark("songs"), "segment": mark("segments"), 0: mark("the paper's")}


def name_of(network: str, recipe: str, begins: str, epochs: int, run: int) -> str:
    """Return the name of one run's files; ``begins`` is that of the weights it begins with."""
    words = re.sub(r"[^a-z0-9.]+", "-", f"{network} {recipe} {begins}".lower()).strip("-")
    return f"{words}-e{epochs}-r{run}"


class Experiment:
    """One experiment's folder.

    Parameters
    ----------
    identity
        What must be the same for a run to belong to it: paper, unit of the split, epochs.
    on_note
        Told what a person should know.

    Raises
    ------
    DataError
        When the folder holds another experiment or cannot be written.
    """

    def __init__(
        self, folder: Path, identity: dict[str, Any], on_note: Callable[[str], None]
    ) -> None:
        self.folder, self.on_note = folder, on_note
        self._known_bad: set[str] = set()
        try:
            (folder / "songs").mkdir(parents=True, exist_ok=True)
            (folder / "runs").mkdir(exist_ok=True)
            self.claims = Claims(folder / "claims")
            there = self._write_once("experiment.json", {"format": FORMAT, **identity})
        except OSError as error:
            raise unwritable(folder, error) from error
        self._check(there, {"format": FORMAT, **identity})

    def _write_once(self, name: str, value: dict[str, Any]) -> dict[str, Any]:
        """Write a file unless it is there; return what is in it then."""
        path = self.folder / name
        if not path.exists():
            atomic.write_json(path, value)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DataError(
                say(
                    "{path} is damaged. Choose another folder (--out), or delete it and begin "
                    "anew.",
                    path=path,
                )
            ) from error
        return found if isinstance(found, dict) else {}

    def _check(self, there: dict[str, Any], wanted: dict[str, Any]) -> None:
        if there == wanted:
            return
        if there.get("format") != FORMAT:
            raise DataError(
                say(
                    "{folder} holds an experiment of another version of GenreDesk (format "
                    "{get}, this one writes {format}). Choose another folder (--out).",
                    folder=self.folder,
                    get=there.get("format"),
                    format=FORMAT,
                )
            )
        said = "; ".join(
            say(sentence, there=_words(there.get(key)), wanted=_words(wanted.get(key)))
            for key, sentence in _DIFFERS.items()
            if there.get(key) != wanted.get(key)
        )
        raise DataError(
            say(
                "{folder} holds another experiment: {said}. Go on with that one, or choose "
                "another folder (--out).",
                folder=self.folder,
                said=said,
            )
        )

    def check_songs(self, data: FolderSongs) -> None:
        """Make sure that the songs are those the experiment was begun with.

        Raises
        ------
        DataError
            When songs are missing, new or sound different; the text names them.
        """
        now = {
            song.name: [song.label, facts.audio]
            for song, facts in zip(data.songs, data.scan.facts, strict=True)
        }
        try:
            then = self._write_once(f"songs/{data.spec.fingerprint}.json", now)
        except OSError as error:
            raise unwritable(self.folder, error) from error
        both = set(now) & set(then)
        ways = {
            mark("missing: {names}"): set(then) - both,
            mark("new: {names}"): set(now) - both,
            mark("changed: {names}"): {name for name in both if now[name] != then[name]},
        }
        told = [say(way, names=listed(sorted(names))) for way, names in ways.items() if names]
        if told:
            raise DataError(
                say(
                    "The songs are not those that {folder} was begun with ({told}). Put them "
                    "back, or begin anew in another folder (--out); what was finished stays.",
                    folder=self.folder,
                    told="; ".join(told),
                )
            )

    def finished(self, name: str) -> dict[str, Any] | None:
        """Return a finished run, ``None`` when there is none or what is there is damaged."""
        path = self.folder / "runs" / f"{name}.json"
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            found = None
        whole = isinstance(found, dict) and all(key in found for key in MUST)
        if whole and path.with_suffix(".npz").is_file():
            return found
        if name not in self._known_bad:
            self._known_bad.add(name)
            self.on_note(say("{path} is not whole; this run is made again.", path=path))
        return None

    def checkpoint(self, name: str) -> Path:
        """Where the training of a run keeps its state until it is finished."""
        return self.folder / "runs" / f"{name}.safetensors"

    def finish(self, name: str, result: dict[str, Any], predictions: Predictions) -> None:
        """Write a run that ended; its JSON comes last, where it is all is there.

        Raises
        ------
        DataError
            When there is no room.
        """
        path = self.folder / "runs" / f"{name}.npz"
        try:
            with atomic.atomic_file(path) as file:
                np.savez_compressed(
                    file,
                    logits=predictions.logits,
                    song=predictions.song,
                    start_s=predictions.start_s,
                    truth=predictions.truth,
                    names=np.array(predictions.names),
                    labels=np.array(predictions.labels),
                )
            atomic.write_json(path.with_suffix(".json"), result)
        except OSError as error:
            raise unwritable(self.folder, error) from error
        with contextlib.suppress(OSError):
            self.checkpoint(name).unlink(missing_ok=True)


def _words(value: Any) -> str:
    """Return a value of an experiment's identity as a person reads it."""
    return say(_WORDS[value]) if value in _WORDS else str(value)


def must_be_there(folder: Path) -> None:
    """Refuse to go on with an experiment that was never begun.

    Raises
    ------
    DataError
        When there is none.
    """
    if not (folder / "experiment.json").is_file():
        raise DataError(
            say(
                "There is no experiment in {folder} to go on with. Leave --resume out to begin "
                "one, or name its folder (--out).",
                folder=folder,
            )
        )


def publish(folder: Path, name: str, text: str) -> None:
    """Write the report or the table of an experiment.

    Raises
    ------
    DataError
        When there is no room.
    """
    try:
        atomic.write_text(folder / name, text)
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(folder: Path, error: OSError) -> DataError:
    """Return what is said where nothing can be written."""
    return DataError(
        say(
            "{folder}: nothing can be written there ({reason}). Make room or choose another "
            "place (--out); what was finished stays.",
            folder=folder,
            reason=error.strerror or error,
        )
    )
