"""Files that appear whole, with the permissions a person expects."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from genredesk.core import atomic

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")


@posix
def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    usual, ours = tmp_path / "usual", tmp_path / "ours"
    usual.write_text("x")
    atomic.write_text(ours, "x")
    assert stat.S_IMODE(ours.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


@posix
def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "private"
    path.write_text("x")
    path.chmod(0o640)
    atomic.write_text(path, "y")
    assert path.read_text() == "y"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_text("old")
    with pytest.raises(TypeError), atomic.atomic_file(path) as file:
        file.writelines([b"new", "not bytes"])  # type: ignore[list-item]
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_names_that_are_not_unicode_survive(tmp_path: Path) -> None:
    path = tmp_path / "names.json"
    for names in (["grün"], ["b\udcff.mp3", "grün"]):
        atomic.write_json(path, names)
        assert json.loads(path.read_bytes()) == names
