"""Templates and names: what every system takes, and nothing a file could smuggle in."""

from __future__ import annotations

import unicodedata
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genredesk.library.organize import template
from genredesk.library.organize.plan import Fingerprint, Item, PlanError


def item(**facts) -> Item:
    return Item(1, facts.pop("path", "/m/track.FLAC"), Fingerprint(1, 1), **facts)


def shown(text: str, **facts) -> str:
    return "/".join(template.render(template.parse(text), item(**facts)))


def test_the_usual_template() -> None:
    facts = {"genres": ("Jazz", "Bop"), "artist": "Miles", "album": "Blue", "title": "So"}
    assert shown(template.DEFAULT, **facts, track_no=3) == "Jazz/Miles/Blue/03 So.FLAC"
    assert shown(template.DEFAULT, **facts) == "Jazz/Miles/Blue/So.FLAC"
    assert shown("{genres}/{disc}-{track:03} - {title}", **facts, disc_no=2, track_no=7) == (
        "Jazz, Bop/2-007 - So.FLAC"
    )
    assert shown("{disc}-{track:02} {title} ({year})", **facts, year=1959) == "So (1959).FLAC"


def test_what_is_missing_has_a_name() -> None:
    assert shown(template.DEFAULT) == "Unknown Genre/Unknown Artist/Unknown Album/track.FLAC"
    assert shown("{album_artist}/{title}", artist="A") == "A/track.FLAC"
    assert shown("{artist}/{tag}", album_artist="AA", tag_genres=("T",)) == "AA/T.FLAC"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("AC/DC", "AC_DC"), ("What?", "What_"), ("a<b>:c|d\"e*", "a_b__c_d_e_"), ("..", "_"),
        (".hidden", "_hidden"), ("trailing. . ", "trailing"), ("con", "_con"), ("Aux.x", "_Aux.x"),
        ("COM¹", "_COM¹"), ("nul ", "_nul"), ("", "_"), ("tab\tnew\nline", "tabnewline"),
        ("e\u0301", "é"), ("a\u202eb", "ab"), ("\udcff", "_"), ("a  b", "a b"),
    ],
)  # fmt: skip
def test_names_for_every_system(name: str, safe: str) -> None:
    assert template.clean(name) == safe


@given(name=st.text(max_size=400), ending=st.sampled_from(["", ".mp3", ".flac"]))
def test_any_name_becomes_one_that_every_system_takes(name: str, ending: str) -> None:
    safe = template.clean(name, ending)
    assert safe.endswith(ending)
    assert 0 < len(safe.encode()) <= 255
    assert len(safe.encode("utf-16-le")) // 2 <= 255
    assert safe[-1] not in ". "
    assert safe[0] not in ". "
    assert not set(safe) & set('<>:"/\\|?*\0\n')
    assert safe == unicodedata.normalize("NFC", safe)
    assert PurePath(safe).stem.casefold() not in {"con", "nul", "aux", "prn", "com1", "lpt9"}
    assert template.clean(safe[: len(safe) - len(ending)] if ending else safe, ending) == safe
    again = template.numbered(safe, 12)
    assert again.endswith(ending)
    assert " (12)" in again
    assert len(again.encode()) <= 255


@pytest.mark.parametrize(
    "text", ["", "/", "/{title}", "../{title}", "{genre}/../{title}", "{genre}/", "a//b", "{",
             "title}", "{nobody}", "{title:02}", "./x", "{genre}\\..\\{title}"],
)  # fmt: skip
def test_templates_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(PlanError):
        template.parse(text)


def test_a_tag_cannot_leave_its_folder() -> None:
    parts = template.render(
        template.parse("{artist}/{album}/{title}"),
        item(artist="..", album="../..", title="../../etc/passwd"),
    )
    assert not {".", ".."} & set(parts)
    assert not any("/" in part for part in parts)
