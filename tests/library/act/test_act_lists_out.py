"""What other programs read: XSPF, Navidrome's smart playlists, rekordbox XML out and in."""

from __future__ import annotations

import argparse
import json
import os
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

import pytest

from genredesk.__main__ import main
from genredesk.cli import train
from genredesk.core.errors import DataError
from genredesk.core.job import JobContext
from genredesk.library import rekordbox
from genredesk.library.organize import actions, apply, items, labels_in
from genredesk.library.organize.plan import ActionOptions
from genredesk.training.data import songlist

CTX = JobContext()
XSPF = "{http://xspf.org/ns/0/}"


def plan_of(library, action: str, **options):
    rows = items.load(library.catalogue, library.ids())
    return actions.get(action).plan(rows, ActionOptions(**options), CTX)


def written(library, action: str, **options) -> dict[str, Path]:
    plan = plan_of(library, action, **options)
    assert apply.apply(library.catalogue, plan, CTX).done == len(plan.steps)
    return {Path(step.target).name: Path(step.target) for step in plan.steps}


@pytest.fixture
def filled(library, samples):
    """Two of jazz, one of rock, one that is unsure, and names that are a trial for XML."""
    odd = "in/Ünï & <音> 100% #1.flac"
    library.add("in/a.flac", samples["flac"], heard="jazz", artist="A & B", title='"So" <What>')
    library.add(odd, samples["flac"], heard="jazz", title="bell \x07 here", track_no=3, year=1959)
    library.add(b"in/broken \xff.flac", samples["flac"], heard="rock", title="")
    library.add("in/unsure.flac", samples["flac"], state="unsure", score=0.3, genres=("Soul",))
    return library


def test_xspf_is_valid_and_leads_to_its_files(filled) -> None:
    found = written(filled, "xspf", to=filled.folder / "lists")
    assert set(found) == {"jazz.xspf", "rock.xspf"}
    paths = []
    for path in found.values():
        root = ET.fromstring(path.read_bytes())
        assert root.tag == f"{XSPF}playlist"
        assert root.attrib == {"version": "1"}
        assert [child.tag for child in root] == [f"{XSPF}title", f"{XSPF}trackList"]
        for track in root[1]:
            assert track.tag == f"{XSPF}track"
            names = [child.tag.removeprefix(XSPF) for child in track]
            allowed = ["location", "title", "creator", "album", "trackNum", "duration"]
            assert names == [name for name in allowed if name in names]
            assert int(track.findtext(f"{XSPF}duration")) == 200_000, "milliseconds"
            url = urlsplit(track.findtext(f"{XSPF}location"))
            assert (url.scheme, url.netloc, url.query, url.fragment) == ("file", "", "", "")
            paths.append(unquote_to_bytes(url.path))
    assert len(paths) == 3
    assert all(map(os.path.isfile, paths))
    jazz = ET.fromstring(found["jazz.xspf"].read_bytes())
    assert jazz.findtext(f".//{XSPF}creator") == "A & B"
    assert plan_of(filled, "xspf", to=filled.folder / "lists").unchanged == 2


def test_a_list_of_ours_is_renewed_and_no_other_ever(filled) -> None:
    path = written(filled, "rekordbox", to=filled.folder, name="DJ")["DJ.xml"]
    filled.add("in/late.flac", path, heard="rock")
    renewed = plan_of(filled, "rekordbox", to=filled.folder, name="DJ").steps[0]
    assert renewed.source == str(path)
    assert renewed.ticked
    path.write_bytes(path.read_bytes().replace(b"A &amp; B", b"Somebody"))
    edited = plan_of(filled, "rekordbox", to=filled.folder, name="DJ").steps[0]
    assert "changed since it was written" in edited.doubt
    before = apply.apply(filled.catalogue, plan_of(filled, "rekordbox", to=filled.folder), CTX)
    theirs = '<?xml version="1.0"?>\n<DJ_PLAYLISTS Version="1.0.0"/>'
    path.write_text(theirs)
    refused = plan_of(filled, "rekordbox", to=filled.folder, name="DJ").steps[0]
    assert "already a file" in refused.conflict
    assert path.read_text() == theirs
    assert before.done == 1


def test_rekordbox_holds_the_collection_and_a_list_for_each_genre(filled) -> None:
    path = written(filled, "rekordbox", to=filled.folder, name="My set")["My set.xml"]
    root = ET.fromstring(path.read_bytes())
    assert (root.tag, root.get("Version")) == ("DJ_PLAYLISTS", "1.0.0")
    assert [child.tag for child in root] == ["PRODUCT", "COLLECTION", "PLAYLISTS"]
    collection = root.find("COLLECTION")
    tracks = {track.get("TrackID"): track for track in collection}
    assert int(collection.get("Entries")) == len(tracks) == 4
    for track in tracks.values():
        location = track.get("Location")
        assert location.startswith("file://localhost/")
        place = os.fsdecode(unquote_to_bytes(location.removeprefix("file://localhost")))
        assert Path(place).is_file()
        assert (track.get("Kind"), track.get("TotalTime")) == ("FLAC File", "200")
        assert track.get("Name")
    genres = {track.get("Name"): track.get("Genre") for track in tracks.values()}
    assert genres['"So" <What>'] == "jazz"
    assert set(genres.values()) == {"jazz", "rock", "Soul"}, "the unsure one keeps its tag"
    top = root.find("PLAYLISTS/NODE")
    assert (top.get("Type"), top.get("Name"), top.get("Count")) == ("0", "ROOT", "1")
    folder = top.find("NODE")
    assert (folder.get("Name"), folder.get("Type"), folder.get("Count")) == ("My set", "0", "2")
    for node in folder:
        assert (node.get("Type"), node.get("KeyType")) == ("1", "0")
        assert len(node) == int(node.get("Entries"))
        assert {tracks[key.get("Key")].get("Genre") for key in node} == {node.get("Name")}
    back = rekordbox.read(path)
    assert {str(track.path) for track in back} == {
        os.fsdecode(filled.row(i)["path"]) for i in filled.ids()
    }
    assert [track.playlists for track in back] == [["jazz"], ["jazz"], ["rock"], []]


def test_navidrome_asks_for_the_genre_in_the_tags(filled) -> None:
    plan = plan_of(filled, "navidrome", to=filled.folder)
    assert "3 files do not have the genre in their tags yet" in plan.notes[-1]
    found = written(filled, "navidrome", to=filled.folder)
    assert set(found) == {"jazz.nsp", "rock.nsp"}
    rules = json.loads(found["jazz.nsp"].read_text())
    assert rules["name"] == "jazz"
    assert rules["all"] == [{"is": {"genre": "jazz"}}]
    assert set(rules) <= {"name", "comment", "all", "any", "sort", "order", "limit"}
    assert plan_of(filled, "navidrome", to=filled.folder).unchanged == 2


# ---------------------------------------------------------------- rekordbox in


def collection(folder: Path, rows: str, lists: str = "", entries: int = 3) -> Path:
    path = folder / "rekordbox.xml"
    path.write_text(
        f"""<?xml version="1.0" encoding="UTF-8"?>
<DJ_PLAYLISTS Version="1.0.0"><PRODUCT Name="rekordbox" Version="7.1.0" Company="AlphaTheta"/>
<COLLECTION Entries="{entries}">{rows}</COLLECTION>
<PLAYLISTS><NODE Type="0" Name="ROOT" Count="1">{lists}</NODE></PLAYLISTS></DJ_PLAYLISTS>""",
        encoding="utf-8",
    )
    return path


def rows(library) -> str:
    paths = [Path(os.fsdecode(library.row(i)["path"])) for i in library.ids()]
    texts = ("Hard Bop; Cool", "Hard Bop", "")
    return "".join(
        f'<TRACK TrackID="{7 + n}" Name="x" Genre="{text}" '
        f'Location="{rekordbox.location_of(path)}"><TEMPO Inizio="0"/></TRACK>'
        for n, (path, text) in enumerate(zip(paths, texts, strict=False))
    )


LISTS = """<NODE Name="Sets" Type="0" Count="2">
<NODE Name="Opening" Type="1" KeyType="0" Entries="2"><TRACK Key="7"/><TRACK Key="9"/></NODE>
<NODE Name="Peak" Type="1" KeyType="0" Entries="1"><TRACK Key="8"/></NODE></NODE>"""


def test_genres_and_lists_become_the_persons_own_words(filled, capsys, tmp_path) -> None:
    path = collection(tmp_path, rows(filled), LISTS)
    first, second, third, _ = filled.ids()
    filled.catalogue.corrections.set([second], ["Mine"])
    found = labels_in.plan(filled.catalogue, rekordbox.read(path))
    assert found.taken == ((("Hard Bop", "Cool"), (first,)),)
    assert (found.own, found.without, found.unknown) == (1, 1, ())
    assert labels_in.take(filled.catalogue, found) == 1
    corrected = {row.id: row.corrected for row in filled.catalogue.files.rows(filled.ids())}
    assert (corrected[first], corrected[second]) == (("Hard Bop", "Cool"), ("Mine",))
    assert labels_in.plan(filled.catalogue, rekordbox.read(path)).same == 1
    lists = labels_in.plan(filled.catalogue, rekordbox.read(path), playlists=True)
    assert lists.taken == ((("Opening",), (third,)),)
    assert lists.own == 2
    assert songlist.read(path)[0].label == "Hard Bop"
    by_list = songlist.read(f"{path}#playlists")
    assert [song.label for song in by_list] == ["Opening", "Peak", "Opening"]


def test_a_genre_of_ones_own_holds_for_copies_and_files_that_are_away(filled, tmp_path) -> None:
    """A correction is the track's: each of its files keeps it, wherever the file is."""
    path = collection(tmp_path, rows(filled), "")
    first, second, *_ = filled.ids()
    catalogue = filled.catalogue
    catalogue.corrections.set([second], ["Mine"])
    with catalogue.db.write() as connection:
        connection.execute("UPDATE file SET away = 'missing' WHERE id = ?", (second,))
        connection.execute(
            "UPDATE file SET track_id = (SELECT track_id FROM file WHERE id = ?) WHERE id = ?",
            (second, first),
        )
    found = labels_in.plan(catalogue, rekordbox.read(path))
    assert (found.taken, found.own) == ((), 2)


def test_the_commands_take_it_in(filled, capsys, tmp_path) -> None:
    path = collection(tmp_path, rows(filled), LISTS)
    words = ["library", "--db", str(filled.catalogue.db.path), "rekordbox", str(path)]
    assert main(words) == 0
    assert capsys.readouterr().out.endswith("2 taken, 1 without a genre there; see --apply.\n")
    assert not filled.catalogue.corrections.all()
    assert main([*words, "--playlists", "--apply"]) == 0
    assert [genres for _, genres in filled.catalogue.corrections.all()] == [
        ("Opening",), ("Opening",), ("Peak",)
    ]  # fmt: skip
    asked = argparse.ArgumentParser()
    train.add_arguments(asked)
    plan = train.plan_of(asked.parse_args([str(path), "--playlists", "--out", "x"]))
    assert (plan.folder, plan.songs) == ("", f"{path}#playlists")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda data: data[: len(data) // 2], "was not written to its end"),
        (lambda data: data.replace(b'Entries="3"', b'Entries="30"'), "3 of the 30 tracks"),
        (lambda data: data.replace(b"DJ_PLAYLISTS", b"LIBRARY"), "is no rekordbox collection"),
        (lambda _: b"", "was not written to its end"),
        (lambda _: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "is no rekordbox collection"),
        (lambda _: b"<DJ_PLAYLISTS></DJ_PLAYLISTS>", "is no rekordbox collection"),
    ],
)
def test_a_half_written_xml_is_refused_with_a_sentence(filled, tmp_path, change, text) -> None:
    path = collection(tmp_path, rows(filled))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataError) as raised:
        rekordbox.read(path)
    assert "rekordbox.xml" in str(raised.value)
    assert text in str(raised.value)


def test_places_of_every_system() -> None:
    places = {
        "file://localhost/C:/Music/a%20b.mp3": "C:/Music/a b.mp3",
        "file://localhost/Volumes/DJ/%C3%A9%26.mp3": "/Volumes/DJ/é&.mp3",
        "file:///srv/music/x.flac": "/srv/music/x.flac",
    }
    for location, path in places.items():
        assert rekordbox.path_of(location) == Path(path)
    broken = Path(os.fsdecode(b"/m/\xff #%.mp3"))
    assert rekordbox.path_of(rekordbox.location_of(broken)) == broken
