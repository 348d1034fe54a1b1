"""Parameter counts: every number the papers print or their code reproduces."""

from __future__ import annotations

from functools import partial

import pytest

from genredesk.nets import registry
from genredesk.nets.network import count
from genredesk.nets.zoo.deep import Deep
from genredesk.nets.zoo.nnet1 import Nnet1
from genredesk.nets.zoo.shallow import Shallow
from genredesk.nets.zoo.vae import KthWaveVAE

# name: (trainable, total with batch norm's statistics)
COUNTS = {
    "net1": (1_001_162, 1_001_162),
    "crnn": (246_922, 246_922),  # 131,200 + 65,664 convolutions, 49,408 LSTM, 650 last
    "raw": (198_666, 199_562),
    "net2": (857_322, 857_322),
    "nnet1": (464_906, 464_906),
    "nnet1-hidden": (660_336, 660_336),
    "nnet2": (1_250_928, 1_250_928),
    "nnet2-bn": (1_252_464, 1_254_000),
    "shallow": (2_060_610, 2_060_610),
    "shallow-cqt": (2_060_610, 2_060_610),
    "shallow-leaky": (2_060_610, 2_060_610),
    "shallow-leaky-cqt": (2_060_610, 2_060_610),
    "deep": (1_279_522, 1_279_522),
    "deep-cqt": (1_279_522, 1_279_522),
    "deep-leaky": (1_279_522, 1_279_522),
    "deep-leaky-cqt": (1_279_522, 1_279_522),
    "kth-mfcc": (67_850, 68_042),
    "kth-mel": (813_322, 813_514),
    "kth-mel3": (5_759_818, 5_760_010),
    "mobilenet-v2": (1_969_354, 4_229_898),
    "densenet121": (3_017_546, 10_057_226),
    "vae": (4_571_779, 4_572_549),
    "mlp-1": (1_729_546, 1_729_546),
    "mlp-3": (1_872_842, 1_872_842),
    "mlp-5": (4_146_762, 4_146_762),
    "patel-cnn": (80_010, 80_074),
    "patel-cnn-all": (80_138, 80_330),
    "patel-cnn-130": (45_194, 45_258),
    "patel-cnn-all-130": (45_322, 45_514),
    "patel-lstm": (57_802, 57_802),
    "patel-lstm-130": (57_802, 57_802),
    "edge": (1_517_834, 1_518_090),
    "edge-2x2": (17_737_994, 17_738_250),
    "edge-4x4": (141_578, 141_834),
    "musicnn": (787_159, 792_079),
    "musicnn-plain": (787_159, 792_079),
}
FROZEN = ("mobilenet-v2", "densenet121")


def build(name):
    net = registry.get(name).paper_network()
    if name in FROZEN:
        net.freeze()
    return net


@pytest.mark.parametrize("name", COUNTS)
def test_printed_counts(name):
    counts = count(build(name))
    assert (counts.trainable, counts.total) == COUNTS[name]


@pytest.mark.parametrize("name", registry.names())
def test_a_specification_tells_the_truth(name):
    spec, counts = registry.get(name), count(build(name))
    assert counts.trainable == (spec.trainable or spec.parameters)
    assert counts.total == (spec.total or spec.parameters)


@pytest.mark.parametrize(
    ("make", "shape", "expected"),
    [
        (partial(Nnet1, batch_norm=True), (1, 513, 128), 465_930),
        (partial(Nnet1, batch_norm=True, hidden=(300, 150)), (1, 513, 128), 661_360),
        (partial(Shallow, conv_bias=True), (1, 80, 80), 2_060_610 + 32),
        (partial(Deep, conv_bias=True), (1, 80, 80), 1_279_522 + 480),
        (KthWaveVAE, (1, 1, 90_001), 12_120_133),
    ],
)
def test_counts_of_options(make, shape, expected):
    assert count(make(*shape, 10)).trainable == expected


@pytest.mark.parametrize(
    ("name", "total"), [("mobilenet-v2", 2_257_984), ("densenet121", 7_037_504)]
)
def test_backbones_alone(name, total):
    assert count(build(name).features).total == total
