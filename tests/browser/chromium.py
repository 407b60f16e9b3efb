"""Finds the chromium that drives the browser tests."""

import importlib.util
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def executable():
    """Path of the first chromium on the PATH, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def missing():
    """Why the browser tests cannot run here and what to do about it; empty when they can."""
    if importlib.util.find_spec("playwright") is None:
        return 'no browser tests: playwright is missing (pip install ".[browser]")'
    if executable() is None:
        return (
            "no browser tests: chromium is missing (Debian, Ubuntu: apt-get install chromium; "
            "macOS: brew install --cask google-chrome and put it on the PATH)"
        )
    return ""
