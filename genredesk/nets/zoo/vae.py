"""The variational autoencoder of KTH (paper 002): genre in, new spectrograms of it out.

``KthMelVAE`` is a design that works, on log-mel patches of 5 s with the genre as a condition;
``KthWaveVAE`` re-creates the authors' notebook to the letter, for fidelity only (it makes noise).
"""

from __future__ import annotations

import math
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, linear, one_hot

from genredesk.nets.init import keras_
from genredesk.nets.layers import SameConv1d, halved
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec

SLOPE = 0.4
"""Of LeakyReLU, throughout the notebook."""

_AT_ONCE = 8
"""Patches decoded together."""

_REMEMBERED = 100
"""Patches of a genre after which the memory of an older one has faded to a third."""


class InstanceNorm(nn.Module):
    """Each sample's channel to mean 0 and deviation 1, then scale and shift; one value becomes 0.

    torch's own refuses a single value in training, which is all that the notebook ever gives it.
    """

    def __init__(self, n: int, eps: float = 1e-3) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n))
        self.bias = nn.Parameter(torch.zeros(n))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, channels, ...)`` to the same shape."""
        flat = x.flatten(2)
        centred = flat - flat.mean(2, keepdim=True)
        scaled = centred * (centred.square().mean(2, keepdim=True) + self.eps).rsqrt()
        return (scaled * self.weight[:, None] + self.bias[:, None]).view_as(x)


class KthMelVAE(Network):
    """Four strided convolutions to a latent of 32 numbers, four transposed ones back.

    Widths and norms are the paper's and the notebook's (instance norm in the encoder, batch norm
    in the decoder, LeakyReLU 0.4); kernels, the mel input and the latent's size are chosen here.
    Any input fits: the decoder's map is cropped.

    As a network of the zoo it also classifies: ``forward`` asks how well each genre explains the
    input (see there). ``loss`` trains it, ``sample`` and ``generate`` make new spectrograms,
    ``vary`` re-draws given ones. New ones are drawn where the training songs of their genre lay in
    the latent space: drawn from the standard normal, whatever the genre, they all sound alike.

    Parameters
    ----------
    latent
        Numbers per patch; the notebook has 2.
    """

    latent_mean: Tensor
    latent_square: Tensor

    def __init__(
        self, n_channels: int, n_bands: int, n_frames: int, n_classes: int, *, latent: int = 32
    ) -> None:
        super().__init__()
        self.shape = (n_channels, n_bands, n_frames)
        self.n_classes = n_classes
        self.latent = latent
        self.map = halved((n_bands, n_frames), 4)
        encoder: list[nn.Module] = []
        n_in = n_channels
        for n_out in (64, 128, 128, 256):
            encoder += [
                nn.Conv2d(n_in, n_out, 3, 2, padding=1),
                InstanceNorm(n_out),
                nn.LeakyReLU(SLOPE),
            ]
            n_in = n_out
        self.encoder = nn.Sequential(*encoder)
        self.cells = 256 * self.map[0] * self.map[1]
        self.to_latent = nn.Linear(self.cells + n_classes, 2 * latent)
        self.from_latent = nn.Linear(latent + n_classes, self.cells)
        decoder: list[nn.Module] = []
        for n_out in (128, 128, 64, 64):
            decoder += [
                nn.ConvTranspose2d(n_in, n_out, 4, 2, padding=1),
                nn.BatchNorm2d(n_out),
                nn.LeakyReLU(SLOPE),
            ]
            n_in = n_out
        decoder += [nn.Conv2d(n_in, n_channels, 3, padding=1), nn.BatchNorm2d(n_channels)]
        self.decoder = nn.Sequential(*decoder)
        self.register_buffer("latent_mean", torch.zeros(n_classes, latent))
        self.register_buffer("latent_square", torch.ones(n_classes, latent))
        keras_(self)

    def _moments(self, hidden: Tensor, genre: Tensor) -> tuple[Tensor, Tensor]:
        """Flat encoder output and one-hot genre, broadcast together, to mean and log variance."""
        weight, bias = self.to_latent.weight, self.to_latent.bias
        of_sound, of_genre = weight[:, : self.cells], weight[:, self.cells :]
        mean, logvar = (linear(hidden, of_sound, bias) + linear(genre, of_genre)).chunk(2, -1)
        return mean, logvar

    def _one_hot(self, genre: Tensor) -> Tensor:
        return one_hot(genre, self.n_classes).to(self.to_latent.weight.dtype)

    def encode(self, x: Tensor, genre: Tensor) -> tuple[Tensor, Tensor]:
        """Encode pictures ``(batch, channels, bands, frames)`` of genres ``(batch,)``.

        Returns mean and log variance, each ``(batch, latent)``.
        """
        return self._moments(self.encoder(x).flatten(1), self._one_hot(genre))

    def decode(self, z: Tensor, genre: Tensor) -> Tensor:
        """Latent ``(batch, latent)`` and genre ``(batch,)`` to pictures as :meth:`encode` takes."""
        return self._decode(z, self._one_hot(genre))

    def _decode(self, z: Tensor, genre: Tensor) -> Tensor:
        hidden = leaky_relu(self.from_latent(torch.cat([z, genre], -1)), SLOPE)
        x = self.decoder(hidden.unflatten(-1, (256, *self.map)))
        return x[..., : self.shape[1], : self.shape[2]]

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Classify by explaining: logits from minus the loss under each genre.

        Every genre encodes and decodes the input; the one that explains it best wins (Bayes' rule
        with equal priors and the evidence bound for the likelihood). The bound sums one error per
        value of the picture, so it is divided by the root of their number; a calibration's
        temperature does the rest. What all genres have in common says nothing and is left out:
        errors of hundreds that differ by a hundredth would round away a runtime's agreement. The
        embedding is the latent mean under no genre in particular, ``(batch, latent)``.
        """
        n = self.n_classes
        hidden = self.encoder(features).flatten(1)
        every = torch.eye(n, device=features.device, dtype=hidden.dtype)
        mean, logvar = self._moments(hidden[:, None], every)  # (batch, genres, latent)
        genres = every.expand(features.shape[0], n, n).flatten(0, 1)
        guess = cast("Tensor", self._decode(mean.flatten(0, 1), genres).unflatten(0, (-1, n)))
        shared = guess.mean(1, keepdim=True)
        # (guess - x)² - (shared - x)², without the difference of two large numbers
        more = (guess - shared) * (guess + shared - 2 * features[:, None])
        # axis by axis: one sum over all values would round, too
        more = more.mean(-1).mean(-1).mean(-1)
        root = math.sqrt(math.prod(self.shape))
        logits = -(more * root + _divergence(mean, logvar) / root)
        return logits, mean.mean(1)

    def loss(self, x: Tensor, genre: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Sum of squared errors plus Kullback-Leibler divergence, mean over the batch."""
        mean, logvar = self.encode(x, genre)
        if self.training:
            self._remember(mean.detach().float(), logvar.detach().float(), genre)
        guess = self.decode(_draw(mean, logvar, generator), genre)
        error = (guess - x).float().square().flatten(1).sum(1)
        return (error + _divergence(mean.float(), logvar.float())).mean()

    @torch.no_grad()
    def _remember(self, mean: Tensor, logvar: Tensor, genre: Tensor) -> None:
        """Follow where each genre lies: mean and mean square, over about its last 100 patches."""
        hot = self._one_hot(genre).to(mean.dtype)
        count = hot.sum(0)[:, None]
        rate = 1 - (1 - 1 / _REMEMBERED) ** count
        for kept, values in (
            (self.latent_mean, mean),
            (self.latent_square, mean.square() + logvar.exp()),
        ):
            kept.lerp_(hot.T @ values / count.clamp(min=1), rate)

    def _placed(self, noise: Tensor, genre: int) -> Tensor:
        """Move standard normal noise ``(n, latent)`` to where ``genre`` lies."""
        mean = self.latent_mean[genre]
        spread = (self.latent_square[genre] - mean.square()).clamp(min=0).sqrt()
        return noise.to(mean) * spread + mean

    @torch.no_grad()
    def sample(self, genre: int, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Make ``n`` new pictures of ``genre``, ``(n, channels, bands, frames)``."""
        noise = torch.randn(n, self.latent, generator=generator)
        return self._decode_still(self._placed(noise, genre), genre)

    @torch.no_grad()
    def vary(self, x: Tensor, genre: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Re-draw pictures from their own latent distribution (augmentation), shape as ``x``."""
        was, _ = self.training, self.eval()
        try:
            return self.decode(_draw(*self.encode(x, genre), generator), genre)
        finally:
            self.train(was)

    @torch.no_grad()
    def generate(
        self,
        genre: int,
        n_frames: int,
        generator: torch.Generator | None = None,
        *,
        overlap: int = 32,
        glide: int = 4,
    ) -> Tensor:
        """Make one picture of any length, ``(channels, bands, n_frames)``.

        Patches overlap by ``overlap`` frames, faded across. Every ``glide``-th has a latent of
        its own; those between are interpolated, at constant variance.
        """
        if n_frames < 1:
            raise ValueError("at least one frame must be asked for")
        length = self.shape[2]
        overlap = max(0, min(overlap, length // 2))
        step = length - overlap
        n = max(1, math.ceil((n_frames - overlap) / step))
        anchors = torch.randn((n - 1) // glide + 2, self.latent, generator=generator)
        where = torch.arange(n) / glide
        part = (where % 1)[:, None]
        z = anchors[where.long()] * (1 - part) + anchors[where.long() + 1] * part
        z = z / ((1 - part).square() + part.square()).sqrt()
        patches = self._decode_still(self._placed(z, genre), genre)
        fade = (torch.arange(overlap, device=patches.device) + 0.5) / max(1, overlap)
        patches[1:, ..., :overlap] *= fade
        patches[:-1, ..., step:] *= 1 - fade
        long = patches.new_zeros(*patches.shape[1:3], (n - 1) * step + length)
        for i, patch in enumerate(patches):
            long[..., i * step : i * step + length] += patch
        return long[..., :n_frames]

    def _decode_still(self, z: Tensor, genre: int) -> Tensor:
        """Decode in evaluation mode (a batch's own statistics are no part of a sample)."""
        was, _ = self.training, self.eval()
        try:
            genres = torch.full((len(z),), genre, device=z.device)
            # a few at a time: an hour is hundreds of patches, each 30 MB while it is decoded
            parts = torch.split(z, _AT_ONCE), torch.split(genres, _AT_ONCE)
            return torch.cat([self.decode(*pair) for pair in zip(*parts, strict=True)])
        finally:
            self.train(was)


class WaveBlock(nn.Module):
    """The notebook's residual block: two convolutions of ONE filter, added to every channel.

    Its arguments are swapped there (kernel = the width meant, filters = 1). On a sequence of one
    value "same" padding leaves one tap of each kernel at work, and instance norm leaves its bias.
    """

    def __init__(self, n_in: int, kernel: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = SameConv1d(n_in, 1, kernel), InstanceNorm(1)
        self.conv2, self.norm2 = SameConv1d(1, 1, kernel), InstanceNorm(1)

    def forward(self, x: Tensor) -> Tensor:
        """``(batch, n_in, 1)`` to the same shape."""
        y = leaky_relu(self.norm1(self.conv1(x.relu())), SLOPE)
        y = leaky_relu(self.norm2(self.conv2(y)), SLOPE)
        return (x + y).relu()


class KthWaveVAE(Network):
    """The notebook, literally: 30 s at 3 kHz as 90,001 channels of a sequence of one step.

    One model per genre in the original, so it takes no genre and classifies nothing: ``forward``
    returns the reconstruction's logits ``(batch, samples)`` and the latent mean. Samples of +-1
    are treated as probabilities, the output lies in [0, 1] and the latent has two numbers, so
    what it makes is noise. No front end hands out waveforms; it is built by hand:
    ``KthWaveVAE(1, 1, 90_001, 1)``.
    """

    def __init__(
        self, n_channels: int, n_bands: int, n_frames: int, n_classes: int = 1, *, latent: int = 2
    ) -> None:
        super().__init__()
        del n_classes  # one model per genre
        self.shape = (n_channels, n_bands, n_frames)
        self.latent = latent
        n_samples = math.prod(self.shape)
        encoder: list[nn.Module] = []
        n_in = n_samples
        for n_out in (64, 128, 128, 256):
            encoder += [nn.Conv1d(n_in, n_out, 1, 2), WaveBlock(n_out, n_out)]
            n_in = n_out
        self.encoder = nn.Sequential(*encoder, nn.Flatten(), nn.Linear(256, 2 * latent))
        decoder: list[nn.Module] = []
        n_in = latent
        for n_out in (512, 256, 128, 64):
            decoder += [WaveBlock(n_in, n_out), nn.Conv1d(n_in, n_out, 1)]
            n_in = n_out
        self.decoder = nn.Sequential(*decoder, nn.Conv1d(n_in, n_samples, 1))
        keras_(self)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Samples ``(batch, channels, bands, frames)`` to mean and log variance."""
        mean, logvar = self.encoder(x.flatten(1)[..., None]).chunk(2, 1)
        return mean, logvar

    def decode(self, z: Tensor) -> Tensor:
        """Latent ``(batch, latent)`` to the samples' logits ``(batch, samples)``."""
        return self.decoder(z[..., None])[..., 0]

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return the reconstruction's logits and the latent mean."""
        mean, _ = self.encode(features)
        return self.decode(mean), mean

    def loss(
        self, x: Tensor, genre: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Sigmoid cross-entropy and a sampled divergence, plus the notebook's second entropy.

        The second one takes the logits for probabilities, as Keras does unless told otherwise.
        """
        del genre
        x = x.flatten(1)
        mean, logvar = self.encode(x.view(-1, *self.shape))
        z = _draw(mean, logvar, generator)
        logits = self.decode(z)
        entropy = nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
        divergence = _log_normal(z, mean, logvar) - _log_normal(z, mean * 0, logvar * 0)
        as_probability = logits.clamp(1e-7, 1 - 1e-7)
        second = -(x * as_probability.log() + (1 - x) * (1 - as_probability).log()).mean()
        return (entropy + divergence).mean() + second

    @torch.no_grad()
    def sample(self, genre: int, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Make ``n`` waveforms in [0, 1], ``(n, channels, bands, frames)``; ``genre`` is unused."""
        del genre
        z = torch.randn(n, self.latent, generator=generator).to(next(self.parameters()))
        return self.decode(z).sigmoid().view(n, *self.shape)


def _draw(mean: Tensor, logvar: Tensor, generator: torch.Generator | None) -> Tensor:
    """One latent from each normal distribution (the reparameterisation)."""
    noise = torch.randn(mean.shape, generator=generator).to(mean)
    return mean + noise * (0.5 * logvar).exp()


def _divergence(mean: Tensor, logvar: Tensor) -> Tensor:
    """Kullback-Leibler divergence from the standard normal, summed over the last axis."""
    return 0.5 * (mean.square() + logvar.exp() - logvar - 1).sum(-1)


def _log_normal(z: Tensor, mean: Tensor, logvar: Tensor) -> Tensor:
    """Log density of independent normals, summed over the last axis."""
    squares = (z - mean).square() * (-logvar).exp()
    return -0.5 * (squares + logvar + math.log(2 * math.pi)).sum(-1)


_VAE = NetSpec(
    name="vae",
    title="KTH variational autoencoder",
    paper="002",
    build=KthMelVAE,
    frontend_name="vae-mel",
    shape=(1, 128, 216),
    parameters=4_571_779,
    total=4_572_549,
    recipe="vae",
    task="generate",
    notes="It names a genre by which one explains the sound best, and makes new pieces (on the "
    "Models page, or with “genredesk generate”). The paper's notebook works on waveforms and "
    "yields noise (“genredesk generate --notebook”); this one follows its widths and norms on 5 s "
    "log-mel patches.",
)

NET = _VAE.with_variants(
    _VAE.like(
        name="vae-2",
        title="KTH variational autoencoder, the notebook's latent of 2",
        build=partial(KthMelVAE, latent=2),
        parameters=1_990_639,
        total=1_991_409,
    ),
)
