"""The panel of the studio: controls, an easel, and a thread that paints a draft at once and the whole after a pause."""

import time
from dataclasses import replace

import ipywidgets as widgets
import numpy as np

from aelearn import images
from aelearn.panels.live import LivePanel
from aelearn.panels.parts import row, say
from aelearn.panels.sources import Source, bundled, own
from aelearn.panels.studio.controls import Controls
from aelearn.panels.studio.files import OutputFolder, clean_name, receive
from aelearn.panels.studio.paint import KEPT, MAP_SIDE, StudioPainter
from aelearn.panels.studio.settings import SIZES, StudioSettings, check_settings, note_of
from aelearn.panels.studio.widgets import Easel
from aelearn.stylize import Stylizer

DRAFT = 256  # longest side of what is painted while a control moves, in pixels
PAUSE = 0.4  # seconds without a move, after which the picture is painted at its full size
MOST_OWN = 12  # pictures that may be brought along


class StudioPanel(LivePanel):
    """Everything on one panel: own pictures, three styles to mix, modes, regions, colours, strokes, saving.

    While a control moves it shows a draft of 256 pixels, and after a pause the picture at its full size. Pictures come
    in by upload and stay in memory; what is written goes into one folder, as PNG with its settings inside.

    Args:
        stylizer: `Stylizer`.
        photos: dict from name to a picture `(height, width, 3)`, to a path, or to a function that returns a picture.
            None for the bundled photos.
        paintings: likewise. None for the bundled paintings.
        folder: the folder that pictures are saved in; made when it is needed.
        **settings: any of `StudioSettings`, such as `photo="chambord"`, to begin with.

    Raises:
        TypeError: if `stylizer` is not a `Stylizer`.
        ValueError: if there is no photo or no painting, a setting is out of range, or `folder` is none.

    Example:
        >>> from aelearn.autoencoders import PyramidConfig, build_pyramid
        >>> stylizer = Stylizer(build_pyramid(PyramidConfig((4, 8))))
        >>> panel = StudioPanel(stylizer, {"gray": np.full((20, 30, 3), 0.5)}, {"white": np.ones((16, 16, 3))})
        >>> panel.set(alpha=0.5, color="photo")
        >>> panel.settle(60), panel.picture.shape, panel.settings.alpha
        (True, (20, 30, 3), 0.5)
        >>> panel.close()
    """

    cannot = "Cannot paint this"

    def __init__(self, stylizer, photos=None, paintings=None, *, folder="outputs", **settings):
        if not isinstance(stylizer, Stylizer):
            raise TypeError(f"stylizer must be a Stylizer, such as Stylizer.load(); received {type(stylizer).__name__}")
        self._photos = bundled("photo") if photos is None else own(photos, "photo")
        self._paintings = bundled("painting") if paintings is None else own(paintings, "painting")
        self._stylizer, self._folder = stylizer, OutputFolder(folder)
        self._painter = StudioPainter(stylizer, self._photos, self._paintings)
        self._done, self._on_easel, self._on_brush, self._num_own = None, None, None, 0
        first = list(self._paintings)
        start = StudioSettings(next(iter(self._photos)), tuple(first[i % len(first)] for i in range(3)),
                               level_alpha=stylizer.default_level_alpha())
        start = self._check(_replace(start, settings))
        self._controls = Controls(self._photos, self._paintings, stylizer.default_level_alpha(), start,
                                  self.ask, self._painted_by_hand, self._receive)
        left, right = self._columns()
        self._open([row([left, right], align_items="flex-start")], css="ae-studio-panel")
        self.children = self.children[:-1]  # what the panel says belongs under the picture
        left.children = (self.easel, self.status, *left.children[1:])

    def __repr__(self):
        return "StudioPanel: photo, three styles, modes, regions, colours, strokes"

    @property
    def settings(self):
        """`StudioSettings` that the controls show."""
        return self._controls.read()

    @property
    def picture(self):
        """The picture at its full size, array `(height, width, 3)`; None where the last attempt failed."""
        return None if self._done is None else self._done[0]

    def set(self, **settings):
        """Change any of the settings, as the controls would.

        Args:
            **settings: fields of `StudioSettings`, such as `alpha=0.5` or `styles=("great_wave", "harvest", "lion")`.

        Raises:
            ValueError: if there is no such setting, or a value is out of range; nothing is changed then.
        """
        checked = self._check(_replace(self.settings, settings))
        with self.one_change():
            self._controls.write(checked)

    def add(self, kind, picture, name):
        """Bring a picture along and choose it: a photo, or a painting as style A.

        Args:
            kind: "photo" or "painting".
            picture: array `(height, width, 3)` in [0, 1].
            name: str, shown in the list.

        Returns:
            str, the name that it has in `settings`.

        Raises:
            ValueError: if it is of no such kind or no picture, or there are too many.
        """
        if not isinstance(kind, str) or kind not in ("photo", "painting"):
            raise ValueError(f"kind must be 'photo' or 'painting'; received {kind!r:.80}")
        sources = self._photos if kind == "photo" else self._paintings
        if self._num_own >= MOST_OWN:
            raise ValueError(f"there are {MOST_OWN} pictures of your own already; open the studio anew for others")
        pixels, label = images.to_uint8(picture), clean_name(name, fallback=kind)
        number = next(n for n in range(1, len(sources) + 2) if _numbered(label, n) not in sources)
        label = _numbered(label, number)
        sources[label] = Source(label, f"your own {kind}", f"Your {kind} {label}.", pixels)
        self._num_own += 1
        with self.one_change():
            self._controls.add(kind, label, f"{label} (your own)")
        return label

    def paint_regions(self, labels):
        """Set the regions that otherwise are painted by hand.

        Args:
            labels: int array `(rows, columns)` of the photo's proportions: 0, 1 and 2 for styles A, B and C, 3 for what
                stays photo.

        Raises:
            ValueError: if it is no such array.
        """
        labels = np.asarray(labels)
        whole = labels.ndim == 2 and labels.size and labels.dtype.kind in "iu"
        if not whole or labels.min() < 0 or labels.max() > KEPT:
            raise ValueError(f"labels must be an array (rows, columns) of whole numbers from 0 to 3; "
                             f"received {labels.dtype} of shape {labels.shape}")
        self.settle()  # the painter works for one thread at a time
        height, width = self._painter.map_shape(self.settings.photo)
        down, across = (np.arange(new) * old // new for new, old in zip((height, width), labels.shape))
        with self.one_change():
            self._show_map(self.settings.photo, labels[down][:, across], "painted")
            self._controls.regions.value = "painted"

    def save(self, name="picture", *, replace=False):
        """Write the picture at its full size into the folder, as PNG with its settings inside.

        Args:
            name: str; only letters, digits, spaces, - and _ of it are used.
            replace: bool; False adds a number to the name where there is such a picture already.

        Returns:
            `Path` of the file.

        Raises:
            ValueError: if there is no picture, because it cannot be painted or written.
        """
        self.settle()
        if self._done is None:
            raise ValueError(f"there is no picture to save; the panel says: {self.status.value}")
        picture, settings, shares = self._done
        corners = settings.used(shares)
        covers = None if shares is None else [round(float(shares[corner].mean()), 4) for corner in corners]
        note = note_of(settings, self._stylizer.name, corners, covers=covers,
                       level_alpha=self._stylizer.default_level_alpha())
        return self._folder.save(picture, name, note=note, replace=replace)

    def reset(self, _=None):
        """Everything as at the start, but photo and styles."""
        with self.one_change():
            self._controls.reset()

    def _columns(self):
        self.easel = Easel()
        self.saved = widgets.HTML(layout=widgets.Layout(width="100%"))
        self.saved.add_class("ae-saved")
        self._name = widgets.Text("picture", description="name", layout=widgets.Layout(flex="1 1 200px"))
        self._name.add_class("ae-name")
        self._save = _button("Save", "download", "ae-save", self._save_clicked)
        self._reset = _button("Reset", "undo", "ae-reset", self.reset)
        ends = row([self._name, self._save, self._reset], align_items="center")
        left = widgets.VBox([self.easel, self._controls.size, ends, self.saved],
                            layout=widgets.Layout(flex="3 1 420px", min_width="0", margin="0 12px 0 0"))
        right = widgets.VBox(self._controls.sections(), layout=widgets.Layout(flex="2 1 340px", min_width="0"))
        return left, right

    def _draw(self):
        began, settings, self._done = time.perf_counter(), self.settings, None
        self._controls.fit()
        labels = self._regions(settings)
        if self.num_draws and settings.size > DRAFT:
            self._show(settings, self._painter.paint(settings, DRAFT, labels))
            say(self.status, f"draft of {DRAFT} pixels in {_time_since(began)}")
            if not self._latest.quiet(PAUSE):
                return None
            began = time.perf_counter()
        picture = self._painter.paint(settings, settings.size, labels)
        self._show(settings, picture)
        self._done = picture, settings, self._painter.shares(settings, settings.size, labels)
        height, width = picture.shape[:2]
        return f"painted: {width} × {height} pixels in {_time_since(began)}"

    def _show(self, settings, picture):
        photo = self._photos[settings.photo]
        with self.easel.hold_sync():
            if self._on_easel != settings.photo:
                self.easel.before = images.encode_jpeg(photo.load(SIZES[0]))
                self.easel.before_words, self._on_easel = photo.alt, settings.photo
            self.easel.after = images.encode_jpeg(picture)
            self.easel.after_words = f"{photo.label}, painted in the studio."

    def _regions(self, settings):
        # The map of labels that the brush shows, made new where photo or number of regions have changed.
        if settings.regions == "whole":
            return None
        automatic = settings.regions == "automatic"
        wanted = settings.photo, settings.num_regions if automatic else "painted"
        if self._on_brush != wanted:
            same_photo = self._on_brush is not None and self._on_brush[0] == settings.photo
            if automatic:
                self._show_map(settings.photo, self._painter.automatic_labels(settings), wanted[1])
            elif same_photo:  # paint on, where the automatic regions stop
                self._on_brush = wanted
            else:
                self._show_map(settings.photo, np.zeros(self._painter.map_shape(settings.photo), np.uint8), wanted[1])
        return self._controls.brush.map()

    def _show_map(self, photo, labels, kind):
        self._on_brush = photo, kind
        self._controls.brush.show(images.encode_jpeg(self._painter.photo(photo, 2 * MAP_SIDE)), labels)

    def _painted_by_hand(self):
        with self.one_change():
            if self._on_brush is not None:
                self._on_brush = self._on_brush[0], "painted"
            self._controls.regions.value = "painted"

    def _receive(self, kind, content, name):
        label, pixels = receive(content, name)
        label = self.add(kind, pixels, label)
        height, width = pixels.shape[:2]
        return f"{label}: {width} × {height} pixels, chosen as {'the photo' if kind == 'photo' else 'style A'}"

    def _save_clicked(self, _):
        try:
            path = self.save(self._name.value)
            content = path.read_bytes()
        except (ValueError, OSError) as error:
            say(self.saved, f"Not saved: {error}")
            return
        say(self.saved, f"saved as {path.name} in the folder {self._folder.path.name}")
        self.easel.hand_out(path.name, content)

    def _check(self, settings):
        return check_settings(settings, self._photos, self._paintings, self._stylizer.num_levels)

    def _in_words(self, error):
        kept = " The picture is still the one before." if self.easel.after else ""
        return f"{super()._in_words(error)}.{kept}"


def _replace(settings, changes):
    try:
        return replace(settings, **changes)
    except TypeError:
        names = ", ".join(StudioSettings.__dataclass_fields__)
        raise ValueError(f"the settings are {names}; received {', '.join(changes)}") from None


def _button(text, icon, css, clicked):
    button = widgets.Button(description=text, icon=icon, layout=widgets.Layout(width="auto"))
    button.add_class(css)
    button.on_click(clicked)
    return button


def _numbered(label, number):
    return label if number == 1 else f"{label} {number}"


def _time_since(began):
    passed = time.perf_counter() - began
    return f"{passed:.1f} s" if passed >= 1 else f"{1000 * passed:.0f} ms"
