"""What was heard in a session: answers in arrays, stretches, and what is written of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genredesk.core.certainty import Strength
from genredesk.core.errors import GenreDeskError
from genredesk.core.scores import NOTHING_YET, Decision, Scores
from genredesk.inference import stretches as written
from genredesk.inference.heard import AnswerLog
from genredesk.inference.stretches import Heard, Merger, Stretch

LABELS = ("jazz", "rock\tand roll")


def window(start: float, p: float, state: Strength = Strength.SURE) -> Scores:
    row = np.array([p, 1 - p], np.float32) * (state is not Strength.SILENCE)
    return Scores(start, start + 3, state, LABELS, row, -20.0)


def decision(state: Strength, p: float, *, labels=LABELS, second: str | None = None) -> Decision:
    row = np.array([p, 1 - p], np.float32)
    label = None if state is Strength.SILENCE else labels[int(np.argmax(row))]
    return Decision(state, label, p, labels, row, second=second)


def test_answers_become_stretches_and_holes_stay_holes():
    log = AnswerLog()
    for second in range(10):
        log.add(window(second, 0.9), decision(Strength.SURE, 0.75), at=second + 3)
    log.add(window(10, 0.5), NOTHING_YET, at=13)  # a decision not made is no answer
    for second in range(100, 104):  # ninety seconds without sound
        pair = decision(Strength.BETWEEN, 0.5, second=LABELS[1])
        log.add(window(second - 90, 0.2), pair, at=second + 3)
    log.add(window(14, 0, Strength.SILENCE), decision(Strength.SILENCE, 0), at=107)
    found = log.stretches
    assert [(s.start, s.end, s.word) for s in found] == [
        (0, 12, "Jazz"),
        (100, 105, "Between jazz and rock\tand roll"),
        (105, 107, "Silence"),
    ]
    assert [round(s.score, 2) for s in found] == [0.75, 0.5, 0.0]
    assert found[1].shares == log.answer_at(101.5).shares == (0.5, 0.5)
    assert log.answer_at(50) is None
    assert log.answer_at(101.5).named == LABELS
    assert len(log) == 15
    raw = log.windows(99, 102.6)
    assert [(s.start, s.state, s.top[0]) for s in raw] == [
        (100, Strength.SURE, LABELS[1]),
        (101, Strength.SURE, LABELS[1]),
    ]


def test_another_models_genres_stand_beside_the_first():
    log = AnswerLog()
    log.extend([window(0, 0.9)])
    other = Scores(
        3.0, 6.0, Strength.SURE, ("polka", "jazz"), np.array([0.7, 0.3], np.float32), -9.0
    )
    log.extend([other])
    assert log.labels == (*LABELS, "polka")
    assert [s.word for s in log.stretches] == ["Jazz", "Polka"]
    np.testing.assert_allclose(log.windows()[1].probabilities, [0.3, 0, 0.7], atol=1e-3)


def test_a_day_of_answers_is_small():
    log = AnswerLog()
    one, said = window(0, 0.9), decision(Strength.SURE, 0.9)
    for i in range(8 * 3600 * 2 // 10):
        log.add(one, said, at=3 + 0.5 * i)
    assert 10 * log.nbytes < 8e6
    assert len(log.stretches) == 1


def test_a_change_of_the_border_never_turns_a_stretch_round():
    merger = Merger()
    merger.add(0.0, 3.0, Strength.SURE, ("a",), (1.0,))
    merger.add(0.5, 0.9, Strength.OPEN, (), ())  # a rest shorter than a window
    merger.add(0.5, 3.5, Strength.SURE, ("a",), (1.0,))
    assert all(s.end >= s.start for s in merger.stretches)
    starts = [s.start for s in merger.stretches]
    assert starts == sorted(starts)


HEARD = Heard(
    "Ωsong.mp3",
    [
        Stretch(0.0, 12.25, Strength.SURE, ("jazz",), (0.82,)),
        Stretch(12.25, 20.0, Strength.BETWEEN, ("jazz", "rock\nroll"), (0.3, 0.4)),
        Stretch(20.0, 21.5, Strength.SILENCE, ()),
    ],
    Path("/music/Ωsong.mp3"),
)


def test_what_is_written_to_the_letter():
    assert written.stretches_csv(HEARD) == (
        "start,end,strength,genres,score,scores\n"
        "0.000,12.250,sure,jazz,0.8200,0.8200\n"
        '12.250,20.000,between,"jazz/rock\nroll",0.4000,0.3000/0.4000\n'
        "20.000,21.500,silence,,0.0000,\n"
    )
    assert written.stretches_labels(HEARD) == (
        "0.000000\t12.250000\tJazz\n"
        "12.250000\t20.000000\tBetween jazz and rock roll\n"
        "20.000000\t21.500000\tSilence\n"
    )
    assert written.stretches_m3u(HEARD) == (
        "#EXTM3U\n"
        "#EXTINF:12,Jazz\n"
        "#EXTVLCOPT:start-time=0.000\n"
        "#EXTVLCOPT:stop-time=12.250\n"
        "/music/Ωsong.mp3\n"
        "#EXTINF:8,Between jazz and rock roll\n"
        "#EXTVLCOPT:start-time=12.250\n"
        "#EXTVLCOPT:stop-time=20.000\n"
        "/music/Ωsong.mp3\n"
        "#EXTINF:2,Silence\n"
        "#EXTVLCOPT:start-time=20.000\n"
        "#EXTVLCOPT:stop-time=21.500\n"
        "/music/Ωsong.mp3\n"
    )
    live = Heard("Built-in microphone", HEARD.stretches[:1], began=1_000_000_000.0)
    assert written.stretches_json(live) == (
        "{\n"
        '  "source": "Built-in microphone",\n'
        '  "began": "2001-09-09T01:46:40+00:00",\n'
        '  "stretches": [\n'
        "    {\n"
        '      "start": 0.0,\n'
        '      "end": 12.25,\n'
        '      "strength": "sure",\n'
        '      "genres": [\n'
        '        "jazz"\n'
        "      ],\n"
        '      "score": 0.82,\n'
        '      "scores": [\n'
        "        0.82\n"
        "      ],\n"
        '      "word": "Jazz"\n'
        "    }\n"
        "  ]\n"
        "}\n"
    )
    with pytest.raises(GenreDeskError, match=r"Built-in microphone is no file.*Save the stretch"):
        written.stretches_m3u(live)


def test_a_part_of_the_stretches():
    found = written.clipped(HEARD.stretches, 10.0, 20.0)
    assert [(s.start, s.end) for s in found] == [(10.0, 12.25), (12.25, 20.0)]
