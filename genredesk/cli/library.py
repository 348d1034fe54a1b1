"""Look at the library: its files, folders, filters, genres and models.

`library list --filter 'heard:jazz sure:<0.6 tag:!=heard' --sort sure` lists files; conditions are
joined with OR, NOT and parentheses. `library list --help` names the fields.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genredesk.cli import _options, _output, _rows
from genredesk.core.genres import genre_key, genre_word
from genredesk.core.messages import mark, number, say
from genredesk.core.names import nfc

if TYPE_CHECKING:
    from genredesk.library.library import Library

_PAGE = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    from genredesk.library.index.fields.table import BY_NAME, GROUPS, SORTS  # noqa: PLC0415

    which = say(
        "which files, by {by_name} or words", by_name=", ".join(f"{name}:" for name in BY_NAME)
    )
    _common(parser, default=None)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="WHAT")
    listed = _verb(verbs, "list", say("list files"), _list)
    listed.add_argument("--filter", default="", metavar="TEXT", help=which)
    listed.add_argument("--saved", metavar="NAME", help=say("a saved filter instead"))
    listed.add_argument("--sort", default="", metavar="COLUMN", help=", ".join(SORTS))
    listed.add_argument("--descending", action="store_true", help=say("the other way round"))
    listed.add_argument("--limit", type=int, default=0, metavar="N", help=say("the first N only"))
    tally = _verb(verbs, "tally", say("count files by what they share"), _tally)
    tally.add_argument("group", nargs="?", default="heard", help=", ".join(GROUPS))
    tally.add_argument("--filter", default="", metavar="TEXT", help=which)
    roots = _verb(verbs, "roots", say("list the folders, or change them"), _roots)
    roots.add_argument(
        "--add", type=Path, metavar="DIR", help=say("make a folder part of the library")
    )
    roots.add_argument(
        "--moved", type=Path, nargs=2, metavar=("OLD", "NEW"),
        help=say("say that a folder has another name or place now"),
    )  # fmt: skip
    roots.add_argument(
        "--forget", type=Path, metavar="DIR", help=say("forget a folder and its files")
    )
    filters = _verb(verbs, "filters", say("list the saved filters, or change them"), _filters)
    filters.add_argument("--save", nargs=2, metavar=("NAME", "TEXT"), help=say("save a filter"))
    filters.add_argument("--delete", metavar="NAME", help=say("forget a filter"))
    correct = _verb(verbs, "correct", say("set the genre of files"), _correct)
    correct.add_argument("filter", metavar="TEXT", help=which)
    correct.add_argument("genres", nargs="*", metavar="GENRE", help=say("none: clear it"))
    taken = _verb(
        verbs, "rekordbox", say("take the genres of a rekordbox XML as yours"), _rekordbox
    )
    taken.add_argument("file", type=Path, metavar="XML", help=say("exported by rekordbox"))
    taken.add_argument(
        "--playlists", action="store_true", help=say("the names of playlists instead of the genres")
    )
    taken.add_argument(
        "--apply", action="store_true", help=say("do it; without this, it is only shown")
    )
    like = _verb(verbs, "like", say("list the files that sound most like one"), _like)
    like.add_argument("file", type=Path, metavar="FILE", help=say("a file of the library"))
    like.add_argument(
        "--limit", type=int, default=20, metavar="N", help=say("how many (default: 20)")
    )
    _verb(
        verbs,
        "duplicates",
        say("find files that are one recording, the best copy first"),
        _duplicates,
    )
    export = _verb(verbs, "export", say("write the whole library as Parquet"), _export)
    export.add_argument("file", type=Path, metavar="FILE", help=say("the Parquet file to write"))
    taken = _verb(verbs, "import", say("take in what other libraries exported as Parquet"), _import)
    taken.add_argument("files", type=Path, nargs="+", metavar="FILE", help=say("their files"))
    _verb(verbs, "models", say("list the models that were asked"), _bundles)
    _verb(verbs, "check", say("check the catalog's file for damage"), _check)


def _verb(
    verbs: Any, name: str, summary: str, act: Callable[[Library, argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=summary, description=summary)
    _common(parser, default=argparse.SUPPRESS)  # what stands before the verb holds, too
    parser.set_defaults(act=act)
    return parser


def _common(parser: argparse.ArgumentParser, default: Any) -> None:
    _options.add_db_option(parser, default)
    parser.add_argument(
        "--json", action="store_true", default=default or False,
        help=say("write JSON, one object a line"),
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Do what was asked; return 1 when there was nothing to do it to."""
    from genredesk.cli import _catalogue  # noqa: PLC0415
    from genredesk.library.library import Library  # noqa: PLC0415

    if not (
        args.act is _import or (args.act is _roots and args.add)
    ):  # a first folder begins a library
        _catalogue.refuse_missing(args.db)
    with Library.open(args.db) as catalogue:
        return args.act(catalogue, args)


def _list(catalogue: Library, args: argparse.Namespace) -> int:
    text, sort, descending = args.filter, args.sort or "artist", args.descending
    if args.saved:
        saved, name = {s.name: s for s in catalogue.filters.all()}, nfc(args.saved)
        if name not in saved:
            known = ", ".join(saved) or say("none")
            _output.warn(
                say("No filter “{saved}” (saved: {known}).", saved=args.saved, known=known)
            )
            return 1
        one = saved[name]
        text, descending = f"({one.text}) {text}" if one.text else text, one.descending
        sort = args.sort or one.sort
    ids = catalogue.index.query(text, sort, descending)
    ids = ids[: args.limit] if args.limit > 0 else ids
    for start in range(0, len(ids), _PAGE):
        for row in catalogue.files.rows(ids[start : start + _PAGE]):
            if args.json:
                _rows.put(_rows.row_as_dict(row))
            else:
                _rows.tell(row)
    return 0


def _tally(catalogue: Library, args: argparse.Namespace) -> int:
    counts = catalogue.index.tally(args.group, args.filter)
    if args.json:
        _rows.put(counts)
    else:
        for name, count in counts.items():
            _output.say(f"{count:>8}  {_group_said(args.group, name)}")
    return 0


def _group_said(group: str, name: str) -> str:
    if group == "heard":
        return ", ".join(map(genre_word, name.split(", "))) if name else say("(none)")
    fixed = group in {"answer", "check", "state", "disagreement"}
    return (say(_rows.STATES.get(name, name)) if fixed else name) or say("(none)")


def _correct(catalogue: Library, args: argparse.Namespace) -> int:
    ids = catalogue.index.query(args.filter)
    known = {genre_key(label): label for label in catalogue.networks.used.labels}
    genres = [known.get(genre_key(genre)) or genre for genre in args.genres]
    n = catalogue.corrections.set(ids.tolist(), genres)
    if args.json:
        _rows.put({"corrected": n})
    else:
        print(say("{n} corrected.", n=n))
    return 0 if n else 1


def _rekordbox(catalogue: Library, args: argparse.Namespace) -> int:
    from genredesk.library import rekordbox  # noqa: PLC0415
    from genredesk.library.organize import labels_in  # noqa: PLC0415

    found = labels_in.plan(catalogue, rekordbox.read(args.file), playlists=args.playlists)
    done = labels_in.take(catalogue, found) if args.apply else 0
    counts = {
        mark("taken"): done if args.apply else found.n_taken,
        mark("the same already"): found.same,
        mark("yours, and kept"): found.own,
        mark("not listened to yet"): found.unheard,
        mark("not in the library"): len(found.unknown),
        mark("without a genre there")
        if not args.playlists
        else mark("in no playlist"): found.without,
    }
    if args.json:
        _rows.put({"applied": args.apply, **counts})
        return 0
    for genres, files in found.taken:
        _output.say(f"{len(files):>8}  {', '.join(genres)}")
    said = [f"{number(n, ',')} {say(what)}" for what, n in counts.items() if n]
    _output.say(
        (", ".join(said) or say("nothing in it")) + ("." if args.apply else say("; see --apply."))
    )
    return 0


def _like(catalogue: Library, args: argparse.Namespace) -> int:
    from genredesk.library.index.neighbours import Neighbours  # noqa: PLC0415 - reads every embedding

    found = catalogue.files.rows(catalogue.index.query(_exactly(str(args.file.absolute()))))
    if (track := next((row.track_id for row in found if row.track_id), None)) is None:
        _output.warn(say("{path} was not listened to yet. Scan it first.", path=args.file))
        return 1
    places = Neighbours.load(catalogue)
    _output.warn(say("As {network} hears them:", network=places.network))
    for near in places.nearest(track, args.limit):
        for row in catalogue.files.rows(catalogue.files.of_track(near.track_id))[:1]:
            if args.json:
                _rows.put({**_rows.row_as_dict(row), "similarity": round(near.similarity, 4)})
            else:
                _output.say(f"{number(near.similarity, '.0%'):>5}  {row.path}")
    return 0


def _duplicates(catalogue: Library, args: argparse.Namespace) -> int:
    from genredesk.cli import _progress  # noqa: PLC0415
    from genredesk.library.index import recordings  # noqa: PLC0415 - compares all tracks

    with _progress.bar(say("Comparing")) as context:
        recordings.search(catalogue, context)
    if n := catalogue.recordings.unknown():
        _output.warn(
            say("{n:,} tracks have no fingerprint yet: `genredesk scan --fingerprints`.", n=n)
        )
    catalogue.index.refresh()
    ids, found = catalogue.index.grouped("state:duplicate", "length", True, "recording")
    spare = set(catalogue.index.query("state:spare").tolist())
    for group in found:
        rows = catalogue.files.rows(ids[group.start : group.start + group.count])
        rows.sort(key=lambda row: row.id in spare)
        for row in rows:
            best = row.id not in spare
            if args.json:
                _rows.put({**_rows.row_as_dict(row), "recording": int(rows[0].id), "best": best,
                        "size": row.size})  # fmt: skip
            else:
                rate = row.size * 8 / 1000 / max(row.seconds or 0, 1)
                length = f"{row.seconds or 0:.0f} s"
                _output.say(
                    f"{say('best') if best else '':<5} {length:>7} {rate:>6.0f} kbit/s  {row.path}"
                )
        if not args.json:
            _output.say("")
    if not args.json:
        print(
            say(
                "{n_found:,} recordings with several files, {n_spare:,} spare ones.",
                n_found=len(found),
                n_spare=len(spare),
            )
        )
    return 0


def _exactly(path: str) -> str:
    quoted = path.replace('"', '""')
    return f'path:="{quoted}"'


# ---------------------------------------------------------------- the rest


def _roots(catalogue: Library, args: argparse.Namespace) -> int:
    if args.add:
        catalogue.roots.add(args.add)
    named = args.forget or (args.moved[0] if args.moved else None)
    if named:
        found = [r for r in catalogue.roots.all() if r.path == named.absolute()]
        if not found:
            _output.warn(say("{named} is no folder of the library.", named=named))
            return 1
        if args.forget:
            catalogue.roots.remove(found[0].id)
        else:
            catalogue.roots.rename(found[0].id, args.moved[1])
    for root in catalogue.roots.all():
        if args.json:
            _rows.put({"path": str(root.path), "files": root.n_files, "offline": root.offline,
                    "watched": root.watched})  # fmt: skip
        else:
            _output.say(
                f"{root.n_files:>8}  {root.path}{say('  (offline)') if root.offline else ''}"
            )
    return 0


def _filters(catalogue: Library, args: argparse.Namespace) -> int:
    from genredesk.library.index.saved_filters import SavedFilter  # noqa: PLC0415

    if args.save:
        catalogue.filters.save(SavedFilter(*args.save))
    if args.delete:
        catalogue.filters.delete(args.delete)
    for saved in catalogue.filters.all():
        if args.json:
            _rows.put({"name": saved.name, "text": saved.text, "sort": saved.sort,
                    "descending": saved.descending, "group": saved.group})  # fmt: skip
        else:
            _output.say(f"{saved.name}: {saved.text}")
    return 0


def _bundles(catalogue: Library, args: argparse.Namespace) -> int:
    in_use = catalogue.networks.used.fingerprint
    for fingerprint, name, count in catalogue.networks.all():
        if args.json:
            _rows.put({"fingerprint": fingerprint, "name": name, "tracks": count,
                    "in_use": fingerprint == in_use})  # fmt: skip
        else:
            _output.say(f"{count:>8}  {name}{say('  (in use)') if fingerprint == in_use else ''}")
    return 0


def _export(catalogue: Library, args: argparse.Namespace) -> int:
    from genredesk.cli import _progress  # noqa: PLC0415
    from genredesk.library import parquet  # noqa: PLC0415

    with _progress.bar(say("Writing"), rate=True) as context:
        rows = parquet.export(catalogue, args.file, context)
    if args.json:
        _rows.put({"file": str(args.file), "rows": rows})
    else:
        _output.say(say("{rows:,} files written to {file}.", rows=rows, file=args.file))
    return 0


def _import(catalogue: Library, args: argparse.Namespace) -> int:
    from genredesk.cli import _progress  # noqa: PLC0415
    from genredesk.library import parquet  # noqa: PLC0415

    for file in args.files:
        with _progress.bar(say("Reading"), rate=True) as context:
            joined = parquet.join(catalogue, file, context)
        if args.json:
            _rows.put({"file": str(file), **asdict(joined)})
        else:
            _output.say(
                say(
                    "{file}: {rows:,} files, {added:,} of them new here; {answered:,} answers "
                    "and {corrected:,} genres taken in, {differing:,} files differ here and "
                    "stay as they are.",
                    file=file,
                    rows=joined.rows,
                    added=joined.added,
                    answered=joined.answered,
                    corrected=joined.corrected,
                    differing=joined.differing,
                )
            )
    return 0


def _check(catalogue: Library, args: argparse.Namespace) -> int:
    problems = catalogue.db.check()
    if args.json:
        _rows.put({"problems": problems})
    else:
        print("\n".join(problems) or say("The catalog is sound."))
    return 1 if problems else 0
