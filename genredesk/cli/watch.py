"""Keep the library in order without a window: scan, listen, do what the rules say, and wait.

Runs until it is stopped (Ctrl-C, or SIGTERM as services are); new and changed files in the
library's watched folders are listened to as they settle. The rules that are on (`genredesk rules`,
or Rules in the window) are run after each scan; `genredesk undo` and the window's History take back
what they did. With --once it does one round and ends.

As a service of the user on Linux:
  mkdir -p ~/.config/systemd/user
  genredesk watch --unit > ~/.config/systemd/user/genredesk-watch.service
  systemctl --user enable --now genredesk-watch
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys

from genredesk.cli import _options, _output
from genredesk.core.errors import Cancelled
from genredesk.core.messages import say
from genredesk.core.program import own_command

_UNIT = """\
[Unit]
Description=GenreDesk keeps the music library in order
Documentation=man:genredesk(1)

[Service]
Type=exec
ExecStart={command} watch{options}
Restart=on-failure
RestartSec=60
Nice=10
IOSchedulingClass=idle
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument("--once", action="store_true", help=say("one round, then end"))
    parser.add_argument("--no-rules", action="store_true", help=say("scan and listen only"))
    _options.add_db_option(parser)
    _options.add_bundle_option(parser)
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count() or 1, metavar="N",
        help=say(
            "processes that listen, at low priority (default: {cpu_count})",
            cpu_count=os.cpu_count() or 1
        ),
    )  # fmt: skip
    parser.add_argument("--unit", action="store_true", help=say("write a systemd unit and end"))


def run(args: argparse.Namespace) -> int:
    """Serve until stopped; return 1 when a single round left something undone."""
    if args.unit:
        print(_unit(args), end="")
        return 0
    from genredesk.cli import _catalogue, _models  # noqa: PLC0415 - the library's, the network's
    from genredesk.core.job import JobContext  # noqa: PLC0415
    from genredesk.inference.scorer import BundleScorer  # noqa: PLC0415
    from genredesk.library.library import Library  # noqa: PLC0415
    from genredesk.library.scanning.scan import ScanOptions  # noqa: PLC0415
    from genredesk.library.service import Service, ServiceOptions  # noqa: PLC0415

    score = BundleScorer.of(_models.chosen(args.bundle))
    _catalogue.refuse_missing(args.db)
    ctx = JobContext()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ctx.cancel())
    options = ServiceOptions(ScanOptions(workers=args.workers), not args.no_rules, args.once)
    with Library.open(args.db) as library:
        service = Service(library, score, ctx, options, _say)
        try:
            service.run()
        except Cancelled:
            _say("Stopped.")
            return 0
        return 1 if service.report.failed or service.report.problems else 0


def _say(line: str) -> None:
    _output.say(line)
    sys.stdout.flush()


def _unit(args: argparse.Namespace) -> str:
    found = shutil.which("genredesk")
    command = " ".join(_quoted(word) for word in ([found] if found else own_command()))
    options = "".join(
        f" --{name} {_quoted(str(value))}"
        for name, value in (
            ("db", args.db and args.db.absolute()), ("bundle", args.bundle),
            ("workers", args.workers if args.workers != (os.cpu_count() or 1) else None),
        )
        if value is not None
    )  # fmt: skip
    return _UNIT.format(command=command, options=options + " --no-rules" * args.no_rules)


def _quoted(word: str) -> str:
    """Return a word as systemd reads it."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if set(word) & set(" \t\"'\\") else escaped
