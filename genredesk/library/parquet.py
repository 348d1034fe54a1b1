"""The catalogue as Parquet: what was heard in every file, for other programs and other machines.

One row a file, one schema (:func:`schema`), read by DuckDB, Spark, pandas or polars as it is.
Importing joins: what is not known here is added, what a person decided here is never replaced.
Covers stay out; the next scan brings them.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, Any

from genredesk.core import atomic
from genredesk.core.errors import GenreDeskError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.library.catalogue import file_writes, roots
from genredesk.library.library import Library
from genredesk.library.records import path_of

if TYPE_CHECKING:
    import pyarrow as pa

VERSION = 1
ROW_GROUP = 4096
_MARK = b"genredesk.catalogue"


class ParquetError(GenreDeskError):
    """A file that is no catalogue, or cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class JoinReport:
    """What became of an import.

    Parameters
    ----------
    added
        Files that were not known here.
    answered
        Sounds whose answer is new here, or newer.
    corrected
        Sounds whose genre somebody set there and nobody here.
    differing
        Files of the same path that are others here; they are left as they are.
    """

    rows: int = 0
    added: int = 0
    answered: int = 0
    corrected: int = 0
    differing: int = 0

    def __add__(self, other: JoinReport) -> JoinReport:
        return JoinReport(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def _arrow() -> Any:
    try:
        import pyarrow as pa  # noqa: PLC0415 - only for whoever asks for it
        import pyarrow.parquet  # noqa: PLC0415 - loads pa.parquet
    except ImportError as error:
        raise GenreDeskError(
            say("Parquet needs pyarrow: pip install 'genredesk[cluster]'.")
        ) from error
    return pa


def schema() -> pa.Schema:
    """Return the columns of the file.

    ``path`` and ``root`` are text; a name that is none is kept exactly in ``raw_path``. ``heard``
    is the likeliest genre however sure, ``answer`` how sure (sure, probable, between, open,
    silence, corrected; empty: not asked) by the thresholds of the library it comes from. ``words``
    are all that hold where several may.
    ``timeline`` is ``uint8 (windows, labels)`` row by row, 255 meaning 1, window ``k`` beginning
    at ``k * hop_s`` seconds; ``embedding`` is little-endian ``float16``. ``bounds`` is how the
    model's answers are judged, as JSON. ``audio_hash`` is the same for every file with the same
    sound.

    Raises
    ------
    GenreDeskError
        When pyarrow is not installed.
    """
    pa = _arrow()
    words = pa.list_(pa.string())
    return pa.schema(
        [
            ("path", pa.string()), ("raw_path", pa.binary()), ("root", pa.string()),
            ("size", pa.int64()), ("mtime_ns", pa.int64()), ("added", pa.timestamp("us", "UTC")),
            ("state", pa.string()), ("note", pa.string()),
            ("title", pa.string()), ("artist", pa.string()), ("album", pa.string()),
            ("album_artist", pa.string()), ("track", pa.int32()), ("disc", pa.int32()),
            ("year", pa.int32()), ("tags", words),
            ("audio_hash", pa.binary()), ("seconds", pa.float64()),
            ("model", pa.dictionary(pa.int32(), pa.string())),
            ("model_fingerprint", pa.dictionary(pa.int32(), pa.string())),
            ("labels", pa.list_(pa.dictionary(pa.int32(), pa.string()))),
            ("bounds", pa.dictionary(pa.int32(), pa.string())),
            ("heard", pa.string()), ("score", pa.float64()), ("runner_up", pa.string()),
            ("runner_score", pa.float64()), ("majority", pa.string()),
            ("majority_share", pa.float64()), ("answer", pa.string()), ("words", words),
            ("analysed", pa.timestamp("us", "UTC")), ("corrected", words),
            ("corrected_at", pa.timestamp("us", "UTC")),
            ("hop_s", pa.float64()), ("window_s", pa.float64()), ("timeline", pa.binary()),
            ("embedding", pa.binary()),
        ],
        metadata={_MARK: str(VERSION).encode()},
    )  # fmt: skip


# ---------------------------------------------------------------- out

_SELECT = """
SELECT file.id AS id, file.path AS path, root.path AS root, size, mtime_ns, file.added_at AS added,
       file.state AS state, away, note, title, artist, album, album_artist, track_no AS track,
       disc_no AS disc, year, tag_genre AS tags, audio_hash, seconds, bundle.name AS model,
       bundle.fingerprint AS model_fingerprint, bundle.labels AS labels, bounds, label AS heard,
       score, runner_up, runner_score, majority_label AS majority, majority_share,
       analysed_at AS analysed, correction.labels AS corrected,
       correction.at AS corrected_at, hop_s, window_s, timeline, embedding,
       result_words.words AS words
FROM file JOIN root ON root.id = root_id
LEFT JOIN track ON track.id = file.track_id
LEFT JOIN result ON result.track_id = file.track_id AND result.bundle_id = ?
LEFT JOIN bundle ON bundle.id = result.bundle_id
LEFT JOIN result_detail ON result_detail.track_id = file.track_id
     AND result_detail.bundle_id = result.bundle_id
LEFT JOIN result_words ON result_words.track_id = file.track_id
     AND result_words.bundle_id = result.bundle_id
LEFT JOIN correction ON correction.track_id = file.track_id
WHERE file.id > ? ORDER BY file.id LIMIT ?
"""


def export(library: Library, target: Path, ctx: JobContext) -> int:
    """Write the whole library to ``target``; it is there when all of it is. Returns the rows.

    Raises
    ------
    GenreDeskError
        When pyarrow is not installed or the file cannot be written.
    """
    pa = _arrow()
    columns = schema()
    with library.db.read() as connection:
        (total,) = connection.execute("SELECT count(*) FROM file").fetchone()
    done = 0
    try:
        with (
            atomic.atomic_file(target) as file,
            pa.parquet.ParquetWriter(file, columns, compression="zstd") as writer,
        ):
            for rows in _pages(library):
                writer.write_table(pa.Table.from_pylist(rows, columns))
                done += len(rows)
                ctx.progress(done, total)
    except (OSError, pa.ArrowException) as error:
        raise GenreDeskError(
            say(
                "{target}: it cannot be written ({reason}).",
                target=target,
                reason=getattr(error, "strerror", None) or error,
            )
        ) from error
    return done


def _pages(library: Library) -> Iterator[list[dict[str, Any]]]:
    bundle_id, last = library.networks.used.id, 0
    while True:
        with library.db.read() as connection:
            found = connection.execute(_SELECT, (bundle_id, last, ROW_GROUP))
            names = [column[0] for column in found.description]
            raws = found.fetchall()
        if not raws:
            return
        last = raws[-1][0]
        answers = {row.id: row.answer for row in library.files.rows([raw[0] for raw in raws])}
        yield [
            _as_row(dict(zip(names, raw, strict=True)), str(answers.get(raw[0], "")))
            for raw in raws
        ]


def _as_row(row: dict[str, Any], answer: str) -> dict[str, Any]:
    path, away = row["path"], row.pop("away")
    del row["id"]
    for name in ("tags", "labels", "corrected", "words"):
        row[name] = json.loads(row[name]) if row[name] else None
    for name in ("added", "analysed", "corrected_at"):
        row[name] = None if row[name] is None else int(row[name] * 1e6)
    text = file_writes.text_of(path)
    row["raw_path"] = None if text.encode() == path else path
    row |= {"path": text, "root": file_writes.text_of(row["root"]), "answer": answer}
    row["state"] = away or row["state"]
    return row


# ---------------------------------------------------------------- in


def join(library: Library, source: Path, ctx: JobContext) -> JoinReport:
    """Take what another library's export knows into this one, a few thousand rows at a time.

    A file that is not there now is missing, or offline with its drive, until a scan finds it. An
    answer replaces an older one of the same model; a person's own genres here stay.

    Raises
    ------
    ParquetError
        When it is not such a file, is damaged, or comes from a newer version. What was taken in
        before stays; doing it again goes on.
    """
    pa = _arrow()
    joined = JoinReport()
    try:
        with pa.parquet.ParquetFile(source) as file:
            _refuse_foreign(source, file.schema_arrow)
            total = file.metadata.num_rows
            for batch in file.iter_batches(ROW_GROUP):
                with library.db.write() as connection:
                    for row in batch.to_pylist():
                        joined += _take_in(connection, row)
                ctx.progress(joined.rows, total)
    except (OSError, pa.ArrowException, KeyError) as error:
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise ParquetError(
            say("{source}: it cannot be read ({reason}).", source=source, reason=reason)
        ) from error
    return joined


def _refuse_foreign(source: Path, found: pa.Schema) -> None:
    mark = (found.metadata or {}).get(_MARK)
    if mark is None:
        raise ParquetError(
            say(
                "{source}: this is no catalog that `genredesk library` has written.",
                source=source,
            )
        )
    if int(mark) > VERSION:
        raise ParquetError(
            say(
                "{source}: it was written by a newer GenreDesk (version {mark} of the schema, "
                "this program knows {version}). Install the newer one.",
                source=source,
                mark=int(mark),
                version=VERSION,
            )
        )
    if missing := {f.name for f in schema()} - set(found.names):
        raise ParquetError(
            say(
                "{source}: it lacks the columns {missing}.",
                source=source,
                missing=", ".join(sorted(missing)),
            )
        )


def _take_in(connection: Connection, row: dict[str, Any]) -> JoinReport:
    path = row["raw_path"] or os.fsencode(row["path"])
    known = file_writes.known_files(connection, [path]).get(path)
    if known and (known.size, known.mtime_ns) != (row["size"], row["mtime_ns"]):
        return JoinReport(rows=1, differing=1)
    file_id = known.id if known else _add(connection, path, row)
    track_id = answered = None
    if row["audio_hash"] is not None:
        track_id = _track(connection, row)
        answered = _answer(connection, track_id, row)
        if known is None or known.state == "found":
            connection.execute(
                "UPDATE file SET track_id = ?, state = 'analysed' WHERE id = ?",
                (track_id, file_id),
            )
    return JoinReport(
        rows=1, added=known is None, answered=bool(answered),
        corrected=bool(track_id and row["corrected"] and _correct(connection, track_id, row)),
    )  # fmt: skip


def _add(connection: Connection, path: bytes, row: dict[str, Any]) -> int:
    known = connection.execute("SELECT id, path FROM root").fetchall()
    root_id = roots.owner(known, path)
    folder = os.fsencode(row["root"])
    if root_id is None:
        root_id = connection.execute(
            "INSERT INTO root (path, added_at, offline) VALUES (?, ?, ?)",
            (folder, time.time(), not path_of(folder).is_dir()),
        ).lastrowid
    there = path_of(path).exists()
    away = "" if there else "missing" if path_of(folder).is_dir() else "offline"
    made = connection.execute(
        "INSERT INTO file (root_id, path, path_text, size, mtime_ns, dev, inode, state, away, note,"
        " added_at, title, artist, album, album_artist, track_no, disc_no, year, tag_genre)"
        " VALUES (?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (root_id, path, row["path"], row["size"], row["mtime_ns"],
         "failed" if row["state"] == "failed" else "found", away, row["note"],
         row["added"].timestamp(), row["title"], row["artist"], row["album"], row["album_artist"],
         row["track"], row["disc"], row["year"],
         json.dumps(row["tags"] or [], ensure_ascii=False)),
    ).lastrowid  # fmt: skip
    assert made is not None  # noqa: S101 - SQLite gives every row a number
    return made


def _track(connection: Connection, row: dict[str, Any]) -> int:
    connection.execute(
        "INSERT OR IGNORE INTO track (audio_hash, seconds) VALUES (?, ?)",
        (row["audio_hash"], row["seconds"]),
    )
    (track_id,) = connection.execute(
        "SELECT id FROM track WHERE audio_hash = ?", (row["audio_hash"],)
    ).fetchone()
    return track_id


def _answer(connection: Connection, track_id: int, row: dict[str, Any]) -> bool:
    """Keep an answer that is newer than the one known; return whether it is."""
    if row["model_fingerprint"] is None or row["analysed"] is None:
        return False
    connection.execute(
        "INSERT OR IGNORE INTO bundle (fingerprint, name, labels, bounds) VALUES (?, ?, ?, ?)",
        (row["model_fingerprint"], row["model"], json.dumps(row["labels"]), row["bounds"]),
    )
    (bundle_id,) = connection.execute(
        "SELECT id FROM bundle WHERE fingerprint = ?", (row["model_fingerprint"],)
    ).fetchone()
    at = row["analysed"].timestamp()
    newer = connection.execute(
        "INSERT INTO result VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " label = excluded.label, score = excluded.score,"
        " runner_up = excluded.runner_up, runner_score = excluded.runner_score,"
        " majority_label = excluded.majority_label, majority_share = excluded.majority_share,"
        " analysed_at = excluded.analysed_at WHERE excluded.analysed_at > analysed_at + 1e-3",
        (track_id, bundle_id, row["heard"], row["score"], row["runner_up"],
         row["runner_score"], row["majority"], row["majority_share"], at),
    ).rowcount  # fmt: skip
    if newer:
        file_writes.keep_words(connection, track_id, bundle_id, row["words"] or ())
    if newer and row["timeline"] is not None:
        connection.execute(
            "INSERT OR REPLACE INTO result_detail VALUES (?, ?, ?, ?, ?, ?)",
            (track_id, bundle_id, row["hop_s"], row["window_s"], row["timeline"],
             row["embedding"]),
        )  # fmt: skip
    return bool(newer)


def _correct(connection: Connection, track_id: int, row: dict[str, Any]) -> bool:
    return bool(
        connection.execute(
            "INSERT OR IGNORE INTO correction VALUES (?, ?, ?)",
            (track_id, json.dumps(row["corrected"], ensure_ascii=False),
             row["corrected_at"].timestamp()),
        ).rowcount
    )  # fmt: skip
