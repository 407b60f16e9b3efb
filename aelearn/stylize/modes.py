"""Several modes of one style: every part of a painting paints the part of the photo that is most like it."""

from scipy.optimize import linear_sum_assignment

from aelearn import transforms
from aelearn.stylize.regions import RegionCanvas
from aelearn.stylize.segment import FEATHER, cut


class ModeCanvas(RegionCanvas):
    """A photo whose parts take their styles from parts of one painting; made by `Stylizer.modes`.

    One pair of moments averages a sky and a village into something that is neither. Here the photo and the painting are
    cut into as many parts each, see `segment.cut`; of all ways to pair them, the one is taken that has the smallest sum
    of squared distances between the centres of their codes, each in its own picture's units, so that the brightest part
    may meet the brightest and the top the top (Kuhn 1955, "The Hungarian method for the assignment problem"). Every
    pair is then a region with the moments of its own part. One mode is the ordinary canvas.
    Reference: Zhang et al. 2019, "Multimodal style transfer via graph cuts", section 3, which matches every position
    by itself.

    Example:
        >>> import numpy as np
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> photo, painting = np.random.default_rng(0).random((2, 32, 32, 3))
        >>> canvas = Stylizer(build_pyramid(PyramidConfig((4, 8)))).modes(photo, painting, 2)
        >>> canvas.paint().shape, canvas.masks.shape, canvas.painting_masks.shape
        ((32, 32, 3), (2, 32, 32), (2, 32, 32))
    """

    def __init__(self, stylizer, photo, painting, num_modes, *, seed=0, stroke=1.0, feather=FEATHER):
        own = cut(stylizer, photo, num_modes, seed=seed, edge=feather, name="num_modes")
        theirs = cut(stylizer, painting, num_modes, seed=seed, edge=0, name="num_modes")
        self.painting_masks = theirs.masks[match(own.centres, theirs.centres)]  # (modes, height, width) of the painting
        styles = stylizer.part_styles(painting, self.painting_masks, stroke=stroke)
        super().__init__(stylizer, photo, styles, own.masks)


def match(first, second):
    """Pair two sets of points so that the sum of squared distances is least.

    Args:
        first: array `(points, axes)`.
        second: array of the same shape.

    Returns:
        Ints `(points,)`: which of the second each of the first gets, each once.

    Example:
        >>> import numpy as np
        >>> match(np.array([[0.0], [1.0]]), np.array([[1.1], [0.9]])).tolist()
        [1, 0]
    """
    return linear_sum_assignment(transforms.squared_distances(first, second))[1]
