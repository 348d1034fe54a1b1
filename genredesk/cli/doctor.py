"""Check this installation: sound, decoders, models, devices, folders; say what to do."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from rich.text import Text

from genredesk.audio.quiet import libraries_silent
from genredesk.cli import _output, _tables
from genredesk.core import logs
from genredesk.core.messages import say
from genredesk.core.names import LONGEST_LINE, shown
from genredesk.doctor import report
from genredesk.doctor.examine import CHECKS, as_json, examine, is_broken
from genredesk.doctor.finding import TITLES, Finding, Health

_MARKS = {Health.OK: ("✓", "green"), Health.NOTE: ("•", "yellow"), Health.BROKEN: ("✗", "red")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument("--json", action="store_true", help=say("write JSON"))
    parser.add_argument(
        "--lines",
        action="store_true",
        help=say("write a line of JSON for each finding as it is found"),
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=list(CHECKS),
        help=say("make this check alone (may be repeated)"),
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help=say("also write a report with versions, findings and the end of the log"),
    )


@libraries_silent()
def run(args: argparse.Namespace) -> int:
    """Show what is found as it is found; return 1 when something is broken."""
    _output.check(args.report)
    out = _tables.console()
    found: list[Finding] = []
    group = ""
    for finding in examine(only=args.only):
        found.append(finding)
        if args.lines:
            print(json.dumps(dataclasses.asdict(finding)), flush=True)
        if args.json or args.lines:
            continue
        if finding.group != group:
            group = finding.group
            out.print(Text(say(TITLES[group]), "bold"))
        out.print(_line(finding), soft_wrap=True)
    broken = [finding for finding in found if is_broken(finding)]
    if args.json:
        print(json.dumps(as_json(found), indent=2, ensure_ascii=False))
    elif broken and not args.lines:
        names = ", ".join(finding.name for finding in broken)
        _output.say(say("Needs attention: {names}.", names=names))
    elif not args.lines:
        _output.say(say("Everything works."))
    if args.report:
        report.save(args.report, report.compose(found))
        _output.warn(
            say(
                "the report is in {without_home}.", without_home=logs.without_home(str(args.report))
            )
        )
    return 1 if broken else 0


def _line(finding: Finding) -> Text:
    mark, color = _MARKS[finding.health]
    text = Text("  ")
    text.append(mark, color)
    text.append(f" {shown(finding.name)}  ", "bold" if is_broken(finding) else "")
    text.append(shown(finding.fact, LONGEST_LINE))
    if finding.fix:
        text.append(f"\n      {shown(finding.fix, LONGEST_LINE)}", "dim")
    return text
