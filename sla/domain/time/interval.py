"""Half-open spans [start, end) of whole numbers, and the algebra of sorted lists of them."""

from collections.abc import Iterable

Span = tuple[int, int]


def union(spans: Iterable[Span]) -> list[Span]:
    """The sorted, disjoint spans that cover the same numbers; touching ones become one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What `spans` cover and `holes` do not, sorted and disjoint."""
    removed = union(holes)
    left: list[Span] = []
    first = 0
    for start, end in union(spans):
        while first < len(removed) and removed[first][1] <= start:
            first += 1
        at = start
        for hole_start, hole_end in removed[first:]:
            if hole_start >= end:
                break
            if at < hole_start:
                left.append((at, hole_start))
            at = hole_end
        if at < end:
            left.append((at, end))
    return left


def intersect(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """What both cover, sorted and disjoint."""
    mine, theirs = union(spans), union(others)
    common: list[Span] = []
    i = j = 0
    while i < len(mine) and j < len(theirs):
        start, end = max(mine[i][0], theirs[j][0]), min(mine[i][1], theirs[j][1])
        if start < end:
            common.append((start, end))
        if mine[i][1] <= theirs[j][1]:
            i += 1
        else:
            j += 1
    return common


def total(spans: Iterable[Span]) -> int:
    """How many numbers the spans cover, counted once each."""
    return sum(end - start for start, end in union(spans))
