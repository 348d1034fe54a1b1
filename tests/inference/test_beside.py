"""Other networks on the same sound: each by its own windows, and none holds another up."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from genredesk.audio.ring import RingBuffer
from genredesk.core.certainty import Strength
from genredesk.features.frontend import LIVE_MEL
from genredesk.inference.live.beside import BesideModels, HeardMoment
from genredesk.inference.live.condition import EngineSettings
from genredesk.inference.live.opener import open_bundle

RATE = LIVE_MEL.sample_rate
OTHER_MEL = dataclasses.replace(LIVE_MEL, sample_rate=16_000, f_max=8000.0)
"""The same picture of another rate: its windows are longer in seconds."""


class Runtime:
    """Notes what becomes of a real one, and may be broken."""

    def __init__(self, opened):
        self.inner, self.closed, self.asked, self.broken = opened.runtime, 0, 0, False

    def run(self, features):
        self.asked += 1
        if self.broken:
            raise RuntimeError("the device is gone")
        return self.inner.run(features)

    def close(self):
        self.closed += 1
        self.inner.close()


@pytest.fixture
def opened(tiny):
    """Open a bundle of the front end's rate, or of another, by title."""

    def make(title, spec=LIVE_MEL):
        bundle = tiny.write(id=title.lower(), title=title, frontend=spec)
        found = open_bundle(bundle, "cpu", None)
        return dataclasses.replace(found, runtime=Runtime(found))

    return make


@pytest.fixture
def source():
    ring = RingBuffer(20 * RATE)
    return SimpleNamespace(
        sample_rate=RATE, ring=ring, time_of=lambda index: index / RATE, now=lambda: ring.end
    )


def test_each_answers_by_its_own_window_once_that_was_heard(opened, source, tiny):
    said = []
    models = BesideModels(lambda answer, of: said.append((answer, of)))
    short, long = opened("Short"), opened("Long", OTHER_MEL)
    models.want([short, long])
    models.take_over(EngineSettings(smoothing_s=0.0))
    source.ring.write(tiny.tone(60, LIVE_MEL.window_s + 0.1))
    source.ring.write(tiny.tone(7000, LIVE_MEL.window_s))
    stop = round(LIVE_MEL.window_s * RATE) + 10
    models.answer(HeardMoment(source, 0, stop, -10.0, False), lambda: False)
    assert [(a.bundle_id, a.decision.word) for a, _ in said] == [("short", "Low"), ("long", "")]
    assert all(of is source for _, of in said)
    assert said[1][0].decision.state is None  # it hears 4 s at a time
    said.clear()
    models.answer(HeardMoment(source, 0, source.ring.end, -10.0, False), lambda: False)
    answers = {a.bundle_id: a for a, _ in said}
    assert answers["short"].decision.word == "High"
    assert answers["long"].decision.state is not None
    assert answers["long"].decision.time == pytest.approx(source.ring.end / RATE)
    # the longer window still holds low sound, as the network itself says of it
    heard = tiny.tone(60, LIVE_MEL.window_s + 0.1, 16_000)
    heard = np.concatenate([heard, tiny.tone(7000, LIVE_MEL.window_s, 16_000)])
    bounds = long.bundle.card.bounds()
    wanted, _ = long.hear(heard[-OTHER_MEL.window_samples :], bounds)
    np.testing.assert_allclose(answers["long"].decision.probabilities, wanted, atol=0.02)
    said.clear()
    n_asked = short.runtime.asked
    source.ring.write(np.zeros(2 * RATE, np.float32))
    models.answer(HeardMoment(source, 0, source.ring.end, -90.0, True), lambda: False)
    assert {a.decision.state for a, _ in said} == {Strength.SILENCE}
    assert short.runtime.asked == n_asked  # nothing is asked about silence


def test_who_is_late_asks_one_and_begins_with_whoever_waited_longest(opened, source, tiny):
    said = []
    models = BesideModels(lambda answer, _: said.append(answer))
    models.want([opened("A"), opened("B"), opened("C")])
    models.take_over(EngineSettings())
    source.ring.write(tiny.tone(60, 6))
    for step in range(3):
        stop = LIVE_MEL.window_samples + step * RATE // 2
        models.answer(HeardMoment(source, 0, stop, -10.0, False), lambda: True)
    assert [answer.bundle_id for answer in said] == ["a", "b", "c"]


def test_one_that_breaks_says_so_and_the_others_go_on(opened, source, tiny):
    said = []
    models = BesideModels(lambda answer, _: said.append(answer))
    broken, sound = opened("Broken"), opened("Sound")
    broken.runtime.broken = True
    models.want([broken, sound])
    models.take_over(EngineSettings())
    source.ring.write(tiny.tone(60, LIVE_MEL.window_s + 0.1))
    moment = HeardMoment(source, 0, source.ring.end, -10.0, False)
    models.answer(moment, lambda: False)
    assert said[0].problem == "Broken could not answer (the device is gone)."
    assert (said[0].decision.state, said[1].decision.word) == (None, "Low")
    models.answer(HeardMoment(source, moment.stop - 100, moment.stop, 0.0, False), lambda: False)
    assert said[-1].decision.state is None  # no window reaches over a gap


def test_every_network_is_closed_once_whatever_comes_first(opened):
    models = BesideModels(lambda *_: None)
    a, b, c, d = opened("A"), opened("B"), opened("C"), opened("D")
    models.want([a])
    models.take_over(EngineSettings())
    models.want([b])  # never taken over
    models.want([c])
    assert (a.runtime.closed, b.runtime.closed, c.runtime.closed) == (0, 1, 0)
    models.take_over(EngineSettings())
    assert (a.runtime.closed, c.runtime.closed) == (1, 0)
    models.close()
    models.want([d])  # the engine ended meanwhile
    assert [one.runtime.closed for one in (a, b, c, d)] == [1, 1, 1, 1]
