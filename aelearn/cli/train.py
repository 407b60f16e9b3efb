"""`aelearn train`: from folders of pictures to a model, stoppable at any time."""

import contextlib
import json
import os
import re
import signal
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

from aelearn.cli.files import CommandError, check_output, same_file
from aelearn.cli.progress import Progress, duration


def train_pixel(args):
    """Train the pixel model on `args.images`, write `args.output` with its card and print its path."""
    output, first_step = _check(args)
    with Progress() as progress:
        progress.show(0, "starting Keras, reading the pictures")
        from aelearn import training

        recipe = _pixel_recipe(args, training.PixelRecipe())
        report = Report(progress, first_step)
        with keep_result(report), _devices(args), _folders_named(args):
            _, card = training.train_pixel(
                args.images, output, recipe=recipe, checkpoint=args.checkpoint, note=args.note, on_report=report
            )
    print(args.output)
    return _conclude(card, args)


def train_perceptual(args):
    """Train the perceptual model on `args.images` and `args.styles`, write `args.output` and print its path."""
    output, first_step = _check(args)
    _check_folder("--styles", args.styles)
    if args.teacher != "vgg19" and not Path(args.teacher).is_file():
        raise CommandError(f"--teacher must be an .npz file, or vgg19; there is no file {args.teacher!r}")
    for option, file in (("--teacher", args.teacher), ("--start", args.start)):
        for writing in (output, args.checkpoint):
            if file is not None and writing is not None and same_file(writing, file):
                raise CommandError(f"{writing} is the file of {option}, which is only read; choose another name")
    if args.halfway and args.start is None:
        raise CommandError("--halfway needs --start, the weights to stay halfway from")
    if args.sheets is not None:
        _check_new_folder("--sheets", args.sheets)
    with Progress() as progress:
        progress.show(0, "starting Keras, reading the pictures")
        from aelearn import runtime, training

        if args.bfloat16:
            try:
                runtime.use_bfloat16_convolutions()
            except RuntimeError as error:
                raise CommandError(f"--bfloat16: {error}") from error
        recipe = _recipe(args, training.PerceptualRecipe())
        report = Report(progress, first_step)
        with keep_result(report) as stop, _devices(args) as devices, _folders_named(args):
            _, card = training.train_perceptual(
                args.images, args.styles, args.teacher, output, recipe=recipe, start=args.start,
                checkpoint=args.checkpoint, note=args.note, sheets=args.sheets, on_report=report, stop=stop,
                devices=devices, readers=args.readers, halfway=args.halfway,
            )
    print(args.output)
    return _conclude(card, args)


@contextlib.contextmanager
def _devices(args):
    """How many devices share the work, chosen by `--strategy`."""
    from aelearn.training.distribute import distribute

    try:
        with distribute(args.strategy) as devices:
            yield devices
    except ValueError as error:
        if "strategy" in str(error) or "TF_CONFIG" in str(error):
            raise CommandError(f"--{error}" if str(error).startswith("strategy") else str(error)) from error
        raise


@contextlib.contextmanager
def _folders_named(args):
    """What is wrong with a folder is told with the option that named it."""
    try:
        yield
    except (ValueError, FileNotFoundError) as error:
        for option in ("images", "styles"):
            folder = re.escape(str(Path(getattr(args, option, ""))))
            if re.search(rf"(^|in |no folder ){folder}( has|:| can|$)", str(error)):
                raise CommandError(f"--{option}: {error}") from error
        raise


def _recipe(args, default):
    """`default`, changed where the command says so."""
    names = [name for name in vars(default) if getattr(args, name, None) is not None]
    return replace(default, **{name: getattr(args, name) for name in names})


def _pixel_recipe(args, default):
    recipe = _recipe(args, default)
    levels = len(recipe.widths)
    multiple = 2 ** (levels - 1)
    if recipe.crop_size % multiple or recipe.crop_size < 2 * multiple:
        raise CommandError(
            f"--crop-size must be a multiple of {multiple} and at least {2 * multiple} for {levels} levels; "
            f"received {recipe.crop_size}"
        )
    return recipe


def _check(args):
    """Finds out now what would be a pity to find out after an hour; returns output and first step."""
    _check_folder("--images", args.images)
    output = check_output(args.output, [".npz"])
    card = check_output(output.with_suffix(".json"), [".json"])
    if card.exists() and not output.exists():
        raise CommandError(f"{card} is where the model's card goes, and is taken; choose another name for --output")
    return output, 0 if args.checkpoint is None else _check_checkpoint(args, output)


def _check_new_folder(name, folder):
    # What is there of its path must be a folder to write in; what is missing is made once training begins.
    there = next(path for path in [Path(folder), *Path(folder).absolute().parents] if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise CommandError(f"{name} must be a folder that can be written to; received {folder!r}")


def _check_folder(name, folder):
    if not folder or not Path(folder).is_dir():
        raise CommandError(f"{name} must be a folder with pictures; there is no folder {folder!r}")


def _check_checkpoint(args, output):
    path = check_output(args.checkpoint, [".npz"])
    if path.absolute() == output.absolute() or same_file(path, output):
        raise CommandError("--checkpoint and --output must be two files; received one name for both")
    if not path.exists():
        return 0
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            step = int(json.loads(str(file["header"]))["step"])
            if step < 1 or not {"now_0", "best_0", "optimizer_0"} <= set(file.files):
                raise ValueError("a header and nothing to go on from")
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise CommandError(f"{path} is no checkpoint of `aelearn train`; move it away to start anew") from error
    return step


class Report:
    """Tells the progress bar what the history says: step, loss, time to go.

    Args:
        progress: `Progress`.
        first_step: int, the step that this run starts from.
    """

    def __init__(self, progress, first_step=0):
        self.progress, self.first_step, self.reports = progress, first_step, 0

    def __call__(self, history):
        step, total = history.steps[-1], history.total
        if self.first_step and not self.reports:
            self.progress.clear()
            print(f"went on from step {self.first_step:,}", file=sys.stderr)
        self.reports += 1
        left = f"{duration(history.seconds / step * (total - step))} left" if step < total else "measuring"
        losses = f"loss {history.loss[-1]:.4f}"
        if history.validation:
            losses += f", held out {history.validation[-1]:.4f}"
        self.progress.show(step / total, f"step {step:,}/{total:,}, {left}, {losses}", log=True)


@contextlib.contextmanager
def keep_result(report):
    """Keeps Ctrl-C from throwing a trained model away while it is measured and written.

    During training itself `fit` sees to it: it ends after the step, with the best weights. Before that there is
    nothing to keep, and Ctrl-C simply ends the command. A second Ctrl-C after training abandons the result.

    Args:
        report: `Report`, which tells whether training has begun.

    Yields:
        `threading.Event` that Ctrl-C sets where no `fit` is running, so that none begins.
    """
    before, stop = signal.getsignal(signal.SIGINT), threading.Event()

    def handle(number, frame):
        if stop.is_set() or not report.reports:
            raise KeyboardInterrupt
        stop.set()
        with contextlib.suppress(RuntimeError):  # the signal came in the middle of another print
            report.progress.clear()
            print("measuring and writing the model; Ctrl-C again abandons it", file=sys.stderr)

    # Python takes signals in its main thread alone; a command in the background may have been told to ignore them.
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield stop
        return
    signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _conclude(card, args):
    """Says what came out, and returns the exit status."""
    levels = ", ".join(f"{value:.1f}" for value in card["held_out_psnr_db"].values())
    print(f"reconstructs pictures it has never seen at {levels} dB (level 1 first)", file=sys.stderr)
    skipped = card["pictures"]["skipped"]
    if skipped:
        few = ", ".join(skipped[:3]) + (" ..." if len(skipped) > 3 else "")
        print(f"left out {len(skipped)} file(s), too small or not readable: {few}", file=sys.stderr)
    if card["status"] == "finished":
        return 0
    lesson = "steps" if card["steps"] else "distillation_steps"
    which = "" if card["steps"] else " of the first lesson"
    again = "the same command goes on from there" if args.checkpoint else "with --checkpoint, a run can go on"
    print(
        f"aelearn: stopped at step {card[lesson]:,} of {card['recipe'][lesson]:,}{which}; "
        f"the best weights so far are in {args.output}; {again}",
        file=sys.stderr,
    )
    return 130
