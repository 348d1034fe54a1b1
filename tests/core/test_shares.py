"""A share is written by one rule: never a rounded 100 %, "all" with an interval of one end."""

import pytest

from genredesk.cli import _shares
from genredesk.core import messages, shares
from genredesk.core.trust import wilson


@pytest.fixture(autouse=True)
def english():
    before = messages.language()
    messages.use("en")
    yield
    messages.use(before)


@pytest.mark.parametrize(
    ("share", "digits", "written"),
    [
        (0.824, 0, "82\u202f%"), (0.996, 0, "99\u202f%"), (0.9996, 1, "99.9\u202f%"),
        (1.0, 0, "100\u202f%"), (0.1 * 3 + 0.7, 0, "100\u202f%"), (0.0, 0, "0\u202f%"),
        (12.345, 0, "1,234\u202f%"),
    ],
)  # fmt: skip
def test_only_a_whole_is_written_100(share, digits, written):
    assert shares.percent(share, digits) == written


def test_no_network_is_surer_than_99():
    assert shares.sureness(1.0) == shares.sureness(0.9999) == "99\u202f%"
    assert _shares.sureness(1.0) == "99%"


def test_of_two_that_lead_together_each_keeps_its_own():
    assert shares.sureness(0.36, 0.34) == "36 + 34\u202f%"
    assert _shares.sureness(0.36, 0.34) == "36 + 34%"


@pytest.mark.parametrize(
    ("hits", "n", "written"),
    [
        (20, 20, ("all", "84\u202f% or more")),
        (0, 20, ("not one", "16\u202f% or less")),
        (21, 23, ("91\u202f%", "73–98\u202f%")),
        (9990, 10000, ("99\u202f%", "99–99\u202f%")),
    ],
)
def test_what_was_measured_and_its_interval_say_one_thing(hits, n, written):
    assert (shares.measured(hits / n), shares.ranged(wilson(hits, n))) == written


def test_numbers_are_those_of_the_language():
    messages.use("de")
    assert shares.percent(0.8244, 1) == "82,4\u202f%"
    assert shares.percent(12.345) == "1.234\u202f%"
