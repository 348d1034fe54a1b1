"""What the terminal shows of a training: a bar for an epoch, a line each, and how it ended."""

from __future__ import annotations

import sys
from typing import Any

from genredesk.cli import _output, _progress, _shares
from genredesk.core.job import Progress
from genredesk.core.messages import mark, say
from genredesk.training.data import problem
from genredesk.training.data.split import protocol_said
from genredesk.training.runs.messages import (
    CancelledEvent,
    EpochEvent,
    Event,
    FailedEvent,
    NoteEvent,
    RefitEvent,
    ScanEvent,
    SplitEvent,
    TrainingDone,
    TrialEvent,
)

_STATES = {"done": mark("done"), "ended early": mark("ended early")}
"""How a trial of a search ended."""

_SECONDS = 90
"""What is left is told in seconds below so many."""


class Screen:
    """Draws the events of a training: a bar for the epoch's progress, a line per epoch."""

    def __init__(self) -> None:
        self._bar = _progress.Bar("reading songs")
        self._console = self._bar.console

    def __enter__(self) -> Screen:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        match event:
            case Progress():
                self._bar.show(event)
            case EpochEvent() | RefitEvent():
                self._console.print(_epoch_line(event))
            case NoteEvent():
                self._console.print(event.text)
            case TrialEvent() if event.state != "running":
                self._console.print(_trial_line(event))
            case ScanEvent():
                self._scan(event)
            case SplitEvent():
                self._split(event)
            case TrainingDone():
                self._bar.stop()
                print(summary(event))
            case FailedEvent():
                self._bar.stop()
                _output.warn(event.message)
            case CancelledEvent():
                self._bar.stop()
                print(say("Stopped. The same command with --resume goes on."), file=sys.stderr)

    def _scan(self, found: ScanEvent) -> None:
        hours, n = found.hours, len(found.classes)
        long = (
            say("{hours:.1f} h", hours=hours)
            if hours >= 1
            else say("{minutes:.0f} min", minutes=60 * hours)
        )
        self._console.print(
            say("{songs} songs, {long}, {n} genres", songs=found.songs, long=long, n=n)
        )
        for sentence in problem.aside(found.problems):
            self._console.print(sentence)

    def _split(self, parts: SplitEvent) -> None:
        train, valid = parts.train, parts.valid
        many = (
            say(
                "{train} songs to learn from, {valid} of them held back once",
                train=train,
                valid=valid,
            )
            if parts.folds
            else say("{train} songs for training, {valid} held back", train=train, valid=valid)
        )
        self._console.print(f"{many} ({protocol_said(parts.protocol)})")
        if parts.shared_artists:
            self._console.print(
                say(
                    "Careful: {names} on both sides; the accuracy will flatter.",
                    names=", ".join(parts.shared_artists[:3]),
                )
            )


def _epoch_line(epoch: EpochEvent | RefitEvent) -> str:
    begin = say(
        "epoch {epoch}/{epochs}  loss {loss:.3f}",
        epoch=epoch.epoch,
        epochs=epoch.epochs,
        loss=epoch.loss,
    )
    if isinstance(epoch, RefitEvent):
        return say("on all songs: {begin}", begin=begin)
    star = " *" if epoch.best else ""
    if epoch.valid_windows is None:  # an autoencoder is asked when it is ready
        return f"{begin}{star}"
    windows, songs = epoch.valid_windows, epoch.valid_songs
    return say(
        "{begin}  held back: windows {windows:.1%}, songs {songs:.1%}{star}",
        begin=begin,
        windows=windows,
        songs=songs,
        star=star,
    )


def _trial_line(trial: TrialEvent) -> str:
    values = ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in trial.values.items()
    )
    left = (
        say("{seconds:.0f} s", seconds=trial.left_s)
        if trial.left_s < _SECONDS
        else say("{minutes:.0f} min", minutes=trial.left_s / 60)
    )
    return say(
        "trial {number}: {score:.1%} of kept-back windows, {state} after {epochs} epochs "
        "({values}); {left} left",
        number=trial.number,
        score=trial.score,
        state=say(_STATES.get(trial.state, trial.state)),
        epochs=trial.epochs,
        values=values,
        left=left,
    )


def summary(done: TrainingDone) -> str:
    """Say in a few lines how a training ended."""
    found = done.evaluation
    songs = found["songs"]
    said = say("called by a word of theirs first") if "per_label" in found else "correct"
    text = say(
        "{bundle}: {sum} of {n} held-back songs {said} (95 %: {interval}). Report: {report}",
        bundle=done.bundle,
        sum=_shares.measured(songs["sum"]),
        n=songs["n"],
        said=said,
        interval=_shares.ranged(songs["interval"]),
        report=done.report,
    )
    if macro := found.get("macro"):
        text += say(
            "\nMean over {n_per_label} words: precision {precision:.0%}, recall {recall:.0%}, "
            "average precision {average_precision:.2f}.",
            n_per_label=len(found["per_label"]),
            precision=macro["precision"],
            recall=macro["recall"],
            average_precision=macro["average_precision"],
        )
    if len(ways := found.get("ears", ())) > 1:
        one, both = ways
        text += say(
            "\nOn these songs: {ears} ears {about}, the first alone {about2}.",
            ears=both["ears"],
            about=_about(both),
            about2=_about(one),
        )
    return text


def _about(way: dict[str, Any]) -> str:
    return f"{_shares.measured(way['songs'], 0)} ({_shares.ranged(way['interval'], 0)})"
