"""The widgets that ipywidgets does not have: a triangle, a brush, an easel with a divider, and an upload in parts."""

from pathlib import Path

import numpy as np
import traitlets
from anywidget import AnyWidget

HERE = Path(__file__).parent
STYLE = HERE / "studio.css"
DAMAGED = "damaged on its way; send it again"


def _binary():
    # What the browser sends is a view of somebody else's buffer.
    return traitlets.Bytes().tag(sync=True, from_json=lambda value, _: bytes(value))


class Triangle(AnyWidget):
    """Three weights that add up to 1, as a point in a triangle, for mouse and keys.

    Example:
        >>> Triangle(weights=[0.5, 0.5, 0.0]).weights
        [0.5, 0.5, 0.0]
    """

    _esm, _css = HERE / "triangle.js", STYLE
    weights = traitlets.List(traitlets.Float(min=0, max=1), [1.0, 0.0, 0.0], minlen=3, maxlen=3).tag(sync=True)


class Easel(AnyWidget):
    """The painted picture, the photo under a divider, and a link to the file once it is saved.

    Example:
        >>> Easel(after_words="A cat, painted.").divider
        0.0
    """

    _esm, _css = HERE / "easel.js", STYLE
    after, before = _binary(), _binary()  # JPEG files
    after_words, before_words = traitlets.Unicode().tag(sync=True), traitlets.Unicode().tag(sync=True)
    divider = traitlets.Float(0.0, min=0, max=1, help="where the photo ends, from the left").tag(sync=True)

    def hand_out(self, name, content):
        """Offer a PNG file to whoever looks at the page; it is no part of what a notebook keeps.

        Args:
            name: str.
            content: bytes.
        """
        self.send({"kind": "file", "name": name}, [content])


class Brush(AnyWidget):
    """A map of regions that is painted over a photo.

    Example:
        >>> brush = Brush()
        >>> brush.show(b"", np.zeros((2, 3), np.uint8))
        >>> brush.map().shape
        (2, 3)
    """

    _esm, _css = HERE / "brush.js", STYLE
    photo, labels = _binary(), _binary()  # a JPEG file; rows · columns numbers from 0 to 3
    rows, columns = traitlets.Int().tag(sync=True), traitlets.Int().tag(sync=True)
    strokes = traitlets.Int(help="counts what is painted in the browser").tag(sync=True)

    def show(self, photo, labels):
        """Put a photo and its map on the widget.

        Args:
            photo: bytes of a JPEG file.
            labels: array `(rows, columns)` of uint8.
        """
        with self.hold_sync():
            self.photo, (self.rows, self.columns) = photo, labels.shape
            self.labels = labels.astype(np.uint8).tobytes()

    def map(self):
        """The map as an array `(rows, columns)` of uint8, or None if what the browser sent is none."""
        if self.rows < 1 or self.columns < 1 or len(self.labels) != self.rows * self.columns:
            return None
        return np.frombuffer(self.labels, np.uint8).reshape(self.rows, self.columns).clip(0, 3)


class Upload(AnyWidget):
    """One file from the reader's own disk, sent in parts and held in memory alone.

    Args:
        label: str, beside the button.
        receive: function of the file's bytes and its name; what it returns is shown, and so is a ValueError.
        most_bytes: int; a larger file is refused by the browser, and once more here.

    Example:
        >>> upload = Upload("your photo", lambda content, name: f"{name}: {len(content)} bytes", most_bytes=10)
        >>> part = {"kind": "part", "id": "1", "at": 0, "size": 3, "name": "a.png"}
        >>> upload.take(upload, part, [b"abc"])
        >>> upload.message
        'a.png: 3 bytes'
    """

    _esm, _css = HERE / "upload.js", STYLE
    accept = traitlets.Unicode("image/jpeg,image/png,image/webp").tag(sync=True)
    label, message = traitlets.Unicode().tag(sync=True), traitlets.Unicode().tag(sync=True)
    most_bytes = traitlets.Int().tag(sync=True)

    def __init__(self, label, receive, *, most_bytes):
        super().__init__(label=label, most_bytes=most_bytes)
        self._receive, self._id, self._parts = receive, None, bytearray()
        self._over = None  # id of the file about which everything is said, whatever of it still comes
        self.on_msg(self.take)

    def take(self, _, content, buffers):
        """One part has come; when it is the last, the file is handed on.

        Args:
            content: dict with kind, id, at, size and name, as upload.js sends it.
            buffers: list of one buffer.
        """
        try:
            number, at, size = str(content["id"]), int(content["at"]), int(content["size"])
            name, part = str(content["name"])[:1000], bytes(buffers[0])
        except (KeyError, IndexError, TypeError, ValueError, OverflowError):
            return  # not from upload.js
        if at == 0:
            self._id, self._parts, self._over = number, bytearray(), None
        if at < 0 or number == self._over:
            return
        if number != self._id:  # its beginning has not come, or another file has begun since
            self._over = number
            self._say(f"{name}: {DAMAGED}")
            return
        if at != len(self._parts):
            self._end(f"{name}: {DAMAGED}")
            return
        self._parts += part
        if not 0 <= size <= self.most_bytes or len(self._parts) > size:
            self._end(f"{name}: more than {self.most_bytes / 1e6:.0f} MB, or damaged on its way; export it smaller")
        elif len(self._parts) == size:
            try:
                self._end(self._receive(bytes(self._parts), name))
            except ValueError as error:
                self._end(str(error))

    def _end(self, message):
        self._id, self._parts, self._over = None, bytearray(), self._id
        self._say(message)

    def _say(self, message):
        self.message = ""  # so that the same words twice are news as well
        self.message = message
