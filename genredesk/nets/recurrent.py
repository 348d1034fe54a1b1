"""Recurrent layers the zoo shares: an LSTM as Keras has it, and as ONNX has it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from genredesk.nets.init import glorot_


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
