"""Makes the exercise notebooks from the solved ones, and runs both.

    python notebooks/build.py                       write notebooks/NN_name.ipynb from solutions/NN_name.ipynb
    python notebooks/build.py --execute             then run both and keep their outputs
    python notebooks/build.py --execute --only 07   the same for lesson 07
    python notebooks/build.py --check               change nothing; fail where a committed file is out of date

The solved notebook is the only one written by hand. In it,

- a code cell tagged `exercise` has its answer between `# BEGIN SOLUTION` and `# END SOLUTION`. A reader
  gets `raise NotImplementedError` instead, or, where it has lines `# STUB: code`, that code. An answer
  outside a function needs such a line (`# STUB: answer = None`): a raise there would stop the notebook;
- a cell tagged `solution` is left out of the reader's version;
- a link that starts with `../` loses one `../`, because the reader's version lies one folder higher.
"""

import argparse
import copy
import re
import sys
import time
from pathlib import Path

import nbformat

FOLDER = Path(__file__).resolve().parent
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
ANSWER = re.compile(
    r"^([ \t]*)# BEGIN SOLUTION[ \t]*\n(.*?)^[ \t]*# END SOLUTION[ \t]*$", re.DOTALL | re.MULTILINE
)
STUB = re.compile(r"^[ \t]*# STUB: ?(.*)$", re.MULTILINE)


def tags(cell):
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def stub(source):
    """The exercise that belongs to a solved cell.

    Example:
        >>> print(stub("def double(x):\\n    # BEGIN SOLUTION\\n    return 2 * x\\n    # END SOLUTION"))
        def double(x):
            raise NotImplementedError
    """

    def replace(match):
        indent, answer = match.groups()
        lines = STUB.findall(answer)
        if not lines and not indent:
            raise ValueError("an answer outside a function needs a line '# STUB: name = None'")
        return "\n".join(indent + line for line in lines or ["raise NotImplementedError"])

    result, count = ANSWER.subn(replace, source)
    if not count or "SOLUTION" in result:
        raise ValueError("an exercise needs its answer between '# BEGIN SOLUTION' and '# END SOLUTION'")
    return result


def exercise_cell(cell):
    """The reader's version of one cell, without outputs."""
    cell = copy.deepcopy(cell)
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
        if "exercise" in tags(cell):
            cell.source = stub(cell.source)
    elif cell.cell_type == "markdown":
        cell.source = re.sub(r"(\]\(|src=\"|href=\")\.\./", r"\1", cell.source)
    return cell


def derive(solved):
    """The reader's version of a solved notebook, without outputs."""
    notebook = copy.deepcopy(solved)
    notebook.metadata.pop("widgets", None)
    notebook.cells = [exercise_cell(cell) for cell in solved.cells if "solution" not in tags(cell)]
    return notebook


def sources(notebook):
    """What a person wrote: kind, text and tags of every cell."""
    return [(cell.cell_type, cell.source, sorted(tags(cell))) for cell in notebook.cells]


def keep_outputs(notebook, old):
    """Takes over the outputs of the cells that have not changed since the last run."""
    known = {cell.get("id"): cell for cell in old.cells if cell.cell_type == "code"}
    for cell in notebook.cells:
        match = known.get(cell.get("id"))
        if cell.cell_type == "code" and match is not None and match.source == cell.source:
            cell.outputs, cell.execution_count = match.outputs, match.execution_count
    if "widgets" in old.metadata:
        notebook.metadata["widgets"] = old.metadata["widgets"]


def execute(notebook, folder):
    """Runs a notebook in `folder` and keeps its outputs, widgets included."""
    from nbclient import NotebookClient

    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def tidy(notebook):
    """Takes out what belongs to one machine: versions, warnings, the state of an editor."""
    widgets = notebook.metadata.get("widgets")
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    if widgets:
        notebook.metadata["widgets"] = widgets
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({"tags": tags(cell)} if tags(cell) else {})
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]


def write(notebook, path):
    """Writes a notebook, valid and tidy."""
    tidy(notebook)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def build(source, *, run=False):
    """Writes the exercise version of one solved notebook; with `run`, runs both first."""
    solved = nbformat.read(source, as_version=4)
    target = FOLDER / source.name
    notebook = derive(solved)
    if run:
        for version, path in ((solved, source), (notebook, target)):
            start = time.monotonic()
            execute(version, path.parent)
            write(version, path)
            print(f"{path.relative_to(FOLDER)}: {time.monotonic() - start:.0f} s", flush=True)
    else:
        if target.exists():
            keep_outputs(notebook, nbformat.read(target, as_version=4))
        write(notebook, target)


def outdated(source):
    """Whether the committed exercise version differs from what its solution gives."""
    target = FOLDER / source.name
    if not target.exists():
        return True
    return sources(derive(nbformat.read(source, 4))) != sources(nbformat.read(target, 4))


def main(arguments=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--execute", action="store_true", help="run both versions and keep their outputs")
    parser.add_argument("--check", action="store_true", help="change nothing, only say what is out of date")
    parser.add_argument("--only", default="", metavar="NN", help="only notebooks whose name starts so")
    options = parser.parse_args(arguments)
    found = sorted((FOLDER / "solutions").glob(f"{options.only}*.ipynb"))
    if not found:
        parser.error(f"no notebook in solutions/ starts with {options.only!r}")
    if options.check:
        late = [source.name for source in found if outdated(source)]
        print("\n".join(f"out of date: {name}" for name in late) or "all exercise versions are up to date")
        return 1 if late else 0
    for source in found:
        build(source, run=options.execute)
    return 0


if __name__ == "__main__":
    sys.exit(main())
