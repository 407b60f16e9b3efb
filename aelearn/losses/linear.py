"""The smallest model on which one sees what λ does: a linear one, whose best weights are computed, not trained.

NumPy only, in float64.
"""

from typing import NamedTuple

import numpy as np

from aelearn.losses.objective import check_objective

MOST_SWEEPS = 20_000  # over all weights; far more than pictures need
TOLERANCE = 1e-10  # of the largest weight: a sweep that moves none further ends the search


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
    rⱼ = cⱼ − Σₖ≠ⱼ Gⱼₖ wₖ, until none moves: every weight that pays too little for itself is exactly zero.
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
    if penalty == "l1" and strength > 0:
        weights = _lasso(gram, pull, strength)
    else:
        ridge = gram + (strength if penalty == "l2" else 0.0) * np.eye(len(gram))
        weights = np.linalg.lstsq(ridge, pull, rcond=None)[0]  # the smallest weights, where several are best
    return LinearFit(weights, float(level - center @ weights))


def _lasso(gram, pull, strength):
    weights, left = np.zeros(len(gram)), pull.copy()  # left = pull − gram @ weights
    sizes = np.diag(gram)
    for _ in range(MOST_SWEEPS):
        moved = 0.0
        for j in np.flatnonzero(sizes):
            own = left[j] + sizes[j] * weights[j]
            best = np.sign(own) * max(abs(own) - strength / 2, 0.0) / sizes[j]
            change = best - weights[j]
            if change:
                weights[j] = best
                left -= gram[:, j] * change
                moved = max(moved, abs(change))
        if moved <= TOLERANCE * np.abs(weights).max(initial=0):
            break
    return weights


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
