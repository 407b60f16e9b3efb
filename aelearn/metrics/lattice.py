"""The regular pattern that a decoder weaves into a picture: how strong it is."""

import numpy as np


def checkerboard(picture, *, period=2):
    """Strength of a pattern that repeats every `period` pixels, whatever else is in the picture.

    c = √(1/P² Σ_ab (m_ab − m)²), with m_ab the mean of the pixels in row a and column b of every P × P block, and m the
    mean of all. In a picture without such a pattern each of the P² means is about m. It is also the root of the
    energy at the frequencies that repeat every P pixels, for P = 2 the highest that a picture can hold (Parseval).
    Several channels are averaged before the root is taken. Rows and columns that fill no block are left out.

    Args:
        picture: array `(height, width, channels)` or `(height, width)`, sides at least `period`.
        period: P, int of at least 2, pixels.

    Returns:
        float, 0 or more, in units of the picture.

    Raises:
        ValueError: if `period` is not such an int, or it is no picture with sides of at least `period`.

    Example:
        >>> checkerboard([[0.0, 1.0], [1.0, 0.0]]), checkerboard(np.ones((4, 4)))
        (0.5, 0.0)
    """
    if isinstance(period, bool) or not isinstance(period, (int, np.integer)) or period < 2:
        raise ValueError(f"period must be an int of at least 2, in pixels; received {period!r}")
    picture = np.asarray(picture, np.float64)
    if picture.ndim not in (2, 3) or min(picture.shape[:2]) < period or not picture.size:
        raise ValueError(
            f"picture must be (height, width, channels) or (height, width) with sides of at least {period}; received "
            f"shape {picture.shape}"
        )
    rows, columns = (side // period for side in picture.shape[:2])
    blocks = picture[: rows * period, : columns * period].reshape(rows, period, columns, period, -1)
    means = blocks.mean(axis=(0, 2))  # (period, period, channels)
    return float(np.sqrt(np.mean((means - means.mean(axis=(0, 1))) ** 2)))
