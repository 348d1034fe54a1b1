"""The sound card and the decoders, really tried."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from genredesk.audio import devices, trial
from genredesk.audio.devices import Device
from genredesk.core.errors import AudioFileError, DeviceError
from genredesk.core.messages import mark, say
from genredesk.doctor.finding import Finding, Health, apart

_NO_MICROPHONE = mark("There is no microphone; files and what the computer plays can be heard.")
_ONLY_SILENCE = mark(
    "Check that it is not muted and that the system lets programs use the microphone."
)
_AGAIN = mark("Install GenreDesk again: it brings the decoders along (packages av and soundfile).")


def named() -> Iterator[Finding]:
    """Look for PortAudio and for devices; none is opened."""
    try:
        version = trial.version()
    except DeviceError as error:
        yield Finding("sound", "PortAudio", Health.BROKEN, *apart(str(error)))
        return
    yield Finding("sound", "PortAudio", Health.OK, version)
    if problem := devices.sound_problem():
        yield Finding("sound", say("Devices"), Health.BROKEN, *apart(problem))
    else:
        names = ", ".join(device.name for device in [*devices.outputs(), *devices.inputs()])
        yield Finding("sound", say("Devices"), Health.OK, names)


def sound() -> Iterator[Finding]:
    """Look at what :func:`named` finds, then open an output and a microphone."""
    group = "sound"
    whole = True
    for finding in named():
        whole = whole and finding.health is Health.OK
        yield finding
    if not whole:
        return
    outputs, heard = devices.outputs(), devices.inputs()
    yield _opened(say("Output"), outputs, _plays)
    microphones = [device for device in heard if device.kind == "microphone"]
    if microphones:
        yield _opened(say("Microphone"), microphones, _hears)
    else:
        fact, fix = say(_NO_MICROPHONE), say("Connect one to use it.")
        yield Finding(group, say("Microphone"), Health.NOTE, fact, fix)
    hint = devices.system_hint()
    health = Health.NOTE if hint else Health.OK
    cannot = say("What the computer plays cannot be heard.")
    fact = cannot if hint else say("What the computer plays can be heard.")
    yield Finding(group, say("System sound"), health, fact, hint)


def _opened(name: str, found: list[Device], attempt: Callable[[Device], Finding]) -> Finding:
    chosen = next((device for device in found if device.default), found[0] if found else None)
    if chosen is None:
        fix = say("Connect one; it is noticed at once.")
        return Finding("sound", name, Health.BROKEN, say("There is none."), fix)
    try:
        return attempt(chosen)
    except DeviceError as error:
        return Finding("sound", name, Health.BROKEN, *apart(str(error)))


def _plays(device: Device) -> Finding:
    trial.play_silence(device.id, device.name)
    fact = say("{device} opens and plays.", device=device.name)
    return Finding("sound", say("Output"), Health.OK, fact)


def _hears(device: Device) -> Finding:
    name = say("Microphone")
    if trial.record(device.id, device.name):
        fact = say("{device} opens and hears.", device=device.name)
        return Finding("sound", name, Health.OK, fact)
    fact = say("{device} opens but gives only silence.", device=device.name)
    return Finding("sound", name, Health.NOTE, fact, say(_ONLY_SILENCE))


def decoders() -> Iterator[Finding]:
    """Decode a made-up piece of each format."""
    with tempfile.TemporaryDirectory(prefix="genredesk-doctor-") as folder:
        for kind in trial.FORMATS:
            try:
                codec = trial.prove(kind, Path(folder))
            except trial.NoEncoderError as error:
                fact = say("Not tried: {reason}.", reason=error.reason)
                yield Finding("decoders", kind.name, Health.NOTE, fact)
            except AudioFileError as error:
                fact = say("A made-up piece: {reason}.", reason=error.reason)
                yield Finding("decoders", kind.name, Health.BROKEN, fact, say(_AGAIN))
            else:
                fact = say("Reads {ending} files ({codec}).", ending=kind.suffix, codec=codec)
                yield Finding("decoders", kind.name, Health.OK, fact)
