"""The rules that turn logits into one decision."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from genredesk.core import levels
from genredesk.core.certainty import Bounds, Strength
from genredesk.core.scores import Scores
from genredesk.inference import aggregate
from genredesk.inference.aggregate import PLAIN, Pool, SilenceGate, Smoother

LABELS = ("a", "b", "c")


def scores(p: list[float], end: float, state: Strength = Strength.SURE) -> Scores:
    return Scores(end - 3, end, state, LABELS, np.array(p, np.float32), -20.0)


SILENT = [0.0, 0.0, 0.0]


# ------------------------------------------------------------ pure rules


@given(
    arrays(np.float32, (4, 7), elements=st.floats(-1e4, 1e4, width=32)),
    st.floats(0.05, 20),
)
def test_softmax_is_a_distribution_in_the_order_of_the_logits(logits, temperature):
    p = aggregate.softmax(logits, temperature)
    assert p.shape == logits.shape
    assert np.isfinite(p).all()
    np.testing.assert_allclose(p.sum(axis=-1), 1, atol=1e-5)
    order = np.argsort(logits, axis=-1, kind="stable")
    assert (np.diff(np.take_along_axis(p, order, -1), axis=-1) >= -1e-6).all()


def test_softmax_by_hand_and_temperature():
    p = aggregate.softmax(np.array([0.0, math.log(3)], np.float32))
    np.testing.assert_allclose(p, [0.25, 0.75], atol=1e-6)
    warm = aggregate.softmax(np.array([0.0, 2 * math.log(3)], np.float32), temperature=2.0)
    np.testing.assert_allclose(warm, [0.25, 0.75], atol=1e-6)
    with pytest.raises(ValueError, match="positive"):
        aggregate.softmax(p, 0.0)


def test_the_three_rules_may_differ():
    p = np.array([[0.4, 0.6, 0], [0.4, 0.6, 0], [1, 0, 0]], np.float32)
    assert aggregate.raw(p).tolist() == [1, 1, 0]
    np.testing.assert_allclose(aggregate.summed_probability(p), [0.6, 0.4, 0], atol=1e-6)
    assert aggregate.majority_vote(p) == (1, pytest.approx(2 / 3))


def test_a_tied_vote_goes_to_the_lowest_index():
    p = np.eye(3, dtype=np.float32)[[2, 1, 2, 1]]
    assert aggregate.majority_vote(p) == (1, 0.5)


@pytest.mark.parametrize("rule", [aggregate.summed_probability, aggregate.majority_vote])
def test_no_window_is_refused(rule):
    with pytest.raises(ValueError, match="no window"):
        rule(np.empty((0, 3), np.float32))


def test_level_of_a_full_scale_sine_and_of_nothing():
    t = np.arange(22050) / 22050
    sine = np.sin(2 * np.pi * 441 * t).astype(np.float32)
    assert levels.level_dbfs(sine) == pytest.approx(-3.01, abs=0.01)
    assert levels.level_dbfs(sine * np.float32(0.01)) == pytest.approx(-43.01, abs=0.01)
    assert levels.level_dbfs(np.zeros(100, np.float32)) == levels.FLOOR_DBFS
    assert levels.level_dbfs(np.empty(0, np.float32)) == levels.FLOOR_DBFS


def test_a_constant_offset_is_not_sound():
    assert levels.level_dbfs(np.full(22050, 0.3, np.float32)) < -100


def test_the_gate_does_not_chatter_between_its_edges():
    gate = SilenceGate(-60, 3)
    levels = [-20, -59, -61, -59, -58, -56, -59, -59, -61]
    assert [gate.update(x) for x in levels] == [
        False, False, True, True, True, False, False, False, True,
    ]  # fmt: skip


def test_a_longer_excerpt_makes_the_mean_surer_and_keeps_its_order():
    pool = Pool(window_s=3.0, sharpening=0.5)
    mean = np.array([0.5, 0.3, 0.2], np.float32)
    np.testing.assert_allclose(pool(mean, 3.0), mean, atol=1e-6)
    np.testing.assert_allclose(pool(mean, 1.0), mean, atol=1e-6)
    np.testing.assert_allclose(pool(mean, 6.0), mean**1.25 / (mean**1.25).sum(), atol=1e-6)
    two = pool(np.stack([mean, mean]), np.array([6.0, 1e9], np.float32))
    np.testing.assert_allclose(two[0], pool(mean, 6.0), atol=1e-6)
    np.testing.assert_allclose(two[1], mean**1.5 / (mean**1.5).sum(), atol=1e-6)
    assert PLAIN(mean, 100.0) is mean


def test_the_live_word_is_sharpened_by_what_it_leans_on():
    pool = Pool(window_s=3.0, sharpening=0.5)
    p = np.array([0.5, 0.3, 0.2], np.float32)
    heard = [scores(p.tolist(), 3.0 + i) for i in range(61)]
    smoother = Smoother(LABELS, 4.0, pool=pool)
    first = smoother.update(heard[0])
    assert first.score == pytest.approx(0.5)
    for one in heard[1:]:
        last = smoother.update(one)
    assert last.score == pytest.approx(float(pool(p, 3.0 + 2 * 4.0)[0]))
    assert smoother.update(scores(SILENT, 70, Strength.SILENCE)).score == 0.0
    assert smoother.probabilities.tolist() == [0.0, 0.0, 0.0]


# ------------------------------------------------------------ smoothing


@pytest.mark.parametrize("hop", [0.1, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("tau", [2.0, 4.0])
def test_the_time_constant_does_not_depend_on_how_often_windows_come(hop, tau):
    smoother = Smoother(LABELS, tau)
    for i in range(round(60 / hop)):
        smoother.update(scores([1, 0, 0], i * hop))
    begin = (round(60 / hop) - 1) * hop
    for i in range(1, round(tau / hop) + 1):
        smoother.update(scores([0, 1, 0], begin + i * hop))
    assert smoother.probabilities[1] == pytest.approx(1 - math.exp(-1), abs=0.01)


def test_the_first_windows_count_about_equally():
    smoother = Smoother(LABELS, 4.0)
    smoother.update(scores([1, 0, 0], 3.0))
    smoother.update(scores([0, 1, 0], 3.5))
    assert smoother.probabilities[1] == pytest.approx(0.53, abs=0.02)


def test_no_smoothing_shows_every_window_as_it_is():
    smoother = Smoother(LABELS, 0.0, dwell_s=0.0, slack=0.0)
    for i, p in enumerate([[1, 0, 0], [0, 1, 0], [0, 0, 1]]):
        assert smoother.update(scores(p, float(i))).label == LABELS[i]


def test_two_labels_taking_turns_do_not_flicker():
    smoother = Smoother(LABELS, 4.0)
    shown = set()
    for i in range(200):
        p = [0.6, 0.4, 0] if i % 2 else [0.4, 0.6, 0]
        shown.add(smoother.update(scores(p, i * 0.5)).label)
    assert len(shown) == 1


def test_a_new_genre_takes_over_in_a_few_seconds_and_says_since_when():
    smoother = Smoother(LABELS, 4.0, bounds=Bounds.of(0.4, 3))
    for i in range(40):
        before = smoother.update(scores([0.9, 0.1, 0], i * 0.5))
    assert (before.label, before.since) == ("a", 0.0)
    changed = None
    for i in range(40, 60):
        decision = smoother.update(scores([0.1, 0.9, 0], i * 0.5))
        if decision.label == "b" and changed is None:
            changed = i * 0.5
    assert changed is not None
    assert 1.0 <= changed - 20 <= 5.0
    assert decision.since == changed


def test_an_answer_that_comes_and_goes_is_not_shown_one_that_stays_is():
    jazz, blues = [0.69, 0.15, 0.16], [0.15, 0.69, 0.16]  # probable; a sure one waits half as long
    smoother = Smoother(LABELS, 4.0, bounds=Bounds.of(0.7, 3), confirm_s=2.5, stale_s=6.0)
    for at in np.arange(0, 20, 0.5):
        smoother._forget_sound()  # the rule is asked, not the average
        here = blues if (at % 2.5 >= 0.5 and at < 10) or at >= 14 else jazz
        decision = smoother.update(scores(here, float(at)))
        assert decision.label == ("b" if at >= 16.5 else "a"), at
        assert decision.ranked(1)[0][0] == decision.label
    for i, p in enumerate(([0.15, 0.16, 0.69], [0.33, 0.33, 0.34]) * 7):  # neither is confirmed
        smoother._forget_sound()  # the rule is asked, not the average
        decision = smoother.update(scores(p, 20.0 + 0.5 * i))
        assert (decision.label == "b") == (0.5 * i < 6.0)


windows = st.lists(
    st.tuples(
        st.floats(0.05, 2.0),
        st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
        st.booleans(),
    ),
    max_size=80,
)


@given(windows, st.floats(0, 8), st.floats(0, 0.9))
def test_whatever_comes_nothing_is_shown_shorter_than_the_dwell_time(found, tau, sure):
    smoother = Smoother(LABELS, tau, bounds=Bounds(sure, 0.5, 0.7), dwell_s=1.5)
    at, since, before = 0.0, 0.0, None
    for elapsed, p, silent in found:
        at += elapsed
        total = sum(p)
        decision = smoother.update(
            scores(SILENT, at, Strength.SILENCE) if silent else scores([x / total for x in p], at)
        )
        now = decision.word
        if before is not None and now != before:
            assert at - since >= 1.5
        if now != before:
            before, since = now, at
        assert decision.since == pytest.approx(since, abs=1e-6)
        assert 0 <= decision.score <= 1.0001
        assert (decision.label is None) == (decision.state is Strength.SILENCE)
        first = [name for name, _ in decision.ranked(len(decision.named))]
        assert sorted(first) == sorted(decision.named), "the list begins with the large word"


def test_the_guess_behind_an_open_answer_is_the_best_of_the_moment():
    smoother = Smoother(LABELS, 0.0, bounds=Bounds.of(0.5, 3), dwell_s=1.5)
    for at, p in enumerate(([0.6, 0.3, 0.1], [0.3, 0.36, 0.34], [0.3, 0.36, 0.34])):
        decision = smoother.update(scores(p, float(at)))
    assert (decision.state, decision.label) == (Strength.OPEN, "b")
    decision = smoother.update(scores([0.3, 0.34, 0.36], 3.0))
    assert (decision.state, decision.label) == (Strength.OPEN, "c")
    assert decision.since == pytest.approx(2.0)


def test_silence_is_said_and_the_old_genre_forgotten():
    smoother = Smoother(LABELS, 4.0)
    for i in range(20):
        smoother.update(scores([1, 0, 0], i * 0.5))
    for i in range(20, 26):
        decision = smoother.update(scores(SILENT, i * 0.5, Strength.SILENCE))
    assert (decision.state, decision.label, decision.score) == (Strength.SILENCE, None, 0.0)
    assert not decision.probabilities.any()
    decision = smoother.update(scores([0, 1, 0], 13.0))
    assert (decision.state, decision.label, decision.score) == (Strength.SURE, "b", 1.0)


def test_a_sure_answer_has_a_slack_below_its_threshold():
    smoother = Smoother(LABELS, 0.0, bounds=Bounds(0.5, 0.5, 1.0), slack=0.1, dwell_s=0.0)
    states = [
        smoother.update(scores([p, (1 - p) / 2, (1 - p) / 2], float(i))).state.value
        for i, p in enumerate([0.6, 0.45, 0.45, 0.38, 0.45, 0.48, 0.52])
    ]
    assert states == ["sure", "sure", "sure", "open", "open", "open", "sure"]
    assert smoother.update(scores([0.34, 0.33, 0.33], 8.0)).label == "a"


def test_a_file_that_is_repeated_keeps_its_decision_steady():
    smoother = Smoother(LABELS, 4.0)
    for i in range(20):
        smoother.update(scores([1, 0, 0], i * 0.5), at=i * 0.5)
    decision = smoother.update(scores([1, 0, 0], 0.5), at=10.0)
    assert decision.label == "a"
    assert decision.time - decision.since == pytest.approx(10.0)
