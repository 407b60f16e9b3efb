"""What a figure cannot show is said in one line, before matplotlib says it in many."""

import numpy as np
import pytest

from aelearn import plots

NAN = float("nan")
N = np.linspace(-1, 1, 5)
CURVE = {"dense": ([2, 4], [0.1, 0.2])}


def sweep(**options):
    return plots.sweep_curve(CURVE, x="size", y="MSE", **options)


@pytest.mark.parametrize("call, words", [
    (lambda: plots.nudge_curves({"w": (N, N * NAN, 0.0)}), r"curves\['w'\].* finite"),
    (lambda: plots.nudge_curves({"w": (N, N, NAN)}), r"curves\['w'\].* finite"),
    (lambda: plots.nudge_curves({"w": (N, N, 0.0)}, nudge=NAN), "nudge must be .*finite"),
    (lambda: plots.level_bars([NAN] * 2), "values must be .*finite"),
    (lambda: plots.level_bars([1.0], bars=[NAN]), "bars must be .*finite"),
    (lambda: sweep(mark=(9, 9)), r"mark must be .*2, 4.*received \(9, 9\)"),
    (lambda: sweep(mark=3), "mark must be .*received 3"),
    (lambda: sweep(spread={"dense": [0.1, NAN]}), r"spread\['dense'\] must be 2 finite numbers"),
    (lambda: sweep(spread={"dense": [0.1]}), r"spread\['dense'\] must be 2 finite numbers"),
    (lambda: plots.coefficient_paths([0.1, 1.0], {}), "paths must be a dict .*at least one"),
    (lambda: plots.tile_map(np.zeros((2, 2, 4, 4, 1)), 3.0), r"extent must be \(left, right, bottom, top\).*ed 3.0"),
    (lambda: plots.tile_map(np.zeros((2, 2, 4, 4, 1)), (0, 1, 0, NAN)), "extent must be"),
    (lambda: plots.encode_figure(None), "figure must be a matplotlib Figure.*received None"),
    (lambda: plots.spectrum([]), r"eigenvalues must be a dict.*received \[\]"),
    (lambda: plots.spectrum({}), r"eigenvalues must be a dict.*received \{\}"),
    (lambda: plots.spectrum({"a": [NAN]}), r"eigenvalues\['a'\] must be .*finite"),
    (lambda: plots.measure_bars([]), r"measures must be a dict.*received \[\]"),
    (lambda: plots.measure_bars({"MSE": {"a": NAN}}), r"measures\['MSE'\] must be .*finite"),
    (lambda: plots.class_bars(None), "errors must be a dict.*received None"),
    (lambda: plots.class_bars({0: NAN}), "errors must be .*finite"),
])  # fmt: skip
def test_what_cannot_be_drawn_is_said_in_one_line(call, words):
    with pytest.raises((ValueError, TypeError), match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_dollar_in_a_name_is_a_dollar():
    plots.encode_figure(plots.gradient_sizes({"$a_{$": {"$b_{$": 0.1}, "c": {"$b_{$": 0.2}}))
