"""The project as a whole: rooms, words, packages and papers."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from genredesk import __version__
from genredesk.core import settings

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "genredesk"
ENGINE = (
    *("core", "audio", "features", "nets", "inference", "outputs", "library", "training"),
    *("doctor", "cli"),
)
QT = ("PySide6", "shiboken6", "pyqtgraph")

# Written apart, so that this file does not find itself.
LEFTOVERS = [
    r"\bTO" + r"DO\b",
    r"\bFIX" + r"ME\b",
    r"\bXX" + r"X\b",
    r"\b[Ll]orem ip" + r"sum\b",
    r"[\"' (=](/ho" + r"me|/ro" + r"ot|/wo" + r"rk|/Use" + r"rs)/\w",  # somebody's machine
    r"\b[Ii]ssue #?\d",
    r"--(extra-)?index" + r"-url",
    # somebody's choice of a package registry: pip and apt know where they install from
    r"\bpyp" + r"i\.org\b",
    r"\bpython" + r"hosted\b",
    r"\bregistry\.npm" + r"js\b",
    r"\bcrates" + r"\.io\b",
    r"\b(deb|archive|security|ports)\.(deb" + r"ian|ubun" + r"tu)\b",
    r"\bdl\.flat" + r"hub\b",
]
TEXT = {
    *(".py", ".md", ".toml", ".txt", ".json", ".yaml", ".sh", ".svg", ".xml", ".desktop", ""),
    *(".yml", ".spec", ".iss", ".plist"),
}


def tracked() -> list[Path]:
    """Return every file of the project that git knows, or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout")
    names = os.fsdecode(done.stdout).split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def modules(*rooms: str) -> list[str]:
    """Return the dotted name of every module of the rooms."""
    files = [p for room in rooms for p in sorted((PACKAGE / room).rglob("*.py"))]
    parts = [p.relative_to(ROOT).with_suffix("").parts for p in files]
    return [".".join(p[:-1] if p[-1] == "__init__" else p) for p in parts]


def run_python(code: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=240,
        **options,
    )


# ---------------------------------------------------------------- rooms


def test_the_contracts_between_the_rooms_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " 0 broken" in done.stdout


def test_the_engine_comes_up_without_qt() -> None:
    code = f"""
import importlib, sys
class WithoutQt:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {QT!r}:
            raise ModuleNotFoundError(name + " is blocked", name=name)
sys.meta_path.insert(0, WithoutQt())
for name in {modules(*ENGINE)!r}:
    importlib.import_module(name)
assert not set(sys.modules) & set({QT!r})
"""
    done = run_python(code)
    assert done.returncode == 0, done.stderr[-2000:]


def test_torch_is_not_loaded_for_listening_and_classifying(loads) -> None:
    rooms = ("core", "audio", "features", "inference")
    names = [n for n in modules(*rooms) if not n.endswith("runtime.torch")]
    names += ["genredesk.cli.listen", "genredesk.cli.classify", "genredesk.cli.models"]
    found = loads(f"import {', '.join(names)}")
    assert set(names) <= found
    assert not {"torch", *QT} & found


def test_nothing_speaks_to_the_network() -> None:
    """Only what is asked for by name does: weights, a cluster, outputs that are switched on."""
    spoken = {"urllib", "http", "requests", "ftplib", "smtplib", "aiohttp", "httpx", "xmlrpc"}
    allowed = {"nets/imagenet.py", "library/scanning/cluster.py", "outputs/peers/ws.py"}
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            names = [name for name in names if name != "urllib.parse"]  # texts, not the network
            if {name.partition(".")[0] for name in names} & spoken:
                found.add(path.relative_to(PACKAGE).as_posix())
    assert found <= allowed


@pytest.mark.parametrize("room", [*ENGINE, "ui"])
def test_files_stay_short_and_say_where_they_stand(room: str) -> None:
    long, silent = [], []
    for path in sorted((PACKAGE / room).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > 430:
            long.append(path.name)
        if not ast.get_docstring(ast.parse(text)):
            silent.append(path.name)
    assert not long
    assert not silent


def test_a_name_stands_for_one_class() -> None:
    places: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(path.relative_to(PACKAGE).as_posix())
    assert len(places) > 100
    assert not {name: files for name, files in places.items() if len(files) > 1}


def test_a_folder_can_be_looked_over() -> None:
    """Where one file is one command or one network, there may be many of them."""
    folders = {p for p in PACKAGE.rglob("*") if p.is_dir()} | {PACKAGE}
    counts = {
        folder.relative_to(PACKAGE).as_posix(): sum(
            p.name != "__init__.py" for p in folder.glob("*.py")
        )
        for folder in folders - {PACKAGE / "cli", PACKAGE / "nets/zoo"}
    }
    assert max(counts.values()) > 0
    assert not {folder: n for folder, n in counts.items() if n > 20}


# ---------------------------------------------------------------- words


def test_nothing_of_the_workshop_is_left_lying_about() -> None:
    pattern = re.compile("|".join(LEFTOVERS))
    found = []
    for path in tracked():
        if path.suffix not in TEXT or path.name == "LICENSE":
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert not found, "\n".join(found)


def test_nothing_large_or_foreign_is_kept() -> None:
    big = [p for p in tracked() if p.stat().st_size > 12_000_000]
    assert not big
    sound = {
        p.relative_to(ROOT).parts[0] for p in tracked() if p.suffix in {".mp3", ".flac", ".m4a"}
    }
    assert not sound & {"genredesk", "models", "packaging"}
    pickles = [p for p in tracked() if p.suffix in {".pkl", ".pickle", ".pt", ".pth", ".joblib"}]
    assert not pickles


# ---------------------------------------------------------------- papers


def test_the_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    metainfo = (ROOT / "packaging/genredesk.metainfo.xml").read_text(encoding="utf-8")
    assert f'<release version="{__version__}"' in metainfo
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changes or f"## [{__version__}]" in changes


def imported(*folders: str) -> dict[str, set[str]]:
    """Return every imported top-level module with the files that import it."""
    found: dict[str, set[str]] = {}
    for path in (p for folder in folders for p in sorted((ROOT / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                found.setdefault(top, set()).add(path.relative_to(ROOT).as_posix())
    return found


@pytest.mark.parametrize(
    ("folders", "extras"),
    [
        (("genredesk",), ("train", "cluster", "outputs")),
        (
            ("tests", "benchmarks", "packaging"),
            ("train", "dev", "docs", "outputs", "packages"),
        ),
    ],
)
def test_what_is_imported_is_required(folders: tuple[str, ...], extras: tuple[str, ...]) -> None:
    """A package that is here only because another one brought it is missing somewhere else."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    lines = [*project["dependencies"], *document["build-system"]["requires"]]
    lines += [line for extra in extras for line in project["optional-dependencies"][extra]]
    required = {re.split(r"[<>=\[; ]", line)[0].lower().replace("_", "-") for line in lines}
    beside = [p.stem for f in ("packaging", "tests") for p in (ROOT / f).rglob("*.py")]
    own = {"genredesk", "benchmarks", "pip", *beside}
    providers = metadata.packages_distributions()
    undeclared = {
        name: sorted(files)
        for name, files in imported(*folders).items()
        if name not in sys.stdlib_module_names
        and name not in own
        and not {p.lower().replace("_", "-") for p in providers.get(name, [name])} & required
    }
    assert not undeclared


def test_every_requirement_has_its_tested_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["train"], *extras["dev"], *extras["docs"]]
    for line in wanted:
        name = re.split(r"[<>=\[; ]", line)[0].lower().replace("_", "-")
        assert name in pins, f"{name}: make constraints"
    assert not [version for version in pins.values() if "+" in version]


def test_the_accuracies_in_the_manual_are_those_of_the_cards() -> None:
    command = [sys.executable, "packaging/accuracy_table.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, check=False, timeout=60)
    assert done.returncode == 0, "run packaging/accuracy_table.py"


PAPERS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md"]


@pytest.mark.parametrize("name", PAPERS)
def test_links_of_the_papers_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    missing = [t for t in targets if "://" not in t and not (ROOT / t).exists()]
    assert not missing


def defined(tree: ast.AST) -> set[str]:
    """Return the functions, classes, methods and constants a module defines."""
    names = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{n.name}" for n in node.body if isinstance(n, ast.FunctionDef)}
        targets = [node.target] if isinstance(node, ast.AnnAssign) else []
        targets += node.targets if isinstance(node, ast.Assign) else []
        names |= {t.id for t in targets if isinstance(t, ast.Name)}
    return names


def test_the_places_the_architecture_names_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    places = re.findall(r"`([\w/]+\.py)(?::([\w.]+))?`", text)
    assert len(places) > 50
    wrong = []
    for file, name in places:
        path = PACKAGE / file
        if not path.is_file():
            wrong.append(file)
        elif name and name not in defined(ast.parse(path.read_text(encoding="utf-8"))):
            wrong.append(f"{file}:{name}")
    assert not wrong


def test_every_settings_version_can_be_upgraded() -> None:
    assert set(settings.UPGRADES) == set(range(1, settings.VERSION))


def test_every_upgrade_of_settings_has_a_test() -> None:
    tests = (ROOT / "tests/core/test_settings.py").read_text(encoding="utf-8")
    untested = [step for step in settings.UPGRADES if f"upgrade_{step}" not in tests]
    assert not untested


def test_make_explains_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    assert phony
    explained = set(re.findall(r"^([a-z-]+):.*## \S", text, re.MULTILINE))
    assert set(phony[1].split()) == explained
    assert {"setup", "run", "test", "lint", "bench", "shots"} <= explained


def test_scripts_are_valid_shell() -> None:
    for name in ("system-deps", "make-venv", "find-python", "install-desktop"):
        subprocess.run(["sh", "-n", ROOT / "packaging" / name], check=True, timeout=20)
    assert os.access(ROOT / ".ci/run", os.X_OK) or sys.platform == "win32"


def test_the_demo_pieces_are_listed_and_sound() -> None:
    import numpy as np
    import soundfile

    folder = ROOT / "resources" / "demo"
    entries = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    assert {entry["file"] for entry in entries} == {p.name for p in folder.glob("*.ogg")}
    assert len({entry["style"] for entry in entries}) == len(entries) >= 3
    for entry in entries:
        path = folder / entry["file"]
        assert path.stat().st_size < 500_000
        with soundfile.SoundFile(path) as file:
            assert (file.title, file.genre) == (entry["title"], entry["style"])
            sound = file.read(always_2d=True)
            assert len(sound) / file.samplerate == pytest.approx(entry["seconds"], abs=0.1)
        assert 20 <= entry["seconds"] <= 30
        assert 0.5 < np.abs(sound).max() < 1.0, "loud, but not clipped"


def test_every_benchmark_offers_rows_and_a_crash_is_a_row() -> None:
    code = """
import importlib
import benchmarks.__main__ as bench
from benchmarks import table
names = bench.modules()
assert "soak" in names and "table" not in names, names
for name in names:
    assert callable(importlib.import_module("benchmarks." + name).rows), name
(row,) = bench.measure("no_such_benchmark")
assert row.ok is False and "no_such_benchmark" in row.note, row
met = table.at_most("A", "time", 12.34, "ms", limit=30)
missed = table.at_least("A", "speed", 1.5, "x", limit=2, note="slow")
assert (met.ok, missed.ok) == (True, False)
text = table.markdown([met, missed])
assert "| time | 12.3 ms | ≤ 30 ms | met |" in text, text
assert "**missed**" in text and "slow" in text
assert [table.number(v) for v in (0, 0.01234, 1.234, 1234.5)] == ["0", "0.012", "1.23", "1,234"]
"""
    done = run_python(code)
    assert done.returncode == 0, done.stderr[-2000:]


# ---------------------------------------------------------------- packages


@pytest.mark.slow
def test_an_installed_wheel_finds_what_it_needs(tmp_path: Path) -> None:
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed, so no wheel can be built without the network")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, timeout=240)
    (wheel,) = tmp_path.glob("genredesk-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    shipped = "genredesk/_shipped"
    assert "genredesk/py.typed" in names
    for folder in ("resources", "models"):
        for path in tracked():
            if path.is_relative_to(ROOT / folder):
                name = f"{shipped}/{path.relative_to(ROOT).as_posix()}"
                assert name in names, name
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "packaging/"))]

    # Installed beside the packages of this environment, away from the checkout.
    place = tmp_path / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    packages = [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))]
    code = f"""
import sys
sys.path[:0] = [{str(site)!r}]
sys.path += {packages!r}
import genredesk
from pathlib import Path
from genredesk.core import paths
from genredesk.inference import bundle, install
site = Path({str(site)!r}).resolve()
assert Path(genredesk.__file__).resolve().is_relative_to(site), genredesk.__file__
for folder in (paths.resources_dir(), paths.shipped_models_dir()):
    assert folder.is_relative_to(site), folder
assert len(list((paths.resources_dir() / "demo").glob("*.ogg"))) >= 3
found = [b for b in bundle.installed() if b.shipped]
assert len(found) >= 2, found
install.verify(bundle.default_bundle())
"""
    done = subprocess.run(
        [python, "-I", "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
