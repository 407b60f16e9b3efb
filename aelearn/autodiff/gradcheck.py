"""Are the gradients right? Compare them with what a nudge of each input really does."""

from dataclasses import dataclass

import numpy as np

from aelearn.autodiff.tensor import GradientError, Tensor, as_tensor


@dataclass(frozen=True, repr=False)
class GradCheck:
    """What `gradcheck` found: the entry where the two slopes differ most. It is true if the check passed.

    Example:
        >>> GradCheck(False, 0.5, "w", (2, 0), 0.124, 0.248)
        ✗ gradient of w[2, 0]: analytic 0.1240, numeric 0.2480, relative error 0.5
    """

    passed: bool
    error: float  # |analytic − numeric| / max(1, |analytic|, |numeric|), the largest of all entries
    input: str  # the name of the input with that entry, or "input 0", "input 1" …
    index: tuple  # where in that input; () for a scalar
    analytic: float  # the slope that backward says
    numeric: float  # the slope that nudging says
    complaint: str = ""  # said instead, where backward could not even be run to its end

    def __bool__(self):
        return self.passed

    def __repr__(self):
        where = self.input + (f"[{', '.join(map(str, self.index))}]" if self.index else "")
        if self.complaint:
            return f"✗ {self.complaint}"
        if self.passed:
            return f"✓ largest relative error {self.error:.0e}, at {where}"
        return (f"✗ gradient of {where}: analytic {_short(self.analytic)}, numeric {_short(self.numeric)}, "
                f"relative error {self.error:.1g}")


def gradcheck(function, *inputs, epsilon=1e-6, tolerance=1e-7):
    """Compare the gradients of `backward` with central differences, for every entry of every input.

    numeric = (f(x + ε) − f(x − ε)) / 2ε, one entry at a time; relative error = |a − n| / max(1, |a|, |n|).
    Everything is computed in float64. If the function does not return a scalar, its values are summed with fixed
    random weights, so that errors of different values cannot cancel. At a kink, such as relu at 0, there is no slope
    to agree on. Slopes below 1 are compared in absolute terms, for rounding leaves about 10⁻¹⁰ in every numeric one:
    where slopes are near the tolerance or below it, a wrong one passes. Bring inputs and values to about 1 first.

    Args:
        function: takes as many Tensors as there are inputs and returns a Tensor.
        *inputs: arrays or Tensors of finite numbers, of any shapes. They are not changed.
        epsilon: float > 0, the nudge.
        tolerance: float > 0, the largest relative error that passes.

    Returns:
        `GradCheck`, a wrong gradient as well as a right one.

    Raises:
        ValueError: if there is no input, or one is not made of finite numbers, or an argument is not positive.

    Example:
        >>> gradcheck(lambda w: (w * w).sum(), Tensor([1.0, 2.0], name="w")).passed
        True
    """
    if not inputs:
        raise ValueError("gradcheck needs at least one input; received none")
    for name, value in (("epsilon", epsilon), ("tolerance", tolerance)):
        if not value > 0:
            raise ValueError(f"{name} must be above 0; received {value!r}")
    tensors = [_copy(value, index) for index, value in enumerate(inputs)]
    output = _output(function, tensors)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, output.shape) if output.data.size > 1 else 1.0
    try:
        if not output.constant:
            (output * weights).sum().backward()
    except GradientError as error:
        return GradCheck(False, np.inf, "", (), np.nan, np.nan, complaint=str(error))
    worst = None
    for tensor in tensors:
        for index in np.ndindex(tensor.shape):
            analytic = 0.0 if tensor.grad is None else float(tensor.grad[index])
            numeric = float((weights * _change(function, tensors, tensor.data, index, epsilon)).sum() / (2 * epsilon))
            error = abs(analytic - numeric) / max(1.0, abs(analytic), abs(numeric))
            error = error if np.isfinite(error) else np.inf
            if worst is None or error > worst.error:
                worst = GradCheck(error <= tolerance, error, tensor.name, index, analytic, numeric)
    return worst


def _change(function, tensors, data, index, epsilon):
    # f(x + ε) − f(x − ε), subtracted before anything is summed: values that do not change leave no rounding behind.
    value = data[index]
    data[index] = value + epsilon
    above = _output(function, tensors).data.copy()  # reshape and transpose return views of what is changed next
    data[index] = value - epsilon
    change = above - _output(function, tensors).data
    data[index] = value
    return change


def _output(function, tensors):
    result = function(*tensors)
    if not isinstance(result, Tensor):
        raise ValueError(f"function must return a Tensor; received {type(result).__name__}")
    return result


def _copy(value, index):
    tensor = as_tensor(value)
    name = tensor.name or f"input {index}"
    if not tensor.data.size or not np.isfinite(tensor.data).all():
        raise ValueError(f"{name} must be finite numbers, at least one; received {_what(tensor.data)}")
    return Tensor(tensor.data.astype(np.float64), name)


def _what(data):
    return "NaN or infinity" if data.size else f"shape {data.shape}"


def _short(value):
    return f"{value:.4f}" if 1e-3 <= abs(value) < 1e4 or value == 0 else f"{value:.3e}"
