"""What is made for whoever installs GenreDesk: a desktop's files, pages, completion, wheel, sdist.

The packages themselves are used by ``make check-packages``, which takes minutes.
"""

from __future__ import annotations

import argparse
import configparser
import gzip
import json
import os
import plistlib
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

from genredesk import __main__ as door
from genredesk import __version__
from genredesk.core import program

ROOT = Path(__file__).resolve().parent.parent
MAKE = ROOT / "packaging" / "make_packages"
EPOCH = 1_700_000_000
pytestmark = pytest.mark.xdist_group("packages")


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that a package puts under ``share``."""
    folder = tmp_path_factory.mktemp("prefix") / "share"
    command = [sys.executable, MAKE, "--share", folder]
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}
    done = subprocess.run(
        command, env=env, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from parsers(inner)


def options(name: str) -> set[str]:
    """Return every long option of a command and of what is under it, hidden ones aside."""
    return {
        option
        for parser in parsers(door.parser_of(name))
        for action in parser._actions
        if action.help != argparse.SUPPRESS
        for option in action.option_strings
        if option.startswith("--")
    }


@pytest.fixture(scope="module")
def commands() -> dict[str, set[str]]:
    found = {name: options(name) for name in (door.GUI, *door.commands())}
    assert {"gui", "classify", "library"} <= set(found)
    assert {"--json", "--help"} <= found["classify"]
    return found


# ---------------------------------------------------------------- pages and completion


def test_every_command_has_a_page_that_tells_its_options(share, commands) -> None:
    pages = {p.name: gzip.decompress(p.read_bytes()).decode() for p in share.glob("man/man1/*.gz")}
    assert set(pages) == {"genredesk.1.gz", *(f"genredesk-{name}.1.gz" for name in commands)}
    for name, wanted in commands.items():
        assert f"\\fB{name}\\fR" in pages["genredesk.1.gz"], name
        page = pages[f"genredesk-{name}.1.gz"].replace("\\-", "-")
        assert page.startswith(
            f'.TH GENREDESK-{name.upper()} "1" "2023-11-14" "GenreDesk {__version__}"'
        )
        assert f".B genredesk\n{name}" in page, name
        assert not wanted - {"--help"} - set(re.findall(r"--[\w-]+", page)), name
        # Nothing of the text is taken for a command of troff.
        assert set(re.findall(r"^\.(\w+)", page, re.MULTILINE)) <= {
            *("TH", "SH", "SS", "TP", "PP", "B", "BR", "RS", "RE", "nf", "fi"),
        }, name


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_command_and_option_is_completed(share, commands, shell: str) -> None:
    places = {
        "bash": "bash-completion/completions/genredesk",
        "zsh": "zsh/vendor-completions/_genredesk",
        "fish": "fish/vendor_completions.d/genredesk.fish",
    }
    script = share / places[shell]
    words = set(re.findall(r"[\w-]+", script.read_text(encoding="utf-8")))
    known = words | {f"--{word}" for word in words} if shell == "fish" else words
    for name, wanted in commands.items():
        assert {name, *wanted} <= known, name
    assert "--or-terminal" not in known  # for `make run`, not for people
    if tool := shutil.which(shell):
        subprocess.run([tool, "-n", script], check=True, timeout=60)


def test_bash_completes_what_was_begun(share) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    script = share / "bash-completion/completions/genredesk"
    code = f"""
compopt() {{ :; }}
. '{script}'
complete -p genredesk | sed 's/.*-F //; s/ .*//' > '{share}/name'; read -r ask < '{share}/name'
for line in 'genredesk cl' 'genredesk library ta' 'genredesk organize --action mo'; do
    COMP_WORDS=($line); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()
    "$ask"; echo "${{COMPREPLY[@]}}"
done"""
    said = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["classify", "tally", "move"]


# ---------------------------------------------------------------- the desktop


def test_desktop_metainfo_and_kind_of_file_speak_of_one_program(share) -> None:
    entry = configparser.RawConfigParser()
    entry.optionxform = str  # type: ignore[assignment,method-assign] - keys keep their letters
    entry.read(share / "applications/genredesk.desktop", encoding="utf-8")
    desktop = entry["Desktop Entry"]
    kinds = desktop["MimeType"].rstrip(";").split(";")
    assert desktop["Exec"].split() == ["genredesk", "gui", "%F"]
    assert {"audio/flac", "audio/mpeg", "inode/directory"} < set(kinds)

    mime = ET.parse(share / "mime/packages/genredesk.xml").getroot()
    space = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
    (kind,) = mime.findall("m:mime-type", space)
    assert kind.get("type") in kinds
    assert kind.find("m:glob", space).get("pattern") == "*.genredesk"  # type: ignore[union-attr]

    metainfo = ET.parse(share / "metainfo/genredesk.metainfo.xml").getroot()
    assert metainfo.findtext("id") == json.loads((MAKE / "flatpak.json").read_text())["id"]
    assert metainfo.findtext("launchable") == "genredesk.desktop"
    assert metainfo.findtext("provides/mediatype") == kind.get("type")
    assert metainfo.findtext("provides/binary") == desktop["Exec"].split()[0]

    for place in (
        "scalable/apps/genredesk.svg",
        "16x16/apps/genredesk.png",
        "512x512/apps/genredesk.png",
    ):
        assert (share / "icons/hicolor" / place).stat().st_size > 300, place


def test_recipes_for_other_systems_name_the_same_kind_of_file_and_no_version() -> None:
    spec = (MAKE / "genredesk.spec").read_text(encoding="utf-8")
    installer = (MAKE / "windows/genredesk.iss").read_text(encoding="utf-8")
    assert "application/x-genredesk" in spec
    assert "application/x-genredesk" in installer
    assert "NSMicrophoneUsageDescription" in spec
    rights = plistlib.loads((MAKE / "macos/entitlements.plist").read_bytes())
    assert rights["com.apple.security.device.audio-input"] is True
    # The version is written once, in pyproject.toml and __init__; packages are told.
    for path in MAKE.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            assert __version__ not in path.read_text(encoding="utf-8"), path


# ---------------------------------------------------------------- wheel and sdist


def test_wheel_and_sdist_hold_the_program_alone() -> None:
    wheel, sdist = (
        {file.distribution_path for file in builder(str(ROOT)).recurse_included_files()}
        for builder in (WheelBuilder, SdistBuilder)
    )
    shipped = "genredesk/_shipped"
    assert {"genredesk/__main__.py", f"{shipped}/resources/genredesk.svg"} <= wheel
    assert {"genredesk/__main__.py", "constraints.txt"} <= sdist  # and what hatchling adds
    assert {name.partition("/")[0] for name in wheel} == {"genredesk"}
    # A wheel made from the sdist is the wheel made here.
    beside = {name.replace(f"{shipped}/", "") for name in wheel}
    assert beside == {
        name for name in sdist if name.startswith(("genredesk/", "models/", "resources/"))
    }
    foreign = re.compile(r"(^|/)(tests|benchmarks|packaging|screenshots|\.venv|__pycache__)/")
    assert not [name for name in wheel | sdist if foreign.search(name)]


# ---------------------------------------------------------------- processes


def test_the_program_starts_itself_from_source_and_packed(monkeypatch) -> None:
    answer = subprocess.run(
        program.own_command("--version"), capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.split() == ["GenreDesk", __version__]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/usr/lib/genredesk/genredesk")
    assert program.is_packed()
    assert program.own_command("worker") == ["/usr/lib/genredesk/genredesk", "worker"]
