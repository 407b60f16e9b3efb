"""What a checkpoint says about itself: whose it is, and whether that can be believed."""

import hashlib
import json
import math
from numbers import Real

from aelearn import runtime  # noqa: F401  first, so that the backend starts quietly

# Parts of a config that do not change what is learned, once the weights are read from the checkpoint, and names, some
# of which Keras counts up within a session.
PASSING = {"name", "seed", "inbound_nodes", "input_layers", "output_layers", "shared_object_id", "build_config"}


def fingerprint(model):
    """Twelve letters that differ for models of another architecture or objective, whatever their shapes.

    Args:
        model: `keras.Model`.

    Returns:
        str, the start of the SHA-256 of its class and its config, without names, seeds and initial values.

    Example:
        >>> from aelearn.autoencoders import Objective, build_dense
        >>> fingerprint(build_dense(seed=0)) == fingerprint(build_dense(seed=1))
        True
        >>> fingerprint(build_dense()) == fingerprint(build_dense(objective=Objective("bce")))
        False
    """
    try:
        config = _lasting(model.get_config())
    except Exception:  # a model of somebody else's, which has no config: its class must do
        config = None
    text = json.dumps([type(model).__name__, config], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _lasting(value):
    if isinstance(value, dict):
        return {
            str(key): _lasting(each) for key, each in value.items()
            if key not in PASSING and not str(key).endswith("_initializer")
        }
    if isinstance(value, (list, tuple)):
        return [_lasting(each) for each in value]
    plain = value is None or isinstance(value, (bool, int, float, str))
    return value if plain else type(value).__name__  # the text of an object may hold its address


def check_header(header, model):
    """Refuse the header of a checkpoint that is damaged, or of another model.

    Args:
        header: what was read, anything.
        model: `keras.Model` that is to go on from it.

    Raises:
        ValueError: says what is wrong.

    Example:
        >>> past = {"steps": [3], "loss": [0.2], "validation": [], "seconds": 1.5}
        >>> check_header({"step": 3, "best": 0.2, "history": past}, None)
    """
    if not isinstance(header, dict):
        raise ValueError(f"its header is a {type(header).__name__}")
    step, best, past = (header.get(name) for name in ("step", "best", "history"))
    if isinstance(step, bool) or not isinstance(step, int) or step < 1:
        raise ValueError(f"its step is {step!r}")
    if not _numbers([best]):
        raise ValueError(f"its best loss is {best!r}")
    columns = [past.get(name) for name in ("steps", "loss", "validation")] if isinstance(past, dict) else [None]
    if not all(map(_numbers, columns)) or not _numbers([past.get("seconds")]):
        raise ValueError("its history is damaged")
    if not len(columns[0]) == len(columns[1]) or len(columns[2]) not in (0, len(columns[0])):
        raise ValueError("its history is damaged: some entries are missing")
    if "model" in header and header["model"] != fingerprint(model):
        raise ValueError("it is of another model or another objective; name another file, or delete it")


def _numbers(values):
    return isinstance(values, list) and all(
        isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value) for value in values
    )
