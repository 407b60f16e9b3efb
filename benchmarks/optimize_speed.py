"""How long Gatys' optimisation takes with our encoders, and how far it comes: 150 steps at 256².

    python benchmarks/optimize_speed.py [--models pixel perceptual] [--steps 150] [--size 256] [--write sheet.png]

The aim is 30 s on two cores. The first run of a model builds its function and is counted, since a reader waits for it
as well. Times depend on what else the machine does: run it alone.
"""

import argparse
import time

import numpy as np

from aelearn import Stylizer, data, images, runtime
from aelearn.optimize import STATISTICS, optimize

PAIRS = [("chambord", "great_wave"), ("macaw", "starry_night")]


def square(picture, size):
    """The middle of a picture, `size` pixels wide and high."""
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return images.resize_image(picture[top : top + side, left : left + side], size=(size, size))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["pixel"], help="names or .npz files of encoders")
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--size", type=int, default=256, help="side of the pictures in pixels")
    parser.add_argument("--write", metavar="PNG", help="sheet to write: photo, painting, one picture per statistic")
    arguments = parser.parse_args()
    machine = runtime.describe()
    print(f"{machine.system}, {machine.num_cores} cores, {machine.backend}, Keras {machine.keras}")
    print(f"{'model':<12} {'statistic':<15} {'pair':<24} {'seconds':>8} {'loss':>17}")
    rows = []
    for model in arguments.models:
        encoder = Stylizer.load(model)
        for names in PAIRS:
            photo, painting = square(data.load_photo(names[0]), arguments.size), data.load_painting(names[1])
            painting = square(painting, arguments.size)
            rows.append([photo, painting])
            for statistic in STATISTICS:
                began = time.perf_counter()
                picture, history = optimize(photo, painting, encoder, steps=arguments.steps, statistic=statistic)
                seconds = time.perf_counter() - began
                course = f"{history.loss[0]:.3f} -> {history.loss[-1]:.3f}"
                print(f"{model:<12} {statistic:<15} {' '.join(names):<24} {seconds:>8.1f} {course:>17}", flush=True)
                rows[-1].append(picture)
    if arguments.write:
        images.save_image(np.concatenate([np.concatenate(row, axis=1) for row in rows]), arguments.write)


if __name__ == "__main__":
    main()
