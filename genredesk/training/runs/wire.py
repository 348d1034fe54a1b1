"""Messages of the worker process as lines of JSON, both ways; a line that is none is an error."""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from genredesk.core.errors import DataError
from genredesk.core.job import Progress
from genredesk.core.messages import say
from genredesk.training.plan import plan as plans
from genredesk.training.plan.plan import TrainPlan
from genredesk.training.plan.recipe import Recipe
from genredesk.training.runs.messages import (
    CancelledEvent,
    DoneEvent,
    EpochEvent,
    EvaluateDone,
    EvaluateTask,
    Event,
    ExaminedEvent,
    FailedEvent,
    FinishingEvent,
    FoundEvent,
    GetDone,
    GetTask,
    InstallDone,
    InstallTask,
    MeasuredEvent,
    MeasureTask,
    NetworksDone,
    NetworksTask,
    NoteEvent,
    PieceDone,
    PieceTask,
    RefitEvent,
    RepeatedEvent,
    Request,
    ScanDone,
    ScanEvent,
    ScanTask,
    SplitEvent,
    Task,
    TrainingDone,
    TrialEvent,
    TriedEvent,
    ValidEvent,
    WorkerCommand,
)

_TASKS: dict[str, type[Task]] = {
    "scan": ScanTask,
    "networks": NetworksTask,
    "measure": MeasureTask,
    "generate": PieceTask,
    "evaluate": EvaluateTask,
    "get": GetTask,
    "install": InstallTask,
}
_EVENTS: dict[str, type[Any]] = {
    "progress": Progress,
    "note": NoteEvent,
    "scan": ScanEvent,
    "split": SplitEvent,
    "recipe": Recipe,
    "epoch": EpochEvent,
    "refit": RefitEvent,
    "valid": ValidEvent,
    "trial": TrialEvent,
    "finishing": FinishingEvent,
    "found": FoundEvent,
    "examined": ExaminedEvent,
    "repeated": RepeatedEvent,
    "measured": MeasuredEvent,
    "tried": TriedEvent,
    "done": DoneEvent,
    "cancelled": CancelledEvent,
    "failed": FailedEvent,
}
_KINDS = {kind: name for name, kind in _EVENTS.items()}
_RESULTS: dict[type[Request], type[DoneEvent]] = {
    TrainPlan: TrainingDone,
    ScanTask: ScanDone,
    NetworksTask: NetworksDone,
    PieceTask: PieceDone,
    EvaluateTask: EvaluateDone,
    GetTask: GetDone,
    InstallTask: InstallDone,
}


# ---------------------------------------------------------------- lines


def write_request(request: Request) -> str:
    """Return a request as a line."""
    if isinstance(request, TrainPlan):
        return request.to_json()
    name = next(name for name, kind in _TASKS.items() if isinstance(request, kind))
    return json.dumps({"task": name, **dataclasses.asdict(request)}, ensure_ascii=False)


def read_request(line: str) -> Request:
    """Read the first line a worker gets.

    Raises
    ------
    DataError
        When it is no plan and no task, or a field is unknown, missing or of the wrong type.
    """
    raw = _object(line, "The training plan")
    if "task" not in raw:
        return plans.from_dict(raw)
    name = raw.pop("task")
    if name not in _TASKS:
        raise DataError(say("The worker knows no task {name!r}.", name=name))
    return of_plain(_TASKS[name], raw, f"The task {name}")


def write_command(command: WorkerCommand) -> str:
    """Return a command as a line."""
    return json.dumps({"do": command.value})


def read_command(line: str) -> WorkerCommand:
    """Read a further line a worker gets.

    Raises
    ------
    DataError
        When it is no command.
    """
    asked = _object(line, "A command to the worker").get("do")
    try:
        return WorkerCommand(asked)
    except ValueError:
        raise DataError(say("The worker knows no command {asked!r}.", asked=asked)) from None


def to_plain(event: Event) -> dict[str, Any]:
    """Return an event as the JSON object that stands on its line."""
    kind = "done" if isinstance(event, DoneEvent) else _KINDS[type(event)]
    return {"event": kind, **dataclasses.asdict(event)}


def write_event(event: Event) -> str:
    """Return an event as a line."""
    return json.dumps(to_plain(event))


def read_event(line: str | bytes, request: Request) -> Event:
    """Read a line of the worker that was asked ``request``.

    Raises
    ------
    DataError
        When it is no event, or a field is unknown, missing or of the wrong type.
    """
    raw = _object(line, "The training process said something that")
    name = raw.pop("event", None)
    if name not in _EVENTS:
        raise DataError(
            say("The training process told of {name!r}, which is not known here.", name=name)
        )
    kind = _EVENTS[name]
    if kind is DoneEvent:
        kind = _RESULTS.get(type(request), DoneEvent)
    return of_plain(kind, raw, f"The event {name} of the training process")


def _object(line: str | bytes, what: str) -> dict[str, Any]:
    try:
        raw = json.loads(line)
    except ValueError as error:
        raise DataError(say("{what} is no JSON: {line!r}.", what=what, line=line[:80])) from error
    if not isinstance(raw, dict):
        raise DataError(say("{what} is no JSON object: {line!r}.", what=what, line=line[:80]))
    return raw


# ---------------------------------------------------------------- values


def valid_event(epoch: int, mistakes: Mapping[str, Any]) -> ValidEvent:
    """Return the mistakes of an epoch, or of a finished run's evaluation, as an event."""
    of = {k: mistakes[k] for k in ("labels", "wrong")}
    # Of a finished run whose songs have several words it says which words come together.
    of["confusion"] = mistakes["together" if "together" in mistakes else "confusion"]
    n_wrong = mistakes.get("n_wrong", len(mistakes["wrong"]))
    n = mistakes["n"] if "n" in mistakes else mistakes["songs"]["n"]
    raw = {**of, "n_wrong": n_wrong, "n": n, "epoch": epoch}
    return of_plain(ValidEvent, raw, "The evaluation")


_T = TypeVar("_T")
_hints = functools.cache(typing.get_type_hints)


def of_plain(kind: type[_T], raw: Any, what: str) -> _T:
    """Make a dataclass, and what stands in its fields, of plain data.

    Parameters
    ----------
    what
        Begins a complaint: "The event epoch".

    Raises
    ------
    DataError
        When a field is unknown, missing or of the wrong type.
    """
    if not isinstance(raw, Mapping):
        raise DataError(say("{what} is no JSON object.", what=what))
    fields = {f.name: f for f in dataclasses.fields(typing.cast(Any, kind))}
    if unknown := sorted(map(str, set(raw) - set(fields))):
        raise DataError(
            say("{what} has an unknown field, {unknown}.", what=what, unknown=unknown[0])
        )
    hints, values = _hints(kind), {}
    for name, about in fields.items():
        if name in raw:
            values[name] = _value(hints[name], raw[name], f"{what}: its {name}")
        elif about.default is dataclasses.MISSING and about.default_factory is dataclasses.MISSING:
            raise DataError(say("{what} does not say its {name}.", what=what, name=name))
    return kind(**values)


def _value(hint: Any, raw: Any, what: str) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:  # of one kind and None
        return None if raw is None else _value(inner[0], raw, what)
    if dataclasses.is_dataclass(hint):
        return of_plain(typing.cast(type[Any], hint), raw, what)
    if origin is dict and isinstance(raw, dict):
        return {str(k): _value(inner[1], v, what) for k, v in raw.items()}
    if isinstance(raw, list | tuple) and hint is not Any:
        return _sequence(hint, raw, what)
    if hint is Any or type(raw) is hint:
        return raw
    if hint is float and type(raw) is int:
        return float(raw)
    raise DataError(say("{what} has the wrong type.", what=what))


def _sequence(hint: Any, raw: Sequence[Any], what: str) -> Any:
    """Make a list, a tuple or a named tuple of a sequence."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is list or inner[1:] == (Ellipsis,):
        return origin(_value(inner[0], v, what) for v in raw)
    named = isinstance(hint, type) and issubclass(hint, tuple)
    parts = tuple(_hints(hint).values()) if named else inner
    if len(parts) != len(raw) or not parts:
        raise DataError(say("{what} has the wrong type.", what=what))
    made = tuple(_value(part, v, what) for part, v in zip(parts, raw, strict=True))
    return hint(*made) if named else made
