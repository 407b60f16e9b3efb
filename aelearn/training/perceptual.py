"""The recipe behind `Stylizer.load("perceptual")`: a painter taught by a network that knows what people see."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from aelearn import images
from aelearn.autoencoders import (
    PainterAutoencoder,
    PainterConfig,
    build_painter,
    learn_calm,
    load_weights,
    narrow,
    save_weights,
)
from aelearn.autoencoders.calming import check_times
from aelearn.autoencoders.weights import write_atomically
from aelearn.training.crops import check_sizes
from aelearn.training.distillation import DistillationTrainer, PerceptualTrainer, PerceptualWeights
from aelearn.training.folder import PictureFolder
from aelearn.training.loop import History, TrainingError, fit
from aelearn.training.pairs import PairCrops
from aelearn.training.pixel import HOLD_OUT_EVERY, check_output, held_out_psnr
from aelearn.training.teacher import load_teacher

from keras import ops  # isort: skip

REPORT_EVERY = 200  # steps
NUM_MEASURED = 16  # pairs of crops, or a few more, that are measured on at every report, never trained on
NUM_NORMALISED = 100  # crops over which the teacher's activations are made 1 on average


@dataclass(frozen=True)
class PerceptualRecipe:
    """How to train the perceptual model; the defaults suit two cores. The card of the shipped weights has its own.

    Example:
        >>> PerceptualRecipe(steps=100).crop_size
        128
    """

    widths: tuple[int, ...] = (32, 64, 64)  # of the painter, see PainterConfig
    hidden: tuple[int, ...] | None = (32, 64, 128)  # likewise
    grain: float = 0.025  # of its canvas, likewise
    calm: float = 0.9  # how many times as strong as the grain alone details must be not to count as faint; 0: none do
    distillation_steps: int = 3000  # steps of the first lesson: pixels, and the teacher's features
    steps: int = 20000  # steps of the second: painting
    batch_size: int = 4  # pairs of crops per step, and photos of the first lesson
    crop_size: int = 128  # side of a crop in pixels
    learning_rate: float = 8e-4  # the highest; warm-up, then cosine to zero
    distillation_rate: float = 2e-3  # the same of the first lesson
    seed: int = 0  # of the initial weights, of the crops and of what is drawn
    weights: PerceptualWeights = PerceptualWeights()  # of the parts of the loss


def train_perceptual(photos, paintings, teacher, output, *, recipe=PerceptualRecipe(), start=None, checkpoint=None,
                     note="", sheets=None, on_report=None, stop=None, devices=1, readers=1, halfway=False):
    """Train a painter, and write its weights and its card.

    Args:
        photos: folder with photos, searched with its subfolders; one in twelve, by name, is held out.
        paintings: folder with paintings, likewise.
        teacher: path of an `.npz` with the teacher's weights, or "vgg19", see `load_teacher`.
        output: `.npz` to write; the card goes beside it as `.json`.
        recipe: `PerceptualRecipe`.
        start: `.npz` of a painter to go on from, instead of random weights and the first lesson. If its deepest code
            has more channels than the recipe's, those that count least are left out, see `autoencoders.narrow`.
        checkpoint: `.npz` for progress; the first lesson's goes beside it. If it exists, training resumes from it.
        note: str for the card, such as where the pictures come from.
        sheets: folder for sample sheets, one every 2,000 steps: held-out photos painted in the style of paintings.
        on_report: function of the history, called every 200 steps.
        stop: `threading.Event` that ends training early.
        devices: int, number of devices that share a batch, as `distribute` says; call it within.
        readers: int, threads that cut the crops; a GPU waits for one. What is trained on does not depend on it.
        halfway: bool, whether to end halfway between the weights of `start` and those that training has come to; that
            often beats both. Reference: Wortsman et al. 2022, "Robust fine-tuning of zero-shot models".

    Returns:
        `(model, card)`: the trained `PainterAutoencoder` and the dict that was written as its card.

    Raises:
        FileNotFoundError: if a folder, its pictures or the teacher are missing.
        ValueError: if there are too few pictures, an argument does not suit, or a file holds something else.
        TrainingError: if the loss is not a number; the best weights so far, if there are any, are written.
        KeyboardInterrupt: if it was stopped before the first report; nothing is written.

    Example:
        >>> train_perceptual("photos", "paintings", "vgg19", "mine.npz", recipe=PerceptualRecipe(crop_size=100))
        Traceback (most recent call last):
        ValueError: crop_size must be a multiple of 16 and at least 64; received 100
    """
    _check(Path(output), recipe, devices, readers)
    if halfway and start is None:
        raise ValueError("halfway needs start, the weights to stay halfway from")
    if sheets is not None:
        Path(sheets).mkdir(parents=True, exist_ok=True)
    lesson = _Lesson(photos, paintings, teacher, recipe, readers)
    painter = _first_weights(lesson, start)
    at_first = painter.get_weights()
    first, second = History(), History()
    options, probes = {"on_report": on_report, "stop": stop}, []
    try:
        if start is None:
            beside = _beside(checkpoint, "-distillation")
            probes = _distil(painter, lesson, history=first, checkpoint=beside, **options)
        if first.status in ("waiting", "finished"):
            learn_calm(painter, recipe.calm)
            _paint(painter, lesson, probes, history=second, checkpoint=checkpoint, sheets=sheets, devices=devices,
                   **options)
    except TrainingError:
        if first.steps or second.steps:
            learn_calm(painter, recipe.calm)
            save_weights(painter, output)
        raise
    if not first.steps and not second.steps:
        raise KeyboardInterrupt("stopped before the first report: there is nothing to keep")
    if halfway:
        painter.set_weights([(old + new) / 2 for old, new in zip(at_first, painter.get_weights())])
    learn_calm(painter, recipe.calm)  # anew: training asks for texture, and a painter learns to speak up against calm
    card = _card(painter, recipe, first, second, lesson)
    card |= {"note": note, "start": start and Path(start).name, "halfway": halfway}
    save_weights(painter, output)
    text = (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
    write_atomically(Path(output).with_suffix(".json"), lambda file: file.write(text))
    return painter, card


class _Lesson:
    # What is trained on and what is measured on.
    def __init__(self, photos, paintings, teacher, recipe, readers=1):
        self.photos, self.held_photos = _split(photos, recipe.crop_size)
        self.paintings, self.held_paintings = _split(paintings, recipe.crop_size)
        self.recipe, self.size, self.readers = recipe, recipe.crop_size, readers
        self.teacher = load_teacher(teacher)
        self.teacher.normalise(self.pairs(NUM_NORMALISED, 2)[0][..., :3])
        measured = -(-NUM_MEASURED // recipe.batch_size) * recipe.batch_size  # whole batches
        self.validation = self.pairs(measured, 1, self.held_photos, self.held_paintings)[0]

    def pairs(self, batch_size, stream, photos=None, paintings=None):
        pairs = PairCrops(photos or self.photos, paintings or self.paintings, size=self.size, batch_size=batch_size,
                          seed=self.recipe.seed + stream)
        pairs.workers, pairs.max_queue_size = self.readers, 2 * self.readers
        return pairs

    @property
    def skipped(self):
        return sorted({name for each in (self.photos, self.held_photos, self.paintings, self.held_paintings)
                       for name in each.skipped})


def _split(folder, smallest):
    # One file in twelve is held out; the first is, so that even a small folder has something to measure on.
    sides = (lambda number: number % HOLD_OUT_EVERY), (lambda number: not number % HOLD_OUT_EVERY)
    return [PictureFolder(folder, smallest=smallest, keep=keep) for keep in sides]


def _check(output, recipe, devices, readers):
    check_output(output)
    check_sizes(("readers", readers, 1))
    check_times("calm", recipe.calm)
    PainterConfig(recipe.widths, grain=recipe.grain, hidden=recipe.hidden)  # what it refuses is refused at once
    check_sizes(*((name, getattr(recipe, name), 1) for name in ("distillation_steps", "steps", "batch_size")),
                ("crop_size", recipe.crop_size, 1), ("seed", recipe.seed, 0))
    multiple = 2 ** (len(recipe.widths) + 1)
    if len(recipe.widths) < 3:
        raise ValueError(f"widths must have three levels or more, as many as the teacher's blocks; "
                         f"received {recipe.widths}")
    if recipe.batch_size < 2 or recipe.batch_size % (2 * devices):
        raise ValueError(f"batch_size must be a multiple of {2 * devices}, two pairs for every device; "
                         f"received {recipe.batch_size}")
    if recipe.crop_size % multiple or recipe.crop_size < 4 * multiple:
        raise ValueError(f"crop_size must be a multiple of {multiple} and at least {4 * multiple}; "
                         f"received {recipe.crop_size}")


def _first_weights(lesson, start):
    recipe = lesson.recipe
    wanted = PainterConfig(recipe.widths, grain=recipe.grain, hidden=recipe.hidden)
    if start is None:
        return build_painter(wanted, seed=recipe.seed, name="perceptual")
    painter = load_weights(start)
    if not isinstance(painter, PainterAutoencoder) or not _leads_to(painter.config, wanted):
        received = ", ".join(f"{name} {value}" for name, value in vars(painter.config).items())
        raise ValueError(f"start must hold a painter of widths {wanted.widths} and hidden {wanted.hidden}, or with a "
                         f"wider deepest code; {start} holds a {type(painter).__name__} of {received}")
    painter.config = replace(painter.config, grain=recipe.grain, calm=None)  # on another canvas perhaps
    if painter.config == wanted:
        return painter
    photos, paintings = np.split(lesson.pairs(NUM_NORMALISED, 2)[0], 2, axis=-1)
    return narrow(painter, [*photos, *paintings], wanted.widths[-1])


def _leads_to(config, wanted):
    return (config.hidden == wanted.hidden and config.widths[:-1] == wanted.widths[:-1]
            and config.widths[-1] >= wanted.widths[-1])


def _distil(painter, lesson, **options):
    recipe = lesson.recipe
    trainer = DistillationTrainer(painter, lesson.teacher, weights=recipe.weights, name="distillation")
    trainer(ops.convert_to_tensor(lesson.validation[:2]))
    fit(trainer, lesson.pairs(recipe.batch_size, 5), steps=recipe.distillation_steps,
        learning_rate=recipe.distillation_rate, validation=lesson.validation,
        report_every=min(REPORT_EVERY, recipe.distillation_steps), **options)
    return trainer.probes


def _paint(painter, lesson, probes, *, sheets, on_report, devices, **options):
    recipe = lesson.recipe
    trainer = PerceptualTrainer(painter, lesson.teacher, weights=recipe.weights,
                                batch_size=recipe.batch_size // devices, seed=recipe.seed, name="painting")
    trainer(ops.convert_to_tensor(lesson.validation[:2]))
    for probe, before in zip(trainer.probes, probes):
        probe.set_weights(before.get_weights())
    fit(trainer, lesson.pairs(recipe.batch_size, 0), steps=recipe.steps, learning_rate=recipe.learning_rate,
        validation=lesson.validation, report_every=min(REPORT_EVERY, recipe.steps),
        on_report=_with_sheets(trainer, lesson, sheets, on_report), **options)


def _beside(path, ending):
    return None if path is None else Path(path).with_name(Path(path).stem + ending + ".npz")


def _with_sheets(trainer, lesson, folder, on_report):
    # on_report, and a sheet every ten reports.
    if folder is None:
        return on_report

    def report(history):
        if on_report:
            on_report(history)
        if len(history.steps) % 10 == 0:
            images.save_image(_sheet(trainer, lesson), Path(folder) / f"step_{history.steps[-1]:06d}.jpg")

    return report


def _sheet(trainer, lesson, *, side=256, most=4):
    # Photos down, paintings across, all of them held out.
    photos, paintings = (
        [_square(pictures[i], side) for i in range(min(most, len(pictures)))]
        for pictures in (lesson.held_photos, lesson.held_paintings)
    )
    rows = [np.concatenate([np.ones_like(photos[0]), *paintings], axis=1)]
    for photo in photos:
        batches = (np.stack([each] * trainer.batch_size) for each in paintings)
        painted = [trainer.paint(np.stack([photo] * trainer.batch_size), batch)[0] for batch in batches]
        rows.append(np.concatenate([photo, *painted], axis=1))
    return np.concatenate(rows, axis=0)


def _square(picture, side):
    length = min(picture.shape[:2])
    top, left = ((full - length) // 2 for full in picture.shape[:2])
    return images.resized_crop(picture, (top, left, length), side).astype(np.float32) / 255


def _card(painter, recipe, first, second, lesson):
    last = first if first.status in ("stopped", "interrupted") else second
    whole = (images.check_image(lesson.held_photos[i]) for i in range(len(lesson.held_photos)))  # one at a time
    return {
        "model": f"painter with {painter.num_levels} levels, weights in float16",
        "parameters": painter.count_params(),
        "calm": list(painter.config.calm),
        "trained_for": "first the pixels and a teacher's features of photos, then painting: content and style as the "
                       "teacher sees them, and the identity",
        "teacher": f"{lesson.teacher.name}, blocks {', '.join(lesson.teacher.names)}; in training only",
        "command": "aelearn train perceptual --images PHOTOS --styles PAINTINGS --teacher FILE" + _options(recipe),
        "recipe": asdict(replace(recipe, widths=tuple(recipe.widths))),
        "status": last.status,
        "distillation_steps": _last(first.steps),
        "steps": _last(second.steps),
        "minutes": round((first.seconds + second.seconds) / 60, 1),
        "distillation_loss": _curve(first),
        "validation_loss": _curve(second),
        "pictures": {"photos": len(lesson.photos), "paintings": len(lesson.paintings), "skipped": lesson.skipped,
                     "held_out": [file.name for file in lesson.held_photos.files + lesson.held_paintings.files]},
        "held_out_psnr_db": held_out_psnr(painter, whole),
        "licence": "the weights are free to use, under the licence of the package (MIT)",
    }


def _last(steps):
    return steps[-1] if steps else 0


def _options(recipe):
    default = PerceptualRecipe()
    names = ("steps", "distillation_steps", "batch_size", "crop_size", "learning_rate", "grain", "calm", "seed")
    return "".join(f" --{name.replace('_', '-')} {getattr(recipe, name)}" for name in names
                   if getattr(recipe, name) != getattr(default, name))


def _curve(history):
    rows = list(zip(history.steps, history.validation))
    return {str(step): round(loss, 4) for step, loss in rows[:: max(1, len(rows) // 25)] + rows[-1:]}
