"""The recipe behind `Stylizer.load("pixel")`: a pyramid autoencoder that learns to return the pixels it was given."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from aelearn import images, metrics
from aelearn.autoencoders import PyramidConfig, build_pyramid, save_weights
from aelearn.autoencoders.weights import write_atomically
from aelearn.training.crops import Crops
from aelearn.training.loop import History, TrainingError, fit

from keras import ops  # isort: skip

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
LONGEST_SIDE = 1024  # larger pictures are scaled down: a small crop of them would show nothing, and memory is finite
HOLD_OUT_EVERY = 12  # one picture in twelve is never trained on, and measured instead


@dataclass(frozen=True)
class PixelRecipe:
    """How to train the pixel model; the defaults are those of the shipped weights.

    Example:
        >>> PixelRecipe(steps=100).crop_size
        64
    """

    widths: tuple[int, ...] = (16, 32, 64, 128)  # of the pyramid, see PyramidConfig
    steps: int = 8000  # training steps
    batch_size: int = 8  # crops per step
    crop_size: int = 64  # side of a crop in pixels; small ones, and many, learn fastest
    learning_rate: float = 2e-3  # the highest; warm-up, then cosine to zero
    seed: int = 0  # of the initial weights and of the crops


def train_pixel(folder, output, *, recipe=PixelRecipe(), checkpoint=None, note="", on_report=None, stop=None):
    """Train a pyramid autoencoder on a folder of pictures, and write its weights and its card.

    Args:
        folder: folder with pictures, searched with its subfolders; one in twelve, by name, is held out.
        output: `.npz` to write; the card goes beside it as `.json`.
        recipe: `PixelRecipe`.
        checkpoint: `.npz` for progress; if it exists, training resumes from it.
        note: str for the card, such as where the pictures come from.
        on_report: function of the history, called every 100 steps.
        stop: `threading.Event` that ends training early.

    Returns:
        `(model, card)`: the trained `PyramidAutoencoder` and the dict that was written as its card.

    Raises:
        FileNotFoundError: if there is no such folder, or no picture in it, or `output` is in a folder that is missing.
        ValueError: if fewer than two pictures can be used, or `output` does not end in `.npz`.
        TrainingError: if the loss is not a number; the best weights so far, if there are any, are written.
        KeyboardInterrupt: if it was stopped before the first 100 steps; nothing is written.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> for number in range(2):
        ...     images.save_image(np.full((16, 16, 3), float(number)), folder / f"{number}.png")
        >>> recipe = PixelRecipe(widths=(4, 8), steps=2, batch_size=1, crop_size=8)
        >>> train_pixel(folder, folder / "mine.npz", recipe=recipe)[1]["status"]
        'finished'
    """
    check_output(Path(output))
    train, held_out, skipped = load_folder(folder, smallest=recipe.crop_size)
    model = build_pyramid(PyramidConfig(recipe.widths), seed=recipe.seed, name="pixel")
    crops = Crops(_two_scales(train, recipe.crop_size), size=recipe.crop_size, batch_size=recipe.batch_size,
                  seed=recipe.seed)
    validation = _centres(held_out[:16], 2 * recipe.crop_size, multiple=2 ** (model.num_levels - 1))
    history = History()
    try:
        fit(model, crops, steps=recipe.steps, learning_rate=recipe.learning_rate, validation=validation,
            checkpoint=checkpoint, report_every=min(100, recipe.steps), on_report=on_report, stop=stop, history=history)
    except TrainingError:
        if history.steps:
            save_weights(model, output)
        raise
    if not history.steps:
        raise KeyboardInterrupt("stopped before the first report: there is nothing to keep")
    pictures = {"trained_on": len(train), "held_out": len(held_out), "skipped": skipped, "note": note}
    card = _card(model, recipe, history) | {"pictures": pictures, "held_out_psnr_db": held_out_psnr(model, held_out)}
    save_weights(model, output)
    text = (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
    write_atomically(Path(output).with_suffix(".json"), lambda file: file.write(text))
    return model, card


def check_output(output):
    # Now, not after an hour of training.
    if output.suffix != ".npz":
        raise ValueError(f"output must end in .npz; received {str(output)!r}")
    if not output.parent.is_dir():
        raise FileNotFoundError(f"output cannot be written: there is no folder {output.parent}")


def load_folder(folder, *, smallest):
    """Read a folder of pictures for training.

    Args:
        folder: path, searched with its subfolders.
        smallest: int, pictures with a shorter side are left out.

    Returns:
        `(train, held_out, skipped)`: two lists of arrays `(height, width, 3)`, and the names of files left out.

    Raises:
        FileNotFoundError: if there is no such folder, or no picture in it.
        ValueError: if fewer than two pictures can be used.
    """
    folder = Path(folder)
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES)
    if not files:
        raise FileNotFoundError(f"no pictures in {folder}: it needs files that end in {', '.join(sorted(SUFFIXES))}")
    train, held_out, skipped = [], [], []
    for file in files:
        try:
            image = images.load_image(file, max_side=LONGEST_SIDE)
        except images.ImageError:
            image = None
        if image is None or min(image.shape[:2]) < smallest:
            skipped.append(file.name)
            continue
        # The first one is held out, so that even a small folder has something to measure on.
        held = (len(train) + len(held_out)) % HOLD_OUT_EVERY == 0
        (held_out if held else train).append(image)
    if not train:
        raise ValueError(
            f"{folder} has {len(held_out)} picture(s) of at least {smallest} pixels on both sides; training needs two"
        )
    return train, held_out, skipped


def held_out_psnr(model, pictures, *, max_side=512):
    """Mean PSNR of the reconstruction at every level, over whole pictures.

    Args:
        model: `PyramidAutoencoder` or `PainterAutoencoder`.
        pictures: list, or anything else to go through once, of arrays `(height, width, 3)` in [0, 1].
        max_side: int, longer pictures are scaled down to it first.

    Returns:
        dict from level ("1" …) to PSNR in dB, rounded to 0.01.

    Example:
        >>> model = build_pyramid(PyramidConfig((4, 8)))
        >>> list(held_out_psnr(model, [np.zeros((20, 30, 3), np.float32)]))
        ['1', '2']
    """
    multiple = model.multiple
    scores = []
    for picture in pictures:
        picture = images.resize_image(picture, max_side=max_side)
        height, width = picture.shape[:2]
        padded = images.pad_to_multiple(picture, multiple, at_least=2 * multiple)
        reconstructions = [ops.convert_to_numpy(r)[0, :height, :width] for r in model(padded[None])]
        scores.append([metrics.psnr(picture, reconstruction.clip(0, 1)) for reconstruction in reconstructions])
    return {str(level): round(float(np.mean(column)), 2) for level, column in enumerate(zip(*scores), start=1)}


def _card(model, recipe, history):
    return {
        "model": f"pyramid autoencoder with {model.num_levels} levels, weights in float16",
        "parameters": model.count_params(),
        "trained_for": "reconstruction only: the sum over levels of the mean squared error of the pixels",
        "start": "random weights",
        "command": (
            f"aelearn train pixel --images FOLDER --steps {recipe.steps} --seed {recipe.seed} "
            f"--widths {','.join(map(str, recipe.widths))} --batch-size {recipe.batch_size} "
            f"--crop-size {recipe.crop_size}"
        ),
        "recipe": asdict(recipe),
        "status": history.status,
        "steps": history.steps[-1] if history.steps else 0,
        "minutes": round(history.seconds / 60, 1),
        "validation_loss": {str(s): round(v, 6) for s, v in list(zip(history.steps, history.validation))[9::10]},
        "licence": "the weights are free to use, under the licence of the package (MIT)",
    }


def _two_scales(pictures, smallest):
    # Every picture at its own size and, where it stays large enough, at half: fine and coarse detail.
    halves = [images.resize_image(picture, max_side=max(picture.shape[:2]) // 2) for picture in pictures]
    return [*pictures, *(half for half in halves if min(half.shape[:2]) >= smallest)]


def _centres(pictures, size, *, multiple):
    # The middle of every picture, as large as the smallest of them allows.
    size = min(size, *(side for picture in pictures for side in picture.shape[:2])) // multiple * multiple
    corners = [[(side - size) // 2 for side in picture.shape[:2]] for picture in pictures]
    return np.stack([p[top : top + size, left : left + size] for p, (top, left) in zip(pictures, corners)])
