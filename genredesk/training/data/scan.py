"""Looks through a folder of labelled folders before anything runs, and says what is wrong with it.

The first folder below the root is the genre; whatever lies deeper belongs to it. A ``tracks.csv``
at the root may name artist and split by path.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genredesk.audio import endings
from genredesk.audio.decode import find_audio
from genredesk.core.errors import DataError
from genredesk.core.messages import say
from genredesk.core.names import nfc, no_path
from genredesk.features import fingerprint
from genredesk.training.data.cache import AudioFacts, TrainingFeatureCache
from genredesk.training.data.problem import Problem
from genredesk.training.data.songs import check_labels, words_in

SILENT_DBFS = -65.0


@dataclass(frozen=True, slots=True)
class LabeledFile:
    """An audio file found below a genre folder; ``words`` are those its table gives it."""

    path: Path
    label: str
    artist: str = ""
    split: str = ""
    words: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", nfc(self.label))
        object.__setattr__(self, "artist", nfc(self.artist))


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found: the usable entries with their facts, and everything else with its reason."""

    root: Path
    entries: tuple[LabeledFile, ...]
    facts: tuple[AudioFacts, ...]
    problems: tuple[Problem, ...]
    cache: dict[str, Any]
    several: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data; of ``several`` words a song counts for each."""
        found: dict[str, dict[str, float]] = {}
        for entry, facts in zip(self.entries, self.facts, strict=True):
            for label in words_in(entry.label) if self.several else (entry.label,):
                row = found.setdefault(label, {"songs": 0, "hours": 0.0})
                row["songs"] += 1
                row["hours"] += facts.seconds / 3600
        counts = [row["songs"] for row in found.values()]
        return {
            "folder": str(self.root),
            "classes": dict(sorted(found.items())),
            "songs": len(self.entries),
            "hours": sum(f.seconds for f in self.facts) / 3600,
            "imbalance": max(counts) / min(counts) if counts else 0.0,
            "problems": [
                {"file": p.file, "kind": p.kind, "reason": p.reason, "fix": p.fix, "other": p.other}
                for p in self.problems
            ],
            "set_aside": len(self.problems),
            "cache": self.cache,
        }


def table(root: Path) -> dict[str, dict[str, str]]:
    """Read ``tracks.csv`` by path (in NFC); a file without that column is none of ours."""
    path = root / "tracks.csv"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error):
        return {}
    return {nfc(Path(row["path"]).as_posix()): row for row in rows if row.get("path")}


def refuse_no_folder(root: Path) -> None:
    """Refuse what is no folder of music.

    Raises
    ------
    DataError
        Names it and says what to do.
    """
    if root.is_dir():
        return
    reason, fix = no_path(root)
    raise DataError(
        f"{root}: {reason}. {fix}"
        if reason
        else say(
            "{root} is no folder, or its drive is not there. Choose another folder.", root=root
        )
    )


def find(root: Path) -> tuple[list[LabeledFile], list[Problem]]:
    """List the audio files below the genre folders of ``root``.

    Raises
    ------
    DataError
        When the folder is missing, holds no genre folder or no audio, or its genre names cannot
        be told apart.
    """
    refuse_no_folder(root)
    rows = table(root)
    entries: list[LabeledFile] = []
    problems: list[Problem] = []
    folders = [p for p in sorted(root.iterdir()) if p.is_dir() and endings.is_walked(p.name)]
    _check_names(root, [nfc(p.name) for p in folders])

    passed: Counter[str] = Counter()

    def trouble(text: str) -> None:
        problems.append(Problem(str(root), "unreadable", text))

    for folder in folders:
        for path in find_audio([folder], trouble, passed):
            row = rows.get(nfc(path.relative_to(root).as_posix()), {})
            artist, part = row.get("artist") or "", row.get("split") or ""
            entries.append(LabeledFile(path, folder.name, artist, part))
    filled = {entry.label for entry in entries}
    problems.extend(
        Problem(
            folder.name, "empty", say("there is no music in this folder"), say("Add some to it.")
        )
        for folder in folders
        if nfc(folder.name) not in filled
    )
    problems.extend(
        Problem(path.name, "misplaced", say("it lies in no genre folder"), say("Move it into one."))
        for path in sorted(root.iterdir())
        if path.is_file() and endings.is_audio(path.name)
    )
    others = endings.passed_over(passed)
    if others:
        problems.append(Problem(root.name, "other", others))
    if not entries:
        raise DataError(
            say(
                "There is no music in the folders of {root}. It needs one folder per genre, "
                "with audio files inside.",
                root=root,
            )
            + (f" {others[0].upper()}{others[1:]}." if others else "")
        )
    return entries, problems


def _check_names(root: Path, names: Sequence[str]) -> None:
    if not names:
        raise DataError(say("{root} holds no folders. It needs one folder per genre.", root=root))
    try:
        check_labels(names)
    except DataError as error:
        raise DataError(f"{root}: {str(error)[0].lower()}{str(error)[1:]}") from error


def usable(facts: AudioFacts, window_s: float) -> tuple[str, str, str]:
    """Return (kind, reason, fix) when a file must be set aside, else three empty strings."""
    if facts.reason:
        return "unreadable", facts.reason, facts.fix
    if facts.seconds < window_s:
        return (
            "short",
            say(
                "it lasts {seconds:.1f} s and one window needs {window_s:.1f} s",
                seconds=facts.seconds,
                window_s=window_s,
            ),
            say("Use a longer piece of it."),
        )
    if facts.level_dbfs < SILENT_DBFS:
        return "silent", say("there is nothing to hear in it"), say("Record or export it again.")
    return "", "", ""


def judge(
    root: Path,
    entries: Sequence[LabeledFile],
    facts: Sequence[AudioFacts],
    window_s: float,
    cache: TrainingFeatureCache,
    *,
    problems: Sequence[Problem] = (),
    size: int | None = None,
) -> Scan:
    """Set aside what cannot be used and what is there twice.

    Parameters
    ----------
    problems
        What was wrong with files that are not among ``entries``.
    size
        Bytes of the cache, where they are known.
    """
    aside = list(problems)
    good: list[tuple[LabeledFile, AudioFacts]] = []
    for entry, known in zip(entries, facts, strict=True):
        kind, reason, fix = usable(known, window_s)
        if kind:
            aside.append(Problem(name_of(root, entry.path), kind, reason, fix))
        else:
            good.append((entry, known))
    repeated = _duplicates(root, good, cache)
    aside += [problem for _, problem in sorted(repeated.items())]
    kept = [pair for i, pair in enumerate(good) if i not in repeated]
    return Scan(
        root,
        tuple(entry for entry, _ in kept),
        tuple(known for _, known in kept),
        tuple(aside),
        cache.describe(size),
    )


def name_of(root: Path, path: Path) -> str:
    """Return a file's name in reports: relative to ``root`` where it lies below it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _duplicates(
    root: Path, good: Sequence[tuple[LabeledFile, AudioFacts]], cache: TrainingFeatureCache
) -> dict[int, Problem]:
    """Find repeated recordings: of one genre the first stays, of two genres none."""
    pairs: list[tuple[int, int, str]] = []
    first: dict[str, int] = {}
    for i, (_, known) in enumerate(good):
        if known.audio in first:
            pairs.append((first[known.audio], i, say("the same sound as")))
        else:
            first[known.audio] = i
    single = sorted(first.values())
    codes = [cache.codes(good[i][1].audio) for i in single]
    present = [c if c is not None else fingerprint.NOTHING for c in codes]
    pairs.extend(
        (single[match.first], single[match.second], "the same recording as")
        for match in fingerprint.matches(present)
    )
    out: dict[int, Problem] = {}
    for a, b, words in pairs:
        one, two = good[a][0], good[b][0]
        names = name_of(root, one.path), name_of(root, two.path)
        if one.label == two.label:
            if a not in out:
                out[b] = Problem(names[1], "duplicate", f"{words} {names[0]}", "", names[0])
            continue
        fix = say("Keep it in {label} or in {label2} only.", label=one.label, label2=two.label)
        for i, me, other in ((a, names[0], names[1]), (b, names[1], names[0])):
            out[i] = Problem(
                me,
                "ambiguous",
                say("{words} {other}, in another genre", words=words, other=other),
                fix,
                other,
            )
    return out
