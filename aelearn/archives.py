"""The .npz files that come from anybody, styles, weights and teachers alike: read whole, but never on trust.

No pickle, no size that is only claimed, and no archive that unpacks to more than its kind can need.
"""

import io
import math
import zipfile

import numpy as np


def unpack(path, *, most_bytes, most_parts=1000):
    """Every array of an .npz, once it is clear that they are not too large.

    Args:
        path: the file.
        most_bytes: int, what all of it may unpack to.
        most_parts: int, how many arrays there may be.

    Returns:
        dict from name to array.

    Raises:
        ValueError: if it is larger, an array is not what its header says, or holds Python objects; what else can be
            wrong with a zip file is raised as `zipfile` and `zlib` have it.

    Example:
        >>> import os, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "zeros.npz")
        ...     np.savez_compressed(path, zeros=np.zeros(1000))
        ...     unpack(path, most_bytes=10_000)["zeros"].shape
        ...     unpack(path, most_bytes=1000)
        Traceback (most recent call last):
        ValueError: it unpacks to 8,128 bytes in 1 parts, the limit is 1,000
    """
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        if size > most_bytes or len(members) > most_parts:
            raise ValueError(f"it unpacks to {size:,} bytes in {len(members)} parts, the limit is {most_bytes:,}"
                             + (f" in {most_parts}" if size <= most_bytes else ""))
        for member in members:
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"{member.filename!r:.80} is packed in a way that np.savez does not use")
            with archive.open(member) as part:  # so many bytes and no more, whatever comes out
                arrays[member.filename.removesuffix(".npy")] = _array(part.read(member.file_size))
    return arrays


def _array(data):
    # The shape is compared with the bytes that are there before any memory is asked for.
    stream = io.BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("a part is of a later version of NumPy's format")
    shape, _, kind = np.lib.format.read_array_header_1_0(stream)
    if kind.hasobject or math.prod(shape) * kind.itemsize != len(data) - stream.tell():
        raise ValueError(f"a part claims to be {kind} of shape {shape} and is not")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)
