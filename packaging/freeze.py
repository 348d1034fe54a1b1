"""Write constraints.txt: the exact versions that were tested together.

Walks from the project's own requirements (with the extras of :data:`EXTRAS`) through everything
that is installed in this environment. Local version tags such as ``+cpu`` are left out, so that
every platform's build of a version satisfies the line.

    .venv/bin/python packaging/freeze.py > constraints.txt
"""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("train", "dev", "docs", "outputs")


def wanted() -> list[Requirement]:
    """Return the project's requirements, with those of building and of :data:`EXTRAS`."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    extras = project["optional-dependencies"]
    chosen = [line for name in EXTRAS for line in extras[name]]
    lines = [*project["dependencies"], *chosen]
    return [Requirement(line) for line in [*lines, *document["build-system"]["requires"]]]


def closure(requirements: list[Requirement]) -> dict[str, str]:
    """Return name to version of everything ``requirements`` bring in on this platform."""
    found: dict[str, str] = {}
    visited: set[tuple[str, str]] = set()
    todo = [(r.name, extra) for r in requirements for extra in ("", *r.extras)]
    while todo:
        name, extra = todo.pop()
        name = re.sub(r"[-_.]+", "-", name).lower()
        if (name, extra) in visited:
            continue
        visited.add((name, extra))
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            print(f"{name} is not installed here and gets no line", file=sys.stderr)
            continue
        found[name] = package.version.split("+")[0]
        for line in package.requires or ():
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": extra}):
                todo += [(need.name, e) for e in ("", *need.extras)]
    return found


def main() -> None:
    """Print the constraints, sorted by name."""
    print(
        "# Exact versions tested together; written by packaging/freeze.py. `make setup` uses them."
    )
    for name, version in sorted(closure(wanted()).items()):
        print(f"{name}=={version}")


if __name__ == "__main__":
    main()
