"""Name what is playing, live: a microphone, what the computer plays, or files.

  genredesk listen                     the microphone
  genredesk listen --source system     what this computer plays
  genredesk listen SONG.mp3 …          files, one after the other
  genredesk listen --source demo       the demo pieces
  genredesk listen --output ws:8765    for other programs, too: a page for OBS, OSC, MQTT …
  genredesk listen --compare edge-cnn  and where another model disagrees

In a terminal this is a view with the genre in large letters, the top five, a spectrogram and the
last minute. Otherwise one line is written whenever the answer changes, or with --json one object
for every answer.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections import Counter
from collections.abc import Generator
from typing import Any

from rich.console import Console
from rich.live import Live

from genredesk.audio.quiet import libraries_silent
from genredesk.audio.sources.file import FileSource
from genredesk.cli import _demo, _keys, _look, _models, _output, _shares
from genredesk.cli._ear import TerminalListener
from genredesk.cli._screen import Moment, ScreenState, render, word
from genredesk.cli.classify import seconds
from genredesk.core.errors import DataError, GenreDeskError
from genredesk.core.messages import mark, number, say
from genredesk.core.scores import MOST_OTHERS, Agreement, Decision
from genredesk.inference.bundle import Bundle

FRAMES_A_SECOND = 8
_SEEK_S = 5.0
_LIVE_KEYS = mark("q quits")
_FILE_KEYS = mark("space pauses · ← → 5 s · ↑ ↓ volume · m mutes · n next · q quits")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument("files", nargs="*", metavar="FILE", help=say("music files to play"))
    parser.add_argument(
        "--source",
        metavar="mic|system|demo|FILE",
        help=say("where sound comes from (default: mic); `genredesk devices` lists more"),
    )
    _models.add_model_options(parser)
    _models.add_care_option(parser)
    parser.add_argument(
        "--compare",
        action="append",
        default=[],
        metavar="ID",
        help=say("ask this model about the same sound, too, and show where it disagrees (up to 3)"),
    )
    parser.add_argument(
        "--seconds",
        type=seconds,
        metavar="N",
        help=say("stop after this many seconds of listening"),
    )
    parser.add_argument(
        "--hop",
        type=seconds,
        default=0.5,
        metavar="S",
        help=say("seconds between answers, 0.1 to 3 (default: 0.5)"),
    )
    parser.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="ADDRESS",
        help=say(
            "tell every answer to another program, too (may be repeated): osc:HOST:PORT, "
            "mqtt://USER:PASSWORD@HOST/TOPIC, ws:PORT (web page and WebSocket), text:FILE, "
            "mpris:"
        ),
    )
    parser.add_argument(
        "--json", action="store_true", help=say("one JSON object a line and answer")
    )
    parser.add_argument("--plain", action="store_true", help=say("lines instead of the full view"))


@libraries_silent()
def run(args: argparse.Namespace) -> int:
    """Listen until the files end, the time is over or the person has heard enough."""
    bundle = _models.chosen(args.bundle)
    compared = _compared(bundle, args.compare)
    addresses = _addresses(args.source, args.files)
    if not 0.1 <= args.hop <= 3:
        raise GenreDeskError(
            say("A hop of {hop} s is not between 0.1 and 3 seconds.", hop=args.hop)
        )
    full = sys.stdout.isatty() and not (args.json or args.plain)
    with (
        TerminalListener(
            addresses,
            bundle,
            args.device,
            hop_s=args.hop,
            seconds=args.seconds,
            care=args.care,
            compared=compared,
        ) as ear,  # fmt: skip
        _published(ear, args.output, aloud=not full),
    ):
        if args.json:
            _objects(ear)
        elif full:
            _view(ear, bundle)
        else:
            _lines(ear)
        if not (ear.answers or ear.failures or ear.engine.stats().skipped):
            _warn(_nothing_named(bundle))
    return 1 if ear.failures else 0


def _compared(bundle: Bundle, names: list[str]) -> list[Bundle]:
    """Return the models to compare ``bundle`` with.

    Raises
    ------
    BundleError
        When there is none of a name.
    DataError
        When they are too many, or one is named twice.
    """
    if len(names) > MOST_OTHERS:
        raise DataError(
            say(
                "Up to {most} models are compared with the one that listens; these are {n}.",
                most=MOST_OTHERS,
                n=len(names),
            )
        )
    return _models.compared(names, bundle)


@contextlib.contextmanager
def _published(ear: TerminalListener, addresses: list[str], *, aloud: bool) -> Generator[None]:
    """Tell other programs what is heard while the block runs; ``aloud``: and how they are doing."""
    if not addresses:
        yield
        return
    from genredesk.cli import _outputs  # noqa: PLC0415 - only who asks for it pays for it

    publisher = _outputs.publish(ear, addresses, aloud=aloud)
    try:
        yield
    finally:
        publisher.close()


def _addresses(source: str | None, files: list[str]) -> list[str]:
    if source == "demo":
        return [f"file:{path}" for path in _demo.pieces()]
    named = [source] if source else []
    return [*named, *(f"file:{name}" for name in files)] or ["mic"]


def _nothing_named(bundle: Bundle) -> str:
    card = bundle.card
    return say(
        "Nothing was named: {title} needs {window_s:.0f} s of sound at once, and less was heard.",
        title=card.title,
        window_s=card.frontend.window_s,
    )


def _warn(text: str) -> None:
    _output.warn(text)


def _objects(ear: TerminalListener) -> None:
    """Write every answer as JSON."""
    for answer in ear.heard(on_message=_warn):
        decision = answer.decision
        scores = {label: round(score, 6) for label, score in decision.ranked(len(decision.labels))}
        line = {
            "source": answer.source.info.name,
            "time": round(decision.time, 3),
            **_said(decision),
            "scores": scores,
        }
        if answer.compared:
            line["compared"] = [
                {"model": one.model.id, "agreement": one.agreement, **_said(one.decision)}
                for one in answer.compared
            ]
        print(_output.json_line(line), flush=True)


def _said(decision: Decision) -> dict[str, Any]:
    return {
        "state": decision.state or "waiting",
        "named": list(decision.named),
        **({"also": list(decision.also)} if decision.also else {}),
        "label": decision.label,
        "score": round(decision.score, 6),
    }


def _lines(ear: TerminalListener) -> None:
    """Write lines whenever the source, the answer or what disagrees with it changes."""
    last: tuple[str, ...] = ()
    for answer in ear.heard(on_message=_warn):
        decision, name = answer.decision, answer.source.info.name
        others = [f"{one.model.card.title}: {word(one.decision)}" for one in answer.disagreeing]
        said = (name, word(decision), *others)
        if decision.state is None or said == last:
            continue
        if not last or last[0] != name:
            _output.say(f"{name}:")
        last = said
        _line(_look.clock(decision.time), word(decision), decision)
        for one, shown in zip(answer.disagreeing, others, strict=True):
            _line("≠", shown, one.decision)


def _line(when: str, shown: str, decision: Decision) -> None:
    share = _shares.sureness(*decision.shares) if decision.named else ""
    print(f"{when:>8}  {shown:<28} {share:>4}".rstrip(), flush=True)


def _view(ear: TerminalListener, bundle: Bundle) -> None:
    """Draw the full view until something ends it; then say what was heard."""
    console = Console()
    view = ScreenState(name="", model=bundle.card.title)
    heard: Counter[str] = Counter()
    begin = time.monotonic()
    with (
        Live(console=console, screen=True, auto_refresh=False) as live,
        _keys.pressed() as pressed,
    ):
        while ear.go_on():
            if not _obey(pressed(), ear):
                break
            for answer in ear.wait(1 / FRAMES_A_SECOND):
                _note(view, answer.decision, time.monotonic() - begin, heard)
                if answer.source is ear.source:
                    view.decision = answer.decision
                    view.compared = [
                        (one.model.card.title, one.decision, one.agreement is Agreement.OTHER)
                        for one in answer.compared
                    ]
            _look_at(view, ear, time.monotonic() - begin)
            live.update(render(view, console.width, console.height), refresh=True)
    for answer in ear.last():
        _note(view, answer.decision, time.monotonic() - begin, heard)
    _say_goodbye(console, heard)


def _note(view: ScreenState, decision: Decision, now: float, heard: Counter[str]) -> None:
    last = view.timeline[-1] if view.timeline else None
    if last is None or (last.state, last.named) != (decision.state, decision.named):
        view.timeline.append(Moment(now, decision.state, decision.named))
    if decision.state is not None:
        heard[word(decision)] += 1


def _look_at(view: ScreenState, ear: TerminalListener, now: float) -> None:
    """Bring everything but the decision up to date."""
    source = ear.source
    view.now = now
    view.stats = ear.engine.stats()
    view.message = ear.message or ear.note
    if source is None:
        return
    info = source.info
    view.name, view.detail, view.total = info.title or info.name, info.detail, info.seconds
    view.seconds = source.time_of(source.now())
    view.level = source.level()
    view.paused = ear.paused
    view.keys = say(_FILE_KEYS if isinstance(source, FileSource) else _LIVE_KEYS)
    view.picture.pull(source)


def _obey(keys: list[str], ear: TerminalListener) -> bool:
    """Do what the keys ask for; return whether to go on."""
    source = ear.source
    for key in keys:
        if key in {"q", "Q", "escape"}:
            return False
        if not isinstance(source, FileSource):
            continue
        if key == " ":
            (source.play if ear.paused else source.pause)()
        elif key in {"left", "right"}:
            step = _SEEK_S if key == "right" else -_SEEK_S
            source.seek(max(0.0, source.position() + step))
        elif key in {"up", "down"}:
            source.volume = min(1.0, max(0.0, source.volume + (0.1 if key == "up" else -0.1)))
        elif key == "m":
            source.muted = not source.muted
        elif key == "n":
            ear.next()
    return True


def _say_goodbye(console: Console, heard: Counter[str]) -> None:
    total = sum(heard.values())
    if total:
        shares = ", ".join(
            f"{name} {number(count / total, '.0%')}" for name, count in heard.most_common(4)
        )
        console.print(say("Heard: {shares}.", shares=shares), highlight=False, markup=False)
