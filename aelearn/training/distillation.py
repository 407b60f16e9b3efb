"""How a painter is taught: what its pictures are compared with, and what each comparison weighs."""

from dataclasses import asdict, dataclass

import numpy as np

from aelearn import losses
from aelearn.losses.statistics import EPSILON
from aelearn.training import transport
from aelearn.training.teacher import Teacher  # noqa: F401  for the examples

import keras  # isort: skip
from keras import ops

# A deep covariance says little about a painting when it comes from a small crop: those of its two halves differ as
# much as those of two paintings. From the fourth block on it counts so much less.
DEEP_TRUST = 0.25
DETAILS = (1, 2, 4, 8)  # how many pixels one is made of, where details are compared: 5 of those are looked at
MOST_SHIFTED = 7  # pixels by which a photo is moved to be painted once more, less than a block of the deepest code
WINDOW = 16  # pixels a side of the windows in which they are compared: a faint sky counts as much as a strong stroke
FAINT = 5e-4  # variance that is added to that of a window, for one of a single colour
RIM = 32  # pixels along the edges of those two pictures that are not compared
PERIODS = (4, 8)  # pixels that the decoder draws from one position of a code, at its last levels


@dataclass(frozen=True)
class PerceptualWeights:
    """What every part of the loss counts.

    Example:
        >>> PerceptualWeights(style=5.0).content
        1.5
    """

    content: float = 1.5  # the photo's shapes: instance-normalised features of the teacher at 1/8 of the size
    content_fine: float = 0.75  # the same at 1/4
    style: float = 10.0  # the painting's mean and deviation at every block of the teacher
    covariance: float = 3.0  # and its covariance
    color: float = 1.0  # all three of the pixels, at full size and at a quarter
    strokes: float = 8.0  # details of 5 to 40 pixels, as strong and as coloured as the painting's
    identity: float = 30.0  # pictures that are only reconstructed are themselves, from every level
    features: float = 0.1  # the encoder's code holds the teacher's features: distillation
    variation: float = 0.5  # total variation, against hatching
    shift: float = 30.0  # a photo moved by some pixels is painted the same, some pixels on
    lattice: float = 20.0  # what repeats every 4 or 8 pixels, the steps in which the decoder draws
    blocking: float = 12.0  # steps between the blocks of 4 or 8 pixels that it draws


class DistillationTrainer(keras.Model):
    """First lesson: a painter learns to keep the pixels of a photo in its code, and what a teacher sees in them.

    From the code of every level a linear map, thrown away afterwards, must find the teacher's features of that size,
    and the decoder the photo. References: Hinton et al. 2015, "Distilling the knowledge in a neural network"; Wang et
    al. 2020, "Collaborative distillation for ultra-resolution universal style transfer", for the linear maps.

    Args:
        painter: `PainterAutoencoder`.
        teacher: `Teacher`, normalised, with one block more than the painter has levels.
        weights: `PerceptualWeights`; `identity` and `features` count.

    Raises:
        ValueError: if the teacher has too few blocks.

    Example:
        >>> from aelearn.autoencoders import PainterConfig, build_painter
        >>> arrays = {"conv0/kernel": np.ones((1, 1, 3, 3)), "conv0/bias": np.zeros(3)}
        >>> for block in (1, 2, 3):
        ...     arrays |= {f"conv{block}1/kernel": np.ones((3, 3, 3, 3)), f"conv{block}1/bias": np.zeros(3)}
        >>> trainer = DistillationTrainer(build_painter(PainterConfig((4, 4))), Teacher(arrays))
        >>> pairs = ops.zeros((2, 16, 16, 6))
        >>> sorted(trainer.parts(pairs, trainer(pairs)))
        ['features', 'identity']
    """

    def __init__(self, painter, teacher, *, weights=PerceptualWeights(), **kwargs):
        super().__init__(**kwargs)
        self.painter, self.weighted, self.num_levels = painter, weights, painter.num_levels
        self._teacher = lambda images: teacher(images)  # not a layer: it is no part of the weights
        widths = [features.shape[-1] for features in teacher(ops.zeros((1, 32, 32, 3)))]
        if len(widths) <= painter.num_levels:
            raise ValueError(f"teacher must have {painter.num_levels + 1} blocks or more for {painter.num_levels} "
                             f"levels; received one of {len(widths)}")
        self.probes = [
            keras.layers.Conv2D(width, 1, kernel_initializer=keras.initializers.GlorotUniform(level),
                                name=f"probe_{level}")
            for level, width in enumerate(widths[1 : painter.num_levels + 1], start=1)
        ]

    def call(self, pairs, training=False):
        """Reconstruct from every level, and guess the teacher's features.

        Args:
            pairs: tensor `(batch, height, width, 6)` as `PairCrops` gives them.
            training: bool, without effect here.

        Returns:
            dict of tensors.
        """
        codes = self.climb(self.painter.prime(pairs[..., :3]))
        decoded = [self.painter.decode(code, level) for level, code in enumerate(codes, start=1)]
        return {"decoded": decoded, "probed": [probe(code) for probe, code in zip(self.probes, codes)]}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The weighted sum of all parts; there is no label."""
        return sum(getattr(self.weighted, name) * value for name, value in self.parts(x, y_pred).items())

    def parts(self, pairs, outputs):
        """Every part of the loss by its name in `PerceptualWeights`, not yet weighted."""
        photos = pairs[..., :3]
        pixels = sum(losses.mean_absolute_error(photos, decoded) for decoded in outputs["decoded"])
        return {"identity": pixels / 2, "features": self.missed(self._teacher(photos), outputs["probed"])}

    def get_config(self):
        """What a checkpoint of this lesson is known by: its painter, grain and calm included, and its loss."""
        painter = self.painter.get_config()
        painter["calm"] = [float(f"{each:.1e}") for each in painter["calm"]]  # measured: elsewhere a little different
        return {"painter": painter, "weights": asdict(self.weighted)}

    def climb(self, images):
        """The codes of all levels: list of tensors."""
        codes = [images]
        for level in range(1, self.num_levels + 1):
            codes.append(self.painter.encode(codes[-1], level, start=level - 1))
        return codes[1:]

    def missed(self, features, probed):
        """The share of the teacher's variance that the guesses do not explain, summed over levels."""
        return sum(map(_share_missed, features[1:], probed))


class PerceptualTrainer(DistillationTrainer):
    """Second lesson: the painter paints, and learns from what a teacher sees in its pictures.

    For every pair of a photo c and a painting s the picture p is painted: both codes go down the decoder, and at every
    level the moments of the photo's are moved to those of the painting's. The teacher's features of p should lie where
    those of c lie (content) and have the moments of those of s (style). With strength α below 1 the moments asked for
    lie between the two. Without maps, c and s should come out as they went in; a picture painted in its own style then
    does too.
    What a picture has that its neighbourhood has not should be as strong as in s, at four sizes (strokes): paintings
    with soft strokes come out soft then. And half of the photos are painted once more, moved by a few pixels; strokes
    that lie where the photo says move along, a pattern that lies where the decoder's blocks are does not (shift).
    Three batches in four are moved by optimal transport, the others by whitening-colouring or AdaIN.
    References: Huang and Belongie 2017, section 5, for the set-up; Heeger and Bergen 1995, "Pyramid-based texture
    analysis/synthesis", for the statistics of details at every size; Zhang 2019, "Making convolutional networks
    shift-invariant again", for what convolutions with strides do to a picture that moves.

    Args:
        painter: `PainterAutoencoder` with at least three levels.
        teacher: `Teacher`, normalised, with at least four blocks.
        weights: `PerceptualWeights`.
        batch_size: int, pairs per step and device, an even number.
        seed: int, of the strengths that are drawn.

    Raises:
        ValueError: if the painter has too few levels, the teacher too few blocks, or `batch_size` is not even.

    Example:
        >>> from aelearn.autoencoders import PainterConfig, build_painter
        >>> arrays = {"conv0/kernel": np.ones((1, 1, 3, 3)), "conv0/bias": np.zeros(3)}
        >>> for block in (1, 2, 3, 4):
        ...     arrays |= {f"conv{block}1/kernel": np.ones((3, 3, 3, 3)), f"conv{block}1/bias": np.zeros(3)}
        >>> trainer = PerceptualTrainer(build_painter(PainterConfig((4, 4, 4))), Teacher(arrays))
        >>> trainer.paint(np.zeros((2, 16, 24, 3)), np.ones((2, 16, 24, 3))).shape
        (2, 16, 24, 3)
    """

    def __init__(self, painter, teacher, *, batch_size=2, seed=0, **kwargs):
        super().__init__(painter, teacher, **kwargs)
        if painter.num_levels < 3:
            raise ValueError(f"painter must have three levels or more; received one of {painter.num_levels}")
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 2 or batch_size % 2:
            raise ValueError(f"batch_size must be an even number of 2 or more; received {batch_size!r}")
        self.batch_size = batch_size
        self.random = keras.random.SeedGenerator(seed)

    def call(self, pairs, training=False):
        """Paint, and reconstruct in all ways that the loss asks for.

        Args:
            pairs: tensor `(batch, height, width, 6)`, photos and paintings as `PairCrops` gives them.
            training: bool, whether strengths and methods are drawn; else all strengths are 1, by optimal transport.

        Returns:
            dict of tensors.
        """
        photos, paintings = self._split(pairs)
        primed, theirs = map(self.painter.prime, (photos, paintings))
        number, half = photos.shape[0], photos.shape[0] // 2
        alpha, mix, method, shift = self._draw(number, training)
        codes = self.climb(ops.concatenate([primed, _shifted(primed[:half], shift)]))
        own, theirs = [code[:number] for code in codes], self.painter.encode(theirs, self.num_levels)
        painted, copied = self._paint(codes[-1], theirs, alpha, mix, method)
        decoded = [self.painter.decode(own[level][half:], level + 1) for level in range(self.num_levels)]
        return {"painted": painted[:number], "again": painted[number:], "copied": copied, "decoded": decoded,
                "alpha": alpha, "mix": mix, "shift": shift,
                "probed": [probe(code) for probe, code in zip(self.probes, own)]}

    def parts(self, pairs, outputs):
        """Every part of the loss by its name in `PerceptualWeights`, not yet weighted."""
        (photos, paintings), painted = self._split(pairs), outputs["painted"]
        wanted, seen, style = self._teacher(photos), self._teacher(painted), self._teacher(paintings)
        half, side = photos.shape[0] // 2, min(photos.shape[1:3])
        periods, sizes = [each for each in PERIODS if 4 * each <= side], [each for each in DETAILS if 8 * each <= side]
        copied = losses.mean_absolute_error(paintings, outputs["copied"])
        pixels = copied + sum(losses.mean_absolute_error(photos[half:], each) for each in outputs["decoded"])
        moments = [self._style_pair(*three, outputs) for three in zip(wanted, seen, style)]
        means = [losses.style_loss(goal, *have, covariance_weight=0.0) for goal, have in moments]
        both = [losses.style_loss(goal, *have) for goal, have in moments]
        trust = [1.0 if block < 3 else DEEP_TRUST for block in range(len(moments))]
        return {
            "content": losses.content_loss(wanted[3], seen[3]),
            "content_fine": losses.content_loss(wanted[2], seen[2]),
            "style": sum(means),
            "covariance": sum(share * (with_it - without) for share, with_it, without in zip(trust, both, means)),
            "color": sum(self._color(photos, painted, paintings, outputs, size) for size in (1, 4)),
            "shift": self._moved_along(painted[:half], outputs["again"], outputs["shift"]),
            "strokes": sum(self._strokes(photos, painted, paintings, outputs, size) for size in sizes),
            "identity": pixels / 2,
            "features": self.missed(wanted, outputs["probed"]),
            "variation": losses.total_variation(painted),
            "lattice": sum(losses.lattice_loss(painted, period) for period in periods),
            "blocking": sum(losses.blocking_loss(painted, period) for period in periods),
        }

    def paint(self, photos, paintings):
        """Photos in the style of paintings, at full strength, as in training: by optimal transport.

        Args:
            photos: array `(batch_size, height, width, 3)` in [0, 1], height and width as the painter takes them.
            paintings: array of the same shape.

        Returns:
            Array of the same shape in [0, 1].
        """
        pairs = ops.convert_to_tensor(np.concatenate([photos, paintings], axis=-1))
        return ops.convert_to_numpy(self(pairs, training=False)["painted"]).clip(0, 1)

    def evaluate(self, x=None, y=None, batch_size=None, **kwargs):
        """As every model's, in batches of the size that it is trained on."""
        return super().evaluate(x, y, batch_size=self.batch_size, **kwargs)

    def _color(self, photos, painted, paintings, outputs, size):
        pooled = [ops.average_pool(each, size, strides=size) for each in (photos, painted, paintings)]
        goal, have = self._style_pair(*pooled, outputs)
        return losses.style_loss(goal, *have)

    def _moved_along(self, painted, again, shift):
        # Where a picture is drawn in the blocks of the decoder, and not where the photo says, it stays when that moves:
        # the share of the variance of every window that does not move along, 0 to 1 and more.
        # Away from the edges, at which the two photos are continued differently.
        _, height, width, _ = painted.shape
        rim = [min(RIM, (side - MOST_SHIFTED) // 3) for side in (height, width)]
        size = (painted.shape[0], height - MOST_SHIFTED - 2 * rim[0], width - MOST_SHIFTED - 2 * rim[1], 3)
        there, here = (ops.slice(each, _start(place), size)
                       for each, place in ((painted, [rim[0] + shift[0], rim[1] + shift[1]]), (again, rim)))
        window = min(WINDOW, *size[1:3])
        rows, columns = (side // window for side in size[1:3])
        there, here = (ops.reshape(each[:, : window * rows, : window * columns], (-1, rows, window, columns, window, 3))
                       for each in (there, here))
        variance = ops.var(there, axis=(2, 4)) + ops.var(here, axis=(2, 4))
        return ops.mean(ops.mean(ops.square(there - here), axis=(2, 4)) / (variance + FAINT))

    def _strokes(self, photos, painted, paintings, outputs, size):
        # What a picture has that its neighbourhood has not, on average nothing; how strong, in which colours.
        pooled = [ops.average_pool(each, size, strides=size) for each in (photos, painted, paintings)]
        details = [each[:, 2:-2, 2:-2] - ops.average_pool(each, 5, strides=1) for each in pooled]
        goal, have = self._style_pair(*details, outputs)
        nothing = ops.zeros_like(have[0])
        return losses.style_loss((nothing, goal[1]), nothing, have[1])

    def _split(self, pairs):
        # Halves need the size of the batch, which TensorFlow does not know while it traces.
        pairs = ops.reshape(pairs, (pairs.shape[0] or self.batch_size, *ops.shape(pairs)[1:3], 6))
        return pairs[..., :3], pairs[..., 3:]

    def _style_pair(self, wanted, seen, style, outputs):
        goal = losses.batch_moments(style)
        goal = _blend(goal, _roll(goal), outputs["mix"])
        goal = _blend(losses.batch_moments(wanted), goal, outputs["alpha"])
        return [ops.stop_gradient(each) for each in goal], losses.batch_moments(seen)

    def _paint(self, code, style, alpha, mix, method):
        # Down the decoder side by side: the photo's code, moved at every level, and the painting's, as it is.
        # There may be more photos than paintings, which are then painted like the first ones.
        number, more = code.shape[0], code.shape[0] - style.shape[0]
        alpha = ops.concatenate([alpha, alpha[:more]])
        for level in range(self.num_levels, 0, -1):
            goal = losses.batch_moments(style)
            goal = [ops.concatenate([each, each[:more]]) for each in _blend(goal, _roll(goal), mix)]
            moved = transport.apply(code, losses.batch_moments(code), goal, alpha, method) - code
            both, nothing = ops.concatenate([code, style]), ops.zeros_like(style)
            both = self.painter.step(both, level, displacement=ops.concatenate([moved, nothing]))
            code, style = both[:number], both[number:]
        return code, style

    def _draw(self, number, training):
        # Full strength for six pictures in ten, anything between for the others; one style in three is a mixture of
        # two. The method is a number, the place in `transport.METHODS`. Some photos are painted once more, a few pixels
        # further up and to the left.
        if not training:
            return ops.ones(number), ops.zeros(number), ops.zeros((), "int32"), ops.convert_to_tensor([3, 5], "int32")
        draws = keras.random.uniform((5, number), seed=self.random)
        alpha, mix = ops.where(draws[0] < 0.6, 1.0, draws[1]), ops.where(draws[2] < 1 / 3, draws[3], 0.0)
        method = ops.cast(draws[4, 0] > 0.75, "int32") + ops.cast(draws[4, 0] > 0.875, "int32")
        return alpha, mix, method, ops.cast(MOST_SHIFTED * keras.random.uniform((2,), seed=self.random), "int32") + 1


def _shifted(images, shift):
    # What was at `shift` comes to the upper left corner; the other edges are continued by reflection.
    padded = ops.pad(images, [[0, 0], [0, MOST_SHIFTED], [0, MOST_SHIFTED], [0, 0]], mode="reflect")
    return ops.slice(padded, _start(shift), images.shape)


def _start(place):
    return ops.stack([0, place[0], place[1], 0])


def _blend(first, second, share):
    (mean, covariance), (other_mean, other_covariance) = first, second
    return (mean + share[:, None] * (other_mean - mean),
            covariance + share[:, None, None] * (other_covariance - covariance))


def _roll(moments):
    return [ops.roll(each, 1, axis=0) for each in moments]


def _share_missed(target, prediction):
    # Of the teacher's variance, what the probe of the code does not explain.
    target = ops.stop_gradient(target)
    return ops.mean(ops.square(target - prediction)) / (ops.mean(ops.var(target, axis=(0, 1, 2))) + EPSILON)
