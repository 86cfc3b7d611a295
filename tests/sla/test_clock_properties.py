"""Any log, against a slow second opinion; any order of it; any later look at it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sla.domain.commands.clocks import answer_clocks
from tests.chaos import share_of
from tests.sla.clock_oracle import CALENDAR, ORDER, instant, read_slowly

METRICS = ("first_response", "next_response", "resolution")
# Each log is drawn from one palette, so that the rare interplays meet often.
PALETTES = (
    ("agent_replied", "customer_wrote", "reply_bounced", "solved", "reopened", "targets_set"),
    ("waiting_started", "waiting_ended", "customer_wrote", "solved", "reopened", "targets_set"),
    ("solved", "reopened", "targets_set", "waiting_started"),
    ("agent_replied", "customer_wrote", "targets_set"),
    tuple(ORDER),
)


@st.composite
def events(draw: st.DrawFn, kinds: tuple[str, ...], named: list[str], last: int) -> dict[str, Any]:
    kind = draw(st.sampled_from(kinds))
    event: dict[str, Any] = {"at": instant(draw(st.integers(0, last))), "kind": kind}
    if kind == "opened" and draw(st.booleans()):
        event["by"] = draw(st.sampled_from(["agent", "customer"]))
    if kind == "waiting_started" and draw(st.booleans()):
        event["cause"] = draw(st.sampled_from(["customer", "third_party"]))
    if kind == "reply_bounced":
        event["of"] = instant(draw(st.integers(0, last)))
    if kind == "targets_set":
        event["targets"] = draw(allowances(named))
        if draw(st.booleans()):
            event["from"] = draw(st.sampled_from(["now", "start"]))
    if draw(st.integers(0, 9)) == 0:
        event["note"] = draw(st.integers(0, 1))
    return event


def allowances(named: list[str]) -> st.SearchStrategy[dict[str, int]]:
    return st.dictionaries(
        st.sampled_from(named), st.integers(0, 25).map(lambda m: 60 * m), min_size=1
    )


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    targets = draw(
        st.just({"first_response": 300, "next_response": 420, "resolution": 900})
        | allowances(list(METRICS))
    )
    last = draw(st.sampled_from([6, 14, 40]))
    kinds = draw(st.sampled_from(PALETTES))
    told = draw(st.lists(events(kinds, sorted(targets), last), max_size=14))
    told.append({"at": instant(draw(st.integers(0, 5))), "kind": "opened"})
    if draw(st.integers(0, 7)) == 0:
        told.append({"at": instant(draw(st.integers(0, last))), "kind": "cancelled"})
    request = {"calendar": CALENDAR, "targets": targets, "events": told}
    if draw(st.booleans()):
        request["as_of"] = instant(draw(st.integers(0, 60)))
    return request


def answer(request: dict[str, Any]) -> Any:
    try:
        return answer_clocks(request)["clocks"]
    except ValueError:
        return "refused"


@settings(max_examples=share_of(400, parts=3), deadline=None)
@given(requests())
def test_the_replay_agrees_with_a_walk_minute_by_minute(request: dict[str, Any]) -> None:
    try:
        expected: Any = read_slowly(request)
    except ValueError:
        expected = "refused"
    assert answer(request) == expected


@settings(max_examples=share_of(120, parts=3), deadline=None)
@given(requests(), st.data())
def test_late_shuffled_and_repeated_events_give_the_same_answer(
    request: dict[str, Any], data: st.DataObject
) -> None:
    again = data.draw(st.permutations(request["events"]))
    again += data.draw(st.lists(st.sampled_from(request["events"]), max_size=5))
    assert answer({**request, "events": again}) == answer(request)


@settings(max_examples=share_of(120, parts=3), deadline=None)
@given(requests(), st.integers(0, 2000), st.integers(0, 2000))
def test_time_alone_never_takes_a_breach_back(
    request: dict[str, Any], sooner: int, more: int
) -> None:
    last = max(event["at"] for event in request["events"])
    first = answer({**request, "as_of": max(last, instant(sooner))})
    second = answer({**request, "as_of": max(last, instant(sooner + more))})
    for metric, reading in first.items():
        if reading is None:
            assert second[metric] is None
            continue
        assert second[metric]["state"] == reading["state"]
        assert second[metric]["due_at"] == reading["due_at"]
        assert second[metric]["elapsed_seconds"] >= reading["elapsed_seconds"]
        if reading["breached_at"] is not None:
            assert second[metric]["breached_at"] == reading["breached_at"]
