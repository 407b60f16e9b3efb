"""The modules of aelearn: who may import whom, who owns which library, and what every public name carries."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "aelearn"

# A module may import from its own row and from the rows above it.
ROWS = [
    {"runtime", "archives", "images"},
    {"data", "corruptions", "metrics", "autodiff"},
    {"losses"},
    {"layers"},
    {"autoencoders"},
    {"training"},
    {"latent", "transforms", "styles", "stylize", "optimize", "evaluate"},
    {"plots"},
    {"video"},
    {"panels", "checks", "cli"},
    {"__main__"},
]
ROW = {module: number for number, row in enumerate(ROWS) for module in row}
OWNERS = {
    "matplotlib": "plots",
    "ipywidgets": "panels",
    "anywidget": "panels",
    "IPython": "plots",
    "PIL": "images",
    "tensorflow": "runtime",
    "jax": "runtime",
    "torch": "runtime",
    "pooch": "data",
}
# These work on NumPy arrays and start without Keras.
NUMPY_ONLY = {"archives", "images", "data", "corruptions", "metrics", "autodiff", "transforms", "styles", "plots"}
HEAVY = ("keras", "tensorflow", "jax", "matplotlib", "ipywidgets", "PIL", "numpy")
KERAS_HOOKS = {"build", "call", "get_config", "compute_output_shape", "compute_output_spec", "compute_loss"}
MOST_LINES = 250
SECRET = re.compile(r"(?i)\b(api_?key|secret|password|access_token)\s*[=:]\s*['\"]\w|-----BEGIN|AKIA[0-9A-Z]{16}")
MACHINE_PATH = re.compile(r"(?<![\w.~/:])/(home|root|Users|mnt|work|opt|srv)/\w|\b[A-Z]:\\\\?Users")


def module_of(path):
    """The module a file belongs to: itself, or the folder of the same name."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = [path for path in FILES if path != PACKAGE / "__init__.py"]


def name(path):
    return path.relative_to(PACKAGE).as_posix()


def imports(source):
    """(full name, line, at the top of the module) of everything that a source imports."""
    tree = ast.parse(source)
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno, id(node) in top) for alias in node.names)


def wrong_direction(module, source):
    """Imports of modules in a row below, and relative imports, which hide their row."""
    complaints = []
    for full, line, _ in imports(source):
        parts = full.split(".")
        if parts[0] == "None":
            complaints.append(f"line {line}: relative import")
        elif parts[0] == "aelearn" and parts[-1] != "aelearn" and parts[1] in ROW:
            if ROW[parts[1]] > ROW[module]:
                complaints.append(f"line {line}: {module} imports {parts[1]}")
    return complaints


def strangers(module, source):
    """Libraries that belong to another module."""
    return [
        f"line {line}: {full} belongs to {OWNERS[library]}"
        for full, line, _ in imports(source)
        if (library := full.split(".")[0]) in OWNERS and OWNERS[library] != module
    ]


def early_keras(source):
    """Keras imported before runtime had a chance to start its backend quietly."""
    keras = [line for full, line, top in imports(source) if top and full.split(".")[0] == "keras"]
    starts = tuple(f"aelearn.{one}" for one in ("runtime", "layers", "losses", "autoencoders", "training"))
    first = [line for full, line, top in imports(source) if top and full.startswith(starts)]
    return [f"line {line}" for line in keras if not any(early < line for early in first)]


def keras_where_numpy_will_do(module, source):
    """Keras in a module that is NumPy only."""
    libraries = ("keras", "tensorflow", "jax", "torch")
    found = [(full, line) for full, line, _ in imports(source) if full.split(".")[0] in libraries]
    return [f"line {line}: {full}" for full, line in found if module in NUMPY_ONLY]


def code_lines(source):
    """Lines that hold code: no blank lines, no comments, no docstrings."""
    tree = ast.parse(source)
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    words = set()
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            words |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    skip = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in skip:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - words)


def undocumented(source, seen=None):
    """Public names without a docstring, and functions and classes without an Example; `seen` narrows the names.

    An exception needs no Example; properties and what Keras calls by itself need no docstring.
    """
    complaints = []
    for node in public(ast.parse(source)):
        if seen is not None and node.name not in seen:
            continue
        text = ast.get_docstring(node) or ""
        if not text:
            complaints.append(f"line {node.lineno}: {node.name} has no docstring")
        elif ">>>" not in text and not node.name.endswith("Error"):
            complaints.append(f"line {node.lineno}: {node.name} has no Example")
        for method in public(node) if isinstance(node, ast.ClassDef) else []:
            if not (ast.get_docstring(method) or method.decorator_list or method.name in KERAS_HOOKS):
                complaints.append(f"line {method.lineno}: {node.name}.{method.name} has no docstring")
    return complaints


def public(tree):
    """The functions and classes in a body whose names do not begin with an underscore."""
    kinds = (ast.ClassDef, ast.FunctionDef)
    return [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]


def exported(path):
    """Names that a reader sees: everything in a module file; in a folder, what its __init__ hands out."""
    if path.parent == PACKAGE:
        return None
    source = (path.parent / "__init__.py").read_text(encoding="utf-8")
    here = f"aelearn.{'.'.join(path.relative_to(PACKAGE).with_suffix('').parts)}"
    return {full.rsplit(".", 1)[1] for full, _, _ in imports(source) if full.rsplit(".", 1)[0] == here}


# --- the package


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_module_has_its_place_in_the_order(path):
    assert module_of(path) in ROW, "put it into ROWS, or into the module where it belongs"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_point_one_way(path):
    assert wrong_direction(module_of(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_library_has_one_owner(path):
    assert strangers(module_of(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_keras_comes_after_runtime(path):
    if module_of(path) != "runtime":
        assert early_keras(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_numpy_modules_do_not_import_keras(path):
    assert keras_where_numpy_will_do(module_of(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_pyplot(path):
    source = path.read_text(encoding="utf-8")
    assert not [full for full, _, _ in imports(source) if "pyplot" in full or "pylab" in full]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_secret_and_no_path_of_a_machine(path):
    source = path.read_text(encoding="utf-8")
    assert not SECRET.search(source)
    assert not MACHINE_PATH.search(source)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_module_is_one_idea_long(path):
    assert code_lines(path.read_text(encoding="utf-8")) <= MOST_LINES, "make it a folder of the same name"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_public_names_are_explained_with_an_example(path):
    assert undocumented(path.read_text(encoding="utf-8"), exported(path)) == []


def test_importing_the_package_imports_nothing_heavy():
    code = f"import sys, aelearn; print([m for m in {HEAVY} if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent)
    assert (result.returncode, result.stdout.strip()) == (0, "[]"), result.stderr


# --- the rules themselves, on made-up modules

CAUGHT = {
    "upwards": lambda: wrong_direction("images", "from aelearn import data"),
    "upwards inside a function": lambda: wrong_direction("losses", "def f():\n    import aelearn.training"),
    "upwards by a name": lambda: wrong_direction("data", "from aelearn.stylize import Stylizer"),
    "a relative import": lambda: wrong_direction("cli", "from . import data"),
    "a stranger": lambda: strangers("stylize", "from matplotlib.figure import Figure"),
    "a stranger inside a function": lambda: strangers("data", "def f():\n    from PIL import Image"),
    "tensorflow in a layer": lambda: strangers("layers", "import tensorflow as tf"),
    "keras first": lambda: early_keras("import keras\nfrom aelearn import runtime"),
    "keras alone": lambda: early_keras("from keras import ops"),
    "keras in metrics": lambda: keras_where_numpy_will_do("metrics", "def f():\n    import keras"),
    "no docstring": lambda: undocumented("def f():\n    pass"),
    "no example": lambda: undocumented("class A:\n    '''An A.'''"),
    "a method without docstring": lambda: undocumented("class A:\n    '''>>> A()'''\n    def f(self): 1"),
    "a secret": lambda: SECRET.search("API_KEY = 'abc'"),
    "a home folder": lambda: MACHINE_PATH.search("open('/home/ann/x')"),
}
PASSED = {
    "downwards": lambda: wrong_direction("stylize", "from aelearn import runtime, transforms\nimport aelearn"),
    "an owner": lambda: strangers("images", "from PIL import Image"),
    "runtime first": lambda: early_keras("from aelearn import runtime\nimport keras"),
    "an example": lambda: undocumented("def f():\n    '''F.\n\n    Example:\n        >>> f()\n    '''\ndef _g(): 1"),
}


@pytest.mark.parametrize("case", CAUGHT)
def test_rule_catches(case):
    assert CAUGHT[case]()


@pytest.mark.parametrize("case", PASSED)
def test_rule_lets_through(case):
    assert not PASSED[case]()


def test_code_lines_leave_out_words():
    source = '"""Words.\n\nMore."""\n\n# why\nx = (\n    1\n)\n\n\ndef f():\n    """Words."""\n    return x\n'
    assert code_lines(source) == 5
