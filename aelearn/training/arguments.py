"""What `fit` refuses before the first step: one line that names the argument, what was received and what to do."""

import numpy as np

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly
from aelearn.training.batches import Batches, check_pictures
from aelearn.training.crops import Crops

import keras  # isort: skip


def check_arguments(model, crops, validation):
    """Refuse a model that `fit` cannot train, and pictures that do not suit it.

    Args:
        model: as for `fit`.
        crops: as for `fit`.
        validation: as for `fit`.

    Raises:
        TypeError: if the model has no loss of its own, or `crops` is of the wrong kind.
        ValueError: if pictures are of the wrong shape, or leave [0, 1].

    Example:
        >>> from aelearn.autoencoders import DenseConfig, build_dense
        >>> pictures = np.zeros((2, 4, 4, 1), np.float32)
        >>> check_arguments(build_dense(DenseConfig((4, 4, 1), (), 2)), Batches(pictures, batch_size=1, seed=0), None)
    """
    if not isinstance(model, keras.Model) or type(model).compute_loss is keras.Model.compute_loss:
        raise TypeError(
            "model must be an Autoencoder or a PyramidAutoencoder, such as build_dense() gives: its loss needs no "
            f"label; received {_kind(model)}"
        )
    whole = hasattr(model, "encoder")
    if not isinstance(crops, (Batches, Crops) if whole else Crops):
        example = "Batches(images, batch_size=32, seed=0)" if whole else "Crops(images, size=64, batch_size=8, seed=0)"
        raise TypeError(
            f"crops must be {example[:example.index('(')]} for {type(model).__name__}: write {example}; "
            f"received {_kind(crops)}"
        )
    pair = whole and isinstance(validation, tuple) and len(validation) == 2
    parts = [] if validation is None else list(validation) if pair else [validation]
    if not all(hasattr(part, "shape") for part in parts):
        wanted = "an array (number, height, width, channels)" + (", or a pair of them, (inputs, targets)" * whole)
        raise ValueError(f"validation must be {wanted}; received {_kind(validation)}")
    (_check_shapes if whole else _check_levels)(model, crops, parts)
    for part in parts:
        check_pictures(part, "validation")
    if pair and len(parts[0]) != len(parts[1]):
        raise ValueError(
            f"validation must have one target per input; received {len(parts[0])} inputs and {len(parts[1])} targets"
        )


def check_helpers(**helpers):
    """Refuse an `on_report`, `stop` or `history` that could not be used.

    Args:
        **helpers: name of the argument to `(value, whether it can be used, what it must be)`; None can be used.

    Raises:
        TypeError: names the argument and what was received.

    Example:
        >>> check_helpers(on_report=(print, callable(print), "a function"))
    """
    for name, (value, usable, wanted) in helpers.items():
        if value is not None and not usable:
            raise TypeError(f"{name} must be {wanted}; received {value!r:.80}")


def _kind(value):
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return "None" if value is None else type(value).__name__


def _check_levels(model, crops, validation):
    multiple = 2 ** (getattr(model, "num_levels", 1) - 1)
    if crops.size % multiple or crops.size < 2 * multiple:
        raise ValueError(
            f"size of the crops must be a multiple of {multiple} and at least {2 * multiple}, for the levels; "
            f"received {crops.size}"
        )
    for shape in map(np.shape, validation):
        if len(shape) != 4:
            raise ValueError(f"validation must be (batch, height, width, channels); received {shape}")
        if not shape[0] or any(side % multiple for side in shape[1:3]):
            raise ValueError(
                f"validation must hold a picture, its height and width multiples of {multiple}; received {shape}"
            )


def _check_shapes(model, batches, validation):
    expected = tuple(model.encoder.input_shape)[1:]
    first = batches[0][0] if isinstance(batches[0], tuple) else batches[0]
    for name, shape in [("images", np.shape(first)), *(("validation", np.shape(part)) for part in validation)]:
        if len(shape) != 4 or not shape[0] or any(e not in (None, s) for e, s in zip(expected, shape[1:])):
            raise ValueError(
                f"{name} must be (number, height, width, channels) with pictures of shape {expected}, which the model "
                f"was built for; received {shape}"
            )
