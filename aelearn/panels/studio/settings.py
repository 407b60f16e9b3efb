"""What the studio paints with: all its settings as one record, checked, and the note that a saved picture carries."""

import json
from dataclasses import asdict, dataclass

import aelearn
from aelearn.panels.parts import is_number, known
from aelearn.transforms import METHODS, check_alpha, check_weights

CORNERS = ("A", "B", "C")  # of the triangle: one style each
COLORS = ("painting", "photo", "matched", "palette")
REGIONS = ("whole", "automatic", "painted")
SIZES = (512, 768, 1024, 2048)  # longest side of a finished picture, in pixels
STROKES = 0.25, 4.0
MOST_MODES = 5


@dataclass(frozen=True)
class StudioSettings:
    """Everything that decides what the studio paints, but for the regions that were painted by hand.

    Example:
        >>> StudioSettings("cat", ("wave", "night", "lion"), alpha=0.5).leading
        'wave'
    """

    photo: str
    styles: tuple  # names of three paintings, at the corners A, B and C
    weights: tuple = (1.0, 0.0, 0.0)  # of the three in a mixture, adding up to 1
    alpha: float = 1.0
    level_alpha: dict | None = None  # level -> strength; None for the model's own
    method: str = "optimal_transport"
    stroke: float = 1.0
    color: str = "painting"  # whose colours, see COLORS
    modes: int = 1  # of the leading style
    regions: str = "whole"  # see REGIONS
    num_regions: int = 2  # how many the automatic ones are
    strengths: tuple = (1.0, 1.0, 1.0)  # of A, B and C in their regions
    size: int = 512

    @property
    def leading(self):
        """The style with the largest weight: the one that has modes."""
        return self.styles[max(range(3), key=lambda corner: self.weights[corner])]

    def used(self, shares=None):
        """The numbers of the corners that take part, 0 to 2.

        Args:
            shares: array `(3, height, width)`, see `StudioPainter.shares`; None for a mixture.

        Returns:
            list of int.
        """
        if shares is not None:
            return [corner for corner in range(3) if shares[corner].any()]
        if self.modes > 1:
            return [self.styles.index(self.leading)]
        return [corner for corner in range(3) if self.weights[corner]]


def check_settings(settings, photos, paintings, num_levels):
    """The settings with plain numbers in them, or one clear error.

    Args:
        settings: `StudioSettings`.
        photos: names of the photos there are.
        paintings: names of the paintings there are.
        num_levels: int, of the model.

    Returns:
        `StudioSettings`; the weights add up to 1.

    Raises:
        ValueError: names the setting, what was received, and what there is.

    Example:
        >>> check_settings(StudioSettings("cat", ("wave",) * 3, weights=(1, 3, 0)), ["cat"], ["wave"], 3).weights
        (0.25, 0.75, 0.0)
    """
    known(settings.photo, photos, "photo")
    styles = _three(settings.styles, "styles", "names of paintings")
    for corner, style in zip(CORNERS, styles):
        known(style, paintings, f"style {corner}")
    for name, options in (("method", METHODS), ("color", COLORS), ("regions", REGIONS), ("size", SIZES)):
        known(getattr(settings, name), options, name)
    for name, low, high in (("modes", 1, MOST_MODES), ("num_regions", 2, 3)):
        if not is_number(getattr(settings, name), low, high, whole=True):
            wanted = f"a whole number from {low} to {high}"
            raise ValueError(f"{name} must be {wanted}; received {getattr(settings, name)!r}")
    if not is_number(settings.stroke, *STROKES):
        raise ValueError(f"stroke must be a number from {STROKES[0]} to {STROKES[1]}; received {settings.stroke!r}")
    strengths = _three(settings.strengths, "strengths", "numbers from 0 to 1")
    plain = asdict(settings) | {
        "styles": tuple(styles),
        "weights": tuple(map(float, check_weights(list(_three(settings.weights, "weights", "numbers")), 3))),
        "strengths": tuple(check_alpha(each, f"strengths[{place}]") for place, each in enumerate(strengths)),
        "alpha": check_alpha(settings.alpha),
        "level_alpha": _levels(settings.level_alpha, num_levels),
        "stroke": float(settings.stroke), "modes": int(settings.modes), "num_regions": int(settings.num_regions),
    }
    return StudioSettings(**plain)


def note_of(settings, model, corners, *, covers=None, level_alpha=None):
    """The settings as the line of JSON that a saved PNG carries, as `aelearn stylize` writes it and `--like` reads it.

    What only the studio can do, and the command line cannot repeat, stands under `studio`; regions that were painted by
    hand leave `styles` empty, so that nothing else is painted in their name.

    Args:
        settings: `StudioSettings`.
        model: str, name of the model.
        corners: list of int, which styles took part, see `StudioSettings.used`.
        covers: list of floats, the share of the picture that each of them covers; None for no regions.
        level_alpha: dict from level to the model's own strength, which need not be said.

    Returns:
        str. It says nothing of the photo.

    Example:
        >>> settings = StudioSettings("cat", ("wave", "night", "lion"), weights=(0.5, 0.5, 0))
        >>> json.loads(note_of(settings, "perceptual", [0, 1]))["styles"]
        [['wave', 0.5], ['night', 0.5]]
    """
    plain = {name: getattr(settings, name) for name in ("alpha", "level_alpha", "method", "stroke", "color", "size")}
    names, whole = [settings.styles[corner] for corner in corners], settings.regions == "whole"
    strengths = [settings.strengths[corner] for corner in corners]
    weights = [1.0] if len(corners) == 1 else [round(settings.weights[corner], 4) for corner in corners]
    if not whole or settings.modes > 1 or settings.color == "palette" or settings.level_alpha == level_alpha:
        plain["level_alpha"] = None
    plain["modes"] = settings.modes if whole else 1
    plain["styles"] = [list(row) for row in zip(names, weights)] if whole else []
    plain["regions"] = [list(row) for row in zip(names, strengths)] if settings.regions == "automatic" else []
    parts = [] if whole else [list(row) for row in zip(names, strengths, covers)]
    studio = {"regions": settings.regions, "parts": parts}
    return json.dumps({"aelearn": aelearn.__version__, "model": model, **plain, "studio": studio})


def _three(values, name, what):
    if not isinstance(values, (list, tuple)) or len(values) != 3:
        raise ValueError(f"{name} must be three {what}, for A, B and C; received {values!r}")
    return values


def _levels(values, num_levels):
    if values is None:
        return None
    if not isinstance(values, dict) or set(values) != set(range(1, num_levels + 1)):
        raise ValueError(f"level_alpha must be a dict with the levels 1 to {num_levels}; received {values!r}")
    return {int(level): check_alpha(value, f"level_alpha[{level}]") for level, value in values.items()}
