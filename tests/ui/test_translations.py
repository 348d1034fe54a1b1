"""What is counted on screen has both English forms: in the source, catalogue and compiled file."""

from __future__ import annotations

import ast
import builtins
import functools
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QLocale, QTranslator

import genredesk.ui
from genredesk.core import messages, paths
from genredesk.ui.look import translations
from genredesk.ui.look.text import thousands, tr

UI = Path(genredesk.ui.__file__).parent
ROOT = UI.parent.parent
CATALOGUE = paths.resources_dir() / "translations" / "genredesk_en.ts"
LANGUAGES = sorted(set(CATALOGUE.parent.glob("genredesk_*.ts")) - {CATALOGUE})


@functools.cache
def calls() -> list[tuple[str, ast.Call]]:
    return list(_calls())


@functools.cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted(UI.rglob("*.py"))}


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name == "tr" and isinstance(node.args[0], ast.Constant):
                yield f"{path.relative_to(UI)}:{node.lineno}", node


@functools.cache
def counted() -> dict[str, str]:
    return {n.args[0].value: at for at, n in calls() if "%n" in n.args[0].value.replace("L", "")}


def test_whatever_counts_says_how_many_and_by_the_function_that_finds_its_forms():
    assert len(counted()) > 50
    for at, node in calls():
        counts = node.args[0].value in counted()
        assert counts == (len(node.args) == 3), at
        assert not counts or isinstance(node.func, ast.Name), f"{at}: use tr of look/text.py"


def test_the_catalogue_holds_two_forms_of_each_and_nothing_else():
    held = {}
    for message in ET.parse(CATALOGUE).iter("message"):
        forms = [form.text for form in message.iter("numerusform")]
        held[message.findtext("source")] = forms
    assert set(held) == set(counted())
    assert all(len(forms) == 2 and all(forms) for forms in held.values())


def test_the_compiled_file_is_that_of_the_catalogue(catalogues):
    assert catalogues
    for message in ET.parse(CATALOGUE).iter("message"):
        for n, form in zip((1, 1200), message.iter("numerusform"), strict=True):
            said = tr(message.findtext("source"), "", n)
            assert said == form.text.replace("%Ln", thousands(n)), "run `make translations`"
            assert "(s)" not in said


def said() -> dict[tuple[str, str], str]:
    """Return what is said on screen and below: context and text, and where."""
    found: dict[tuple[str, str], str] = {}
    for path, tree in trees().items():
        _collect(tree, None, str(path.relative_to(UI)), found)
    script = runpy.run_path(str(ROOT / "packaging" / "sentences.py"))
    return found | {(messages.CONTEXT, text): "a sentence" for text in script["sentences"]()}


def _collect(
    node: ast.AST, owner: str | None, path: str, found: dict[tuple[str, str], str]
) -> None:
    for child in ast.iter_child_nodes(node):
        inside = child.name if isinstance(child, ast.ClassDef) else owner
        if isinstance(child, ast.Call) and child.args:
            function = child.func
            at = f"{path}:{child.lineno}"
            if getattr(function, "attr", getattr(function, "id", "")) == "tr":
                text = child.args[0]
                if not (path.endswith("look/text.py") or isinstance(text, ast.Constant)):
                    raise AssertionError(f"{at}: a text that lupdate cannot read")
                if isinstance(function, ast.Attribute):
                    assert ast.unparse(function.value) == "self", f"{at}: use tr of look/text.py"
                if isinstance(text, ast.Constant):
                    context = owner if isinstance(function, ast.Attribute) else ""
                    found[context, text.value] = at
        _collect(child, inside, path, found)


_FIELD = re.compile(r"\{[^{}]*\}|%L?n|\*\.\w+")


def _fields(text: str, counted: bool) -> list[str]:
    return sorted(f for f in _FIELD.findall(text) if not (counted and f == "%Ln"))


@pytest.mark.parametrize("source", LANGUAGES, ids=lambda path: path.stem)
def test_a_language_is_whole(source):
    """Nothing is missing, left over or unfinished; fields and marks are those of the source."""
    wanted = said()
    held = set()
    translator = QTranslator()
    assert translator.load(str(source.with_suffix(".qm")))
    for context in ET.parse(source).getroot().iter("context"):
        for message in context.iter("message"):
            name, text = context.findtext("name"), message.findtext("source")
            held.add((name, text))
            body = message.find("translation")
            assert body.get("type") is None, f"{text}: not finished"
            forms = [form.text or "" for form in body.iter("numerusform")]
            for form in forms or [body.text or ""]:
                assert form.strip() or not text.strip(), f"{text}: nothing is written"
                assert _fields(form, bool(forms)) == _fields(text, bool(forms)), text
                assert form[:1].isspace() == text[:1].isspace(), f"{text}: the blank before it"
                assert form[-1:].isspace() == text[-1:].isspace(), f"{text}: the blank behind it"
            if not forms:
                compiled = translator.translate(name, text)
                assert compiled == body.text, f"{text}: run `make translations`"
    assert not {at for key, at in wanted.items() if key not in held}, "run `make translations`"
    assert not held - set(wanted), "run `make translations`"


@pytest.fixture
def german(tmp_path, monkeypatch, catalogues, qapp) -> Iterator[None]:
    """A program with a catalogue for another language dropped in."""
    folder = tmp_path / "translations"
    folder.mkdir()
    source = folder / "genredesk_de.ts"
    source.write_text(
        '<?xml version="1.0"?><TS version="2.1" language="de_DE"><context><name></name>'
        '<message numerus="yes"><source>%Ln song(s)</source><translation><numerusform>%Ln Stück'
        "</numerusform><numerusform>%Ln Stücke</numerusform></translation></message>"
        "</context></TS>",
        "utf-8",
    )
    compiler = Path(sys.executable).with_name("pyside6-lrelease")
    compiled = folder / "genredesk_de.qm"
    subprocess.run([compiler, source, "-qm", compiled], check=True, capture_output=True)
    (folder / "genredesk_en.qm").write_bytes(CATALOGUE.with_suffix(".qm").read_bytes())
    monkeypatch.setattr(paths, "resources_dir", lambda: tmp_path)
    monkeypatch.setattr(messages, "GIVEN", "")
    translations.install(qapp, QLocale(QLocale.Language.German, QLocale.Country.Germany))
    yield
    monkeypatch.undo()
    translations.install(qapp, translations.ENGLISH)


@pytest.mark.usefixtures("german")
def test_another_language_is_a_file_that_is_dropped_in():
    assert [tr("%Ln song(s)", "", n) for n in (1, 2, 1200)] == [
        "1 Stück",
        "2 Stücke",
        "1.200 Stücke",
    ]
    assert tr("%Ln window(s)", "", 1) != "1 Fenster"  # what it lacks stays English
    assert tr("Not there") == "Not there"


def test_errors_of_the_window_are_said_in_the_persons_language():
    """What is raised here is shown, by ``tr`` or ``say``; Python's own errors speak to us."""
    bare = []
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
                continue
            ours = not hasattr(builtins, getattr(node.exc.func, "id", ""))
            if ours and any(isinstance(a, ast.Constant | ast.JoinedStr) for a in node.exc.args):
                bare.append(f"{path.relative_to(UI)}:{node.lineno}")
    assert not bare
