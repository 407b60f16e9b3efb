"""Photo, code and picture as what tiled painting reads and writes in parts: a large one is never there as floats.

Parts are counted in blocks: the square of pixels that the model turns into one position of its deepest code. A block is
so many positions high and wide at every level, and a range of blocks names the same place in all of them.
"""

import errno
import shutil
import tempfile

import numpy as np

from aelearn import runtime, transforms  # noqa: F401  runtime first, so that the backend starts quietly
from aelearn.images import check_image, mirrored, to_uint8
from aelearn.stylize.color import keep_colors

from keras import ops  # isort: skip


class Photo:
    """A photo, mirrored at its bottom and right edge to whole blocks as `Stylizer.pad` does.

    Args:
        pixels: uint8 array `(height, width, 3)`, of which no copy is made; or whatever `check_image` accepts.
        multiple: int, pixels a side of a block.
        primed: function of an array and the `(row, column)` of its first pixel, through which `read` gives parts.

    Example:
        >>> photo = Photo(np.full((10, 12, 3), 255, np.uint8), 8)
        >>> photo.blocks, photo.read(range(1, 2), range(0, 2)).shape
        ((2, 2), (1, 8, 16, 3))
    """

    def __init__(self, pixels, multiple, primed=lambda part, at: part):
        as_it_is = isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.shape[2:] == (3,)
        self.pixels = pixels if as_it_is and pixels.size else check_image(pixels, name="photo")
        self.scale, self._primed = multiple, primed
        self._places = [mirrored(side, multiple, at_least=2 * multiple) for side in self.pixels.shape[:2]]
        self.blocks = tuple(len(places) // multiple for places in self._places)

    def read(self, rows, columns):
        """The part in these ranges of blocks: array `(1, height, width, 3)`, float32 in [0, 1] if not primed."""
        top, left = rows.start, columns.start
        rows, columns = (places[where] for places, where in zip(self._places, spans((rows, columns), self.scale)))
        part = check_image(self.pixels[np.ix_(rows, columns)])[None]
        return self._primed(part, (self.scale * top, self.scale * left))

    def close(self):
        """Nothing: the photo is the caller's."""


class Code:
    """A code in a file without a name, which is gone when it is closed, and the moments of what has been written.

    Args:
        blocks: `(rows, columns)` of the whole.
        scale: int, positions a side of a block.
        channels: int.
        folder: path of the folder for the file.
        measure: function of a tensor `(1, height, width, channels)` that returns its `Moments`.

    Raises:
        OSError: if the folder has no room for it.

    Example:
        >>> code = Code((1, 2), 1, 2, tempfile.gettempdir(), lambda part: transforms.moments(np.asarray(part)))
        >>> code.write(range(1), range(0, 1), np.zeros((1, 1, 2), np.float32))
        >>> code.write(range(1), range(1, 2), np.full((1, 1, 2), 4, np.float32))
        >>> code.read(range(1), range(2)).tolist(), code.moments.mean.tolist()
        ([[[[0.0, 0.0], [4.0, 4.0]]]], [2.0, 2.0])
        >>> code.close()
    """

    def __init__(self, blocks, scale, channels, folder, measure):
        self.scale, self.moments = scale, None
        self._folder, self._measure, self._measured = folder, measure, 0
        self._width, self._channels = scale * blocks[1], channels
        self._size = 4 * channels * scale**2 * blocks[0] * blocks[1]  # bytes
        if shutil.disk_usage(folder).free < self._size:
            raise self._no_room(errno.ENOSPC, "too little is free")
        try:
            self._file = tempfile.TemporaryFile(dir=folder)
        except OSError as error:
            raise self._no_room(error.errno, error.strerror) from error

    def read(self, rows, columns):
        """The part in these ranges of blocks: array `(1, height, width, channels)`, float32."""
        rows, columns = spans((rows, columns), self.scale)
        part = np.empty((rows.stop - rows.start, columns.stop - columns.start, self._channels), np.float32)
        for row, line in enumerate(part, start=rows.start):  # read, not mapped: mapped pages would count as memory
            self._go_to(row, columns.start)
            self._file.readinto(line)
        return part[None]

    def write(self, rows, columns, values):
        """Put an array `(height, width, channels)` into these ranges of blocks."""
        rows, columns = spans((rows, columns), self.scale)
        values = np.ascontiguousarray(values, np.float32)
        try:
            for row, line in enumerate(values, start=rows.start):
                self._go_to(row, columns.start)
                self._file.write(line)
            self._file.flush()
        except OSError as error:
            raise self._no_room(error.errno, error.strerror) from error
        self._add(self._measure(ops.convert_to_tensor(values[None])), values.shape[0] * values.shape[1])

    def close(self):
        """Give the file up, and with it what it holds."""
        self._file.close()

    def _go_to(self, row, column):
        self._file.seek(4 * self._channels * (row * self._width + column))

    def _add(self, part, number):
        # Of two parts together: the covariance within each, and that of their means. Reference: Chan, Golub and
        # LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample variances", equation 2.1.
        if self.moments is not None:
            share, apart = number / (self._measured + number), part.mean - self.moments.mean
            within = self.moments.covariance + share * (part.covariance - self.moments.covariance)
            between = share * (1 - share) * np.outer(apart, apart)
            part = transforms.Moments(self.moments.mean + share * apart, within + between)
        self.moments = part
        self._measured += number

    def _no_room(self, number, reason):
        size = f"{self._size / 1e6:,.0f} MB"
        return OSError(number, f"no room for a temporary file of {size} in {self._folder} ({reason}); free some space, "
                               "or choose a folder on a larger disk, with folder= or the variable TMPDIR")


class Picture:
    """The painted picture, as bytes.

    Args:
        pixels: uint8 array `(height, width, 3)` to fill.
        photo: `Photo` whose colours it is to have, or None. It may lie in `pixels`.
        scale: int, pixels a side of a block.

    Example:
        >>> picture = Picture(np.zeros((10, 12, 3), np.uint8), None, 8)
        >>> picture.write(range(1, 2), range(1, 2), np.ones((8, 8, 3)))
        >>> int(picture.pixels.sum()) == 255 * 2 * 4 * 3
        True
    """

    def __init__(self, pixels, photo, scale):
        self.pixels, self.photo, self.scale = pixels, photo, scale

    def write(self, rows, columns, values):
        """Put an array `(height, width, 3)` in [0, 1] into these ranges of blocks; what lies beyond is cut off."""
        if self.photo is not None:
            values = keep_colors(values, self.photo.read(rows, columns)[0])
        part = self.pixels[spans((rows, columns), self.scale)]
        if part.size:  # else all of it lies beyond
            part[:] = to_uint8(values[: part.shape[0], : part.shape[1]])

    def close(self):
        """Nothing: the pixels are the caller's."""


def spans(ranges, scale):
    """Ranges of blocks as slices of positions.

    Args:
        ranges: sequence of `range`.
        scale: int, positions a side of a block.

    Returns:
        tuple of slice.

    Example:
        >>> spans([range(1, 3)], 8)
        (slice(8, 24, None),)
    """
    return tuple(slice(scale * each.start, scale * each.stop) for each in ranges)
