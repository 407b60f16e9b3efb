"""A folder of pictures that may be larger than memory: what was read last is kept, the rest is read again."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from aelearn import images

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


class PictureFolder:
    """The pictures of a folder and its subfolders, as bytes, by number.

    Memory is bounded: pictures are read when they are asked for, and the ones used last are kept up to a limit. A file
    that cannot be read, or is too small, is replaced by the next one and noted in `skipped`, by its name within the
    folder.

    Args:
        folder: path.
        smallest: int, least height and width in pixels.
        max_side: int, larger pictures are shrunk to it when they are read.
        memory: int, bytes that may be kept.
        keep: function of the number of a file among all of them, sorted by name, whether it belongs to this set.

    Raises:
        FileNotFoundError: if there is no such folder, or no picture in it.
        ValueError: if `keep` leaves none.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> folder = Path(tempfile.mkdtemp())
        >>> images.save_image(np.ones((16, 20, 3), np.float32), folder / "a.png")
        >>> PictureFolder(folder, smallest=8)[0].shape
        (16, 20, 3)
    """

    def __init__(self, folder, *, smallest, max_side=768, memory=2**30, keep=None):
        folder = Path(folder)
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no folder {folder}")
        files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
        if not files:
            known = ", ".join(sorted(SUFFIXES))
            raise FileNotFoundError(f"no pictures in {folder}: it needs files that end in {known}")
        self.files = [file for number, file in enumerate(files) if keep is None or keep(number)]
        if not self.files:
            raise ValueError(f"{folder} has {len(files)} picture(s), too few to train on some and measure on others")
        self.folder, self.smallest, self.max_side, self.memory = folder, smallest, max_side, memory
        self.skipped = {}  # name of a file within the folder -> why it was left out
        self._kept, self._bytes = OrderedDict(), 0
        self._lock = Lock()  # of these two, as several threads may read

    def __len__(self):
        return len(self.files)

    def __getitem__(self, number):
        """The picture of that number, or the next one that can be read: uint8 array `(height, width, 3)`."""
        if not -len(self) <= number < len(self):
            raise IndexError(f"number must be below {len(self)}, the number of pictures; received {number}")
        for offset in range(len(self.files)):
            picture = self._get(self.files[(number + offset) % len(self.files)])
            if picture is not None:
                return picture
        some = next(iter(self.skipped.items()))
        raise ValueError(f"none of the {len(self.files)} pictures in {self.folder} can be used; {some[0]}: {some[1]}")

    def _get(self, file):
        if self._name(file) in self.skipped:
            return None
        with self._lock:
            if file in self._kept:
                self._kept.move_to_end(file)
                return self._kept[file]
        picture = self._read(file)
        if picture is not None:
            self._keep(file, picture)
        return picture

    def _read(self, file):
        try:
            picture = images.to_uint8(images.load_image(file, max_side=self.max_side))
        except images.ImageError as error:
            self.skipped[self._name(file)] = str(error)
            return None
        if min(picture.shape[:2]) >= self.smallest:
            return picture
        height, width = picture.shape[:2]
        self.skipped[self._name(file)] = f"{height} x {width}, smaller than {self.smallest} pixels"
        return None

    def _name(self, file):
        return file.relative_to(self.folder).as_posix()

    def _keep(self, file, picture):
        with self._lock:
            if file in self._kept:  # by another thread, meanwhile
                return
            self._kept[file] = picture
            self._bytes += picture.nbytes
            while self._bytes > self.memory and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
