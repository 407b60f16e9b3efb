"""A map of codes that is drawn once, on which a point can then move as fast as a slider does."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg

from aelearn.plots.latent import code_map

RADIUS, THICK = 11, 3  # pixels, of the ring


class CodePlane:
    """`code_map` as pixels, with a ring at any place: drawing with matplotlib takes a tenth of a second, this a few ms.

    Args:
        codes: array `(number, units)`.
        labels: array of as many ints from 0 to 9.
        extent: (left, right, bottom, top) of the plane.
        units: two int, which units of the code to show.

    Raises:
        ValueError: as for `code_map`.

    Example:
        >>> plane = CodePlane(np.zeros((3, 2)), [1, 2, 3], (-1, 1, -1, 1))
        >>> plane.at(0.5, -0.5).shape == plane.picture.shape
        True
    """

    def __init__(self, codes, labels, extent, *, units=(0, 1)):
        figure = code_map(codes, labels, extent=extent, units=units)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
        self.picture = pixels.astype(np.float32) / 255  # (height, width, 3)
        self._to_pixels = figure.axes[0].transData
        self._rows, self._columns = np.ogrid[: self.picture.shape[0], : self.picture.shape[1]]

    def place(self, x, y):
        """Row and column, in pixels from the top left corner, of a code (x, y)."""
        column, up = self._to_pixels.transform((x, y))
        return self.picture.shape[0] - up - 0.5, column - 0.5  # the centre of the first pixel is half a pixel inside

    def at(self, x, y):
        """The map with a ring around the code (x, y).

        Args:
            x: float, value of the first unit.
            y: float, value of the second.

        Returns:
            Array `(height, width, 3)` float32 in [0, 1].
        """
        row, column = self.place(x, y)
        distance = np.hypot(self._rows - row, self._columns - column)
        picture = self.picture.copy()
        picture[np.abs(distance - RADIUS) <= THICK] = 1  # white, so that the ring stands out from the numerals
        picture[np.abs(distance - RADIUS) <= THICK - 1.2] = 0
        picture[distance <= 2] = 0
        return picture
