"""The smallest model on which one sees what λ does: a linear one, whose best weights are computed, not trained.

NumPy only, in float64.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

from aelearn.losses.objective import check_objective

MOST_SWEEPS = 10_000  # over all weights; far more than pictures need


class LinearFit(NamedTuple):
    """A linear model ŷ = X w + b.

    Example:
        >>> LinearFit(np.array([1.0, 2.0]), 0.5).predict([[1.0, 1.0]]).tolist()
        [3.5]
    """

    weights: np.ndarray  # w, (features,)
    bias: float  # b

    def predict(self, inputs):
        """ŷ of inputs `(samples, features)`."""
        return np.asarray(inputs, np.float64) @ self.weights + self.bias


def fit_linear(inputs, targets, *, penalty=None, strength=0.0, bias=True):
    """The weights with the least L = 1/n Σᵢ (yᵢ − w·xᵢ − b)² + λ · L_reg(w), L_reg = Σⱼ |wⱼ| or Σⱼ wⱼ².

    This is `losses.autoencoder_loss` with the error "mse" and a penalty on the weights; the bias b is not penalised.
    For "l2" the answer is a formula, w = (G + λ·1)⁻¹ c with G = XᵀX/n and c = Xᵀy/n of the centred data. For "l1" one
    weight after the other goes to its own best place, wⱼ = sign(rⱼ) max(|rⱼ| − λ/2, 0) / Gⱼⱼ with
    rⱼ = cⱼ − Σₖ≠ⱼ Gⱼₖ wₖ, until it is settled which are zero: every weight that pays too little for itself is exactly
    that.
    Reference: Friedman et al. 2010, "Regularization paths for generalized linear models via coordinate descent",
    section 2, with λ/2 in the place of their λ because their squared error carries a factor ½.

    Args:
        inputs: X, array `(samples, features)`.
        targets: y, array `(samples,)`.
        penalty: "l1", "l2" or None.
        strength: λ, float, 0 or more.
        bias: bool, whether there is a b; without one it is 0.

    Returns:
        `LinearFit`.

    Raises:
        ValueError: if shapes do not fit, a number is not finite, or penalty or strength is none.

    Example:
        >>> inputs, targets = np.eye(3), np.array([3.0, 1.0, 0.1])
        >>> fit_linear(inputs, targets, penalty="l1", strength=0.4, bias=False).weights.round(6).tolist()
        [2.4, 0.4, 0.0]
    """
    check_objective("mse", penalty, "weights", strength)
    inputs, targets = _check(inputs, targets)
    center, level = (inputs.mean(0), targets.mean()) if bias else (np.zeros(inputs.shape[1]), 0.0)
    centred = inputs - center
    gram = centred.T @ centred / len(inputs)  # (features, features)
    pull = centred.T @ (targets - level) / len(inputs)  # (features,)
    with _controller().limit(limits=1, user_api="blas"):  # in small systems more threads only wait for each other
        if penalty == "l1" and strength > 0:
            weights = _lasso(gram, pull, strength)
        else:
            ridge = gram + (strength if penalty == "l2" else 0.0) * np.eye(len(gram))
            weights = np.linalg.lstsq(ridge, pull, rcond=None)[0]  # the smallest, where several are best
    return LinearFit(weights, float(level - center @ weights))


def windows(picture, size):
    """Every square window of a gray picture as one row of numbers: the inputs of a linear filter.

    The window of row i lies around pixel i of the picture without a border of size // 2 pixels, read line by line.

    Args:
        picture: array `(height, width)` or `(height, width, 1)`.
        size: odd int, side of the windows, at most the smaller side of the picture.

    Returns:
        float64 array `((height − size + 1) · (width − size + 1), size²)`.

    Raises:
        ValueError: if the picture is not gray or not finite, or the size even or too large.

    Example:
        >>> windows(np.arange(12.0).reshape(3, 4), 3)[:, 4].tolist()  # the middle of each window
        [5.0, 6.0]
    """
    array = np.asarray(picture, np.float64)
    array = array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
    if array.ndim != 2:
        raise ValueError(f"picture must be gray, (height, width) or (height, width, 1); received {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError("picture must be finite numbers; received NaN or infinity")
    if isinstance(size, bool) or not isinstance(size, int) or size % 2 == 0 or not 0 < size <= min(array.shape):
        raise ValueError(f"size must be an odd int from 1 to {min(array.shape)}; received {size!r}")
    return np.lib.stride_tricks.sliding_window_view(array, (size, size)).reshape(-1, size * size)


def _lasso(gram, pull, strength):
    weights, left = np.zeros(len(gram)), pull.copy()  # left = pull − gram @ weights
    sizes = np.diag(gram)
    for _ in range(MOST_SWEEPS):
        before = np.sign(weights)
        for j in np.flatnonzero(sizes):
            own = left[j] + sizes[j] * weights[j]
            best = np.sign(own) * max(abs(own) - strength / 2, 0.0) / sizes[j]
            if best != weights[j]:
                left -= gram[:, j] * (best - weights[j])
                weights[j] = best
        if (np.sign(weights) == before).all():
            exact = _with_signs(before, gram, pull, strength)
            if exact is not None:
                return exact
    return weights


def _with_signs(signs, gram, pull, strength):
    # Which weights are zero is settled long before their values are. Once it is, the rest is a linear system.
    used = signs != 0
    exact = np.zeros(len(gram))
    exact[used] = np.linalg.lstsq(gram[used][:, used], (pull - strength / 2 * signs)[used], rcond=None)[0]
    slope = np.abs(pull - gram @ exact)
    settled = (np.sign(exact) == signs).all() and (slope[~used] <= strength / 2).all()
    return exact if settled else None


@cache
def _controller():
    return ThreadpoolController()


def _check(inputs, targets):
    inputs, targets = np.asarray(inputs, np.float64), np.asarray(targets, np.float64)
    if inputs.ndim != 2 or not inputs.size or targets.shape != inputs.shape[:1]:
        raise ValueError(
            "inputs must be (samples, features) and targets (samples,); "
            f"received {inputs.shape} and {targets.shape}"
        )
    if not (np.isfinite(inputs).all() and np.isfinite(targets).all()):
        raise ValueError("inputs and targets must be finite; received NaN or infinity")
    return inputs, targets
