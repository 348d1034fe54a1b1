"""The list of networks for a window, kept between starts.

What a network says of itself stands in a file that imports torch; reading all of them takes
seconds, and longer on a busy machine. The facts change only with the program, so they are written
into the cache, beside a fingerprint of the sources they come from.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import logging
from dataclasses import asdict
from pathlib import Path

from genredesk import __version__, features, nets
from genredesk.core import atomic, paths
from genredesk.nets import registry
from genredesk.training.runs.messages import NetworkFacts

log = logging.getLogger(__name__)


def _file() -> Path:
    return paths.cache_dir() / "networks.json"


@functools.cache
def fingerprint() -> str:
    """Hash of the version and of every source the facts come from; a built program has none.

    These are both rooms that the facts are computed in, whole, and this file.
    """
    folders = [Path(place) for room in (nets, features) for place in room.__path__]
    sources = [file for folder in folders for file in sorted(folder.rglob("*.py"))]
    digest = hashlib.sha256(__version__.encode())
    for source in (*sources, Path(__file__)):
        with contextlib.suppress(OSError):
            digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()


def kept() -> list[NetworkFacts]:
    """Return the list of this very program that an earlier call of :func:`read` left, or none."""
    try:
        raw = json.loads(_file().read_text(encoding="utf-8"))
        if raw["of"] == fingerprint():
            return [NetworkFacts(**facts) for facts in raw["networks"]]
    except (OSError, ValueError, KeyError, TypeError):
        log.debug("There is no list of networks to go by", exc_info=True)
    return []


def read() -> list[NetworkFacts]:
    """Ask every network (this imports torch), and keep what they say for the next time."""
    specs = [registry.get(name) for name in registry.names()]
    found = [
        NetworkFacts(
            spec.name,
            spec.title,
            spec.paper,
            spec.notes,
            spec.parameters,
            spec.recipe,
            spec.frontend.window_s,
            json.loads(json.dumps(spec.fields)),  # as they are read the next time
        )
        for spec in specs
    ]
    try:
        atomic.write_json(
            _file(), {"of": fingerprint(), "networks": [asdict(facts) for facts in found]}
        )
    except OSError as error:
        log.info("The list of networks is not kept: %s", error)
    return found
