"""Runs every test of the course in turn and sums up: what `make test` does once the set-up is there.

    python tests/run.py                    everything
    python tests/run.py style unit         only these

Exits with 0 when nothing failed. A part that this machine cannot run is named as skipped, with the reason.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTEST = [sys.executable, "-m", "pytest", "-q"]
IN_TWO = ["-n", "2", "--dist", "loadfile"]
NOTEBOOKS = [
    *("--nbval", "notebooks", "--nbval-current-env", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"),
    *("--nbval-cell-timeout", "600", *IN_TWO, "-p", "no:cacheprovider"),
]
PARTS = {
    "style": [[sys.executable, "-m", "ruff", "check", "."]],
    "unit": [
        [
            *PYTEST,
            *(*IN_TWO, "--doctest-modules", "aelearn", "tests"),
            *("--ignore=tests/browser", "--ignore-glob=tests/test_backends*", "--ignore=tests/run.py"),
        ]
    ],
    "backends": [[*PYTEST, *IN_TWO, *map(str, sorted((ROOT / "tests").glob("test_backends*.py")))]],
    "notebooks": [[*PYTEST, *NOTEBOOKS]],
    "browser": [[*PYTEST, "tests/browser"]],
}
# Two processes that each ask for both cores wait for one another: with a thread each a fifth of the work is saved.
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "OMP_NUM_THREADS": "1"}
ENVIRONMENT = {
    "unit": ONE_THREAD,
    "backends": {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
    "notebooks": ONE_THREAD,
}


def missing(part):
    """Says why a part cannot run on this machine, or nothing."""
    if part == "browser":
        sys.path.insert(0, str(ROOT / "tests" / "browser"))
        import chromium

        return chromium.missing()
    return ""


def run(part):
    """Runs one part; returns its word for the summary."""
    reason = missing(part)
    if reason:
        print(f"skipped: {reason}", flush=True)
        return "skipped"
    environment = os.environ | ENVIRONMENT.get(part, {})
    codes = [subprocess.run(command, cwd=ROOT, env=environment).returncode for command in PARTS[part]]
    return "failed" if any(codes) else "passed"


def main(names):
    """Runs the named parts, or all of them, and prints one line for each at the end."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        print(f"unknown part: {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    lines, words = [], []
    for part in names or PARTS:
        print(f"\n== {part} ==", flush=True)
        start = time.monotonic()
        words.append(run(part))
        lines.append(f"{part:<10} {words[-1]:<8} {time.monotonic() - start:6.0f} s")
    print("\n" + "\n".join(lines))
    print(f"{words.count('passed')} passed, {words.count('failed')} failed, {words.count('skipped')} skipped")
    return 1 if "failed" in words else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
