"""What holds for every network: shapes on any front end, gradients, determinism, the last layer."""

from __future__ import annotations

import copy

import pytest
import torch

from genredesk.features.papers import PAPER_FRONTENDS
from genredesk.nets import registry
from genredesk.nets.standardise import Standardised

ALL = registry.names()
CLASSIFIERS = [name for name in ALL if registry.get(name).task == "classify"]
FAMILIES = [family.name for family in registry.families()]
LIVE = (1, 128, 39)
SHAPES = sorted(
    {spec.shape for spec in PAPER_FRONTENDS.values()} | {LIVE, (1, 13, 39), (2, 40, 20), (1, 1, 1)}
)


def numbers(shape, n=2):
    return torch.randn(n, *shape)


@pytest.mark.parametrize("name", ALL)
def test_the_papers_own_shape(name):
    spec = registry.get(name)
    net = spec.paper_network().eval()
    with torch.inference_mode():
        logits, embedding = net(numbers(spec.shape, 1))
    assert logits.shape == (1, spec.n_classes)
    assert embedding.shape[0] == 1
    assert embedding.ndim == 2
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("name", ALL)
def test_the_live_front_end_and_three_genres(name):
    net = registry.get(name).build(*LIVE, 3)
    logits, embedding = net(numbers(LIVE))
    assert logits.shape == (2, 3)
    assert embedding.shape[0] == 2


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", FAMILIES)
def test_any_front_end_goes_through_any_network(name, shape):
    # shapes alone are checked, on torch's device without data, so that the big ones cost nothing;
    # there an LSTM is unrolled step by step and costs more than a real one
    with torch.device("cpu" if name == "patel-lstm" else "meta"), torch.no_grad():
        net = registry.get(name).build(*shape, 4)
        logits, embedding = net.eval()(torch.zeros(3, *shape))
    assert logits.shape == (3, 4)
    assert embedding.shape[0] == 3


@pytest.mark.parametrize("shape", [(1, 13, 39), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("name", FAMILIES)
def test_tiny_inputs_train(name, shape):
    net = registry.get(name).build(*shape, 3)
    logits, _ = net(numbers(shape, 4))
    logits.sum().backward()
    assert torch.isfinite(logits).all()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.grad is not None)


@pytest.mark.parametrize("name", ALL)
def test_gradients_reach_every_parameter(name):
    net = registry.get(name).build(*LIVE, 3)
    logits, _ = net(numbers(LIVE, 4))
    torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2, 0])).backward()
    for parameter, value in net.named_parameters():
        assert value.grad is not None, parameter
        assert torch.isfinite(value.grad).all(), parameter
        assert value.grad.abs().sum() > 0, parameter


@pytest.mark.parametrize("name", ALL)
def test_evaluation_is_deterministic_and_each_window_stands_alone(name):
    net = registry.get(name).build(*LIVE, 3).eval()
    x = numbers(LIVE, 3)
    with torch.inference_mode():
        logits, embedding = net(x)
        again, _ = net(x)
        alone, alone_embedding = net(x[1:2])
    assert torch.equal(logits, again)
    torch.testing.assert_close(alone, logits[1:2], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(alone_embedding, embedding[1:2], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_last_layer_turns_the_embedding_into_logits(name):
    net = registry.get(name).build(*LIVE, 3).eval()
    with torch.inference_mode():
        logits, embedding = net(numbers(LIVE))
        torch.testing.assert_close(net.last_layer()(embedding), logits)
    net.new_head(7)
    with torch.inference_mode():
        assert net(numbers(LIVE))[0].shape == (2, 7)


def test_a_network_without_a_last_layer_says_so():
    net = Standardised(registry.get("vae").build(*LIVE, 3))
    assert net.last_layer() is None
    with pytest.raises(TypeError, match="KthMelVAE has no last layer"):
        net.new_head(4)


@pytest.mark.parametrize("name", FAMILIES)
def test_one_seed_gives_one_start(name):
    states = []
    for _ in range(2):
        torch.manual_seed(3)
        states.append(registry.get(name).build(*LIVE, 3).state_dict())
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


@pytest.mark.parametrize("name", ["net1", "edge", "live", "patel-lstm", "kth-mfcc", "mlp-1"])
def test_a_network_learns_two_easy_classes(name):
    spec = registry.get(name)
    net = spec.build(*LIVE, 2)
    labels = torch.arange(16) % 2
    x = numbers(LIVE, 16)
    x[labels == 1, :, :40] += 2.0
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(25):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(net(x)[0], labels).backward()
        optimiser.step()
    net.train()  # batch norms with Keras' momentum lag for hundreds of steps in evaluation
    with torch.no_grad():
        assert (net(x)[0].argmax(1) == labels).float().mean() >= 0.9


# ---------------------------------------------------------------- penalties


def l1(*weights):
    return sum(w.detach().double().abs().sum() for w in weights)


def l2(*weights):
    return sum(w.detach().double().square().sum() for w in weights)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "net1",
            lambda n: (
                0.02 * l2(n.conv1.weight)
                + 0.01 * l2(n.conv2.weight, n.conv3.weight, n.conv4.weight)
            ),
        ),
        (
            "net2",
            lambda n: 0.02 * l2(n.conv1.weight) + 0.01 * l2(n.conv2.weight, n.conv3.weight),
        ),
        ("shallow", lambda n: 1e-4 * l1(*n.parameters())),
        ("deep", lambda n: 1e-4 * l1(*n.parameters())),
        ("mlp-3", lambda n: 1e-3 * l2(*(layer.weight for layer in n.layers))),
        (
            "edge",
            lambda n: 1e-4 * (l1(n.dense.weight) + l2(n.dense.weight)),
        ),
        ("live", lambda _: torch.zeros(())),
        ("nnet1", lambda _: torch.zeros(())),
    ],
)
def test_penalties_are_the_papers(name, expected):
    net = registry.get(name).paper_network()
    value = net.penalty()
    assert value.dtype == torch.float32
    assert value.detach().item() == pytest.approx(float(expected(net)), rel=1e-5)


def test_a_penalty_is_exact_in_half_precision_and_has_a_gradient():
    net = registry.get("shallow").paper_network()
    half = copy.deepcopy(net).to(torch.bfloat16)
    for p in half.parameters():
        p.data.fill_(1.0)
    with torch.autocast("cpu", torch.bfloat16):
        assert half.penalty().detach().item() == pytest.approx(206.061)
    net.penalty().backward()
    weight = net.dense.weight
    torch.testing.assert_close(weight.grad, 1e-4 * weight.detach().sign())


# ---------------------------------------------------------------- starts


def test_full_height_kernels_start_as_two_dimensional_ones():
    weight = registry.get("net1").paper_network().conv1.weight
    limit = (6 / (256 * 4 + 256 * 4 * 256)) ** 0.5
    assert weight.detach().abs().max().item() == pytest.approx(limit, rel=1e-3)


def test_glorot_and_zero_biases_elsewhere():
    net = registry.get("net1").paper_network()
    limit = (6 / (768 + 256)) ** 0.5
    assert net.dense1.weight.detach().abs().max().item() == pytest.approx(limit, rel=1e-3)
    assert not net.dense1.bias.any()


def test_an_lstm_starts_as_keras_has_it():
    lstm = registry.get("patel-lstm").paper_network().lstm
    assert lstm.bias_ih_l0.detach().view(4, 64).sum(1).tolist() == [0, 64, 0, 0]  # i f g o
    recurrent = lstm.weight_hh_l1.detach()
    torch.testing.assert_close(recurrent.T @ recurrent, torch.eye(64), atol=1e-5, rtol=0)
    assert "bias_hh_l0" not in dict(lstm.named_parameters())
