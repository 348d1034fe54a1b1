"""List microphones, what can be heard of this computer, outputs, and where networks can run."""

from __future__ import annotations

import argparse
import dataclasses
import json

from genredesk.audio import devices as sound
from genredesk.audio.quiet import libraries_silent
from genredesk.cli import _models
from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.inference import runtime


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command understands."""
    parser.add_argument("--json", action="store_true", help=say("write JSON"))
    parser.add_argument(
        "--graphics", action="store_true", help=say("look for graphics cards, too (loads torch)")
    )


@libraries_silent()
def run(args: argparse.Namespace) -> int:
    """List them; return 1 when there is no sound at all."""
    problem = sound.sound_problem()
    inputs, outputs = sound.inputs(), sound.outputs()
    try:
        bundle = _models.chosen(None)
    except BundleError:
        bundle = None  # then nothing can be tested, and only the processor is listed
    places = runtime.devices(bundle, build=_models.build if args.graphics else None)
    if args.json:
        everything = {
            "problem": problem,
            "inputs": [dataclasses.asdict(device) for device in inputs],
            "outputs": [dataclasses.asdict(device) for device in outputs],
            "system_hint": sound.system_hint(),
            "compute": [dataclasses.asdict(place) for place in places],
        }
        print(json.dumps(everything, indent=2, ensure_ascii=False))
        return 1 if problem else 0
    for heading, found in ((say("Hear"), inputs), (say("Play"), outputs)):
        print(heading)
        for device in found:
            usual = say(" (default)") if device.default else ""
            print(f"  {device.kind:<11} {device.name}{usual}    {device.id}")
        if not found:
            print(f"  {say('nothing')}")
    print(say("Compute"))
    for place in places:
        print(f"  {place.id:<11} {place.name}: {place.why}")
    for sentence in (problem, sound.system_hint()):
        if sentence:
            print(sentence)
    return 1 if problem else 0
