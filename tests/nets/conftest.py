"""Shared by the tests of the networks: one thread, a fixed seed, and the list of all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import tqdm

# torch's exporter shows its progress with tqdm, which would leave a thread behind
tqdm.tqdm.monitor_interval = 0


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(7)
    yield
    torch.set_num_threads(threads)
