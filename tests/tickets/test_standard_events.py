"""The generic door: the events of a delivery in our own words."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tickets.domain.incoming import (
    Author,
    Ignored,
    IncomingMessage,
    IncomingSeverity,
    IncomingStatus,
    Unreadable,
)
from tickets.domain.words import AuthorKind, Channel, Severity, Status, WaitCause
from tickets.inbound.json_fields import one_line
from tickets.inbound.standard import parse

PAYLOADS = Path(__file__).resolve().parent.parent / "payloads" / "standard"
BODY = (PAYLOADS / "customer_replied.json").read_bytes()


def payload(name: str, **changes: object) -> bytes:
    """A stored body, with some keys of its data changed; None takes the key away."""
    event = json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))
    for key, value in changes.items():
        if value is None:
            event["data"].pop(key, None)
        else:
            event["data"][key] = value
    return json.dumps(event).encode()


def test_a_reply_of_the_customer():
    assert parse(BODY) == (
        IncomingMessage(
            thread="T-1001",
            key="m-1",
            author=Author(kind=AuthorKind.CUSTOMER, email="jana@example.eu"),
            subject="",
            body="Rechnung für Oktober fehlt",
            reply="Rechnung für Oktober fehlt",
            channel=Channel.HELPDESK,
            occurred_at=datetime(2026, 11, 21, 9, 15, 29, 120_000, tzinfo=UTC),
        ),
    )


def test_a_new_ticket_brings_its_first_message_and_its_severity():
    bob = Author(kind=AuthorKind.CUSTOMER, email="Bob@example.eu", name="Bob Müller")
    moment = datetime(2026, 11, 21, 9, 15, 29, 120_000, tzinfo=UTC)
    text = "No funciona nada, ni entran ni salen llamadas."
    assert parse(payload("ticket_created")) == (
        IncomingMessage(
            thread="T-1001",
            key="T-1001:created",
            author=bob,
            subject="Centralita caída desde las 9",
            body=text,
            reply=text,
            channel=Channel.EMAIL,
            opens=True,
            occurred_at=moment,
        ),
        IncomingSeverity(
            thread="T-1001",
            key="T-1001:created:priority",
            severity=Severity.S1,
            author=bob,
            occurred_at=moment,
            word="Urgent",
        ),
    )


def test_a_ticket_that_an_agent_opened_is_addressed_to_the_customer():
    (message,) = parse(payload("ticket_created_by_agent"))
    assert message.author == Author(kind=AuthorKind.AGENT, email="alice@sivo.example", name="Alice")
    assert message.recipients == ("bob@example.eu",)
    assert (message.thread, message.key, message.channel) == ("1002", "77", Channel.PHONE)


@pytest.mark.parametrize(
    ("name", "kind", "public"),
    [
        ("agent_replied", AuthorKind.AGENT, True),
        ("agent_noted", AuthorKind.AGENT, False),
        ("bot_replied", AuthorKind.BOT, True),
    ],
)
def test_who_wrote_and_for_whom(name, kind, public):
    (message,) = parse(payload(name))
    assert (message.author.kind, message.public) == (kind, public)
    assert message.reply == message.body
    assert message.html == ("<p>We are on it.</p>" if name == "agent_replied" else "")


@pytest.mark.parametrize(
    ("theirs", "status", "cause"),
    [
        ("new", Status.OPEN, ""),
        ("Open", Status.OPEN, ""),
        ("in_progress", Status.OPEN, ""),
        ("In Progress", Status.OPEN, ""),
        ("reopened", Status.OPEN, ""),
        ("pending", Status.WAITING, WaitCause.CUSTOMER),
        ("waiting", Status.WAITING, WaitCause.CUSTOMER),
        ("waiting-on-customer", Status.WAITING, WaitCause.CUSTOMER),
        ("on_hold", Status.WAITING, WaitCause.THIRD_PARTY),
        ("waiting_on_third_party", Status.WAITING, WaitCause.THIRD_PARTY),
        ("SOLVED", Status.SOLVED, ""),
        ("resolved", Status.SOLVED, ""),
        ("closed", Status.SOLVED, ""),
        ("done", Status.SOLVED, ""),
    ],
)
def test_their_status_becomes_ours(theirs, status, cause):
    assert parse(payload("status_waiting", status=theirs)) == (
        IncomingStatus(
            thread="T-1001",
            key="e-9",
            status=status,
            cause=cause,
            author=Author(kind=AuthorKind.AGENT, email="alice@sivo.example"),
            occurred_at=datetime(2026, 11, 21, 10, tzinfo=UTC),
        ),
    )


def test_a_wait_may_name_its_cause():
    (status,) = parse(payload("status_waiting", status="on_hold", cause="internal"))
    assert status.cause == WaitCause.INTERNAL


@pytest.mark.parametrize(
    ("theirs", "severity"),
    [
        *[(word, Severity.S1) for word in ("urgent", "CRITICAL", "P1", "s1")],
        *[(word, Severity.S2) for word in ("high", "p2", "S2")],
        *[(word, Severity.S3) for word in ("normal", "Medium", "p3", "s3")],
        *[(word, Severity.S4) for word in ("low", "p4", "s4")],
    ],
)
def test_their_priority_becomes_our_severity(theirs, severity):
    (change,) = parse(payload("priority_changed", priority=theirs))
    assert (change.severity, change.author.email) == (severity, "alice@sivo.example")


def test_changes_without_an_id_get_one_that_a_retry_repeats():
    first, again = (parse(payload("priority_changed"))[0].key for _ in range(2))
    assert first == again
    assert first.startswith("T-1001:priority:2026-11-21T10:05:00Z:")
    assert parse(payload("priority_changed", priority="low"))[0].key != first


def test_a_change_by_nobody_in_particular_is_an_agents():
    (change,) = parse(payload("priority_changed", author=None))
    assert change.author == Author(kind=AuthorKind.AGENT)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (payload("tags_changed"), "tags"),
        (payload("assignee_changed"), "assignee"),
        (b'{"type":"ticket.deleted"}', "'ticket.deleted' are not used here"),
        (payload("status_waiting", status="frozen"), "status 'frozen' has no counterpart"),
        (payload("priority_changed", priority="P0"), "priority 'P0' has no counterpart"),
    ],
)
def test_what_changes_nothing_is_ignored_with_a_reason(body, reason):
    (ignored,) = parse(body)
    assert isinstance(ignored, Ignored)
    assert reason in ignored.reason


def test_an_unknown_priority_never_costs_the_message():
    message, ignored = parse(payload("ticket_created", priority="whenever"))
    assert message.thread == "T-1001"
    assert isinstance(ignored, Ignored)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b"[]", "must be a JSON object"),
        (b"{}", "^type is missing$"),
        (b'{"type":1}', "^type must be a text$"),
        (b'{"type":"ticket.created"}', "^data is missing$"),
        (b'{"type":"ticket.created","data":[]}', "^data must be an object$"),
        (b'{"type":"ticket.created","data":{}}', r"^data\.ticket_id is missing$"),
        (b'{"type":NaN}', "NaN is not a JSON number"),
        (b'{"type":' + b"9" * 5_000 + b"}", "not JSON"),
        (b"[" * 200_000, "nested too deeply|not JSON"),
        (payload("agent_replied", message_id=None), r"^data\.message_id is missing$"),
        (payload("agent_replied", message_id=True), r"^data\.message_id must be a text$"),
        (payload("agent_replied", message_id=10**300), "at most 230 characters"),
        (payload("agent_replied", ticket_id="x" * 231), "at most 230 characters"),
        (payload("agent_replied", ticket_id=1.5), r"^data\.ticket_id must be a text$"),
        (payload("agent_replied", body=None), r"^data\.body is missing$"),
        (payload("agent_replied", body={}), r"^data\.body must be a text$"),
        (payload("agent_replied", public=None), r"^data\.public is missing$"),
        (payload("agent_replied", public="yes"), r"^data\.public must be true or false$"),
        (payload("agent_replied", author=None), r"^data\.author is missing$"),
        (payload("agent_replied", author={}), r"^data\.author\.kind is missing$"),
        (payload("agent_replied", author={"kind": "owl"}), r"^data\.author\.kind must be one of"),
        (payload("agent_replied", occurred_at="yesterday"), r"^data\.occurred_at: 'yesterday' is"),
        (payload("agent_replied", occurred_at="2026-11-21T09:15:29"), r"^data\.occurred_at: "),
        (payload("status_waiting", status=None), r"^data\.status is missing$"),
        (payload("status_waiting", cause="moon"), r"^data\.cause must be one of customer"),
        (payload("priority_changed", priority=None), r"^data\.priority is missing$"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_understood_says_where(body, complaint):
    with pytest.raises(Unreadable, match=complaint):
        parse(body)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T09:15:29.123456789Z", datetime(2026, 11, 21, 9, 15, 29, 123_456, tzinfo=UTC)),
        ("2026-11-21T10:15:29+01:00", datetime(2026, 11, 21, 9, 15, 29, tzinfo=UTC)),
    ],
)
def test_finer_digits_of_an_instant_are_cut(text, moment):
    (message,) = parse(payload("agent_replied", occurred_at=text))
    assert message.occurred_at == moment


def test_an_event_without_a_time_has_none():
    body = b'{"type":"ticket.created","timestamp":null,"data":{"ticket_id":7}}'
    (message,) = parse(body)
    assert (message.thread, message.occurred_at, message.body) == ("7", None, "")
    assert message.author == Author(kind=AuthorKind.CUSTOMER)


def test_the_longest_id_of_theirs_leaves_room_for_ours():
    message, severity = parse(payload("ticket_created", ticket_id="x" * 230))
    assert max(len(message.thread), len(message.key), len(severity.key)) <= 255


def test_a_long_body_is_kept_whole_and_a_long_subject_is_cut():
    (message,) = parse(payload("agent_replied", body="x" * 600_000, subject="y" * 600))
    assert (len(message.body), len(message.subject)) == (600_000, 500)


def test_what_the_store_cannot_hold_is_left_out():
    (message,) = parse(payload("agent_replied", body="a\x00b\ud800c😀"))
    assert message.body == "ab\ufffdc😀"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Bob <bob@EXAMPLE.eu>", "bob@example.eu"),
        ("bob", ""),
        ("b" * 300 + "@example.eu", ""),
        ("", ""),
    ],
)
def test_an_address_is_bare_with_a_lower_case_domain(theirs, ours):
    author = {"kind": "customer", "email": theirs}
    (message,) = parse(payload("agent_replied", author=author))
    assert message.author.email == ours


def test_one_line_folds_white_space():
    assert one_line(" a\r\n\tb ", 10) == "a b"
