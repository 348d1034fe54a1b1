"""Look through folders for music and listen to all of it, for the library.

Folders named here become part of the library; without any, those it has are looked through again.
What was done before is not done twice, so a scan that was stopped goes on where it was. With --json
the sums are written as one JSON object. The exit status is 1 when files could not be read.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from genredesk.audio import endings
from genredesk.cli import _options, _output, _progress
from genredesk.core.messages import say
from genredesk.library.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable

    from genredesk.library.scanning.scan import ScanReport
    from genredesk.library.scanning.workers import WorkerPool, WorkerSetup


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    cores = os.cpu_count() or 1
    parser.add_argument(
        "folders", nargs="*", type=Path, metavar="DIR", help=say("folders of music")
    )
    _options.add_db_option(parser)
    _options.add_bundle_option(parser)
    parser.add_argument(
        "--workers",
        type=int,
        default=cores,
        metavar="N",
        help=say("processes that listen, at low priority (default: {cores})", cores=cores),
    )
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help=say(
            "listen on a Dask cluster: its scheduler (tcp://HOST:8786), or local:N for N "
            "processes here; needs genredesk[cluster], and the music and the model under the "
            "same paths on every worker"
        ),
    )
    parser.add_argument(
        "--retry", action="store_true", help=say("listen again to files that could not be read")
    )
    parser.add_argument(
        "--fingerprints",
        action="store_true",
        help=say(
            "also read tracks from before there were fingerprints, so that duplicates are found"
        ),
    )
    parser.add_argument(
        "--reread",
        action="store_true",
        help=say(
            "read all tags again; changes that keep size and time are noticed without, except "
            "on Windows and some network drives"
        ),
    )
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help=say("keep nothing on disk for asking another model later without decoding again"),
    )
    parser.add_argument("--json", action="store_true", help=say("write the sums as JSON"))


def run(args: argparse.Namespace) -> int:
    """Scan; return 1 when something could not be read."""
    from genredesk.cli import _catalogue, _models  # noqa: PLC0415 - the library's, the network's
    from genredesk.core import settings as store  # noqa: PLC0415
    from genredesk.inference.scorer import BundleScorer  # noqa: PLC0415
    from genredesk.library.scanning.scan import ScanOptions, scan  # noqa: PLC0415

    kept, _ = store.load()  # judged as in the window
    score = BundleScorer.of(
        _models.chosen(args.bundle), unsure_below=kept.unsure_below, care=kept.care
    )
    options = ScanOptions(
        workers=args.workers,
        retry_failed=args.retry,
        reread=args.reread,
        fingerprints=args.fingerprints,
        cache_bytes=0 if args.no_cache else None,
        pool=_cluster(args.cluster) if args.cluster else None,
    )
    if not args.folders:
        _catalogue.refuse_missing(args.db)
    with Library.open(args.db) as catalogue:
        before = {root.id: root.path for root in catalogue.roots.all()}
        added = [catalogue.roots.add(folder) for folder in args.folders]
        for root in added:
            if before.get(root.id, root.path) != root.path:
                _output.warn(
                    say(
                        "{before} is {root} now; its files are known there.",
                        before=before[root.id],
                        root=root.path,
                    )
                )
        roots = [root.id for root in added] or None
        if roots is None and not catalogue.roots.all():
            _output.warn(say("The library is empty. Name a folder of music."))
            return 2
        with _progress.bar("Looking", rate=True) as ctx:
            report = scan(catalogue, score, ctx, roots=roots, options=options)
    if args.json:
        sums = asdict(report)
        for name in ("offline", "followed"):
            sums[name] = [str(path) for path in getattr(report, name)]
        print(json.dumps(sums))
    else:
        _tell(report)
    return 1 if report.failed or report.unreadable else 0


def _cluster(address: str) -> Callable[[WorkerSetup], WorkerPool]:
    """Return what joins a cluster once there is something to listen to."""
    from genredesk.library.scanning import cluster  # noqa: PLC0415

    return lambda setup: cluster.connect(setup, address, _progress.note)


def _tell(report: ScanReport) -> None:
    print(
        say(
            "{found} files: {new} new, {changed} changed, {moved} moved, {missing} missing. "
            "{analysed} listened to in {seconds:.0f} s.",
            found=report.found,
            new=report.new,
            changed=report.changed,
            moved=report.moved,
            missing=report.missing,
            analysed=report.analysed,
            seconds=report.seconds,
        )
    )
    for folder in report.offline:
        _output.warn(
            say(
                "{folder} is offline; its files are kept. If it has another name or place now: "
                "`genredesk library roots --moved {folder2} NEW`.",
                folder=folder,
                folder2=shlex.quote(str(folder)),
            )
        )
    for folder in report.followed:
        _output.warn(
            say(
                "{folder} is no longer there; all of its files were found elsewhere.",
                folder=folder,
            )
        )
    if folders := endings.passed_folders(report.passed_folders):
        print(f"{folders}.")
    for sentence in report.unreadable:
        _output.warn(sentence)
    if others := endings.passed_over(report.passed_over):
        print(say("Skipped: {others}.", others=others), file=sys.stderr)
    if report.failed:
        print(
            say(
                "{failed} files could not be read; `genredesk library list --filter "
                "state:failed` says why.",
                failed=report.failed,
            ),
            file=sys.stderr,
        )
