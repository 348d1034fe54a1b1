"""Opening networks beside the engine: one thread for all of them, the newest wish wins."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from genredesk.inference.live import opener
from genredesk.inference.live.opener import Opened, Opener


class Fake:
    """A runtime that only says whether it was closed."""

    why = ""
    closed = False

    def close(self) -> None:
        self.closed = True


class Slow:
    """Stands in for ``open_bundle``: notes who opens what, and waits until it may go on."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.threads: set[int] = set()
        self.begun = threading.Semaphore(0)
        self.may_go_on = threading.Semaphore(0)

    def __call__(self, bundle, device, build) -> Opened:
        self.opened.append(bundle)
        self.threads.add(threading.get_ident())
        self.begun.release()
        assert self.may_go_on.acquire(timeout=30)
        return Opened(bundle, Fake(), "")  # type: ignore[arg-type]


@pytest.fixture
def slow(monkeypatch) -> Slow:
    """Opening takes as long as the test wants."""
    made = Slow()
    monkeypatch.setattr(opener, "open_bundle", made)
    return made


@pytest.fixture
def ready() -> threading.Event:
    """What the opener sets."""
    return threading.Event()


@pytest.fixture
def opens(ready, slow) -> Iterator[Opener]:
    """An opener, closed at the end."""
    made = Opener(ready, None)
    yield made
    made.close()


def test_no_thread_is_started_for_a_network(opens, ready, slow):
    before = {thread.ident for thread in threading.enumerate()}
    for name in ("first", "second"):
        opens.open(name, "cpu")
        slow.may_go_on.release()
        assert ready.wait(30)
        ready.clear()
        taken, reason = opens.take()
        assert (taken.bundle, reason) == (name, "")
    assert len(slow.threads) == 1
    assert slow.threads <= before


def test_what_was_asked_between_is_not_opened(opens, ready, slow):
    opens.open("first", "cpu")
    assert slow.begun.acquire(timeout=30)
    opens.open("passed over", "cpu")
    opens.open("last", "cpu")
    slow.may_go_on.release()
    assert slow.begun.acquire(timeout=30)
    assert opens.busy
    slow.may_go_on.release()
    opens.close()
    assert slow.opened == ["first", "last"]
    assert not opens.busy


def test_closing_gives_back_what_nobody_took(ready, slow):
    opens = Opener(ready, None)
    opens.open("first", "cpu")
    assert slow.begun.acquire(timeout=30)
    slow.may_go_on.release()
    left = opens.close()
    assert left is not None
    assert left.bundle == "first"
    opens.open("too late", "cpu")
    assert not opens.busy
    assert slow.opened == ["first"]
