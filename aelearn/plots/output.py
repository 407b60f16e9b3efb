"""From a Figure to what a notebook shows and stores: an encoded picture and the words for it."""

import base64
import io

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Bytes of one output. A chart stays far below; a figure full of photographs is several times smaller as JPEG.
MAX_PNG, MAX_JPEG = 90_000, 80_000


def encode_figure(figure, *, jpeg_quality=None):
    """Encode a Figure in memory: what a panel puts into an Image widget.

    Args:
        figure: matplotlib `Figure`.
        jpeg_quality: int from 1 to 95 for a JPEG, or None for a PNG.

    Returns:
        bytes of the file.

    Raises:
        TypeError: if `figure` is not a Figure.

    Example:
        >>> encode_figure(Figure(figsize=(1, 1)))[1:4]
        b'PNG'
    """
    _check_figure(figure)
    buffer = io.BytesIO()
    # The canvas is made for this one drawing: nothing is shared, so it may happen in any thread.
    draw = FigureCanvasAgg(figure).print_figure
    if jpeg_quality is None:
        draw(buffer, format="png", dpi=figure.dpi)
    else:
        # Colour at full resolution (subsampling 0) while there is room. Not "optimize": writing to memory
        # it fails on pictures full of detail ("broken data stream").
        options = {"quality": jpeg_quality, "subsampling": 0 if jpeg_quality > 80 else 2}
        draw(buffer, format="jpg", dpi=figure.dpi, pil_kwargs=options)
    return buffer.getvalue()


class Shown:
    """A figure with its alternative text, for the last line of a notebook cell; made by `show`.

    Example:
        >>> Shown(Figure(figsize=(1, 1)), "An empty square.").alt
        'An empty square.'
    """

    def __init__(self, figure, alt):
        self.figure, self.alt = figure, alt

    def __repr__(self):
        return f"Figure: {self.alt}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        kind, content = _smallest(self.figure)
        return {"text/plain": repr(self), kind: base64.b64encode(content).decode()}, {kind: {"alt": self.alt}}


def show(figure, alt):
    """Show a figure together with the words for readers who cannot see it.

    The words travel in the output's metadata, where exported pages look for them, and in its plain text, which is
    the same on every machine. Pictures go as PNG, or as JPEG where PNG would be large.

    Args:
        figure: matplotlib `Figure`.
        alt: str, one or two sentences that say what is to be seen.

    Returns:
        An object that a notebook shows as the picture.

    Raises:
        TypeError: if `figure` is not a Figure.
        ValueError: if `alt` is empty.

    Example:
        >>> show(Figure(figsize=(1, 1)), "An empty square.")
        Figure: An empty square.
    """
    _check_figure(figure)
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt must say in words what the figure shows; received {alt!r}")
    return Shown(figure, " ".join(alt.split()))


def _check_figure(figure):
    if not isinstance(figure, Figure):
        raise TypeError(f"figure must be a matplotlib Figure, such as picture_row returns; received {figure!r}")


def _smallest(figure):
    content = encode_figure(figure)
    if len(content) <= MAX_PNG:
        return "image/png", content
    for quality in (85, 75, 65):
        content = encode_figure(figure, jpeg_quality=quality)
        if len(content) <= MAX_JPEG:
            break
    return "image/jpeg", content
