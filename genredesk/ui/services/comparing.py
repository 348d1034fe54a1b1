"""Two models on the same songs, in words."""

from __future__ import annotations

from typing import Any

from genredesk.ui.look.text import tr
from genredesk.ui.widgets.base import number


def difference(found: dict[str, Any]) -> str:
    """Say how far two models are apart on the same songs, and what speaks for either.

    ``found`` is a :class:`~genredesk.training.evaluation.paired.Comparison` as plain data.
    """
    low, high = found["interval"]
    if not found["only_new"] and not found["only_old"]:
        text = tr(
            "Both get the same of these {0} songs right; the 95 % interval of the difference is "
            "{1} to {2} points."
        )
        return text.format(found["n"], _points(low), _points(high))
    text = tr(
        "On the same {0} songs the difference is {1} points; the 95 % interval is {2} to {3}. "
        "Songs that only the first gets right: {4}; only the second: {5}."
    )
    signed = (_points(x) for x in (found["difference"], low, high))
    return text.format(found["n"], *signed, found["only_new"], found["only_old"])


def _points(share: float) -> str:
    points = number(100 * share)
    return f"+{points}" if round(100 * share) > 0 else points.replace("\u22120", "0")
