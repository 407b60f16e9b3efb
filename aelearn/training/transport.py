"""The maps of `transforms` for a batch, in keras.ops, so that training can look through them."""

from aelearn import runtime
from aelearn.losses import deviations

from keras import ops  # isort: skip

RIDGE = 1e-2  # added to every variance, as a share of the mean variance; crops are small, and their moments uncertain
FLOOR = 1e-7  # eigenvalues below this share of the largest are rounding in float32
PRODUCTS = 18  # steps of `roots_by_products`: enough for eigenvalues ten thousandfold apart


def roots(matrix):
    """Square root and inverse square root of covariances, with the gradient that a decomposition alone has not.

    On a GPU, which decomposes slowly, they come from `roots_by_products` instead.
    With A = U diag(λ) Uᵀ and r = √λ, a change dA moves A^½ by U (P ∘ (Uᵀ dA U)) Uᵀ with Pᵢⱼ = 1 / (rᵢ + rⱼ), and A^-½
    likewise with −1 / (rᵢ rⱼ (rᵢ + rⱼ)). Unlike the gradients of U and λ, these stay finite where eigenvalues meet.
    Reference: Higham 2008, "Functions of matrices", theorem 3.11.

    Args:
        matrix: tensor `(batch, channels, channels)`, symmetric and positive definite.

    Returns:
        `(root, inverse)`, two tensors of that shape.

    Example:
        >>> root, inverse = roots(4 * ops.eye(2)[None])
        >>> root[0].numpy().round(3).tolist(), inverse[0].numpy().round(3).tolist()
        ([[2.0, 0.0], [0.0, 2.0]], [[0.5, 0.0], [0.0, 0.5]])
    """
    if runtime.has_gpu():
        return roots_by_products(matrix)
    both = _roots(matrix)
    return both[0], both[1]


def roots_by_products(matrix, steps=PRODUCTS):
    """As `roots`, by products of matrices alone, through which gradients pass by themselves.

    From Y = A / ‖A‖ and Z = I, T = (3 I − Z Y) / 2, Y ← Y T, Z ← T Z: Y goes to the root and Z to its inverse, an error
    e to about e² once it is small. Reference: Higham 2008, "Functions of matrices", equation 6.35.

    Args:
        matrix: tensor `(batch, channels, channels)`, symmetric and positive definite.
        steps: int.

    Returns:
        `(root, inverse)`, two tensors of that shape.

    Example:
        >>> root, inverse = roots_by_products(4 * ops.eye(2)[None])
        >>> root[0].numpy().round(3).tolist(), inverse[0].numpy().round(3).tolist()
        ([[2.0, 0.0], [0.0, 2.0]], [[0.5, 0.0], [0.0, 0.5]])
    """
    matrix = (matrix + ops.swapaxes(matrix, 1, 2)) / 2
    norm = ops.sqrt(ops.sum(ops.square(matrix), axis=(1, 2), keepdims=True)) + 1e-12
    identity = ops.eye(matrix.shape[-1], dtype=matrix.dtype)
    root, inverse = matrix / norm, identity + ops.zeros_like(matrix)
    for _ in range(steps):
        step = 1.5 * identity - 0.5 * ops.matmul(inverse, root)
        root, inverse = ops.matmul(root, step), ops.matmul(step, inverse)
    return root * ops.sqrt(norm), inverse / ops.sqrt(norm)


@ops.custom_gradient
def _roots(matrix):
    # Both in one tensor (2, batch, channels, channels): backends call the gradient of one output alike.
    eigenvalues, vectors = ops.linalg.eigh((matrix + ops.swapaxes(matrix, 1, 2)) / 2)
    r = ops.sqrt(ops.maximum(eigenvalues, FLOOR * eigenvalues[:, -1:]))
    transposed = ops.swapaxes(vectors, 1, 2)
    root = ops.matmul(vectors * r[:, None], transposed)
    inverse = ops.matmul(vectors / r[:, None], transposed)

    def gradient(*args, upstream=None):
        upstream = args[-1] if upstream is None else upstream  # PyTorch gives it by name
        to_root, to_inverse = upstream[0], upstream[1]
        sums, products = r[:, :, None] + r[:, None], r[:, :, None] * r[:, None]
        inner = ops.matmul(transposed, ops.matmul(to_root, vectors)) / sums
        inner = inner - ops.matmul(transposed, ops.matmul(to_inverse, vectors)) / (sums * products)
        change = ops.matmul(vectors, ops.matmul(inner, transposed))
        return (change + ops.swapaxes(change, 1, 2)) / 2

    return ops.stack([root, inverse]), gradient


def ridged(covariance):
    """Covariances with a little added to every variance, so that each has an inverse.

    Args:
        covariance: tensor `(batch, channels, channels)`.

    Returns:
        Tensor of the same shape.

    Example:
        >>> round(float(ridged(ops.ones((1, 1, 1)))[0, 0, 0]), 4)
        1.01
    """
    size = covariance.shape[-1]
    mean_variance = ops.mean(ops.diagonal(covariance, axis1=1, axis2=2), axis=1)
    return covariance + (RIDGE * mean_variance + 1e-6)[:, None, None] * ops.eye(size, dtype=covariance.dtype)


def optimal_transport(content, style):
    """As `transforms.optimal_transport`: T = Σ_c^-½ (Σ_c^½ Σ_s Σ_c^½)^½ Σ_c^-½ for two batches of covariances."""
    root, inverse = roots(ridged(content))
    middle, _ = roots(ops.matmul(root, ops.matmul(ridged(style), root)))
    return ops.matmul(inverse, ops.matmul(middle, inverse))


def whitening_coloring(content, style):
    """As `transforms.whitening_coloring`: T = Σ_s^½ Σ_c^-½ for two batches of covariances."""
    return ops.matmul(roots(ridged(style))[0], roots(ridged(content))[1])


def adain(content, style):
    """As `transforms.adain`: T = diag(σ_s / σ_c) for two batches of covariances."""
    scale = deviations(ridged(style)) / deviations(ridged(content))
    return scale[:, :, None] * ops.eye(content.shape[-1], dtype=content.dtype)


METHODS = (optimal_transport, whitening_coloring, adain)


def apply(features, content, style, alpha, method=0):
    """Move every code of a batch towards a style.

    f → (1 − α) f + α (T (f − μ_c) + μ_s)

    Args:
        features: tensor `(batch, height, width, channels)`.
        content: `(mean, covariance)` of the features, as `losses.batch_moments` gives them.
        style: the same of the paintings.
        alpha: tensor `(batch,)`, from 0 to 1.
        method: scalar int tensor, which of `METHODS` finds T.

    Returns:
        Tensor of the shape of `features`.

    Example:
        >>> f = ops.reshape(ops.convert_to_tensor([0.0, 2.0]), (1, 1, 2, 1))
        >>> one = (ops.ones((1, 1)), ops.ones((1, 1, 1)))
        >>> apply(f, one, (5 * one[0], 4 * one[1]), ops.ones(1)).numpy().round(2).ravel().tolist()
        [3.0, 7.0]
    """
    matrix = ops.switch(method, METHODS, content[1], style[1])
    identity = ops.eye(matrix.shape[-1], dtype=matrix.dtype)
    change = alpha[:, None, None] * (matrix - identity)
    shift = alpha[:, None] * (style[0] - content[0])
    batch, height, width, channels = ops.shape(features)
    centred = ops.reshape(features - content[0][:, None, None], (batch, height * width, channels))
    moved = ops.matmul(centred, ops.swapaxes(change, 1, 2)) + shift[:, None]
    return features + ops.reshape(moved, (batch, height, width, channels))
