"""Convolution, as every deep-learning library calls it: a small kernel slides over a picture, unflipped.

It is a linear map, so three functions on plain arrays are enough. `correlate` is the map, `scatter` its transpose,
`kernel_gradient` what the kernel learns. conv2d goes forward with the first and back with the second;
conv2d_transpose goes forward with the second and back with the first.
"""

from numbers import Integral

import numpy as np
from numpy.lib.stride_tricks import as_strided

from aelearn.autodiff.tensor import as_tensor, as_tensors, operation
from aelearn.autodiff.threads import product


def conv2d(x, kernel, stride=1, padding=0):
    """Slide a kernel over pictures: at each position the products of kernel and picture are summed.

    y[b, i, j, o] = Σ_{r, c, k} x[b, stride·i + r − padding, stride·j + c − padding, k] · kernel[r, c, k, o],
    with x = 0 outside the picture.

    Args:
        x: Tensor `(batch, height, width, in)`.
        kernel: Tensor `(rows, columns, in, out)`.
        stride: int ≥ 1, pixels from one position to the next.
        padding: int ≥ 0, pixels of zeros around the picture.

    Returns:
        Tensor `(batch, ⌊(height + 2·padding − rows) / stride⌋ + 1, likewise for the width, out)`.

    Raises:
        ValueError: if the shapes do not fit; the message names both.

    Example:
        >>> conv2d(as_tensor(np.ones((1, 5, 5, 1))), as_tensor(np.ones((3, 3, 1, 2))), stride=2).shape
        (1, 2, 2, 2)
    """
    x, kernel = _checked("conv2d", x, kernel, stride, padding, channels=2)
    height, width = (n + 2 * padding for n in x.shape[1:3])
    if kernel.shape[0] > height or kernel.shape[1] > width:
        raise ValueError(
            f"conv2d of x {x.shape} and kernel {kernel.shape}: "
            f"the kernel is larger than the picture of {height} × {width} pixels, padding included"
        )
    a, k = x.data, kernel.data
    y, patches = correlate(a, k, stride, padding)
    return operation("conv2d", y,
                     (x, lambda grad: scatter(grad, k, stride, padding, a.shape)),
                     (kernel, lambda grad: kernel_gradient(patches, grad, k.shape)))


def conv2d_transpose(x, kernel, stride=1, padding=0):
    """The transpose of `conv2d`: each value of x puts a copy of the kernel, scaled by it, into a larger picture.

    y[b, stride·i + r − padding, stride·j + c − padding, o] += x[b, i, j, k] · kernel[r, c, o, k]; what falls outside
    is lost. With the same kernel, stride and padding it is the adjoint of conv2d: ⟨conv2d(u), v⟩ =
    ⟨u, conv2d_transpose(v)⟩, for pictures that the kernel's positions cover without a rest.

    Args:
        x: Tensor `(batch, height, width, in)`.
        kernel: Tensor `(rows, columns, out, in)`, as in Keras: the kernel of the convolution it is the transpose of.
        stride: int ≥ 1, pixels from one copy to the next.
        padding: int ≥ 0, pixels cut off on each side.

    Returns:
        Tensor `(batch, stride · (height − 1) + rows − 2·padding, likewise for the width, out)`.

    Raises:
        ValueError: if the shapes do not fit, or nothing is left.

    Example:
        >>> conv2d_transpose(as_tensor(np.ones((1, 2, 2, 2))), as_tensor(np.ones((3, 3, 1, 2))), stride=2).shape
        (1, 5, 5, 1)
    """
    x, kernel = _checked("conv2d_transpose", x, kernel, stride, padding, channels=3)
    height, width = (stride * (n - 1) + k - 2 * padding for n, k in zip(x.shape[1:3], kernel.shape))
    if height < 1 or width < 1:
        raise ValueError(
            f"conv2d_transpose of x {x.shape} and kernel {kernel.shape}: padding {padding} cuts everything off, "
            f"{height} × {width} pixels would be left"
        )
    a, k = x.data, kernel.data
    shape = (x.shape[0], height, width, kernel.shape[2])
    return operation("conv2d_transpose", scatter(a, k, stride, padding, shape),
                     (x, lambda grad: correlate(grad, k, stride, padding)[0]),
                     (kernel, lambda grad: kernel_gradient(correlate(grad, k, stride, padding)[1], a, k.shape)))


def upsample(x):
    """Every pixel becomes four: nearest-neighbour enlargement by 2. The four gradients add up.

    Args:
        x: Tensor `(batch, height, width, channels)`.

    Returns:
        Tensor `(batch, 2·height, 2·width, channels)`.

    Raises:
        ValueError: if `x` has not four axes.

    Example:
        >>> upsample(as_tensor(np.array([[[[1.0], [2.0]]]]))).data[0, :, :, 0]
        array([[1., 1., 2., 2.],
               [1., 1., 2., 2.]])
    """
    x = as_tensor(x)
    _check_picture("upsample", x)
    y = x.data.repeat(2, axis=1).repeat(2, axis=2)
    return operation("upsample", y, (x, lambda grad: (grad[:, ::2, ::2] + grad[:, ::2, 1::2]
                                                      + grad[:, 1::2, ::2] + grad[:, 1::2, 1::2])))


def correlate(x, kernel, stride, padding):
    # One row per position, one column per value under the kernel: the convolution is one matrix product.
    patches = _patches(_pad(x, padding), kernel.shape[:2], stride)  # (batch, height, width, rows, columns, in)
    positions = patches.shape[:3]
    patches = patches.reshape(np.prod(positions), -1)  # (positions, rows · columns · in), a copy
    y = product(patches, kernel.reshape(-1, kernel.shape[3]))
    return y.reshape(*positions, kernel.shape[3]), patches


def scatter(y, kernel, stride, padding, shape):
    # The transpose: every value of y goes back to the pixels it was made from. Seen from a pixel, it collects from all
    # positions around it: the same sliding sum, over the values of y put `stride` apart, with the kernel turned around.
    (batch, height, width, _), (rows, columns) = shape, kernel.shape[:2]
    apart = np.zeros((batch, height + 2 * padding + rows - 1, width + 2 * padding + columns - 1, y.shape[3]), y.dtype)
    apart[:, rows - 1 : rows - 1 + stride * y.shape[1] : stride,
          columns - 1 : columns - 1 + stride * y.shape[2] : stride] = y
    inside = apart[:, padding : padding + height + rows - 1, padding : padding + width + columns - 1]
    return correlate(inside, kernel[::-1, ::-1].swapaxes(2, 3), 1, 0)[0]


def kernel_gradient(patches, grad, shape):
    # ∂L/∂kernel = patchesᵀ ∂L/∂y, the rule of the matrix product.
    return product(patches.T, grad.reshape(-1, grad.shape[3])).reshape(shape)


def _patches(x, size, stride):
    # A view, no copy: two more axes that walk over the same memory as height and width do.
    (batch, height, width, channels), (rows, columns) = x.shape, size
    positions = (height - rows) // stride + 1, (width - columns) // stride + 1
    steps = x.strides
    return as_strided(x, (batch, *positions, rows, columns, channels),
                      (steps[0], stride * steps[1], stride * steps[2], *steps[1:]), writeable=False)


def _pad(x, padding):
    return np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0))) if padding else x


def _check_picture(name, x):
    if x.data.ndim != 4 or not x.data.size:
        raise ValueError(f"{name}: x must be (batch, height, width, channels), none of them 0; received {x.shape}")


def _checked(name, x, kernel, stride, padding, channels):
    x, kernel = as_tensors(x, kernel)
    _check_picture(name, x)
    if kernel.data.ndim != 4 or not kernel.data.size:
        axes = "(rows, columns, in, out)" if channels == 2 else "(rows, columns, out, in)"
        raise ValueError(f"{name}: kernel must be {axes}, none of them 0; received {kernel.shape}")
    if x.shape[3] != kernel.shape[channels]:
        raise ValueError(
            f"{name} of x {x.shape} and kernel {kernel.shape}: the {x.shape[3]} channels of x must be "
            f"the {kernel.shape[channels]} on axis {channels} of the kernel"
        )
    for what, value, least in (("stride", stride, 1), ("padding", padding, 0)):
        if not isinstance(value, Integral) or value < least:
            raise ValueError(f"{name}: {what} must be an int of at least {least}; received {value!r}")
    return x, kernel
