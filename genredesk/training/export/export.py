"""From a trained torch network to what its bundle holds: ONNX and safetensors."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator

import onnx
import torch
from safetensors.torch import save as safetensors
from torch import nn
from tqdm import tqdm

from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.training.export.bundling import TrainedNetwork
from genredesk.training.network import half, module


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the exporter's chatter and its deprecation warnings of inner parts to itself."""
    log = logging.getLogger("torch.onnx")
    level, interval = log.level, tqdm.monitor_interval
    log.setLevel(logging.ERROR)
    tqdm.monitor_interval = 0  # its watching thread would outlive the export
    with (
        warnings.catch_warnings(),
        _stdout_leads_nowhere(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            log.setLevel(level)
            tqdm.monitor_interval = interval


@contextlib.contextmanager
def _stdout_leads_nowhere() -> Iterator[None]:
    """Keep what torch writes past Python, graphs it cannot export, from among our results."""
    with contextlib.suppress(AttributeError, OSError, ValueError):
        sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # closed: nothing can be written
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def to_onnx(net: nn.Module, shape: tuple[int, int, int]) -> bytes:
    """Export a network in evaluation mode; input ``features``, outputs ``logits, embedding``.

    Parameters
    ----------
    shape
        ``(channels, bands, frames)``; the batch stays open.
    """
    net = net.cpu().float().eval()
    example = torch.zeros((2, *shape))
    with quiet(), torch.no_grad():
        program = torch.onnx.export(
            net,
            (example,),
            dynamo=True,
            input_names=["features"],
            output_names=["logits", "embedding"],
            dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=65536)},),
            verbose=False,
        )
    if program is None:
        raise BundleError(say("the network could not be exported to ONNX"))
    return without_traces(program.model_proto).SerializeToString()


def without_traces(proto: onnx.ModelProto) -> onnx.ModelProto:
    """Take out what the exporter notes for its own makers: source lines, with this machine's paths.

    A bundle travels; where somebody keeps their programs is nobody's business.
    """
    graph = proto.graph
    for noted in (proto, graph, *graph.node, *graph.value_info, *graph.input, *graph.output,
                  *graph.initializer, *proto.functions):  # fmt: skip
        del noted.metadata_props[:]
    return proto


def to_safetensors(net: nn.Module) -> bytes:
    """Return the weights, statistics and standardisation of a network."""
    state = {k: v.detach().cpu().contiguous() for k, v in net.state_dict().items()}
    return safetensors(half.in_tensors(state))


def graph(net: nn.Module, shape: tuple[int, int, int]) -> bytes:
    """Export ``net``, its weights in half precision where that is exact."""
    return half.in_graph(to_onnx(net, shape))


def trained(net: nn.Module, shape: tuple[int, int, int]) -> TrainedNetwork:
    """Return what the bundle of a network holds.

    Parameters
    ----------
    net
        On the processor and in evaluation mode from here on.
    shape
        ``(channels, bands, frames)``.
    """
    model = graph(net, shape)
    n = sum(p.numel() for p in net.parameters())
    return TrainedNetwork(model, to_safetensors(net), n, module.listener(net.cpu().eval()))
