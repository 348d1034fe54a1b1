"""A torch network as the plain function evaluation asks for."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from genredesk.core.scores import FloatArray
from genredesk.training.evaluate import Predict


def predictor(net: nn.Module, device: torch.device | str = "cpu") -> Predict:
    """Wrap ``net`` (in evaluation mode) as a function from features to logits, both numpy."""

    @torch.inference_mode()
    def predict(features: FloatArray) -> FloatArray:
        logits, _ = net(torch.from_numpy(np.ascontiguousarray(features)).to(device))
        return logits.float().cpu().numpy()

    return predict
