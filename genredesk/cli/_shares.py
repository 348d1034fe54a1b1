"""Shares in the terminal: written as everywhere, but without a space that consoles may not know."""

from __future__ import annotations

from collections.abc import Sequence

from genredesk.core import shares
from genredesk.core.messages import number

_SIGN = "\u202f%"


def typed(text: str) -> str:
    """Write the sign of a share as the terminal writes it everywhere."""
    return text.replace(_SIGN, number(0, ".0%")[1:])


def percent(share: float, digits: int = 0) -> str:
    """Write a share: ``82%``."""
    return typed(shares.percent(share, digits))


def sureness(*scores: float) -> str:
    """Write how sure a network is of each genre an answer names: ``82%``, ``36 + 34%``."""
    return typed(shares.sureness(*scores))


def measured(share: float, digits: int = 1) -> str:
    """Write which share of some songs was right: ``84.4%``, ``all``, ``not one``."""
    return typed(shares.measured(share, digits))


def ranged(interval: Sequence[float], digits: int = 1) -> str:
    """Write the interval of a share: ``71.2-92.3%`` with an en dash, ``84.4% or more``."""
    return typed(shares.ranged(interval, digits))
