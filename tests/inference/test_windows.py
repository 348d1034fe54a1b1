"""The scheduler: newest window wins, nothing is ever queued, no window reaches over a gap."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from genredesk.inference.live.windows import Window, WindowScheduler


def test_windows_come_on_the_beat():
    scheduler = WindowScheduler(300, 50)
    assert scheduler.due == 300
    assert scheduler.poll(299) is None
    assert scheduler.poll(300) == Window(0, 300)
    assert scheduler.due == 350
    assert scheduler.poll(349) is None
    assert scheduler.poll(355) == Window(50, 350)
    assert scheduler.poll(400) == Window(100, 400)


def test_a_late_caller_gets_the_newest_and_the_rest_is_skipped():
    scheduler = WindowScheduler(300, 50)
    scheduler.poll(300)
    assert scheduler.poll(570) == Window(250, 550, skipped=4)
    assert scheduler.poll(570) is None
    assert scheduler.due == 600


def test_after_a_gap_a_whole_window_is_awaited():
    scheduler = WindowScheduler(300, 50)
    scheduler.poll(300)
    scheduler.gap(320)
    assert scheduler.due == 620
    assert scheduler.poll(619) is None
    assert scheduler.poll(620) == Window(320, 620)


def test_a_gap_with_sound_behind_it_is_answered_at_once():
    scheduler = WindowScheduler(300, 50)
    scheduler.poll(300)
    scheduler.gap(320)
    assert scheduler.poll(1520) == Window(1220, 1520)
    assert scheduler.due == 1570


def test_an_older_gap_changes_nothing():
    scheduler = WindowScheduler(300, 50, origin=100)
    scheduler.gap(80)
    assert (scheduler.origin, scheduler.due) == (100, 400)


def test_the_hop_changes_from_the_last_window_on():
    scheduler = WindowScheduler(300, 50)
    scheduler.set_hop(20)
    assert scheduler.due == 300
    scheduler.poll(300)
    scheduler.set_hop(100)
    assert scheduler.due == 400
    scheduler.set_hop(10)
    assert scheduler.due == 310


def test_another_length_keeps_the_beat_if_there_is_enough_sound():
    scheduler = WindowScheduler(300, 50)
    scheduler.poll(300)
    scheduler.set_length(100)
    assert scheduler.poll(350) == Window(250, 350)
    scheduler.set_length(1000)
    assert scheduler.due == 1000
    fresh = WindowScheduler(300, 50)
    fresh.set_length(100)
    assert fresh.due == 100


@pytest.mark.parametrize(("length", "hop"), [(0, 1), (1, 0), (-1, 1), (1, -5)])
def test_nonsense_is_refused(length, hop):
    with pytest.raises(ValueError, match="at least one sample"):
        WindowScheduler(length, hop)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("sound"), st.integers(0, 400)),
        st.tuples(st.just("gap"), st.just(0)),
        st.tuples(st.just("hop"), st.integers(1, 90)),
        st.tuples(st.just("length"), st.integers(1, 300)),
    ),
    max_size=60,
)


@given(st.integers(1, 200), st.integers(1, 90), steps)
@example(1, 2, [("sound", 1), ("sound", 1), ("length", 3), ("hop", 1)])
def test_whatever_happens(length, hop, found):
    scheduler = WindowScheduler(length, hop)
    now, gap, last = 0, 0, None
    for what, amount in found:
        if what == "sound":
            now += amount
        elif what == "gap":
            gap = now
            scheduler.gap(gap)
        elif what == "hop":
            hop = amount
            scheduler.set_hop(hop)
        else:
            length = amount
            scheduler.set_length(length)
        due = scheduler.due
        window = scheduler.poll(now)
        assert (window is not None) == (due <= now)
        if window is None:
            continue
        assert window.stop - window.start == length
        assert gap <= window.start
        assert window.stop <= now
        assert now - window.stop < hop  # the newest there is
        assert last is None or window.stop > last  # none twice
        assert scheduler.poll(now) is None  # none queued
        last = window.stop


@given(st.integers(1, 300), st.integers(1, 90), st.lists(st.integers(0, 500), max_size=40))
def test_answered_and_skipped_are_all_windows_there_were(length, hop, amounts):
    scheduler = WindowScheduler(length, hop)
    now, first, seen = 0, None, 0
    for amount in amounts:
        now += amount
        window = scheduler.poll(now)
        if window is not None:
            first = window.stop if first is None else first
            seen += 1 + window.skipped
    if first is not None:
        assert seen == 1 + (now - first) // hop


def test_the_rest_is_what_never_filled_a_window():
    scheduler = WindowScheduler(100, 10, origin=5)
    assert scheduler.rest(5) is None
    assert scheduler.rest(60) == Window(5, 60)
    assert scheduler.rest(60) is None, "once"
    assert scheduler.poll(104) is None
    assert scheduler.poll(105) == Window(5, 105), "it went on after all"
    scheduler.gap(200)
    assert scheduler.rest(230) == Window(200, 230)
    answered = WindowScheduler(100, 10)
    answered.poll(100)
    assert answered.rest(105) is None
