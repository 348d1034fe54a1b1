"""Tables in a wide and in a narrow terminal, and names that look like markup."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from genredesk.__main__ import main
from genredesk.cli import _tables
from genredesk.cli.networks import _table, describe
from genredesk.nets import registry


@pytest.fixture
def printed(monkeypatch):
    """Print tables as a terminal of some width would; return the lines."""

    def at(width: int, show) -> list[str]:
        out = io.StringIO()
        console = Console(file=out, width=width, highlight=False, markup=False)
        with monkeypatch.context() as patch:
            patch.setattr(_tables, "console", lambda: console)
            show()
        return out.getvalue().splitlines()

    return at


def test_a_narrow_terminal_shows_fewer_columns_and_whole_names(printed):
    specs = [registry.get(name) for name in ("densenet121", "shallow-leaky-cqt", "net1")]
    entries = [describe(spec, timed=False) for spec in specs]
    wide, usual, narrow = (printed(n, lambda: _table(entries)) for n in (120, 80, 40))
    assert "input" in wide[1]
    assert "input" not in usual[1]
    assert "window" in usual[1]
    for lines in (wide, usual, narrow):
        assert "…" not in "".join(lines)
        for spec in specs:
            row = next(line for line in lines if line.split()[:1] == [spec.name])
            assert f"{spec.parameters:,}" in row


def test_brackets_are_no_markup(printed):
    rows = [("[/b] rock", "[red]"), ("a [live] one", "2")]
    lines = printed(80, lambda: _tables.show(("genre", "n"), rows))
    text = "\n".join(lines)
    assert all(cell in text for row in rows for cell in row)


def test_models_say_where_they_are_shown_other_pictures_than_their_paper(home, capsys):
    assert main(["models", "--json"]) == 0
    found = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert found["net1"]["input"] == "128 × 39 mel, 3.0 s"
    assert found["net1"]["paper_input"] == "256 × 128 mel, 3.0 s"
    assert found["edge-cnn"]["paper_input"] == "128 × 323 mel, 7.5 s"
    assert found["genredesk-live"]["paper_input"] == ""
    for row in found.values():
        assert ("on 128 × 39 mel" in row["title"]) == bool(row["paper_input"])
