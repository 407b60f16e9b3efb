"""A report card as text, for a terminal and for a notebook's page."""

import numpy as np


def table(report):
    """Styles down, judges across, the anchors below them, and then what a model does on its own.

    Args:
        report: `Report`.

    Returns:
        str of several lines.

    Example:
        >>> from aelearn.evaluate.report import Report, Row
        >>> rows = (Row("cat", "wave", 0.2, 0.6, 0.6, 0.0), Row("cat", "night", 0.4, 0.6, 0.6, 0.0))
        >>> report = Report("mine", 512, "adain", 1.0, rows, {"cat": 26.0}, None, (5.0,), 0.05, 0.02)
        >>> print(table(report).splitlines()[0])
        mine: 1 photo × 2 paintings, 512 × 512 pixels, adain, alpha 1
    """
    return "\n".join([_title(report), "", *_judged(report), "", *_behaviour(report)])


def _title(report):
    photos, styles = len({row.photo for row in report.rows}), len(report.styles())
    many = f"{photos} photo{'s' * (photos != 1)} × {styles} paintings"
    return f"{report.model}: {many}, {report.size} × {report.size} pixels, {report.method}, alpha {report.alpha:g}"


def _judged(report):
    measures = ["texture", "edges"] + ["teacher"] * (report.mean("teacher") is not None)
    anchors = {name: list(values) for name, values in report.anchors().items()}
    if len(measures) == 3:
        anchors["photo copied"].append(report.mean("copied_teacher"))
        anchors["painting copied"].append(0.0)
    lines = {name.replace("_", " "): values for name, values in report.styles(*measures).items()}
    lines["mean"] = [report.mean(measure) for measure in measures]
    lines["spread over styles"] = [report.spread(measure) for measure in measures]
    width = max(map(len, [*lines, *anchors, "painting copied"]))
    heads = {"texture": "lower: more paint", "edges": "higher: more photo", "teacher": "lower: more paint"}
    rule = "-" * (width + 20 * len(measures))
    return [
        " " * width + "".join(f"{measure:>20}" for measure in measures),
        " " * width + "".join(f"{heads[measure]:>20}" for measure in measures),
        *(_line(name, values, width) for name, values in list(lines.items())[:-2]),
        rule,
        *(_line(name, values, width) for name, values in list(lines.items())[-2:]),
        *(_line(name, values, width) for name, values in anchors.items()),
    ]


def _line(name, values, width):
    return f"{name:<{width}}" + "".join(f"{value:>20.3f}" for value in values)


def _behaviour(report):
    identity = list(report.identity.values())
    ranks = ", ".join(f"{rank:.1f}" for rank in report.effective_rank)
    lines = [("identity, T(c, c)", f"{np.mean(identity):.1f} dB, worst {min(identity):.1f} dB")]
    if report.leak:
        leak = report.leak
        lines += [
            (f"painted {leak.times} times", f"edges {leak.edges_once:.3f} after 1, {leak.edges_last:.3f} after all"),
            (f"rebuilt {leak.times} times", f"{leak.psnr_once:.1f} dB after 1, {leak.psnr_last:.1f} dB after all"),
        ]
    lines += [
        ("effective rank", f"{ranks} (level 1 first)"),
        ("time, median", f"new photo {1000 * report.new_photo_seconds:.0f} ms, "
                         f"slider move {1000 * report.slider_seconds:.0f} ms"),
    ]
    return [f"{name:<22}{text}" for name, text in lines]
