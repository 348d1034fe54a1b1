"""The music a person teaches with: files under labels, as found and as they changed them.

Plain state and arithmetic; nothing is drawn or read here. Counts are kept as files arrive, so that
ten thousand of them cost the window nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal

from genredesk.core.names import nfc
from genredesk.training.data.songs import BETWEEN, words_in

FEW = 8
"""Songs of a class below which its accuracy is mostly luck."""
UNEVEN = 5.0
"""Largest class over smallest from which the balance is worth a word."""
ONE_ARTIST = 0.6
LONGEST_NAME = 200
WORD_SOURCES = ("table", "tags")
"""Where the words of songs that have several can come from: fields of :class:`Track`."""


@dataclass(slots=True)
class Track:
    """One file.

    Parameters
    ----------
    path, folder
        Where it is, and the label of its folder.
    artist, split
        From a table or its tags.
    table, tags
        The words its table and its genre tags give it.
    seconds
        Its length; negative until it was examined.
    kind, reason, fix, other
        What is wrong with it (``unreadable``, ``short``, ``silent``, ``duplicate``,
        ``ambiguous``, ``misplaced``), in words, and the file it repeats.
    own
        The label the person gave to this one file; empty: that of its folder.
    aside
        Set aside by the person.
    settled
        Repeats a file that is out of the way now, so that this one can be used.
    """

    path: str
    folder: str
    artist: str = ""
    split: str = ""
    table: str = ""
    tags: str = ""
    seconds: float = -1.0
    level: float = -200.0
    kind: str = ""
    reason: str = ""
    fix: str = ""
    other: str = ""
    own: str = ""
    aside: bool = False
    settled: bool = False

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.replace("\\", "/").rpartition("/")[2]

    @property
    def usable(self) -> bool:
        """Whether it can be trained on, as far as is known."""
        return (not self.kind or self.settled) and not self.aside

    @property
    def troubled(self) -> bool:
        """Whether it has a problem nobody dealt with."""
        return bool(self.kind) and not self.settled and not self.aside


@dataclass(frozen=True, slots=True)
class WordsOffer:
    """What a table or tags say of songs: how many have a word, how many several, and which.

    ``words`` are those with their numbers of songs, the most common first.
    """

    songs: int
    several: int
    words: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class GenreGroup:
    """One class: what its files add up to."""

    label: str
    tracks: list[Track] = field(default_factory=list)
    included: bool = True
    usable: int = 0
    seconds: float = 0.0
    problems: int = 0
    examined: int = 0

    @property
    def hours(self) -> float:
        """Hours of usable music."""
        return self.seconds / 3600

    def durations(self) -> list[float]:
        """Lengths in seconds of the usable files that were examined."""
        return [t.seconds for t in self.tracks if t.usable and t.seconds >= 0]

    def count(self, track: Track, sign: int = 1) -> None:
        """Take a track's share into the sums, or out of them."""
        self.examined += sign * (track.seconds >= 0)
        self.problems += sign * track.troubled
        self.usable += sign * track.usable
        if track.usable and track.seconds >= 0:
            self.seconds += sign * track.seconds


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know before training; ``stops`` when training cannot work like this."""

    text: str
    stops: bool = False


class Music(QObject):
    """Every file and what the person decided about it.

    Signals
    -------
    changed()
        Something is different; arrives at most once for every batch.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.roots: list[str] = []
        self.tracks: dict[str, Track] = {}
        self.groups: dict[str, GenreGroup] = {}
        self.names: dict[str, str] = {}
        self.excluded: set[str] = set()
        self.words = ""
        """Whose words a song has, where several may hold: ``table`` or ``tags``."""
        self.decided: dict[str, dict[str, Any]] = {}
        """What was decided about files by path; outlives a scan."""

    # ------------------------------------------------------------ files

    def label_of(self, track: Track) -> str:
        """Return the class a file belongs to now; empty for a file in no genre folder.

        Where several words may hold, all that do and are not left out.
        """
        if self.words:
            return BETWEEN.join(w for w in self._words_of(track) if w not in self.excluded)
        return track.own or self.names.get(track.folder, track.folder)

    def _words_of(self, track: Track) -> tuple[str, ...]:
        found = words_in(track.own or getattr(track, self.words))
        return tuple(dict.fromkeys(self.names.get(word, word) for word in found))

    def offers(self) -> dict[str, WordsOffer]:
        """Return what the table and the tags say, where they give a song several words."""
        found = {}
        for source in WORD_SOURCES:
            own = [words_in(getattr(track, source)) for track in self.tracks.values()]
            counts = Counter(word for words in own for word in words)
            several = sum(len(words) > 1 for words in own)
            if several:
                songs = sum(bool(words) for words in own)
                found[source] = WordsOffer(songs, several, tuple(counts.most_common()))
        return found

    def use_words(self, source: str) -> None:
        """Let songs have the words of a source, or with an empty one the genre of their folder."""
        self.words = source
        for track in self.tracks.values():
            self._place(track)
        self._regroup()

    def _place(self, track: Track) -> None:
        """Say of a file that has no label what is wrong, and of one that has no longer."""
        labelled = bool(self._words_of(track) if self.words else self.label_of(track))
        if labelled and track.kind == "misplaced":
            track.kind = track.reason = track.fix = ""
        elif not labelled and not track.kind:
            track.kind, track.reason = "misplaced", "it lies in no genre folder"
            track.fix = "Give it a genre, or move it into a folder of one."
            if self.words:
                track.reason, track.fix = "it has no word", "Give it one, or leave it out."

    def clear(self) -> None:
        """Forget every file, but not what was decided."""
        self.tracks.clear()
        self.groups.clear()
        self.changed.emit()

    def add(self, rows: Iterable[tuple[str, str, str, str, str]]) -> list[Track]:
        """Take in files that were found: path, label of the folder, artist, split, words."""
        new = []
        for path, folder, artist, split, words in rows:
            if path in self.tracks:
                new.append(self.tracks[path])
                continue
            decided = self.decided.get(path, {})
            track = Track(path, folder, artist, split, words)
            track.own = str(decided.get("own", ""))
            track.aside = bool(decided.get("aside", False))
            if self.words != "tags":  # those are read later
                self._place(track)
            self.tracks[path] = track
            self._take_in(track)
            new.append(track)
        self.changed.emit()
        return new

    def update(self, changes: Iterable[tuple[Track, dict[str, Any]]]) -> None:
        """Set fields of tracks and keep the sums true."""
        for track, values in changes:
            moved = self.words == "tags" and "tags" in values
            self._count(track, -1)
            if moved:
                for group in self._groups(track):
                    group.tracks.remove(track)
            for name, value in values.items():
                setattr(track, name, value)
            if moved:
                self._place(track)
                self._take_in(track)
            else:
                self._count(track)
        self.changed.emit()

    def _take_in(self, track: Track) -> None:
        for group in self._groups(track):
            group.tracks.append(track)
            group.count(track)

    def _count(self, track: Track, sign: int = 1) -> None:
        for group in self._groups(track):
            group.count(track, sign)

    def _groups(self, track: Track) -> list[GenreGroup]:
        """Return the classes of a file: one, or where several words may hold one for each."""
        labels = (self._words_of(track) or ("",)) if self.words else (self.label_of(track),)
        for label in labels:
            if label not in self.groups:
                self.groups[label] = GenreGroup(label, included=label not in self.excluded)
        return [self.groups[label] for label in labels]

    def _settle(self) -> None:
        """See which repeated recordings are no longer in two classes."""
        for track in self.tracks.values():
            if track.kind != "ambiguous":
                continue
            other = self.tracks.get(track.other)
            same = other is not None and self.label_of(other) == self.label_of(track)
            first = other is not None and track.path < other.path
            settled = other is None or other.aside or (same and first)
            if settled != track.settled:
                self._count(track, -1)
                track.settled = settled
                self._count(track)

    def _regroup(self) -> None:
        self.groups.clear()
        for track in self.tracks.values():
            self._take_in(track)
        self._settle()
        self.changed.emit()

    # ------------------------------------------------------------ what a person decides

    def rename(self, label: str, new: str) -> None:
        """Give a class another name; the name of another class merges the two."""
        new = nfc(new.strip())[:LONGEST_NAME]
        if not new or new == label:
            return
        known = {t.folder for t in self.tracks.values()} | set(self.names)
        if self.words:
            known |= {w for t in self.tracks.values() for w in words_in(getattr(t, self.words))}
        for folder in known:
            if self.names.get(folder, folder) == label:
                self.names[folder] = new
        for track in self.tracks.values():
            if track.own == label:
                self._decide(track, own=new)
        if label in self.excluded:
            self.excluded.discard(label)
            self.excluded.add(new)
        self._regroup()

    def merge(self, labels: Iterable[str], into: str) -> None:
        """Make several classes one."""
        for label in labels:
            if label != into:
                self.excluded.discard(label)
                self.rename(label, into)

    def include(self, label: str, on: bool = True) -> None:
        """Take a class into the training, or leave it out."""
        (self.excluded.discard if on else self.excluded.add)(label)
        if label in self.groups:
            self.groups[label].included = on
        self.changed.emit()

    def relabel(self, paths: Iterable[str], label: str) -> None:
        """Say that these files belong to another class."""
        label = nfc(label)
        for path in paths:
            track = self.tracks.get(path)
            if track is None:
                self.decided.setdefault(path, {})["own"] = label
                continue
            self._decide(track, own=label)
            if track.kind == "misplaced":
                track.kind = track.reason = track.fix = ""
        self._regroup()

    def set_aside(self, paths: Iterable[str], aside: bool = True) -> None:
        """Leave these files out of the training, or take them back."""
        for path in paths:
            track = self.tracks.get(path)
            if track is None:
                self.decided.setdefault(path, {})["aside"] = aside
                continue
            self._count(track, -1)
            self._decide(track, aside=aside)
            self._count(track)
        self._settle()
        self.changed.emit()

    def _decide(self, track: Track, **values: Any) -> None:
        for name, value in values.items():
            setattr(track, name, value)
        self.decided.setdefault(track.path, {}).update(values)

    # ------------------------------------------------------------ what comes of it

    def classes(self) -> list[GenreGroup]:
        """Return the classes by name; files in no genre folder come last."""
        return sorted(self.groups.values(), key=lambda g: (not g.label, g.label.casefold()))

    def used(self) -> list[GenreGroup]:
        """Return the classes that will be trained on."""
        return [g for g in self.classes() if g.included and g.label and g.usable]

    def chosen(self) -> list[Track]:
        """Return the files that will be trained on."""
        found = {t.path: t for group in self.used() for t in group.tracks if t.usable}
        return list(found.values())

    @property
    def n(self) -> int:
        """How many files will be trained on."""
        return len(self.chosen()) if self.words else sum(g.usable for g in self.used())

    @property
    def seconds(self) -> float:
        """Their length together."""
        if self.words:
            return sum(max(0.0, t.seconds) for t in self.chosen())
        return sum(g.seconds for g in self.used())

    @property
    def waiting(self) -> int:
        """Files that were not examined yet."""
        if self.words:
            return sum(t.seconds < 0 for t in self.tracks.values())
        return len(self.tracks) - sum(g.examined for g in self.groups.values())

    @property
    def troubled(self) -> bool:
        """Whether any file has a problem, dealt with or not."""
        return any(t.kind for t in self.tracks.values())

    def problems(self) -> list[Track]:
        """Return the files with a problem, those that were dealt with last."""
        found = {t.path: t for g in self.classes() for t in g.tracks if t.kind}
        return sorted(found.values(), key=lambda t: not t.troubled)

    # ------------------------------------------------------------ kept between two starts

    def to_dict(self) -> dict[str, Any]:
        """Return what a person decided; files are found again."""
        return {
            "roots": list(self.roots),
            "words": self.words,
            "names": dict(self.names),
            "excluded": sorted(self.excluded),
            "decided": {p: d for p, d in self.decided.items() if d},
        }

    def restore(self, raw: dict[str, Any]) -> None:
        """Take back what :meth:`to_dict` returned; anything odd in it is passed over."""

        def part(name: str, kind: type) -> Any:
            value = raw.get(name)
            return value if isinstance(value, kind) else kind()

        self.roots = [str(r) for r in part("roots", list)]
        words = part("words", str)
        self.words = words if words in WORD_SOURCES else ""
        self.names = {str(k): str(v) for k, v in part("names", dict).items()}
        self.excluded = {str(x) for x in part("excluded", list)}
        decided = part("decided", dict)
        self.decided = {str(p): dict(d) for p, d in decided.items() if isinstance(d, dict)}


def artists(tracks: Iterable[Track]) -> Counter[str]:
    """Count the named artists."""
    return Counter(t.artist.strip() for t in tracks if t.usable and t.artist.strip())
