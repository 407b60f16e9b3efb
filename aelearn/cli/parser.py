"""The arguments of every command, what they may be, and the words that explain them."""

import argparse
import re

import aelearn
from aelearn.cli import values
from aelearn.cli.commands import command, runs, subcommands, texts
from aelearn.cli.files import CommandError
from aelearn.cli.parser_styles import add_styles
from aelearn.cli.parser_stylize import add_stylize
from aelearn.cli.parser_video import add_video
from aelearn.cli.settings import MODEL


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line that says where to read on."""

    def error(self, message):
        message = re.sub(r"^argument ([^:]+): (must|takes)", r"\1 \2", message)
        message = re.sub(r"^argument ([^:]+): not allowed with argument (.+)$", r"\1 does not go with \2", message)
        raise CommandError(f"{message}; see {self.prog} --help")


def build_parser():
    """All commands and their options.

    Returns:
        `argparse.ArgumentParser`; what it parses has `run`, the function to call with it.

    Example:
        >>> build_parser().parse_args(["stylize", "a.jpg", "great_wave", "-o", "b.png"]).pictures
        ['a.jpg', 'great_wave']
    """
    about = "Autoencoders that paint: give a photo the style of a painting, or train the model that does it."
    parser = _Parser(prog="aelearn", **texts(about, STATUS, "aelearn stylize chambord great_wave -o castle.png"))
    parser.add_argument("--version", action="version", version=f"aelearn {aelearn.__version__}")
    commands = subcommands(parser)
    add_stylize(commands)
    add_video(commands)
    add_styles(commands)
    _add_info(commands)
    _add_evaluate(commands)
    summary = "Train a model on your own pictures."
    train = command(commands, "train", summary, "", "aelearn train pixel --images photos")
    trainings = subcommands(train)
    _add_train_pixel(trainings)
    _add_train_perceptual(trainings)
    return parser


STATUS = """\
Exit status: 0 done; 2 something in the command or in a file is wrong; 1 something else
went wrong, such as a full disk; 130 stopped with Ctrl-C."""


def _add_info(commands):
    summary = "Show this machine, the versions, the models and where the pictures are."
    runs(command(commands, "info", summary, "", "aelearn info"), "show", "info")


def _add_evaluate(commands):
    parser = command(
        commands,
        "evaluate",
        "Judge a model: how much of the paintings and of the photos is in what it paints.",
        "Every photo is painted in every style, as the square in its middle, and judged by what no training used.\n"
        "The table goes to standard output. Times are those of this machine: run it alone if they matter.",
        "aelearn evaluate --photos holidays --styles museum -o report.png",
        "aelearn evaluate --model mine.npz --photos chambord,cat.jpg --styles great_wave,starry_night",
    )
    add, methods = parser.add_argument, ", ".join(values.METHODS)
    add("--model", default=MODEL, metavar="NAME",
        help=f"a model of the package (see aelearn info) or your own .npz file (default {MODEL})")
    add("--photos", metavar="FOLDER",
        help="folder of photos, searched with its subfolders; or names of bundled photos and files, with commas")
    add("--styles", metavar="FOLDER", help="likewise, two paintings or more; some bundled pictures if left out")
    add("--teacher", metavar="FILE", help="a perceptual network, .npz, as one more judge")
    add("--size", type=values.whole(32, values.LARGEST), default=512, metavar="N",
        help="side of the squares in pixels, from 32 (default 512)")
    add("--alpha", type=values.number(0, 1), default=1.0, metavar="A", help="strength of the style (default 1)")
    add("--method", type=values.method, default=values.METHODS[0], metavar="M",
        help=f"how the statistics are moved: {methods} (default {values.METHODS[0]})")
    add("-o", "--output", metavar="OUT", help="the card as a figure, .png or .jpg, or with all its numbers, .json")
    runs(parser, "evaluate", "evaluate")


def _add_train_pixel(commands):
    parser = command(
        commands,
        "pixel",
        "Train an autoencoder to return the pixels it was given.",
        "Ctrl-C stops after the current step and writes the best weights so far. With --checkpoint, the\n"
        "same command goes on where it stopped. Beside OUT.npz goes OUT.json, a card with the recipe and\n"
        "the figures. What is left out is as in the recipe of the model in the package.",
        "aelearn train pixel --images photos -o mine.npz --checkpoint progress.npz",
        "aelearn stylize holiday.jpg great_wave -o wave.png --model mine.npz",
    )
    add = parser.add_argument
    add("--images", metavar="FOLDER", required=True,
        help="folder of pictures, searched with its subfolders; one in twelve is held out to measure on")
    add("-o", "--output", metavar="OUT.npz", default="pixel.npz", help="weights to write (default pixel.npz)")
    add("--widths", type=values.widths, metavar="W,...",
        help="channels of the code, one number per level, such as 16,32,64,128")
    add("--batch-size", type=values.whole(1), metavar="N", help="crops per step")
    _add_training(add)
    runs(parser, "train", "train_pixel")


def _add_train_perceptual(commands):
    parser = command(
        commands,
        "perceptual",
        "Train a painter with a network that knows what people see.",
        "First the painter learns to keep the pixels and the teacher's features of photos, then to paint.\n"
        "Ctrl-C stops after the current step and writes the best weights so far. With --checkpoint, the\n"
        "same command goes on where it stopped. Beside OUT.npz goes OUT.json, a card with the recipe and\n"
        "the figures. What is left out suits two cores; the card of the model in the package\n"
        "has its own settings.",
        "aelearn train perceptual --images photos --styles paintings --teacher vgg19 -o mine.npz --checkpoint now.npz",
    )
    add = parser.add_argument
    add("--images", metavar="FOLDER", required=True,
        help="folder of photos, searched with its subfolders; one in twelve is held out to measure on")
    add("--styles", metavar="FOLDER", required=True, help="folder of paintings, likewise")
    add("--teacher", metavar="FILE|vgg19", required=True,
        help="weights of a perceptual network as .npz; or vgg19, which Keras downloads (80 MB)")
    add("-o", "--output", metavar="OUT.npz", default="perceptual.npz", help="weights to write (default perceptual.npz)")
    add("--start", metavar="FILE.npz", help="go on from the weights of a painter, instead of random ones")
    add("--halfway", action="store_true",
        help="with --start: end halfway between those weights and the ones that training has come to")
    add("--distillation-steps", type=values.whole(1), metavar="N", help="steps of the first lesson")
    add("--batch-size", type=values.whole(2), metavar="N", help="pairs of crops per step, an even number")
    add("--sheets", metavar="FOLDER", help="folder for sample sheets, one every 2000 steps")
    add("--learning-rate", type=values.number(1e-7, 1), metavar="R", help="the highest of the painting (default 8e-4)")
    add("--grain", type=values.number(0, 1), metavar="G",
        help="deviation of the noise under every picture, of which skies are painted (default 0.025, whatever --start\n"
             "has; 0 for none)")
    add("--calm", type=values.number(0, 100), metavar="C",
        help="how many times as strong as that noise details must be not to be smoothed (default 0.9; 0: nothing is)")
    add("--readers", type=values.whole(1, 256), default=1, metavar="N",
        help="threads that cut the crops (default 1; for a GPU, as many as there are cores)")
    add("--bfloat16", action="store_true",
        help="convolutions in half precision: faster on processors with AVX512_BF16")
    _add_training(add)
    runs(parser, "train", "train_perceptual")


def _add_training(add):
    add("--steps", type=values.whole(1), metavar="N", help="training steps")
    add("--seed", type=values.whole(0, 2_000_000), metavar="S",
        help="decides the first weights and the crops: the same seed, the same model")
    add("--checkpoint", metavar="FILE.npz",
        help="file that keeps the progress; if it exists, training goes on from it")
    add("--note", default="", metavar="TEXT",
        help="a sentence for the model's card, such as where the pictures come from")
    add("--crop-size", type=values.whole(1), metavar="N",
        help="side of a crop in pixels; smaller pictures are left out")
    add("--strategy", choices=("none", "mirrored", "multiworker"), default="none",
        help="devices that share a batch: one, all of this machine, or those of several machines by TF_CONFIG")
