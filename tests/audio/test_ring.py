"""The ring buffer against the simplest possible model of it: a list that only grows."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genredesk.audio.ring import RingBuffer, RingOverrun


@given(
    capacity=st.integers(1, 50),
    sizes=st.lists(st.integers(0, 120), max_size=30),
    cuts=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 60)), max_size=10),
)
def test_reads_what_was_written(capacity, sizes, cuts):
    ring = RingBuffer(capacity)
    everything = np.zeros(0, np.float32)
    for size in sizes:
        block = np.arange(len(everything), len(everything) + size, dtype=np.float32)
        assert ring.write(block) == len(everything)
        everything = np.concatenate([everything, block])
        assert ring.end == len(everything)
        assert ring.start == max(0, len(everything) - capacity)
    for start, length in cuts:
        stop = start + length
        if stop > ring.end:
            with pytest.raises(ValueError, match="not written"):
                ring.read(start, stop)
        elif start < ring.start:
            with pytest.raises(RingOverrun):
                ring.read(start, stop)
        else:
            assert np.array_equal(ring.read(start, stop), everything[start:stop])


@given(st.lists(st.one_of(st.integers(0, 40), st.just("gap")), max_size=40))
def test_gaps_are_kept_as_long_as_their_sound(steps):
    ring = RingBuffer(64)
    expected = []
    for step in steps:
        if step == "gap":
            at = ring.mark_gap()
            assert at == ring.end
            if at not in expected:
                expected.append(at)
        else:
            ring.write(np.zeros(step, np.float32))
    assert ring.gaps() == tuple(g for g in expected if g >= ring.start)
    middle = (ring.start + ring.end) // 2
    assert ring.gaps(middle) == tuple(g for g in expected if g >= middle)


def test_a_read_is_a_copy():
    ring = RingBuffer(8)
    ring.write(np.ones(4, np.float32))
    got = ring.read(0, 4)
    got[:] = 7
    assert np.array_equal(ring.read(0, 4), np.ones(4))
    assert got.dtype == np.float32


@pytest.mark.parametrize(("start", "stop"), [(-1, 1), (3, 2)])
def test_refuses_what_is_no_range(start, stop):
    ring = RingBuffer(8)
    ring.write(np.zeros(8, np.float32))
    with pytest.raises(ValueError, match="no range"):
        ring.read(start, stop)


def test_refuses_stereo_and_no_capacity():
    with pytest.raises(ValueError, match="mono"):
        RingBuffer(8).write(np.zeros((4, 2), np.float32))
    with pytest.raises(ValueError, match="at least one"):
        RingBuffer(0)


def test_waiting_ends_with_the_write():
    ring = RingBuffer(100)
    assert not ring.wait_for(1, timeout=0.01)
    results = []
    waiter = threading.Thread(target=lambda: results.append(ring.wait_for(10, timeout=10)))
    waiter.start()
    ring.write(np.zeros(9, np.float32))
    ring.write(np.zeros(1, np.float32))
    waiter.join()
    assert results == [True]
    assert ring.wait_for(10, timeout=0)


@settings(max_examples=5, deadline=None)
@given(st.integers(1, 700))
def test_a_reader_beside_a_writer_sees_whole_blocks_only(size):
    ring = RingBuffer(2000)
    total = 60_000

    def write() -> None:
        for begin in range(0, total, size):
            ring.write(np.arange(begin, min(begin + size, total), dtype=np.float32))

    writer = threading.Thread(target=write)
    writer.start()
    cursor = 0
    while cursor < total:
        assert ring.wait_for(cursor + 1, timeout=10)
        stop = ring.end
        cursor = max(cursor, ring.start)
        try:
            got = ring.read(cursor, stop)
        except RingOverrun:
            continue
        assert np.array_equal(got, np.arange(cursor, stop, dtype=np.float32))
        cursor = stop
    writer.join()
