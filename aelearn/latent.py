"""Walks in the space of codes: encode many pictures, decode lines, single units and whole planes. NumPy in and out."""

import numpy as np

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly

from keras import ops  # isort: skip

BATCH = 256  # pictures or codes that go through a model at a time
TOLERANCE = 1e-3  # by which a picture may leave [0, 1], as rounding and resampling make it
MOST_TILES = 100  # along one side of a grid: 10,000 pictures
PATHS = ("linear", "spherical")


def encode_all(model, images, *, batch_size=BATCH):
    """The code of every picture, however many there are.

    Args:
        model: an `Autoencoder`; of a variational one the means of the codes are returned.
        images: array `(number, height, width, channels)` in [0, 1].
        batch_size: int, pictures that go through the encoder at a time; it changes memory and speed, not the codes.

    Returns:
        Array `(number, …)` float32, one code per picture.

    Raises:
        ValueError: if the pictures do not suit the model, are not finite or not in [0, 1], or `batch_size` is not a
            positive int.

    Example:
        >>> from aelearn.autoencoders import DenseConfig, build_dense
        >>> model = build_dense(DenseConfig(hidden=(8,), latent_size=2))
        >>> encode_all(model, np.zeros((5, 28, 28, 1))).shape
        (5, 2)
    """
    images = _pictures(images, _shapes(model)[0], "images", several=True)
    return _in_batches(model.encode, images, batch_size)


def decode_all(model, codes, *, batch_size=BATCH):
    """The picture of every code, however many there are.

    Args:
        model: an `Autoencoder`.
        codes: array `(number, …)`.
        batch_size: int, codes that go through the decoder at a time.

    Returns:
        Array `(number, height, width, channels)` float32.

    Raises:
        ValueError: if the codes do not suit the model or are not finite, or `batch_size` is not a positive int.

    Example:
        >>> from aelearn.autoencoders import DenseConfig, build_dense
        >>> model = build_dense(DenseConfig(hidden=(8,), latent_size=2))
        >>> decode_all(model, np.zeros((5, 2))).shape
        (5, 28, 28, 1)
    """
    codes = _check(codes, _shapes(model)[1], "codes", several=True)
    return _in_batches(model.decode, codes, batch_size)


def interpolate_codes(a, b, num, *, path="linear"):
    """Codes on the way from one to another, both ends included, in equal steps.

    With t from 0 to 1, the linear path is (1 − t) a + t b. The spherical one turns at constant speed,
    sin((1 − t) ω) / sin ω · a + sin(t ω) / sin ω · b with ω the angle between a and b, so that between two codes of
    equal length it keeps that length: a linear path cuts through the middle, where in many dimensions few codes of a
    normal distribution lie. Codes on one ray (or one that is 0) have no angle: their path is the linear one.
    Reference: Shoemake 1985, "Animating rotation with quaternion curves"; White 2016, "Sampling generative networks".

    Args:
        a: array of any shape, the first code.
        b: array of the same shape, the last.
        num: int, how many codes, 2 or more.
        path: "linear" or "spherical".

    Returns:
        Array `(num, …)` float32.

    Raises:
        ValueError: if these are no finite numbers, the shapes differ, `num` is below 2, `path` is unknown, or a and b
            lie opposite to each other on a spherical path, between which there is no shortest way.

    Example:
        >>> interpolate_codes([0.0, 0.0], [2.0, 4.0], 3).tolist()
        [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]]
    """
    a, b = _finite(a, "a"), _finite(b, "b")
    if a.shape != b.shape:
        raise ValueError(f"a and b must have the same shape; received {a.shape} and {b.shape}")
    if path not in PATHS:
        raise ValueError(f"path must be one of {', '.join(map(repr, PATHS))}; received {path!r}")
    t = np.linspace(0, 1, _whole(num, "num", 2)).reshape(-1, *[1] * a.ndim)
    weights = (1 - t, t) if path == "linear" else _turning(a, b, t)
    return (weights[0] * a + weights[1] * b).astype(np.float32)


def interpolate(model, a, b, num, *, path="linear"):
    """Pictures on the way from one to another: the codes between theirs, decoded.

    Args:
        model: an `Autoencoder`.
        a: the first picture `(height, width, channels)` in [0, 1], or its code. What has the shape of both, as a code
            of a fully convolutional model may, is taken for a picture; give codes to `interpolate_codes` then.
        b: the last, likewise.
        num: int, how many pictures, 2 or more; the first and the last are reconstructions of a and b.
        path: "linear" or "spherical", as for `interpolate_codes`.

    Returns:
        Array `(num, height, width, channels)` float32.

    Raises:
        ValueError: if a or b is neither a picture nor a code of the model, or as for `interpolate_codes`.

    Example:
        >>> from aelearn.autoencoders import DenseConfig, build_dense
        >>> model = build_dense(DenseConfig(hidden=(8,), latent_size=2))
        >>> interpolate(model, np.zeros(2), np.ones((28, 28, 1)), 5).shape
        (5, 28, 28, 1)
    """
    codes = interpolate_codes(_as_code(model, a, "a"), _as_code(model, b, "b"), num, path=path)
    return decode_all(model, codes)


def traverse(model, start, unit, values):
    """Pictures of codes that differ in one unit: what that unit says.

    Args:
        model: an `Autoencoder`.
        start: a picture `(height, width, channels)` in [0, 1], or its code; all other units are kept as it has them.
            What has the shape of both, as a code of a fully convolutional model may, is taken for a picture.
        unit: int, which unit, counted from 0; of a code with rows and columns, a tuple of int.
        values: list of as many numbers as there shall be pictures.

    Returns:
        Array `(len(values), height, width, channels)` float32.

    Raises:
        ValueError: if `start` is neither a picture nor a code of the model, the code has no such unit, or there is no
            value.

    Example:
        >>> from aelearn.autoencoders import DenseConfig, build_dense
        >>> model = build_dense(DenseConfig(hidden=(8,), latent_size=2))
        >>> traverse(model, np.zeros(2), unit=1, values=[-2, 0, 2]).shape
        (3, 28, 28, 1)
    """
    code = _as_code(model, start, "start")
    place, values = _place(code.shape, unit, "unit"), np.asarray(values, np.float32)
    if values.ndim != 1 or not values.size:
        raise ValueError(f"values must be a list of one number or more; received shape {values.shape}")
    codes = np.repeat(code[None], len(values), axis=0)
    codes[(slice(None), *place)] = values
    return decode_all(model, codes)


def decode_grid(model, num, extent=3.0, *, units=(0, 1), base=None):
    """A plane of the code, decoded at the crossings of a grid.

    Column 0 is at the left end of the first unit and row 0 at the *upper* end of the second, as in a chart, so that the
    tiles can be laid over a scatter plot of the codes.

    Args:
        model: an `Autoencoder` whose code is one row of units.
        num: int, tiles along each side, 2 to 100.
        extent: (left, right, bottom, top), the codes of the outermost tiles; or one number e for (−e, e, −e, e).
        units: two int, which units span the plane.
        base: a picture `(height, width, channels)` or a code, whose other units are kept; None for 0 in all of them.

    Returns:
        Array `(num, num, height, width, channels)` float32.

    Raises:
        ValueError: if the code has fewer than two units or another shape, or an argument is out of range.

    Example:
        >>> from aelearn.autoencoders import DenseConfig, build_dense
        >>> model = build_dense(DenseConfig(hidden=(8,), latent_size=2))
        >>> decode_grid(model, 4).shape
        (4, 4, 28, 28, 1)
    """
    left, right, bottom, top = check_extent(extent)
    first, second = check_units(model, units)
    size = _shapes(model)[1][0]
    code = np.zeros(size, np.float32) if base is None else _as_code(model, base, "base")
    num = _whole(num, "num", 2)
    if num > MOST_TILES:
        raise ValueError(f"num must be at most {MOST_TILES}, which are {MOST_TILES**2:,} pictures; received {num}")
    codes = np.tile(code, (num, num, 1))  # (rows, columns, units)
    codes[..., first] = np.linspace(left, right, num)
    codes[..., second] = np.linspace(top, bottom, num)[:, None]
    tiles = decode_all(model, codes.reshape(-1, size))
    return tiles.reshape(num, num, *tiles.shape[1:])


def check_extent(extent):
    """The corners of a plane of the code as four numbers.

    Args:
        extent: (left, right, bottom, top), or one number e for (−e, e, −e, e).

    Returns:
        tuple of four float.

    Raises:
        ValueError: if they are not finite, or left is not below right and bottom below top.

    Example:
        >>> check_extent(3)
        (-3.0, 3.0, -3.0, 3.0)
    """
    try:
        corners = _finite(extent, "extent")
    except ValueError:
        corners = np.zeros(0)
    corners = corners if corners.ndim else corners * [-1, 1, -1, 1]
    if corners.shape != (4,) or corners[0] >= corners[1] or corners[2] >= corners[3]:
        raise ValueError(
            "extent must be (left, right, bottom, top) with left < right and bottom < top, or one number above 0; "
            f"received {extent!r}"
        )
    return tuple(corners.tolist())


def check_units(model, units):
    """Two different units of a code that is one row of units.

    Args:
        model: an `Autoencoder`.
        units: two int, counted from 0.

    Returns:
        tuple of two int.

    Raises:
        ValueError: if the code has another shape, or no two such units.

    Example:
        >>> from aelearn.autoencoders import DenseConfig, build_dense
        >>> check_units(build_dense(DenseConfig(latent_size=3)), (0, 2))
        (0, 2)
    """
    shape = _shapes(model)[1]
    if len(shape) != 1 or shape[0] < 2:
        raise ValueError(f"the code must be one row of two units or more to have a plane; received shape {shape}")
    if not isinstance(units, (tuple, list)) or len(units) != 2 or units[0] == units[1]:
        raise ValueError(f"units must be two different ints, such as (0, 1); received {units!r}")
    return tuple(_place(shape, unit, "units")[0] for unit in units)


def _in_batches(function, array, batch_size):
    batch_size = _whole(batch_size, "batch_size", 1)
    parts = [array[i : i + batch_size] for i in range(0, len(array), batch_size)]
    return np.concatenate([ops.convert_to_numpy(function(ops.convert_to_tensor(part))) for part in parts])


def _check(array, shape, name, *, several):
    # float32 of `shape`, which may leave sides open; with `several`, one or more of them.
    array = np.asarray(array)
    expected = ("number", *shape) if several else tuple(shape)
    fits = array.ndim == len(expected) and array.size and array.dtype.kind in "fiub"
    if not fits or any(e not in (None, "number", s) for e, s in zip(expected, array.shape)):
        wanted = ", ".join("any" if side is None else str(side) for side in expected)
        raise ValueError(f"{name} must be numbers of shape ({wanted}); received {array.dtype} of shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; received NaN or infinity")
    return array.astype(np.float32)


def _pictures(array, shape, name, *, several):
    pictures = _check(array, shape, name, several=several)
    if np.asarray(array).dtype.kind in "iu" and pictures.max() > 1:
        raise ValueError(f"{name} must be floats in [0, 1]; received {np.asarray(array).dtype}: divide by 255")
    low, high = pictures.min(), pictures.max()
    if low < -TOLERANCE or high > 1 + TOLERANCE:
        raise ValueError(f"{name} must be pictures with values in [0, 1]; received values from {low:.4g} to {high:.4g}")
    return pictures


def _as_code(model, value, name):
    picture, code = _shapes(model)
    if not _fits(value, picture) and _fits(value, code):
        return _check(value, code, name, several=False)
    if np.ndim(value) != len(picture):
        raise ValueError(
            f"{name} must be a picture of shape {picture} or a code of shape {code}; received shape {np.shape(value)}"
        )
    return encode_all(model, _pictures(value, picture, name, several=False)[None])[0]


def _shapes(model):
    # Of one picture and of one code; None where a side is open.
    if not all(hasattr(model, part) for part in ("encoder", "decoder", "encode", "decode")):
        raise ValueError(f"model must be an Autoencoder, such as build_dense makes; received {type(model).__name__}")
    return tuple(model.encoder.input_shape[1:]), tuple(model.decoder.input_shape[1:])


def _fits(value, shape):
    return np.ndim(value) == len(shape) and all(side in (None, size) for side, size in zip(shape, np.shape(value)))


def _turning(a, b, t):
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    cosine = np.clip(np.sum(a * b) / lengths, -1, 1) if lengths else 1.0
    angle = np.arccos(cosine)
    if np.sin(angle) > 1e-6:
        return np.sin((1 - t) * angle) / np.sin(angle), np.sin(t * angle) / np.sin(angle)
    if cosine < 0:
        raise ValueError("a and b lie opposite to each other, and no way around is the shortest: use path='linear'")
    return 1 - t, t


def _place(shape, unit, name):
    place = unit if isinstance(unit, tuple) else (unit,)
    whole = all(isinstance(i, (int, np.integer)) and not isinstance(i, bool) for i in place)
    if not whole or len(place) != len(shape) or not all(0 <= i < side for i, side in zip(place, shape)):
        raise ValueError(f"{name} must be in a code of shape {shape}, counted from 0; received {unit!r}")
    return tuple(int(i) for i in place)


def _finite(values, name):
    try:
        array = np.asarray(values, np.float64)
        if values is not None and np.isfinite(array).all():  # None would be NaN
            return array
    except (TypeError, ValueError):
        pass
    raise ValueError(f"{name} must be finite numbers; received {values!r:.60}".replace("\n", " "))


def _whole(value, name, least):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be an int of at least {least}; received {value!r}")
    return int(value)
