"""Pictures back to sound: undo the logarithm, spread mel bands over bins, find phases that fit.

The way back loses what the front end threw away (phase, detail inside a band), so what comes out
sounds like the picture, not like the sound it was made from. Used to hear generated spectrograms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genredesk.features.mel import mel_filters
from genredesk.features.spec import FrontendSpec
from genredesk.features.stft import hann

Float32 = NDArray[np.float32]

ITERATIONS = 48
"""Rounds of Griffin-Lim; more are hardly heard."""

PIECE_S = 30.0
"""Longer sounds are made in pieces of this length, so that memory stays flat."""

FADE_S = 0.25
"""How long neighbouring pieces overlap."""

_SPREADS = 30
_FLOOR = 1e-20


def invertible(spec: FrontendSpec) -> bool:
    """Whether pictures of this front end can be turned back: our own mels and STFT, as they are."""
    ours = spec.window == "hann" and spec.triangles == "hz" and spec.log != "log10"
    return ours and spec.kind in {"mel", "stft"} and spec.normalisation in {"none", "window_max"}


def linear(spec: FrontendSpec, picture: NDArray[np.floating]) -> NDArray[np.float64]:
    """Undo the logarithm: the front end's columns to magnitudes or powers of the same shape.

    A window that was referenced to its own loudest point has that point at 1.
    """
    values = np.asarray(picture, dtype=np.float64)
    if spec.log == "db":
        return 10.0 ** (values / (20.0 if spec.power == 1.0 else 10.0))
    if spec.log == "log":
        return np.maximum(np.exp(values) - spec.amin, 0.0)
    return np.maximum(values, 0.0)


def spread(filters: NDArray[np.float64], bands: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find non-negative spectra ``(bins, n)`` whose bands are ``bands (n_bands, n)``.

    Begins with the bands interpolated between their centres and improves by multiplicative updates
    (Lee & Seung 2001, divergence), which care for quiet bands as much as for loud ones. Bins that
    no band hears stay silent.
    """
    # 50 ms that only this way back needs
    from scipy.sparse import csr_array  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]

    area = filters.sum(axis=1)
    heard = area > 0  # a triangle narrower than a bin hears nothing
    weights: Any = csr_array(filters[heard] / area[heard, None])  # scipy says no types
    wanted = bands[heard] / area[heard, None]
    share = np.maximum(weights.sum(axis=0), _FLOOR)[:, None]
    back: Any = weights.T.tocsr()
    spectra: NDArray[np.float64] = (back @ wanted) / share
    for _ in range(_SPREADS):
        ratio = wanted / np.maximum(weights @ spectra, _FLOOR)
        spectra *= (back @ ratio) / share
    return spectra


def magnitudes(spec: FrontendSpec, picture: NDArray[np.floating]) -> Float32:
    """Return magnitude spectra ``(n_fft // 2 + 1, n)`` of columns ``(bands, n)``."""
    values = linear(spec, picture)
    if spec.kind == "mel":
        filters = mel_filters(
            sample_rate=spec.sample_rate,
            n_fft=spec.n_fft,
            n_mels=spec.n_bands,
            f_min=spec.f_min,
            f_max=spec.f_max,
            scale=spec.mel_scale,
            norm=spec.norm,
        )
        values = spread(filters, values)
    return (np.sqrt(values) if spec.power == 2.0 else values).astype(np.float32)


def finer(picture: NDArray[np.floating], hop: int, wanted: int) -> NDArray[np.floating]:
    """Interpolate columns ``(bands, n)`` that are ``hop`` samples apart to every ``wanted``."""
    n = picture.shape[1]
    where = np.arange(0, (n - 1) * hop + 1, wanted, dtype=np.float64) / hop
    low = np.minimum(where.astype(np.intp), max(n - 2, 0))
    high = np.minimum(low + 1, n - 1)
    part = where - low
    return picture[:, low] * (1 - part) + picture[:, high] * part


class _Frames:
    """Sound to overlapping spectra and the nearest sound to any spectra (least squares)."""

    def __init__(self, n_fft: int, win_length: int, hop: int, n: int) -> None:
        self.n_fft, self.hop = n_fft, hop
        self.length = (n - 1) * hop + n_fft
        self.window = np.zeros(n_fft, np.float32)
        left = (n_fft - win_length) // 2
        self.window[left : left + win_length] = hann(win_length)
        weight = self._add(np.broadcast_to(np.square(self.window), (n, n_fft)))
        self.weight = np.maximum(weight, 1e-3 * weight.max())

    def _add(self, frames: Float32) -> Float32:
        out = np.zeros(self.length, np.float32)
        for i, frame in enumerate(frames):
            out[i * self.hop : i * self.hop + self.n_fft] += frame
        return out

    def spectra(self, sound: Float32) -> NDArray[np.complex64]:
        """``(length,)`` to ``(n, bins)``."""
        views = np.lib.stride_tricks.sliding_window_view(sound, self.n_fft)[:: self.hop]
        return np.fft.rfft(views * self.window, axis=1).astype(np.complex64, copy=False)

    def sound(self, spectra: NDArray[np.complex64]) -> Float32:
        """``(n, bins)`` to ``(length,)``."""
        frames = np.fft.irfft(spectra, self.n_fft, axis=1)
        sound = self._add((frames * self.window).astype(np.float32, copy=False))
        return np.divide(sound, self.weight, out=sound)


def griffin_lim(
    magnitude: Float32,
    *,
    n_fft: int,
    win_length: int,
    hop_length: int,
    iterations: int = ITERATIONS,
    seed: int = 0,
    checkpoint: Callable[[], None] | None = None,
) -> Float32:
    """Find a sound whose spectra have these magnitudes (Griffin & Lim 1984).

    With the momentum of Perraudin, Balazs & Søndergaard (2013), equation 11, at 0.99.

    Parameters
    ----------
    magnitude
        ``(n_fft // 2 + 1, n)``, frames not centred.
    seed
        Of the phases it begins with.
    checkpoint
        Called in every round; may raise to stop.

    Returns
    -------
    ndarray
        ``((n - 1) * hop_length + n_fft,)`` float32.
    """
    target = np.ascontiguousarray(magnitude.T)
    frames = _Frames(n_fft, win_length, hop_length, len(target))
    rng = np.random.default_rng(seed)
    turn = rng.uniform(0, 2 * np.pi, target.shape).astype(np.float32)
    guess = target * np.exp(1j * turn).astype(np.complex64)
    before = np.zeros_like(guess)
    for _ in range(iterations):
        if checkpoint is not None:
            checkpoint()
        now = frames.spectra(frames.sound(guess))
        guess = now + np.float32(0.99) * (now - before)
        guess *= target / np.maximum(np.abs(guess), np.float32(1e-12))
        before = now
    return frames.sound(guess)


def _piece(
    spec: FrontendSpec,
    picture: NDArray[np.floating],
    iterations: int,
    seed: int,
    checkpoint: Callable[[], None] | None,
) -> Float32:
    """Turn a few columns ``(bands, n)`` into exactly the samples they cover."""
    n = picture.shape[1]
    # frames must overlap by three quarters for phases to agree
    hop = min(spec.hop_length, max(1, spec.win_length // 4))
    dense = picture if hop == spec.hop_length else finer(picture, spec.hop_length, hop)
    # at its very ends a sound is held by one frame only: the first and last columns go on a while
    more = -(-spec.n_fft // hop)
    sound = griffin_lim(
        magnitudes(spec, np.pad(dense, ((0, 0), (more, more)), mode="edge")),
        n_fft=spec.n_fft,
        win_length=spec.win_length,
        hop_length=hop,
        iterations=iterations,
        seed=seed,
        checkpoint=checkpoint,
    )
    first = more * hop + (spec.n_fft // 2 if spec.center else 0)
    return sound[first : first + _covered(spec, n)]


def _covered(spec: FrontendSpec, n: int) -> int:
    """How many samples ``n`` columns cover."""
    span = (n - 1) * spec.hop_length
    return max(1, span) if spec.center else span + spec.n_fft


def blocks(
    spec: FrontendSpec,
    picture: NDArray[np.floating],
    *,
    iterations: int = ITERATIONS,
    seed: int = 0,
    checkpoint: Callable[[], None] | None = None,
) -> Iterator[Float32]:
    """Turn a picture of any length into sound, piece by piece.

    Parameters
    ----------
    picture
        ``(bands, n)`` or ``(1, bands, n)`` in the unit of :func:`frontend.columns`, any ``n >= 1``.

    Yields
    ------
    ndarray
        Runs of float32 samples at ``spec.sample_rate``; together they are what the columns cover.

    Raises
    ------
    ValueError
        When pictures of this front end cannot be turned back, or the shape is wrong.
    """
    if not invertible(spec):
        raise ValueError(f"pictures of the kind {spec.kind} cannot be turned back into sound")
    rows = np.asarray(picture)
    rows = rows[0] if rows.ndim == 3 and len(rows) == 1 else rows
    if rows.ndim != 2 or rows.shape[0] != spec.n_bands or rows.shape[1] < 1:
        raise ValueError(
            f"a picture of shape {np.shape(picture)} does not fit {spec.n_bands} bands"
        )
    n = rows.shape[1]
    fade = 1 + math.ceil(FADE_S / spec.hop_s)
    step = max(2 * fade, round(PIECE_S / spec.hop_s))
    begin, tail = 0, np.empty(0, np.float32)
    while True:
        # a last piece shorter than the fade is made together with the one before
        end = n if n - begin <= step + fade else begin + step
        made = _piece(spec, rows[:, begin:end], iterations, seed + begin, checkpoint)
        made = _joined(tail, made)
        if end == n:
            yield made
            return
        following = end - fade
        cut = (following - begin) * spec.hop_length
        yield made[:cut]
        tail, begin = made[cut:], following


def _joined(tail: Float32, head: Float32) -> Float32:
    """Fade from ``tail`` into the beginning of ``head``, at constant power."""
    n = min(len(tail), len(head))
    if n == 0:
        return head
    angle = (np.arange(n, dtype=np.float32) + 0.5) * np.float32(np.pi / 2 / n)
    mixed = tail[:n] * np.cos(angle) + head[:n] * np.sin(angle)
    return np.concatenate([mixed, head[n:]])


def sound(spec: FrontendSpec, picture: NDArray[np.floating], **options: int) -> Float32:
    """Turn a picture into sound at once; see :func:`blocks`."""
    return np.concatenate(list(blocks(spec, picture, **options)))  # type: ignore[arg-type]
