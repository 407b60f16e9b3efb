"""Pictures larger than memory: each step of painting goes from tile to tile, and codes wait on the disk.

What the map of a level does depends on the moments of the whole code, and that code on the map of the level before. So
it is not the picture that is cut into tiles, but every step: it goes over all tiles, the moments of what comes out are
gathered on the way, and then the next step begins. A tile is read with as much around it as the step looks at, and what
came of this margin is cut off. So every position is computed from the same neighbours as in the whole picture; only
sums are rounded in another order.
"""

import math
import operator
import os
import tempfile
from functools import partial

import numpy as np

from aelearn import runtime, transforms  # noqa: F401  runtime first, so that the backend starts quietly
from aelearn.stylize.canvas import plan
from aelearn.stylize.parts import Code, Photo, Picture, spans
from aelearn.stylize.walks import Descent

from keras import ops  # isort: skip

TILE = 768  # pixels a side; larger ones gain no time, smaller ones have more margin to paint
REACH = 8  # blocks from the middle of a probe to its border: further than a step looks
PROBES = 2  # one picture alone might meet a unit that is silent there


def paint_in_tiles(stylizer, photo, style, *, alpha=1.0, level_alpha=None, method="optimal_transport",
                   keep_colors=False, tile=TILE, folder=None, out=None, on_tile=None):
    """Paint a photo as `Canvas.paint` does, in memory that hardly grows with it; called by `Stylizer.paint_large`.

    Args:
        stylizer: `Stylizer`.
        photo: uint8 array `(height, width, 3)`, which may be mapped from a file; or whatever `check_image` accepts.
        style: `Style`.
        alpha: as for `Canvas.paint`; `level_alpha` and `method` too.
        keep_colors: bool, whether the picture gets the photo's colours, see `stylize.keep_colors`.
        tile: int, pixels a side.
        folder: path of a folder for the codes; None for where the system keeps temporary files.
        out: uint8 array of the photo's shape to paint into, perhaps the photo itself; None for a new one.
        on_tile: function of two ints, the number of tiles that are done and of all; or None.

    Returns:
        uint8 array `(height, width, 3)`, `out` if it was given.

    Raises:
        ImageError: if the photo is no picture.
        ValueError: if another argument is out of range.
        OSError: if the codes do not fit into the folder.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PainterConfig, build_painter
        >>> stylizer, photo = Stylizer(build_painter(PainterConfig((4, 8)))), np.zeros((40, 30, 3), np.uint8)
        >>> paint_in_tiles(stylizer, photo, stylizer.style(np.ones((16, 16, 3))), tile=16).shape
        (40, 30, 3)
    """
    transforms.check_method(method)
    steps, walk, multiple = plan(stylizer, alpha, level_alpha), stylizer.walk, stylizer.model.multiple
    again = not isinstance(walk, Descent)  # a cascade goes by way of the picture, and encodes it anew at every level
    tile, folder = _check_tile(tile, multiple), _check_folder(folder)
    colors = Photo(photo, multiple)
    photo = Photo(colors.pixels, multiple, walk.primed)
    picture = Picture(_check_out(out, photo.pixels.shape), colors if keep_colors else None, multiple)
    with _Way(photo, tile, folder, walk.moments, on_tile, (2 if again else 1) * len(steps) + (not again)) as way:
        for level, strength in steps:
            if again or way.state is photo:
                way.step(partial(walk.enter, level=level, first=True))
            change = None
            if strength:
                own = stylizer.steadied(way.state.moments)
                change = transforms.METHODS[method](own, style.moments[level - 1]).change(strength)
            way.step(partial(walk.leave, level=level), change, to=picture if level == steps[-1][0] else None)
    return picture.pixels


class _Way:
    """The way down, step by step: what has come out of the last one, and the tiles over which the next one goes."""

    def __init__(self, photo, tile, folder, measure, on_tile, num_steps):
        self.state, self._folder, self._measure, self._blocks = photo, folder, measure, photo.blocks
        down, across = (_cut(number, tile) for number in photo.blocks)
        self._tiles = [(rows, columns) for rows in down for columns in across]
        self._on_tile, self._done, self._all = on_tile, 0, num_steps * len(self._tiles)
        self._probes = [_noise(photo.scale, seed) for seed in range(PROBES)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.state.close()

    def step(self, function, change=None, to=None):
        """Take the state through `function`, to a new code unless `to` is given; what came out is the state then."""
        margin, self._probes = look_around(function, self._probes)
        function = function if change is None else partial(function, change=change)
        if to is None:
            _, side, _, channels = self._probes[0].shape
            to = Code(self._blocks, side // (2 * REACH + 1), channels, self._folder, self._measure)
        before, self.state = self.state, to  # so that whatever happens, both are closed
        try:
            for tile in self._tiles:
                to.write(*tile, self._inner(function, before, tile, margin))
                self._done += 1
                if self._on_tile:
                    self._on_tile(self._done, self._all)
        finally:
            before.close()

    def _inner(self, function, before, tile, margin):
        wide = [range(max(0, part.start - margin), min(most, part.stop + margin))
                for part, most in zip(tile, self._blocks)]
        result = _numbers(function(ops.convert_to_tensor(before.read(*wide))))
        inner = [range(part.start - around.start, part.stop - around.start) for part, around in zip(tile, wide)]
        return result[spans(inner, len(result) // len(wide[0]))]


def look_around(function, probes):
    """How far a step looks: in small pictures one block is disturbed, to see which blocks notice.

    Measured, so that no layer of the model has to be counted. Ends of the view that no probe stirs are of no weight in
    any picture.

    Args:
        function: a step, from tensor to tensor.
        probes: list of arrays `(1, side, side, channels)` of 2 REACH + 1 blocks a side.

    Returns:
        `(margin, probes)`: an int, in blocks, and what comes of the probes.

    Raises:
        ValueError: if it looks further than REACH blocks.

    Example:
        >>> probe = np.zeros((1, 2 * REACH + 1, 2 * REACH + 1, 1), np.float32)
        >>> look_around(lambda x: ops.roll(x, 2, axis=1), [probe])[0]
        2
    """
    margin, after = 0, []
    for seed, probe in enumerate(probes):
        middle = spans([range(REACH, REACH + 1)] * 2, probe.shape[1] // (2 * REACH + 1))
        noise = np.random.default_rng(seed).normal(size=probe[0][middle].shape)
        disturbed = probe.copy()
        disturbed[0][middle] += (1 + 10 * probe.std()) * noise
        plain, noticed = (_numbers(function(ops.convert_to_tensor(each))) for each in (probe, disturbed))
        places = np.argwhere((plain != noticed).any(axis=-1)) // (len(plain) // (2 * REACH + 1))
        margin = max(margin, *np.abs(places - REACH).max(axis=0, initial=0))
        after.append(plain[None])
    if margin >= REACH:
        raise ValueError(f"the model looks further than {REACH - 1} of its blocks of pixels; paint the picture whole")
    return int(margin), after


def _noise(multiple, seed):
    # A picture between the ends of the scale, where nothing is clipped.
    side = multiple * (2 * REACH + 1)
    return np.random.default_rng(seed).uniform(0.2, 0.8, (1, side, side, 3)).astype(np.float32)


def _numbers(tensor):
    return ops.convert_to_numpy(tensor)[0]


def _cut(number, most):
    # So many blocks in parts of about the same size, none larger than `most`.
    ends = [number * part // math.ceil(number / most) for part in range(math.ceil(number / most) + 1)]
    return [range(*pair) for pair in zip(ends, ends[1:])]


def _check_tile(tile, multiple):
    # As a number of blocks.
    try:
        blocks = 0 if isinstance(tile, bool) else operator.index(tile) // multiple
    except TypeError:
        blocks = 0
    if blocks < 1:
        raise ValueError(f"tile must be a whole number of pixels from {multiple}; received {tile!r}")
    return blocks


def _check_folder(folder):
    folder = tempfile.gettempdir() if folder is None else folder
    if not isinstance(folder, (str, os.PathLike)) or not os.path.isdir(folder):
        raise ValueError(f"folder must be the path of a folder that exists; received {folder!r}")
    return folder


def _check_out(out, shape):
    if out is None:
        return np.empty(shape, np.uint8)
    if not isinstance(out, np.ndarray) or out.dtype != np.uint8 or out.shape != shape or not out.flags.writeable:
        received = f"{out.dtype} of shape {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        wanted = f"a uint8 array of the photo's shape {shape} that can be written"
        raise ValueError(f"out must be {wanted}; received {received}")
    return out
