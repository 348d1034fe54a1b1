"""Views of a window: moved, played slower, and answered with their mean."""

from __future__ import annotations

import torch

from genredesk.nets import registry
from genredesk.nets.standardise import Standardised
from genredesk.nets.views import higher, stretching


def test_higher_moves_every_band_up_and_repeats_the_lowest():
    bands = torch.arange(5.0).reshape(1, 1, 5, 1).expand(1, 1, 5, 2)
    assert higher(bands, 2)[0, 0, :, 0].tolist() == [0, 0, 0, 1, 2]
    assert higher(bands, 0) is bands


def test_stretching_keeps_the_middle_and_reads_between_columns():
    columns = torch.arange(39.0)
    slower = columns @ stretching(39, 1 / 0.95)
    expected = (columns - 19) * 0.95 + 19
    torch.testing.assert_close(slower, expected, rtol=0, atol=1e-4)
    torch.testing.assert_close(stretching(7, 1.0), torch.eye(7))
    # what lies outside the window is its edge
    assert (columns @ stretching(39, 0.5))[0] == 0


def test_answer_is_the_mean_of_the_views_and_training_sees_one():
    torch.manual_seed(0)
    net = registry.get("live-small").build(1, 128, 39, 3)
    whole = Standardised(net, torch.full((1, 128, 1), -40.0), torch.full((1, 128, 1), 20.0))
    windows = -60 * torch.rand(4, 1, 128, 39)
    whole.eval()
    with torch.no_grad():
        logits, embedding = whole(windows)
        one, two = net.views(windows).chunk(2)
        alone = [net(whole.standardise(view)) for view in (one, two)]
    torch.testing.assert_close(logits, (alone[0][0] + alone[1][0]) / 2)
    torch.testing.assert_close(embedding, (alone[0][1] + alone[1][1]) / 2)
    torch.testing.assert_close(net.head(embedding), logits)
    seen = []
    net.register_forward_pre_hook(lambda _, args: seen.append(args[0].shape[0]))
    whole.train()(windows)
    whole.eval()(windows)
    assert seen == [4, 8]
