"""The judges against other implementations and closed forms, and the report card against models that are known."""

import json
import math

import numpy as np
import pytest
from scipy.ndimage import correlate
from skimage.filters import sobel_h, sobel_v
from skimage.transform import downscale_local_mean

from aelearn import Stylizer, data, evaluate, images, transforms
from aelearn.autoencoders import PyramidConfig, build_pyramid
from aelearn.evaluate import judges
from aelearn.stylize import Style

PLAIN = np.full((64, 64, 3), 0.4, np.float32)


@pytest.fixture(scope="module")
def painting():
    return evaluate.square(data.load_painting("starry_night"), 384)


@pytest.fixture(scope="module")
def photo():
    return evaluate.square(data.load_photo("chambord"), 384)


def gram_by_correlation(image, seed, stride):
    """One scale of the texture judge, filter by filter and channel by channel."""
    colors, patterns = judges._filters(seed)
    responses = [image @ column[:3] + column[3] for column in colors.T]
    for size, pattern in zip(judges.FILTER_SIZES, patterns):
        for column in pattern.T:
            kernel = column.reshape(size, size, 3)
            responses.append(sum(correlate(image[..., c], kernel[..., c], mode="constant") for c in range(3)))
    features = np.maximum(np.stack(responses, axis=-1), 0)[3:-3:stride, 3:-3:stride]  # no filter looks over the rim
    return np.einsum("xyi,xyj->ij", features, features) / features[..., 0].size


# --- texture


def test_grams_are_those_of_an_ordinary_correlation_at_every_scale(painting):
    found, image = judges.grams(painting, seed=3), painting.astype(np.float64)
    for scale, gram in enumerate(found):
        np.testing.assert_allclose(gram, gram_by_correlation(image, 3, 1 if scale else 2), rtol=1e-3, atol=1e-6)
        image = downscale_local_mean(image, (2, 2, 1))
    assert len(found) == 3


def test_filters_are_the_same_on_every_machine():
    colors, patterns = judges._filters(0)
    again = np.random.default_rng(0).standard_normal((3, judges.NUM_COLORS))
    np.testing.assert_allclose(colors[:3], again / np.sqrt((again**2).sum(axis=0)), rtol=1e-6)
    assert [pattern.shape for pattern in patterns] == [(27, 24), (147, 24)]


def test_stroke_filters_do_not_see_plain_colour_and_every_threshold_is_a_colour():
    colors, patterns = judges._filters(5)
    for pattern in patterns:
        np.testing.assert_allclose(pattern.reshape(-1, 3, judges.NUM_FILTERS).sum(axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(pattern, axis=0), 1, rtol=1e-5)
    corners = np.array([[r, g, b] for r in (0, 1) for g in (0, 1) for b in (0, 1)])
    responses = corners @ colors[:3] + colors[3]  # open for some colours, shut for others
    assert (responses.min(axis=0) < 0).all() and (responses.max(axis=0) > 0).all()


def test_texture_distance_is_zero_for_the_painting_and_the_same_twice(painting, photo):
    assert judges.texture_distance(painting, painting) == 0
    first, second = (judges.texture_distance(photo, painting, seed=1) for _ in range(2))
    assert first == second != judges.texture_distance(photo, painting, seed=2)


@pytest.mark.parametrize("block", [slice(0, judges.NUM_COLORS), slice(judges.NUM_COLORS, None)])
@pytest.mark.parametrize("scale", [1e-2, 1.0, 1e2])
def test_palette_and_strokes_weigh_the_same_however_strong_they_are(block, scale):
    random = np.random.default_rng(0)
    half = random.random((80, 200))
    target = half @ half.T
    target[: judges.NUM_COLORS, judges.NUM_COLORS :] = target[judges.NUM_COLORS :, : judges.NUM_COLORS] = 0
    target[block, block] *= scale
    gram = target.copy()
    gram[block, block] *= 2
    # Both blocks of W∘G* have norm 1: doubling one is a step of 1 beside a target of √2.
    assert judges.gram_distance([gram], [target]) == pytest.approx(1 / math.sqrt(2))


def test_texture_asks_what_and_not_where(painting):
    moved = np.roll(painting, (120, 70), axis=(0, 1))
    shuffled = np.random.default_rng(0).permutation(painting.reshape(-1, 3)).reshape(painting.shape)
    recoloured = painting[..., ::-1]
    blurred = np.stack([correlate(c, np.full((9, 9), 1 / 81)) for c in np.moveaxis(painting, 2, 0)], axis=2)
    same = judges.texture_distance(moved, painting)
    for other in (shuffled, recoloured, blurred.clip(0, 1)):
        assert 3 * same < judges.texture_distance(other, painting)


def test_a_coloured_photo_is_between_the_photo_and_the_painting(painting, photo):
    coloured = transforms.optimal_transport(transforms.moments(photo), transforms.moments(painting))(photo).clip(0, 1)
    assert 0.1 < judges.texture_distance(coloured, painting) < judges.texture_distance(photo, painting)


def test_judges_look_at_the_middle_square_at_one_size(painting, photo):
    wide = np.concatenate([np.zeros((384, 90, 3)), photo, np.ones((384, 90, 3))], axis=1)
    assert judges.texture_distance(wide, painting) == judges.texture_distance(photo, painting)
    small = images.resize_image(photo, size=(96, 96))
    enlarged = images.resize_image(small, size=(384, 384))
    assert judges.texture_distance(small, painting) == judges.texture_distance(enlarged, painting)


@pytest.mark.parametrize("seed", [-1, 1.5, True, "0"])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be an int of 0 or more; received"):
        judges.texture_distance(PLAIN, PLAIN, seed=seed)


def test_judges_name_the_picture_that_is_none():
    broken = np.full((8, 8, 3), np.nan)
    for judge in (judges.texture_distance, lambda *pair: judges.teacher_distance(*pair, lambda x: [x])):
        with pytest.raises(images.ImageError, match="picture must hold finite numbers"):
            judge(broken, PLAIN)
        with pytest.raises(images.ImageError, match="painting must hold finite numbers"):
            judge(PLAIN, broken)
    with pytest.raises(images.ImageError, match="photo must hold finite numbers"):
        judges.edge_correlation(broken, PLAIN)


def test_plain_pictures_get_finite_numbers(photo):
    assert judges.texture_distance(PLAIN, PLAIN) == 0
    for pair in ((photo, PLAIN), (PLAIN, photo), (np.zeros_like(PLAIN), np.ones_like(PLAIN))):
        assert 0 < judges.texture_distance(*pair) < 100
        assert 0 < judges.teacher_distance(*pair, lambda x: [x]) < math.inf
        assert judges.edge_correlation(photo, np.zeros_like(photo)) == 0


# --- edges


def test_edge_correlation_is_that_of_scikit_image(painting, photo):
    weights = [0.2126, 0.7152, 0.0722]
    size = [np.hypot(sobel_h(each @ weights), sobel_v(each @ weights))[1:-1, 1:-1] for each in (photo, painting)]
    expected = np.corrcoef(size[0].ravel(), size[1].ravel())[0, 1]
    assert judges.edge_correlation(photo, painting) == pytest.approx(expected, rel=1e-5)


def test_edges_ask_where_and_not_how_strong(photo):
    for same in (photo, 1 - photo, 0.2 + 0.5 * photo):
        assert judges.edge_correlation(photo, same) == pytest.approx(1, abs=1e-4)
    assert judges.edge_correlation(photo, photo[:, ::-1]) < 0.5


def test_edges_of_two_shapes_are_refused():
    with pytest.raises(ValueError, match=r"same shape; received \(64, 64, 3\) and \(63, 64, 3\)"):
        judges.edge_correlation(PLAIN, PLAIN[1:])


# --- a teacher


def test_teacher_distance_in_closed_form():
    # Means 0.3 and 0.6 in every channel, no deviation: half of the target's norm. The layer's own scale cancels.
    for scale in (1.0, 7.0):
        distance = judges.teacher_distance(PLAIN * 0 + 0.3, PLAIN * 0 + 0.6, lambda x, s=scale: [s * x])
        assert distance == pytest.approx(0.5, rel=1e-5)
    half = np.zeros((64, 64, 3))
    half[:32] = 1  # mean 0.5, deviation 0.5
    blocks = lambda x: [np.round(x)]  # noqa: E731  nothing of the resampling at the border
    assert judges.teacher_distance(PLAIN * 0 + 1, half, blocks) == pytest.approx(1, rel=1e-3)  # √(¼ + ¼) / √(¼ + ¼)
    levels = lambda x: [x / 2 + 0.25]  # noqa: E731  mean 0.5, deviation 0.25, and a plain 0.5: √(1/16) / √(1/4 + 1/16)
    assert judges.teacher_distance(PLAIN * 0 + 0.5, half, levels) == pytest.approx(1 / math.sqrt(5), rel=2e-2)


def test_teacher_distance_is_the_mean_over_layers(photo, painting):
    layers = [lambda x: x, lambda x: x**3, lambda x: x[:, ::4, ::4, :1]]
    each = [judges.teacher_distance(photo, painting, lambda x, f=f: [f(x)]) for f in layers]
    assert judges.teacher_distance(photo, painting, lambda x: [f(x) for f in layers]) == pytest.approx(np.mean(each))


@pytest.mark.parametrize("teacher", [lambda x: [], lambda x: x], ids=["nothing", "a tensor"])
def test_a_teacher_that_returns_no_features_is_refused(teacher):
    with pytest.raises(ValueError, match="teacher must return a list of features"):
        judges.teacher_distance(PLAIN, PLAIN, teacher)


# --- what a model does on its own


class Copier:
    """A stylizer that copies one of its two pictures, darker by a factor."""

    name = "copier"

    def __init__(self, copies="photo", factor=1.0):
        self.copies, self.factor = copies, factor

    def style(self, painting):
        return KnownStyle((transforms.moments(painting),), painting)

    def canvas(self, photo, style):
        return Painted(self.factor * (photo if self.copies == "photo" else style.picture))

    def __call__(self, photo, style, **settings):
        style = style if isinstance(style, KnownStyle) else self.style(style)
        return self.canvas(photo, style).paint(**settings)

    def reconstruct(self, photo):
        return self.factor * photo


class KnownStyle(Style):
    def __init__(self, moments, picture):
        super().__init__(moments)
        object.__setattr__(self, "picture", picture)


class Painted:
    def __init__(self, picture):
        self.picture = picture

    def paint(self, **_):
        return self.picture


def test_identity_error_is_the_psnr_of_the_picture_in_its_own_style():
    picture = np.ones((8, 8, 3))
    assert evaluate.identity_error(Copier(factor=0.9), picture) == pytest.approx(20)
    assert evaluate.identity_error(Copier(), picture) == math.inf
    assert evaluate.identity_error(Copier("painting"), picture) == math.inf  # the style is the picture itself


@pytest.mark.parametrize("times", [1, 10])
def test_leak_counts_every_application(times, photo):
    found = evaluate.leak(Copier(factor=0.9), photo * 0 + 1, photo, times=times)
    assert found.psnr_once == pytest.approx(20, abs=1e-4)
    assert found.psnr_last == pytest.approx(-20 * math.log10(1 - 0.9**times), abs=1e-4)
    kept = evaluate.leak(Copier(), photo, photo, times=times)
    assert (kept.edges_once, kept.edges_last) == pytest.approx((1, 1))
    lost = evaluate.leak(Copier("painting"), photo, photo[::-1], times=times)
    assert lost.edges_once == lost.edges_last < 0.5


@pytest.mark.parametrize("times", [0, 2.0, True])
def test_leak_of_no_application_is_refused(times):
    with pytest.raises(ValueError, match="times must be an int of 1 or more; received"):
        evaluate.leak(Copier(), PLAIN, PLAIN, times=times)


def test_effective_ranks_are_means_over_pictures():
    one, two = (Style((transforms.Moments(np.zeros(2), np.diag(d)),)) for d in ([1.0, 0.0], [1.0, 1.0]))
    assert evaluate.effective_ranks([one, two]) == (1.5,)
    with pytest.raises(ValueError, match="styles must hold at least one"):
        evaluate.effective_ranks([])


# --- the report card


@pytest.fixture(scope="module")
def pictures(photo):
    other = evaluate.square(data.load_photo("macaw"), 96)
    return {"castle": evaluate.square(photo, 96), "bird": other}


@pytest.fixture(scope="module")
def paintings(painting):
    return {"night": painting, "wave": data.load_painting("great_wave")}


@pytest.fixture(scope="module")
def copied_photo(pictures, paintings):
    return evaluate.evaluate(Copier(), pictures, paintings, size=96, teacher=lambda x: [x])


def test_a_model_that_copies_the_photo_gets_the_first_anchor(copied_photo):
    for row in copied_photo.rows:
        assert row.texture == row.copied_texture and row.teacher == row.copied_teacher
        assert row.edges == pytest.approx(1)
    texture, edges = copied_photo.anchors()["photo copied"]
    assert (copied_photo.mean("texture"), copied_photo.mean("edges")) == pytest.approx((texture, edges))


def test_a_model_that_copies_the_painting_gets_the_second(pictures, paintings):
    report = evaluate.evaluate(Copier("painting"), pictures, paintings, size=96)
    for row in report.rows:
        assert row.texture == 0 and row.edges == row.copied_edges and row.teacher is None
    assert (0, report.mean("edges")) == report.anchors()["painting copied"]
    night = evaluate.square(paintings["night"], 96)
    assert report.rows[0].copied_texture == judges.texture_distance(pictures["castle"], night) > 0


def test_report_has_every_pair_judged_as_the_judges_do(copied_photo, pictures, paintings):
    assert [(row.photo, row.style) for row in copied_photo.rows] == [
        (photo, style) for photo in pictures for style in paintings
    ]
    row, wave = copied_photo.rows[3], evaluate.square(paintings["wave"], 96)
    assert row.texture == judges.texture_distance(pictures["bird"], wave)
    assert row.copied_edges == judges.edge_correlation(pictures["bird"], wave)
    assert row.teacher == judges.teacher_distance(pictures["bird"], wave, lambda x: [x])
    assert copied_photo.identity == {"castle": math.inf, "bird": math.inf}
    assert copied_photo.effective_rank == evaluate.effective_ranks([Copier().style(p) for p in pictures.values()])
    assert copied_photo.new_photo_seconds > 0 and copied_photo.slider_seconds > 0


def test_report_means_by_hand():
    rows = [("a", "x", 0.1, 0.5), ("a", "y", 0.3, 0.7), ("b", "x", 0.2, 0.6), ("b", "y", 0.6, 0.8)]
    rows = tuple(evaluate.Row(*row, copied_texture=2 * row[2], copied_edges=0.1) for row in rows)
    report = evaluate.Report("m", 96, "adain", 1.0, rows, {"a": 20.0}, None, (1.0,), 0.1, 0.1)
    assert report.mean("texture") == pytest.approx(0.3)
    assert report.styles()["y"] == pytest.approx((0.45, 0.75))
    assert report.copied() == pytest.approx({"x": 0.3, "y": 0.9})
    assert report.spread("texture") == pytest.approx(0.15)  # means 0.15 and 0.45
    assert report.anchors() == {"photo copied": (pytest.approx(0.6), 1.0), "painting copied": (0.0, pytest.approx(0.1))}
    assert report.mean("teacher") is None


def test_report_comes_back_from_its_file(copied_photo, tmp_path):
    copied_photo.save(tmp_path / "card.json")
    assert evaluate.load_report(tmp_path / "card.json") == copied_photo
    assert "Infinity" not in (tmp_path / "card.json").read_text(encoding="utf-8")  # which is no JSON
    assert [file.name for file in tmp_path.iterdir()] == ["card.json"]
    with pytest.raises(ValueError, match=r"path must end in \.json"):
        copied_photo.save(tmp_path / "card.txt")


@pytest.mark.parametrize("damage", [
    lambda text: text[: len(text) // 2],
    lambda text: "[]",
    lambda text: text.replace("aelearn report 1", "aelearn report 9"),
    lambda text: text.replace('"copied_edges"', '"edged"'),
    lambda text: json.dumps(json.loads(text) | {"rows": []}),
    lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != "size"}),
], ids=["cut short", "a list", "another version", "another field", "no rows", "a field missing"])
def test_a_damaged_file_is_refused_in_one_line(damage, copied_photo, tmp_path):
    path = tmp_path / "card.json"
    copied_photo.save(path)
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(ValueError, match="is no report card of this version") as caught:
        evaluate.load_report(path)
    assert "\n" not in str(caught.value)


def test_table_says_what_the_card_holds(copied_photo):
    text = str(copied_photo)
    assert text.startswith("copier: 2 photos × 2 paintings, 96 × 96 pixels, optimal_transport, alpha 1")
    lines = {line[:20].strip(): line.split()[-3:] for line in text.splitlines() if line.strip()}
    for name, values in copied_photo.styles("texture", "edges", "teacher").items():
        assert lines[name] == [f"{value:.3f}" for value in values]
    assert lines["photo copied"][:2] == lines["mean"][:2]
    assert "inf dB" in text and "nan" not in text


def test_progress_goes_from_nothing_to_nearly_all(pictures, paintings):
    seen = []
    evaluate.evaluate(Copier(), pictures, paintings, size=96, on_progress=lambda *told: seen.append(told))
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions) and fractions[0] == 0 and 0.8 < fractions[-1] < 1
    assert "bird in the style of wave" in [text for _, text in seen]


@pytest.mark.parametrize(("change", "message"), [
    ({"photos": {}}, "photos must be a dict from name to picture with 1 or more; received 0"),
    ({"photos": [PLAIN]}, "photos must be a dict from name to picture with 1 or more; received list"),
    ({"styles": {"one": PLAIN}}, "styles must be a dict from name to picture with 2 or more; received 1"),
    ({"styles": {"one": PLAIN, "two": PLAIN * np.nan}}, r"styles\['two'\] must hold finite numbers"),
    ({"size": 31}, "size must be an int of 32 or more; received 31"),
    ({"size": 64.0}, "size must be an int of 32 or more; received 64.0"),
    ({"alpha": 2}, "alpha must be between 0 and 1; received 2"),
    ({"method": "adian"}, "did you mean 'adain'"),
])
def test_bad_arguments_are_named(change, message):
    good = {"photos": {"plain": PLAIN}, "styles": {"one": PLAIN, "two": PLAIN}, "size": 32}
    with pytest.raises(ValueError, match=message):
        evaluate.evaluate(Copier(), **good | change)


def test_a_painting_of_one_colour_gets_a_card_without_nan(pictures, paintings, tmp_path):
    stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8)), seed=0))
    report = evaluate.evaluate(stylizer, pictures, paintings | {"plain": PLAIN}, size=64)
    report.save(tmp_path / "card.json")  # which would refuse NaN
    assert "nan" not in str(report) and len(report.effective_rank) == 2
    assert all(np.isfinite([row.texture, row.edges, row.copied_texture]).all() for row in report.rows)


def test_what_is_no_stylizer_or_no_teacher_is_named_before_any_work():
    pictures = {"a": np.zeros((32, 32, 3)), "b": np.ones((32, 32, 3))}
    with pytest.raises(TypeError, match="^stylizer must be a Stylizer.*received NoneType"):
        evaluate.evaluate(None, pictures, pictures, size=32)
    with pytest.raises(TypeError, match="^teacher must be a function.*received 3"):
        evaluate.evaluate(Stylizer.load("pixel"), pictures, pictures, size=32, teacher=3)
