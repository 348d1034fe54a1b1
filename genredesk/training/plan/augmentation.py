"""How strongly training windows are varied, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Augment:
    """How strongly windows are varied; zero means not at all.

    Parameters
    ----------
    stretch
        Largest change of tempo as a factor (1.4: from 1/1.4 to 1.4, log-uniform).
    shift_bins
        Largest shift along the bands, either way.
    eq_db
        Standard deviation in dB of a smooth random equaliser (tilt and cosines).
    gain_db
        Standard deviation in dB of the level.
    blend, blend_db
        Share of the windows to which a window of another song of the same genre is added, as sound
        adds (in power), up to ``blend_db`` softer.
    loudspeaker
        Share of the windows played through a small loudspeaker.
    reverb
        Share of the windows put into a room: an exponential tail of 0.15 to 0.95 s, and what the
        reflections do to each other at a place in it.
    dynamics
        Largest change of the range between loud and soft, as a share (0.2: from 1/1.2 to 1.2).
    noise
        Share of the windows with a steady coloured noise 25 to 65 dB under their loudest point.
    time_mask, band_mask
        Longest masked run as a share of the window (SpecAugment, Park et al. 2019), one of each.
    mixup
        Parameter of the Beta distribution of mixup (Zhang et al. 2018), applied to batches.
    """

    stretch: float = 1.0
    shift_bins: int = 0
    eq_db: float = 0.0
    gain_db: float = 0.0
    blend: float = 0.0
    blend_db: float = 12.0
    loudspeaker: float = 0.0
    reverb: float = 0.0
    dynamics: float = 0.0
    noise: float = 0.0
    time_mask: float = 0.0
    band_mask: float = 0.0
    mixup: float = 0.0
