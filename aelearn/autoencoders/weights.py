"""Weights on disk: one .npz that says what it is, half precision, read without pickle, written whole or not at all."""

import json
import os
import tempfile
from pathlib import Path

import numpy as np

from aelearn.archives import unpack
from aelearn.autoencoders.painter import PainterAutoencoder, PainterConfig, build_painter
from aelearn.autoencoders.pyramid import PyramidConfig, build_pyramid

# What the file calls itself, the version of its layout included, and what to build from it.
FORMATS = {"aelearn pyramid 1": (PyramidConfig, build_pyramid), "aelearn painter 1": (PainterConfig, build_painter)}
MOST_BYTES = 500_000_000  # unpacked: the shipped models are of one million


def save_weights(model, path):
    """Write a pyramid autoencoder or a painter to one file, in float16: half the size, and no visible difference.

    Args:
        model: `PyramidAutoencoder` or `PainterAutoencoder`.
        path: file to write, ending in `.npz`; replaced only once the new one is complete.

    Raises:
        ValueError: if `path` ends in anything else, or a weight is not finite in float16.

    Example:
        >>> folder = tempfile.TemporaryDirectory()
        >>> path = Path(folder.name) / "mine.npz"
        >>> save_weights(build_pyramid(PyramidConfig((4, 8))), path)
        >>> load_weights(path).config.widths
        (4, 8)
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"path must end in .npz; received {str(path)!r}")
    with np.errstate(over="ignore"):  # too large for float16 is infinite, which the next lines refuse
        arrays = {_key(variable.path): np.asarray(variable.numpy(), np.float16) for variable in model.weights}
    broken = [name for name, array in arrays.items() if not np.isfinite(array).all()]
    if broken:
        raise ValueError(f"model has weights that are not finite ({broken[0]}): train it again from good ones")
    kind = "aelearn painter 1" if isinstance(model, PainterAutoencoder) else "aelearn pyramid 1"
    header = {"format": kind, "widths": model.config.widths, "channels": model.config.channels, "name": model.name}
    if kind == "aelearn painter 1":
        header |= {"grain": model.config.grain, "hidden": model.config.hidden, "calm": model.config.calm}
    write_atomically(path, lambda file: np.savez_compressed(file, header=json.dumps(header), **arrays))


def load_weights(path):
    """Read a model from the file that `save_weights` wrote.

    Args:
        path: the `.npz` file.

    Returns:
        `PyramidAutoencoder` or `PainterAutoencoder` with the weights as float32.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is damaged, or holds something else.

    Example:
        >>> load_weights(Path(__file__).parent.parent / "weights" / "pixel.npz").config.widths
        (16, 32, 64, 128)
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no weights at {path}; train some with `aelearn train pixel`")
    try:
        arrays = unpack(path, most_bytes=MOST_BYTES)
        if "header" not in arrays:
            raise ValueError("it has no header")
        header = json.loads(str(arrays.pop("header")))
        if header["format"] not in FORMATS:
            known = " and ".join(map(repr, FORMATS))
            raise ValueError(f"format is {header['format']!r}, this version reads {known}")
        kind, build = FORMATS[header["format"]]
        painters = {"grain": header.get("grain", 0.0), "hidden": header.get("hidden"), "calm": header.get("calm")}
        config = kind(tuple(header["widths"]), header["channels"], **(painters if kind is PainterConfig else {}))
        _check_sizes(config, arrays)
        return _fill(build(config, name=header["name"]), arrays)
    except MemoryError:
        raise
    except Exception as error:  # damage shows in as many ways as there are parts of zip, npy and json
        raise ValueError(f"{path} is not a complete aelearn weights file: {error}") from error


def _check_sizes(config, arrays):
    # Every level has a kernel from the level before and one of its own: a model that is only claimed is not built.
    hidden, kernel = getattr(config, "hidden", config.widths), 9 if hasattr(config, "hidden") else 1
    below = (config.channels, *config.widths)
    least = sum(inside * (kernel * before + width) for before, inside, width in zip(below, hidden, config.widths))
    if least > sum(array.size for array in arrays.values()):
        raise ValueError(f"its arrays are too small for a model of {str(config):.120}")


def _fill(model, arrays):
    arrays = {_key(name): array for name, array in arrays.items()}
    # A file from before thresholds knew of colours has none of these: there they were the same for all.
    is_old = not any("/faint/" in key for key in arrays)
    for variable in model.weights:
        key = _key(variable.path)
        if is_old and "/faint/" in key:
            continue
        if key not in arrays:
            raise ValueError(f"it lacks {key}")
        with np.errstate(over="ignore"):  # too large for float32 is infinite
            array = arrays[key].astype(np.float32)
        if array.shape != tuple(variable.shape) or not np.isfinite(array).all():
            raise ValueError(f"{key} has shape {array.shape}, expected {tuple(variable.shape)}, all finite")
        variable.assign(array)
    return model


def _key(path):
    # Level, layer and weight: "encode_1/down/kernel". What stands before depends on where the model was built: its
    # name, the scopes around it, or nothing in one that Keras loaded.
    return "/".join(path.split("/")[-3:])


def write_atomically(path, write):
    """Call `write(file)` on a temporary neighbour of `path`, and move it there when it is complete.

    Args:
        path: file to create or replace.
        write: function of one open binary file.

    Raises:
        OSError: if the disk refuses; `path` is then as it was, and no temporary file is left.
    """
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".aelearn-")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
