"""How long a slider move takes to become a picture: value set to picture changed, in the panel's own thread.

    python benchmarks/panel_latency.py [--moves 100] [--sizes 256 512]

Real photographs and paintings, the shipped model, every level in use. Two kinds of move: `alpha` repaints all
levels, `level 1` only the last, since what lies before it has not changed. The browser adds the time to fetch and draw
the JPEG of some 20 kB. Times depend on what else the machine does: run it alone.
"""

import argparse
import itertools
import threading
import time

import numpy as np

from aelearn import Stylizer, data, runtime
from aelearn.panels import StylePanel

PAIRS = [("chambord", "great_wave"), ("macaw", "starry_night"), ("bison", "composition_viii")]
WARM_UP = 5


def move(panel, change, value):
    """Seconds from setting a value until the picture is another one."""
    changed = threading.Event()
    panel.picture.observe(lambda _: changed.set(), names="value")
    began = time.perf_counter()
    change(panel, value)
    arrived = changed.wait(30)
    seconds = time.perf_counter() - began
    panel.picture.unobserve_all("value")
    panel.settle(30)
    if not arrived:
        raise RuntimeError("the picture did not change within 30 s")
    return seconds


def set_alpha(panel, value):
    panel.alpha = value


def set_level_1(panel, value):
    panel.level_alphas = {1: value}


def measure(panel, change, moves):
    """Seconds of every move, over all pairs, after a few that are not counted."""
    times = []
    values = itertools.cycle([0.31, 0.72, 0.55, 0.94, 0.18])
    for photo, painting in PAIRS:
        panel.photo, panel.painting = photo, painting
        panel.reset()
        panel.settle(60)
        for count, value in zip(range(WARM_UP + moves // len(PAIRS)), values):
            seconds = move(panel, change, value)
            if count >= WARM_UP:
                times.append(seconds)
    return np.array(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=99, help="moves of each kind at each size")
    parser.add_argument("--model", default="perceptual", help="a model of the package, or an .npz file")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512], help="longest side in pixels")
    arguments = parser.parse_args()
    machine = runtime.describe()
    print(f"{machine.system}, {machine.num_cores} cores, {machine.backend}, Keras {machine.keras}")
    print(f"{'size':>5}  {'slider':<8} {'median':>8} {'95 %':>8}   moves")
    stylizer = Stylizer.load(arguments.model)
    # The same pictures at every size, square crops, so that the size says how many pixels there are.
    for size in arguments.sizes:
        photos = {name: square(data.load_photo(name), size) for name, _ in PAIRS}
        paintings = {name: square(data.load_painting(name), size) for _, name in PAIRS}
        panel = StylePanel(stylizer, photos, paintings, size=size)
        for name, change in (("alpha", set_alpha), ("level 1", set_level_1)):
            times = 1000 * measure(panel, change, arguments.moves)
            median, late = np.percentile(times, [50, 95])
            print(f"{size:>4}²  {name:<8} {median:>5.0f} ms {late:>5.0f} ms   {len(times)}")
        panel.close()


def square(picture, size):
    """The middle of a picture, `size` pixels wide and high."""
    from aelearn import images

    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return images.resize_image(picture[top : top + side, left : left + side], size=(size, size))


if __name__ == "__main__":
    main()
