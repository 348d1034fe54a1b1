"""Make a process, and all that it starts, behave as if the extra ``train`` were not installed.

``environment(folder)`` is what they are started with: a ``sitecustomize`` in ``folder`` hides the
modules of the extra from Python's finder, so that an import of one fails as where it is missing.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable
from pathlib import Path

from genredesk.core.packages.extras import MODULES

_HIDE = """
    from importlib.machinery import PathFinder

    HIDDEN = frozenset({hidden})
    find_spec = PathFinder.find_spec


    def without(cls, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            return None
        return find_spec(name, path, target)


    PathFinder.find_spec = classmethod(without)
"""


def environment(folder: Path, hidden: Iterable[str] = MODULES) -> dict[str, str]:
    """Write the file into ``folder`` and return the environment of such a process."""
    folder.mkdir(parents=True, exist_ok=True)
    text = textwrap.dedent(_HIDE).format(hidden=sorted(hidden))
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    path = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
