"""Train the same model at several settings, and keep what was measured as plain numbers."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from numbers import Real
from pathlib import Path

import numpy as np

from aelearn.autoencoders.weights import write_atomically
from aelearn.training.batches import Batches
from aelearn.training.loop import TrainingError, fit


@dataclass(frozen=True)
class Sweep:
    """What a sweep found: one row of numbers per setting, and what each model made of a few pictures.

    Example:
        >>> found = Sweep({"latent_size": (2, 4)}, [{"latent_size": 2, "mse": 0.5}, {"latent_size": 4, "mse": 0.3}])
        >>> found.column("mse"), found.row(latent_size=4)["mse"], found.best("mse")["latent_size"]
        ([0.5, 0.3], 0.3, 4)
    """

    axes: dict[str, tuple]  # name of a setting to the values that were asked for
    rows: list[dict]  # setting and measures of every model that was trained, in the order of the axes
    reconstructions: list[np.ndarray] = field(default_factory=list)  # one array of pictures per row, or none

    def index(self, **setting):
        """Number of the row with this setting.

        Raises:
            ValueError: if no model was trained at it.
        """
        for number, row in enumerate(self.rows):
            if all(row.get(name) == value for name, value in setting.items()):
                return number
        known = ", ".join(f"{name} in {values}" for name, values in self.axes.items())
        raise ValueError(f"no model was trained at {setting}; the sweep has {known}")

    def row(self, **setting):
        """The row with this setting, a dict."""
        return self.rows[self.index(**setting)]

    def column(self, name, **setting):
        """One measure, or setting, of all rows that have this setting, a list."""
        return [row[name] for row in self.rows if all(row.get(key) == value for key, value in setting.items())]

    def best(self, measure):
        """The row with the least value of a measure; rows where it is NaN do not count.

        Raises:
            ValueError: if there is no row, or none has this measure as a number.
        """
        if not self.rows:
            raise ValueError("the sweep has no row to choose from: it was stopped before its first model was finished")
        if not all(measure in row for row in self.rows):
            raise ValueError(f"measure must be one of {[str(name) for name in self.rows[0]]}; received {measure!r}")
        numbers = [row for row in self.rows if not math.isnan(row[measure])]
        if not numbers:
            raise ValueError(f"measure {measure!r} is not a number in any row: choose by another one")
        return min(numbers, key=lambda row: row[measure])

    def simplest(self, measure, *, tolerance=0.05, small=("latent_size",), large=("strength",)):
        """The simplest row whose measure is within a share of the least one.

        Among all rows with m ≤ (1 + tolerance) · min m: the one with the smallest `small` settings, and of these the
        one with the largest `large` settings. A cousin of the one-standard-error rule of Breiman et al. 1984,
        "Classification and regression trees", section 3.4.3.

        Args:
            measure: str, an error: less is better, and not below 0.
            tolerance: float, 0 or more, the share of the least error that simplicity may cost.
            small: names of settings of which less is simpler; those that the sweep lacks do not count.
            large: names of settings of which more is simpler.

        Returns:
            dict, the row.

        Raises:
            ValueError: as for `best`, or if `tolerance` is not a number of 0 or more.
        """
        if not isinstance(tolerance, Real) or not tolerance >= 0:
            raise ValueError(f"tolerance must be a number of 0 or more; received {tolerance!r}")
        limit = (1 + tolerance) * self.best(measure)[measure]
        within = [row for row in self.rows if row[measure] <= limit]
        order = [(name, 1) for name in small if name in self.axes] + [(name, -1) for name in large if name in self.axes]
        return min(within, key=lambda row: [sign * row[name] for name, sign in order])

    def save(self, path):
        """Write all of it to an `.npz`, without pickle."""
        _write(path, self, {})

    @staticmethod
    def load(path):
        """Read what `save` wrote.

        Raises:
            ValueError: if the file holds something else.
        """
        return _read(path)[0]


def sweep(build, axes, batches, *, steps, measure, pictures=None, cache=None, **options):
    """Train a model at every combination of settings, with the same batches and the same number of steps.

    An interrupt (Ctrl-C, the kernel's stop button) ends the sweep and keeps the rows that are finished; so does `stop`.

    Args:
        build: function of one keyword argument per axis, returns a model for `fit`.
        axes: dict from the name of a setting to its values, str or numbers; the last axis runs fastest.
        batches: `Batches` or `Crops`.
        steps: int, training steps of every model.
        measure: function of a trained model, returns a dict from name to float.
        pictures: array `(number, height, width, channels)` that every trained model reconstructs, for people to look
            at; or None.
        cache: path of an `.npz`; rows that it holds are not trained again, and new ones are added as they come. It
            knows the pictures, the steps and the options that it was made with, and is refused for others; what
            `build` and `measure` do it cannot know, so delete it when you change them.
        **options: as for `fit`: `learning_rate`, `validation`, `stop` …

    Returns:
        `Sweep`.

    Raises:
        ValueError: if there is no setting, pictures do not suit, or the cache belongs to another sweep.
        FileNotFoundError: if the cache is in a folder that is missing.
        TrainingError: if a loss is not a number; names the setting. Rows that were finished are in the cache.
        TypeError: if `measure` returns something else than a dict of numbers.

    Example:
        >>> from aelearn.autoencoders import DenseConfig, build_dense
        >>> from aelearn.training import Batches
        >>> batches = Batches(np.zeros((8, 4, 4, 1), np.float32), batch_size=4, seed=0)
        >>> found = sweep(lambda latent_size: build_dense(DenseConfig((4, 4, 1), (), latent_size)),
        ...               {"latent_size": (1, 2)}, batches, steps=2, measure=lambda model: {"mse": 0.25})
        >>> found.rows
        [{'latent_size': 1, 'mse': 0.25}, {'latent_size': 2, 'mse': 0.25}]
    """
    axes = _check_axes(axes)
    _check_before(batches, pictures, cache, axes)
    recipe = _recipe(batches, steps, pictures, options)
    known = _cached(cache, recipe, axes)
    found = Sweep(axes, [])
    try:
        for values in product(*axes.values()):
            setting = dict(zip(axes, values))
            row, made = known.get(values) or _trained(build, setting, batches, steps, measure, pictures, options)
            if row is None:
                break
            known[values] = row, made
            found.rows.append(row)
            if made is not None:
                found.reconstructions.append(made)
            if cache is not None:
                _write(cache, _everything(known, axes), recipe)
    except KeyboardInterrupt:  # between two models; within one, `fit` has seen to it
        pass
    return found


def _trained(build, setting, batches, steps, measure, pictures, options):
    model = build(**setting)
    try:
        history = fit(model, batches, steps=steps, **({"report_every": steps} | options))
    except TrainingError as error:
        raise TrainingError(f"{setting}: {error}") from error
    if history.status != "finished":
        return None, None
    made = None if pictures is None else np.asarray(model(np.asarray(pictures), training=False))
    return setting | _measured(measure, model), made


def _check_axes(axes):
    lists = isinstance(axes, Mapping) and all(
        hasattr(values, "__iter__") and not isinstance(values, str) for values in axes.values()
    )
    if not lists:
        raise ValueError(f"axes must be a dict from the name of a setting to a list of values; received {axes!r:.80}")
    axes = {str(name): tuple(map(_plain, values)) for name, values in axes.items()}
    if not axes or not all(axes.values()):
        raise ValueError(f"axes must name at least one setting, each with at least one value; received {axes}")
    return axes


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


def _check_before(batches, pictures, cache, axes):
    # Now, not after the first model has been trained.
    if cache is not None and not Path(cache).absolute().parent.is_dir():
        raise FileNotFoundError(f"cache cannot be written: there is no folder {Path(cache).parent}")
    simple = all(isinstance(value, (str, Real)) for values in axes.values() for value in values)
    if cache is not None and not simple:
        raise ValueError(f"axes must hold str or numbers, for the cache to keep; received {axes}")
    shape = np.shape(batches.images[0]) if isinstance(batches, Batches) else (None,) * 3
    given = None if pictures is None else np.shape(pictures)
    if given is not None and (
        len(given) != 4 or not given[0] or any(e not in (None, s) for e, s in zip(shape, given[1:]))
    ):
        raise ValueError(
            f"pictures must be (number, height, width, channels) with pictures of shape {shape}, as the batches have; "
            f"received {given}"
        )


def _measured(measure, model):
    values = measure(model)
    try:
        return {str(name): float(value) for name, value in values.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise TypeError(f"measure must return a dict from name to number; received {values!r:.80}") from error


def _recipe(batches, steps, pictures, options):
    # What decides the rows beside the settings, as far as it can be written down.
    facts = {"steps": steps, "pictures": None if pictures is None else list(np.shape(pictures))}
    facts |= {name: getattr(batches, name) for name in ("batch_size", "seed")} | {"images": len(batches.images)}
    data = [batches.images, getattr(batches, "targets", None), getattr(batches, "size", None), pictures]
    facts["data"] = _digest([*data, options.get("validation")])
    return facts | {name: value for name, value in options.items() if isinstance(value, (int, float, str))}


def _digest(data):
    # Of arrays, and of lists of them, with their shapes; None counts too.
    digest = hashlib.sha256()
    for part in data:
        for array in part if isinstance(part, (list, tuple)) else [part]:
            values = np.ascontiguousarray([] if array is None else array)
            digest.update(f"{array is None} {values.dtype} {values.shape}".encode() + values.tobytes())
        digest.update(b"next")
    return digest.hexdigest()[:12]


def _everything(known, axes):
    # All rows that were ever made, those of earlier calls first.
    rows, made = zip(*known.values())
    axes = {name: tuple(dict.fromkeys(values[number] for values in known)) for number, name in enumerate(axes)}
    return Sweep(axes, list(rows), [each for each in made if each is not None])


def _cached(cache, recipe, axes):
    # Values of the axes to (row, reconstructions or None).
    if cache is None or not Path(cache).exists():
        return {}
    found, theirs = _read(cache)
    if theirs != recipe or list(found.axes) != list(axes):
        raise ValueError(
            f"cache {Path(cache).name} is of a sweep of {tuple(found.axes)} with {theirs}, not of {tuple(axes)} with "
            f"{recipe}; name another file, or delete it"
        )
    made = found.reconstructions or [None] * len(found.rows)
    return {tuple(row[name] for name in axes): (row, each) for row, each in zip(found.rows, made)}


def _write(path, found, recipe):
    header = json.dumps({"axes": found.axes, "rows": found.rows, "recipe": recipe})
    arrays = {f"reconstructions_{number}": array for number, array in enumerate(found.reconstructions)}
    write_atomically(Path(path), lambda file: np.savez_compressed(file, header=header, **arrays))


def _read(path):
    try:
        with np.load(path, allow_pickle=False) as file:
            header = json.loads(str(file["header"]))
            arrays = [file[f"reconstructions_{number}"] for number in range(len(file.files) - 1)]
        axes = {name: tuple(values) for name, values in header["axes"].items()}
        return Sweep(axes, list(header["rows"]), arrays), header["recipe"]
    except FileNotFoundError:
        raise
    except Exception as error:
        raise ValueError(f"{path} holds no sweep: {error}") from error
