"""The rule of certainty is in one place: changed there, everything in the window changes."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import numpy as np
import pytest

from genredesk.cli import _rows, _screen
from genredesk.core import certainty
from genredesk.core.certainty import Bounds, Strength
from genredesk.core.scores import Scores
from genredesk.inference import timeline
from genredesk.inference.aggregate import decided
from genredesk.inference.heard import AnswerLog, HeardPart
from genredesk.library.catalogue.mapping import Words
from genredesk.library.library import Library
from genredesk.library.organize import items
from genredesk.library.organize.actions._common import genre_doubt
from genredesk.ui.library.tracks.columns import heard_words
from genredesk.ui.listen.heard.log_table import SCORE, LogModel
from genredesk.ui.listen.playlist import answer_of
from genredesk.ui.listen.steady import steady
from genredesk.ui.look import strengths
from genredesk.ui.widgets.big_label import BigLabel
from genredesk.ui.widgets.charts.answer_label import AnswerLabel
from genredesk.ui.widgets.charts.last_minute import LastMinute
from genredesk.ui.widgets.charts.ribbon import GenreRibbon
from genredesk.ui.widgets.charts.top_five import TopFive

LABELS = ("country", "jazz", "reggae")
ROW = np.array([0.1, 0.6, 0.3], np.float32)
BOUNDS = Bounds.of(0.9, len(LABELS))


@pytest.fixture
def said(qtbot):
    """Return what each part of the Listen page says of one and the same probabilities."""
    big, minute, top, ribbon = BigLabel(), LastMinute(), TopFive(), GenreRibbon()
    for widget in (big, minute, top, ribbon):
        qtbot.addWidget(widget)
    ribbon.set_duration(30)

    def all_of_them() -> set[str]:
        decision = decided(ROW, LABELS, BOUNDS, 30.0)
        raw = [Scores(float(i), i + 3.0, Strength.OPEN, LABELS, ROW, -20.0) for i in range(28)]
        big.set_decision(decision)
        minute.clear()
        minute.add_decision(decision)
        top.set_decision(decision)
        ribbon.set_scores(steady(raw, 4.0, BOUNDS))
        first = len(decision.named)
        assert {label for label, _ in top.rows()[:first]} == set(decision.named)
        number = ribbon.text_at(15).removeprefix("0:15 ")
        return {
            big.word(),
            minute.accessibleDescription(),
            *(text.split(" 6")[0].split(" 9")[0] for text in (number, answer_of(decision)[0])),
        }

    return all_of_them


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (certainty.SURE, "Jazz"), (certainty.PROBABLE, "Probably jazz"),
        (certainty.BETWEEN, "Between jazz and reggae"), (certainty.OPEN, "Can't tell"),
    ],
)  # fmt: skip
def test_another_rule_changes_every_part(said, monkeypatch, code, word):
    monkeypatch.setattr(
        certainty, "codes", lambda first, _second, _bounds: np.full(np.shape(first), code, np.int8)
    )
    assert said() == {word}


@contextlib.contextmanager
def one_song(folder: Path, bounds: Bounds, heard: str):
    """Give a library with one track that was heard as ``heard``: two genres and their scores."""
    path = folder / "song.mp3"
    path.write_bytes(b"a song")
    with Library.open(folder / "library.db") as library:
        root = library.roots.add(folder).id
        bundle = library.networks.use("made-up", "Made-up", LABELS, bounds)
        raw = os.fsencode(path)
        with library.db.write() as connection:
            connection.execute("INSERT INTO track VALUES (1, x'01', 100)")
            connection.execute(
                "INSERT INTO file (id, root_id, path, path_text, size, mtime_ns, dev, inode,"
                " track_id, state, added_at) VALUES (1, ?, ?, ?, 6, 1, 1, 1, 1, 'analysed', 1)",
                (root, raw, str(path)),
            )
            connection.execute(
                f"INSERT INTO result VALUES (1, ?, {heard}, 'jazz', 1, 1)",  # noqa: S608
                (bundle,),
            )
        yield library


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (certainty.SURE, "sure"), (certainty.PROBABLE, "probable"),
        (certainty.BETWEEN, "between"), (certainty.OPEN, "open"),
    ],
)  # fmt: skip
def test_another_rule_changes_the_library(tmp_path, monkeypatch, code, answer):
    """Its rows, filter, tallies and plans, by the person's threshold, too."""
    monkeypatch.setattr(
        certainty, "codes", lambda first, _second, _bounds: np.full(np.shape(first), code, np.int8)
    )
    with one_song(tmp_path, BOUNDS, "'jazz', 0.6, 'reggae', 0.3") as library:
        for words in (Words(), Words(thresholds={"jazz": 0.4})):
            library.words.keep(words)
            (row,) = library.files.rows([1])
            assert row.answer == answer
            assert library.index.query(f"state:{answer}").tolist() == [1]
            assert library.index.tally("answer") == {answer: 1}
            (item,) = items.load(library, [1])
            assert (item.state, bool(genre_doubt(item))) == (answer, answer != "sure")
            assert heard_words(row).startswith(strengths.word(Strength(answer), row.named))


def test_of_two_that_lead_together_every_part_tells_the_same_shares(qtbot, tmp_path, capsys):
    """Each its own in the order of the word: in the library, plans and the terminal, too."""
    row = np.array([0.05, 0.41, 0.54], np.float32)
    bounds = Bounds(0.9, 0.8, 0.7)
    decision = decided(row, LABELS, bounds, 30.0)
    window = Scores(0.0, 30.0, Strength.BETWEEN, LABELS, row, -20.0)
    big, beside, ribbon = BigLabel(), AnswerLabel(), GenreRibbon()
    for widget in (big, beside, ribbon):
        qtbot.addWidget(widget)
    big.set_decision(decision, 0.0)
    beside.set_decision(decision)
    ribbon.set_duration(30)
    ribbon.set_scores([window])
    log = AnswerLog()
    log.add(window, decision, at=30.0)
    part = HeardPart("mic", "A microphone", began=0.0, answers=log)
    table = LogModel()
    table.set_parts([part])
    with one_song(tmp_path, bounds, "'reggae', 0.54, 'jazz', 0.41") as library:
        (track,), (item,) = library.files.rows([1]), items.load(library, [1])
    said = "Between jazz and reggae"
    both = "41 + 54\u202f%"
    assert ribbon.text_at(15) == f"0:15 {said} {both}"
    assert answer_of(decision)[0] == heard_words(track) == f"{said} {both}"
    assert beside.words() == f"{said}, {both}"
    assert genre_doubt(item) == f"{said}, {both}."
    assert table.index(0, SCORE).data() == both
    assert big.sub_line() == "Jazz 41\u202f% or reggae 54\u202f%"
    assert _screen.sentence(decision) == "Jazz 41% or reggae 54% · steady for 30 s"
    _rows.tell(track)
    assert capsys.readouterr().out.startswith(f"{said:<28} 41 + 54%  ")
    (stretch,) = timeline.stretches([window])
    assert (stretch.named, stretch.score) == (("jazz", "reggae"), pytest.approx(0.54))
    assert stretch.shares == decision.shares == window.shares


def test_by_its_own_rule_all_parts_agree(said):
    assert len(said()) == 1
