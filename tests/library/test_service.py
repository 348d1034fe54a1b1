"""Rules that are run by themselves, and the service that scans and runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import mutagen
import pytest

from genredesk.__main__ import main
from genredesk.core.errors import Cancelled, GenreDeskError
from genredesk.core.job import JobContext
from genredesk.library.organize import apply, rules
from genredesk.library.organize.plan import ActionOptions, PlanError
from genredesk.library.organize.rules import Rule
from genredesk.library.scanning.scan import ScanOptions
from genredesk.library.service import Service, ServiceOptions

LOW = Rule("low", "heard:low state:sure", "tag_genre")


def genres(folder: Path) -> dict[str, list[str]]:
    return {
        p.name: list((mutagen.File(p).tags or {}).get("genre", []))
        for p in sorted(folder.rglob("*.flac"))
    }


def test_a_rule_does_what_it_names_and_is_undone(catalogue, music, run) -> None:
    run(catalogue, music)
    rules.save(catalogue, LOW)
    rules.save(catalogue, Rule("off", "", "tag_genre", enabled=False))
    assert rules.load(catalogue) == [LOW, Rule("off", "", "tag_genre", enabled=False)]
    before = genres(music)
    (done,) = rules.run_enabled(catalogue, JobContext())
    assert done.outcome.done == 2
    after = genres(music)
    assert {name for name in after if after[name] == ["Low"]} == {"0 tone.flac", "1 tone.flac"}
    assert {n: g for n, g in after.items() if n[0] not in "01"} == {
        n: g for n, g in before.items() if n[0] not in "01"
    }
    assert apply.history(catalogue)[0].title.endswith("(rule low)")
    (again,) = rules.run_enabled(catalogue, JobContext())
    assert (again.outcome.done, again.plan.unchanged) == (0, 2)
    apply.undo(catalogue, None, JobContext())
    assert genres(music) == before
    assert rules.delete(catalogue, "low")
    assert not rules.delete(catalogue, "low")


def test_a_rule_that_cannot_be_run_is_not_kept(catalogue, tmp_path) -> None:
    for bad, why in (
        (Rule(" ", "", "tag_genre"), "needs a name"),
        (Rule("a", "bogus:1", "tag_genre"), "bogus"),
        (Rule("a", "", "burn"), "no action 'burn'"),
        (Rule("a", "", "move_files"), "choose a folder"),
        (Rule("a", "", "move_files", ActionOptions(tmp_path, template="{bogus}")), "bogus"),
    ):
        with pytest.raises(GenreDeskError, match=why):
            rules.save(catalogue, bad)
    assert rules.load(catalogue) == []
    with pytest.raises(PlanError, match="no rule “a”"):
        rules.find(catalogue, "a")


def test_the_service_hears_new_files_and_runs_the_rules(catalogue, music, tone, kit) -> None:
    catalogue.roots.add(music)
    rules.save(catalogue, LOW)
    ctx, said, ended = JobContext(), [], []
    options = ServiceOptions(ScanOptions(workers=1, cache_bytes=0))
    service = Service(catalogue, kit.ToneScore(), ctx, options, said.append)

    def serve() -> None:
        try:
            service.run()
        except Cancelled as stop:
            ended.append(stop)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        wait_for(lambda: service.report.rounds == 1)
        assert (service.report.analysed, service.report.done) == (6, 2)
        tone(music / "later.flac", 120)
        wait_for(lambda: service.report.done == 3)
        assert genres(music)["later.flac"] == ["Low"]
    finally:
        ctx.cancel()
        thread.join()
    assert ended
    assert service.report.problems == []
    assert any("(rule low). Plan" in line for line in said)


def wait_for(true) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_sigterm_ends_the_command_cleanly(tmp_path) -> None:
    subprocess.run(
        [sys.executable, "-m", "genredesk", "library", "roots", "--add", tmp_path],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "genredesk", "watch"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Watching {tmp_path}.\n"
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
    assert (process.returncode, rest.splitlines()[-1]) == (0, "Stopped.")


def test_the_unit_names_what_was_asked(capsys) -> None:
    assert main(["watch", "--unit", "--no-rules", "--db", "/music lib/100%.db"]) == 0
    unit = capsys.readouterr().out
    assert 'watch --db "/music lib/100%%.db" --no-rules\n' in unit
