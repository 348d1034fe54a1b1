"""Teaches the model in use a word from a stretch of sound, in the background; it can be undone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from genredesk.core import paths
from genredesk.core.errors import GenreDeskError
from genredesk.core.genres import genre_in_sentence
from genredesk.core.messages import say
from genredesk.core.shares import ranged
from genredesk.ui.listen.teaching.ask import LEAST_S
from genredesk.ui.services.jobs import Job
from genredesk.ui.widgets.notices import Notice, Severity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from genredesk.inference.bundle import Bundle
    from genredesk.training.fit.teach import Taught
    from genredesk.ui.listen.heard.exports import ListenExport
    from genredesk.ui.listen.session import ListenSession

_TAUGHT = re.compile(r"(?P<root>.+)\.taught-(?P<n>\d+)")
"""Ids of bundles that were taught: after the one they began with."""


class Teacher(QObject):
    """Learns words and has the new bundle listen.

    Signals
    -------
    changed()
        It began or ended; see :attr:`busy`.
    """

    changed = Signal()

    def __init__(self, listening: ListenSession, parent: QObject) -> None:
        super().__init__(parent)
        self._listening = listening
        self.busy = False
        self._told = ""  # the bundle that a notice tells of
        listening.engine.bundle_changed.connect(self._on_bundle)

    def teach(self, label: str, export: ListenExport) -> None:
        """Keep the sound of ``export`` under a word, learn from all that is kept, and listen."""
        name = export.heard.path.name if export.heard.path else export.heard.source

        def keep() -> Path:
            from genredesk.training.data import examples  # noqa: PLC0415

            sound, rate = export.sound() if export.sound is not None else (None, 1)
            if sound is None or len(sound) < LEAST_S * rate:
                raise GenreDeskError(
                    say(
                        "Of {name} too little is held to learn from. Play or select at least "
                        "{least:.0f} seconds.",
                        name=name,
                        least=LEAST_S,
                    )
                )
            return examples.write(label, sound, rate, name)

        if label:
            self._learn(keep, label)

    def learn(self, corrected: Callable[[], list[tuple[Path, tuple[str, ...]]]]) -> None:
        """Learn from songs of the library whose genre a person set, and what else is kept."""

        def keep() -> None:
            from genredesk.training.data import examples  # noqa: PLC0415

            examples.refer([(labels[0], path) for path, labels in corrected()])

        self._learn(keep, "")

    def _learn(self, keep: Callable[[], Path | None], label: str) -> None:
        before = self._listening.engine.bundle
        if self.busy or before is None:
            return
        self._become(busy=True)

        def work(job: Job) -> tuple[Path | None, Taught]:
            from genredesk.training.data import examples  # noqa: PLC0415
            from genredesk.training.fit import teach  # noqa: PLC0415 - imports SciPy

            path = keep()
            try:
                root, target = _next(before)
                return path, teach.learn(root, examples.kept(), target, job.context)
            except BaseException:
                if path is not None:
                    examples.forget(path)
                raise

        def done(made: tuple[Path | None, Taught]) -> None:
            path, taught = made
            self._become(busy=False)
            self._use(label, path, taught, before)

        def failed(text: str, _error: Exception) -> None:
            self._become(busy=False)
            self._listening.notice.emit(Notice("teach", text, Severity.ERROR))

        self._listening.jobs.start(
            self.tr("teaching a word"), work, lane="teach", on_done=done, on_failed=failed
        )

    def _become(self, *, busy: bool) -> None:
        self.busy = busy
        self.changed.emit()

    def _use(self, label: str, path: Path | None, taught: Taught, before: Bundle) -> None:
        """Listen with the new bundle; say what it is worth, and offer the way back."""
        engine = self._listening.engine
        engine.refresh(taught.bundle.id)
        self._sweep(keep=(taught.bundle.id, before.id, _root_of(taught.bundle.id)))
        mine = [s for s in taught.scores if label.casefold() in ("", s.label.casefold())]
        said = self.tr("Listening for {0} now.").format(
            ", ".join(genre_in_sentence(score.label) for score in mine)
        )
        right, n = sum(s.right for s in mine), sum(s.n for s in mine)
        more = self.tr("One example is too few to say how right it is.")
        if n and label:
            more = self.tr(
                "Tested on examples it had not learned from: {0} of {1} correct ({2})."
            ).format(right, n, ranged((mine[0].low, mine[0].high)))
        elif n:
            more = self.tr("Tested on songs it had not learned from: {0} of {1} correct.").format(
                right, n
            )

        def undo() -> None:
            self._listening.dismissed.emit("teach")
            self._undo(path, taught.bundle, before)

        text = f"{said} {more}"
        self._told = taught.bundle.id
        self._listening.notice.emit(Notice("teach", text, action=self.tr("Undo"), run=undo))

    def _on_bundle(self, bundle: Bundle | None) -> None:
        """Take back what was told of a bundle that is no longer listened with."""
        if self._told and (bundle is None or bundle.id != self._told):
            self._told = ""
            self._listening.dismissed.emit("teach")

    def _undo(self, path: Path | None, bundle: Bundle, before: Bundle) -> None:
        """Listen as before, and forget the example."""
        engine = self._listening.engine
        engine.choose(before.id)

        def work(_job: Job) -> None:
            from genredesk.inference import trash  # noqa: PLC0415
            from genredesk.training.data import examples  # noqa: PLC0415

            if path is not None:
                examples.forget(path)
            trash.empty(trash.discard(bundle))

        self._listening.jobs.start(
            self.tr("teaching a word"),
            work,
            lane="teach",
            on_done=lambda _none: engine.refresh(),
            on_failed=lambda text, _error: self._listening.notice.emit(
                Notice("teach", text, Severity.ERROR)
            ),
        )

    def _sweep(self, keep: tuple[str, ...]) -> None:
        """Delete what was taught before: all of its examples are in the newest."""
        old = [
            bundle for bundle in self._listening.engine.bundles
            if _TAUGHT.fullmatch(bundle.id) and bundle.id not in keep
        ]  # fmt: skip

        def work(_job: Job) -> None:
            from genredesk.inference import trash  # noqa: PLC0415

            for bundle in old:
                trash.empty(trash.discard(bundle))

        if old:
            self._listening.jobs.start(self.tr("teaching a word"), work, lane="teach")


def _root_of(bundle_id: str) -> str:
    """Return the id of what a taught bundle began with; another's is its own."""
    found = _TAUGHT.fullmatch(bundle_id)
    return found["root"] if found else bundle_id


def _next(bundle: Bundle) -> tuple[Bundle, Path]:
    """Return the bundle to begin with, and a folder for the one that is taught next."""
    from genredesk.inference import bundle as bundles  # noqa: PLC0415

    began = _root_of(bundle.id)
    # one that was taught elsewhere brings what is needed to go on from
    root = next((b for b in bundles.installed() if b.id == began), bundle)
    place = paths.user_models_dir()
    taken = [_TAUGHT.fullmatch(path.name) for path in place.glob(f"{root.id}.taught-*")]
    n = 1 + max((int(match["n"]) for match in taken if match), default=0)
    return root, place / f"{root.id}.taught-{n}"
