"""What painting tile by tile costs: memory and time per pixel beside those of the whole picture, from file to file.

    python benchmarks/tiles.py                              # 2048² whole, 2048² and 8192² in tiles
    python benchmarks/tiles.py --large 4096 --tile 512
    python benchmarks/tiles.py --model pixel --large 4096   # the other model

Every case has a process of its own, which reads a JPEG, paints it and writes a JPEG, so that the peak of its memory is
what a computer needs for it, Python, Keras and TensorFlow included. Cases take turns; times are medians. Windows does
not say what a process needed, so this runs on Linux and macOS.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from aelearn import data, images

PHOTO, PAINTING = "neuschwanstein", "great_wave"
UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
HEAD = ("peak MB", "read s", "paint s", "write s", "ns/pixel", "ratio")


def enlarged(photo, size):
    """A picture of `size` pixels a side: a smaller one, mirrored over and over."""
    beyond = [(0, max(0, size - side)) for side in photo.shape[:2]]
    return np.pad(photo, [*beyond, (0, 0)], mode="symmetric")[:size, :size]


def measure(how, file, model, tile):
    """One case in this process: seconds to read, paint and write, and the peak of its memory in bytes."""
    read, photo = timed(images.load_image if how == "whole" else images.load_uint8, file, max_pixels=10**9)
    painter = {"whole": whole, "tiles": in_tiles}[how](model, tile)
    painter(enlarged(images.to_uint8(data.load_photo(PHOTO)), 256))  # the first time compiles
    paint, photo = timed(painter, photo)
    write, _ = timed(images.save_image, photo, Path(file).with_suffix(f".{how}.jpg"))
    return {"seconds": [read, paint, write], "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT}


def timed(function, *arguments, **options):
    """Seconds that a call takes, and what it returns."""
    began = time.perf_counter()
    result = function(*arguments, **options)
    return time.perf_counter() - began, result


def whole(model, tile):
    """A function that paints a photo whole, with a painting that is known."""
    stylizer, style = load(model)
    return lambda photo: stylizer.canvas(photo, style).paint()


def in_tiles(model, tile):
    """A function that paints a photo tile by tile, over itself."""
    stylizer, style = load(model)
    return lambda photo: stylizer.paint_large(photo, style, tile=tile, out=photo)


def load(model):
    """The stylizer and the style that all cases paint with."""
    from aelearn.stylize import Stylizer  # here, so that the process that only starts the others stays small

    stylizer = Stylizer.load(model)
    return stylizer, stylizer.style(data.load_painting(PAINTING))


def difference(file, model, tile):
    """How far the bytes of the one are from the numbers of the other, in gray levels of 255."""
    stylizer, style = load(model)
    photo = images.load_uint8(file)
    expected = 255 * stylizer.canvas(photo, style).paint()
    return {"difference": float(np.abs(stylizer.paint_large(photo, style, tile=tile) - expected).max())}


def elsewhere(*case):
    """What this script prints for a case in another process."""
    run = subprocess.run([sys.executable, __file__, "--case", *map(str, case)], stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout)


def take_turns(cases, rounds):
    """`{case: [result, …]}`: all once, then all again."""
    results = {case: [] for case in cases}
    for _ in range(rounds):
        for case in cases:
            results[case].append(elsewhere(*case))
    return results


def print_table(results, sizes):
    """A line per case: the highest peak, medians of the times, and their ratio to the first line, per pixel."""
    print(f"{'':<16}" + "".join(f"{name:>10}" for name in HEAD))
    first = None
    for case, found in results.items():
        read, paint, write = (statistics.median(times) for times in zip(*(each["seconds"] for each in found)))
        per_pixel = 1e9 * paint / sizes[case] ** 2
        first = first or per_pixel
        peak = max(each["peak"] for each in found) / 1e6
        print(f"{f'{sizes[case]}² {case[0]}':<16}{peak:>10,.0f}{read:>10.2f}{paint:>10.2f}{write:>10.2f}"
              f"{per_pixel:>10.0f}{per_pixel / first:>10.2f}", flush=True)


def read_arguments(arguments=None):
    """What was typed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", type=int, default=2048, help="side of the picture that is painted both ways")
    parser.add_argument("--large", type=int, default=8192, help="side of the one that is painted in tiles")
    parser.add_argument("--tile", type=int, default=768, help="side of a tile in pixels")
    parser.add_argument("--model", default="perceptual", help="name or .npz file")
    parser.add_argument("--rounds", type=int, default=3, help="how often every case is timed")
    parser.add_argument("--case", nargs=4, help=argparse.SUPPRESS)  # the processes that are measured
    return parser.parse_args(arguments)


def main(arguments=None):
    """Measure every case and print the table."""
    options = read_arguments(arguments)
    if options.case:
        how, file, model, tile = options.case
        case = difference(file, model, int(tile)) if how == "difference" else measure(how, file, model, int(tile))
        print(json.dumps(case))
        return
    with tempfile.TemporaryDirectory() as folder:
        files, sizes = {}, {}
        for size in (options.small, options.large):
            files[size] = Path(folder) / f"{size}.jpg"
            images.save_image(enlarged(images.to_uint8(data.load_photo(PHOTO)), size), files[size])
        for how, size in (("whole", options.small), ("tiles", options.small), ("tiles", options.large)):
            sizes[how, files[size], options.model, options.tile] = size
        print_table(take_turns(sizes, options.rounds), sizes)
        apart = elsewhere("difference", files[options.small], options.model, options.tile)["difference"]
    print(f"tiles and whole at {options.small}²: at most {apart:.3f} of 255 gray levels apart, rounding included")


if __name__ == "__main__":
    main()
