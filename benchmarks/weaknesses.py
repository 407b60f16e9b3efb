"""What the shipped painter does not do well, as one picture: what `docs/perceptual.md` shows.

    python benchmarks/weaknesses.py docs/perceptual_weaknesses.jpg

Three rows: a sky, which is flat, in a painting that is not; a face from near by; and a painting whose strokes are
longer than the encoder can see. Bundled pictures only, so that anyone can look for themselves.
"""

import argparse

import numpy as np
from compare import save_figure, square

from aelearn import Stylizer, data, plots

SIZE = 512
CASES = {  # what to look at: photo, painting, and the part of the result that is shown
    "flat places": ("mont_saint_michel", "cafe_terrace", np.s_[20:220, 100:300]),
    "faces": ("astronaut", "starry_night", np.s_[30:230, 130:330]),
    "long strokes": ("chambord", "starry_night", np.s_[60:260, 120:320]),
}


def cases(stylizer):
    """Rows of four pictures: photo, painting, result, and the part of it to look at."""
    for name, (photo, painting, part) in CASES.items():
        pair = square(data.load_photo(photo), SIZE), square(data.load_painting(painting), SIZE)
        result = stylizer(*pair)
        yield name, [*pair, result, result[part]]


def main(arguments=None):
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", metavar="FILE", help="JPEG to write")
    options = parser.parse_args(arguments)
    rows = dict(cases(Stylizer.load("perceptual")))
    titles = ["photo", "painting", "painted", "a part of it"]
    save_figure(plots.picture_grid(list(rows.values()), column_titles=titles, row_titles=list(rows)), options.output)


if __name__ == "__main__":
    main()
