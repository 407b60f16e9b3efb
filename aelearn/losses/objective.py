"""The loss of an autoencoder: reconstruction error plus λ times a penalty."""

from numbers import Real

from aelearn.losses.reconstruction import binary_cross_entropy, mean_absolute_error, mean_squared_error, ssim_loss
from aelearn.losses.regularisation import l1_penalty, l2_penalty
from aelearn.losses.tensors import as_float

from keras import ops  # isort: skip

ERRORS = {
    "mse": mean_squared_error,
    "mae": mean_absolute_error,
    "bce": binary_cross_entropy,
    "ssim": ssim_loss,
}
PENALTIES = {"l1": l1_penalty, "l2": l2_penalty}
PLACES = ("weights", "code")


def autoencoder_loss(target, prediction, *, error="mse", penalty=None, on="weights", strength=0.0, weights=(),
                     code=None):
    """L = L_rec + λ · L_reg: what every autoencoder of the course minimises.

    L_rec is a mean over all values of the batch. L_reg on the weights is a sum over all entries of `weights`; on the
    code it is a sum over the units of one code and a mean over the batch, so that it does not grow with the batch.
    A NaN anywhere makes the loss NaN: nothing hides it.

    Args:
        target: x, tensor `(batch, …)`.
        prediction: x̂, tensor of the same shape.
        error: L_rec, a key of `ERRORS`: "mse", "mae", "bce" or "ssim".
        penalty: L_reg, a key of `PENALTIES`: "l1" or "l2"; or None for no penalty.
        on: "weights" or "code", what the penalty is taken of.
        strength: λ, float, 0 or more.
        weights: tensor or list of tensors, for a penalty on the weights; by convention the kernels, not the biases.
        code: tensor `(batch, …)`, for a penalty on the code.

    Returns:
        Scalar tensor.

    Raises:
        ValueError: if a name is unknown, `strength` is negative or no number, shapes differ, or what the penalty is
            taken of is missing.

    Example:
        >>> x, code = ops.zeros((2, 4)), ops.ones((2, 3))
        >>> float(autoencoder_loss(x, x + 1, penalty="l1", on="code", strength=0.5, code=code))
        2.5
    """
    check_objective(error, penalty, on, strength)
    reconstruction = ERRORS[error](target, prediction)
    if penalty is None or strength == 0:
        return reconstruction
    if on == "code":
        if code is None:
            raise ValueError("code is missing: a penalty on the code needs the code of the batch")
        code, batch = as_float(code, "code"), (*as_float(target, "target").shape, None)[0]
        if len(code.shape) and None not in (code.shape[0], batch) and code.shape[0] != batch:
            raise ValueError(
                f"code must have one row for each of the {batch} targets; received shape {tuple(code.shape)}"
            )
        regularisation = code_penalty(code, penalty)
    elif len(weights):
        regularisation = PENALTIES[penalty](weights)
    else:
        raise ValueError("weights are missing: a penalty on the weights needs the kernels of the model")
    return reconstruction + float(strength) * ops.cast(regularisation, reconstruction.dtype)


def code_penalty(code, penalty):
    """L_reg on the code: sum over the units of one code, mean over the batch.

    L_reg = 1/B Σ_b Σⱼ |z_bj| for "l1", 1/B Σ_b Σⱼ z_bj² for "l2".

    Args:
        code: z, tensor `(batch, …)`.
        penalty: "l1" or "l2".

    Returns:
        Scalar tensor, 0 or more.

    Raises:
        ValueError: if `penalty` is unknown, or the code is one number.

    Example:
        >>> float(code_penalty(ops.full((5, 2), -3.0), "l2"))
        18.0
    """
    if penalty not in PENALTIES:
        raise ValueError(f"penalty must be one of {', '.join(map(repr, PENALTIES))}; received {penalty!r}")
    code = as_float(code, "code")
    if len(code.shape) == 0:
        raise ValueError("code must be (batch, …); received one number")
    return PENALTIES[penalty](code) / ops.cast(ops.shape(code)[0], code.dtype)


def check_objective(error, penalty, on, strength):
    """Refuse an unknown error, penalty or place, or a strength that is not a number of 0 or more.

    Raises:
        ValueError: names the argument and what was received.

    Example:
        >>> check_objective("mse", "l1", "code", 0.1)
    """
    for name, value, known in (("error", error, ERRORS), ("penalty", penalty, PENALTIES), ("on", on, PLACES)):
        if not (name == "penalty" and value is None) and (not isinstance(value, str) or value not in known):
            raise ValueError(f"{name} must be one of {', '.join(map(repr, known))}; received {value!r}")
    if isinstance(strength, bool) or not isinstance(strength, Real) or not 0 <= strength < float("inf"):
        raise ValueError(f"strength (λ) must be a number of 0 or more; received {strength!r}")
