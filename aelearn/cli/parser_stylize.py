"""The arguments of `aelearn stylize`."""

from aelearn.cli import values
from aelearn.cli.commands import command, runs
from aelearn.cli.settings import MODEL


def add_stylize(commands):
    """Add the command.

    Args:
        commands: what `argparse.ArgumentParser.add_subparsers` returned.
    """
    parser = command(
        commands,
        "stylize",
        "Give a photo the style of a painting.",
        "Photo and painting are shrunk to --size; a smaller picture keeps its size, nothing is enlarged.\n"
        "OUT is replaced only once the new picture is complete. A .png keeps what it was painted with.\n\n"
        "Several photos, a folder (with its sub-folders) or a pattern go into the folder OUT, as .png; write\n"
        "OUT/ for a single one. The last name is the STYLE, unless --style or --like has it. What is there,\n"
        "painted from the same files with the same settings, is skipped, so that a stopped command goes on.\n"
        "A photo that cannot be painted is named, and the rest is painted all the same.\n\n"
        "Exit status: 0 all is painted or was there; 2 a photo or something in the command is wrong;\n"
        "1 something else went wrong, such as a full disk; 130 stopped with Ctrl-C.",
        "aelearn stylize holiday.jpg great_wave -o wave.png --alpha 0.8 --size 768",
        "aelearn stylize holiday.jpg --style great_wave:0.3 --style cafe_terrace:0.7 -o both.png --keep-color",
        "aelearn stylize holiday.jpg great_wave --mask sky.png=starry_night -o sky_apart.png",
        "aelearn stylize holiday.jpg --region great_wave --region starry_night -o two.png",
        "aelearn stylize --like both.png beach.jpg -o beach.png",
        "aelearn stylize holiday extra.jpg starry_night -o painted/",
    )
    parser.usage = "%(prog)s PHOTO [PHOTO ...] [STYLE] -o OUT [options]"
    add, methods = parser.add_argument, ", ".join(values.METHODS)
    add("pictures", metavar="PHOTO ... STYLE", nargs="+",
        help="photos: files, names of bundled ones, folders, patterns such as 'holiday/*.jpg'; and last the style: "
        "a picture file, or the name of a bundled painting (see aelearn styles)")
    add("--style", dest="styles", metavar="STYLE[:WEIGHT]", action="append", type=values.weighted,
        help="one of several styles to mix, in place of STYLE, as often as you like")
    add("--mask", dest="masks", metavar="FILE=STYLE[:ALPHA]", action="append", type=values.mask,
        help="a style for the white part of a mask, as often as you like; STYLE paints what no mask covers")
    add("--region", dest="regions", metavar="STYLE[:ALPHA]", action="append", type=values.region,
        help="divides the photo into as many regions as you name, by what is in it; the largest gets the first style")
    add("--level-style", dest="level_styles", metavar="L=STYLE", action="append", type=values.level_style,
        help="a style for one level, as often as you like: 1 is the finest; STYLE has the other levels")
    add("--modes", type=values.whole(1, values.MOST_REGIONS), metavar="K",
        help="divides photo and painting into K parts each, and each part paints the one most like it (default 1)")
    add("--feather", type=values.number(0, values.LARGEST), metavar="P",
        help="how soft the edges of --mask, --region or --modes are, in pixels of the picture")
    add("-o", "--output", metavar="OUT", required=True,
        help="picture to write: .png, .jpg, .jpeg or .webp; or a folder, for any number of .png")
    add("--jobs", type=values.whole(1, values.MOST_JOBS), default=1, metavar="N",
        help="processes that paint at once, for many photos (default 1, which uses all processors already)")
    add("--again", action="store_true", help="paint also what the folder OUT holds already")
    add("--like", metavar="OUT.png", help="paint as that picture was painted; what else is typed wins")
    add("--alpha", type=values.number(0, 1), metavar="A",
        help="strength of the style, from 0 (the photo, as the model reconstructs it) to 1 (default 1)")
    add("--size", type=values.whole(1, values.LARGEST_TILED), metavar="N",
        help=f"longest side in pixels, at most {values.LARGEST} (default 512; {values.LARGEST} needs 4 GB of memory), "
        f"with --tile {values.LARGEST_TILED}")
    add("--tile", action="store_true", default=None,
        help="paint part by part, without seams, in little memory; the painting is then seen at "
        f"{values.LARGEST_PAINTING} pixels at most")
    add("--method", type=values.method, metavar="M",
        help=f"how the statistics are moved: {methods} (default {values.METHODS[0]})")
    add("--stroke", type=values.number(*values.STROKES), metavar="S",
        help="size of the strokes: the painting is seen S times as large, from 0.25 to 4 (default 1)")
    color = parser.add_mutually_exclusive_group().add_argument
    color("--color", type=values.color, metavar="WHOSE",
          help="painting, the painting's colours (default); photo, the photo's, of which only light and dark are "
          "painted; matched, the photo's, given to the painting beforehand; palette, the painting's and no strokes")
    color("--keep-color", dest="color", action="store_const", const="photo", help="the same as --color photo")
    add("--level-alpha", type=values.level_strengths, metavar="L:A,...",
        help="strength per level, such as 3:0.5,1:1; level 1 is the finest, levels not named are left out")
    add("--model", metavar="NAME",
        help=f"a model of the package (see aelearn info) or your own .npz file (default {MODEL})")
    add("--max-pixels", type=values.whole(1), metavar="N",
        help="largest picture file to open, width times height (default 50000000, for a photo with --tile 200000000)")
    runs(parser, "batch", "stylize")
