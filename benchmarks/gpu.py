"""What the device brings: pictures per second in training and in painting, and whether they are the CPU's pictures.

    python benchmarks/gpu.py                          # 512² and 2048², float32 and mixed precision
    python benchmarks/gpu.py --sizes 256 --batch 2    # small enough for a processor
    KERAS_BACKEND=jax python benchmarks/gpu.py        # the same on another backend

It runs on the GPU if the backend sees one, and on the processor if not; the first line says which. Training is the
painter's own step (forward, backward, Adam) on random crops that lie in memory: what reading pictures adds is not in
it. Painting takes a photo with a known painting from array to array, one photo at a time. For the comparison a second
process, which is shown no GPU, paints the same pictures and takes the same training steps on the processor.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from systems import best_model

from aelearn import Stylizer, data, images, runtime
from aelearn.autoencoders import build_painter
from aelearn.cli import values

import keras  # isort: skip

PAIRS = (("chambord", "great_wave"), ("astronaut", "starry_night"), ("macaw", "composition_viii"))
BASE = 512  # --batch pictures of this size make a step; of larger ones as many as have no more pixels, at least one
COMPARED_STEPS, MOST_TRIES = 5, 40
POLICIES = {"float32": runtime.use_float32, "mixed": runtime.use_mixed_precision}
NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1", "HIP_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}


def square(picture, size):
    """The middle of a picture, `size` pixels wide and high; enlarged where it is smaller."""
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return images.resize_image(picture[top : top + side, left : left + side], size=(size, size))


def median_seconds(action, rounds):
    """Median of `rounds` calls, after two that are not counted: the first one compiles."""
    times = []
    for _ in range(2 + rounds):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return statistics.median(times[2:])


def batch_of(size, batch):
    """How many pictures of a size make a step."""
    return max(1, batch * BASE**2 // size**2)


def training_step(size, number):
    """A function that takes one training step of a new painter on the same batch, and returns the loss."""
    model = build_painter(seed=0)
    model.compile(keras.optimizers.Adam(1e-3, clipnorm=1.0), jit_compile=keras.backend.backend() == "jax")
    crops = np.random.default_rng(0).random((number, size, size, 3), np.float32)
    return lambda: float(model.train_on_batch(crops))


def painting_action(size):
    """A function that paints a photo with a known painting."""
    stylizer = Stylizer.load(best_model())
    photo, style = square(data.load_photo(PAIRS[0][0]), size), stylizer.style(data.load_painting(PAIRS[0][1]))
    return lambda: stylizer.canvas(photo, style).paint()


def print_rates(sizes, batch, rounds):
    """Pictures per second, a line for every size and precision."""
    print(f"{'pictures per second':<22}{'precision':<12}{'training':>10}{'batch':>7}{'painting':>10}")
    for size in sizes:
        for precision, use in POLICIES.items():
            use()
            number = batch_of(size, batch)
            training = number / median_seconds(training_step(size, number), rounds)
            painting = 1 / median_seconds(painting_action(size), rounds)
            print(f"{f'{size}²':<22}{precision:<12}{training:>10.2f}{number:>7}{painting:>10.2f}", flush=True)
    runtime.use_float32()


def results(size):
    """What must not depend on the device: pictures `(pairs, height, width, 3)`, and the losses of the first steps."""
    stylizer = Stylizer.load(best_model())
    pictures = [stylizer(square(data.load_photo(photo), size), data.load_painting(painting))
                for photo, painting in PAIRS]
    return {"pictures": np.stack(pictures), "losses": first_losses(training_step(64, 4), COMPARED_STEPS)}


def first_losses(step, number):
    """The losses of the first steps that change something: in float16 some do nothing but find a scale for the loss."""
    losses = [step()]
    for _ in range(MOST_TRIES):
        losses += [loss for loss in [step()] if loss != losses[-1]]
        if len(losses) == number:
            return np.array(losses)
    raise RuntimeError(f"of {MOST_TRIES} training steps only {len(losses)} changed the loss")


def results_on_the_cpu(size):
    """`results(size)` in float32, from a process that sees no GPU."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cpu.npz"
        again = [sys.executable, __file__, "--compared", str(size), "--write-results", path]
        subprocess.run(again, check=True, env=os.environ | NO_GPU)
        with np.load(path, allow_pickle=False) as file:
            return dict(file)


def print_agreement(size):
    """How far each precision on this device is from float32 on the CPU."""
    reference = results_on_the_cpu(size)
    print(f"\n{'against float32 on the CPU':<34}{'largest':>10}{'mean':>10}{'loss':>12}")
    for precision, use in POLICIES.items():
        use()
        found = results(size)
        apart = 255 * np.abs(found["pictures"] - reference["pictures"])
        loss = np.abs(found["losses"] / reference["losses"] - 1).max()
        print(f"{precision:<34}{apart.max():>10.3f}{apart.mean():>10.4f}{loss:>12.1e}")
    runtime.use_float32()
    print(f"pictures: of 255 gray levels; loss: relative, the worst of {COMPARED_STEPS} training steps")


def read_arguments(arguments=None):
    """What was typed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    size, number = values.whole(64, 8192), values.whole(1, 10_000)
    parser.add_argument("--sizes", type=size, nargs="+", default=[512, 2048], help="sides of the pictures in pixels")
    parser.add_argument("--batch", type=number, default=16, help="pictures of 512² in a training step")
    parser.add_argument("--rounds", type=number, default=10, help="how often everything is timed")
    parser.add_argument("--compared", type=size, default=256, help="side of the pictures that both devices paint")
    parser.add_argument("--write-results", metavar="FILE", help=argparse.SUPPRESS)  # the second process
    return parser.parse_args(arguments)


def main(arguments=None):
    """Measure, compare, print."""
    options = read_arguments(arguments)
    if options.write_results:
        np.savez(options.write_results, **results(options.compared))
        return
    machine = runtime.describe()
    device = ", ".join(machine.gpus) or f"no GPU; {machine.num_cores} cores of a processor"
    print(f"{device}; {machine.system}, {machine.backend}, Keras {machine.keras}; model {best_model()}\n", flush=True)
    print_rates(options.sizes, options.batch, options.rounds)
    print_agreement(options.compared)


if __name__ == "__main__":
    main()
