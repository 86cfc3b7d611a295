"""The algebra of spans against sets of numbers."""

from hypothesis import given
from hypothesis import strategies as st

from sla.domain.time import interval

spans = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def members(found: list[tuple[int, int]]) -> set[int]:
    return {number for start, end in found for number in range(start, end)}


def is_canonical(found: list[tuple[int, int]]) -> bool:
    edges = [edge for span in found for edge in span]
    return edges == sorted(set(edges))


@given(spans, spans)
def test_spans_behave_like_sets(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    for found, expected in (
        (interval.union(one), members(one)),
        (interval.union(one + other), members(one) | members(other)),
        (interval.subtract(one, other), members(one) - members(other)),
        (interval.intersect(one, other), members(one) & members(other)),
    ):
        assert members(found) == expected
        assert is_canonical(found)
    assert interval.total(one) == len(members(one))
