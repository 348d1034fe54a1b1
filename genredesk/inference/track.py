"""A whole file to scores: decoded, pictured and answered piece by piece, memory flat.

Everything runs on the caller's thread. Columns of the picture are computed once and shared by
overlapping windows where the front end allows it; windows go through the network in batches.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from genredesk.audio.decode import decode, probe
from genredesk.core.errors import AudioFileError
from genredesk.core.job import JobContext
from genredesk.core.scores import Decision, FloatArray, Scores, State
from genredesk.inference import aggregate
from genredesk.inference.bundle import Bundle
from genredesk.inference.pieces import WindowBatch, pieces
from genredesk.inference.runtime.protocol import Runtime

SILENCE_DBFS = -80.0
"""Under this level a window of a file is silence. A file has no microphone's noise and may be a
very quiet recording, so its gate is lower than the live one: level alone must not change a genre.
"""

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
        One for every window, in order.
    decision
        By summed probability over the windows with sound; ``SILENCE`` when there is none.
    majority
        Label most windows name and its share of them; ``(None, 0.0)`` when all is silence.
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


class _Answers:
    """Asks the network about pieces and keeps what it says."""

    def __init__(
        self, bundle: Bundle, runtime: Runtime, unsure_below: float, silence_dbfs: float
    ) -> None:
        self._card = bundle.card
        self._runtime = runtime
        self._unsure_below = unsure_below
        self._silence_dbfs = silence_dbfs
        self.scores: list[Scores] = []

    def add(self, piece: WindowBatch) -> list[Scores]:
        """Score the windows of ``piece``; silent ones are not asked about."""
        spec, labels = self._card.frontend, self._card.labels
        loud = piece.levels >= self._silence_dbfs
        probabilities = np.zeros((len(loud), len(labels)), np.float32)
        if loud.any():
            features = piece.features if loud.all() else piece.features[loud]
            logits, _ = self._runtime.run(features)
            probabilities[loud] = aggregate.softmax(logits, self._card.temperature)
        found = []
        for start, level, p in zip(
            piece.starts.tolist(), piece.levels.tolist(), probabilities, strict=True
        ):
            silent = level < self._silence_dbfs
            state = State.SILENCE if silent else aggregate.window_state(p, self._unsure_below)
            begin = start / spec.sample_rate
            end = begin + spec.window_s
            found.append(Scores(begin, end, state, labels, p, level))
        self.scores += found
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
    silence_dbfs: float = SILENCE_DBFS,
) -> TrackResult:
    """Score a file window by window.

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
        windows that follow one another.
    on_windows
        Called with new scores as they come, on this thread.
    unsure_below
        Threshold on the probability; ``None`` or 0: what the bundle's card recommends.
    silence_dbfs
        Level under which the network is not asked.

    Raises
    ------
    AudioFileError
        When the file cannot be decoded or holds no sound.
    Cancelled
        When the job was asked to stop.
    ValueError
        When ``hop_s`` is not positive.
    """
    file = Path(path)
    spec = bundle.card.frontend
    begin = time.perf_counter()
    total = _length(file)
    count = [0]
    answers = _Answers(bundle, runtime, unsure_below or bundle.card.unsure_below, silence_dbfs)
    blocks = _counted(decode(file, spec.sample_rate, block=_BLOCK), count)
    for piece in pieces(spec, blocks, hop_s):
        found = answers.add(piece)
        if on_windows is not None:
            on_windows(found)
        ctx.progress(count[0] / spec.sample_rate, total)
    if not answers.scores:
        raise AudioFileError(file, "it holds no sound", "Choose another file.")
    seconds = count[0] / spec.sample_rate
    if seconds < spec.window_s:  # answered by repeating it, but the answer is about this much
        answers.scores = [replace(s, end=seconds) for s in answers.scores]
    elapsed = time.perf_counter() - begin
    labels = bundle.card.labels
    threshold = unsure_below or bundle.card.unsure_below
    return TrackResult(
        path=file,
        seconds=seconds,
        scores=tuple(answers.scores),
        decision=aggregate.decide(answers.scores, labels, threshold, bundle.card.pool),
        majority=aggregate.majority(answers.scores, labels),
        elapsed_s=elapsed,
        realtime_factor=seconds / elapsed if elapsed else 0.0,
        bundle_id=bundle.id,
        device=runtime.device,
    )
