"""The recurrent network of Patel (paper 003), after the tutorial it follows."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genredesk.nets.init import glorot_, keras_
from genredesk.nets.layers import bands_as_channels
from genredesk.nets.network import Network
from genredesk.nets.spec import NetSpec


class KerasLstm(nn.LSTM):
    """LSTM with one bias per layer, begun as Keras does: Glorot, orthogonal, forget gate at one.

    torch keeps a second bias that only repeats the first; here it is a buffer of zeros.
    """

    def __init__(self, n_in: int, n_units: int, n_layers: int) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType] - torch's own
            n_in, n_units, n_layers, batch_first=True
        )
        for layer in range(n_layers):
            del self._parameters[f"bias_hh_l{layer}"]
            self.register_buffer(f"bias_hh_l{layer}", torch.zeros(4 * n_units))
            kernel: Tensor = getattr(self, f"weight_ih_l{layer}")
            bias: Tensor = getattr(self, f"bias_ih_l{layer}")
            glorot_(kernel, kernel.shape[1], kernel.shape[0])
            nn.init.orthogonal_(getattr(self, f"weight_hh_l{layer}"))
            with torch.no_grad():
                bias.zero_()
                bias[n_units : 2 * n_units] = 1.0
        self._init_flat_weights()

    def exported(self, x: Tensor) -> Tensor:
        """The same as ONNX's own LSTM nodes; ``(batch, frames, n_in)`` to all states.

        torch's exporter arrives there too, but only after unrolling every frame several times
        (half a minute). ONNX orders the gates input, output, forget, cell; torch i, f, g, o.
        """
        for layer in range(self.num_layers):
            kernel, recurrent, bias, zeros = (
                torch.cat([t[0], t[3], t[1], t[2]])[None]
                for t in (
                    getattr(self, f"{name}_l{layer}").chunk(4)
                    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                )
            )
            steps = (x.shape[1], 1, x.shape[0], self.hidden_size)
            y = torch.onnx.ops.symbolic(
                "LSTM",
                (x.transpose(0, 1), kernel, recurrent, torch.cat([bias, zeros], 1)),
                {"hidden_size": self.hidden_size},
                dtype=x.dtype,
                shape=steps,
                version=14,
            )
            x = y[:, 0].transpose(0, 1)
        return x


def run_lstm(lstm: KerasLstm, sequence: Tensor) -> Tensor:
    """Return all states of ``(batch, frames, n_in)``, also while a graph is exported."""
    if torch.onnx.is_in_onnx_export():
        return lstm.exported(sequence)
    states, _ = lstm(sequence)
    return states


class PatelLstm(Network):
    """Two LSTM layers of 64 over the frames, the last state through dense 64; any input fits.

    Parameters
    ----------
    dropout
        Before the last layer; 0.1 was the paper's best.
    width, depth
        Units of an LSTM layer, and how many such layers.
    """

    def __init__(
        self,
        n_channels: int,
        n_bands: int,
        n_frames: int,
        n_classes: int,
        *,
        dropout: float = 0.1,
        width: int = 64,
        depth: int = 2,
    ) -> None:
        super().__init__()
        del n_frames  # a recurrent network takes any number
        self.dense = nn.Linear(width, 64)
        self.drop = nn.Dropout(dropout)
        self.head = nn.Linear(64, n_classes)
        keras_(self)
        self.lstm = KerasLstm(n_channels * n_bands, width, depth)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """``(batch, channels, bands, frames)`` to logits and the dense layer's 64 numbers."""
        sequence = bands_as_channels(features).transpose(1, 2)
        embedding = self.dense(run_lstm(self.lstm, sequence)[:, -1]).relu()
        return self.head(self.drop(embedding)), embedding


_LSTM = NetSpec(
    name="patel-lstm",
    title="Patel LSTM",
    paper="003",
    build=PatelLstm,
    frontend_name="patel-mfcc",
    shape=(1, 13, 259),
    parameters=57_802,
    recipe="patel",
    scaling="none",
    worth_trying={"width": (32, 64, 128), "depth": (1, 2), "dropout": (0.1, 0.3, 0.5)},
    notes="Segment accuracy printed: .7774 at dropout 0.1, on a split by segments, where every "
    "song is on both sides.",
)

NET = _LSTM.with_variants(
    _LSTM.like(
        name="patel-lstm-130",
        title="Patel LSTM, 3 s",
        frontend_name="patel-mfcc-130",
        shape=(1, 13, 130),
        notes="The text says 6 s segments; the printed accuracies imply these 3 s ones.",
    ),
)
