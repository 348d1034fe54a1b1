"""The manual: it names only what there is, everything there is has its place, and links lead on."""

from __future__ import annotations

import argparse
import functools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import manual_pages
from genredesk import __main__ as door
from genredesk.core import paths, program
from genredesk.library.index import query

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
PAPERS = [*PAGES, ROOT / "README.md"]

SHELL = re.compile(r"^( *)```sh\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
TARGET = re.compile(r"\]\(([^)\s]+)\)")
OF_OTHERS = {"--node-rank"}
"""Options of torchrun."""


@functools.cache
def commands() -> dict[str, argparse.ArgumentParser]:
    return manual_pages.commands()


@functools.cache
def filled(page: Path) -> str:
    """Return a page as it is built; what needs Qt is left out."""
    text = page.read_text(encoding="utf-8")
    for part in ("keys", "menus"):
        text = text.replace(f"<!-- {part} -->", "")
    return manual_pages.filled(text) if page.parent == DOCS else text


def typed() -> Iterator[tuple[str, list[str]]]:
    """Yield what a reader is told to type: where, and its words without comment and pipe."""
    for page in PAPERS:
        for _, block in SHELL.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                while words and re.fullmatch(r"\w+=.*", words[0]):
                    del words[0]
                ends = [words.index(end) for end in ("|", ">", "&&") if end in words]
                if words := words[: min(ends, default=None)]:
                    yield f"{page.name}: {line.strip()}", words


def test_what_a_reader_is_told_to_type_is_understood(capsys: pytest.CaptureFixture) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    parsed, wrong = 0, []
    for where, words in typed():
        if words[0] == "make":
            wrong += [where for word in words[1:] if "=" not in word and word not in targets]
        at = next((i for i, word in enumerate(words) if Path(word).name == "genredesk"), None)
        if at is None or len(words) == at + 1:
            continue
        name, *arguments = words[at + 1 :]
        try:
            args = door.parser_of(name).parse_args(arguments)
            query.parse(getattr(args, "filter", ""))
        except (SystemExit, ImportError, query.QueryError) as error:
            wrong.append(f"{where}: {error}\n{capsys.readouterr().err[-200:]}")
        parsed += 1
    assert not wrong, "\n".join(wrong)
    assert parsed > 50


def test_no_page_speaks_of_a_command_or_an_option_that_is_not_there() -> None:
    every = {option for parser in commands().values() for option in parser._option_string_actions}
    wrong = []
    for page in PAPERS:
        for code in CODE.findall(SHELL.sub("", page.read_text(encoding="utf-8"))):
            words = code.replace("'", "").split()
            options = [w for w in words if re.match(r"--[a-z]", w)]
            known = every | OF_OTHERS
            if words[0] == "genredesk" and len(words) > 1 and words[1][0].islower():
                name = max(
                    n for n in (words[1], " ".join(words[1:3])) if n in commands() or n == words[1]
                )
                if name not in commands():
                    wrong.append(f"{page.name}: {code}")
                    continue
                known = set(commands()[name]._option_string_actions)
            wrong += [f"{page.name}: {code}" for option in options if option not in known]
    assert not wrong, "\n".join(wrong)


def test_every_command_has_its_section() -> None:
    text = filled(DOCS / "command-line.md")
    sections = dict(
        re.findall(r"^##+ genredesk ([a-z ]+)\n(.*?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    )
    assert set(sections) == set(commands())
    assert {"gui", *door.commands()} <= set(sections)
    for name, parser in commands().items():
        about = sections[name].strip().partition("```text")[0]
        assert len(about) > 10, name
        for option in parser._option_string_actions:
            shown = option.startswith("--") and option not in {"--help", "--or-terminal"}
            assert not shown or option in sections[name], f"{name} {option}"


def slugs(page: Path) -> set[str]:
    """Return the anchors of a page, as MkDocs makes them of its headings."""
    text = re.sub(r"^ *```.*?^ *```", "", filled(page), flags=re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", head).strip().lower()) for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    wrong = []
    for target in TARGET.findall(filled(page)):
        name, _, anchor = target.partition("#")
        file = DOCS / name if name else page
        if "://" in target:
            continue
        if not file.is_file() or (file.suffix == ".md" and anchor and anchor not in slugs(file)):
            wrong.append(target)
    assert not wrong


def test_every_page_is_in_the_navigation_and_every_picture_is_shown() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    assert sorted(re.findall(r": (\S+\.md)$", nav, re.MULTILINE)) == [p.name for p in PAGES]
    shown = {t.partition("#")[0] for page in PAGES for t in TARGET.findall(filled(page))}
    shown |= {t.removeprefix("docs/") for t in TARGET.findall(filled(ROOT / "README.md"))}
    pictures = {f"images/{path.name}" for path in (DOCS / "images").iterdir()}
    assert pictures == {name for name in shown if name.endswith(".webp")}
    assert sum(path.stat().st_size for path in (DOCS / "images").iterdir()) < 4_000_000


def test_nothing_of_the_manual_comes_from_the_network() -> None:
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "font: false" in config
    assert "offline" in config
    assert "javascripts/iframe-worker.js" in config, "the plugin would name one elsewhere"
    loaded = [*(DOCS / "stylesheets").iterdir(), ROOT / "mkdocs.yml"]
    assert not [path for path in loaded if "://" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("built", [True, False])
def test_help_ends_by_naming_the_manual(
    built: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(paths, "_PACKAGE", tmp_path / "genredesk")
    page = tmp_path / "genredesk" / "_shipped" / "manual" / "index.html"
    if built:
        page.parent.mkdir(parents=True)
        page.write_text("<h1>GenreDesk</h1>", encoding="utf-8")
    assert program.manual_page() == (page if built else None)
    assert door.main(["--help"]) == 0
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last == (f"The manual: {page}" if built else program.NO_MANUAL)


def test_a_source_has_its_manual_where_make_docs_builds_it() -> None:
    assert paths.manual_dir() == ROOT / "build" / "manual"
    assert "site_dir: build/manual" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
