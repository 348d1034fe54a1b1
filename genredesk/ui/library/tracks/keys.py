"""What keys do in the table of tracks; the table acts by it, the map of keys shows it."""

from __future__ import annotations

from dataclasses import dataclass

from genredesk.ui.look.text import tr


@dataclass(frozen=True, slots=True)
class TrackKey:
    """One thing the table does at a key.

    Parameters
    ----------
    id, title
        As in the table of commands; without a title it is not in the map, because another is.
    keys
        As :class:`~PySide6.QtGui.QKeySequence` reads them.
    callback, args
        Path of what is called, from the table, and what it is given.
    repeats
        Whether a key that is held down does it again and again.
    """

    id: str
    title: str
    keys: tuple[str, ...]
    callback: str
    args: tuple[int, ...] = ()
    repeats: bool = True


def track_keys() -> tuple[TrackKey, ...]:
    """Return them in the person's language and the order of the map."""
    confirm, clear, walk = "confirmed.emit", "taken_back.emit", "walk_asked.emit"
    return (
        TrackKey("track_confirm", tr("Confirm"), ("Return",), confirm),
        TrackKey("track_confirm", "", ("Enter", "Shift+Return", "Shift+Enter"), confirm),
        TrackKey("track_clear", tr("Clear my genre"), ("Del",), clear),
        TrackKey("track_clear", "", ("Backspace", "Shift+Del", "Shift+Backspace"), clear),
        TrackKey("track_next", tr("Next track to check"), ("F3",), walk, (1,)),
        TrackKey("track_previous", tr("Previous track to check"), ("Shift+F3",), walk, (-1,)),
        TrackKey(
            "track_preview", tr("Preview here, or stop"), ("Space",), "preview_current",
            repeats=False,
        ),
    )  # fmt: skip
