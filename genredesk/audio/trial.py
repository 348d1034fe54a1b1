"""Tries the decoders and the sound card for real: a made-up piece of each format, one short stream.

Nothing is heard: what is played is silence. Asked by whoever checks an installation.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genredesk.audio import decode, portaudio
from genredesk.core.errors import AudioFileError, DeviceError
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray

_HERTZ, _RATE, _SECONDS = 440.0, 44100, 1.0
_HEARD_RATE = 22050
_BITS = 128_000
"""Per second, of what is written with loss by FFmpeg."""
_PATIENCE_S = 3.0
"""How long a device may take until its first callback."""


@dataclass(frozen=True, slots=True)
class SoundFormat:
    """A kind of file and what writes it: a subtype of libsndfile, or a codec of FFmpeg."""

    name: str
    suffix: str
    subtype: str = ""
    codec: str = ""


FORMATS = (
    SoundFormat("WAV", ".wav", "PCM_16"),
    SoundFormat("AIFF", ".aiff", "PCM_16"),
    SoundFormat("FLAC", ".flac", "PCM_16"),
    SoundFormat("MP3", ".mp3", "MPEG_LAYER_III"),
    SoundFormat("Ogg Vorbis", ".ogg", "VORBIS"),
    SoundFormat("Opus", ".opus", "OPUS"),
    SoundFormat("AAC", ".m4a", codec="aac"),
    SoundFormat("Apple Lossless", ".m4a", codec="alac"),
    SoundFormat("Windows Media", ".wma", codec="wmav2"),
)
"""Every kind that people's music is mostly in."""


class NoEncoderError(AudioFileError):
    """The trial itself is not possible here: nothing writes a piece of this format."""


def _tone(rate: int = _RATE) -> FloatArray:
    t = np.arange(round(_SECONDS * rate)) / rate
    return (0.4 * np.sin(2 * np.pi * _HERTZ * t)).astype(np.float32)


def write_piece(path: Path, kind: SoundFormat) -> None:
    """Write one second of a steady tone.

    Raises
    ------
    NoEncoderError
        When the installed libraries cannot write this format.
    OSError
        When the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()  # a folder that cannot be written is another fault than a missing encoder
    try:
        if kind.codec:
            _write_with_ffmpeg(path, kind.codec)
        else:
            import soundfile  # pyright: ignore[reportMissingTypeStubs] # noqa: PLC0415 - heavy

            container = "OGG" if kind.suffix in (".ogg", ".opus") else kind.name
            rate = 48000 if kind.subtype == "OPUS" else _RATE
            soundfile.write(path, _tone(rate), rate, kind.subtype, format=container)
    except Exception as error:  # both libraries raise whatever they like
        raise NoEncoderError(
            path, say("no test piece of this format can be written here")
        ) from error


def _write_with_ffmpeg(path: Path, codec: str) -> None:
    import av  # noqa: PLC0415 - heavy

    with av.open(str(path), "w") as out:
        muxer: Any = out
        stream: Any = muxer.add_stream(codec, rate=_RATE, layout="stereo")
        stream.bit_rate = _BITS
        frame = av.AudioFrame.from_ndarray(np.stack([_tone()] * 2), "fltp", "stereo")
        frame.sample_rate = _RATE
        frame.pts = 0
        resampler = av.AudioResampler(stream.format, "stereo", _RATE, frame_size=1024)
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            muxer.mux(stream.encode(piece))
        muxer.mux(stream.encode(None))


def prove(kind: SoundFormat, folder: Path) -> str:
    """Write a piece, decode it as any file is decoded, and compare; return the codec's name.

    Raises
    ------
    AudioFileError
        When it cannot be decoded, or something else comes out.
    """
    path = folder / f"{kind.codec or kind.subtype.lower()}{kind.suffix}"
    try:
        write_piece(path, kind)
        codec = decode.probe(path).codec
        sound = decode.load(path, _HEARD_RATE)
    finally:
        path.unlink(missing_ok=True)
    seconds = len(sound) / _HEARD_RATE
    middle = sound[len(sound) // 4 : 3 * len(sound) // 4]
    strongest = int(np.argmax(np.abs(np.fft.rfft(middle * np.hanning(len(middle))))))
    hertz = strongest * _HEARD_RATE / max(1, len(middle))
    loud = float(np.sqrt(np.mean(middle**2))) if len(middle) else 0.0
    if abs(hertz - _HERTZ) > 10 or abs(seconds - _SECONDS) > 0.2 or not 0.2 < loud < 0.4:
        raise AudioFileError(
            path,
            say(
                "a tone of {hertz:g} Hz came out as {hertz2:.0f} Hz, {seconds:.1f} s long",
                hertz=_HERTZ,
                hertz2=hertz,
                seconds=seconds,
            ),
        )
    return codec


def version() -> str:
    """Return what PortAudio calls itself.

    Raises
    ------
    DeviceError
        When it, or the package sounddevice, is missing.
    """
    text: str = portaudio.load().get_portaudio_version()[1]
    return text.partition(", revision")[0]


def play_silence(device_id: str = "", name: str = "") -> None:
    """Open an output and wait until it asks for sound.

    Raises
    ------
    DeviceError
        When it cannot be opened or asks for nothing.
    """
    name = name or say("The sound output")
    asked = threading.Event()

    def pull(out: FloatArray, _moment: float) -> None:
        out[:] = 0
        asked.set()

    stream = portaudio.open_output(device_id, name, _RATE, pull)
    try:
        stream.start()
        if not asked.wait(_PATIENCE_S):
            raise DeviceError(
                say("{name} opens but plays nothing. Unplug it, or choose another.", name=name)
            )
    finally:
        stream.close()


def record(device_id: str = "", name: str = "") -> bool:
    """Open an input and wait for sound; return whether anything but digital silence came.

    Raises
    ------
    DeviceError
        When it cannot be opened or gives nothing.
    """
    name = name or say("The microphone")
    came = threading.Event()
    heard = threading.Event()

    def take(block: FloatArray, _lost: bool) -> None:
        came.set()
        if np.any(block):
            heard.set()

    stream = portaudio.open_input(device_id, name, take)
    try:
        stream.start()
        heard.wait(_PATIENCE_S)
    finally:
        stream.close()
    if not came.is_set():
        raise DeviceError(
            say("{name} opens but gives no sound. Unplug it, or choose another.", name=name)
        )
    return heard.is_set()
