"""Pictures from every kind of file, and what happens when a file, an array or a disk is bad."""

import errno
import io
import os
import stat
import struct
import subprocess
import sys
import textwrap
import threading
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from aelearn import images
from aelearn.images import (
    ImageError,
    check_image,
    encode_png,
    load_image,
    load_uint8,
    mirrored,
    pad_to_multiple,
    resize_image,
    save_image,
    to_uint8,
)

BYTE = 1 / 255
RNG = np.random.default_rng(0)
NOISE = RNG.integers(0, 256, (48, 64, 3), dtype=np.uint8)

# The same examples every time, and no clock: a busy machine is not a failure.
steady = settings(derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
sides = st.integers(1, 40)
pictures = st.tuples(sides, sides, st.just(3)).flatmap(
    lambda shape: hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32))
)
byte_pictures = st.tuples(sides, sides, st.just(3)).flatmap(lambda shape: hnp.arrays(np.uint8, shape))


@pytest.fixture(autouse=True)
def any_warning_fails():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def encoded(picture, kind, **options):
    """The bytes of a Pillow image or array in a file format."""
    picture = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def png(width, height, depth, color_type, rows, extra=b""):
    """A PNG written by hand (PNG specification, section 5), for headers that Pillow would not write."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def smooth(height, width):
    """A gradient that JPEG and resampling keep nearly unchanged: red grows to the right, green downwards."""
    down, right = np.mgrid[0:height, 0:width]
    channels = [right / max(1, width - 1), down / max(1, height - 1), np.full((height, width), 0.5)]
    return np.stack(channels, axis=2).astype(np.float32)


def linear_profile(space):
    """An ICC v2 profile, by hand (ICC.1:2001, section 6): sRGB's primaries or gray, without any gamma."""

    def number(value):  # s15Fixed16
        return struct.pack(">i", round(value * 65536))

    def xyz(*values):
        return b"XYZ \0\0\0\0" + b"".join(map(number, values))

    curve = b"curv\0\0\0\0" + struct.pack(">I", 1) + struct.pack(">H", 256) + b"\0\0"  # gamma 1.0
    name = b"linear light\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(11 + 67),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
    }
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
        tags[b"rXYZ"] = xyz(0.43607, 0.22249, 0.01392)
        tags[b"gXYZ"] = xyz(0.38515, 0.71687, 0.09708)
        tags[b"bXYZ"] = xyz(0.14307, 0.06061, 0.71410)
    table, data, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    for key, body in tags.items():
        table += key + struct.pack(">II", start + len(data), len(body))
        data += body + bytes(-len(body) % 4)
    header = bytearray(128)
    header[0:4] = struct.pack(">I", start + len(data))
    header[8:12] = bytes([2, 0x40, 0, 0])
    header[12:24] = b"mntr" + space.ljust(4) + b"XYZ "
    header[36:40] = b"acsp"
    header[68:80] = number(0.9642) + number(1.0) + number(0.8249)
    return bytes(header) + table + data


def srgb_from_linear(light):
    """IEC 61966-2-1, equation (9)."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def message(function, *args, **options):
    """The text of the one ImageError that a call raises."""
    with pytest.raises(ImageError) as caught:
        function(*args, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def fail_with(error):
    def failing(*args, **options):
        raise error

    return failing


# ---- reading: every kind of file becomes the same kind of array


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "BMP", "PPM"])
def test_lossless_file_gives_its_pixels_as_float32_in_0_to_1(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    image = load_image(encoded(NOISE, kind, **options))
    assert image.dtype == np.float32
    np.testing.assert_allclose(image, NOISE / 255, atol=1e-6)


def test_path_bytes_and_file_object_give_the_same_picture(tmp_path):
    path = tmp_path / "noise.png"
    path.write_bytes(encoded(NOISE, "PNG"))
    expected = load_image(path)
    np.testing.assert_array_equal(load_image(str(path)), expected)
    np.testing.assert_array_equal(load_image(path.read_bytes()), expected)
    with path.open("rb") as file:
        np.testing.assert_array_equal(load_image(file), expected)


def test_suffix_does_not_decide_how_a_file_is_read(tmp_path):
    path = tmp_path / "really_a_png.jpg"
    path.write_bytes(encoded(NOISE, "PNG"))
    np.testing.assert_allclose(load_image(path), NOISE / 255, atol=1e-6)


def test_one_pixel_is_a_picture():
    assert load_image(encoded(np.uint8([[[10, 20, 30]]]), "PNG")).shape == (1, 1, 3)


def test_gray_is_repeated_into_three_channels():
    gray = np.uint8([[0, 100, 255]])
    expected = np.repeat(gray[..., None], 3, axis=2) / 255
    np.testing.assert_allclose(load_image(encoded(gray, "PNG")), expected, atol=1e-6)


def test_one_bit_picture_is_black_and_white():
    picture = Image.fromarray(np.uint8([[0, 255, 255]])).convert("1")
    assert load_image(encoded(picture, "PNG"))[0, :, 0].tolist() == [0, 1, 1]


def test_transparent_palette_entry_is_white_and_partial_opacity_blends():
    palette = Image.new("P", (3, 1))
    palette.putdata([0, 1, 2])
    palette.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image = load_image(encoded(palette, "PNG", transparency=bytes([0, 255, 128])))
    expected = [[1, 1, 1], [0, 1, 0], [1 - 128 / 255, 1 - 128 / 255, 1]]
    np.testing.assert_allclose(image[0], expected, atol=BYTE)


def test_gray_with_opacity_is_laid_on_white():
    picture = Image.merge("LA", [Image.new("L", (1, 1), 0), Image.new("L", (1, 1), 64)])
    np.testing.assert_allclose(load_image(encoded(picture, "PNG")), 1 - 64 / 255, atol=BYTE)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_color_with_opacity_is_laid_on_white(kind):
    pixel = np.uint8([[[200, 100, 0, 51]]])
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    expected = 0.2 * np.array([200, 100, 0]) / 255 + 0.8
    np.testing.assert_allclose(load_image(encoded(pixel, kind, **options))[0, 0], expected, atol=BYTE)


def test_single_transparent_color_of_a_png_is_white():
    transparent = struct.pack(">I", 6) + b"tRNS" + struct.pack(">HHH", 1, 2, 3)
    transparent += struct.pack(">I", zlib.crc32(transparent[4:]))
    image = load_image(png(2, 1, 8, 2, bytes([0, 1, 2, 3, 200, 100, 0]), transparent))
    np.testing.assert_allclose(image[0], [[1, 1, 1], [200 / 255, 100 / 255, 0]], atol=1e-6)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_red_is_red(kind):
    picture = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    np.testing.assert_allclose(load_image(encoded(picture, kind))[8, 8], [1, 0, 0], atol=0.02)


def test_sixteen_bit_gray_png_is_scaled_and_not_clipped():
    levels = np.array([0, 256, 32768, 65535], ">u2")
    image = load_image(png(4, 1, 16, 0, b"\0" + levels.tobytes()))
    np.testing.assert_allclose(image[0, :, 0], levels / 65535, atol=1e-7)


def test_sixteen_bit_color_png_is_scaled_and_not_clipped():
    levels = np.array([[0, 32768, 65535]], ">u2")
    image = load_image(png(1, 1, 16, 2, b"\0" + levels.tobytes()))
    np.testing.assert_allclose(image[0, 0], [0, 0.5, 1], atol=BYTE)


def test_sixteen_bit_tiff_with_white_as_zero_is_not_a_negative():
    data = encoded(np.uint16([[0, 65535]]), "TIFF", tiffinfo={262: 0})
    assert load_image(data)[0, :, 0].tolist() == [1, 0]


def test_sixteen_bit_ppm_is_scaled():
    data = b"P5 2 1 65535\n" + np.array([0x4000, 65535], ">u2").tobytes()
    np.testing.assert_allclose(load_image(data)[0, :, 0], [0x4000 / 65535, 1], atol=1e-6)


def test_float_tiff_in_0_to_1_is_taken_as_it_is():
    values = np.float32([[0, 0.2501, 1]])
    np.testing.assert_array_equal(load_image(encoded(values, "TIFF"))[0, :, 1], values[0])


def test_float_tiff_outside_0_to_1_is_refused_by_name(tmp_path):
    path = tmp_path / "floats.tif"
    path.write_bytes(encoded(np.float32([[0, 255]]), "TIFF"))
    assert "floats.tif must be in [0, 1]; received values from 0 to 255" in message(load_image, path)
    path.write_bytes(encoded(np.float32([[0, np.nan]]), "TIFF"))
    assert "NaN" in message(load_image, path)


def test_thirty_two_bit_integers_are_refused_because_white_is_unknown():
    assert "8 or 16 bits" in message(load_image, encoded(np.int32([[0, 1000]]), "TIFF"))


# The EXIF specification (CIPA DC-008, Orientation, tag 0x0112) as array operations: from stored to seen.
UPRIGHT = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].swapaxes(0, 1),
    8: lambda stored: np.rot90(stored, 1),
}


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation_is_applied(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = load_image(encoded(NOISE, kind, exif=exif))
    np.testing.assert_allclose(image, UPRIGHT[orientation](NOISE) / 255, atol=1e-6)


def test_rotated_jpeg_shrinks_to_the_same_shape_as_its_upright_self():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = load_image(encoded(to_uint8(smooth(401, 1203)), "JPEG", exif=exif, quality=95), max_side=50)
    assert image.shape == (50, 17, 3)
    expected = resize_image(np.rot90(smooth(401, 1203), -1), max_side=50)
    np.testing.assert_allclose(image, expected, atol=0.02)


def test_damaged_exif_does_not_cost_the_picture():
    data = encoded(NOISE, "PNG", exif=b"Exif\0\0MM\0*garbage")
    np.testing.assert_allclose(load_image(data), NOISE / 255, atol=1e-6)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animation_gives_its_first_frame(kind):
    frames = [Image.new("RGB", (8, 6), color) for color in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, **options)
    with Image.open(io.BytesIO(data)) as animation:
        assert animation.n_frames == 3
    np.testing.assert_allclose(load_image(data), np.broadcast_to([1, 0, 0], (6, 8, 3)), atol=1e-6)


@pytest.mark.parametrize("shape", [(10, 300), (300, 10)])
def test_long_thin_picture_keeps_its_proportions(shape):
    image = load_image(encoded(to_uint8(smooth(*shape)), "PNG"), max_side=60)
    assert image.shape == (shape[0] // 5, shape[1] // 5, 3)
    assert load_image(encoded(to_uint8(smooth(*shape)), "PNG"), max_side=10).shape[:2] in [(1, 10), (10, 1)]


# ---- colour profiles


def test_linear_profile_is_converted_to_srgb():
    levels = np.repeat(np.arange(0, 256, 5, dtype=np.uint8)[None, :, None], 3, axis=2)
    image = load_image(encoded(levels, "PNG", icc_profile=linear_profile(b"RGB")))
    np.testing.assert_allclose(image, srgb_from_linear(levels / 255), atol=2 * BYTE)


def test_profile_applies_to_the_color_and_not_to_the_opacity():
    pixel = np.uint8([[[55, 55, 55, 128]]])
    image = load_image(encoded(pixel, "PNG", icc_profile=linear_profile(b"RGB")))
    opacity = 128 / 255
    expected = opacity * srgb_from_linear(np.array(55 / 255)) + 1 - opacity
    np.testing.assert_allclose(image, expected, atol=2 * BYTE)


def test_linear_gray_profile_is_converted_at_8_and_at_16_bits():
    profile = linear_profile(b"GRAY")
    eight = np.arange(0, 256, 5, dtype=np.uint8)[None]
    sixteen = np.linspace(0, 65535, 50).astype(np.uint16)[None]
    image = load_image(encoded(eight, "PNG", icc_profile=profile))
    np.testing.assert_allclose(image[..., 0], srgb_from_linear(eight / 255), atol=2 * BYTE)
    image = load_image(encoded(sixteen, "TIFF", icc_profile=profile))
    np.testing.assert_allclose(image[..., 0], srgb_from_linear(sixteen / 65535), atol=2 * BYTE)


def test_srgb_profile_changes_no_pixel():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = load_image(encoded(NOISE, "PNG", icc_profile=profile))
    np.testing.assert_allclose(image, NOISE / 255, atol=1e-6)


@pytest.mark.parametrize("profile", [b"junk", linear_profile(b"GRAY")], ids=["junk", "of another space"])
def test_unusable_profile_is_reported_and_the_picture_taken_as_srgb(profile):
    data = encoded(NOISE, "PNG", icc_profile=profile)
    with pytest.warns(UserWarning, match="colour profile not usable .* taken as sRGB"):
        image = load_image(data)
    np.testing.assert_allclose(image, NOISE / 255, atol=1e-6)


# ---- reading: size


def test_huge_png_is_refused_before_it_is_decoded_with_the_limit_and_the_way_out(tmp_path):
    path = tmp_path / "huge.png"
    path.write_bytes(png(10_000, 10_000, 8, 2, b""))  # no pixels at all: decoding it would fail otherwise
    text = message(load_image, path)
    for part in ("huge.png", "10000 x 10000", "100,000,000", "50,000,000", "max_pixels=100000000"):
        assert part in text


def test_size_beyond_the_image_librarys_own_limit_gets_the_same_refusal():
    assert "max_pixels=3600000000" in message(load_image, png(60_000, 60_000, 8, 2, b""))


@pytest.mark.parametrize("error", [MemoryError(), Image.DecompressionBombError("exceeds limit")])
@pytest.mark.parametrize("step", ["header", "pixels"])
def test_picture_that_does_not_fit_into_memory_is_called_too_large_and_not_damaged(monkeypatch, error, step):
    if step == "header":  # some readers make room for the picture as soon as they know its size
        monkeypatch.setitem(Image.OPEN, "PNG", (fail_with(error), lambda start: True))
    else:
        monkeypatch.setattr(images.decode, "flatten", fail_with(error))
    assert message(load_image, encoded(NOISE, "PNG")).startswith("source: too large")


def test_max_pixels_can_be_raised_and_lowered_and_changes_nothing_global():
    data, limit = encoded(NOISE, "PNG"), Image.MAX_IMAGE_PIXELS
    assert load_image(data, max_pixels=48 * 64).shape == (48, 64, 3)
    assert "3,072 pixels, the limit 3,071" in message(load_image, data, max_pixels=48 * 64 - 1)
    big = encoded(Image.new("1", (10_000, 10_000)), "PNG")
    assert load_image(big, max_pixels=10**8, max_side=50).shape == (50, 50, 3)
    assert Image.MAX_IMAGE_PIXELS == limit


@pytest.mark.parametrize("option", ["max_pixels", "max_side"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "many"])
def test_limits_must_be_whole_numbers_of_at_least_one(option, value):
    assert f"{option} must be a whole number" in message(load_image, encoded(NOISE, "PNG"), **{option: value})


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("shape", [(700, 1003), (1003, 700), (97, 31), (74, 480)])
def test_loading_at_max_side_is_loading_then_resizing(kind, shape):
    data = encoded(to_uint8(smooth(*shape)), kind)
    expected = resize_image(load_image(data), max_side=60)
    image = load_image(data, max_side=60)
    assert image.shape == expected.shape
    np.testing.assert_allclose(image, expected, atol=0.02)


def test_jpeg_decoded_at_an_eighth_is_not_stretched_by_its_last_partial_pixel():
    picture = smooth(145, 145)  # an eighth is 18.125 pixels, of which the decoder makes 19
    image = load_image(encoded(to_uint8(picture), "JPEG", quality=95), max_side=6)
    np.testing.assert_allclose(image, resize_image(picture, max_side=6), atol=0.015)


@pytest.mark.parametrize("max_side", [None, 60])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "I;16", "CMYK", "turned"])
def test_loading_bytes_is_loading_floats_and_rounding_them(mode, max_side):
    tall = Image.fromarray(to_uint8(smooth(600, 90)))  # more than two strips
    exif = Image.Exif()
    if mode == "turned":
        exif[0x0112] = 6
    elif mode == "RGBA":
        tall.putalpha(tall.getchannel("R"))
    elif mode == "I;16":
        tall = Image.fromarray(np.asarray(tall.convert("L")).astype(np.uint16) * 257)
    else:
        tall = tall.convert(mode)
    data = encoded(tall, "TIFF" if mode == "CMYK" else "PNG", exif=exif)
    found, expected = load_uint8(data, max_side=max_side), load_image(data, max_side=max_side)
    assert found.dtype == np.uint8 and found.flags.writeable
    np.testing.assert_allclose(found / 255, expected, atol=1e-6 if max_side is None and mode != "I;16" else 2.5 * BYTE)


def test_loading_bytes_has_the_same_limits_and_errors():
    assert "the limit 3,000" in message(load_uint8, encoded(NOISE, "PNG"), max_pixels=3000)
    assert "max_side must be a whole number" in message(load_uint8, encoded(NOISE, "PNG"), max_side=0)
    assert "damaged" in message(load_uint8, encoded(NOISE, "PNG")[:-2000])


def test_loading_at_max_side_never_enlarges():
    assert load_image(encoded(NOISE, "PNG"), max_side=1000).shape == NOISE.shape


# ---- reading: what is not a picture


def test_missing_file_names_the_file_and_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = message(load_image, "nowhere.jpg")
    assert "nowhere.jpg" in text and str(tmp_path) in text and "no such file" in text


def test_address_is_not_fetched():
    assert "download it first" in message(load_image, "https://example.org/photo.jpg")


def test_folder_empty_file_and_renamed_text_are_told_apart(tmp_path):
    assert "a folder" in message(load_image, tmp_path)
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"")
    assert "photo.jpg: empty" in message(load_image, path)
    path.write_text("Dear diary, this is text")
    text = message(load_image, path)
    assert "photo.jpg: not a picture" in text and "Dear dia" in text and "JPEG" in text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes in the file system are POSIX")
def test_pipe_is_refused_and_does_not_wait_for_a_writer(tmp_path):
    path = tmp_path / "pipe.png"
    os.mkfifo(path)
    assert "not a regular file" in message(load_image, path)
    assert "not a regular file" in message(save_image, NOISE, path)
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.95])
def test_truncated_file_is_damaged_and_never_half_a_picture(kind, part):
    data = encoded(NOISE, kind)
    text = message(load_image, data[: max(16, int(part * len(data)))])
    assert text.startswith("source: damaged")


@settings(steady, max_examples=60)
@given(st.sampled_from(["JPEG", "PNG", "GIF", "TIFF", "BMP", "PPM"]), st.data())
def test_file_with_damaged_bytes_gives_a_picture_or_an_image_error(kind, data):
    content = bytearray(encoded(NOISE[:9, :7], kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd tags and profiles are reported as warnings
        try:
            image = load_image(bytes(content), max_pixels=10**6)
        except ImageError:
            return
    assert image.dtype == np.float32 and image.ndim == 3 and 0 <= image.min() <= image.max() <= 1


def test_source_of_another_type_says_what_a_source_is():
    assert "received int" in message(load_image, 5)
    assert "binary" in message(load_image, io.StringIO("text"))
    rewound = io.BytesIO(encoded(NOISE, "PNG"))
    rewound.read()
    assert "seek(0)" in message(load_image, rewound)
    rewound.close()
    assert "open for reading" in message(load_image, rewound)


def test_unusable_paths_are_image_errors(tmp_path):
    for path in ("a\0b.png", "x" * 300 + ".png", tmp_path / "file" / "photo.png"):
        (tmp_path / "file").write_text("a file, not a folder")
        assert message(load_image, path)
        assert message(save_image, NOISE, path)


# ---- arrays


@steady
@given(byte_pictures)
def test_bytes_survive_the_way_to_floats_and_back(picture):
    np.testing.assert_array_equal(to_uint8(check_image(picture)), picture)


@steady
@given(pictures)
def test_byte_is_the_nearest_to_255_times_the_value(picture):
    assert np.abs(to_uint8(picture).astype(float) - 255 * picture.astype(float)).max() <= 0.5 + 1e-4


@steady
@given(pictures)
def test_valid_picture_passes_unchanged_into_new_memory(picture):
    checked = check_image(picture)
    np.testing.assert_array_equal(checked, picture)
    assert checked.dtype == np.float32 and not np.shares_memory(checked, picture)


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float64, bool])
def test_gray_of_any_accepted_type_becomes_three_equal_channels(dtype):
    gray = np.array([[0, 1], [1, 0]], dtype) * np.array(255 if dtype == np.uint8 else 1, dtype)
    for form in (gray, gray[..., None]):
        checked = check_image(form)
        assert checked.dtype == np.float32 and checked.shape == (2, 2, 3)
        np.testing.assert_array_equal(checked, np.repeat((gray > 0)[..., None], 3, axis=2))


def test_bytes_that_are_a_picture_are_not_copied():
    assert to_uint8(NOISE) is NOISE
    assert to_uint8(NOISE[..., 0]).shape == NOISE.shape
    assert "no pixels" in message(to_uint8, NOISE[:0])


def test_fourth_channel_is_opacity_over_white():
    np.testing.assert_allclose(check_image([[[1.0, 0.0, 0.5, 0.25]]])[0, 0], [1, 0.75, 0.875])


def test_rounding_beyond_the_range_is_clipped_and_more_is_refused():
    assert check_image([[-0.0009, 1.0009]]).tolist() == [[[0, 0, 0], [1, 1, 1]]]
    assert "received values from 0 to 1.002" in message(check_image, [[0, 1.002]])
    assert "received values from -0.002 to 1" in message(check_image, [[-0.002, 1]])


@pytest.mark.parametrize(
    ("array", "parts"),
    [
        (np.full((2, 3, 3), np.nan), ["18 NaN or infinite values of 18"]),
        ([[0.5, np.inf]], ["1 NaN or infinite values of 2"]),
        (np.full((2, 2), 255.0), ["from 255 to 255", "divide by 255"]),
        (np.full((2, 2), -3.0), ["from -3 to -3", "clip"]),
        (np.zeros((2, 2), int), ["int64", "uint8 in 0..255"]),
        (np.zeros((2, 2), complex), ["complex128"]),
        (np.zeros((2, 2, 2)), ["(height, width, 3)", "(2, 2, 2)"]),
        (np.zeros((2, 2, 5)), ["(2, 2, 5)"]),
        (np.zeros((3, 9, 9)), ["(3, 9, 9)", "channels come last"]),
        (np.zeros((1, 9, 9, 3)), ["(1, 9, 9, 3)", "batch[0]"]),
        (np.zeros((0, 3, 3)), ["(0, 3, 3)", "no pixels"]),
        (np.zeros(5), ["(5,)"]),
        ([[1.0], [1.0, 2.0]], ["list"]),
        (None, ["NoneType"]),
        ("photo.jpg", ["(height, width, 3)"]),
    ],
)
def test_bad_array_is_refused_with_its_name_and_what_was_received(array, parts, tmp_path):
    text = message(check_image, array, name="style")
    assert text.startswith("style must")
    for part in parts:
        assert part in text
    assert message(save_image, array, tmp_path / "out.png")
    assert os.listdir(tmp_path) == []


# ---- resizing and padding


@steady
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 80))
def test_resizing_keeps_proportions_to_a_pixel_and_never_enlarges(height, width, max_side):
    new = resize_image(np.zeros((height, width)), max_side=max_side).shape
    scale = min(1, max_side / max(height, width))
    assert max(new[:2]) == min(max_side, max(height, width)) and new[2] == 3
    assert abs(new[0] - height * scale) <= 1 and abs(new[1] - width * scale) <= 1
    assert min(new) >= 1


@steady
@given(st.floats(0, 1, width=32), sides, sides, sides, sides)
def test_resizing_a_plain_color_keeps_it(value, height, width, new_height, new_width):
    image = resize_image(np.full((height, width, 3), value, np.float32), size=(new_height, new_width))
    assert image.shape == (new_height, new_width, 3)
    np.testing.assert_allclose(image, value, atol=1e-5)


def test_resizing_agrees_with_lanczos_sums_written_out():
    """Each output is a window-weighted mean of inputs: sinc(x) sinc(x/3), stretched when shrinking."""

    def weights(old, new):
        scale = old / new
        centers = (np.arange(new) + 0.5) * scale
        offsets = (np.arange(old) + 0.5 - centers[:, None]) / max(scale, 1)
        window = np.where(np.abs(offsets) < 3, np.sinc(offsets) * np.sinc(offsets / 3), 0)
        return window / window.sum(axis=1, keepdims=True)  # (new, old)

    image = RNG.uniform(0.3, 0.7, (20, 24, 3)).astype(np.float32)
    for height, width in [(11, 13), (33, 47), (20, 9)]:
        expected = np.einsum("ih,jw,hwc->ijc", weights(20, height), weights(24, width), image)
        np.testing.assert_allclose(resize_image(image, size=(height, width)), expected, atol=1e-5)


def test_resizing_does_not_round_to_bytes():
    faint = np.linspace(0.5, 0.5 + BYTE, 64, dtype=np.float32)[None].repeat(64, axis=0)
    assert len(np.unique(resize_image(faint, max_side=32)[16, :, 0])) > 20


def test_resizing_a_sharp_edge_stays_in_range():
    edge = np.zeros((20, 20), np.float32)
    edge[:, 10:] = 1
    image = resize_image(edge, size=(53, 53))
    assert image.min() == 0 and image.max() == 1 and image.dtype == np.float32


def test_resizing_wants_one_size_and_a_sensible_one():
    assert "one of max_side and size" in message(resize_image, NOISE)
    assert "one of max_side and size" in message(resize_image, NOISE, max_side=3, size=(3, 3))
    assert "(height, width)" in message(resize_image, NOISE, size=5)
    assert "each side of size" in message(resize_image, NOISE, size=(5, 0))


@steady
@given(pictures, st.integers(1, 32), st.integers(1, 70))
def test_padding_then_cropping_is_the_identity(picture, multiple, at_least):
    padded = pad_to_multiple(picture, multiple, at_least=at_least)
    rows, columns = (mirrored(side, multiple, at_least=at_least) for side in picture.shape[:2])
    np.testing.assert_array_equal(padded, picture[rows][:, columns])
    height, width = picture.shape[:2]
    np.testing.assert_array_equal(padded[:height, :width], picture)
    for new, old in zip(padded.shape[:2], (height, width), strict=True):
        assert new % multiple == 0 and new >= max(old, at_least) and new - max(old, at_least) < multiple


def test_padding_mirrors_at_the_bottom_and_right_edges():
    padded = pad_to_multiple(NOISE[:5, :6], 8)
    np.testing.assert_array_equal(padded[5:8], padded[4:1:-1])
    np.testing.assert_array_equal(padded[:, 6:8], padded[:, 5:3:-1])


def test_padding_arguments_are_checked():
    assert "multiple must be" in message(pad_to_multiple, NOISE, 0)
    assert "at_least must be" in message(pad_to_multiple, NOISE, 8, at_least=-1)


# ---- writing


@settings(steady, max_examples=40)
@given(pictures)
def test_png_round_trip_is_exact_to_half_a_byte(tmp_path_factory, picture):
    path = tmp_path_factory.mktemp("round") / "picture.png"
    save_image(picture, path)
    assert np.abs(load_image(path) - picture).max() <= BYTE / 2 + 1e-6


@steady
@given(pictures, st.integers(0, 9))
def test_encoded_png_is_the_picture_at_every_level(picture, level):
    data = encode_png(picture, compress_level=level)
    with Image.open(io.BytesIO(data)) as decoded:
        np.testing.assert_array_equal(np.asarray(decoded), to_uint8(picture))


@pytest.mark.parametrize("level", [-1, 10, "fast", 1.5, None])
def test_compress_level_is_checked(level):
    assert "compress_level must be" in message(encode_png, NOISE, compress_level=level)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.b.webp", "WEBP"), ("é 画.PNG", "PNG")],
)
def test_suffix_chooses_the_format_and_the_picture_survives(tmp_path, name, kind):
    picture = smooth(40, 50)
    save_image(picture, tmp_path / name)
    with Image.open(tmp_path / name) as saved:
        assert saved.format == kind
    np.testing.assert_allclose(load_image(tmp_path / name), picture, atol=0.03)
    assert os.listdir(tmp_path) == [name]


def test_saved_jpeg_is_close_even_on_saturated_detail(tmp_path):
    stripes = np.zeros((32, 32, 3), np.float32)
    stripes[:, ::2, 0] = 1
    save_image(stripes, tmp_path / "stripes.jpg")
    assert np.abs(load_image(tmp_path / "stripes.jpg") - stripes).mean() < 0.03


def test_place_and_camera_are_never_copied(tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"  # GPSLatitudeRef
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 30.0)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(encoded(NOISE, "JPEG", exif=exif, comment=b"SecretComment"))
    assert b"SecretCamera" in photo.read_bytes()
    for suffix in images.WRITABLE:
        out = tmp_path / f"out{suffix}"
        save_image(load_image(photo), out)
        with Image.open(out) as saved:
            assert not dict(saved.getexif()) and "comment" not in saved.info
        assert b"Secret" not in out.read_bytes() and b"Exif" not in out.read_bytes()


def test_unknown_suffix_lists_the_known_ones(tmp_path):
    for name in ("picture", "picture.gif", "picture.tif", ".png"):
        text = message(save_image, NOISE, tmp_path / name)
        assert all(suffix in text for suffix in (".png", ".jpg", ".jpeg", ".webp"))
    assert os.listdir(tmp_path) == []


def test_folder_as_output_and_missing_output_folder_are_told_apart(tmp_path):
    assert "a folder; add a file name" in message(save_image, NOISE, tmp_path)
    (tmp_path / "folder.png").mkdir()
    assert "a folder; add a file name" in message(save_image, NOISE, tmp_path / "folder.png")
    text = message(save_image, NOISE, tmp_path / "missing" / "out.png")
    assert "does not exist; create it first" in text and str(tmp_path / "missing") in text
    assert not (tmp_path / "missing").exists()
    assert "received list" in message(save_image, NOISE, ["out.png"])


def test_side_beyond_what_the_format_allows_points_to_png(tmp_path):
    line = np.zeros((1, 16_384), np.float32)
    assert "16383" in message(save_image, line, tmp_path / "line.webp")
    assert ".png" in message(save_image, np.zeros((65_536, 1)), tmp_path / "line.jpg")
    save_image(line, tmp_path / "line.png")
    assert os.listdir(tmp_path) == ["line.png"]


@pytest.mark.parametrize(
    ("step", "existed"),
    [("fsync", True), ("fsync", False), ("replace", True), ("replace", False), ("chmod", True)],
)
def test_failure_at_any_step_leaves_the_folder_as_it_was(tmp_path, monkeypatch, step, existed):
    path = tmp_path / "out.png"
    if existed:
        path.write_bytes(b"precious")
    before = sorted(os.listdir(tmp_path))
    monkeypatch.setattr(os, step, fail_with(OSError(errno.ENOSPC, "No space left on device")))
    text = message(save_image, NOISE, path)
    assert "out.png" in text and "No space left on device" in text and "free some space" in text
    monkeypatch.undo()
    assert sorted(os.listdir(tmp_path)) == before
    assert not existed or path.read_bytes() == b"precious"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_write_that_fails_halfway_leaves_the_folder_as_it_was(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"out{suffix}"
    path.write_bytes(b"precious")

    class HalfWriter(io.FileIO):
        def write(self, content):
            super().write(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(images.write, "open", lambda name, mode: HalfWriter(name, "x"), raising=False)
    assert "free some space" in message(save_image, NOISE, path)
    assert os.listdir(tmp_path) == [path.name] and path.read_bytes() == b"precious"


def test_interruption_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")
    monkeypatch.setattr(os, "fsync", fail_with(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        save_image(NOISE, path)
    assert os.listdir(tmp_path) == ["out.png"] and path.read_bytes() == b"precious"


def in_new_process(code, *args):
    """Runs code whose effect on the process (a limit, another user) must not outlive it; what it printed."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(images.__file__))))
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, args)]
    env = {**os.environ, "PYTHONPATH": root}
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.skipif(os.name != "posix", reason="limits on a file's size are POSIX")
def test_real_limit_on_file_size_leaves_the_folder_as_it_was(tmp_path):
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")
    code = """
        import resource, sys
        import numpy as np
        from aelearn.images import ImageError, save_image
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))  # a system that stops writing after one page
        try:
            save_image(np.random.default_rng(0).random((64, 64, 3)), sys.argv[1])
        except ImageError as error:
            print(error)
    """
    text = in_new_process(code, path)
    assert "out.png: not written" in text and "free some space" in text
    assert os.listdir(tmp_path) == ["out.png"] and path.read_bytes() == b"precious"


@pytest.mark.skipif(os.name != "posix", reason="folder permissions are POSIX")
def test_folder_without_write_permission_is_named_and_left_alone(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    code = """
        import os, sys
        import numpy as np
        from aelearn.images import ImageError, save_image
        os.chdir(sys.argv[1])
        save_image(np.zeros((2, 2, 3)), "warm_up.png")  # imports everything while it is still allowed
        os.unlink("warm_up.png")
        os.chmod(".", 0o555)
        if os.geteuid() == 0:  # root may write anywhere: become nobody
            os.setgid(65534)
            os.setuid(65534)
        try:
            save_image(np.zeros((2, 2, 3)), "out.png")
        except ImageError as error:
            print(error)
    """
    text = in_new_process(code, folder)
    assert "out.png: not written (Permission denied); the folder does not allow writing" in text
    assert os.listdir(folder) == []
    folder.chmod(0o755)


def test_write_protected_file_is_not_replaced(tmp_path):
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")
    path.chmod(0o444)
    assert "write-protected" in message(save_image, NOISE, path)
    assert path.read_bytes() == b"precious" and os.listdir(tmp_path) == ["out.png"]
    path.chmod(0o644)


@pytest.mark.skipif(os.name != "posix", reason="permission bits are POSIX")
@pytest.mark.parametrize("mask", [0o022, 0o002, 0o077])
def test_new_file_has_the_permissions_of_any_new_file_and_an_old_one_keeps_its_own(tmp_path, mask):
    previous = os.umask(mask)
    try:
        save_image(NOISE, tmp_path / "new.png")
        (tmp_path / "plain").write_text("")
        assert (tmp_path / "new.png").stat().st_mode == (tmp_path / "plain").stat().st_mode
        (tmp_path / "new.png").chmod(0o640)
        save_image(NOISE, tmp_path / "new.png")
        assert stat.S_IMODE((tmp_path / "new.png").stat().st_mode) == 0o640
    finally:
        os.umask(previous)


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege elsewhere")
@pytest.mark.parametrize("target", ["private.txt", "nowhere.txt"])
def test_link_is_replaced_and_its_target_left_alone(tmp_path, target):
    (tmp_path / "private.txt").write_text("private")
    (tmp_path / "out.png").symlink_to(tmp_path / target)
    save_image(NOISE, tmp_path / "out.png")
    assert not (tmp_path / "out.png").is_symlink()
    assert load_image(tmp_path / "out.png").shape == NOISE.shape
    assert (tmp_path / "private.txt").read_text() == "private" and not (tmp_path / "nowhere.txt").exists()


def test_reader_during_many_saves_always_sees_a_whole_picture(tmp_path):
    path = tmp_path / "out.png"
    save_image(NOISE, path)
    done = threading.Event()

    def save_often():
        for _ in range(60):
            save_image(NOISE, path)
        done.set()

    writer = threading.Thread(target=save_often)
    writer.start()
    while not done.is_set():
        np.testing.assert_allclose(load_image(path), NOISE / 255, atol=1e-6)
    writer.join()
    assert os.listdir(tmp_path) == ["out.png"]


def test_save_works_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_image(NOISE, "out.png")
    assert os.listdir() == ["out.png"]
