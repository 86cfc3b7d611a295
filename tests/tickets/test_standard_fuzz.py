"""The generic door: whatever the bytes, an event is read or is unreadable."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.chaos import share_of
from tickets.domain.incoming import Unreadable
from tickets.inbound.standard import parse

PAYLOADS = Path(__file__).resolve().parent.parent / "payloads" / "standard"

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["customer", "agent", "open", "high", "2026-11-21T09:15:29Z", "email"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kind", "email", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = [
    *("ticket_id", "message_id", "event_id", "author", "requester", "public", "body", "subject"),
    *("description", "html", "channel", "priority", "status", "cause", "occurred_at"),
]
TYPES = [
    *("ticket.created", "ticket.message.created"),
    *("ticket.status.changed", "ticket.priority.changed"),
]


@settings(max_examples=share_of(200, parts=2), deadline=None)
@given(
    kind=st.sampled_from(TYPES) | json_values,
    data=st.dictionaries(st.sampled_from(KEYS), json_values) | json_values,
    timestamp=json_values,
)
def test_any_json_is_read_or_unreadable(kind, data, timestamp):
    body = json.dumps({"type": kind, "data": data, "timestamp": timestamp}).encode()
    try:
        records = parse(body)
    except Unreadable:
        return
    assert records


@settings(max_examples=share_of(200, parts=2), deadline=None)
@given(
    name=st.sampled_from(sorted(path.stem for path in PAYLOADS.glob("*.json"))),
    at=st.integers(0, 600),
    change=st.binary(max_size=4),
)
def test_mutated_bytes_are_read_or_unreadable(name, at, change):
    body = (PAYLOADS / f"{name}.json").read_bytes()
    mutated = body[:at] + change + body[at + 1 :]
    try:
        records = parse(mutated)
    except Unreadable:
        return
    assert records
