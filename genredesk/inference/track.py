"""A whole file to scores: decoded, pictured and answered piece by piece, memory flat.

Everything runs on the caller's thread. Columns of the picture are computed once and shared by
overlapping windows where the front end allows it; windows go through the network in batches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from genredesk.audio.decode import listen_through, probe
from genredesk.core import certainty
from genredesk.core.certainty import STRENGTHS
from genredesk.core.errors import AudioFileError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.scores import Decision, FloatArray, Scores
from genredesk.core.trust import Care
from genredesk.inference import aggregate
from genredesk.inference.answer import TrackAnswer, is_loud
from genredesk.inference.bundle import Bundle
from genredesk.inference.card import ModelCard
from genredesk.inference.pieces import BATCH, WindowBatch, hop_columns, woven
from genredesk.inference.runtime.protocol import Runtime

_BLOCK = 1 << 18
"""Frames decoded at a time: six seconds, so that calls cost little and caches still hold them."""

OnWindows = Callable[[list[Scores]], None]


@dataclass(frozen=True, slots=True)
class TrackResult:
    """Everything a bundle says about one file.

    Parameters
    ----------
    path
        The file.
    seconds
        Length of the sound that was decoded.
    scores
        One for every window that was asked for, in order.
    decision
        By summed probability over the answer's windows with sound; ``SILENCE`` when there is none.
    majority
        Label most of them name and its share of them; ``(None, 0.0)`` when all is silence.
    elapsed_s, realtime_factor
        Time it took, and how many times faster than the sound that is.
    bundle_id, device
        Which network answered, and where it ran at the end.
    """

    path: Path
    seconds: float
    scores: tuple[Scores, ...]
    decision: Decision
    majority: tuple[str | None, float]
    elapsed_s: float
    realtime_factor: float
    bundle_id: str
    device: str


class _Pass:
    """One pass over a file: the windows that are shown, and the answer."""

    def __init__(self, answer: TrackAnswer, card: ModelCard, hop_s: float | None) -> None:
        self.answer = answer
        self._card = card
        hop = answer.hop if hop_s is None else hop_columns(card.frontend, hop_s)
        self._grids = [(answer.hop, answer.batch)]
        if hop != answer.hop:
            self._grids.append((hop, BATCH))
        self.scores: list[Scores] = []
        self.seconds = 0.0

    def hear(self, blocks: Iterable[FloatArray]) -> Iterator[list[Scores]]:
        """Answer a file and give the windows that are shown as they come."""
        count = [0]
        spec = self._card.frontend
        shown = len(self._grids) - 1
        for number, piece in woven(spec, _counted(blocks, count), self._grids):
            ask = self.answer.ask if number else self.answer.add
            probabilities = ask(piece.features, piece.levels)
            self.seconds = count[0] / spec.sample_rate
            found = self._windows(piece, probabilities) if number == shown else []
            self.scores += found
            yield found

    def _windows(self, piece: WindowBatch, probabilities: FloatArray) -> list[Scores]:
        spec, words, bounds = self._card.frontend, self._card.words, self.answer.bounds
        found: list[Scores] = []
        states = certainty.strengths(probabilities, bounds)
        states[~is_loud(piece.levels)] = certainty.SILENCE
        numbers: list[int] = states.tolist()
        for start, level, p, state in zip(
            piece.starts.tolist(), piece.levels.tolist(), probabilities, numbers,
            strict=True,
        ):  # fmt: skip
            begin = start / spec.sample_rate
            # A sound shorter than a window is repeated, but the answer is about this much.
            end = min(begin + spec.window_s, self.seconds)
            # of several words more hold than the state and the likeliest tell
            verdict = certainty.judge(p, bounds) if bounds.several and p.any() else None
            found.append(Scores(begin, end, STRENGTHS[state], words, p, level, verdict))
        return found


def _counted(blocks: Iterable[FloatArray], count: list[int]) -> Iterator[FloatArray]:
    """Pass ``blocks`` through, adding up their samples in ``count[0]``."""
    for block in blocks:
        count[0] += len(block)
        yield block


def _length(path: Path) -> float:
    """Return the length a file announces in seconds, 0 when it does not."""
    return probe(path).seconds or 0.0


def analyse_track(
    path: str | Path,
    bundle: Bundle,
    runtime: Runtime,
    ctx: JobContext,
    *,
    hop_s: float | None = None,
    on_windows: OnWindows | None = None,
    unsure_below: float | None = None,
    care: Care | str = Care.BALANCED,
) -> TrackResult:
    """Answer a file as a whole, and window by window.

    The answer is that of :class:`~genredesk.inference.answer.TrackAnswer`, whatever windows are
    asked for.

    Parameters
    ----------
    path
        The file.
    bundle, runtime
        The network, opened with :func:`genredesk.inference.runtime.open_runtime`.
    ctx
        Told how many seconds are done; may cancel.
    hop_s
        Seconds from one window to the next, rounded to whole columns of the picture; ``None``:
        the windows of the answer.
    on_windows
        Called with new scores as they come, on this thread. Where the file has to be heard twice
        (:func:`~genredesk.audio.decode.listen_through`) only the first time; the result counts.
    unsure_below
        Threshold to be sure at; ``None`` or 0: what ``care`` means for the bundle.
    care
        How careful to be; see :class:`genredesk.core.trust.Care`.

    Raises
    ------
    AudioFileError
        When the file cannot be decoded or holds no sound.
    Cancelled
        When the job was asked to stop.
    ValueError
        When ``hop_s`` is not positive.
    """
    file, card = Path(path), bundle.card
    begin = time.perf_counter()
    total = _length(file)
    passes: list[_Pass] = []

    def hear(blocks: Iterable[FloatArray]) -> None:
        answer = TrackAnswer(card, runtime, bounds=card.bounds(unsure_below, care))
        one = _Pass(answer, card, hop_s)
        passes.append(one)
        for found in one.hear(blocks):
            if found and on_windows is not None and len(passes) == 1:
                on_windows(found)
            ctx.progress(one.seconds, total)

    listen_through(file, card.frontend.sample_rate, hear, block=_BLOCK)
    last = passes[-1]
    if not last.scores:
        raise AudioFileError(file, say("it holds no sound"), say("Choose another file."))
    heard = last.answer.heard()
    best, share = heard.majority
    elapsed = time.perf_counter() - begin
    return TrackResult(
        path=file,
        seconds=last.seconds,
        scores=tuple(last.scores),
        decision=aggregate.decided(
            heard.probabilities, card.words, last.answer.bounds, last.seconds
        ),
        majority=(card.words[best], share) if best >= 0 else (None, 0.0),
        elapsed_s=elapsed,
        realtime_factor=last.seconds / elapsed if elapsed else 0.0,
        bundle_id=bundle.id,
        device=runtime.device,
    )
