"""What is counted on screen has both English forms: in the source, catalogue and compiled file."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QCoreApplication, QLocale

import genredesk.ui
from genredesk.core import paths
from genredesk.ui.look import translations
from genredesk.ui.look.text import thousands, tr

UI = Path(genredesk.ui.__file__).parent
CATALOGUE = paths.resources_dir() / "translations" / "genredesk_en.ts"


@functools.cache
def calls() -> list[tuple[str, ast.Call]]:
    return list(_calls())


def _calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(UI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
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
    found = translations.install(qapp, QLocale(QLocale.Language.German, QLocale.Country.Germany))
    yield
    for translator in found:
        QCoreApplication.removeTranslator(translator)
    QLocale.setDefault(translations.ENGLISH)


@pytest.mark.usefixtures("german")
def test_another_language_is_a_file_that_is_dropped_in():
    assert [tr("%Ln song(s)", "", n) for n in (1, 2, 1200)] == [
        "1 Stück",
        "2 Stücke",
        "1.200 Stücke",
    ]
    assert tr("%Ln window(s)", "", 1) != "1 Fenster"  # what it lacks stays English
    assert tr("Not there") == "Not there"
