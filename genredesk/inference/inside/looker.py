"""Looks into the network while it listens: a thread of its own, that exists while somebody looks.

It never holds the live engine up: it has a session of its own, takes the newest window there is and
forgets the others. Of a file that is held it looks at the window that was chosen.
``ui/listen/inside`` is its user.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genredesk.audio.decode import decode
from genredesk.audio.ring import RingOverrun
from genredesk.core.errors import AudioFileError, Cancelled
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.inference import aggregate
from genredesk.inference.inside import why as reasons
from genredesk.inference.inside.graph import InsideGraph
from genredesk.inference.inside.why import Why
from genredesk.inference.pieces import one_window

if TYPE_CHECKING:
    from pathlib import Path

    from genredesk.audio.source import Source
    from genredesk.features.spec import FrontendSpec
    from genredesk.inference.bundle import Bundle

log = logging.getLogger(__name__)

LOOKS = 8
"""Looks a second at most."""

_REST = 3.0
"""Between two explanations lies so many times what one takes, and :data:`_WHY_S` at least."""
_WHY_S = 1.5


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What the network got and made of it.

    Parameters
    ----------
    bundle
        Whose network it is.
    features
        ``(channels, bands, frames)``: the very picture it is given.
    label, score
        The word it says to this window alone, and its calibrated probability.
    maps
        Of the chosen layer, ``(n, rows, columns)``; ``None`` for a network without one.
    layers, layer
        The layers there are, and the chosen one's name.
    """

    bundle: Bundle
    features: FloatArray
    label: str
    score: float
    maps: FloatArray | None
    layers: tuple[str, ...]
    layer: str


@dataclass(frozen=True, slots=True)
class Explained:
    """What a word hangs on, in the window ``features`` as a bundle's network gets it."""

    bundle: Bundle
    features: FloatArray
    why: Why


class _OtherWindowError(Exception):
    """Another network or window is asked about by now."""


class Looker:
    """Looks at the newest window of a source, several times a second. All methods return at once.

    Parameters
    ----------
    on_look, on_why
        Called with what was seen, and now and then with what a word hangs on, on the thread of
        the looker.
    on_problem
        Called with a sentence when a network cannot be looked into.
    """

    def __init__(
        self,
        on_look: Callable[[Glimpse], None],
        on_why: Callable[[Explained], None],
        on_problem: Callable[[str], None],
    ) -> None:
        self._on_look, self._on_why, self._on_problem = on_look, on_why, on_problem
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._source: Source | None = None
        self._moment: tuple[Path, float] | None = None
        self._bundle: Bundle | None = None
        self._layer = ""
        self._label = ""
        self._opened: tuple[Bundle, InsideGraph] | None = None
        self._seen: tuple[Any, ...] = ()
        self._why_due = 0.0
        self._looked = 0.0
        self._thread = threading.Thread(target=self._run, name="genredesk-looker", daemon=True)
        self._thread.start()

    def set_source(self, source: Source | None) -> None:
        """Look at what this source plays."""
        with self._lock:
            self._source = source

    def set_moment(self, moment: tuple[Path, float] | None) -> None:
        """Look at the window of a file that ends at so many seconds instead; ``None``: no more."""
        with self._lock:
            self._moment = moment

    def set_bundle(self, bundle: Bundle | None) -> None:
        """Look into this bundle's network."""
        with self._lock:
            self._bundle = bundle

    def set_layer(self, name: str) -> None:
        """Show the maps of the layer of this name."""
        with self._lock:
            self._layer = name

    def set_label(self, label: str | None) -> None:
        """Explain this word; ``None``: whatever is said of the window alone."""
        with self._lock:
            self._label = label or ""

    def stop(self) -> None:
        """Let the thread end as soon as what it computes is done; does not wait for it."""
        self._closing.set()

    def close(self) -> None:
        """End the thread and wait for it; may be called twice."""
        self.stop()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    # ------------------------------------------------------------ the looker's thread

    def _run(self) -> None:
        while not self._closing.is_set():
            began = time.monotonic()
            try:
                self._turn()
            except Cancelled:
                return
            except Exception as error:  # looking goes on whatever fails
                log.exception("The look inside met a defect")
                self._on_problem(
                    say("The look inside met a problem ({reason}) and goes on.", reason=error)
                )
            self._closing.wait(max(0.01, 1 / LOOKS - (time.monotonic() - began)))

    def _turn(self) -> None:
        """Look once, and explain what was seen when it is time for that."""
        found = self._look()
        if found is None or time.monotonic() < self._why_due:
            return
        bundle, graph, features, best = found
        began = time.monotonic()
        with self._lock:
            asked, moment = self._label, self._moment
        labels = graph.card.labels
        number = labels.index(asked) if asked in labels else best

        def between() -> None:
            self._between(bundle, moment)

        try:
            why = reasons.explain(graph, features, number, between)
        except _OtherWindowError:
            return
        self._why_due = time.monotonic() + max(_WHY_S, _REST * (time.monotonic() - began))
        if not self._closing.is_set():
            self._on_why(Explained(bundle, features, why))

    def _between(self, bundle: Bundle, moment: tuple[Path, float] | None) -> None:
        """Go on looking while an answer is explained, which takes longer than a look."""
        if self._closing.is_set():
            raise Cancelled(say("Stopped."))
        with self._lock:
            if self._bundle is not bundle or self._moment != moment:
                raise _OtherWindowError
        if time.monotonic() - self._looked >= 1 / LOOKS:
            self._look()

    def _look(self) -> tuple[Bundle, InsideGraph, FloatArray, int] | None:
        """Look at the newest window; return it and the word said, ``None`` without a new one."""
        with self._lock:
            source, bundle, wanted = self._source, self._bundle, self._layer
            moment = self._moment
        if bundle is None:
            return None
        spec = bundle.card.frontend
        what = moment or (id(source), source.now() if source is not None else 0)
        seen = (*what, bundle.id, wanted)
        if seen == self._seen:
            return None
        sound = _chosen(spec, *moment) if moment else _newest(spec, source)
        if not len(sound):
            return None
        if moment and self._seen[:2] != moment:
            self._why_due = 0.0
        self._seen, self._looked = seen, time.monotonic()
        graph = self._graph(bundle)
        layer = graph.layer(wanted)
        features = one_window(spec, sound)
        logits, maps = graph.look(features[None], layer)
        p = aggregate.softmax(logits[0], bundle.card.temperature)
        best = int(p.argmax())
        if self._closing.is_set():
            return None
        self._on_look(
            Glimpse(
                bundle, features, bundle.card.labels[best], float(p[best]), maps,
                tuple(found.name for found in graph.layers), layer.name if layer else "",
            )
        )  # fmt: skip
        return bundle, graph, features, best

    def _graph(self, bundle: Bundle) -> InsideGraph:
        if self._opened is None or self._opened[0] is not bundle:
            self._opened = bundle, InsideGraph(bundle)
            self._why_due = 0.0
        return self._opened[1]


def _newest(spec: FrontendSpec, source: Source | None) -> FloatArray:
    """Return the last window that was heard, shorter at the beginning, empty when there is none."""
    if source is None or source.sample_rate != spec.sample_rate:
        return np.empty(0, np.float32)
    stop = source.now()
    start = max(stop - spec.window_samples, source.ring.start)
    try:
        return source.ring.read(start, stop)
    except RingOverrun:
        return np.empty(0, np.float32)


def _chosen(spec: FrontendSpec, path: Path, end_s: float) -> FloatArray:
    """Return the window of a file that ends at ``end_s``, the first one when it is too early."""
    blocks: list[FloatArray] = []
    left = spec.window_samples
    try:
        for block in decode(path, spec.sample_rate, start_s=max(0.0, end_s - spec.window_s)):
            blocks.append(block[:left])
            left -= len(blocks[-1])
            if not left:
                break
    except AudioFileError:
        return np.empty(0, np.float32)  # the player says what is wrong with it
    return np.concatenate(blocks or [np.empty(0, np.float32)])
