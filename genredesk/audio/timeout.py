"""Waiting for a device, but not for ever: the call runs on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from genredesk.core.errors import DeviceError
from genredesk.core.messages import mark, say

T = TypeVar("T")

TIMEOUT_S = 6.0
"""A device that has not opened by then is reported as not answering."""

NO_ANSWER = mark(
    "{device} does not answer. Restart the sound system (or the computer), then try again."
)


def call_with_timeout(work: Callable[[], T], late: Callable[[T], None], what: str) -> T:
    """Run ``work`` on a thread of its own and give up after :data:`TIMEOUT_S`.

    Parameters
    ----------
    late
        What to do with a result that arrives when nobody waits for it any more.
    what
        What does not answer, at the beginning of the message.

    Raises
    ------
    DeviceError
        After the time-out, or whatever ``work`` raises.
    """
    done = threading.Event()
    lock = threading.Lock()
    results: list[T] = []
    errors: list[BaseException] = []
    given_up: list[bool] = []

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
            errors.append(error)
        else:
            with lock:
                results.append(result)
                unwanted = bool(given_up)
            if unwanted:
                late(result)
        done.set()

    thread = threading.Thread(target=run, name="genredesk-open", daemon=True)
    thread.start()
    in_time = done.wait(TIMEOUT_S)
    if not in_time:
        with lock:
            given_up.append(True)
            in_time = bool(results)
    if errors:
        raise errors[0]
    if not in_time:
        raise DeviceError(say(NO_ANSWER, device=what))
    return results[0]
