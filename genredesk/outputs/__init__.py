"""Answers to other programs: one file of ``peers`` is one way out.

A newcomer is found by its file name: ``peers/my_program.py`` ending in ``PEER = PeerKind(...)``.
Nothing is sent before a person asks for it, and no peer can delay the engine: each has a thread of
its own and gets the newest answer only (:class:`genredesk.outputs.output.OutputThread`).
"""

from __future__ import annotations

from genredesk.outputs.answer import NOTHING, SAMPLE, LiveAnswer, sample
from genredesk.outputs.kinds import PeerKind, find, kinds, open_output, split
from genredesk.outputs.output import OutputError, OutputState, OutputThread, State, try_out
from genredesk.outputs.player import PlayerControls, Playing

__all__ = [
    "NOTHING",
    "SAMPLE",
    "LiveAnswer",
    "OutputError",
    "OutputState",
    "OutputThread",
    "PeerKind",
    "PlayerControls",
    "Playing",
    "State",
    "find",
    "kinds",
    "open_output",
    "sample",
    "split",
    "try_out",
]
