"""A computation graph as a figure: what was computed from what, with values, and the gradients that came back."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from aelearn.autodiff import trace
from aelearn.plots.graph_layout import columns_of, heights_of, in_order
from aelearn.plots.look import BLUE, CAPTION, INK, MUTED, VERMILLION, WIDTH, sheet, text_width

MOST = 40  # nodes that one can still follow
SIZES = (CAPTION, 9, 8.5, 8, 7.5, 7)  # points; the first at which the graph is no wider than a page
GAPS = (0.75, 0.26)  # inches between columns, at most and at least
HEAD = 0.1  # inches, of an arrow
INSIDE = 0.09  # inches between text and outline
BETWEEN = 0.2  # inches between nodes of a column
EDGE = 0.08  # inches around everything
FOOT = 0.42  # inches for the line that explains the shapes
SYMBOLS = {"*": "×", "/": "÷", "-": "−"}
BACK = "◂"  # in front of a gradient: it came from the right
LOOKS = {
    "leaf": {"facecolor": "#e3effa", "edgecolor": BLUE, "linewidth": 1.6},
    "constant": {"facecolor": "white", "edgecolor": MUTED, "linewidth": 1.2, "linestyle": (0, (3, 2))},
    "operation": {"facecolor": "white", "edgecolor": INK, "linewidth": 1.4},
}


def computation_graph(tensor, *, values=True, gradients=True):
    """Draw how a tensor was computed, from left to right: values go along the arrows, gradients came back.

    Boxes with corners are leaves, dashed if they are constants; round ones are operations. A number is written out,
    of an array its shape. A small triangle stands before the gradient, of an array before its length √Σ grad².

    Args:
        tensor: a `Tensor` of `aelearn.autodiff`, or whatever has `data`, `grad`, `name`, `operation` and `parents`.
        values: bool, write the values.
        gradients: bool, write the gradients, where there are any.

    Returns:
        `Figure`, at most 9 inches wide unless the longest path has more than about ten steps.

    Raises:
        ValueError: if it is not such a tensor, or has more than 40 nodes behind it.

    Example:
        >>> from aelearn.autodiff import Tensor
        >>> w = Tensor(2.0, name="w")
        >>> figure = computation_graph((w * 3.0).relu())
        >>> [text.get_text() for text in figure.axes[0].texts[:2]]
        ['w', '2']
    """
    if not all(hasattr(tensor, name) for name in ("data", "grad", "name", "operation", "parents")):
        raise ValueError(f"tensor must be a Tensor of aelearn.autodiff; received {type(tensor).__name__}")
    nodes = trace(tensor)
    if len(nodes) > MOST:
        raise ValueError(f"tensor must have at most {MOST} nodes to be drawn, itself included; received {len(nodes)}: "
                         "draw one that comes earlier, or a smaller example")
    number = {id(node): index for index, node in enumerate(nodes)}
    columns, routes = columns_of([[number[id(parent)] for parent in node.parents] for node in nodes])
    columns = in_order(columns, routes)
    texts = [_lines(node, values, gradients) for node in nodes]
    boxes, spans, size = _boxes(columns, texts)

    def tall(place):  # an arrow that passes has no height
        return boxes[place][1] if isinstance(place, int) else 0

    centres = heights_of(columns, routes, tall, BETWEEN,
                         lambda p: 0.01 if isinstance(p, int) and not nodes[p].parents else 1.0)
    key = _key_of(nodes, texts)
    figure, axes = _canvas(max(spans[-1][1], _key_width(key)), max(y + tall(p) / 2 for p, y in centres.items()))
    span = {place: spans[c] for c, column in enumerate(columns) for place in column}
    for route, (start, end) in zip(routes, _ends(routes, centres, boxes)):
        left = np.mean(span[route[0]]) + boxes[route[0]][0] / 2
        right = np.mean(span[route[-1]]) - boxes[route[-1]][0] / 2
        ways = [(edge, centres[place]) for place in route[1:-1] for edge in span[place]]
        # It bends between columns only, where no node is.
        _arrow(axes, [(left, start), (span[route[0]][1], start), *ways, (min(span[route[-1]][0], right - HEAD), end),
                      (right, end)])
    for index, node in enumerate(nodes):
        _node(axes, kind_of(node), texts[index], (np.mean(span[index]), centres[index]), boxes[index], size)
    _write_key(axes, key)
    return figure


def kind_of(node):
    if node.parents:
        return "operation"
    return "constant" if getattr(node, "constant", False) else "leaf"


def _lines(node, values, gradients):
    # (text, colour, bold): what it is, its value, its gradient.
    data = np.asarray(node.data)
    operation = SYMBOLS.get(node.operation, node.operation).replace("**", "power ")
    title = f"{node.name} = {operation}" if node.name and operation else node.name or operation
    if not title:  # a constant is its value
        return [(_short(data), INK, True)]
    lines = [(part, INK, True) for part in title.replace("/", "/\n").split("\n")]
    if values:
        lines.append((_short(data), INK, False))
    if gradients and node.grad is not None:
        grad = np.asarray(node.grad)
        number = _number(grad.item()) if grad.size == 1 else _number(np.linalg.norm(grad), digits=2)
        lines.append((f"{BACK} {number}", VERMILLION, False))
    return lines


def _short(data):
    return _number(data.item()) if data.size == 1 else "×".join(map(str, data.shape))


def _number(value, digits=3):
    text = f"{float(value):.{digits}g}"
    if 1e-3 <= abs(value) < 1e5:
        text = f"{float(text):g}"
    mantissa, _, exponent = text.partition("e")
    return (f"{mantissa}e{int(exponent)}" if exponent else text).replace("-", "−")


def _boxes(columns, texts):
    # The largest letters at which all columns fit beside each other, then the widest gaps.
    for size in SIZES:
        line = 1.28 * size / 72
        boxes = [(max(_width(line, size) for line in lines) + 2 * INSIDE, len(lines) * line + 2 * INSIDE)
                 for lines in texts]
        widths = [max(boxes[p][0] for p in column if isinstance(p, int)) for column in columns]
        room = WIDTH - 2 * EDGE - sum(widths)
        gap = min(GAPS[0], room / max(len(widths) - 1, 1))
        if gap >= GAPS[1]:
            break
    gap = max(gap, GAPS[1])
    lefts = np.cumsum([0, *(width + gap for width in widths[:-1])])
    return boxes, [(float(left), float(left + width)) for left, width in zip(lefts, widths)], size


def _width(line, size):
    return text_width(line[0], size) * (1.1 if line[2] else 1.02)  # bold letters are wider


def _ends(routes, centres, boxes):
    # Arrows into the same node arrive side by side, in the order in which they come; so does x · x leave twice.
    ends = []
    for index, route in enumerate(routes):
        pair = []
        for side, neighbour in ((0, 1), (-1, -2)):
            node = route[side]
            beside = [i for i, other in enumerate(routes) if other[side] == node]
            if side == 0:  # only what goes the very same way is kept apart
                beside = [i for i in beside if routes[i][-1] == route[-1]]
            beside.sort(key=lambda i: (centres[routes[i][neighbour]], i))
            step = min(0.13, 0.6 * boxes[node][1] / len(beside))
            pair.append(centres[node] + step * (beside.index(index) - (len(beside) - 1) / 2))
        ends.append(tuple(pair))
    return ends


def _canvas(width, height):
    figure = sheet(width + 2 * EDGE, height + FOOT + 2 * EDGE)
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set(xlim=(-EDGE, width + EDGE), ylim=(height + FOOT + EDGE, -EDGE))  # inches, downwards
    axes.set_axis_off()
    return figure, axes


def _arrow(axes, points):
    # Level at every point, so that an arrow leaves, passes and arrives horizontally.
    path, codes = [points[0]], [Path.MOVETO]
    for (x0, y0), (x1, y1) in zip(points, points[1:-1]):
        path += [((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1), (x1, y1)]
        codes += 3 * [Path.CURVE4]
    path, codes = [*path, points[-1]], [*codes, Path.LINETO]
    axes.add_patch(FancyArrowPatch(path=Path(path, codes), arrowstyle="-|>", mutation_scale=9, edgecolor=MUTED,
                                   facecolor=MUTED, linewidth=1.2, shrinkA=0, shrinkB=0, zorder=1))


def _node(axes, kind, lines, centre, box, size):
    (x, y), (width, height) = centre, box
    _outline(axes, kind, x - width / 2, y - height / 2, width, height)
    step = 1.28 * size / 72
    for index, (text, color, bold) in enumerate(lines):
        axes.text(x, y + (index - (len(lines) - 1) / 2) * step, text, fontsize=size, color=color, ha="center",
                  va="center", weight="bold" if bold else "normal", parse_math=False, zorder=3)


def _outline(axes, kind, left, top, width, height):
    rounding = min(0.2, 0.45 * width, 0.45 * height) if kind == "operation" else 0.02
    style = f"round,pad=0,rounding_size={rounding}"
    axes.add_patch(FancyBboxPatch((left, top), width, height, boxstyle=style, zorder=2, **LOOKS[kind]))


def _key_of(nodes, texts):
    kinds = {kind_of(node) for node in nodes}
    words = [(kind, kind) for kind in LOOKS if kind in kinds]
    if any(text.startswith(BACK) for lines in texts for text, *_ in lines):
        arrays = any(np.size(node.grad) > 1 for node in nodes if node.grad is not None)
        words.append((BACK, "gradient, of an array its length" if arrays else "gradient"))
    return words


def _key_width(key):
    return sum(0.59 + text_width(words) for _, words in key)


def _write_key(axes, key):
    left, middle = 0.0, axes.get_ylim()[0] - EDGE - 0.11
    for kind, words in key:
        if kind == BACK:
            axes.text(left, middle, BACK, fontsize=CAPTION, color=VERMILLION, va="center")
            left -= 0.2
        else:
            _outline(axes, kind, left, middle - 0.08, 0.3, 0.16)
        axes.text(left + 0.37, middle, words, fontsize=CAPTION, color=MUTED, va="center", zorder=3)
        left += 0.59 + text_width(words)
