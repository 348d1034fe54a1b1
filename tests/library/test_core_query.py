"""The filter's language: what it means, held against a plain reading of every row."""

from __future__ import annotations

import itertools
import string
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genredesk.library.catalogue.mapping import Words
from genredesk.library.index import conditions
from genredesk.library.index.index import GROUPS, SORTS
from genredesk.library.index.query import QueryError, parse
from genredesk.library.index.texts import Codes, Packed, fold, pack, unpack
from genredesk.library.library import Library
from genredesk.library.row_state import tags_agree

NOW = 1_800_000_000.0

ROWS = [
    {"artist": "Miles Davis", "title": "So What", "album": "Kind of Blue", "heard": "jazz",
     "score": 0.9, "tag": ["Jazz"], "seconds": 545, "year": 1959, "track_no": 1,
     "path": "/music/Miles/01 So What.flac"},
    {"artist": "Miles Davis", "title": "Blue in Green", "album": "Kind of Blue", "heard": "blues",
     "score": 0.41, "answer": "unsure", "tag": ["Jazz", "Cool"], "seconds": 337, "year": 1959,
     "track_no": 3, "path": "/music/Miles/03 Blue in Green.flac"},
    {"artist": "Björk", "title": "Jóga", "album": "Homogenic", "heard": "pop", "score": 0.6,
     "tag": ["Electronic"], "seconds": 305, "year": 1997, "path": "/music/bjork/Jóga.mp3"},
    {"artist": "Motörhead", "title": "Ace of Spades", "heard": "metal", "score": 0.97,
     "tag": [], "seconds": 169, "year": 1980, "path": "/music/M/Ace of Spades.mp3"},
    {"artist": "Various", "album_artist": "Soul Band", "title": "(What) a \"Day\"", "heard": "pop",
     "score": 0.5, "fixed": ["soul", "funk"], "tag": ["Soul"], "path": "/music/v/day.mp3"},
    {"artist": "", "title": "", "answer": "silence", "seconds": 4, "path": "/music/silence.wav"},
    {"title": "New", "state": "found", "track_id": None, "path": "/music/new.ogg"},
    {"title": "Broken", "state": "failed", "track_id": None, "path": "/music/broken.ogg"},
    {"title": "Away", "away": "offline", "heard": "jazz", "score": 0.7, "tag": ["Rock"],
     "path": "/music/away.mp3"},
    {"title": "Lost", "away": "missing", "heard": "jazz", "score": 0.7, "tag": ["jazz"],
     "path": "/music/lost.mp3"},
]  # fmt: skip


@pytest.fixture(scope="module")
def library(tmp_path_factory, request):
    from _pytest.fixtures import FixtureRequest

    assert isinstance(request, FixtureRequest)
    with Library.open(tmp_path_factory.mktemp("query") / "library.db") as opened:
        yield opened


@pytest.fixture
def rows(library, add_rows):
    if not library.db.connection().execute("SELECT count(*) FROM file").fetchone()[0]:
        add_rows(library, ROWS, ["jazz", "blues", "pop", "metal"])
    library.words.keep(Words())
    library.index.refresh()
    return library


CASES = {
    "": range(1, 11),
    "artist:miles": [1, 2],
    'artist:"miles davis"': [1, 2],
    "artist:MILES": [1, 2],
    "artist:bjork": [3],
    "artist:motorhead": [4],
    "artist:soul": [5],
    "albumartist:soul": [5],
    "albumartist:miles": [],
    "artist:=various": [5],
    "artist:=vari": [],
    "artist:!=various": [1, 2, 3, 4, 6, 7, 8, 9, 10],
    'artist:""': [6, 7, 8, 9, 10],
    "title:blue": [2],
    "title:joga": [3],
    'title:"(what)"': [5],
    'title:"""day"""': [5],
    "title:=new": [7],
    'album:"kind of"': [1, 2],
    "heard:jazz": [1, 9, 10],
    "heard:=jaz": [],
    "heard:soul": [5],
    "heard:pop": [3],
    'heard:""': [6, 7, 8],
    "tag:jazz": [1, 2, 10],
    "tag:=cool": [2],
    'tag:""': [4, 6, 7, 8],
    "tag:!=heard": [2, 3, 9],
    "tag:=heard": [1, 5, 10],
    "heard:=tag": [1, 5, 10],
    'tag:="heard"': [],
    "sure:<0.6": [2],
    "sure:<=60%": [2, 3],
    "sure:0.6": [3],
    "sure:>=0.97": [4, 5],
    "sure:!=60%": [1, 2, 4, 5, 9, 10],
    "state:unsure": [2],
    "state:open": [2],
    "state:sure": [1, 3, 4, 9, 10],
    "state:probable": [],
    "is:corrected": [5],
    "state:silence": [6],
    "state:found": [7],
    "state:failed": [8],
    "state:offline": [9],
    "state:missing": [10],
    "state:analysed": [1, 2, 3, 4, 5, 6],
    "state:named": [1, 3, 4, 9, 10],
    "year:1959": [1, 2],
    "year:1960..1989": [4],
    "year:!=1959": [3, 4],
    "length:>300": [1, 2, 3],
    "length:>5:05": [1, 2],
    "length:305": [3],
    "length:<1:00": [6],
    "track:3": [2],
    "path:miles/": [1, 2],
    "path:M/Ace": [4],
    "path:s/0": [1, 2],
    "path:.flac": [1, 2],
    "path:=/music/new.ogg": [7],
    "so": [1, 5],
    "so what": [1, 5],
    "miles blue": [1, 2],
    "joga": [3],
    "Jóga": [3],
    '"ace of"': [4],
    "-artist:miles heard:jazz": [9, 10],
    "NOT artist:miles heard:jazz": [9, 10],
    "heard:metal OR heard:blues": [2, 4],
    "heard:metal OR heard:blues artist:miles": [2, 4],
    "(heard:metal OR heard:blues) year:<1970": [2],
    "-(heard:metal OR heard:blues) year:>0": [1, 3],
    "heard:jazz AND sure:>0.8": [1],
    "NOT NOT heard:metal": [4],
    "()".replace("()", "!!!"): range(1, 11),
}


@pytest.mark.parametrize("text", CASES)
def test_what_a_filter_finds(rows, text):
    assert sorted(rows.index.query(text).tolist()) == list(CASES[text])


def test_the_persons_words_and_thresholds_count(rows):
    rows.words.keep(Words({"metal": ("Heavy Metal",), "pop": ("Electronic",)}, {}, {"jazz": 0.95}))
    ask = rows.index.query
    assert ask('heard:"heavy metal"').tolist() == [4]
    assert sorted(ask("tag:=heard").tolist()) == [1, 3, 5, 10]
    assert sorted(ask("state:unsure").tolist()) == [1, 2, 9, 10]


def test_dates():
    day = datetime(2026, 3, 5).astimezone()
    found = parse("added:2026-03-05")
    assert isinstance(found, conditions.All)
    low, high = found.conditions
    assert isinstance(low, conditions.Number)
    assert isinstance(high, conditions.Number)
    assert (low.value, high.value) == (day.timestamp(), (day + timedelta(days=1)).timestamp())
    assert parse("added:<7d", NOW) == conditions.Number("added", ">", NOW - 7 * 86400)
    assert parse("added:>2w", NOW) == conditions.Number("added", "<", NOW - 14 * 86400)
    assert isinstance(parse("added:>=2026-03-05T12:00"), conditions.Number)


BAD = {
    "heard:": "needs a value",
    "sure:<": "needs a value",
    "colour:red": "no “colour:”",
    "sure:many": "not a score",
    "year:now": "not a year",
    "length:1:x": "not a length",
    "added:soon": "not a date",
    "track:first": "not a number",
    "artist:>miles": "neither more nor less",
    "state:fine": "no state",
    '"open': "not closed",
    'artist:"open': "not closed",
    "(a": "not closed",
    "a)": "closes nothing",
    "()": "empty",
    "OR": "alone",
    "a OR": "alone",
    "a OR OR b": "alone",
    "NOT": "alone",
    "a AND": "alone",
    "AND a": "alone",
    "(" * 80 + "a" + ")" * 80: "too deeply",
}


@pytest.mark.parametrize("text", BAD)
def test_what_cannot_be_read_is_explained(text):
    with pytest.raises(QueryError, match=BAD[text]) as told:
        parse(text)
    assert 0 <= told.value.position <= len(text)
    assert str(told.value).endswith(".")


@given(st.text(alphabet=string.printable + "äß音é\x00", max_size=40))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_explained(text):
    try:
        parse(text)
    except QueryError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


@given(st.text(max_size=30))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_quoted_text_can_be_looked_for(rows, text):
    quoted = text.replace('"', '""')
    for field in ("", "artist:", "path:", "title:=", "tag:"):
        rows.index.count(f'{field}"{quoted}"')


# ---------------------------------------------------------------- order


def test_every_order_is_that_of_the_rows(rows):
    everything = {row.id: row for row in rows.files.rows(range(1, 11))}
    keys = {
        "artist": lambda r: fold(r.artist) or None,
        "title": lambda r: fold(r.title) or None,
        "album": lambda r: fold(r.album) or None,
        "path": lambda r: (fold(str(r.path.parent)), fold(r.path.name)),
        "tag": lambda r: fold(", ".join(r.genres)) or None,
        "sure": lambda r: 1.0 if r.corrected else r.score or None,
        "length": lambda r: r.seconds,
        "year": lambda r: r.year or None,
    }
    for sort, key in keys.items():
        for descending in (False, True):
            got = [key(everything[i]) for i in rows.index.query("", sort, descending).tolist()]
            filled = [k for k in got if k is not None]
            assert filled == sorted(filled, reverse=descending), sort
            assert all(k is None for k in got[len(filled) :]), sort
    assert set(keys) | {"heard", "added", "state", "track"} == set(SORTS)


@pytest.mark.parametrize("group", GROUPS)
def test_groups_are_runs_that_hold_everything_once(rows, group):
    for sort in ("title", "sure"):
        ids = rows.index.query("", sort, group=group)
        groups = rows.index.groups(ids, group)
        assert [g.start for g in groups] == [0, *itertools.accumulate(g.count for g in groups)][:-1]
        assert sum(g.count for g in groups) == len(ids) == 10
        names = [g.name for g in groups]
        assert len(set(names)) == len(names)
        tally = rows.index.tally(group)
        assert {name: len(rows.index.members(group, name)) for name in tally} == tally
        if group != "heard":  # there a row counts for each of its genres
            assert {g.name: g.count for g in groups} == tally


def test_groups_by_name(rows):
    assert rows.index.tally("heard") == {"": 3, "jazz": 3, "blues": 1, "metal": 1, "pop": 1,
                                          "soul": 1, "funk": 1}  # fmt: skip
    assert rows.index.tally("disagreement", "artist:miles") == {"disagree": 1, "agree": 1}
    untagged = [4, 6, 7, 8]
    assert rows.index.tally("disagreement") == {"disagree": 3, "agree": 3, "": len(untagged)}
    assert rows.index.tally("answer")["sure"] == 5
    with pytest.raises(QueryError, match="no group"):
        rows.index.tally("colour")
    with pytest.raises(QueryError, match="no order"):
        rows.index.query("", "colour")


def test_the_next_doubtful_one_goes_round(rows):
    ids = rows.index.query("", "title")
    assert rows.index.next_unsure(ids) == 2
    assert rows.index.next_unsure(ids, after=2) == 2
    assert rows.index.next_unsure(rows.index.query("heard:jazz"), after=1) is None


# ---------------------------------------------------------------- packed texts


def test_folding():
    assert fold("ÀÉÎ Straße ﬁ") == "aei strasse fi"
    assert fold("a\nb") == "a b"


texts = st.lists(st.text(alphabet="abAB é音\n /", max_size=30), max_size=30)


@given(texts, st.text(alphabet="ab é音/", min_size=1, max_size=4), st.data())
@settings(max_examples=200, deadline=None)
def test_packed_texts_are_searched_like_plain_ones(raw, needle, data):
    plain = [fold(t) for t in raw]
    packed = Packed.of(plain)
    for _ in range(data.draw(st.integers(0, 4))):  # some are changed, some added
        row = data.draw(st.integers(0, len(plain)))
        text = data.draw(st.sampled_from([*plain, "", "ab", "zz"]))
        packed.set(row, text)
        plain[row : row + 1] = [text]
    n = len(plain)
    needle = fold(needle)
    assert packed.matching(needle, n).tolist() == [needle in t for t in plain]
    assert packed.matching(needle, n, exact=True).tolist() == [needle == t for t in plain]
    assert packed.beginning(needle, n).tolist() == [t.startswith(needle) for t in plain]
    assert packed.matching("", n, exact=True).tolist() == [t == "" for t in plain]
    assert packed.empty(n).tolist() == [not t for t in plain]
    place = {t: i for i, t in enumerate(sorted({t.encode() for t in plain}))}
    assert packed.ranks(n).tolist() == [place[t.encode()] for t in plain]
    packed.repack(n, np.arange(n) % 2 == 0)
    assert unpack(packed.buffer) == plain[::2]


@given(st.lists(st.sampled_from(["a" * 24, "a" * 24 + "b", "a" * 24 + "c", "a" * 30, "b", ""])))
@settings(max_examples=100, deadline=None)
def test_texts_that_begin_alike_are_told_apart(plain):
    place = {t: i for i, t in enumerate(sorted(set(plain)))}
    assert Packed.of(plain).ranks(len(plain)).tolist() == [place[t] for t in plain]


@given(st.lists(texts, max_size=4))
def test_parts_join_to_the_whole(parts):
    folded = [[fold(t) for t in part] for part in parts]
    whole = Packed.joined([pack(part) for part in folded])
    assert unpack(whole.buffer) == [t for part in folded for t in part]
    assert whole.n_packed == sum(len(part) for part in folded)


def test_codes():
    codes = Codes(["b", "a"])
    assert [codes.code(t) for t in ("a", "c", "A", "b")] == [1, 2, 3, 0]
    assert codes.ranks().tolist() == [1, 0, 2, 0]
    assert codes.matching("a").tolist() == [False, True, False, True]
    assert codes.matching("a", exact=True).tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    ("tag", "word", "same"),
    [
        ("Hip Hop", "Hip-hop", True),
        ("hiphop", "Hip-hop", True),
        ("Heavy Metal", "Metal", False),
        ("Bjórk", "bjork", True),
        ("!!!", "???", False),
    ],
)
def test_a_tag_says_a_genre_however_it_is_written(tag, word, same):
    assert tags_agree(["Live", tag], [word]) == same
