"""The terminal in another language: argparse's own words, tables, answers, reports."""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import re

import numpy as np
import pytest

from genredesk import __main__ as door
from genredesk.cli import _argparse, _tables
from genredesk.core import messages
from genredesk.core.messages import mark
from genredesk.training.evaluation import evaluate, report

TO_PROGRAMMERS = re.compile(
    r"callable|__call__|dest=|conflict|invalid option string|mutually|merge|subparser arguments|"
    r'positionals|argument "-"|arguments in'
)
"""What argparse says to whoever writes a parser."""


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(messages.LANGUAGE, "de")
    monkeypatch.setattr(messages, "GIVEN", "de")
    for name in ("_", "ngettext"):
        monkeypatch.setattr(argparse, name, getattr(argparse, name))


def test_whatever_argparse_says_to_people_is_known() -> None:
    said = {
        text.value
        for node in ast.walk(ast.parse(inspect.getsource(argparse)))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "ngettext"}
        for text in node.args
        if isinstance(text, ast.Constant)
    }
    said = {text for text in said if not TO_PROGRAMMERS.search(text)}
    assert len(said) > 15
    assert not said - set(_argparse.WORDS)


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("classify", "Fehler: diese Argumente sind nötig: FILE"),
        ("classify x --hop soon", "Argument --hop: ungültiger Wert für seconds: 'soon'"),
        ("library nothing", "Argument WHAT: ungültige Wahl: 'nothing' (möglich: 'list'"),
        ("undo 1 2", "Fehler: unbekannte Argumente: 2"),
        ("undo --db", "Argument --db: ein Argument erwartet"),
    ],
)
def test_a_mistyped_line_is_told_so(command: str, said: str, capsys) -> None:
    assert door.main(command.split()) == 2
    told = capsys.readouterr().err
    assert told.startswith("Aufruf: genredesk ")
    assert said in re.sub(r"\s+", " ", told)


@pytest.mark.usefixtures("german")
def test_help_has_no_english_frame(capsys) -> None:
    for command in (["--help"], ["train", "--help"]):
        assert door.main(command) == 0
        told = capsys.readouterr().out
        assert "Optionen:" in told
        assert "diese Hilfe zeigen" in told
        assert not re.search(r"usage:|options:|positional|this help|COMMAND\]", told)


@pytest.mark.usefixtures("german")
def test_a_narrow_table_drops_columns_by_their_names_in_the_source(monkeypatch, capsys) -> None:
    monkeypatch.setattr(_tables, "_PIPE_WIDTH", 30)
    headings = (mark("network"), mark("front end"), mark("in torch"))
    _tables.show(headings, [("a" * 20, "b" * 20, "c")], spare=("front end",), whole=headings)
    told = capsys.readouterr().out
    assert "Netz" in told
    assert "Frontend" not in told


@pytest.fixture
def measured() -> dict:
    truth = np.arange(12) % 2
    logits = np.eye(2, dtype=np.float32)[truth] * 3
    logits[0] = logits[0][::-1]
    names = tuple(f"song {i}" for i in range(12))
    predictions = evaluate.Predictions(
        ("classical", "jazz"), names, truth, np.arange(12), np.zeros(12, np.float32), logits, 3.0
    )
    wrong = {"song": "song 0", "truth": "classical", "answer": "jazz", "score": 0.9526}
    leaks = {"train": 40, "valid": 12, "protocol": "5 folds, artists kept together", "folds": True,
             "shared_artists": [], "artists_known": 3}  # fmt: skip
    found = evaluate.summarise(predictions) | {"wrong": [wrong], "leaks": leaks}
    assert json.dumps(found)
    return found


@pytest.mark.usefixtures("german")
def test_a_report_is_in_the_persons_language(measured: dict) -> None:
    page = report.page(measured, "Probe")
    assert page.startswith("<!doctype html><html lang=de>")
    assert "<td>Klassik</td>" in page
    assert re.search(r"<td>91,7\s%</td>", page)
    assert "(5 Teile, Interpreten bleiben zusammen)" in page
    told = re.sub(r"(?s)<style>.*?</style>|<[^>]+>|song \d+", " ", page)
    assert not re.search(r"\d\.\d", told)
    assert not re.search(r"\b(the|of|and|songs|windows|Precision|Score|True|Said)\b", told)
