"""Shares in the terminal: written as everywhere, but without a space that consoles may not know."""

from __future__ import annotations

from collections.abc import Sequence

from genredesk.core import shares

_NARROW = "\u202f"


def percent(share: float, digits: int = 0) -> str:
    """Write a share: ``82%``."""
    return shares.percent(share, digits).replace(_NARROW, "")


def sureness(score: float) -> str:
    """Write how sure a network is of an answer: ``82%``, never 100."""
    return shares.sureness(score).replace(_NARROW, "")


def measured(share: float, digits: int = 1) -> str:
    """Write which share of some songs was right: ``84.4%``, ``all``, ``none``."""
    return shares.measured(share, digits).replace(_NARROW, "")


def ranged(interval: Sequence[float], digits: int = 1) -> str:
    """Write the interval of a share: ``71.2-92.3%`` with an en dash, ``84.4% or more``."""
    return shares.ranged(interval, digits).replace(_NARROW, "")
