"""The sound card and the decoders, really tried."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from genredesk.audio import devices, portaudio, trial
from genredesk.audio.devices import Device
from genredesk.core.errors import AudioFileError, DeviceError
from genredesk.doctor.finding import Finding, Health, apart

_NO_MICROPHONE = "There is no microphone; files and what the computer plays can be heard."
_ONLY_SILENCE = "Check that it is not muted and that the system lets programs use the microphone."
_AGAIN = "Install GenreDesk again: it brings the decoders along (packages av and soundfile)."


def named() -> Iterator[Finding]:
    """Look for PortAudio and for devices; none is opened."""
    try:
        version = portaudio.version()
    except DeviceError as error:
        yield Finding("sound", "PortAudio", Health.BROKEN, *apart(str(error)))
        return
    yield Finding("sound", "PortAudio", Health.OK, version)
    if problem := devices.sound_problem():
        yield Finding("sound", "Devices", Health.BROKEN, *apart(problem))
    else:
        names = ", ".join(device.name for device in [*devices.outputs(), *devices.inputs()])
        yield Finding("sound", "Devices", Health.OK, names)


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
    yield _opened("Output", outputs, _plays)
    microphones = [device for device in heard if device.kind == "microphone"]
    if microphones:
        yield _opened("Microphone", microphones, _hears)
    else:
        yield Finding(group, "Microphone", Health.NOTE, _NO_MICROPHONE, "Connect one to use it.")
    hint = devices.system_hint()
    if hint:
        fact = "What the computer plays cannot be heard."
        yield Finding(group, "System sound", Health.NOTE, fact, hint)
    else:
        yield Finding(group, "System sound", Health.OK, "What the computer plays can be heard.")


def _opened(name: str, found: list[Device], attempt: Callable[[Device], Finding]) -> Finding:
    chosen = next((device for device in found if device.default), found[0] if found else None)
    if chosen is None:
        fix = "Connect one; it is noticed at once."
        return Finding("sound", name, Health.BROKEN, "There is none.", fix)
    try:
        return attempt(chosen)
    except DeviceError as error:
        return Finding("sound", name, Health.BROKEN, *apart(str(error)))


def _plays(device: Device) -> Finding:
    trial.play_silence(device.id, device.name)
    return Finding("sound", "Output", Health.OK, f"{device.name} opens and plays.")


def _hears(device: Device) -> Finding:
    if trial.record(device.id, device.name):
        return Finding("sound", "Microphone", Health.OK, f"{device.name} opens and hears.")
    fact = f"{device.name} opens but gives only silence."
    return Finding("sound", "Microphone", Health.NOTE, fact, _ONLY_SILENCE)


def decoders() -> Iterator[Finding]:
    """Decode a made-up piece of each format."""
    with tempfile.TemporaryDirectory(prefix="genredesk-doctor-") as folder:
        for kind in trial.FORMATS:
            try:
                codec = trial.prove(kind, Path(folder))
            except trial.NoEncoderError as error:
                fact = f"Not tried: {error.reason}."
                yield Finding("decoders", kind.name, Health.NOTE, fact)
            except AudioFileError as error:
                fact = f"A made-up piece: {error.reason}."
                yield Finding("decoders", kind.name, Health.BROKEN, fact, _AGAIN)
            else:
                fact = f"Reads {kind.suffix} files ({codec})."
                yield Finding("decoders", kind.name, Health.OK, fact)
