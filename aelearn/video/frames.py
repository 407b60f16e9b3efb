"""Pictures that follow one another, painted so that what stands still in the film stands still in the painting."""

import itertools

import numpy as np
from scipy import ndimage

from aelearn import transforms
from aelearn.images import ImageError, check_image
from aelearn.stylize.canvas import as_picture, plan
from aelearn.stylize.color import keep_colors
from aelearn.transforms import Moments

CUT = 0.25  # `transforms.wasserstein_distance` between two frames from which they are of different scenes
NEIGHBOURHOOD = 9  # pixels a side; what changes in it is noise up to the first number, movement from the second on:
CHANGE = 0.02, 0.06  # the mean of what pixels change by, which a moving texture makes large
DRIFT = 0.004, 0.01  # what their mean changes by, in which noise cancels out and a drifting cloud does not


class FramePainter:
    """Paints one frame after the other, and remembers: the statistics of the scene, and what stands still in it.

    The maps of a frame come from the moments of all frames of the scene so far, of which the past counts `smooth`:
    μ ← s μ + (1 − s) μₜ , Σ ← s Σ + (1 − s) Σₜ + s (1 − s) (μ − μₜ)(μ − μₜ)ᵀ , the moments of the frames taken
    together. So the style does not jump when something enters the picture. And where a frame differs from those before
    by no more than noise does, the mean of them is painted; where something moves, the frame itself, so that nothing
    lags behind. Both start anew when the scene changes.

    Args:
        stylizer: `Stylizer`.
        style: `Style`, or a painting as an array `(height, width, 3)`.
        alpha: float from 0 to 1, as for `Canvas.paint`.
        level_alpha: dict from level to strength, as for `Canvas.paint`.
        method: a key of `transforms.METHODS`.
        smooth: float from 0 (every frame for itself) to 1 (as the first of the scene).
        keep_color: bool, whether the photo's colours are kept and only light and dark are painted.

    Raises:
        ValueError: if an argument is out of range.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> painter = FramePainter(Stylizer(build_pyramid(PyramidConfig((4, 8)))), np.ones((16, 16, 3)))
        >>> painter.paint(np.zeros((16, 24, 3))).shape
        (16, 24, 3)
    """

    def __init__(self, stylizer, style, *, alpha=1.0, level_alpha=None, method="optimal_transport", smooth=0.8,
                 keep_color=False):
        self.stylizer, self.keep_color = stylizer, keep_color
        self.smooth = transforms.check_alpha(smooth, "smooth")
        self.style = stylizer.mix([style])
        transforms.check_method(method)
        self.method, self.plan = method, plan(stylizer, alpha, level_alpha)
        self.num_scenes = 0
        self._still = self._last = None  # the picture of what stands still; the moments of the frame before
        self._known = {}  # level -> the moments of the scene so far

    def paint(self, frame):
        """Paint the next frame.

        Args:
            frame: array `(height, width, 3)` in [0, 1], of the size of those before.

        Returns:
            Array `(height, width, 3)`, float32 in [0, 1].

        Raises:
            ImageError: if it is no picture, or of another size.
        """
        frame = check_image(frame, name="frame")
        if self._still is not None and frame.shape != self._still.shape:
            (height, width), (old_height, old_width) = frame.shape[:2], self._still.shape[:2]
            raise ImageError(f"frame must be {old_width} x {old_height} as those before; received {width} x {height}")
        if self._new_scene(frame):
            self.num_scenes, self._still, self._known = self.num_scenes + 1, frame, {}
        self._still = self._steadied(frame)
        picture = self._paint(self._still)
        return keep_colors(picture, self._still) if self.keep_color else picture

    def _new_scene(self, frame):
        # Compared by what the first level sees, which every way of painting begins with.
        before, self._last = self._last, self._moments(self._enter(frame)[1])
        return before is None or transforms.wasserstein_distance([before], [self._last]) > CUT

    def _steadied(self, frame):
        difference = frame - self._still
        change = _around(np.abs(difference)).mean(axis=2)
        drift = np.abs(_around(difference)).mean(axis=2)
        moved = np.maximum(_ramp(change, *CHANGE), _ramp(drift, *DRIFT))[..., None]
        return self._still + (1 - self.smooth * (1 - moved)) * difference

    def _paint(self, frame):
        walk, state = self.stylizer.walk, None
        for level, strength in self.plan:
            state, code = self._enter(frame) if state is None else (state, walk.enter(state, level, first=False))
            change = self._map(level, code).change(strength) if strength else None
            state = walk.leave(code, level, change=change)
        return as_picture(state, frame.shape)

    def _enter(self, frame):
        start = self.stylizer.walk.start(self.stylizer.pad(frame))
        return start, self.stylizer.walk.enter(start, self.plan[0][0], first=True)

    def _moments(self, code):
        return self.stylizer.moments(code)

    def _map(self, level, code):
        own = self._moments(code)
        known = self._known.get(level)
        self._known[level] = own if known is None else together(known, own, self.smooth)
        return transforms.METHODS[self.method](self._known[level], self.style.moments[level - 1])


def _around(values):
    return ndimage.uniform_filter(values, (NEIGHBOURHOOD, NEIGHBOURHOOD, 1))


def _ramp(values, low, high):
    return ((values - low) / (high - low)).clip(0, 1)


def together(past, present, smooth):
    """The moments of past and present taken together, the past weighing `smooth`.

    Args:
        past: `Moments`.
        present: `Moments`.
        smooth: float from 0 to 1.

    Returns:
        `Moments`.

    Example:
        >>> still = Moments(np.zeros(1), np.zeros((1, 1)))
        >>> both = together(still, Moments(np.full(1, 2.0), np.zeros((1, 1))), 0.5)
        >>> both.mean.tolist(), both.covariance.tolist()
        ([1.0], [[1.0]])
    """
    apart = present.mean - past.mean
    covariance = smooth * past.covariance + (1 - smooth) * present.covariance
    return Moments(past.mean + (1 - smooth) * apart, covariance + smooth * (1 - smooth) * np.outer(apart, apart))


def paint_frames(frames, stylizer, style, *, on_broken=None, **options):
    """Paint frames one by one, with the memory of a `FramePainter` and no more: a generator.

    Args:
        frames: iterable of arrays `(height, width, 3)` in [0, 1], all of one size; what is no such array, or an
            exception in place of one, is a broken frame.
        stylizer: `Stylizer`.
        style: `Style` or a painting, as for `FramePainter`.
        on_broken: function of the number of a broken frame, from 1, and the error; the frame before then stands in
            its place, or the first good one if there is none before. None to stop at the first.
        **options: as for `FramePainter`.

    Yields:
        Array `(height, width, 3)`, float32 in [0, 1], as many as there are frames.

    Raises:
        ValueError: if no frame is good, one is broken and `on_broken` is None, or an option is out of range.

    Example:
        >>> from aelearn import Stylizer
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer, painting = Stylizer(build_pyramid(PyramidConfig((4, 8)))), np.ones((16, 16, 3))
        >>> film = [np.zeros((16, 24, 3)), None, np.ones((16, 24, 3))]
        >>> told = lambda number, error: print("frame", number)
        >>> len(list(paint_frames(film, stylizer, painting, on_broken=told)))
        frame 2
        3
    """
    return paint_frames_by(FramePainter(stylizer, style, **options), frames, on_broken)


def paint_frames_by(painter, frames, on_broken):
    """As `paint_frames`, by a `FramePainter` that the caller keeps."""
    picture, waiting = None, 0
    for number, frame in enumerate(frames, start=1):
        try:
            if isinstance(frame, Exception):
                raise frame
            picture = painter.paint(frame)
        except ImageError as error:
            if on_broken is None:
                raise ValueError(f"frame {number}: {error}") from error
            on_broken(number, error)
            if picture is None:
                waiting += 1
                continue
        yield from itertools.repeat(picture, 1 + waiting)
        waiting = 0
    if picture is None:
        raise ValueError("frames must hold at least one that is good; received none")
