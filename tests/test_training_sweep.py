"""Sweeps: a cache that loses nothing and knows its data, and what is refused before the first model is trained."""

import numpy as np
import pytest

from aelearn.autoencoders import DenseConfig, build_dense
from aelearn.training import Batches, Sweep, TrainingError, sweep

X = np.random.default_rng(0).random((8, 4, 4, 1)).astype("f4")
BUILT = []


def build(latent_size):
    BUILT.append(latent_size)
    return build_dense(DenseConfig((4, 4, 1), (), latent_size))


def run(values=(1, 2), images=X, axes=None, **options):
    BUILT.clear()
    batches = Batches(images, batch_size=4, seed=0, targets=options.pop("targets", None))
    axes = {"latent_size": values} if axes is None else axes
    return sweep(build, axes, batches, **({"steps": 1, "measure": lambda model: {"a": 1.0}} | options))


def test_rows_that_are_not_asked_for_stay_in_the_cache(tmp_path):
    options = {"cache": tmp_path / "sweep.npz", "pictures": X[:2]}
    first = run((1, 2), **options)
    assert run((3,), **options).column("latent_size") == [3] and BUILT == [3]
    again = run((2, 3, 1), **options)
    assert BUILT == [] and again.column("latent_size") == [2, 3, 1]
    np.testing.assert_array_equal(again.reconstructions[2], first.reconstructions[0])
    assert Sweep.load(options["cache"]).axes == {"latent_size": (1, 2, 3)}


@pytest.mark.parametrize("change", [
    {"images": 1 - X}, {"targets": X[::-1]}, {"pictures": 1 - X[:2]}, {"validation": X[:3]},
], ids=lambda change: next(iter(change)))  # fmt: skip
def test_a_cache_knows_its_data(tmp_path, change):
    options = {"cache": tmp_path / "sweep.npz", "pictures": X[:2], "validation": X[:2]}
    run(**options)
    with pytest.raises(ValueError, match="^cache sweep.npz is of a sweep .* name another file, or delete it$"):
        run(**(options | change))
    assert BUILT == []


def test_a_model_that_fails_is_named_and_the_rows_before_it_stay_in_the_cache(tmp_path):
    def build_or_break(latent_size):
        model = build(latent_size)
        if latent_size == 2:
            model.set_weights([weight * np.nan for weight in model.get_weights()])
        return model

    BUILT.clear()
    batches, options = Batches(X, batch_size=4, seed=0), {"steps": 1, "cache": tmp_path / "sweep.npz"}
    with pytest.raises(TrainingError, match=r"^\{'latent_size': 2\}: the loss is nan at step 1"):
        sweep(build_or_break, {"latent_size": (1, 2)}, batches, measure=lambda model: {"a": 1.0}, **options)
    assert run((1,), cache=tmp_path / "sweep.npz").rows == [{"latent_size": 1, "a": 1.0}] and BUILT == []


@pytest.mark.parametrize("axes", [None, 3, [1, 2], {"latent_size": 2}, {"latent_size": "12"}, {"latent_size": None}],
                         ids=repr)  # fmt: skip
def test_axes_that_are_no_dict_of_sequences_are_refused(axes):
    with pytest.raises(ValueError, match="^axes must be a dict from the name of a setting to a list of .*; received"):
        sweep(build, axes, Batches(X, batch_size=4, seed=0), steps=1, measure=lambda model: {})


def test_values_from_numpy_become_plain_numbers(tmp_path):
    found = run(np.arange(1, 3), cache=tmp_path / "sweep.npz")
    assert [type(row["latent_size"]) for row in found.rows] == [int, int] and found.axes == {"latent_size": (1, 2)}


def test_what_would_fail_after_the_training_is_said_before_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="^cache cannot be written: there is no folder"):
        run(cache=tmp_path / "none" / "sweep.npz")
    assert BUILT == []
    for pictures in (X[0], X[:, :3], "digits"):
        with pytest.raises(ValueError, match=r"^pictures must be .*\(4, 4, 1\).*; received"):
            run(pictures=pictures)
        assert BUILT == []


def test_choosing_needs_rows_a_known_measure_and_numbers():
    rows = [{"latent_size": 1, "a": float("nan")}, {"latent_size": 2, "a": 3.0}, {"latent_size": 3, "a": 2.9}]
    found = Sweep({"latent_size": (1, 2, 3)}, rows)
    assert found.best("a")["latent_size"] == 3 and found.simplest("a")["latent_size"] == 2  # NaN is never the best
    for choose in ("best", "simplest"):
        with pytest.raises(ValueError, match="^the sweep has no row"):
            getattr(Sweep({"latent_size": (1,)}, []), choose)("a")
        with pytest.raises(ValueError, match="^measure must be one of .*'a'.*; received 'b'"):
            getattr(found, choose)("b")
        with pytest.raises(ValueError, match="^measure 'a' is not a number in any row"):
            getattr(Sweep({"latent_size": (1,)}, rows[:1]), choose)("a")
    for bad in (-0.1, float("nan"), "much"):
        with pytest.raises(ValueError, match="^tolerance must be a number of 0 or more; received"):
            found.simplest("a", tolerance=bad)
