"""Logistic regression on embeddings, solved to its optimum: the last layer of quick mode.

scikit-learn's gives the same probabilities (within 0.002) and takes 1.5 to 2.5 times as long, since
a song of no genre has to be given to it once for every genre; this needs nothing beyond SciPy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from genredesk.core.scores import FloatArray

Matrix = NDArray[np.float64]


def answers(layer: Matrix, x: FloatArray | Matrix) -> Matrix:
    """Return logits ``(n, classes)`` of ``x (n, d)``; ``layer`` is ``(classes, d + 1)``."""
    return x @ layer[:, :-1].T + layer[:, -1]


def fit(
    x: Matrix,
    truth: NDArray[np.intp],
    n_classes: int,
    *,
    decay: float,
    weights: NDArray[np.floating] | None = None,
    others: Matrix | None = None,
    share: float = 0.0,
    prior: Matrix | None = None,
) -> tuple[Matrix, float]:
    """Minimise the cross entropy plus ``decay`` times the squared weights (bias free), by L-BFGS.

    Parameters
    ----------
    x, truth
        Standardised embeddings ``(n, d)`` and class numbers ``(n,)``.
    weights
        How much each class counts, ``(classes,)``; ``None``: one.
    others, share
        Embeddings ``(m, d)`` whose right answer is any class as well as another, and how much of
        the cross entropy is theirs.
    prior
        A layer ``(classes, d + 1)``: what the weights are held to in place of zero, the mean of a
        Gaussian prior (Chelba and Acero 2006, MAP adaptation); ``None``: zeros.

    Returns
    -------
    (layer, loss)
        Weights and bias side by side, ``(classes, d + 1)``.
    """
    if others is None or not len(others):
        others, share = np.zeros((1, x.shape[1])), 0.0
    # what is looked for is how far the layer is from the prior
    known = 0.0 if prior is None else answers(prior, x)
    of_others = 0.0 if prior is None else answers(prior, others)
    span = None
    if len(x) + len(others) < x.shape[1]:
        # the best weights are a sum of rows (representer theorem): look for them in that space
        span, _ = np.linalg.qr(np.concatenate([x, others]).T)
        x, others = x @ span, others @ span
    n, d = x.shape
    count = np.ones(n) if weights is None else np.asarray(weights, np.float64)[truth]
    count = count / count.sum()
    rows = np.arange(n)
    count *= 1 - share
    each = share / len(others)

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        layer = flat.reshape(n_classes, d + 1)
        logits = answers(layer, x) + known
        logits -= logits.max(axis=1, keepdims=True)
        power = np.exp(logits)
        total = power.sum(axis=1)
        value = count @ (np.log(total) - logits[rows, truth]) + decay * np.sum(layer[:, :-1] ** 2)
        error = power * (count / total)[:, None]
        error[rows, truth] -= count
        slope = np.empty_like(layer)
        slope[:, :-1] = error.T @ x + 2 * decay * layer[:, :-1]
        slope[:, -1] = error.sum(axis=0)
        if share:
            logits = answers(layer, others) + of_others
            power = np.exp(logits - logits.max(axis=1, keepdims=True))
            total = power.sum(axis=1, keepdims=True)
            value += each * (np.log(total[:, 0]) + logits.max(axis=1) - logits.mean(axis=1)).sum()
            error = each * (power / total - 1 / n_classes)
            slope[:, :-1] += error.T @ others
            slope[:, -1] += error.sum(axis=0)
        return float(value), slope.ravel()

    done = minimize(
        loss, np.zeros(n_classes * (d + 1)), jac=True, method="L-BFGS-B",
        options={"maxiter": 300, "ftol": 1e-6, "gtol": 1e-5},
    )  # fmt: skip
    layer = done.x.reshape(n_classes, d + 1)
    if span is not None:
        layer = np.column_stack([layer[:, :-1] @ span.T, layer[:, -1]])
    return layer if prior is None else layer + prior, float(done.fun)


def fit_each(x: Matrix, truth: NDArray[np.bool_], *, decay: float) -> tuple[Matrix, float]:
    """Fit classes that may hold together: the cross entropies of all, plus ``decay`` as above.

    Parameters
    ----------
    x, truth
        Standardised embeddings ``(n, d)`` and which classes hold, ``(n, classes)``.

    Returns
    -------
    (layer, loss)
        Weights and bias side by side, ``(classes, d + 1)``; the loss is the mean over classes.
    """
    span = None
    if len(x) < x.shape[1]:
        span, _ = np.linalg.qr(x.T)  # as above
        x = x @ span
    n, d = x.shape
    sign = np.where(truth, 1.0, -1.0)
    layers, losses = [], []
    for column in sign.T:

        def loss(flat: Matrix, column: Matrix = column) -> tuple[float, Matrix]:
            margin = column * (x @ flat[:-1] + flat[-1])
            value = np.logaddexp(0, -margin).mean() + decay * np.sum(flat[:-1] ** 2)
            error = -column / (n * (1 + np.exp(np.minimum(margin, 500))))
            return float(value), np.append(error @ x + 2 * decay * flat[:-1], error.sum())

        done = minimize(
            loss, np.zeros(d + 1), jac=True, method="L-BFGS-B",
            options={"maxiter": 300, "ftol": 1e-6, "gtol": 1e-5},
        )  # fmt: skip
        layers.append(done.x)
        losses.append(float(done.fun))
    layer = np.array(layers)
    if span is not None:
        layer = np.column_stack([layer[:, :-1] @ span.T, layer[:, -1]])
    return layer, float(np.mean(losses))
