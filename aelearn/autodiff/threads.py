"""Matrix products on one thread.

At the sizes of these lessons a second thread brings nothing on a quiet machine, and on a busy one the two wait for
each other: with other work going on, a training step on two cores took several times as long with it.
"""

from functools import cache

from threadpoolctl import ThreadpoolController


def product(a, b):
    """a @ b, computed on one thread.

    Args:
        a: array `(…, rows, n)`.
        b: array `(…, n, columns)`.

    Returns:
        Array `(…, rows, columns)`.

    Example:
        >>> import numpy as np
        >>> product(np.ones((1, 2)), np.ones((2, 1)))
        array([[2.]])
    """
    with _pools().limit(limits=1, user_api="blas"):
        return a @ b


@cache
def _pools():
    return ThreadpoolController()
