"""Reconstruction error picture by picture and class by class: a mean hides who pays for it."""

import numpy as np


def per_picture_error(target, prediction):
    """Mean squared error of every picture by itself.

    eᵢ = 1/n Σⱼ (x_ij − x̂_ij)², n the number of values in a picture. The mean of all eᵢ is `mse`.

    Args:
        target: x, array `(number, …)`.
        prediction: x̂, array of the same shape.

    Returns:
        Array `(number,)`, 0 or more.

    Raises:
        ValueError: if the shapes differ, or there is no picture.

    Example:
        >>> per_picture_error([[0.0, 0.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]).tolist()
        [0.0, 0.5]
    """
    target, prediction = np.asarray(target, np.float64), np.asarray(prediction, np.float64)
    if target.shape != prediction.shape:
        raise ValueError(
            f"target and prediction must have the same shape; received {target.shape} and {prediction.shape}"
        )
    if target.ndim < 2 or not target.size:
        raise ValueError(f"target must be (number, …) with at least one picture; received shape {target.shape}")
    return ((target - prediction) ** 2).reshape(len(target), -1).mean(axis=1)


def per_class_error(target, prediction, labels):
    """Mean squared error of every class by itself.

    E_c = 1/N_c Σ_{i in c} eᵢ, with eᵢ of `per_picture_error` and N_c the number of pictures with label c. The mean of
    the E_c is the mean over all pictures only if all classes have as many pictures; else Σ_c N_c E_c / Σ_c N_c is.

    Args:
        target: x, array `(number, …)`.
        prediction: x̂, array of the same shape.
        labels: int array `(number,)`.

    Returns:
        dict from label (int) to error (float), in the order of the labels; only labels that occur.

    Raises:
        ValueError: if the shapes differ, or `labels` is not one whole number per picture.

    Example:
        >>> per_class_error(np.ones((3, 1)), [[1.0], [0.0], [1.0]], [4, 7, 7])
        {4: 0.0, 7: 0.5}
    """
    errors, labels = per_picture_error(target, prediction), np.asarray(labels)
    if labels.shape != errors.shape or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be one whole number per picture, shape {errors.shape}; "
            f"received {labels.dtype} of shape {labels.shape}"
        )
    return {int(label): float(errors[labels == label].mean()) for label in np.unique(labels)}


def standard_error(values):
    """How far the mean of a sample may be off by chance: the deviation of one value over the root of their number.

    SE = s / √N with s² = 1/(N − 1) Σᵢ (eᵢ − ē)². Two models whose mean errors differ by less than this have not been
    told apart. Reference: Hastie, Tibshirani and Friedman 2009, "The elements of statistical learning", section 7.10.

    Args:
        values: array `(number,)`, two or more, such as `per_picture_error` of held-out pictures.

    Returns:
        float, 0 or more, in the unit of the values.

    Raises:
        ValueError: if there are fewer than two values, or they are not in one row.

    Example:
        >>> standard_error([1.0, 3.0])
        1.0
    """
    values = np.asarray(values, np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"values must be (number,), two or more; received shape {values.shape}")
    return float(values.std(ddof=1) / np.sqrt(len(values)))
