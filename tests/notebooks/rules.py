"""The rules that every notebook of the course keeps: each takes a notebook and returns its complaints."""

import ast
import json
import re
import statistics

TAGS = {"nbval-ignore-output", "nbval-skip", "raises-exception", "exercise", "solution", "hide-input"}
LIMIT_BYTES = 2_000_000
LONGEST_CELL, MEDIAN_CELL = 20, 8
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
WIDGET = "application/vnd.jupyter.widget-view+json"
FORBIDDEN = ("plt.show", "clear_output", "update_display", "display_id", "pyplot")
NETWORK = re.compile(
    r"^\s*(import|from) (requests|urllib|http|httpx|socket|aiohttp)\b"
    r"|https?://|^\s*[!%]\s*(pip|conda|mamba|wget|curl|git|apt)",
    re.MULTILINE,
)
MACHINE_PATH = re.compile(r"(?<![\w.~/])/(home|root|tmp|Users|mnt|work|opt|var)/\w|\b[A-Z]:\\\w")
IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")
IMG = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
ALT = re.compile(r"""\balt\s*=\s*["']\s*[^"'\s]""", re.IGNORECASE)


def tags(cell):
    """The tags of a cell."""
    return set(cell.metadata.get("tags", []))


def code(notebook):
    """The code cells, each with its number in the notebook."""
    return [(n, cell) for n, cell in enumerate(notebook.cells) if cell.cell_type == "code"]


def prose(notebook):
    """The markdown cells, each with its number in the notebook."""
    return [(n, cell) for n, cell in enumerate(notebook.cells) if cell.cell_type == "markdown"]


def num_lines(cell):
    """Lines of a cell that hold something."""
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def outputs(notebook, kinds):
    """(cell number, mime type, output) for every output of these kinds."""
    for n, cell in code(notebook):
        for output in cell.outputs:
            for kind in kinds:
                if kind in output.get("data", {}):
                    yield n, kind, output


def is_executed_in_order(notebook):
    """Executed from top to bottom in one go."""
    cells = [(n, cell) for n, cell in code(notebook) if cell.source.strip()]
    counts = [cell.execution_count for _, cell in cells]
    if counts == list(range(1, len(cells) + 1)):
        return []
    return [f"execution counts are {counts}: run notebooks/build.py --execute"]


def has_no_errors(notebook):
    """No error in an output, unless the cell says that it raises one."""
    return [
        f"cell {n} ended in {output.ename}: {output.evalue}"
        for n, cell in code(notebook)
        for output in cell.outputs
        if output.output_type == "error" and "raises-exception" not in tags(cell)
    ]


def has_short_cells(notebook):
    """No code cell over 20 lines, the median at most 8."""
    numbers = [(n, num_lines(cell)) for n, cell in code(notebook)]
    lengths = [lines for _, lines in numbers]
    long = [f"cell {n} has {lines} lines" for n, lines in numbers if lines > LONGEST_CELL]
    if lengths and statistics.median(lengths) > MEDIAN_CELL:
        long.append(f"the median code cell has {statistics.median(lengths)} lines")
    return long


def has_no_empty_cells(notebook):
    """No cell without text."""
    return [f"cell {n} is empty" for n, cell in enumerate(notebook.cells) if not cell.source.strip()]


def describes_pictures_in_prose(notebook):
    """Every picture in the text has alternative text."""
    complaints = []
    for n, cell in prose(notebook):
        complaints += [f"cell {n}: {m[0]}" for m in IMAGE.finditer(cell.source) if not m[1].strip()]
        complaints += [f"cell {n}: {tag}" for tag in IMG.findall(cell.source) if not ALT.search(tag)]
    return complaints


def describes_figures(notebook):
    """Every figure that code shows has alternative text, and words for a reader without pictures."""
    complaints = []
    for n, kind, output in outputs(notebook, PICTURES):
        if not output.metadata.get(kind, {}).get("alt", "").strip():
            complaints.append(f"cell {n} shows a picture without words: plots.show(figure, alt=...)")
        if "text/plain" not in output.data:
            complaints.append(f"cell {n} shows a picture without text/plain")
    return complaints


def shows_a_figure_before_each_panel(notebook):
    """A panel sits under a still picture, so that the page also works on paper."""
    pictures = [n for n, _, _ in outputs(notebook, PICTURES)]
    panels = [n for n, _, _ in outputs(notebook, [WIDGET])]
    first = min(pictures, default=len(notebook.cells))
    return [f"cell {n} shows a panel with no figure above it" for n in panels if n < first]


def is_small(notebook):
    """Under 2 MB as committed."""
    size = len(json.dumps(notebook).encode())
    return [f"{size / 1e6:.1f} MB"] if size > LIMIT_BYTES else []


def uses_known_tags(notebook):
    """Only the tags that the course knows."""
    return [f"cell {n}: {tag}" for n, cell in enumerate(notebook.cells) for tag in sorted(tags(cell) - TAGS)]


def opens_as_a_lesson(notebook):
    """The first cell: a title, the question, the time it takes, and what the reader will be able to do."""
    first = notebook.cells[0]
    text = first.source if first.cell_type == "markdown" else ""
    wanted = {
        "a title (# ...)": r"\A# \S",
        "a question (...?)": r"\?",
        "the time it takes (... seconds or minutes)": r"\b(seconds?|minutes?)\b",
        "what 'you will be able to' do": r"(?i)you will be able to",
    }
    missing = [what for what, pattern in wanted.items() if not re.search(pattern, text)]
    return [f"the first cell lacks {what}" for what in missing]


def closes_as_a_lesson(notebook):
    """The last three sections: Summary, Quiz, Sources."""
    text = "\n".join(cell.source for _, cell in prose(notebook))
    last = re.findall(r"^## (.+?)\s*$", text, re.MULTILINE)[-3:]
    wanted = ["Summary", "Quiz", "Sources"]
    return [] if last == wanted else [f"the last sections are {last}, and should be {wanted}"]


def has_enough_exercises(notebook, *, at_least=3):
    """Something to do."""
    found = sum("exercise" in tags(cell) for _, cell in code(notebook))
    return [] if found >= at_least else [f"{found} exercises, and should be at least {at_least}"]


def judges_every_exercise(notebook):
    """After an exercise, and before the next one, a check; a guess may be settled by a cell in between."""
    complaints, waiting = [], None
    for n, cell in [*code(notebook), (None, None)]:
        is_exercise = cell is not None and "exercise" in tags(cell)
        if waiting is not None and (cell is None or is_exercise):
            complaints.append(f"the exercise in cell {waiting} is not followed by its checks.<name>(answer)")
        waiting = n if is_exercise else waiting
        if cell is not None and "checks." in cell.source:
            waiting = None
    return complaints


def checks_what_it_does_not_compare(notebook):
    """After a cell whose output is not compared, or in it, a claim about its result that is."""
    cells = code(notebook)
    complaints = []
    for (n, cell), following in zip(cells, [*(c for _, c in cells[1:]), None]):
        if "nbval-ignore-output" not in tags(cell):
            continue
        compared = following is not None and not tags(following) & {"nbval-ignore-output", "nbval-skip"}
        if not compared or not re.search(r"^\s*assert |checks\.|print\(", following.source, re.MULTILINE):
            complaints.append(f"cell {n} is not compared, and the next one states nothing about its result")
    return complaints


def is_plain_code(notebook):
    """Nothing that the strict check cannot compare: a last semicolon, plt.show, clear_output, updates."""
    complaints = [f"cell {n} ends in ;" for n, cell in code(notebook) if cell.source.rstrip().endswith(";")]
    return complaints + [
        f"cell {n} uses {word}" for n, cell in code(notebook) for word in FORBIDDEN if word in cell.source
    ]


def is_valid_code(notebook):
    """Plain Python in every code cell, without magics."""
    complaints = []
    for n, cell in code(notebook):
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            complaints.append(f"cell {n}: {error}")
    return complaints


def stays_off_the_network(notebook):
    """No download, no install, no address in the code."""
    return [f"cell {n}: {m[0].strip()}" for n, cell in code(notebook) for m in NETWORK.finditer(cell.source)]


def names_no_machine(notebook):
    """No path of somebody's machine in sources or outputs, and no version of its Python in the metadata."""
    complaints = []
    for n, cell in enumerate(notebook.cells):
        texts = [cell.source]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts += [output.get("text", ""), *(data.get(kind, "") for kind in ("text/plain", "text/html"))]
        complaints += [f"cell {n}: {m[0]}..." for text in texts for m in MACHINE_PATH.finditer(text)]
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        complaints.append("the kernel is not called python3")
    if "version" in notebook.metadata.get("language_info", {}):
        complaints.append("the metadata hold the version of somebody's Python")
    return complaints


RULES = [
    is_executed_in_order,
    has_no_errors,
    has_short_cells,
    has_no_empty_cells,
    describes_pictures_in_prose,
    describes_figures,
    shows_a_figure_before_each_panel,
    is_small,
    uses_known_tags,
    opens_as_a_lesson,
    closes_as_a_lesson,
    judges_every_exercise,
    checks_what_it_does_not_compare,
    is_plain_code,
    is_valid_code,
    stays_off_the_network,
    names_no_machine,
]
