"""A painter with fewer channels in its deepest code, made from one with more."""

import numpy as np
import pytest

from aelearn import autoencoders, images
from aelearn.autoencoders import PainterConfig, build_painter
from aelearn.stylize import Stylizer


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape).astype(np.float32)


PICTURES = [noise(32, 48, 3, seed=seed) for seed in range(3)]


def changed(painter, **arrays):
    # Weights by layer, put in by hand.
    for name, value in arrays.items():
        block, layer = {"encode": painter.encoder_levels, "decode": painter.decoder_levels}[name[:6]][-1], name[7:]
        getattr(block, layer).kernel.assign(value)
    return painter


@pytest.fixture(scope="module")
def painter():
    """Eight channels, of which the code fills no more than five directions."""
    config, random = PainterConfig((4, 6, 8), hidden=(4, 6, 9), grain=0.05), np.random.default_rng(2)
    model = build_painter(config, seed=1)
    axes = np.linalg.qr(random.normal(size=(8, 5)))[0]
    within = axes @ axes.T
    last = model.encoder_levels[-1]
    last.mix.bias.assign(random.normal(size=8))
    return changed(model, encode_mix=last.mix.kernel.numpy() @ within,
                   encode_straight=last.straight.kernel.numpy() @ within)


def test_what_the_code_never_says_can_be_left_out_and_every_picture_stays_what_it_is(painter):
    narrowed = autoencoders.narrow(painter, PICTURES, 5)
    assert narrowed.config.widths == (4, 6, 5) and narrowed.config.hidden == (4, 6, 9)
    before, after = Stylizer(painter), Stylizer(narrowed)
    photo, painting = noise(128, 160, 3, seed=7), noise(192, 160, 3, seed=8) ** 2  # large: moments of few are fragile
    np.testing.assert_allclose(after(photo, painting), before(photo, painting), atol=2e-3)
    np.testing.assert_allclose(after.reconstruct(photo), before.reconstruct(photo), atol=1e-4)
    assert np.abs(before(photo, painting) - before.reconstruct(photo)).max() > 0.1


def test_what_the_decoder_sees_most_is_kept_whatever_its_variance(painter):
    # Two directions of the code: a strong one that the decoder does not look at, and a faint one that it does.
    model = build_painter(PainterConfig((4, 6, 2)), seed=3)
    strong, faint = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    mix, look = model.encoder_levels[-1].mix.kernel.numpy(), model.decoder_levels[-1].look.kernel.numpy()
    changed(model, encode_mix=mix * (10 * strong + 0.1 * faint), decode_look=look * (1e-4 * strong + faint).T,
            decode_straight=model.decoder_levels[-1].straight.kernel.numpy() * (1e-4 * strong + faint).T,
            encode_straight=model.encoder_levels[-1].straight.kernel.numpy() * (10 * strong + 0.1 * faint))
    narrowed = autoencoders.narrow(model, PICTURES, 1)
    photo = noise(1, 32, 48, 3, seed=5)
    np.testing.assert_allclose(narrowed(photo)[-1], model(photo)[-1], atol=0.02)
    lost = np.asarray(model.decode(np.asarray(model.encode(photo, 3)) * strong.astype(np.float32), 3))
    assert np.abs(lost - np.asarray(model(photo)[-1])).max() > 0.1


def test_the_more_is_kept_the_less_is_lost_and_the_painter_itself_stays(painter):
    model = build_painter(PainterConfig((4, 6, 8)), seed=4)
    weights = model.get_weights()
    photo = noise(1, 32, 48, 3, seed=6)
    whole = np.asarray(model(photo)[-1])
    narrowed = (autoencoders.narrow(model, PICTURES, width) for width in (1, 3, 6, 8))
    lost = [np.abs(np.asarray(each(photo)[-1]) - whole).mean() for each in narrowed]
    assert lost == sorted(lost, reverse=True) and lost[-1] < 1e-5 < 1e-3 < lost[0]
    assert all(np.array_equal(*pair) for pair in zip(weights, model.get_weights()))


@pytest.mark.parametrize("bad", [0, 9, 2.0, True, "4", None], ids=repr)
def test_a_width_that_the_code_does_not_have_is_refused(painter, bad):
    told = "width must be an int from 1 to 8, the channels of the deepest code; received"
    with pytest.raises(ValueError, match=told):
        autoencoders.narrow(painter, PICTURES, bad)


def test_what_is_not_finite_and_what_is_no_painter_is_refused(painter):
    for bad, told in ((np.nan, "NaN"), (200.0, "divide by 255")):
        with pytest.raises(images.ImageError, match=rf"pictures\[1\] .*{told}"):
            autoencoders.narrow(painter, [PICTURES[0], np.full((16, 16, 3), bad, np.float32)], 4)
    empty = build_painter(PainterConfig((4, 6, 8)))
    for value in (0, np.nan):
        empty.set_weights([np.full_like(weight, value) for weight in empty.get_weights()])
        with pytest.raises(ValueError, match="painter must have finite weights, which may not all be 0"):
            autoencoders.narrow(empty, PICTURES, 4)
    pyramid = autoencoders.build_pyramid(autoencoders.PyramidConfig((4, 8)))
    with pytest.raises(TypeError, match="painter must be a PainterAutoencoder; received PyramidAutoencoder"):
        autoencoders.narrow(pyramid, PICTURES, 4)


def test_no_pictures_are_refused(painter):
    with pytest.raises(ValueError, match="pictures must hold at least one; received none"):
        autoencoders.narrow(painter, [], 4)
