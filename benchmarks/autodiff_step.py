"""A training step of a convolutional autoencoder: aelearn.autodiff against HIPS autograd, in one run.

    pip install autograd
    python benchmarks/autodiff_step.py [--steps 40] [--batch 32]

The network of lesson 02 on real digits in float32: 28 × 28 → convolution 3 × 3 with stride 2, 8 channels → stride 2,
16 → upsampling → 8 → upsampling → 1, mean squared error; forward, backward, Adam. autograd has a convolution of its
own, without strides (`autograd.scipy.signal.convolve`), so its user takes every other result of it; the second rival
is the faster thing that can be written without new primitives: slices of the padded picture, stacked, and one matrix
product. All start from the same weights, and the first loss and gradients are compared before any clock runs. The
three take turns, so that whatever else the machine does falls on all of them.
"""

import argparse
import time

import numpy as np

from aelearn import autodiff as ad
from aelearn import data

try:
    import autograd.numpy as anp
    from autograd import value_and_grad
    from autograd.scipy.signal import convolve
except ImportError:
    raise SystemExit("this benchmark compares with autograd, which is not installed: pip install autograd") from None

STRIDES = (2, 2, 1, 1)
UPSAMPLED = (False, False, True, True)  # before the convolution
WARM_UP = 3


def network():
    """The lesson's autoencoder, and its weights as plain arrays."""
    chain = ad.Chain(
        ad.Conv2D(1, 8, stride=2, seed=0, activation="relu"),
        ad.Conv2D(8, 16, stride=2, seed=1, activation="relu"),
        ad.upsample,
        ad.Conv2D(16, 8, seed=2, activation="relu"),
        ad.upsample,
        ad.Conv2D(8, 1, seed=3, activation="sigmoid"),
    )
    for bias in chain.parameters[1::2]:
        bias.data += np.float32(0.01)  # off the kink of relu, where autograd's maximum says ½ and ours 0
    return chain, [w.data.copy() for w in chain.parameters]


class Ours:
    """forward, backward and Adam with aelearn.autodiff."""

    def __init__(self):
        self.network, _ = network()
        self.optimizer = ad.Adam(self.network.parameters)

    def gradients(self, x):
        loss = ad.mean_squared_error(x, self.network(x))
        self.optimizer.zero_grad()
        loss.backward()
        return loss.item(), [w.grad for w in self.network.parameters]

    def step(self, x):
        self.gradients(x)
        self.optimizer.step()


class Autograd:
    """The same with autograd, and an Adam in plain NumPy."""

    def __init__(self, convolution):
        _, self.weights = network()
        self.convolution = convolution
        self.loss_and_gradients = value_and_grad(self.loss)
        self.optimizer = ad.Adam([ad.Tensor(w) for w in self.weights])  # the same arithmetic, on ready gradients

    def loss(self, weights, x):
        y = x
        for index, (stride, upsampled) in enumerate(zip(STRIDES, UPSAMPLED)):
            if upsampled:
                y = anp.repeat(anp.repeat(y, 2, axis=1), 2, axis=2)
            y = self.convolution(y, weights[2 * index], stride) + weights[2 * index + 1]
            y = anp.maximum(y, 0) if index < 3 else 0.5 + 0.5 * anp.tanh(0.5 * y)
        return anp.mean((y - x) ** 2)

    def gradients(self, x):
        return self.loss_and_gradients(self.weights, x)

    def step(self, x):
        _, gradients = self.gradients(x)
        for w, gradient in zip(self.optimizer.parameters, gradients):
            w.grad = gradient
        self.optimizer.step()
        self.weights = [w.data for w in self.optimizer.parameters]


def by_convolve(x, kernel, stride):
    """autograd's own convolution; it flips the kernel, as in mathematics, so it gets a flipped one."""
    x = anp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "constant")
    y = convolve(x, kernel[::-1, ::-1], axes=([1, 2], [0, 1]), dot_axes=([3], [2]), mode="valid")
    y = anp.transpose(y, (0, 2, 3, 1))  # (batch, out, height, width) → (batch, height, width, out)
    return y[:, ::stride, ::stride]


def by_slices(x, kernel, stride):
    """The pixels under each entry of the kernel as slices, and one matrix product."""
    _, height, width, _ = x.shape
    x = anp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "constant")
    slices = [x[:, r : r + height : stride, c : c + width : stride] for r in range(3) for c in range(3)]
    patches = anp.concatenate(slices, axis=3)  # (batch, height, width, rows · columns · in)
    size = patches.shape[3]
    y = anp.dot(anp.reshape(patches, (-1, size)), anp.reshape(kernel, (size, -1)))
    return anp.reshape(y, (*patches.shape[:3], kernel.shape[3]))


def compare(rivals, x):
    """Stop unless all compute the same loss and gradients, in float32."""
    (loss, gradients), *others = (rival.gradients(x) for rival in rivals.values())
    for name, (other_loss, other_gradients) in zip(list(rivals)[1:], others):
        np.testing.assert_allclose(other_loss, loss, rtol=1e-5, err_msg=name)
        for mine, theirs in zip(gradients, other_gradients):
            np.testing.assert_allclose(theirs, mine, atol=1e-5, err_msg=name)
            assert theirs.dtype == mine.dtype == np.float32, name


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--batch", type=int, default=32)
    options = parser.parse_args()
    digits = data.load_digits().train_images[: options.batch]
    rivals = {
        "aelearn.autodiff": Ours(),
        "autograd, convolve": Autograd(by_convolve),
        "autograd, slices": Autograd(by_slices),
    }
    compare(rivals, digits)
    times = {name: [] for name in rivals}
    for _ in range(WARM_UP + options.steps):
        for name, rival in rivals.items():
            began = time.perf_counter()
            rival.step(digits)
            times[name].append(time.perf_counter() - began)
    medians = {name: np.median(seconds[WARM_UP:]) for name, seconds in times.items()}
    ours = medians["aelearn.autodiff"]
    print(f"a training step, batch {options.batch}, median of {options.steps}")
    for name, seconds in medians.items():
        print(f"{name:>20} {1000 * seconds:8.1f} ms   ours takes {ours / seconds:.2f} of it")


if __name__ == "__main__":
    main()
