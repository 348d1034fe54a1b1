"""The widgets that show what was decided: the word, the bars, the last minute."""

from __future__ import annotations

import dataclasses
import math

import pytest
from PySide6.QtCore import QAbstractAnimation, QVariantAnimation
from PySide6.QtGui import QAccessible

from genredesk.core.certainty import Strength
from genredesk.ui.look import strengths, theme
from genredesk.ui.widgets.big_label import BigLabel
from genredesk.ui.widgets.charts.last_minute import BARS, LastMinute
from genredesk.ui.widgets.charts.level_meter import SEGMENTS, LevelMeter, segment_of
from genredesk.ui.widgets.charts.top_five import TopFive

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def colours(widget) -> set[str]:
    image = widget.grab().toImage()
    return {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
    }


# ---------------------------------------------------------------- the word


@pytest.fixture
def big(qtbot) -> BigLabel:
    made = BigLabel()
    qtbot.addWidget(made)
    made.resize(420, 180)
    return made


def test_the_word_is_the_genre_with_how_sure_and_how_long(big, decide):
    big.set_decision(decide("jazz", 0.82, time=114, since=100))
    assert big.word() == "Jazz"
    assert big.sub_line() == "82\u202f% sure · steady for 14 s"
    assert big.accessibleName() == "Genre heard now: Jazz"
    assert big.accessibleDescription() == big.sub_line()
    assert theme.genre_colour("jazz").name() in colours(big)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (Strength.SILENCE, "Silence"), (Strength.OPEN, "Can't tell"), (None, "Listening …"),
    ],
)  # fmt: skip
def test_states_without_a_genre_are_said_in_plain_words(big, decide, state, word):
    big.set_decision(decide(None, 0.0, state=state))
    assert big.word() == word
    assert theme.current().text.lower() not in colours(big), "quiet states are quiet"


def test_a_probable_genre_is_said_in_its_muted_color(big, decide):
    big.set_decision(decide("classical", 0.62, Strength.PROBABLE, time=9, since=4))
    assert big.word() == "Probably classical"
    assert big.sub_line() == "62\u202f% likely · steady for 5 s"
    tone = strengths.ink(Strength.PROBABLE, "classical").name()
    assert tone in colours(big)
    assert theme.current().text.lower() not in colours(big)


def test_between_two_shows_both_with_their_scores(big, decide):
    decision = dataclasses.replace(decide("rock", 0.4, Strength.BETWEEN), second="blues")
    big.set_decision(decision)
    assert big.word() == "Between blues and rock"
    assert big.sub_line() == "Blues 20\u202f% or rock 40\u202f%"
    seen = colours(big)
    for label in ("blues", "rock"):
        assert strengths.ink(Strength.BETWEEN, label).name() in seen


def test_nothing_is_ever_certain(big, decide):
    big.set_decision(decide("jazz", 0.9996))
    assert big.sub_line().startswith("99\u202f% sure")


def test_a_score_that_only_ranks_is_not_said_to_be_sure(big, decide):
    big.only_ranks = True
    big.set_decision(decide("jazz", 0.24, time=9))
    assert big.sub_line() == "score 24\u202f% · steady for 9 s"
    big.set_decision(decide("rock", 0.15, state=Strength.PROBABLE))
    assert big.sub_line() == "score 15\u202f%"


def test_an_open_guess_is_only_a_guess(big, decide):
    big.set_decision(decide("rock", 0.31, state=Strength.OPEN))
    assert big.word() == "Can't tell"
    assert big.sub_line() == "perhaps rock, 31\u202f%"


def test_steadiness_can_be_given_and_is_never_negative(big, decide):
    big.set_decision(decide("jazz", 0.5, time=3, since=10))
    assert big.sub_line() == "50\u202f% sure"
    big.set_decision(decide("jazz", 0.5), steady_s=7.9)
    assert big.sub_line() == "50\u202f% sure · steady for 7 s"


def test_the_word_grows_with_the_window(big, decide):
    def ink(width, height):
        big.resize(width, height)
        image = big.grab().toImage()
        text = theme.current().text.lower()
        rows = [
            y for y in range(image.height())
            if any(image.pixelColor(x, y).name() == text for x in range(0, image.width(), 2))
        ]  # fmt: skip
        return max(rows) - min(rows)

    big.set_decision(decide("jazz", 0.82))
    assert ink(260, 100) < ink(520, 200) < ink(1400, 500)


def test_a_long_name_in_a_small_window_stays_inside(big, decide):
    big.set_decision(decide("melodic progressive metalcore", 0.9))
    big.resize(big.minimumSizeHint())
    assert big.grab().toImage().width() == big.minimumSizeHint().width()


def test_a_change_is_announced_once_and_politely(big, decide, monkeypatch):
    said = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", said.append)
    big.set_decision(decide("jazz", 0.82, time=1))
    big.set_decision(decide("jazz", 0.85, time=2))
    big.set_decision(decide("rock", 0.6, time=3))
    assert [e.message() for e in said] == ["Jazz, 82\u202f% sure · steady for 1 s", "Rock, 60\u202f% sure · steady for 3 s"]  # fmt: skip # noqa: E501
    assert all(e.politeness() == QAccessible.AnnouncementPoliteness.Polite for e in said)


def test_the_word_fades_only_where_motion_is_welcome(big, decide, qtbot):
    with qtbot.waitExposed(big):
        big.show()
    fade = big.findChild(QVariantAnimation)
    big.set_decision(decide("jazz", 0.8))
    assert fade.state() == QAbstractAnimation.State.Stopped
    theme.set_reduce_motion(False)
    big.set_decision(decide("rock", 0.8))
    assert fade.state() == QAbstractAnimation.State.Running
    big.grab()
    qtbot.waitUntil(lambda: fade.state() == QAbstractAnimation.State.Stopped)
    big.set_decision(decide("rock", 0.9))
    assert fade.state() == QAbstractAnimation.State.Stopped, "the same word does not flicker"
    assert fade.duration() <= 250


def test_the_dot_takes_the_colour_of_the_new_theme(big, decide, qapp):
    big.set_decision(decide("classical", 0.8))
    dark = theme.genre_colour("classical").name()
    theme.apply(qapp, "light")
    light = theme.genre_colour("classical").name()
    assert light != dark
    assert light in colours(big)


# ---------------------------------------------------------------- the five


@pytest.fixture
def top(qtbot) -> TopFive:
    made = TopFive()
    qtbot.addWidget(made)
    made.resize(400, 160)
    return made


def test_bars_are_as_long_as_scores(top, decide):
    top.set_decision(decide("jazz", 0.7))
    assert top.rows()[0] == ("jazz", pytest.approx(0.7))
    assert "Jazz 70\u202f%" in top.accessibleDescription()
    image = top.grab().toImage()
    tone = theme.genre_colour("jazz").name()
    y = round(top.height() / 10)
    lengths = sum(image.pixelColor(x, y).name() == tone for x in range(image.width()))
    track = sum(
        image.pixelColor(x, y).name() in (tone, theme.current().control.lower())
        for x in range(image.width())
    )
    assert lengths / track == pytest.approx(0.7, abs=0.03)


@pytest.mark.parametrize("state", [Strength.SILENCE, None])
def test_silence_empties_the_bars(top, decide, state):
    top.set_decision(decide("jazz", 0.7))
    top.set_decision(decide(None, 0.0, state=state))
    assert top.rows() == []
    assert top.accessibleDescription() == "nothing heard"
    assert theme.genre_colour("jazz").name() not in colours(top)


def test_the_same_scores_are_not_painted_again(top, decide, monkeypatch):
    top.set_decision(decide("jazz", 0.7))
    painted = []
    monkeypatch.setattr(top, "update", lambda: painted.append(1))
    top.set_decision(decide("jazz", 0.7, time=1))
    assert painted == []


# ---------------------------------------------------------------- the minute


@pytest.fixture
def minute(qtbot) -> LastMinute:
    made = LastMinute()
    qtbot.addWidget(made)
    made.resize(220, 120)
    return made


def feed(minute, decide, label, span, *, score=0.8, state=Strength.SURE):
    for i in range(2 * span[0], 2 * span[1]):
        minute.add_decision(decide(label, score, state=state, time=i / 2))


def test_a_bar_stands_for_three_seconds(minute, decide):
    feed(minute, decide, "jazz", (0, 9))
    bars = minute.slots_shown()
    assert len(bars) == BARS
    assert [b is not None for b in bars].count(True) == 3
    assert bars[-1] == (Strength.SURE, ("jazz",), pytest.approx(0.8))


def test_after_a_minute_the_oldest_go(minute, decide):
    feed(minute, decide, "rock", (0, 30))
    feed(minute, decide, "jazz", (30, 200))
    assert {b[1] for b in minute.slots_shown()} == {("jazz",)}


def test_silence_and_doubt_are_grey_and_told_apart_by_height(minute, decide):
    feed(minute, decide, None, (0, 6), score=0.0, state=Strength.SILENCE)
    feed(minute, decide, "rock", (6, 12), score=0.4, state=Strength.OPEN)
    bars = [b for b in minute.slots_shown() if b]
    assert {(b[0], b[1]) for b in bars} == {(Strength.SILENCE, ()), (Strength.OPEN, ())}
    assert theme.genre_colour(None).name() in colours(minute)
    assert minute.accessibleDescription() == "Silence, Can't tell"


def test_a_seek_does_not_tear_the_minute(minute, decide):
    feed(minute, decide, "jazz", (0, 6))
    filled = sum(b is not None for b in minute.slots_shown())
    minute.add_decision(decide("jazz", 0.8, time=3000))
    minute.add_decision(decide("jazz", 0.8, time=2))
    assert sum(b is not None for b in minute.slots_shown()) <= filled + 1
    minute.add_decision(decide(None, state=None, time=2))
    minute.clear()
    assert minute.slots_shown() == [None] * BARS


def test_a_slow_hop_fills_every_bar_it_spans(minute, decide):
    for i in range(5):
        minute.add_decision(decide("jazz", 0.8, time=i * 4.5))
    shown = minute.slots_shown()
    assert sum(b is not None for b in shown) == 7  # 18 s, and the bar that has begun


def test_pointing_at_a_bar_finds_it(minute):
    assert minute.bar_at(0) == 0
    assert minute.bar_at(219) == BARS - 1
    assert minute.bar_at(110) == BARS // 2
    assert minute.bar_at(9999) == BARS - 1


# ---------------------------------------------------------------- the level


@pytest.mark.parametrize(
    ("dbfs", "lit"),
    [
        (-math.inf, 0), (math.nan, 0), (-54.0, 0), (-53.9, 1), (-51.0, 1), (-27.0, 9),
        (-0.1, SEGMENTS), (0.0, SEGMENTS), (6.0, SEGMENTS),
    ],
)  # fmt: skip
def test_a_segment_is_three_decibels(dbfs, lit):
    assert segment_of(dbfs) == lit


def test_the_peak_holds_and_falls(qtbot):
    meter = LevelMeter()
    qtbot.addWidget(meter)
    meter.set_level(-20, -1, now=0.0)
    assert meter.segments() == (segment_of(-20), SEGMENTS - 1)
    meter.set_level(-40, -38, now=0.5)
    assert meter.segments() == (segment_of(-40), SEGMENTS - 1)
    meter.set_level(-40, -38, now=1.3)
    assert meter.segments() == (segment_of(-40), segment_of(-38) - 1)
    meter.set_level(-math.inf, -math.inf, now=9)
    assert meter.segments() == (0, -1)


def test_loud_is_not_the_colour_of_quiet(qtbot):
    meter = LevelMeter()
    qtbot.addWidget(meter)
    meter.resize(meter.sizeHint())
    tokens = theme.current()
    meter.set_level(-30, -30, now=0)
    seen = colours(meter)
    assert tokens.good.lower() in seen
    assert tokens.error.lower() not in seen
    meter.set_level(0, 0, now=0)
    assert {tokens.good.lower(), tokens.warning.lower(), tokens.error.lower()} <= colours(meter)


def test_a_steady_level_repaints_nothing(qtbot, monkeypatch):
    meter = LevelMeter()
    qtbot.addWidget(meter)
    meter.set_level(-20, -10, now=0)
    painted = []
    monkeypatch.setattr(meter, "update", lambda: painted.append(1))
    meter.set_level(-20.4, -10.3, now=0.1)
    assert painted == []
    assert meter.accessibleDescription() == "about −18 dBFS"


def test_a_long_answer_is_cut_with_a_sign_never_within_a_letter(big, decide):
    decision = decide("classical", 0.62, Strength.PROBABLE)
    big.set_decision(decision)
    big.resize(big.minimumSizeHint())
    right = big.grab().toImage().copy(big.width() - 2, 0, 2, big.height())
    tones = {right.pixelColor(x, y).name() for x in range(2) for y in range(right.height())}
    assert len(tones) == 1
