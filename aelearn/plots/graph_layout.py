"""Where the nodes of a graph go: columns from left to right, few crossings, straight arrows.

The steps of Sugiyama, Tagawa and Toda 1981: columns, places for arrows that pass through a column, an order within
each column, heights.
"""

from itertools import combinations

import numpy as np


def columns_of(parents):
    """Put every node into a column to the right of its parents, and lead long arrows through the columns between.

    Args:
        parents: list with one list of indices per node, each smaller than the node's own.

    Returns:
        `(columns, routes)`: lists of places, a place being the index of a node, or a tuple where an arrow passes; and
        for every arrow, in the order of `parents`, the list of places it goes through, both ends included.

    Example:
        >>> columns_of([[], [0], [0, 1]])
        ([[0], [1, (1, 1)], [2]], [[0, 1], [0, (1, 1), 2], [1, 2]])
    """
    arrows = [(parent, node) for node, those in enumerate(parents) for parent in those]
    column = []
    for those in parents:
        column.append(1 + max((column[parent] for parent in those), default=-1))
    for node, those in enumerate(parents):
        if not those:  # a leaf stands beside its first use
            column[node] = min((column[end] for start, end in arrows if start == node), default=1) - 1
    columns = [[] for _ in range(max(column) + 1)]
    for node, number in enumerate(column):
        columns[number].append(node)
    routes = []
    for index, (start, end) in enumerate(arrows):
        through = [(index, number) for number in range(column[start] + 1, column[end])]
        for place in through:
            columns[place[1]].append(place)
        routes.append([start, *through, end])
    return columns, routes


def in_order(columns, routes):
    """Order each column so that few arrows cross: every place moves to the mean rank of its neighbours.

    Args:
        columns: list of lists of places.
        routes: list of lists of places.

    Returns:
        list of lists, the same places.

    Example:
        >>> in_order([[0, 1], [2, 3]], [[0, 3], [1, 2]])
        [[0, 1], [3, 2]]
    """
    before, after = _neighbours(routes)
    best, fewest = columns, _crossings(columns, after)
    columns = [list(column) for column in columns]
    for sweep in range(12):
        sides, numbers = (before, range(len(columns))) if sweep % 2 == 0 else (after, range(len(columns) - 1, -1, -1))
        for number in numbers:
            rank = {place: r for column in columns for r, place in enumerate(column)}
            columns[number].sort(key=lambda p: np.mean([rank[q] for q in sides.get(p, [p])]))
        if (crossings := _crossings(columns, after)) < fewest:
            best, fewest = [list(column) for column in columns], crossings
    return best


def heights_of(columns, routes, sizes, between, weights=lambda place: 1.0):
    """Height of every place: near the mean of its neighbours, and no two of a column closer than `between`.

    Where there is a choice, an arrow goes level through all columns.

    Args:
        columns: list of lists of places, each from top to bottom.
        routes: list of lists of places.
        sizes: function from a place to how tall it is.
        between: float, least distance from the edge of one to the next.
        weights: function from a place to how much its neighbours mind it, and how little it gives way.

    Returns:
        dict from place to the height of its centre, downwards; the topmost edge is at 0.

    Example:
        >>> heights_of([[0, 1], [2]], [[0, 2], [1, 2]], lambda place: 1.0, 0.5)
        {0: 0.5, 1: 2.0, 2: 1.25}
    """
    least = [[(sizes(a) + sizes(b)) / 2 + between for a, b in zip(column, column[1:])] for column in columns]
    before, after = _neighbours(routes)
    heights = {place: 0.0 for column in columns for place in column}
    for sweep in range(40):
        numbers = range(len(columns)) if sweep % 2 else range(len(columns) - 1, -1, -1)
        for number in numbers:
            column = columns[number]
            wanted = []
            for place in column:
                beside = [*before.get(place, []), *after.get(place, [])] or [place]
                wanted.append(np.average([heights[q] for q in beside], weights=[weights(q) for q in beside]))
            heights.update(zip(column, spaced(wanted, least[number], [weights(place) for place in column])))
    _straighten(heights, columns, routes, lambda a, b: (sizes(a) + sizes(b)) / 2 + between - 1e-9)
    top = min(heights[place] - sizes(place) / 2 for place in heights)
    return {place: float(height - top) for place, height in heights.items()}


def spaced(wanted, least, weights=None):
    """The heights nearest to the wanted ones, by weighted squares, that keep their order and distances.

    Taken less the distances, they only have to rise: where they would fall, neighbours share their mean
    (pool adjacent violators, Barlow et al. 1972).

    Args:
        wanted: list of floats.
        least: list of one float fewer, the distance from each to the next.
        weights: list of floats, how little each gives way, or None for all the same.

    Returns:
        list of floats.

    Example:
        >>> spaced([0.0, 0.0, 5.0], [1.0, 1.0])
        [-0.5, 0.5, 5.0]
    """
    shifts = np.cumsum([0.0, *least])
    pools = []  # [mean, weight, number of members]
    for value, weight in zip(np.asarray(wanted, float) - shifts, [1.0] * len(shifts) if weights is None else weights):
        pools.append([value, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, weight, count = pools.pop()
            other, heavy, more = pools.pop()
            pools.append([(mean * weight + other * heavy) / (weight + heavy), weight + heavy, count + more])
    flat = [mean for mean, _, count in pools for _ in range(count)]
    return [float(value) for value in flat + shifts]


def _straighten(heights, columns, routes, least):
    # Arrows that pass through columns go level, at the height of one of their ends or in between, where there is room.
    beside = {}
    for column in columns:
        for upper, place, lower in zip([None, *column], column, [*column[1:], None]):
            beside[place] = upper, lower
    for start, *passing, end in routes:
        middle = np.mean([heights[place] for place in passing] or [0])
        for height in (heights[end], heights[start], middle):
            free = True
            for place in passing:
                upper, lower = beside[place]
                free &= upper is None or height - heights[upper] >= least(upper, place)
                free &= lower is None or heights[lower] - height >= least(place, lower)
            if free:
                heights.update(dict.fromkeys(passing, height))
                break


def _neighbours(routes):
    before, after = {}, {}
    for route in routes:
        for start, end in zip(route, route[1:]):
            before.setdefault(end, []).append(start)
            after.setdefault(start, []).append(end)
    return before, after


def _crossings(columns, after):
    count = 0
    for left, right in zip(columns, columns[1:]):
        rank = {place: r for r, place in enumerate(right)}
        ends = [(r, rank[end]) for r, place in enumerate(left) for end in after.get(place, [])]
        count += sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in combinations(ends, 2))
    return count
