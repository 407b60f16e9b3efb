"""The pieces that panels share: a picture with its words, a line of status, and rows that wrap in a narrow window."""

import html
from numbers import Integral, Real

import ipywidgets as widgets
from traitlets import Unicode


class Picture(widgets.Image):
    """An Image that says what it shows: its `tooltip` becomes the picture's title, which a screen reader reads.

    The browser's side of ipywidgets 8.1 asks every widget with a tooltip for its description, and an Image, which has
    none, is then not drawn at all. The empty description is the way around.

    Example:
        >>> Picture(tooltip="A wave.").description
        ''
    """

    description = Unicode("", help="Empty; see above.").tag(sync=True)


def picture(alt, *, css, width="300px", kind="jpeg"):
    """A picture and its caption, as wide as `width` where there is room.

    Args:
        alt: str, what the picture shows, for readers who cannot see it.
        css: str, class of the picture.
        width: str, CSS length.
        kind: "jpeg" for pictures, which keeps a saved notebook small, or "png" for charts.

    Returns:
        `(image, caption, box)`: set `image.value` to the bytes of such a file, and the caption by `caption_text`.

    Example:
        >>> image, caption, box = picture("A wave.", css="ae-painting")
        >>> image.format
        'jpeg'
    """
    image = Picture(format=kind, layout=widgets.Layout(width="100%", height="auto", object_fit="contain"))
    image.add_class(css)
    caption = widgets.HTML(layout=widgets.Layout(margin="0 2px", width="auto"))
    caption.add_class("ae-caption")
    describe(image, alt)
    box = widgets.VBox([image, caption], layout=widgets.Layout(flex="1 1 150px", max_width=width, margin="0 8px 8px 0"))
    return image, caption, box


def describe(image, alt):
    """Change what a picture is said to show."""
    image.tooltip = alt


def say(label, text):
    """Write plain text into an HTML widget, which wraps long lines where a Label would cut them."""
    text = html.escape(" ".join(str(text).split()), quote=False)
    if label.value != text:
        label.value = text


def caption_text(label, text):
    """The same for a caption, whose lines stand closer."""
    text = html.escape(" ".join(str(text).split()), quote=False)
    label.value = f'<div style="line-height: 1.35; font-size: 0.95em; padding-top: 3px">{text}</div>'


def fill(image, caption, content, alt, words=None):
    """Put an encoded picture into its box, with the words for those who cannot see it and those of its caption.

    Args:
        image: widget of `picture`.
        caption: likewise.
        content: bytes of the file.
        alt: str.
        words: str of the caption; None for `alt`.

    Example:
        >>> image, caption, _ = picture("the picture", css="ae-picture")
        >>> fill(image, caption, b"", "An empty file.")
        >>> image.tooltip
        'An empty file.'
    """
    with image.hold_sync():  # picture and words in one message: the browser loads it once
        image.value = content
        describe(image, alt)
    caption_text(caption, alt if words is None else words)


def row(children, **options):
    """Widgets side by side, on several lines where the window is narrow."""
    return widgets.Box(children, layout=widgets.Layout(display="flex", flex_flow="row wrap", width="100%", **options))


def columns(children, *, narrowest="330px", **options):
    """Widgets in columns of one width, as many as there is room for: controls stand in two, or in one on a phone."""
    template = f"repeat(auto-fit, minmax(min({narrowest}, 100%), 1fr))"
    layout = widgets.Layout(display="grid", grid_template_columns=template, **({"width": "100%"} | options))
    return widgets.Box(children, layout=layout)


def named(text, control):
    """A control with its name at the left, for one whose own description does not stand in line with the others."""
    layout = widgets.Layout(width="80px", justify_content="flex-end", margin="2px 8px 2px 2px")
    label = widgets.Label(text, layout=layout)
    return row([label, control])


def dropdown(options, description, css):
    """A list to choose from, the first of it chosen.

    Args:
        options: list of (label, value).
        description: str, the name of the control.
        css: str, class of the control.

    Example:
        >>> dropdown([("The Great Wave", "wave"), ("The Starry Night", "night")], "painting", "ae-painting-name").value
        'wave'
    """
    control = widgets.Dropdown(options=options, value=options[0][1], description=description,
                               layout=widgets.Layout(width="auto"))
    control.add_class(css)
    return control


def slider(description, value, tooltip, css):
    """A slider from 0 to 1, for a strength or a weight.

    Example:
        >>> slider("alpha", 0.5, "strength of the transfer", "ae-alpha").value
        0.5
    """
    control = widgets.FloatSlider(
        value=value, min=0, max=1, step=0.01, description=description, tooltip=tooltip, readout_format=".2f",
        layout=widgets.Layout(width="auto"),
    )
    control.add_class(css)
    return control


def choice(name, words):
    """A property for the class of a panel: what its control `_name` has chosen. Only what that offers can be set.

    Args:
        name: str, name of the property.
        words: str, what it is, for `help`.

    Example:
        >>> class Panel:
        ...     photo = choice("photo", "Name of the photo.")
        ...     def __init__(self):
        ...         self._photo = dropdown([("A cat", "cat"), ("A dog", "dog")], "photo", "ae-photo-name")
        >>> panel = Panel()
        >>> panel.photo = "dog"
        >>> panel.photo = "cow"
        Traceback (most recent call last):
        ValueError: photo must be one of cat, dog; received 'cow'
    """

    def get(panel):
        return getattr(panel, f"_{name}").value

    def choose(panel, value):
        control = getattr(panel, f"_{name}")
        control.value = known(value, {offered: label for label, offered in control.options}, name)

    return property(get, choose, doc=words)


def known(value, names, argument):
    """The value, if it is one of the names.

    Raises:
        ValueError: if it is not; says which there are.

    Example:
        >>> known("wave", {"wave": 1, "night": 2}, "painting")
        'wave'
    """
    try:
        found = value in set(names)
    except TypeError:  # what cannot be hashed is no name
        found = False
    if not found:
        raise ValueError(f"{argument} must be one of {', '.join(map(str, names))}; received {value!r}")
    return value


def is_number(value, low, high, *, whole=False):
    """Is this a number from `low` to `high`? NumPy's count as well, True and False do not, nor does text.

    Example:
        >>> is_number(0.5, 0, 1), is_number("0.5", 0, 1), is_number(0.5, 0, 1, whole=True)
        (True, False, False)
    """
    return isinstance(value, Integral if whole else Real) and not isinstance(value, bool) and bool(low <= value <= high)
