"""`aelearn info`: what is there."""

import json


def table(rows):
    """Columns side by side, two spaces between them.

    Args:
        rows: list of tuples of str, all of one length.

    Returns:
        List of str, one per row.

    Example:
        >>> table([("a", "first"), ("long", "")])
        ['a     first', 'long']
    """
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def info(args):
    """Print what this machine has, which models and pictures were found, and how good the models are."""
    import aelearn
    from aelearn import runtime, styles

    machine = runtime.describe()
    memory = "" if machine.memory_gib is None else f", {machine.memory_gib:.1f} GiB of memory"
    rows = [
        ("aelearn", aelearn.__version__),
        ("machine", f"{machine.system}, {machine.num_cores} processors{memory}"),
        ("GPU", ", ".join(machine.gpus) or "none"),
        ("Python", machine.python),
        ("Keras", f"{machine.keras} on {machine.backend}"),
        ("datasets", _datasets()),
        ("styles", f"{styles.folder()} ({len(styles.names())} of your own)"),
        *(("model", line) for line in _models()),
    ]
    print("\n".join(table(rows)))
    return 0


def _datasets():
    from aelearn import data

    try:
        return f"{data.folder()} ({len(data.painting_names())} paintings, {len(data.photo_names())} photos)"
    except data.DatasetError as error:
        return f"not found: {error}"


def _models():
    from aelearn.stylize import stylizer

    return [f"{name}: {_card(stylizer.WEIGHTS / f'{name}.json')}" for name in stylizer.model_names()] or ["none"]


def _card(path):
    """The figures of a model's card in one line; a card that is missing or unreadable is said to be so."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        levels = ", ".join(f"{float(value):.1f}" for value in card["held_out_psnr_db"].values())
        size = f"{card['parameters']:,} parameters, {card['steps']:,} steps"
        return f"{size}; reconstructs at {levels} dB (level 1 first)"
    except FileNotFoundError:
        return "no card"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"its card {path.name} cannot be read"
