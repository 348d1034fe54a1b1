"""The window's settings of memory and lock: they do what they say, and can be taken back."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from genredesk.core import heap


@pytest.fixture
def as_before() -> Iterator[None]:
    """Leave collector and lock as they were."""
    interval = sys.getswitchinterval()
    yield
    sys.setswitchinterval(interval)
    gc.unfreeze()


@pytest.mark.usefixtures("as_before")
def test_what_is_loaded_is_no_longer_walked_through() -> None:
    mine = [[] for _ in range(1000)]
    heap.freeze_gc()
    assert gc.get_freeze_count() > len(mine)
    walked = {id(thing) for thing in gc.get_objects()}
    assert not any(id(thing) in walked for thing in mine)


@pytest.mark.usefixtures("as_before")
def test_new_garbage_is_still_collected() -> None:
    heap.freeze_gc()
    ring: list[object] = []
    ring.append(ring)
    del ring
    assert gc.collect() >= 1


@pytest.mark.usefixtures("as_before")
def test_the_lock_goes_round_faster_than_a_frame() -> None:
    heap.set_switch_interval()
    assert sys.getswitchinterval() <= 1 / 1000
