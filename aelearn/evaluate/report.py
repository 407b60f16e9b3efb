"""A report card: every pair as judged, what they come to, and a file that keeps it."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from aelearn.autoencoders.weights import write_atomically
from aelearn.evaluate.behaviour import Leak

FORMAT = "aelearn report 1"  # what the file calls itself
MEASURES = ("texture", "edges", "teacher")


@dataclass(frozen=True)
class Row:
    """One photo painted in the style of one painting, as judged; and what the two free anchors get on the same pair.

    Example:
        >>> Row("cat", "wave", texture=0.2, edges=0.6, copied_texture=0.6, copied_edges=0.0).teacher is None
        True
    """

    photo: str
    style: str
    texture: float  # `texture_distance` to the painting
    edges: float  # `edge_correlation` to the photo
    copied_texture: float  # of the photo, copied
    copied_edges: float  # of the painting, copied
    teacher: float | None = None  # `teacher_distance` to the painting, where a teacher was given
    copied_teacher: float | None = None  # of the photo, copied


@dataclass(frozen=True)
class Report:
    """The report card of one model; made by `evaluate` or `load_report`, printed as a table.

    Example:
        >>> rows = (Row("cat", "wave", 0.2, 0.6, 0.6, 0.0), Row("cat", "night", 0.4, 0.6, 0.6, 0.0))
        >>> report = Report("mine", 512, "optimal_transport", 1.0, rows, {"cat": 26.0}, None, (5.0,), 0.05, 0.02)
        >>> round(report.mean("texture"), 6), report.styles()["wave"]
        (0.3, (0.2, 0.6))
    """

    model: str
    size: int  # pixels, the side of the squares that were painted
    method: str
    alpha: float
    rows: tuple[Row, ...]
    identity: dict  # photo's name -> `identity_error` in dB
    leak: Leak | None  # mean over some pairs
    effective_rank: tuple[float, ...]  # level 1 first, mean over the photos
    new_photo_seconds: float  # median: encode a photo and paint it, its painting being encoded already
    slider_seconds: float  # median: another alpha, both being encoded already

    def __str__(self):
        from aelearn.evaluate.table import table

        return table(self)

    def mean(self, measure):
        """The mean of a measure over all pairs; None for "teacher" where none was given."""
        values = [getattr(row, measure) for row in self.rows]
        return None if None in values else float(np.mean(values))

    def styles(self, *measures):
        """The means over the photos: dict from the style's name to a tuple of `measures`, texture and edges if none."""
        measures = measures or ("texture", "edges")
        found = {}
        for row in self.rows:
            found.setdefault(row.style, []).append([getattr(row, measure) for measure in measures])
        return {name: tuple(np.mean(values, axis=0).tolist()) for name, values in found.items()}

    def copied(self):
        """Texture distance of the photos, copied: dict from the style's name to the mean over them."""
        return {name: value for name, (value,) in self.styles("copied_texture").items()}

    def spread(self, measure):
        """The standard deviation of the styles' means: how much a result depends on the choice of paintings."""
        return float(np.std(list(self.styles(measure).values())))

    def anchors(self):
        """What is to be had for nothing: dict from name to (texture, edges), the photo copied, the painting copied."""
        return {
            "photo copied": (self.mean("copied_texture"), 1.0),
            "painting copied": (0.0, self.mean("copied_edges")),
        }

    def save(self, path):
        """Write the card as JSON, whole or not at all.

        Args:
            path: file to write, ending in `.json`.

        Raises:
            ValueError: if it ends in anything else.
        """
        if Path(path).suffix.lower() != ".json":
            raise ValueError(f"path must end in .json; received {str(path)!r}")
        values = {"format": FORMAT, **asdict(self)}
        values["identity"] = {name: _finite(value) for name, value in self.identity.items()}
        if self.leak:
            values["leak"] = {name: _finite(value) for name, value in asdict(self.leak).items()}
        text = json.dumps(values, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
        write_atomically(path, lambda file: file.write(text.encode("utf-8")))


def load_report(path):
    """Read a report card from the file that `Report.save` wrote.

    Args:
        path: the `.json` file.

    Returns:
        `Report`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it holds something else.

    Example:
        >>> load_report("nowhere.json")
        Traceback (most recent call last):
        FileNotFoundError: there is no report card nowhere.json
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no report card {path}")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT:
            raise ValueError(f"it does not call itself {FORMAT!r}")
        return _from_json(values)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is no report card of this version ({error}); run aelearn evaluate") from error


def _finite(value):
    # JSON has no infinity, which the PSNR of equal pictures is.
    return value if np.isfinite(value) else None


def _from_json(values):
    values["rows"] = tuple(Row(**row) for row in values["rows"])
    values["identity"] = {name: _infinite(value) for name, value in values["identity"].items()}
    if values["leak"] is not None:
        values["leak"] = Leak(**{name: _infinite(value) for name, value in values["leak"].items()})
    values["effective_rank"] = tuple(values["effective_rank"])
    missing = [field.name for field in fields(Report) if field.name not in values]
    if missing or not values["rows"]:
        raise ValueError(f"it lacks {', '.join(missing) or 'rows'}")
    return Report(**values)


def _infinite(value):
    return float("inf") if value is None else value
