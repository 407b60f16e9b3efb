"""pyproject.toml, constraints.txt, environment.yml and the environment the tests run in say the same."""

import importlib.metadata
import importlib.util
import re
import sys
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def project():
    return tomllib.loads(read("pyproject.toml"))["project"]


def constraints():
    lines = (line.split("#")[0].strip() for line in read("constraints.txt").splitlines())
    return [Requirement(line) for line in lines if line]


def pins(python):
    """{name: version} of constraints.txt for one version of Python; a name counts once."""
    environment = default_environment() | {"python_version": python, "python_full_version": f"{python}.0"}
    found = {}
    for requirement in constraints():
        if requirement.marker is None or requirement.marker.evaluate(environment):
            name = canonicalize_name(requirement.name)
            assert name not in found, f"constraints.txt has {name} twice for Python {python}"
            found[name] = str(requirement.specifier).removeprefix("==")
    return found


def direct():
    """Every requirement of pyproject.toml, extras included."""
    extras = [line for lines in project()["optional-dependencies"].values() for line in lines]
    return [Requirement(line) for line in [*project()["dependencies"], *extras]]


def conda():
    """(the conda part, the pip part) of environment.yml."""
    dependencies = yaml.safe_load(read("environment.yml"))["dependencies"]
    pip = next(entry["pip"] for entry in dependencies if isinstance(entry, dict))
    return [entry for entry in dependencies if isinstance(entry, str)], pip


def conda_python():
    return next(entry.split("=")[1] for entry in conda()[0] if entry.startswith("python="))


def test_every_constraint_is_one_exact_version():
    loose = [str(r) for r in constraints() if not re.fullmatch(r"==[\w.+]+", str(r.specifier))]
    assert loose == []


@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_is_pinned_to_a_version_it_allows(python):
    pinned = pins(python)
    for requirement in direct():
        version = pinned.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in constraints.txt for Python {python}"
        assert requirement.specifier.contains(Version(version)), f"{requirement} does not allow {version}"


def test_conda_names_the_runtime_dependencies_and_no_others():
    named = [canonicalize_name(Requirement(line).name) for line in conda()[1] if not line.startswith("-")]
    assert sorted(named) == sorted(canonicalize_name(Requirement(d).name) for d in project()["dependencies"])


def test_conda_pins_what_the_constraints_pin():
    pinned = pins(conda_python())
    for line in conda()[1]:
        if not line.startswith("-"):
            name, version = line.split("==")
            assert pinned[canonicalize_name(name)] == version, f"environment.yml: {line}"


def test_conda_installs_the_course_itself_under_the_constraints():
    pip = conda()[1]
    assert pip[0] == "-c constraints.txt"
    assert pip[-1] == "-e .[course]"
    assert "course" in project()["optional-dependencies"]


def test_conda_python_is_one_that_the_package_supports():
    assert SpecifierSet(project()["requires-python"]).contains(conda_python())
    assert yaml.safe_load(read("environment.yml"))["name"] == project()["name"]


def test_everything_installed_is_the_pinned_version():
    pinned = pins(f"{sys.version_info.major}.{sys.version_info.minor}")
    wrong = []
    optional = {Requirement(line).name for line in project()["optional-dependencies"]["torch"]}
    for requirement in direct():
        absent = requirement.name in optional and importlib.util.find_spec(requirement.name) is None
        if requirement.marker is None and not requirement.extras and not absent:
            installed = Version(importlib.metadata.version(requirement.name)).public  # torch adds +cpu
            if installed != pinned[canonicalize_name(requirement.name)]:
                wrong.append(f"{requirement.name} {installed}")
    assert wrong == [], "install with: pip install -c constraints.txt -e ."


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "environment.yml", "Makefile"])
def test_set_up_names_no_package_server(name):
    assert not re.search(r"https?://|index-url|find-links|file:", read(name))
