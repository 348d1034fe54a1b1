"""Which window of the sound is scored next: the newest one, never a backlog."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """Samples ``start`` to ``stop`` (absolute indices); ``skipped`` older ones were left out."""

    start: int
    stop: int
    skipped: int = 0


class WindowScheduler:
    """Says when a window is due; a late caller gets the newest one and the others are forgotten.

    Parameters
    ----------
    length
        Samples in a window.
    hop
        Samples from the end of one window to the end of the next.
    origin
        Index of the first sample that may be used.

    Raises
    ------
    ValueError
        When ``length`` or ``hop`` is not positive.
    """

    def __init__(self, length: int, hop: int, origin: int = 0) -> None:
        if length <= 0:
            raise ValueError("a window has at least one sample")
        self._length = length
        self._hop = _positive(hop)
        self._origin = origin
        self._due = origin + length
        self._fresh = True

    @property
    def due(self) -> int:
        """Index just after the last sample of the next window: score it once that was heard."""
        return self._due

    @property
    def origin(self) -> int:
        """Index of the first sample after the last gap; no window begins before it."""
        return self._origin

    def set_hop(self, hop: int) -> None:
        """Change the hop; the next window is due one new hop after the last one."""
        hop = _positive(hop)
        if not self._fresh:
            # not before a whole window of this length lies behind the last gap
            self._due = max(self._due + hop - self._hop, self._origin + self._length)
        self._hop = hop

    def set_length(self, length: int) -> None:
        """Change the window's length: another network took over, on the same beat."""
        if length <= 0:
            raise ValueError("a window has at least one sample")
        self._length = length
        first = self._origin + length
        self._due = first if self._fresh else max(self._due, first)

    def gap(self, index: int) -> None:
        """The sound was interrupted at ``index``: no window may reach over it."""
        if index > self._origin:
            self._origin = index
            self._due = index + self._length
            self._fresh = True

    def poll(self, now: int) -> Window | None:
        """Return the newest due window once all of it was heard, else ``None``.

        Parameters
        ----------
        now
            Index up to which the sound was heard.
        """
        if now < self._due:
            return None
        # After a gap that was filled with what came before it there is no beat to keep: the
        # first window ends now. Later ones stay on the beat, so that a late one is not the next
        # one's delay as well.
        late = (now - self._due) // self._hop
        stop = now if self._fresh else self._due + late * self._hop
        skipped = 0 if self._fresh else late
        self._fresh = False
        self._due = stop + self._hop
        return Window(stop - self._length, stop, skipped)

    def rest(self, stop: int) -> Window | None:
        """Return all the sound since the last gap when it ended at ``stop``, one window at most.

        Only once; ``None`` where a window came, or nothing at all.
        """
        if not self._fresh or not self._origin < stop <= self._due:
            return None
        self._fresh = False
        return Window(self._origin, stop)


def _positive(hop: int) -> int:
    if hop <= 0:
        raise ValueError("the hop is at least one sample")
    return hop
