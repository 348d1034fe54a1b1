"""What a front end is, as data: every number that decides how a network's picture looks.

A bundle stores the fingerprint of its spec, so a network never sees a picture it was not taught.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.features.cqt import cqt_lengths

Kind = Literal["mel", "mel3", "mfcc", "cqt", "stft", "mfcc_image", "waveform", "joint"]

_CHOICES: dict[str, tuple[str | None, ...]] = {
    "kind": ("mel", "mel3", "mfcc", "cqt", "stft", "mfcc_image", "waveform", "joint"),
    "mel_scale": ("slaney", "htk"),
    "norm": ("slaney", None),
    "log": ("db", "log", "log10", "none"),
    "normalisation": ("none", "window_max", "per_channel", "fixed"),
    "pad_mode": ("constant", "reflect"),
    "window": ("hann", "hann_symmetric"),
    "triangles": ("hz", "mel"),
}

MAX_PARTS = 8

_LATER = ("window", "triangles", "gain", "mean", "deviation", "step", "parts")
"""Fields that came after the first bundles: written only where they are not the default, so that
older fingerprints stay what they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontendSpec:
    """One front end; names as in torchaudio and librosa.

    Parameters
    ----------
    kind
        ``mel``, ``stft``, ``cqt``, ``mfcc``, ``mel3`` (three mels of different windows as
        channels), ``mfcc_image`` (the MFCC plotted as an RGB picture), ``waveform`` (the
        samples themselves: one band, a frame a sample, for networks with a front end of their
        own), ``wave`` (the samples themselves, ``n_bands`` of them in a column) or ``joint`` (the
        inputs of several front ends in one row, see ``features/joint.py``).
    sample_rate
        Hz of the mono sound this front end expects.
    n_fft, win_length, hop_length
        Samples; a shorter window sits in the middle of the FFT frame. For ``cqt`` ``n_fft`` is
        the support that holds the longest filter.
    n_bands
        Rows of the picture.
    f_min, f_max
        Hz. For ``cqt`` ``f_min`` is the lowest bin and ``f_max`` is not used.
    mel_scale, norm
        The mel formula and whether triangles have unit area (``slaney``) or unit height.
    power
        2 for power, 1 for magnitude.
    log
        ``db``: ``10 log10(max(x, amin))`` (20 for magnitudes), ``log``: ``ln(x + amin)``,
        ``log10``: ``log10(1 + gain x)``.
    amin
        Floor (``db``) or offset (``log``).
    top_db
        ``db`` only: nothing lies deeper than this below the loudest point of a window.
    normalisation
        Of one window: ``none``, ``window_max`` (dB relative to its loudest point),
        ``per_channel`` (zero mean, unit variance over each channel) or ``fixed``
        (``(x - mean) / deviation``, the training set's).
    frames
        Columns of one window.
    center, pad_mode
        True pads a window by half a frame on both sides, False lays the first frame on its
        first sample.
    segment
        Samples of one window where the paper's clip is longer than the frames need, else 0.
    n_mels, n_mfcc
        ``mfcc`` kinds: mel bands below, coefficients kept.
    bins_per_octave
        ``cqt``.
    win_lengths, hop_lengths
        ``mel3``: one of each per channel.
    window
        ``hann`` (periodic) or ``hann_symmetric`` (its last sample is zero again).
    triangles
        Whether the sides of mel filters are straight over ``hz`` (librosa) or over ``mel``
        (TensorFlow; their lowest bin is then empty).
    gain, mean, deviation
        Of ``log10`` and of ``fixed``.
    step
        Columns from one window of a file to the next as published, else 0: one window.
    parts
        ``joint``: the front ends.

    Raises
    ------
    ValueError
        When the numbers do not describe a front end.
    """

    kind: Kind
    sample_rate: int = 22050
    n_fft: int = 2048
    win_length: int = 2048
    hop_length: int = 512
    n_bands: int = 128
    f_min: float = 0.0
    f_max: float = 11025.0
    mel_scale: Literal["slaney", "htk"] = "slaney"
    norm: Literal["slaney"] | None = "slaney"
    power: float = 2.0
    log: Literal["db", "log", "log10", "none"] = "db"
    amin: float = 1e-10
    top_db: float | None = None
    normalisation: Literal["none", "window_max", "per_channel", "fixed"] = "none"
    frames: int = 128
    center: bool = False
    pad_mode: Literal["constant", "reflect"] = "constant"
    segment: int = 0
    n_mels: int = 0
    n_mfcc: int = 0
    bins_per_octave: int = 0
    win_lengths: tuple[int, ...] = ()
    hop_lengths: tuple[int, ...] = ()
    window: Literal["hann", "hann_symmetric"] = "hann"
    triangles: Literal["hz", "mel"] = "hz"
    gain: float = 1.0
    mean: float = 0.0
    deviation: float = 1.0
    step: int = 0
    parts: tuple[FrontendSpec, ...] = ()

    def __post_init__(self) -> None:
        # One spelling per value, so that equal specs have equal fingerprints.
        for name in ("f_min", "f_max", "power", "amin", "gain", "mean", "deviation"):
            object.__setattr__(self, name, float(getattr(self, name)))
        if self.top_db is not None:
            object.__setattr__(self, "top_db", float(self.top_db))
        for name in ("win_lengths", "hop_lengths", "parts"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        _check(self)

    @property
    def n_channels(self) -> int:
        """Channels of the picture."""
        return 3 if self.kind in {"mel3", "mfcc_image"} else 1

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of one network input: (channels, bands, frames)."""
        return self.n_channels, self.n_bands, self.frames

    @property
    def column_shape(self) -> tuple[int, int, int]:
        """Shape of the columns ``normalise`` takes for one window: (channels, rows, columns).

        Equal to `shape` but for the MFCC kinds, whose columns are log-mel bands.
        """
        if self.kind == "mfcc":
            return 1, self.n_mels, self.frames
        if self.kind == "mfcc_image":
            return 1, self.n_mels, 1 + self.window_samples // self.hop_length
        return self.shape

    @property
    def window_samples(self) -> int:
        """Samples one window needs."""
        if self.segment:
            return self.segment
        span = (self.frames - 1) * self.hop_length
        return max(span + self.n_fft % 2, 1) if self.center else span + self.n_fft

    @property
    def window_s(self) -> float:
        """Seconds one window needs."""
        return self.window_samples / self.sample_rate

    @property
    def hop_s(self) -> float:
        """Seconds from one column to the next."""
        if self.kind in {"mel3", "mfcc_image", "joint"}:
            return self.window_s / self.frames
        return self.hop_length / self.sample_rate

    @property
    def streamable(self) -> bool:
        """Whether a window is a run of stream columns: no padding of its own, one hop."""
        return not self.center and self.kind not in {"mel3", "waveform", "joint"}

    def of_length(self, seconds: float) -> FrontendSpec:
        """Return the same front end for windows of ``seconds``.

        Pictures of a fixed size (``mel3``, ``mfcc_image``) keep it, others get as many columns as
        fit.

        Raises
        ------
        ValueError
            When not one column fits, or it is ``joint``, whose parts have lengths of their own.
        """
        n = round(seconds * self.sample_rate)
        if self.kind in {"mel3", "mfcc_image"}:
            return dataclasses.replace(self, segment=n)
        room = n - (self.n_fft % 2 if self.center else self.n_fft)
        if room < 0 or self.kind == "joint":
            raise ValueError(f"its windows cannot be {seconds:g} s long")
        frames = 1 + room // self.hop_length
        return dataclasses.replace(self, frames=frames, segment=n if self.center else 0)

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the canonical JSON of this spec."""
        return _fingerprint(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the spec as JSON-ready data."""
        data = dataclasses.asdict(self)
        data["parts"] = tuple(part.to_dict() for part in self.parts)
        for field in dataclasses.fields(self):
            if field.name in _LATER and data[field.name] == field.default:
                del data[field.name]
        return {
            k: list(cast("tuple[object, ...]", v)) if isinstance(v, tuple) else v
            for k, v in data.items()
        }

    @classmethod
    def from_dict(cls, table: object) -> FrontendSpec:
        """Read what `to_dict` wrote.

        Raises
        ------
        BundleError
            When a key is unknown or missing, or a value does not describe a front end.
        """
        if not isinstance(table, Mapping):
            raise BundleError(say("The front end of this model is not a table of settings."))
        data = cast("Mapping[str, Any]", table)
        names = {f.name: f for f in dataclasses.fields(cls)}
        unknown = sorted(str(k) for k in set(data) - set(names))
        missing = sorted(set(names) - set(data) - set(_LATER))
        if unknown or missing:
            what = [say("unknown: {unknown}", unknown=", ".join(unknown))] if unknown else []
            what += [say("missing: {missing}", missing=", ".join(missing))] if missing else []
            raise BundleError(
                say(
                    "The front end of this model cannot be read ({what}). It was made by "
                    "another version of GenreDesk: update GenreDesk or the model.",
                    what="; ".join(what),
                )
            )
        for name, value in data.items():
            if name != "parts":
                _check_type(name, value, names[name].type)
        if not isinstance(data.get("parts", ()), list | tuple):
            raise BundleError(say("The front end of this model cannot be used: parts is no list."))
        inner = [
            _part(part)
            for part in list(cast("Sequence[object]", data.get("parts", ())))[:MAX_PARTS]
        ]
        try:
            arguments: dict[str, Any] = {**data, "parts": tuple(inner)}
            return cls(**arguments)
        except (TypeError, ValueError) as error:
            raise BundleError(
                say("The front end of this model cannot be used: {reason}.", reason=error)
            ) from error


def _part(table: object) -> FrontendSpec:
    if isinstance(table, Mapping) and cast("Mapping[str, Any]", table).get("parts"):
        raise BundleError(
            say("A front end of this model that is several is a part of another one.")
        )
    return FrontendSpec.from_dict(cast("object", table))


@functools.lru_cache(maxsize=64)
def _fingerprint(spec: FrontendSpec) -> str:
    text = json.dumps(spec.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _check_type(name: str, value: Any, declared: Any) -> None:
    """Refuse JSON of the wrong type before arithmetic meets it."""
    text = str(declared)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    good = (
        (text == "int" and number and isinstance(value, int))
        or (text.startswith("float") and (number or (value is None and "None" in text)))
        or (text == "bool" and isinstance(value, bool))
        or (text.startswith("tuple") and isinstance(value, list | tuple)
            and all(isinstance(v, int) and not isinstance(v, bool)
                    for v in cast("Sequence[object]", value)))
        or (name in _CHOICES and (isinstance(value, str) or value is None))
    )  # fmt: skip
    if not good:
        raise BundleError(
            say(
                "The front end of this model cannot be used: {name} is {value!r}.",
                name=name,
                value=cast("object", value),
            )
        )


def _check(spec: FrontendSpec) -> None:
    for name, allowed in _CHOICES.items():
        if getattr(spec, name) not in allowed:
            raise ValueError(f"{name} is {getattr(spec, name)!r}, not one of {allowed}")
    for name in ("sample_rate", "n_fft", "win_length", "hop_length", "n_bands", "frames"):
        if getattr(spec, name) < 1:
            raise ValueError(f"{name} is {getattr(spec, name)}, not positive")
    if spec.win_length > spec.n_fft:
        raise ValueError(f"win_length {spec.win_length} is longer than n_fft {spec.n_fft}")
    if not 0 <= spec.f_min < spec.f_max <= spec.sample_rate / 2:
        raise ValueError(f"f_min {spec.f_min} and f_max {spec.f_max} do not fit the sample rate")
    if spec.power not in {1.0, 2.0}:
        raise ValueError(f"power is {spec.power}, not 1 or 2")
    if spec.log != "none" and not 0 < spec.amin < 1:
        raise ValueError(f"amin is {spec.amin}, not between 0 and 1")
    if spec.top_db is not None and (spec.log != "db" or not 0 < spec.top_db < 1000):
        raise ValueError(f"top_db is {spec.top_db}: it needs dB and a value above 0")
    if spec.normalisation == "window_max" and spec.log != "db":
        raise ValueError("window_max needs dB")
    if not (0 < spec.gain <= 1e9 and 0 < spec.deviation <= 1e9 and abs(spec.mean) <= 1e9):
        raise ValueError("gain, mean or deviation is no number that scales a picture")
    if not 0 <= spec.step <= spec.frames:
        raise ValueError(f"step is {spec.step}, not from 0 to the {spec.frames} frames of a window")
    _check_kind(spec)
    _check_waveform(spec)
    _check_joint(spec)
    _check_segment(spec)
    _check_size(spec)


def _check_kind(spec: FrontendSpec) -> None:
    if spec.kind == "stft" and spec.n_bands != spec.n_fft // 2 + 1:
        raise ValueError(f"an STFT of {spec.n_fft} has {spec.n_fft // 2 + 1} bands")
    if spec.kind == "cqt":
        if spec.bins_per_octave < 1 or spec.f_min <= 0:
            raise ValueError("a CQT needs bins_per_octave and f_min")
        top = spec.f_min * 2 ** ((spec.n_bands - 1) / spec.bins_per_octave)
        if top >= spec.sample_rate / 2:
            raise ValueError(f"the highest CQT bin, {top:.0f} Hz, is above half the sample rate")
        longest = cqt_lengths(spec.sample_rate, spec.f_min, spec.bins_per_octave)
        if longest + 2 > spec.n_fft:
            raise ValueError(f"the longest CQT filter, {longest:.0f} samples, exceeds n_fft")
    if spec.kind in {"mfcc", "mfcc_image"}:
        if not 1 <= spec.n_mfcc <= spec.n_mels or spec.log != "db":
            raise ValueError("MFCCs need n_mels, n_mfcc <= n_mels and dB")
        if spec.kind == "mfcc" and spec.n_bands != spec.n_mfcc:
            raise ValueError("the bands of an MFCC are its coefficients")
        if spec.kind == "mfcc_image" and not spec.segment:
            raise ValueError("an MFCC picture needs its segment")
    if spec.kind == "mel3":
        if len(spec.win_lengths) != 3 or len(spec.hop_lengths) != 3 or not spec.segment:
            raise ValueError("a three-channel mel needs three windows, three hops and its segment")
        if min(spec.win_lengths + spec.hop_lengths) < 1 or max(spec.win_lengths) > spec.n_fft:
            raise ValueError("a window of the three-channel mel is longer than n_fft")


def _check_waveform(spec: FrontendSpec) -> None:
    if spec.kind != "waveform":
        return
    alike = spec.n_bands == spec.n_fft == spec.win_length == spec.hop_length
    if not alike or spec.log != "none" or spec.center:
        raise ValueError("the columns of a waveform follow one another, as they are")


def _check_joint(spec: FrontendSpec) -> None:
    if (spec.kind == "joint") != bool(spec.parts):
        raise ValueError("only a joint front end has parts, and it has some")
    if spec.kind != "joint":
        return
    size = sum(part.n_channels * part.n_bands * part.frames for part in spec.parts)
    if any(part.parts for part in spec.parts) or len(spec.parts) > MAX_PARTS:
        raise ValueError("the parts of a joint front end are a few single ones")
    if (spec.n_bands, spec.frames) != (1, size):
        raise ValueError(f"the parts of the joint front end give {size} numbers")
    if any(p.window_samples * spec.sample_rate > spec.segment * p.sample_rate for p in spec.parts):
        raise ValueError("a window of the joint front end is shorter than that of a part")


def _check_segment(spec: FrontendSpec) -> None:
    if spec.segment < 0:
        raise ValueError("segment is negative")
    if spec.center and spec.pad_mode == "reflect" and spec.window_samples <= spec.n_fft // 2:
        raise ValueError("a window is too short to be padded by reflection")
    if not spec.center and spec.window_samples < spec.n_fft:
        raise ValueError("a window is shorter than one frame")
    if not spec.segment or spec.kind in {"mel3", "mfcc_image", "joint"}:
        return
    room = spec.segment - (spec.n_fft % 2 if spec.center else spec.n_fft)
    if room < 0 or 1 + room // spec.hop_length != spec.frames:
        raise ValueError(f"a segment of {spec.segment} samples does not give {spec.frames} frames")


def _check_size(spec: FrontendSpec) -> None:
    """Refuse what would take all memory or an afternoon: a spec may come from a stranger."""
    if spec.sample_rate > 1_000_000 or spec.window_samples > 1 << 26:
        raise ValueError("a window of this front end is longer than any sound")
    rows = max(spec.n_bands, spec.n_mels)
    hop = min((spec.hop_length, *spec.hop_lengths))
    columns = max(spec.frames, spec.window_samples // hop)
    if spec.n_fft > 1 << 20 or rows * spec.n_fft > 1 << 25 or 3 * rows * columns > 1 << 26:
        raise ValueError("a window of this front end is larger than any network takes")
