"""Gatys' optimisation: the picture is the only weight, and `fit` moves it until its features are what they should be.

Slow, since every picture is trained anew, and the reference that faster ways of painting are measured against.
Reference: Gatys et al. 2016, "Image style transfer using convolutional neural networks".
"""

from math import prod
from numbers import Real

import numpy as np

from aelearn import losses
from aelearn.images import check_image, pad_to_multiple
from aelearn.training import Crops, fit
from aelearn.training.crops import check_sizes

import keras  # isort: skip
from keras import ops

FLOOR = 0.1  # least size of a target, as a share of the photo's: a painting of one colour has a covariance of zero
EPSILON = 1e-6  # and the least of all, for a photo of one colour and a painting of one
PERIOD = 8  # the picture is looked at in as many places down and across: the strides of all encoders of the package
TEACHER_MULTIPLE = 16  # sides of a picture for an encoder that does not say what it takes: four halvings


def _gram(features):
    return [losses.gram_matrix(features)]


def _mean_deviation(features):
    mean, covariance = losses.batch_moments(features)
    return [mean, losses.deviations(covariance)]


def _covariance(features):
    return list(losses.batch_moments(features))


# What is compared of a level's features: a list of tensors, each with its own size to be divided by.
STATISTICS = {"gram": _gram, "mean_deviation": _mean_deviation, "covariance": _covariance}

# What a common convention multiplies the relative errors of a level by: of the content, of the style, and the total
# variation. `content` and `gram` are the sizes of the targets (sums of squares), N channels, M positions of the level,
# P pixels of the picture.
CONVENTIONS = {
    "relative": lambda content, gram, N, M, P: (1.0, 1.0, 1.0),
    "mean": lambda content, gram, N, M, P: (content / (N * M), gram / N**2, 1.0),
    "gatys": lambda content, gram, N, M, P: (content / 2, gram / (4 * N**2), 3.0 * P),
    "keras": lambda content, gram, N, M, P: (content, gram * M**2 / (36 * P**2), 3.0 * P),
}


class PictureLoss:
    """How far a picture is from the content of a photo and the style of a painting, seen through an encoder.

    L = Σₗ αₗ aₗ cₗ + Σₗ βₗ bₗ sₗ + γ t TV , over the levels l, with weights α, β, γ, and with

    - content cₗ = ‖F − Fₚ‖² / ‖Fₚ‖², F the features of the picture, Fₚ those of the photo;
    - style sₗ = ‖A − Aₛ‖² / ‖Aₛ‖², A a statistic of the features, Aₛ that of the painting. "gram": G = 1/M Σ f fᵀ;
      "mean_deviation" and "covariance": the mean and one more, each divided by its own size and then averaged;
    - TV = `losses.total_variation`, the mean absolute difference of neighbours.

    A target smaller than a tenth of the photo's counts as that large. The factors a, b and t are the convention:

    - "relative": 1. Errors are shares of their targets, so that one weight serves all encoders and levels.
    - "mean": means of squares: a = ‖Fₚ‖² / (N M), b = ‖Gₛ‖² / N², t = 1; N channels, M positions of the level.
    - "gatys": the paper's sums, equations 1 and 4, ½ Σ (F − Fₚ)² and 1/(4 N² M²) Σ (M G − M Gₛ)²:
      a = ‖Fₚ‖² / 2, b = ‖Gₛ‖² / (4 N²). It has no total variation; as a sum, t = 3 P with P pixels.
    - "keras": the example of Keras, Σ (F − Fₚ)² and Σ (M G − M Gₛ)² / (4 · 3² · P²), with the channels and pixels of
      the picture for all levels: a = ‖Fₚ‖², b = ‖Gₛ‖² M² / (36 P²), t = 3 P.

    The paper and the example have formulas for the Gram matrix alone; for other statistics the same factors are
    taken. So conventions differ by numbers only, which `weights_in` turns into each other.

    Args:
        photo: array `(height, width, 3)` in [0, 1].
        painting: array of any size.
        encoder: `Stylizer`, a pyramid autoencoder or painter, or a function from pictures `(1, height, width, 3)` to a
            list of features `(1, height, width, channels)`, finest first, such as a `training.Teacher`.
        content_weight: α, a number for the deepest level, or a dict from level (1 is the finest) to number.
        style_weight: β, a number that is divided evenly among all levels, or a dict from level to number.
        tv_weight: γ, a number.
        statistic: "gram", "mean_deviation" or "covariance".
        convention: "relative", "mean", "gatys" or "keras".

    Raises:
        ImageError: if a picture is none.
        TypeError: if `encoder` is of the wrong kind.
        ValueError: if another argument is out of range, or the encoder gives no features.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> photo, painting = np.zeros((16, 16, 3), np.float32), np.ones((16, 16, 3), np.float32)
        >>> loss = PictureLoss(photo, painting, build_pyramid(PyramidConfig((4, 8))), style_weight=0)
        >>> float(loss(loss.photo[None])["content"])
        0.0
    """

    def __init__(self, photo, painting, encoder, *, content_weight=1.0, style_weight=10.0, tv_weight=2.0,
                 statistic="gram", convention="relative"):
        for name, value, known in (("statistic", statistic, STATISTICS), ("convention", convention, CONVENTIONS)):
            if not isinstance(value, str) or value not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}; received {value!r}")
        self._features, self.multiple = _features_of(encoder)
        self.photo, painting = (
            pad_to_multiple(check_image(picture, name=name), self.multiple, at_least=2 * self.multiple)
            for picture, name in ((photo, "photo"), (painting, "painting"))
        )
        self.convention, self._statistic = convention, STATISTICS[statistic]
        content, style = self._look(self.photo, "photo"), self._look(painting, "painting")
        if [f.shape[-1] for f in content] != [f.shape[-1] for f in style]:
            raise ValueError("encoder must give the same levels for all pictures; photo and painting differ")
        self._content = [(f, _size(f)) for f in content]
        self._style = [_targets(self._statistic, *pair) for pair in zip(style, content)]
        grams = [_targets(_gram, *pair)[0][1] for pair in zip(style, content)]
        self._facts = [(size, gram, f.shape[-1], prod(f.shape[1:3]), prod(self.photo.shape[:2]))
                       for (f, size), gram in zip(self._content, grams)]
        levels = range(1, len(content) + 1)
        self.content_weight = _per_level(content_weight, "content_weight", levels, levels[-1:])
        self.style_weight = _per_level(style_weight, "style_weight", levels, levels)
        self.tv_weight = _check_weight(tv_weight, "tv_weight")

    def __call__(self, images, photo=None):
        """The three parts of L, weights and factors included.

        Args:
            images: tensor `(1, height, width, 3)` of the shape of `photo`.
            photo: another part of the photo to compare the content with, tensor of the same shape.

        Returns:
            dict from "content", "style" and "total_variation" to scalar tensor; L is their sum.
        """
        features, factors = self._features(images), self._factors(self.convention)
        content, style, targets = [], [], None if photo is None else self._features(photo)
        for level, weight in self.content_weight.items():
            target, size = self._content[level - 1]
            error = _relative(features[level - 1], target if targets is None else targets[level - 1], size)
            content.append(weight * factors[level - 1][0] * error)
        for level, weight in self.style_weight.items():
            error = _distance(self._statistic(features[level - 1]), self._style[level - 1])
            style.append(weight * factors[level - 1][1] * error)
        smooth = self.tv_weight * factors[0][2] * losses.total_variation(images)
        return {"content": sum(content), "style": sum(style), "total_variation": smooth}

    def weights_in(self, convention):
        """The weights with which another convention has the same loss, and so the same picture.

        Args:
            convention: a key of `CONVENTIONS`.

        Returns:
            dict of arguments for `PictureLoss` and `optimize`, `convention` among them.
        """
        if convention not in CONVENTIONS:
            raise ValueError(f"convention must be one of {', '.join(CONVENTIONS)}; received {convention!r}")
        ratios = np.array(self._factors(self.convention)) / np.array(self._factors(convention))  # (levels, 3)
        content, style = (
            {level: float(weight * ratios[level - 1, column]) for level, weight in weights.items()}
            for column, weights in enumerate((self.content_weight, self.style_weight))
        )
        return {"content_weight": content, "style_weight": style, "tv_weight": float(self.tv_weight * ratios[0, 2]),
                "convention": convention}

    def _factors(self, convention):
        return [CONVENTIONS[convention](*facts) for facts in self._facts]

    def _look(self, picture, name):
        # The features of a target, once, or one clear error.
        try:
            found = self._features(ops.convert_to_tensor(picture[None]))
            features = [ops.convert_to_tensor(ops.convert_to_numpy(each)) for each in found]
        except Exception as error:
            raise ValueError(f"encoder cannot take a {name} of shape {picture.shape}: {error}") from error
        shapes = [tuple(each.shape) for each in features]
        if not features or any(len(shape) != 4 or shape[0] != 1 or not prod(shape) for shape in shapes):
            raise ValueError(
                f"encoder must return a list of features (1, height, width, channels); received shapes {shapes}"
            )
        if not all(np.isfinite(ops.convert_to_numpy(each)).all() for each in features):
            raise ValueError(f"encoder must return finite numbers; received NaN or infinity for the {name}")
        return features


class ImageModel(keras.Model):
    """A model whose only weight is a picture. What it is fed are places, and it returns the part that begins there.

    After every step the picture is clipped to [0, 1].

    Args:
        image: array `(height, width, 3)` in [0, 1], where it starts.
        margin: int, how much lower and narrower than the picture the parts are.
        loss: function of a part `(1, height - margin, width - margin, 3)` and its place that returns a dict of scalar
            tensors, whose sum is minimised.
        **kwargs: as for `keras.Model`.

    Example:
        >>> gray = lambda part, place: {"gray": ops.mean((part - 0.5) ** 2)}
        >>> model = ImageModel(np.zeros((4, 4, 3), np.float32), 0, gray)
        >>> fit(model, Places(1, seed=0), steps=150, learning_rate=0.05).status
        'finished'
        >>> bool(abs(model.picture - 0.5).max() < 0.01)
        True
    """

    def __init__(self, image, margin, loss, **kwargs):
        super().__init__(**kwargs)
        self._margin, self._loss_of = margin, loss
        self.image = self.add_weight(
            shape=(1, *image.shape), initializer="zeros", constraint=_clip, dtype="float32", name="image"
        )
        self.image.assign(image[None])
        self.built = True

    @property
    def picture(self):
        """The picture as it is now: array `(height, width, 3)` in [0, 1]."""
        return np.array(self.image.numpy()[0])

    def call(self, places):
        return part(self.image, places, self._margin)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The sum of the parts of the loss of the picture."""
        return sum(self._loss_of(y_pred, x).values())


class Places(Crops):
    """Where the part begins that is looked at in a step: another place in every step, decided by seed and step alone.

    An encoder with strides looks at every eighth pixel, say, through the same weights, and an optimisation would paint
    a weave of just that period. Shifted from step to step, no weave pleases it. All places come once before one comes
    again.
    Reference: Mordvintsev et al. 2015, "Inceptionism", whose pictures are jittered for the same reason.

    Args:
        period: int, places are from 0 to `period - 1`, down and across.
        seed: int, 0 or more.

    Example:
        >>> sorted(map(tuple, (place.tolist()[0] for place in map(Places(2, seed=0).__getitem__, range(4)))))
        [(0, 0), (0, 1), (1, 0), (1, 1)]
    """

    def __init__(self, period, *, seed):
        super().__init__([np.zeros((2, 2, 3), np.float32)], size=2, batch_size=1, seed=seed)
        self.period = period

    def __getitem__(self, index):
        turn, number = divmod(self.first_step + index, self.period**2)
        place = np.random.default_rng((self.seed, turn)).permutation(self.period**2)[number]
        return np.array([divmod(place, self.period)], np.int32)


def part(images, places, margin):
    """The part of a picture that begins at a place, `margin` lower and narrower than the whole.

    Args:
        images: tensor `(1, height, width, channels)`.
        places: tensor of ints `(1, 2)`, row and column, from 0 to `margin`.
        margin: int.

    Returns:
        Tensor `(1, height - margin, width - margin, channels)`.

    Example:
        >>> square = ops.reshape(ops.arange(9), (1, 3, 3, 1))
        >>> part(square, ops.convert_to_tensor([[1, 0]]), 1)[0, :, :, 0].numpy().tolist()
        [[3, 4], [6, 7]]
    """
    _, height, width, _ = images.shape
    rows, columns = (places[0, axis] + ops.arange(side - margin) for axis, side in enumerate((height, width)))
    return ops.take(ops.take(images, rows, axis=1), columns, axis=2)


def optimize(photo, painting, encoder, *, steps=150, learning_rate=0.03, init="photo", seed=0, report_every=10,
             on_report=None, stop=None, **options):
    """Paint a photo in the style of a painting by training the picture itself.

    Adam for `steps` steps, from the photo or from noise, on `PictureLoss` of another part of the picture in every step
    (see `Places`). It can be stopped at any time, and the best picture so far is returned. What it paints is what the
    encoder looks at: a VGG gives strokes; with the small encoders of this package, which halve by strides, some of a
    weave stays that the total variation fights.

    Args:
        photo: array `(height, width, 3)` in [0, 1]; a small one is mirrored over its edges while it is worked on.
        painting: array `(height, width, 3)` of any size.
        encoder: `Stylizer`, a pyramid autoencoder or painter, or a function from pictures to a list of features.
        steps: int, how often the picture is changed.
        learning_rate: float, about the most that a pixel changes in one step.
        init: "photo" or "noise", what the picture is to begin with.
        seed: int, decides the noise, and where the picture is looked at in which step.
        report_every: int, steps between two entries of the history.
        on_report: function of the history, called after each entry.
        stop: `threading.Event` that ends it early.
        **options: `content_weight`, `style_weight`, `tv_weight`, `statistic`, `convention`, as for `PictureLoss`.

    Returns:
        `(picture, history)`: array of the shape of the photo, and the `History` of `fit`.

    Raises:
        ImageError: if a picture is none.
        TypeError: if `encoder`, `on_report` or `stop` is of the wrong kind, or an option unknown.
        ValueError: if another argument is out of range.
        TrainingError: if the loss is not a number, which an encoder of one's own may bring about.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> photo, painting = np.zeros((8, 10, 3), np.float32), np.ones((16, 16, 3), np.float32)
        >>> picture, history = optimize(photo, painting, build_pyramid(PyramidConfig((4, 8))), steps=5)
        >>> picture.shape, history.status
        ((8, 10, 3), 'finished')
    """
    if not isinstance(init, str) or init not in ("photo", "noise"):
        received = repr(init) if isinstance(init, str) else f"a {type(init).__name__}"
        raise ValueError(f"init must be 'photo' or 'noise'; received {received}")
    check_sizes(("seed", seed, 0))
    loss = PictureLoss(photo, painting, encoder, **options)
    margin = min(PERIOD, loss.multiple)
    whole = np.pad(loss.photo, [(margin // 2, margin - margin // 2)] * 2 + [(0, 0)], mode="symmetric")
    noise = np.random.default_rng(seed).uniform(size=whole.shape).astype(np.float32)
    photos = ops.convert_to_tensor(whole[None])
    model = ImageModel(whole if init == "photo" else noise, margin,
                       lambda images, places: loss(images, part(photos, places, margin)), name="picture")
    history = fit(model, Places(margin, seed=seed), steps=steps, learning_rate=learning_rate,
                  report_every=report_every, on_report=on_report, stop=stop)
    height, width = np.shape(photo)[:2]
    return model.picture[margin // 2 :, margin // 2 :][:height, :width], history


def _features_of(encoder):
    # A function from pictures to features, finest first, and what the sides of a picture must be multiples of.
    model = getattr(encoder, "model", encoder)  # of a Stylizer
    if hasattr(model, "encode") and hasattr(model, "num_levels"):
        return lambda images: _climb(model, images), model.multiple
    if not callable(encoder):
        raise TypeError(
            "encoder must be a Stylizer, an autoencoder with levels, or a function that gives a list of features; "
            f"received {type(encoder).__name__}"
        )
    return lambda images: _as_list(encoder(images)), TEACHER_MULTIPLE


def _climb(model, images):
    codes = []
    for level in range(1, model.num_levels + 1):
        codes.append(model.encode(codes[-1] if codes else images, level, start=level - 1))
    return _as_list(codes)


def _as_list(features):
    return [ops.cast(each, "float32") for each in (features if isinstance(features, (list, tuple)) else [features])]


def _targets(statistic, style, content):
    # What the painting's statistic is, part by part, each with the size it is divided by.
    return [(goal, _size(goal, own)) for goal, own in zip(statistic(style), statistic(content))]


def _size(target, own=None):
    # The sum of squares; for a style at least a share of what the photo itself has.
    size, least = (0.0 if each is None else float(ops.sum(ops.square(each))) for each in (target, own))
    return max(size, FLOOR * least, EPSILON)


def _distance(parts, goals):
    return sum(_relative(part, goal, size) for part, (goal, size) in zip(parts, goals)) / len(goals)


def _relative(value, target, size):
    return ops.sum(ops.square(value - target)) / size


def _per_level(weight, name, levels, default):
    # A number is spread evenly over the levels in `default`.
    if not isinstance(weight, dict):
        return dict.fromkeys(default, _check_weight(weight, name) / len(default))
    if not weight or not set(weight) <= set(levels):
        raise ValueError(f"{name} must have levels from 1 to {levels[-1]}, at least one; received {weight!r}")
    return {level: _check_weight(each, f"{name}[{level}]") for level, each in weight.items()}


def _check_weight(weight, name):
    if isinstance(weight, bool) or not isinstance(weight, Real) or not 0 <= weight < float("inf"):
        raise ValueError(f"{name} must be a number of 0 or more; received {weight!r}")
    return float(weight)


def _clip(image):
    return ops.clip(image, 0, 1)
