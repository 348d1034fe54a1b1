"""Names that come composed or taken apart (NFC, NFD) are one name in the library."""

from __future__ import annotations

import json
import unicodedata

import numpy as np
import pytest

from genredesk.core.certainty import Bounds
from genredesk.library.catalogue.mapping import Words, WordsError
from genredesk.library.index.saved_filters import SavedFilter
from genredesk.library.row_state import ANSWERS, Answer, AnswerRule
from genredesk.library.scanning import metadata

COMPOSED, APART = "caf\u00e9", "cafe\u0301"


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def judged(words: Words, heard: str) -> Answer:
    rule = AnswerRule(Bounds.of(0.5, 4), words.thresholds)
    (code,) = rule.codes(np.array([rule.sure_from(heard)]), np.array([0.6]), np.array([0.1]))
    return ANSWERS[code]


def test_a_persons_words_whatever_form_they_were_typed_in(catalogue):
    words = Words({APART: (nfd("Kaffeehäuser"),)}, {nfd("Kaffeehäuser"): (APART,)}, {APART: 0.7})
    catalogue.words.keep(words)
    for kept in (catalogue.words.current, Words.load(catalogue.db)):
        for heard in (COMPOSED, APART):
            assert kept.of(heard) == ("Kaffeehäuser",)
            assert judged(kept, heard) is Answer.OPEN
        assert kept.above(nfd("Kaffeehäuser")) == (COMPOSED,)
    assert Words().of(APART) == ("Caf\u00e9",)


def test_two_spellings_do_not_make_a_circle_pass(catalogue):
    with pytest.raises(WordsError, match="above itself"):
        Words({}, {COMPOSED: ("a",), "a": (APART,)}).checked()


def test_filters_find_both_forms(catalogue, add_rows):
    rows = [
        {"path": f"/music/{COMPOSED}/1.mp3", "artist": COMPOSED, "heard": COMPOSED},
        {"path": f"/music/{APART}/2.mp3", "artist": APART, "heard": COMPOSED},
        {"path": "/music/other.mp3", "artist": "nobody", "heard": "jazz"},
    ]
    add_rows(catalogue, rows, [COMPOSED, "jazz"])
    catalogue.corrections.set([1], [APART])
    catalogue.corrections.set([2], [COMPOSED])
    for form in (COMPOSED, APART):
        for text in (form, f"artist:{form}", f"path:{form}", f"heard:{form}", f"heard:={form}"):
            assert catalogue.index.query(text).tolist() == [1, 2], text
    assert {row.corrected for row in catalogue.files.rows([1, 2])} == {(COMPOSED,)}
    assert [str(row.path) for row in catalogue.files.rows([2])] == [f"/music/{APART}/2.mp3"]


def test_a_filter_kept_under_one_form_is_found_under_the_other(catalogue):
    catalogue.filters.save(SavedFilter(COMPOSED, "a"))
    catalogue.filters.save(SavedFilter(APART, "b"))
    assert [(s.name, s.text) for s in catalogue.filters.all()] == [(COMPOSED, "b")]
    catalogue.filters.delete(APART)
    assert catalogue.filters.all() == []


def test_tags_are_read_in_one_form_and_steer_nothing(tone, tmp_path):
    import mutagen

    path = tone(tmp_path / "x.flac")
    tags = mutagen.File(path)
    tags["artist"], tags["genre"] = [APART], [APART, COMPOSED]
    tags["title"] = ["a\x1b[2J\u202eb\nc" + "x" * 100_000]
    tags.save()
    found, _ = metadata.read(path)
    assert (found.artist, found.genres) == (COMPOSED, (COMPOSED,))
    assert found.title.startswith("a[2Jb cxxx")
    assert len(found.title) == 1000


def test_one_playlist_for_both_forms(catalogue, add_rows, tmp_path):
    from genredesk.core.job import JobContext
    from genredesk.library.organize import items
    from genredesk.library.organize.actions import playlists
    from genredesk.library.organize.plan import ActionOptions

    rows = [{"path": f"/music/{i}.mp3", "heard": "jazz"} for i in (1, 2)]
    add_rows(catalogue, rows, ["jazz"])
    catalogue.corrections.set([1], [APART])
    catalogue.corrections.set([2], [COMPOSED])
    plan = playlists.plan(items.load(catalogue, [1, 2]), ActionOptions(to=tmp_path), JobContext())
    assert [json.dumps(step.target.rpartition("/")[2]) for step in plan.steps] == [
        json.dumps(f"{COMPOSED}.m3u8")
    ]
