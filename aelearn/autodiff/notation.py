"""The notation: operators and methods of Tensor, each a function of this folder under another name."""

from aelearn.autodiff import elementwise, linear
from aelearn.autodiff.tensor import Tensor

Tensor.__add__ = elementwise.add
Tensor.__radd__ = lambda x, other: elementwise.add(other, x)
Tensor.__sub__ = elementwise.subtract
Tensor.__rsub__ = lambda x, other: elementwise.subtract(other, x)
Tensor.__mul__ = elementwise.multiply
Tensor.__rmul__ = lambda x, other: elementwise.multiply(other, x)
Tensor.__truediv__ = elementwise.divide
Tensor.__rtruediv__ = lambda x, other: elementwise.divide(other, x)
Tensor.__matmul__ = linear.matmul
Tensor.__rmatmul__ = lambda x, other: linear.matmul(other, x)
Tensor.__pow__ = elementwise.power
Tensor.__neg__ = elementwise.negative
Tensor.__abs__ = Tensor.abs = elementwise.absolute

Tensor.exp = elementwise.exp
Tensor.log = elementwise.log
Tensor.relu = elementwise.relu
Tensor.sigmoid = elementwise.sigmoid
Tensor.tanh = elementwise.tanh

Tensor.sum = linear.sum
Tensor.mean = linear.mean
Tensor.reshape = linear.reshape
Tensor.transpose = linear.transpose
Tensor.T = property(lambda x: linear.transpose(x), doc="The tensor with its axes reversed: rows become columns.")
