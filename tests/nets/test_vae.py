"""The variational autoencoder: it learns, samples by genre, goes on for as long as asked."""

from __future__ import annotations

import copy

import pytest
import torch

from genredesk.nets import registry
from genredesk.nets.zoo.vae import InstanceNorm, KthMelVAE, KthWaveVAE

SHAPE = (1, 32, 16)

# one worker trains the network that they all look at
pytestmark = pytest.mark.xdist_group("vae")


def seeded(n=1):
    return torch.Generator().manual_seed(n)


def two_genres(n=16):
    """Genre 0 is loud below, genre 1 above."""
    genre = torch.arange(n) % 2
    x = 0.3 * torch.randn(n, *SHAPE)
    x[genre == 0, :, :16] += 2
    x[genre == 1, :, 16:] += 2
    return x, genre


@pytest.fixture(scope="module")
def trained():
    """A small one after 120 steps, with its losses."""
    torch.manual_seed(5)
    vae = KthMelVAE(*SHAPE, 2, latent=2)
    optimiser = torch.optim.Adam(vae.parameters(), lr=1e-3)
    losses = []
    for _ in range(120):
        x, genre = two_genres()
        loss = vae.loss(x, genre)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return vae.eval(), losses


def test_the_loss_falls(trained):
    _, losses = trained
    assert sum(losses[-5:]) < 0.6 * sum(losses[:5])


def test_a_sample_sounds_like_its_genre(trained):
    vae, _ = trained
    for genre, (here, there) in enumerate((((0, 16), (16, 32)), ((16, 32), (0, 16)))):
        samples = vae.sample(genre, 8, seeded())
        assert samples.shape == (8, *SHAPE)
        assert samples[:, :, slice(*here)].mean() > samples[:, :, slice(*there)].mean() + 0.5


def test_it_names_the_genre_that_explains_the_sound(trained):
    vae, _ = trained
    x, genre = two_genres(32)
    with torch.inference_mode():
        logits, embedding = vae(x)
    assert (logits.argmax(1) == genre).float().mean() > 0.9
    assert embedding.shape == (32, 2)


def _bounds(vae, x):
    """Minus the bound under each genre, over the root of the picture's size, ``(batch, 2)``."""
    found = []
    for genre in (0, 1):
        labels = torch.full((len(x),), genre)
        mean, logvar = vae.encode(x, labels)
        error = (vae.decode(mean, labels) - x).square().flatten(1).sum(1)
        divergence = 0.5 * (mean**2 + logvar.exp() - logvar - 1).sum(1)
        found.append(-(error + divergence) / (32 * 16) ** 0.5)
    return torch.stack(found, 1)


def test_logits_differ_as_the_bounds_under_each_genre_do(trained):
    vae, _ = trained
    x, _ = two_genres(3)
    with torch.inference_mode():
        logits, _ = vae(x)
        expected = _bounds(vae, x)
    torch.testing.assert_close(logits.diff(), expected.diff(), rtol=1e-4, atol=1e-4)


def test_what_no_genre_explains_rounds_no_difference_away(trained):
    exact = copy.deepcopy(trained[0]).double()
    x, _ = two_genres(8)
    x = x + 40 * torch.randn(*SHAPE, generator=seeded())
    with torch.inference_mode():
        logits, _ = trained[0](x)
        expected = _bounds(exact, x.double())
        rounded = _bounds(trained[0], x)
    wrong = (logits.diff() - expected.diff()).abs().max()
    assert wrong < 0.3 * (rounded.diff() - expected.diff()).abs().max()


def test_a_variation_stays_near_its_original(trained):
    vae, _ = trained
    vae.train()
    x, genre = two_genres(8)
    varied = vae.vary(x, genre, seeded(1))
    assert vae.training  # as it was
    vae.eval()
    assert varied.shape == x.shape
    assert (varied - x).square().mean() < (x.flip(0) - x).square().mean()
    assert not torch.equal(varied, vae.vary(x, genre, seeded(2)))


def test_new_ones_are_drawn_where_their_genre_lies(trained):
    vae = copy.deepcopy(trained[0])
    x, genre = two_genres(64)
    mean, logvar = vae.encode(x, genre)
    vae.loss(x, genre)
    assert torch.equal(vae.latent_mean, trained[0].latent_mean)  # only training remembers
    vae.train()
    for _ in range(40):
        vae.loss(x, genre)
    for g in (0, 1):
        expected = mean[genre == g].mean(0)
        torch.testing.assert_close(vae.latent_mean[g], expected, rtol=1e-3, atol=1e-3)
        spread = mean[genre == g].var(0, correction=0) + logvar[genre == g].exp().mean(0)
        drawn = vae._placed(torch.randn(20_000, 2, generator=seeded()), g)
        torch.testing.assert_close(drawn.mean(0), expected, rtol=0.05, atol=0.05)
        torch.testing.assert_close(drawn.var(0), spread, rtol=0.05, atol=0.01)


def test_an_untrained_one_draws_from_the_standard_normal():
    vae = KthMelVAE(*SHAPE, 3)
    noise = torch.randn(4, 32, generator=seeded())
    assert torch.equal(vae._placed(noise, 2), noise)


def test_a_genre_without_songs_is_left_alone(trained):
    vae = copy.deepcopy(trained[0]).train()
    before = vae.latent_mean.clone()
    x, _ = two_genres(8)
    vae.loss(x, torch.zeros(8, dtype=torch.long))
    assert not torch.equal(vae.latent_mean[0], before[0])
    assert torch.equal(vae.latent_mean[1], before[1])


@pytest.mark.parametrize("n_frames", [1, 10, 24, 25, 200, 1001])
def test_any_duration(trained, n_frames):
    vae, _ = trained
    picture = vae.generate(1, n_frames, seeded())
    assert picture.shape == (1, 32, n_frames)
    assert torch.isfinite(picture).all()
    assert torch.equal(picture, vae.generate(1, n_frames, seeded()))


def test_equal_patches_overlap_to_themselves(trained, monkeypatch):
    vae, _ = trained
    monkeypatch.setattr(vae, "_decode_still", lambda z, _: torch.ones(len(z), *SHAPE))
    torch.testing.assert_close(vae.generate(0, 100), torch.ones(1, 32, 100))


def test_no_frames_are_refused(trained):
    with pytest.raises(ValueError, match="at least one frame"):
        trained[0].generate(0, 0)


@pytest.mark.parametrize("shape", [(1, 128, 216), (1, 128, 39), (1, 13, 130), (3, 5, 7)])
def test_the_decoder_crops_to_the_input(shape):
    vae = registry.get("vae").build(*shape, 3)
    assert vae.sample(2, 2, seeded()).shape == (2, *shape)
    assert vae.training
    vae.loss(torch.randn(2, *shape), torch.tensor([0, 2])).backward()
    assert all(p.grad is not None for p in vae.parameters())


def test_the_papers_map_is_8_by_14():
    vae = registry.get("vae").paper_network()
    assert vae.map == (8, 14)
    assert vae.latent == 32
    assert registry.get("vae-2").paper_network().latent == 2


def test_instance_norm_is_torchs_and_takes_a_single_value():
    ours, theirs = InstanceNorm(3), torch.nn.InstanceNorm2d(3, eps=1e-3, affine=True)
    x = 5 * torch.randn(2, 3, 4, 6) + 1
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-4)
    with torch.no_grad():
        ours.bias.fill_(0.25)
    assert ours(torch.randn(2, 3, 1)).unique().tolist() == [0.25]


# ---------------------------------------------------------------- the notebook's own


def test_the_notebooks_network_learns_to_reconstruct():
    torch.manual_seed(2)
    vae = KthWaveVAE(1, 1, 500)
    x = (torch.rand(8, 1, 1, 500) > 0.8).float()
    optimiser = torch.optim.Adam(vae.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        loss = vae.loss(x)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]


def test_the_notebooks_network_makes_waveforms_between_0_and_1():
    vae = KthWaveVAE(1, 1, 500).eval()
    waves = vae.sample(0, 3, seeded())
    assert waves.shape == (3, 1, 1, 500)
    assert waves.min() >= 0
    assert waves.max() <= 1
    logits, mean = vae(torch.rand(2, 1, 1, 500))
    assert logits.shape == (2, 500)
    assert mean.shape == (2, 2)


def test_why_the_notebook_makes_noise():
    # instance norm of one value is its bias: the residual blocks never hear their input
    vae = KthWaveVAE(1, 1, 500)
    vae.loss(torch.rand(4, 1, 1, 500)).backward()
    block = vae.encoder[1]
    assert not block.conv1.weight.grad.any()
    assert block.norm2.bias.grad.any()
