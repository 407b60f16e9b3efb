"""Judge of lesson 09, colour: the strokes of one picture with the colours of another."""

import numpy as np

from aelearn.checks.verdict import Exercise

# Luminance and two axes of colour, as American television sent them; a gray has no I and no Q.
YIQ = np.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])


def luminance_only(answer):
    """Judge `luminance_only(painted, photo)`: the Y of the painted picture with the I and Q of the photo.

    Args:
        answer: the reader's function of two pictures `(height, width, 3)` in [0, 1]; returns another.

    Returns:
        `Verdict`.

    Example:
        >>> luminance_only(lambda painted, photo: photo)
        ✗ not yet, because the photo came back as it was
    """
    return _LUMINANCE.judge(answer)


def _to(picture, matrix=YIQ):
    return picture @ matrix.T


def _back(channels, matrix=YIQ, clip=True):
    picture = channels @ np.linalg.inv(matrix).T
    return picture.clip(0, 1) if clip else picture


def _mixed(light, colour, matrix=YIQ):
    return np.concatenate([_to(light, matrix)[..., :1], _to(colour, matrix)[..., 1:]], axis=-1)


def _right(painted, photo):
    return _back(_mixed(painted, photo))


def _transposed(painted, photo):
    # Matrices on the wrong side of a row vector.
    channels = np.concatenate([(painted @ YIQ)[..., :1], (photo @ YIQ)[..., 1:]], axis=-1)
    return (channels @ np.linalg.inv(YIQ)).clip(0, 1)


def _by_mean(painted, photo):
    return (photo + (painted - photo).mean(axis=-1, keepdims=True)).clip(0, 1)


def _by_ratio(painted, photo):
    luminance = [picture @ YIQ[0] for picture in (painted, photo)]
    return (photo * (luminance[0] / luminance[1])[..., None]).clip(0, 1)


def _with_one(axis):
    """Only one of the two axes of colour comes from the photo."""

    def function(painted, photo):
        channels = _to(painted).copy()
        channels[..., axis] = _to(photo)[..., axis]
        return _back(channels)

    return function


_random = np.random.default_rng(99)
# Colours of which some leave [0, 1] when they are made lighter.
_PICTURES = [_random.random((2, 4, 5, 3)), _random.random((2, 3, 6, 3)) ** 3]

_LUMINANCE = Exercise(
    name="luminance_only",
    truth=_right,
    cases=[tuple(pair) for pair in _PICTURES],
    mistakes={
        "the photo came back as it was": lambda painted, photo: photo,
        "the painted picture came back as it was": lambda painted, photo: painted,
        "it is the wrong way round: Y is the painted picture's, I and Q are the photo's":
            lambda painted, photo: _right(photo, painted),
        "what falls outside [0, 1] is left: clip it": lambda painted, photo: _back(_mixed(painted, photo), clip=False),
        "these are Y, I and Q: go back to red, green and blue with the inverse matrix": (
            lambda painted, photo: _mixed(painted, photo),
            lambda painted, photo: _mixed(painted, photo).clip(0, 1),
        ),
        "you went to YIQ twice: the way back is the inverse matrix":
            lambda painted, photo: _to(_mixed(painted, photo)).clip(0, 1),
        "the way back is the inverse of the matrix, and that is not its transpose":
            lambda painted, photo: (_mixed(painted, photo) @ YIQ).clip(0, 1),
        "a pixel is a row here: pixel @ YIQ.T, and back with inv(YIQ).T": _transposed,
        "your light and dark is the mean of the three colours; Y weighs them as the eye does": _by_mean,
        "you multiplied the photo until its luminance fits, which changes I and Q: replace Y alone": _by_ratio,
        "I is still the painted picture's: both axes of colour come from the photo": _with_one(2),
        "Q is still the painted picture's: both axes of colour come from the photo": _with_one(1),
        "both pictures were averaged: take channels, Y from one and I, Q from the other":
            lambda painted, photo: (painted + photo) / 2,
        "the colours are gone: I and Q are the photo's, not 0":
            lambda painted, photo: np.repeat((painted @ YIQ[0])[..., None], 3, axis=-1),
        "red came from one picture, green and blue from the other: first go to YIQ":
            lambda painted, photo: np.concatenate([painted[..., :1], photo[..., 1:]], axis=-1),
    },
    praise="the light of the painting, the colours of the photo",
    hint="both to YIQ, Y of the painted one beside I and Q of the photo, back with np.linalg.inv(YIQ).T, then clip",
    tolerance=5e-4,
)
