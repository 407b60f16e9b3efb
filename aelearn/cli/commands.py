"""How a command is put into the parser: its words of help, and the module that is imported when it runs."""

import argparse


def texts(summary, notes, *examples):
    end = "\n".join(["example:" if len(examples) == 1 else "examples:", *(f"  {example}" for example in examples)])
    return {
        "description": summary,
        "epilog": f"{notes}\n\n{end}" if notes else end,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }


def command(commands, name, summary, notes, *examples):
    short = summary[0].lower() + summary[1:].rstrip(".")
    return commands.add_parser(name, help=short, **texts(summary, notes, *examples))


def subcommands(parser):
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="command")


def runs(parser, module, function):
    # The module behind a command is imported by the command that needs it, and not by --help.
    def run(args):
        from importlib import import_module

        return getattr(import_module(f"aelearn.cli.{module}"), function)(args)

    parser.add_argument("--traceback", action="store_true", help="show where in the code an error arose")
    parser.set_defaults(run=run)
