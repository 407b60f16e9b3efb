"""Every notebook of the course keeps the rules of rules.py, and every rule catches what it is for."""

import importlib.util
from pathlib import Path

import nbformat
import pytest
import rules
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
READER = sorted(FOLDER.glob("*.ipynb"))
SOLVED = sorted((FOLDER / "solutions").glob("*.ipynb"))

_spec = importlib.util.spec_from_file_location("build", FOLDER / "build.py")
build = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(build)


def read(path):
    return nbformat.read(path, as_version=4)


def identifier(path):
    return str(path.relative_to(FOLDER))


# --- the notebooks of the course


@pytest.mark.parametrize("path", READER + SOLVED, ids=identifier)
@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_notebook(path, rule):
    complaints = rule(read(path))
    assert not complaints, f"{identifier(path)}: {rule.__doc__}\n" + "\n".join(complaints)


@pytest.mark.parametrize("path", READER, ids=identifier)
def test_notebook_has_exercises(path):
    complaints = rules.has_enough_exercises(read(path), at_least=1 if path.name.startswith("00") else 3)
    assert not complaints, complaints


@pytest.mark.parametrize("path", READER + SOLVED, ids=identifier)
def test_file_is_under_two_megabytes(path):
    assert path.stat().st_size < rules.LIMIT_BYTES


@pytest.mark.parametrize("path", SOLVED, ids=identifier)
def test_exercise_version_is_what_its_solution_gives(path):
    assert not build.outdated(path), "run: python notebooks/build.py --execute"


def test_every_notebook_has_a_solution():
    assert READER, "there are no notebooks"
    assert [path.name for path in READER] == [path.name for path in SOLVED]


# --- the rules themselves, on made-up notebooks

OPENING = "# Title\n\nWhat is it? About 2 minutes. You will be able to say."
CLOSING = "## Summary\n\nIt is.\n\n## Quiz\n\nIs it?\n\n## Sources\n\nA book."
TINY_PNG = "iVBORw0KGgo="


def text(source):
    return new_markdown_cell(source)


def alone(*cells):
    return new_notebook(cells=list(cells))


def lesson(*cells):
    """A notebook that keeps every rule, with these cells in the middle."""
    notebook = alone(text(OPENING), *cells, text(CLOSING))
    build.tidy(notebook)
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
    return notebook


def cell(source, *outputs, tags=()):
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def picture(alt="a wave"):
    metadata = {"image/png": {"alt": alt}} if alt else {}
    return new_output("display_data", {"image/png": TINY_PNG, "text/plain": "<Figure>"}, metadata=metadata)


def error():
    return new_output("error", ename="E", evalue="e", traceback=[])


def panel():
    return new_output("display_data", {rules.WIDGET: {"model_id": "x"}, "text/plain": "VBox()"})


def numbered(notebook, *counts):
    for (_, code_cell), count in zip(rules.code(notebook), counts):
        code_cell.execution_count = count
    return notebook


def with_metadata(notebook, **metadata):
    notebook.metadata.update(metadata)
    return notebook


GOOD = lesson(
    cell("1 + 1"),
    text('![a wave](wave.png) <img src="wave.png" alt="a wave">'),
    cell("picture", picture()),
    cell("panel", panel()),
    cell("guess = None", tags=["exercise"]),
    cell("2 * 3"),
    cell("checks.guess(guess)"),
    cell("def double(x):\n    raise NotImplementedError", tags=["exercise"]),
    cell("checks.double(double)"),
    cell("score = train()", tags=["nbval-ignore-output"]),
    cell("assert score < 1"),
    cell("1 / 0", error(), tags=["raises-exception"]),
)

BAD = {
    "out of order": (rules.is_executed_in_order, numbered(lesson(cell("1"), cell("2")), 2, 1)),
    "not executed": (rules.is_executed_in_order, numbered(lesson(cell("1")), None)),
    "an error": (rules.has_no_errors, lesson(cell("x", error()))),
    "a long cell": (rules.has_short_cells, lesson(cell("x\n" * 21), cell("x"), cell("x"))),
    "long cells": (rules.has_short_cells, lesson(cell("x\n" * 9))),
    "an empty cell": (rules.has_no_empty_cells, lesson(cell(" "))),
    "a picture without words": (rules.describes_pictures_in_prose, lesson(text("![ ](wave.png)"))),
    "an img without alt": (rules.describes_pictures_in_prose, lesson(text('<img src="wave.png">'))),
    "an img with empty alt": (rules.describes_pictures_in_prose, lesson(text('<img src="w" alt="">'))),
    "a figure without words": (rules.describes_figures, lesson(cell("f", picture(alt=None)))),
    "a figure with empty words": (rules.describes_figures, lesson(cell("f", picture(alt=" ")))),
    "a lone panel": (
        rules.shows_a_figure_before_each_panel,
        lesson(cell("p", panel()), cell("f", picture())),
    ),
    "a large notebook": (rules.is_small, lesson(cell("x", new_output("stream", text="x" * 2_000_001)))),
    "an unknown tag": (rules.uses_known_tags, lesson(cell("x", tags=["slow"]))),
    "no title": (rules.opens_as_a_lesson, alone(text(OPENING[2:]))),
    "no question": (rules.opens_as_a_lesson, alone(text(OPENING.replace("?", ".")))),
    "no time": (rules.opens_as_a_lesson, alone(text(OPENING.replace("minutes", "")))),
    "no promise": (rules.opens_as_a_lesson, alone(text(OPENING.replace("able", "")))),
    "opens with code": (rules.opens_as_a_lesson, new_notebook(cells=[cell("x")])),
    "no quiz": (rules.closes_as_a_lesson, alone(text(CLOSING.replace("Quiz", "Q")))),
    "more after the end": (rules.closes_as_a_lesson, alone(text(CLOSING + "\n\n## More"))),
    "too few exercises": (rules.has_enough_exercises, lesson(cell("x", tags=["exercise"]))),
    "an exercise nobody judges": (
        rules.judges_every_exercise,
        lesson(cell("x", tags=["exercise"]), cell("y")),
    ),
    "two exercises and one check": (
        rules.judges_every_exercise,
        lesson(cell("x", tags=["exercise"]), cell("y", tags=["exercise"]), cell("checks.y(y)")),
    ),
    "an exercise at the end": (rules.judges_every_exercise, lesson(cell("x", tags=["exercise"]))),
    "nothing claimed": (
        rules.checks_what_it_does_not_compare,
        lesson(cell("x", tags=["nbval-ignore-output"]), cell("y = x")),
    ),
    "claimed where nobody looks": (
        rules.checks_what_it_does_not_compare,
        lesson(cell("x", tags=["nbval-ignore-output"]), cell("assert x", tags=["nbval-skip"])),
    ),
    "a semicolon": (rules.is_plain_code, lesson(cell("x;"))),
    "plt.show": (rules.is_plain_code, lesson(cell("plt.show()"))),
    "clear_output": (rules.is_plain_code, lesson(cell("clear_output()"))),
    "a magic": (rules.is_valid_code, lesson(cell("%matplotlib inline"))),
    "an import of requests": (rules.stays_off_the_network, lesson(cell("import requests"))),
    "an address": (rules.stays_off_the_network, lesson(cell("load('https://example.org')"))),
    "an install": (rules.stays_off_the_network, lesson(cell("!pip install x"))),
    "a path in the source": (rules.names_no_machine, lesson(cell("load('/home/ann/x')"))),
    "a path in an output": (rules.names_no_machine, lesson(cell("x", new_output("stream", text="/tmp/x")))),
    "a Windows path": (rules.names_no_machine, lesson(cell("x = 'C:\\Users'"))),
    "another kernel": (rules.names_no_machine, with_metadata(lesson(), kernelspec={"name": "conda"})),
    "a version": (rules.names_no_machine, with_metadata(lesson(), language_info={"version": "3.11"})),
}


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_rule_accepts_a_good_lesson(rule):
    assert rule(GOOD) == []


@pytest.mark.parametrize("name", BAD)
def test_rule_catches(name):
    rule, notebook = BAD[name]
    assert rule(notebook)


def test_every_rule_is_seen_to_catch_something():
    assert {rule for rule, _ in BAD.values()} >= set(rules.RULES)


# --- the generator


def solved(*cells):
    return alone(text("# T"), *cells)


def test_answer_inside_a_function_becomes_a_raise_at_its_own_indentation():
    answer = "    # BEGIN SOLUTION\n    z = 2\n    return z\n    # END SOLUTION\n"
    source = f"def f(x):\n    y = 1\n{answer}print(1)"
    assert build.stub(source) == "def f(x):\n    y = 1\n    raise NotImplementedError\nprint(1)"


def test_stub_lines_replace_the_answer():
    source = "# BEGIN SOLUTION\n# STUB: guess = None  # your number\nguess = 3\n# END SOLUTION"
    assert build.stub(source) == "guess = None  # your number"


def test_two_answers_in_one_cell_become_two_stubs():
    answer = "    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION\n"
    assert build.stub(f"def f():\n{answer}def g():\n{answer}").count("raise NotImplementedError") == 2


@pytest.mark.parametrize(
    "source", ["x = 1", "# BEGIN SOLUTION\nx = 1", "# BEGIN SOLUTION\nx = 1\n# END SOLUTION"], ids=repr
)
def test_exercise_without_a_usable_answer_is_refused(source):
    with pytest.raises(ValueError, match="SOLUTION|STUB"):
        build.stub(source)


def test_reader_version_holds_no_answer_no_output_and_no_solution_cell():
    answer = "def f():\n    # BEGIN SOLUTION\n    return 42\n    # END SOLUTION"
    source = solved(
        cell(answer, new_output("stream", text="42"), tags=["exercise"]),
        cell("f()"),
        cell("f() == 42", tags=["solution"]),
    )
    notebook = build.derive(source)
    assert "42" not in str([(c.source, c.get("outputs")) for c in notebook.cells])  # a cell's random id may hold it
    assert [c.source for c in notebook.cells] == ["# T", "def f():\n    raise NotImplementedError", "f()"]
    assert source.cells[1].source == answer


def test_links_lose_one_folder():
    links = '[a](../../README.md) ![b](../pictures/b.png) <img src="../c.png"> [d](01_loss.ipynb)'
    expected = '[a](../README.md) ![b](pictures/b.png) <img src="c.png"> [d](01_loss.ipynb)'
    assert build.derive(alone(text(links))).cells[0].source == expected


def test_building_keeps_the_outputs_of_cells_that_did_not_change():
    old = solved(cell("1", new_output("stream", text="1")), cell("2", new_output("stream", text="2")))
    new = build.derive(old)
    new.cells[2].source = "3"
    build.keep_outputs(new, old)
    assert [len(c.outputs) for c in new.cells[1:]] == [1, 0]


def test_executing_keeps_outputs_and_names_no_machine(tmp_path):
    notebook = solved(cell("import sys\nprint('out')\nprint('err', file=sys.stderr)\n1 + 1"))
    build.execute(notebook, tmp_path)
    build.write(notebook, tmp_path / "n.ipynb")
    again = read(tmp_path / "n.ipynb")
    assert again.cells[1].execution_count == 1
    assert [o.get("text") or o.data["text/plain"] for o in again.cells[1].outputs] == ["out\n", "2"]
    assert rules.names_no_machine(again) == []


def test_outdated_exercise_version_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    (tmp_path / "solutions").mkdir()
    source = tmp_path / "solutions" / "01_x.ipynb"
    nbformat.write(solved(cell("1")), source)
    assert build.main(["--check"]) == 1
    assert build.main([]) == 0
    assert build.main(["--check"]) == 0
    nbformat.write(solved(cell("2")), source)
    assert build.main(["--check", "--only", "01"]) == 1
