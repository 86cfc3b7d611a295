"""How far a folder was read: every UID exactly once, whatever dies in between and comes late."""

from hypothesis import given
from hypothesis import strategies as st

from tickets.domain.mail_checkpoint import REMEMBERED, Checkpoint


def test_a_new_checkpoint_has_seen_nothing() -> None:
    assert Checkpoint(uidvalidity=1).unseen([3, 1, 2, 2]) == [1, 2, 3]


def test_a_range_that_names_the_last_mail_again_brings_nothing() -> None:
    point = Checkpoint(uidvalidity=1).after([1, 2, 3])
    assert point.unseen([3]) == []


def test_a_uid_that_shows_up_late_is_still_unseen() -> None:
    point = Checkpoint(uidvalidity=1).after([1, 2, 5])
    assert point.unseen([1, 2, 3, 5, 6]) == [3, 6]
    assert point.after([3]).last_uid == 5


def test_only_the_end_is_remembered() -> None:
    point = Checkpoint(uidvalidity=1).after(list(range(1, 1001)))
    assert len(point.recent) == REMEMBERED
    assert point.floor == 1000 - REMEMBERED + 1
    assert point.unseen([5, 900, 1001]) == [1001]


def test_a_row_without_memory_goes_on_after_its_last_uid() -> None:
    point = Checkpoint(uidvalidity=1, last_uid=7)
    assert point.unseen([5, 7, 9]) == [9]
    assert point.after([9]).unseen([5, 7, 9, 10]) == [10]


@given(
    st.lists(st.sets(st.integers(1, 400), max_size=60), max_size=8),
    st.lists(st.integers(1, 9), min_size=1, max_size=8),
)
def test_batches_that_are_cut_off_anywhere_pass_each_uid_once(
    arrivals: list[set[int]], cuts: list[int]
) -> None:
    """Each look sees all that has come; it is cut after some batches and taken up by the next."""
    point, there, passed = Checkpoint(uidvalidity=1), set[int](), list[int]()
    for new, cut in zip(arrivals, cuts, strict=False):
        # Within what is remembered a UID may come late; below it the protocol forbids it.
        there |= {uid for uid in new if uid > point.floor}
        unseen = point.unseen(there)
        for at in range(0, min(len(unseen), cut * 5), 5):
            batch = unseen[at : at + 5]
            point, passed = point.after(batch), passed + batch
    rest = point.unseen(there)
    assert sorted(passed + rest) == sorted(there)
