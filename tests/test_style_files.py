"""aelearn.styles and stylize.style_files: what is saved is what is read, and nothing else is taken for a style."""

import dataclasses
import io
import json
import zipfile

import numpy as np
import pytest

from aelearn import Stylizer, data, images, styles, transforms
from aelearn.autoencoders import PainterConfig, PyramidConfig, build_painter, build_pyramid, load_weights, save_weights
from aelearn.stylize import Style, describe_style, find_style, fingerprint, load_style, save_style, style_of
from aelearn.transforms import Moments


@pytest.fixture(scope="module")
def stylizer():
    return Stylizer(build_painter(PainterConfig((4, 8, 8)), seed=1))


@pytest.fixture(scope="module")
def painting():
    return data.load_painting("great_wave", max_side=128)


@pytest.fixture(autouse=True)
def library(tmp_path, monkeypatch):
    monkeypatch.setenv("AELEARN_STYLES", str(tmp_path / "library"))
    return tmp_path / "library"


@pytest.fixture
def saved(tmp_path, stylizer, painting):
    path = tmp_path / "wave.npz"
    save_style(stylizer.style(painting), path, stylizer, painting=painting, title="Wave", author="Käthe")
    return path


def made(name="mine", moments=None, **fields):
    moments = moments or (Moments(np.zeros(3), np.eye(3)),)
    return styles.StyleFile(name, moments, **{"model": "m", "fingerprint": "0" * 16, **fields})


def repacked(path, **changed):
    """The file with some arrays replaced, or left out where None is given."""
    with np.load(path) as file:
        arrays = {name: array for name, array in (dict(file) | changed).items() if array is not None}
    np.savez_compressed(path, **arrays)


def with_header(path, **changed):
    with np.load(path) as file:
        header = json.loads(str(file["header"])) | changed
    repacked(path, header=json.dumps(header))


# ---- written and read


def test_a_style_is_read_to_the_last_bit_and_paints_the_same(saved, stylizer, painting):
    before, after = stylizer.style(painting), load_style(saved, stylizer)
    for one, other in zip(before.moments, after.moments, strict=True):
        np.testing.assert_array_equal(one.mean, other.mean)
        np.testing.assert_array_equal(np.triu(one.covariance), np.triu(other.covariance))
    photo = data.load_photo("chambord", max_side=64)
    assert np.abs(stylizer(photo, before) - stylizer(photo, after)).max() < 1e-5


def test_a_file_says_whose_style_it_is(saved, stylizer):
    file = styles.read_style(saved)
    assert (file.name, file.title, file.author, file.year, file.stroke) == ("wave", "Wave", "Käthe", "", 1.0)
    assert file.model == stylizer.name
    assert file.thumbnail.dtype == np.uint8 and max(file.thumbnail.shape) == 96


def test_a_style_of_the_shipped_model_is_small(tmp_path):
    stylizer, wave = Stylizer.load(), data.load_painting("great_wave", max_side=256)
    save_style(stylizer.style(wave), tmp_path / "w.npz", stylizer, painting=wave)
    assert (tmp_path / "w.npz").stat().st_size < 200_000


def test_a_style_without_picture_and_words_is_one_too(tmp_path, stylizer, painting):
    save_style(stylizer.style(painting), tmp_path / "plain.npz", stylizer)
    assert styles.read_style(tmp_path / "plain.npz").thumbnail is None


def test_an_interrupted_writing_leaves_what_was_there(saved, monkeypatch):
    before = saved.read_bytes()

    def interrupted(file, **_):
        file.write(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez_compressed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        styles.write_style(made("wave"), saved)
    assert saved.read_bytes() == before and [path.name for path in saved.parent.iterdir()] == ["wave.npz"]


# ---- of one model


def test_fingerprint_survives_saving_and_tells_models_apart(tmp_path, stylizer):
    save_weights(stylizer.model, tmp_path / "m.npz")
    assert fingerprint(load_weights(tmp_path / "m.npz")) == fingerprint(stylizer.model)
    grained = build_painter(PainterConfig((4, 8, 8), grain=0.02), seed=1)
    grained.set_weights(stylizer.model.get_weights())  # the same weights, and other moments of the same painting
    others = [build_painter(PainterConfig((4, 8, 8)), seed=2), build_pyramid(PyramidConfig((4, 8, 8)), seed=1), grained]
    calmed = build_painter(PainterConfig((4, 8, 8), calm=(0, 0, 1)), seed=1)
    calmed.set_weights(stylizer.model.get_weights())  # likewise
    assert len({fingerprint(model) for model in [stylizer.model, calmed, *others]}) == 5
    before = fingerprint(calmed)
    calmed.calm_levels[2].faint.kernel.assign(np.full((1, 1, 8, 1), 0.5))
    assert fingerprint(calmed) != before


def test_a_style_of_another_model_is_refused_with_what_to_do(saved):
    other = Stylizer(build_painter(PainterConfig((4, 8, 8)), seed=2), name="other")
    with pytest.raises(ValueError, match=r"style wave is of other weights.*'painter'.*'other'.*aelearn styles add"):
        load_style(saved, other)
    with pytest.raises(ValueError, match="encode it with this model"):
        describe_style(Style((Moments(np.zeros(3), np.eye(3)),)), other, "x")


# ---- hostile files


def test_a_truncated_file_is_refused_wherever_it_ends(saved):
    whole = saved.read_bytes()
    for end in (0, 1, 30, len(whole) // 2, len(whole) - 1):
        saved.write_bytes(whole[:end])
        with pytest.raises(ValueError, match=r"wave.npz is not a complete aelearn style file"):
            styles.read_style(saved)


def test_other_files_are_refused(tmp_path, stylizer):
    path = tmp_path / "x.npz"
    np.savez(path, a=np.arange(3))
    with pytest.raises(ValueError, match="no header"):
        styles.read_style(path)
    save_weights(stylizer.model, path)
    with pytest.raises(ValueError, match="its format is 'aelearn painter 1', this version of aelearn reads"):
        styles.read_style(path)
    np.savez(path, header=np.array({"a": 1}, dtype=object))
    with pytest.raises(ValueError, match="a part claims to be object"):
        styles.read_style(path)
    with pytest.raises(FileNotFoundError, match="no style at .*missing.npz; make one with"):
        styles.read_style(tmp_path / "missing.npz")
    with pytest.raises(FileNotFoundError):
        styles.read_style(tmp_path)


def test_a_later_version_is_named(saved):
    with_header(saved, format="aelearn style 2")
    with pytest.raises(ValueError, match="its format is 'aelearn style 2', this version of aelearn reads"):
        styles.read_style(saved)


BROKEN = {
    "NaN": {"mean_1": np.full(4, np.nan)},
    "infinity": {"covariance_2": np.full(36, np.inf)},
    "negative variances": {"covariance_1": -np.eye(4)[np.triu_indices(4)]},
    "another number of channels": {"mean_1": np.zeros(5)},
    "another shape": {"covariance_1": np.zeros((4, 4))},
    "other numbers": {"mean_1": np.zeros(4, np.complex128)},
    "words for numbers": {"mean_1": np.array(["a"] * 4)},
    "a level missing": {"mean_3": None},
    "a thumbnail of floats": {"thumbnail": np.zeros((9, 9, 3))},
    "a thumbnail too large": {"thumbnail": np.zeros((97, 9, 3), np.uint8)},
    "a header that is none": {"header": "[" * 5000},
    "a header of another kind": {"header": "3"},
}


@pytest.mark.parametrize("case", BROKEN)
def test_damaged_numbers_are_refused(saved, case):
    repacked(saved, **BROKEN[case])
    with pytest.raises(ValueError, match=r"wave.npz is not a complete aelearn style file: .+"):
        styles.read_style(saved)


HEADERS = [{"name": "../../wave"}, {"name": "Wave"}, {"name": ""}, {"name": "a/b"}, {"name": ".hidden"}, {"name": 3},
           {"name": "a" * 65}, {"title": "\x1b[2J"}, {"author": "a\nb"}, {"title": "a" * 501}, {"title": None},
           {"stroke": float("nan")}, {"stroke": 1000}, {"stroke": "1"}, {"stroke": True}, {"fingerprint": "zz"},
           {"widths": []}, {"widths": [10**9]}, {"widths": [4, 8, "8"]}, {"widths": 3}, {"widths": [-4, 8, 8]}]


@pytest.mark.parametrize("changed", HEADERS, ids=str)
def test_hostile_headers_are_refused(saved, changed):
    with_header(saved, **changed)
    with pytest.raises(ValueError, match=r"wave.npz is not a complete aelearn style file: .+"):
        styles.read_style(saved)


def npy(array_header, body=b""):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, array_header)
    return stream.getvalue() + body


BOMBS = {
    "unpacks to too much": (zipfile.ZIP_DEFLATED, bytes(50_000_000), "unpacks to"),
    "claims a huge shape": (
        zipfile.ZIP_DEFLATED, npy({"descr": "<f8", "fortran_order": False, "shape": (10**12,)}), "claims to be"),
    "is packed unusually": (zipfile.ZIP_BZIP2, bytes(1000), "packed in a way"),
}


@pytest.mark.parametrize("case", BOMBS)
def test_a_bomb_is_refused_before_it_goes_off(saved, case):
    kind, content, told = BOMBS[case]
    with zipfile.ZipFile(saved, "a", kind) as archive:
        archive.writestr("bomb.npy", content)
    with pytest.raises(ValueError, match=told):
        styles.read_style(saved)


def test_a_part_that_is_larger_than_it_says_is_refused(tmp_path):
    path = tmp_path / "lies.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.npy", bytes(5_000_000))
    honest = path.read_bytes()
    size = (5_000_000).to_bytes(4, "little")
    assert honest.count(size) == 2  # before the data, and in the directory
    path.write_bytes(honest.replace(size, (5).to_bytes(4, "little")))
    with pytest.raises(ValueError, match="not a complete"):
        styles.read_style(path)


def test_many_parts_are_refused(saved):
    with zipfile.ZipFile(saved, "a") as archive:
        for number in range(100):
            archive.writestr(f"{number}.npy", b"")
    with pytest.raises(ValueError, match=r"bytes in 1\d\d parts"):
        styles.read_style(saved)


@pytest.mark.parametrize("path", ["style", "style.png", "style.NPZ"])
def test_writing_wants_an_npz(tmp_path, path):
    with pytest.raises(ValueError, match=r"path must end in .npz"):
        styles.write_style(made(), tmp_path / path)


@pytest.mark.parametrize("moments", [(), [Moments(np.zeros(3), np.eye(3))], (3,),
                                     (Moments(np.zeros(3), np.arange(9.0).reshape(3, 3)),),
                                     (Moments(np.zeros(3), np.eye(2)),)], ids=str)
def test_moments_that_are_none_are_refused(moments):
    with pytest.raises(ValueError, match="moments"):
        styles.StyleFile("mine", moments, model="m", fingerprint="0" * 16)


# ---- the library


def test_a_style_is_added_found_replaced_and_removed(library):
    assert styles.names() == [] and styles.find("mine") is None and styles.load_all() == []
    assert styles.add(made(title="One")) == library / "mine.npz"
    assert styles.names() == ["mine"] and styles.find("mine").title == "One"
    with pytest.raises(ValueError, match=r"name is taken by a style of yours; received 'mine', which --force replaces"):
        styles.add(made(title="Two"))
    assert styles.load("mine").title == "One"
    styles.add(made(title="Two"), force=True)
    assert styles.load("mine").title == "Two"
    styles.remove("mine")
    assert styles.names() == [] and list(library.iterdir()) == []


def test_a_bundled_name_is_kept_for_the_painting():
    with pytest.raises(ValueError, match="name must not be that of a bundled painting; received 'great_wave'"):
        styles.add(made("great_wave"), force=True)
    with pytest.raises(ValueError, match="comes with the package"):
        styles.remove("great_wave")


@pytest.mark.parametrize("name", ["../mine", "/etc/passwd", "a b", "", "-x", "CON ", "a.b", "a\\b", "Ä", None, 3])
def test_names_that_could_be_paths_are_refused(name):
    for use in (styles.check_free, made):
        with pytest.raises(ValueError, match=r"name must be .* such as 'my_painting'; received"):
            use(name)
    with pytest.raises(ValueError, match="no style of yours is called"):
        styles.load(name)


def test_a_damaged_style_is_left_out_with_a_note_and_can_be_removed(library):
    styles.add(made("good"))
    (library / "torn.npz").write_bytes(b"PK")
    (library / "Not a name.npz").write_bytes(b"PK")
    with pytest.warns(UserWarning, match=r"left out: .*torn.npz is not .*`aelearn styles remove torn`"):
        assert [one.name for one in styles.load_all()] == ["good"]
    styles.remove("torn")
    assert styles.names() == ["good"]


def test_a_renamed_file_goes_by_its_new_name(library):
    styles.add(made("old"))
    (library / "old.npz").rename(library / "new.npz")
    assert styles.load("new").name == "new"


def test_without_a_variable_the_system_says_where_the_library_is(monkeypatch):
    monkeypatch.delenv("AELEARN_STYLES")
    assert styles.folder().parts[-2:] == ("aelearn", "styles") and styles.folder().is_absolute()


# ---- search


def test_words_are_found_in_every_field_and_all_must_be_there():
    styles.add(made("mine", title="Garden", author="Käthe Kollwitz", source="my attic"))
    assert [one.name for one in styles.search("kathe GARD")] == ["mine"]
    assert [one.name for one in styles.search(["attic"])] == ["mine"]
    assert [one.name for one in styles.search("hokusai wave")] == ["great_wave"]
    assert styles.search("hokusai attic") == []
    everything = styles.search([])
    assert [one.name for one in everything] == [*data.painting_names(), "mine"]
    assert everything[-1].file.title == "Garden" and everything[0].file is None


def test_distance_is_the_cost_of_the_optimal_transport():
    random = np.random.default_rng(0)
    roots = random.normal(size=(2, 3, 3))
    one, other = (Moments(random.normal(size=3), root @ root.T) for root in roots)
    transport = transforms.optimal_transport(one, other)
    points = random.normal(size=(200_000, 3)) @ np.linalg.cholesky(one.covariance).T + one.mean
    cost = ((points - transport(points)) ** 2).sum(axis=1).mean()
    whole = sum(np.trace(m.covariance) + m.mean @ m.mean for m in (one, other)) / 2
    assert transforms.wasserstein_distance([one], [other]) ** 2 == pytest.approx(cost / whole, rel=0.01)


def test_distance_is_symmetric_zero_for_equals_and_the_same_at_any_scale():
    random = np.random.default_rng(1)
    roots = random.normal(size=(4, 5, 5))
    one, other = ([Moments(random.normal(size=5), root @ root.T) for root in part] for part in (roots[:2], roots[2:]))
    distance = transforms.wasserstein_distance
    assert distance(one, other) == pytest.approx(distance(other, one)) and distance(one, one) < 1e-6
    larger = [[Moments(10 * m.mean, 100 * m.covariance) for m in style] for style in (one, other)]
    assert distance(*larger) == pytest.approx(distance(one, other))
    flat = [Moments(np.zeros(5), np.zeros((5, 5)))] * 2
    assert distance(flat, flat) == 0 and np.isfinite(distance(flat, one))


def test_distance_wants_styles_of_one_model():
    one, two = Moments(np.zeros(2), np.eye(2)), Moments(np.zeros(3), np.eye(3))
    for first, second in ([[one], [two]], [[one], [one, one]], [[], []]):
        with pytest.raises(ValueError, match="received"):
            transforms.wasserstein_distance(first, second)


def test_half_a_painting_is_nearest_to_its_other_half():
    stylizer, names = Stylizer.load(), data.painting_names()[:8]
    halves = [[], []]
    for name in names:
        picture = data.load_painting(name, max_side=256)
        middle = picture.shape[1] // 2
        for half, part in zip(halves, (picture[:, :middle], picture[:, middle:])):
            half.append(stylizer.style(part).moments)
    distances = [[transforms.wasserstein_distance(left, right) for right in halves[1]] for left in halves[0]]
    assert np.mean(np.argmin(distances, axis=1) == np.arange(len(names))) >= 0.75


# ---- by whatever name


def test_find_style_takes_paintings_pictures_files_and_names(tmp_path, stylizer, painting, saved):
    images.save_image(painting, tmp_path / "p.png")
    styles.add(dataclasses.replace(styles.read_style(saved), name="kept"))
    wanted = stylizer.style(data.load_painting("great_wave", max_side=128))
    for word in ("great_wave", tmp_path / "p.png", saved, str(saved), "kept"):
        found = find_style(word, stylizer, max_side=128)
        np.testing.assert_allclose(found.moments[0].mean, wanted.moments[0].mean, atol=0.01)


def test_find_style_passes_the_stroke_on_and_refuses_it_for_a_file(stylizer, saved):
    fine = find_style("great_wave", stylizer, stroke=0.5, max_side=128)
    wanted = stylizer.style(data.load_painting("great_wave", max_side=128), stroke=0.5)
    np.testing.assert_array_equal(fine.moments[0].covariance, wanted.moments[0].covariance)
    assert find_style(saved, stylizer, stroke=1.0)
    with pytest.raises(ValueError, match="stroke must be left out with a style file: wave was made with 1"):
        find_style(saved, stylizer, stroke=2.0)


def test_find_style_helps_with_names_it_does_not_know(stylizer):
    styles.add(made("garden"))
    with pytest.raises(ValueError, match="no style is called 'gardn'; did you mean 'garden'?"):
        find_style("gardn", stylizer)
    with pytest.raises(ValueError, match="aelearn styles"):
        find_style("qqqq", stylizer)
    with pytest.raises(FileNotFoundError, match="no such file: 'a/b.jpg'"):
        find_style("a/b.jpg", stylizer)


def test_a_style_file_in_hand_needs_its_model(stylizer):
    with pytest.raises(ValueError, match="of other weights"):
        style_of(made(), stylizer)
