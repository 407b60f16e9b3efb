"""The sweep, and the panel that walks through it."""

import itertools
import json
import threading

import numpy as np
import pytest

from aelearn import images, metrics, panels
from aelearn.autoencoders import DenseConfig, build_dense
from aelearn.training import Batches, Sweep, fit, sweep

SHAPE = (4, 5, 1)
AXES = {"latent_size": (1, 3), "strength": (0.0, 1e-3, 0.5)}


def pictures(number=12, seed=0, shape=SHAPE):
    return np.random.default_rng(seed).random((number, *shape)).astype(np.float32)


def batches(seed=0):
    return Batches(pictures(), batch_size=4, seed=seed)


def build(latent_size):
    return build_dense(DenseConfig(SHAPE, (), latent_size))


def measure(model):
    return {"mse": metrics.mse(pictures(), np.asarray(model(pictures())))}


def run(values=(1, 3), **options):
    return sweep(build, {"latent_size": values}, batches(), **({"steps": 6, "measure": measure} | options))


# ---- the sweep


def test_every_row_is_what_training_that_model_alone_gives():
    found = run(pictures=pictures(2, seed=5), learning_rate=0.01)
    assert [row["latent_size"] for row in found.rows] == [1, 3]
    for size, row, made in zip((1, 3), found.rows, found.reconstructions, strict=True):
        model = build(size)
        fit(model, batches(), steps=6, report_every=6, learning_rate=0.01)
        assert row["mse"] == pytest.approx(measure(model)["mse"], rel=1e-6)
        np.testing.assert_allclose(made, np.asarray(model(pictures(2, seed=5))), atol=1e-6)


def test_all_combinations_are_tried_the_last_axis_fastest():
    built = []

    def note(latent_size, strength):
        built.append((latent_size, strength))
        return build(latent_size)

    found = sweep(note, AXES, batches(), steps=1, measure=lambda model: {"size": model.encoder.output_shape[-1]})
    assert built == list(itertools.product(*AXES.values()))
    assert found.row(latent_size=3, strength=0.5) == {"latent_size": 3, "strength": 0.5, "size": 3.0}
    assert found.column("size", strength=1e-3) == [1.0, 3.0] and found.axes == AXES


def test_rows_are_plain_numbers():
    row = sweep(build, {"latent_size": (2,)}, batches(), steps=1, measure=lambda m: {"a": np.float32(0.5)}).rows[0]
    assert json.loads(json.dumps(row)) == row and type(row["a"]) is float


def test_a_cache_is_not_trained_again_and_grows(tmp_path):
    cache, built = tmp_path / "sweep.npz", []

    def note(latent_size):
        built.append(latent_size)
        return build(latent_size)

    options = {"steps": 2, "measure": measure, "pictures": pictures(2), "cache": cache}
    first = sweep(note, {"latent_size": (1, 3)}, batches(), **options)
    second = sweep(note, {"latent_size": (1, 2, 3)}, batches(), **options)
    assert built == [1, 3, 2]
    assert [second.rows[0], second.rows[2]] == first.rows
    np.testing.assert_array_equal(second.reconstructions[2], first.reconstructions[1])


@pytest.mark.parametrize("change", [{"steps": 3}, {"learning_rate": 0.1}, {"pictures": pictures(3)}])
def test_a_cache_of_another_recipe_is_refused(tmp_path, change):
    run(cache=tmp_path / "sweep.npz", steps=2)
    with pytest.raises(ValueError, match="cache sweep.npz is of a sweep .* name another file, or delete it"):
        run(**({"cache": tmp_path / "sweep.npz", "steps": 2} | change))


def test_a_cache_of_other_settings_or_batches_is_refused(tmp_path):
    options = {"steps": 2, "measure": measure, "cache": tmp_path / "sweep.npz"}
    run(**options)
    with pytest.raises(ValueError, match=r"not of \('size',\)"):
        sweep(lambda size: build(size), {"size": (1,)}, batches(), **options)
    with pytest.raises(ValueError, match="name another file"):
        sweep(build, {"latent_size": (1,)}, batches(seed=1), **options)


def test_a_file_that_is_no_cache_is_named(tmp_path):
    (tmp_path / "sweep.npz").write_bytes(b"something else")
    with pytest.raises(ValueError, match="holds no sweep"):
        run(cache=tmp_path / "sweep.npz")


def test_saved_and_loaded_it_is_the_same(tmp_path):
    found = run(steps=1, pictures=pictures(2))
    found.save(tmp_path / "sweep.npz")
    again = Sweep.load(tmp_path / "sweep.npz")
    assert (again.axes, again.rows) == (found.axes, found.rows)
    np.testing.assert_array_equal(again.reconstructions, found.reconstructions)
    with pytest.raises(FileNotFoundError):
        Sweep.load(tmp_path / "none.npz")


def test_a_stop_keeps_the_rows_that_are_finished():
    stop, built = threading.Event(), []

    def note(latent_size):
        built.append(latent_size)
        if latent_size == 3:
            stop.set()
        return build(latent_size)

    found = sweep(note, {"latent_size": (1, 3, 4)}, batches(), steps=4, measure=measure, stop=stop)
    assert built == [1, 3] and [row["latent_size"] for row in found.rows] == [1]


def test_an_interrupt_between_two_models_keeps_them_too():
    def note(latent_size):
        if latent_size == 3:
            raise KeyboardInterrupt
        return build(latent_size)

    assert len(sweep(note, {"latent_size": (1, 3)}, batches(), steps=1, measure=measure).rows) == 1


def test_what_cannot_be_swept_is_said():
    for axes in ({}, {"latent_size": ()}):
        with pytest.raises(ValueError, match="axes must name at least one setting"):
            sweep(build, axes, batches(), steps=1, measure=measure)
    for bad in (0.5, {"a": "much"}, None):
        with pytest.raises(TypeError, match="measure must return a dict from name to number; received"):
            run((1,), steps=1, measure=lambda model, bad=bad: bad)
    with pytest.raises(ValueError, match=r"no model was trained at \{'latent_size': 9\}; the sweep has latent_size in"):
        Sweep({"latent_size": (1,)}, [{"latent_size": 1}]).row(latent_size=9)


def rows(values):
    return [{"latent_size": size, "strength": strength, "error": error} for (size, strength), error in values.items()]


def test_the_simplest_row_is_the_smallest_code_then_the_largest_strength():
    table = {(4, 0): 2.0, (8, 0): 1.04, (8, 1): 1.05, (8, 2): 1.06, (16, 0): 1.0, (16, 2): 1.01}
    tenths = {setting: 0.1 * error for setting, error in table.items()}  # a tolerance is a share, not a difference
    found = Sweep({"latent_size": (4, 8, 16), "strength": (0, 1, 2)}, rows(tenths))
    assert found.best("error")["latent_size"] == 16
    chosen = [found.simplest("error", tolerance=t) for t in (0.0, 0.045, 0.05001, 0.1, 1.0)]
    assert [(c["latent_size"], c["strength"]) for c in chosen] == [(16, 0), (8, 0), (8, 1), (8, 2), (4, 0)]


def test_simplest_works_without_a_strength():
    found = Sweep({"latent_size": (4, 8)}, [{"latent_size": 8, "error": 1.0}, {"latent_size": 4, "error": 1.04}])
    assert found.simplest("error")["latent_size"] == 4


# ---- the panel


def made_sweep(axes=AXES, shape=SHAPE, number=3):
    """A sweep whose numbers and pictures say which setting they belong to."""
    rows, made = [], []
    for index, values in enumerate(itertools.product(*axes.values())):
        rows.append(dict(zip(axes, values)) | {"mse": 1 / (index + 1), "psnr": 10.0 + index, "train mse": 0.1 * index})
        made.append(np.full((number, *shape), index / 10, np.float32))
    return Sweep(axes, rows, made)


@pytest.fixture
def panel():
    one = panels.SweepPanel(made_sweep(), pictures(3), inputs=pictures(3, seed=1))
    yield one
    one.close()


def strip(panel):
    return images.load_image(panel.strip.value)


def test_every_setting_shows_its_own_row_curve_and_pictures(panel):
    found, shown = made_sweep(), set()
    for index, (size, strength) in enumerate(itertools.product(*AXES.values())):
        panel.setting = {"latent_size": size, "strength": strength}
        for measure_ in ("mse", "psnr", "train mse"):
            panel.measure = measure_
            assert panel.settle(60)
            assert panel.row == found.rows[index]
            assert f"mse {found.rows[index]['mse']:.4g}" in panel.status.value
            assert panel.status.value.startswith(f"latent size {size}, strength {strength:g}:")
            assert f"marked: latent size {size}, strength {strength:g}" in panel.curve.tooltip
            shown.add(panel.curve.value)
        lowest = strip(panel)[-3:, :3]
        np.testing.assert_allclose(lowest, index / 10, atol=0.01)
    assert len(shown) == 18  # a curve for each setting and measure


def test_the_strip_has_pictures_then_inputs_then_reconstructions(panel):
    found = strip(panel)
    times = (640 // 3 - 4) // 5
    for number, expected in enumerate((pictures(3), pictures(3, seed=1), made_sweep().reconstructions[0])):
        top = number * (4 * times + 4)
        tile = found[top : top + 4 * times : times, : 5 * times : times, 0]
        np.testing.assert_allclose(tile, expected[0, :, :, 0], atol=0.01)


def test_sliders_and_buttons_are_what_changes_it(panel):
    panel._sliders["latent_size"].value = 3
    panel._measure.value = "psnr"
    assert panel.settle(60) and panel.setting == {"latent_size": 3, "strength": 0.0}
    assert panel.row["latent_size"] == 3 and panel.curve.tooltip.startswith("psnr against latent size")


def test_fifty_quick_moves_end_on_the_last_and_do_not_queue(panel):
    before = panel.num_draws
    for index in range(50):
        panel.setting = {"latent_size": AXES["latent_size"][index % 2], "strength": AXES["strength"][index % 3]}
    assert panel.settle(60) and panel.num_draws - before < 50
    assert panel.status.value.startswith("latent size 3, strength 0.001:")


def test_moving_back_draws_nothing_anew(panel, monkeypatch):
    for size in (3, 1, 3, 1):
        panel.setting = {"latent_size": size}
        panel.settle(60)
    monkeypatch.setattr("aelearn.plots.encode_figure", lambda figure: pytest.fail("drawn again"))
    panel.setting = {"latent_size": 3}
    assert panel.settle(60) and panel.status.value.startswith("latent size 3")


def test_a_sweep_of_one_setting_has_one_slider():
    panel = panels.SweepPanel(made_sweep({"depth": (0, 1, 2)}), pictures(3), measures=["psnr"])
    panel.setting = {"depth": 2}
    assert panel.settle(60) and panel.status.value == "depth 2: psnr 12"
    assert list(panel._sliders) == ["depth"] and repr(panel) == "SweepPanel: depth and measure"
    panel.close()


def test_a_setting_that_was_never_reached_is_said_and_the_picture_stays():
    full = made_sweep()
    panel = panels.SweepPanel(Sweep(AXES, full.rows[:-1], full.reconstructions[:-1]), pictures(3))
    before = panel.strip.value
    panel.setting = {"latent_size": 3, "strength": 0.5}
    assert panel.settle(60) and panel.strip.value == before
    assert panel.status.value.startswith("Nothing to show here: no model was trained at")
    with pytest.raises(ValueError, match="no model was trained"):
        panel.row  # noqa: B018
    panel.close()


def test_colour_pictures_are_shown_in_colour():
    red = np.zeros((3, 4, 4, 3), np.float32)
    red[..., 0] = 1
    panel = panels.SweepPanel(made_sweep({"depth": (0,)}, (4, 4, 3)), red)
    np.testing.assert_allclose(strip(panel)[0, 0], [1, 0, 0], atol=0.01)
    panel.close()


@pytest.mark.parametrize("bad", [{"latent_size": 2}, {"size": 1}, {"latent_size": "1"}])
def test_a_setting_that_is_none_is_refused(panel, bad):
    with pytest.raises(ValueError, match="setting must be of latent_size: 1, 3; strength: 0.0, 0.001, 0.5; received"):
        panel.setting = bad


@pytest.mark.parametrize("bad", [None, 3, "a"])
def test_a_setting_is_a_dict(panel, bad):
    with pytest.raises(ValueError, match="setting must be a dict, such as .*; received"):
        panel.setting = bad


def test_what_is_no_sweep_is_refused():
    full = made_sweep()
    with pytest.raises(TypeError, match="sweep must be what training.sweep returns; received list"):
        panels.SweepPanel(full.rows, pictures(3))
    with pytest.raises(ValueError, match="sweep must have reconstructions"):
        panels.SweepPanel(Sweep(AXES, full.rows), pictures(3))
    with pytest.raises(ValueError, match="one or two settings and at least one row; received .* and 0 rows"):
        panels.SweepPanel(Sweep(AXES, []), pictures(3))
    for name, shown, inputs in (("pictures", pictures(4), None), ("inputs", pictures(3), np.ones(3))):
        with pytest.raises(ValueError, match=rf"{name} must have the shape of the reconstructions, \(3, 4, 5, 1\)"):
            panels.SweepPanel(full, shown, inputs=inputs)
    for measures in ([], ["loss"]):
        with pytest.raises(ValueError, match="measures must be of mse, psnr, train mse; received"):
            panels.SweepPanel(full, pictures(3), measures=measures)
    panel = panels.SweepPanel(full, pictures(3))
    with pytest.raises(ValueError, match="measure must be one of mse, psnr, train mse; received 'loss'"):
        panel.measure = "loss"
    panel.close()
