"""A trained autoencoder speaks: genre in, a spectrogram of any length and its sound out.

Its bundle is one like any other: ``model.onnx`` names genres (by which explains the sound best), so
every page can use it; ``weights.safetensors`` also holds the decoder, which only this file needs.
"""

from __future__ import annotations

import dataclasses
import math
import tempfile
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genredesk.core import atomic
from genredesk.core.errors import BundleError, DataError, GenreDeskError
from genredesk.core.job import JobContext
from genredesk.core.messages import say
from genredesk.core.scores import FloatArray
from genredesk.features import inverse
from genredesk.features.frontend import FrontendSpec
from genredesk.inference.bundle import Bundle
from genredesk.nets import registry
from genredesk.nets.spec import NetSpec
from genredesk.nets.standardise import Standardised
from genredesk.training.batches.cleaning import AS_IT_IS, MUSIC, Clean, Musicality, heard
from genredesk.training.data.songs import listed
from genredesk.training.network import rebuild
from genredesk.training.plan import recipe

LONGEST_S = 3600.0
"""More is not made at once: a picture of an hour is kept in memory."""

PEAK = 10 ** (-1 / 20)
"""The loudest sample of a file, 1 dB below full scale."""

_MEASURED_S = 60.0

_OVERLAP = 1 / 7
"""Share of a patch that overlaps the next one (32 of the paper's 216 columns)."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A generating network ready to be asked.

    Parameters
    ----------
    net
        The network behind its standardisation, in evaluation mode.
    labels
        Its genres.
    spec
        The front end whose pictures it makes.
    """

    net: Standardised
    labels: tuple[str, ...]
    spec: FrontendSpec

    @property
    def inner(self) -> Any:
        """The network itself: ``sample``, ``generate`` and ``vary`` are its own."""
        return self.net.net

    def number(self, genre: str) -> int:
        """Return a genre's number.

        Raises
        ------
        DataError
            When it knows no such genre; the text lists those it knows.
        """
        if genre not in self.labels:
            raise DataError(
                say(
                    "This network knows no genre {genre}. It knows {listed}.",
                    genre=genre,
                    listed=listed(self.labels),
                )
            )
        return self.labels.index(genre)

    def restored(self, pictures: Tensor) -> FloatArray:
        """Undo the standardisation: the network's output to the front end's unit, same shape.

        What lies outside the front end's range is brought back into it.
        """
        out = (pictures.float() * self.net.std + self.net.mean).numpy()
        if self.spec.normalisation == "window_max":
            out = np.minimum(out, 0.0)
        if self.spec.top_db is not None:
            peak = out.max(axis=(-3, -2, -1), keepdims=True)
            out = np.maximum(out, peak - self.spec.top_db)
        return out.astype(np.float32, copy=False)

    def picture(self, genre: str, columns: int, seed: int = 0) -> FloatArray:
        """Make a picture ``(channels, bands, columns)`` in the front end's unit."""
        overlap = round(self.spec.frames * _OVERLAP)
        generator = torch.Generator().manual_seed(seed)
        made = self.inner.generate(self.number(genre), columns, generator, overlap=overlap)
        return self.restored(made)


def can(net: NetSpec, front: FrontendSpec) -> bool:
    """Whether a network trained on ``front`` makes new pieces that can be heard."""
    return net.task == "generate" and inverse.invertible(front)


def check(bundle: Bundle) -> None:
    """Refuse a bundle whose network makes nothing.

    Raises
    ------
    BundleError
        When it is no generating network.
    """
    network = bundle.card.network
    if registry.get(network).task != "generate":
        raise BundleError(
            say(
                "{id}: its network {network} names genres but makes no sound. Train one with "
                "“genredesk train --network vae”.",
                id=bundle.id,
                network=network,
            )
        )


def voice(bundle: Bundle) -> Voice:
    """Return the generating network of a bundle.

    Raises
    ------
    BundleError
        As :func:`check`, or when its weights are damaged.
    """
    check(bundle)
    return Voice(rebuild.network_of(bundle), bundle.card.labels, bundle.card.frontend)


def sound(
    speaker: Voice, genre: str, seconds: float, *, seed: int = 0, ctx: JobContext | None = None
) -> Iterator[FloatArray]:
    """Yield the samples of a new piece, ``round(seconds * sample_rate)`` in all.

    Raises
    ------
    DataError
        When the genre is not known or the duration cannot be made.
    BundleError
        When pictures of its front end cannot be turned back into sound.
    """
    spec, ctx = speaker.spec, ctx or JobContext()
    if not (math.isfinite(seconds) and 0 < seconds <= LONGEST_S):
        raise DataError(
            say(
                "{seconds:g} seconds cannot be made; ask for up to {longest_s:g}.",
                seconds=seconds,
                longest_s=LONGEST_S,
            )
        )
    if not inverse.invertible(spec):
        raise BundleError(
            say(
                "Its pictures ({kind}) cannot be turned back into sound. Train the network on a "
                "mel front end, for example vae-mel.",
                kind=spec.kind,
            )
        )
    wanted = max(1, round(seconds * spec.sample_rate))
    picture = speaker.picture(genre, wanted // spec.hop_length + 2, seed)
    done = 0
    for block in inverse.blocks(spec, picture, seed=seed, checkpoint=ctx.checkpoint):
        part = block[: wanted - done]
        done += len(part)
        ctx.progress(done, wanted, genre)
        yield part


@dataclass(frozen=True, slots=True)
class Made:
    """What was written, how much of music its first minute has, and how long was learned for it.

    Parameters
    ----------
    epochs
        What its network learned for; 0: not known.
    """

    path: Path
    seconds: float
    sample_rate: int
    heard: Musicality
    epochs: int = 0

    @property
    def sentence(self) -> str:
        """Say how it sounds beside real music."""
        flat = say(
            "Flatness {flatness:.3f} (music about {flatness2:.3f})",
            flatness=self.heard.flatness,
            flatness2=MUSIC.flatness,
        )
        onsets = say(
            "{onsets:.1f} onsets a second (music about {onsets2:.1f})",
            onsets=self.heard.onsets,
            onsets2=MUSIC.onsets,
        )
        verdict = say("It is nearer to noise than to music.") if self.heard.noisy(MUSIC) else ""
        return " ".join(filter(None, (f"{flat}, {onsets}.", verdict, self._learned)))

    @property
    def _learned(self) -> str:
        paper = recipe.get("vae").epochs
        if self.epochs == 1:
            return say("Its network learned for one epoch, the paper's for {paper}.", paper=paper)
        if self.epochs:
            return say(
                "Its network learned for {epochs} epochs, the paper's for {paper}.",
                epochs=self.epochs,
                paper=paper,
            )
        return ""


def write(path: str | Path, blocks: Iterable[FloatArray], sample_rate: int) -> Made:
    """Write mono sound of any level as 16-bit PCM WAV, its peak at :data:`PEAK`; all or nothing.

    Raises
    ------
    GenreDeskError
        When the file cannot be written or its name says it is no WAV.
    """
    target = Path(path)
    if target.suffix.lower() not in {".wav", ".wave", ""}:
        raise GenreDeskError(
            say(
                "{target}: only WAV is written. Call it {stem}.wav.",
                target=target.name,
                stem=target.stem,
            )
        )
    if target.is_dir():
        raise GenreDeskError(say("{target} is a folder. Name a file in it.", target=target))
    try:
        with tempfile.TemporaryFile(prefix="genredesk-") as raw:
            peak = _keep(blocks, raw)
            n = raw.tell() // 4
            raw.seek(0)
            first = np.frombuffer(raw.read(4 * round(_MEASURED_S * sample_rate)), np.float32)
            told = heard(first / peak, sample_rate)
            raw.seek(0)
            with atomic.atomic_file(target) as file, wave.open(file, "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(sample_rate)
                out.setnframes(n)
                while data := raw.read(1 << 20):
                    scaled = np.frombuffer(data, np.float32) * np.float32(32767 * PEAK / peak)
                    out.writeframesraw(np.rint(scaled).astype("<i2").tobytes())
    except OSError as error:
        reason = error.strerror or error
        raise GenreDeskError(
            say(
                "{target}: it cannot be written ({reason}). Choose another place or make room.",
                target=target,
                reason=reason,
            )
        ) from error
    return Made(target, n / sample_rate, sample_rate, told)


def make(
    bundle: Bundle,
    genre: str,
    seconds: float,
    path: str | Path,
    *,
    seed: int = 0,
    clean: Clean = AS_IT_IS,
    ctx: JobContext | None = None,
) -> Made:
    """Write a new piece by the network of ``bundle``; see :func:`sound` and :func:`write`."""
    speaker = voice(bundle)
    blocks = sound(speaker, genre, seconds, seed=seed, ctx=ctx)
    made = write(path, clean(blocks, speaker.spec.sample_rate), speaker.spec.sample_rate)
    known = bundle.card.epochs
    return dataclasses.replace(made, epochs=known.ran if known is not None else 0)


def _keep(blocks: Iterable[FloatArray], raw: Any) -> float:
    """Keep blocks in a temporary file and return their peak (1 for silence)."""
    peak = 0.0
    for block in blocks:
        samples = np.ascontiguousarray(block, np.float32)
        peak = max(peak, float(np.abs(samples).max(initial=0.0)))
        raw.write(samples.tobytes())
    return peak or 1.0
