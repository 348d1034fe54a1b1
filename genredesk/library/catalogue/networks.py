"""The networks that were asked, which of them is shown, and what it heard when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from genredesk.core.certainty import Bounds
from genredesk.library.catalogue import several
from genredesk.library.catalogue.db import Database

_NEVER = Bounds(2.0, 2.0, 2.0)
"""No probability reaches them."""


class UsedNetwork(NamedTuple):
    """The network whose answers are shown; id 0: none was asked yet."""

    id: int = 0
    fingerprint: str = ""
    labels: tuple[str, ...] = ()
    bounds: Bounds = _NEVER


class AskedNetwork(NamedTuple):
    """A network that was asked about some tracks."""

    fingerprint: str
    name: str
    tracks: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was heard when, for a ribbon.

    Parameters
    ----------
    labels
        The genres, in the order of the columns.
    probabilities
        ``uint8 (windows, labels)``, 255 meaning 1; silent windows are all zero.
    hop_s, window_s
        Window ``k`` covers ``[k * hop_s, k * hop_s + window_s)`` seconds.
    """

    labels: tuple[str, ...]
    probabilities: NDArray[np.uint8]
    hop_s: float
    window_s: float

    def typical_s(self, label: str | None) -> float:
        """Return where a preview should begin: the window that sounds most like ``label``."""
        if label not in self.labels or not len(self.probabilities):
            return 0.0
        return int(np.argmax(self.probabilities[:, self.labels.index(label)])) * self.hop_s


class Networks:
    """What the networks said that were asked about the library's tracks."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def used(self) -> UsedNetwork:
        """The network whose answers are shown."""
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT id, fingerprint, labels, bounds FROM bundle"
                " WHERE id = (SELECT value FROM meta WHERE key = 'bundle')"
            ).fetchone()
        if found is None:
            return UsedNetwork()
        network_id, fingerprint, labels, bounds = found
        return UsedNetwork(
            network_id, fingerprint, tuple(json.loads(labels)), Bounds.from_json(bounds)
        )

    def all(self) -> list[AskedNetwork]:
        """Return every network that was asked, newest first."""
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT fingerprint, name,"
                " (SELECT count(*) FROM result WHERE bundle_id = bundle.id)"
                " FROM bundle ORDER BY id DESC"
            ).fetchall()
        return [AskedNetwork(*row) for row in found]

    def use(self, fingerprint: str, name: str, labels: Sequence[str], bounds: Bounds) -> int:
        """Show the answers of this network from now on and return its id here.

        Parameters
        ----------
        bounds
            How they are judged from now on.
        """
        judged_by = bounds.to_json()
        with self._db.write() as connection:
            before = connection.execute(
                "SELECT bounds FROM bundle WHERE fingerprint = ?", (fingerprint,)
            ).fetchone()
            connection.execute(
                "INSERT INTO bundle (fingerprint, name, labels, bounds) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name,"
                " bounds = excluded.bounds",
                (fingerprint, name, json.dumps(list(labels)), judged_by),
            )
            (found,) = connection.execute(
                "SELECT id FROM bundle WHERE fingerprint = ?", (fingerprint,)
            ).fetchone()
            connection.execute("UPDATE meta SET value = ? WHERE key = 'bundle'", (found,))
            if before != (judged_by,):
                several.judge(connection, found)
        return found

    def judge(self, fingerprint: str, bounds: Bounds) -> None:
        """Judge a network's answers by other bounds from now on; one never asked is passed over."""
        with self._db.write() as connection:
            connection.execute(
                "UPDATE bundle SET bounds = ? WHERE fingerprint = ?",
                (bounds.to_json(), fingerprint),
            )
            found = connection.execute(
                "SELECT id FROM bundle WHERE fingerprint = ?", (fingerprint,)
            ).fetchone()
            if found is not None:
                several.judge(connection, found[0])

    def timeline(self, track_id: int) -> Timeline | None:
        """Return what the network in use heard when, or ``None`` when it was not asked yet."""
        used = self.used
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT timeline, hop_s, window_s FROM result_detail"
                " WHERE track_id = ? AND bundle_id = ?",
                (track_id, used.id),
            ).fetchone()
        if found is None:
            return None
        table = np.frombuffer(found[0], np.uint8).reshape(-1, max(1, len(used.labels)))
        return Timeline(used.labels, table, found[1], found[2])
