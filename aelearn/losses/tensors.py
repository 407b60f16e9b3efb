"""What a loss is given, as tensors of floats: bytes would wrap around, and shapes that differ would broadcast."""

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly

import keras  # isort: skip
from keras import ops  # isort: skip


def as_float(values, name):
    """Numbers as a tensor of floats: floats keep their precision, whole numbers get Keras' default.

    Args:
        values: array, tensor, number, or nested lists of numbers.
        name: str, how to call it in an error message.

    Returns:
        Tensor of the same shape.

    Raises:
        ValueError: if these are no real numbers.

    Example:
        >>> as_float([1, 2], "target").dtype.name
        'float32'
    """
    if not isinstance(values, keras.KerasTensor):  # a placeholder while a model is being built
        try:
            values = ops.convert_to_tensor(values)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} must be an array or tensor of numbers; received {values!r:.60}") from error
    kind = keras.backend.standardize_dtype(values.dtype)
    if "float" in kind:
        return values
    if "int" in kind or kind == "bool":
        return ops.cast(values, keras.config.floatx())
    raise ValueError(f"{name} must be an array or tensor of real numbers; received {kind}")


def pair(target, prediction):
    """Both as tensors of floats of one shape and of the prediction's precision.

    Args:
        target: as for `as_float`.
        prediction: likewise.

    Returns:
        `(target, prediction)`.

    Raises:
        ValueError: if the shapes differ, or there is no value; it names both.

    Example:
        >>> [tuple(each.shape) for each in pair([1, 2], [0.5, 1.0])]
        [(2,), (2,)]
    """
    target, prediction = as_float(target, "target"), as_float(prediction, "prediction")
    if tuple(target.shape) != tuple(prediction.shape):
        raise ValueError(
            "target and prediction must have the same shape; "
            f"received {tuple(target.shape)} and {tuple(prediction.shape)}"
        )
    check_any(prediction.shape, "target and prediction")
    return ops.cast(target, prediction.dtype), prediction


def check_any(shape, name):
    """Refuse an array without a value, whose mean would be NaN.

    Args:
        shape: tuple; a side that is None is not known yet, as in a function that is being compiled.
        name: str, how to call it in an error message.

    Raises:
        ValueError: if a side is 0.

    Example:
        >>> check_any((2, None), "codes")
    """
    if 0 in tuple(shape):
        raise ValueError(f"{name} must hold one value or more; received shape {tuple(shape)}")


def in_one_precision(tensors):
    """Tensors of floats, all in the widest of their precisions.

    Args:
        tensors: list of tensors of floats, one or more.

    Returns:
        list of tensors.

    Example:
        >>> [each.dtype.name for each in in_one_precision([ops.ones(1, "float32"), ops.ones(1, "float64")])]
        ['float64', 'float64']
    """
    widest = keras.backend.result_type(*(each.dtype for each in tensors))
    return [ops.cast(each, widest) for each in tensors]
