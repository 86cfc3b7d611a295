"""Only what a tool really sent is accepted; whatever else comes, it is refused and nothing else."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest

from tests.tickets.tools.calls import PAYLOADS, SENT_AT
from tickets.domain.incoming import BadSignature
from tickets.inbound.tools.table import TOOLS, ToolCall, Verified

VECTORS: dict[str, dict[str, Any]] = {
    vector["name"]: vector
    for vector in json.loads((PAYLOADS / "vectors.json").read_text(encoding="utf-8"))
}
TIMED = sorted(
    name
    for name, vector in VECTORS.items()
    if any("timestamp" in header.lower() for header in vector["headers"])
)
SIGNED = sorted(VECTORS.keys() - {"freshdesk"})


def example(name: str, body: bytes | None = None, **headers: str | None) -> ToolCall:
    """The signed example, with headers replaced (None: left out) and its body perhaps too."""
    vector = VECTORS[name]
    lower = {key.lower(): value for key, value in vector["headers"].items()}
    for key, value in headers.items():
        lower.pop(key)
        if value is not None:
            lower[key] = value
    return ToolCall(headers=lower, body=vector["body"].encode() if body is None else body)


def prove(name: str, call: ToolCall, *secrets: str, late: timedelta = timedelta(0)) -> Verified:
    tool = TOOLS[name.partition("-")[0]]
    return tool.verify(call, secrets or (VECTORS[name]["secret"],), SENT_AT + late)


def signature_of(name: str) -> str:
    header: str = VECTORS[name]["signature_header"]
    return header.lower()


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_a_signed_call_is_accepted_under_any_of_the_live_secrets(name: str) -> None:
    secret = VECTORS[name]["secret"]
    found = [
        prove(name, example(name), *secrets)
        for secrets in ((secret,), ("a new secret", secret), (secret, "the old:secret"))
    ]
    assert len(set(found)) == 1
    assert found[0].delivery_id.isascii()
    assert 0 < len(found[0].delivery_id) <= 255
    assert (found[0].signed_at is not None) == (name in TIMED)


@pytest.mark.parametrize("name", SIGNED)
def test_one_changed_byte_anywhere_in_the_body_is_refused(name: str) -> None:
    body = VECTORS[name]["body"].encode()
    for position in random.Random(name).sample(range(len(body)), 200):
        changed = bytearray(body)
        changed[position] ^= 1
        with pytest.raises(BadSignature):
            prove(name, example(name, bytes(changed)))
    for other in (b"", body[:-1], body + b" ", body.decode().encode("utf-16")):
        with pytest.raises(BadSignature):
            prove(name, example(name, other))


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_a_wrong_secret_and_no_secret_are_refused(name: str) -> None:
    tool = TOOLS[name.partition("-")[0]]
    for secrets in (["another:secret"], [""], [" "], [], ["ü:ñ"], [VECTORS[name]["secret"] + "x"]):
        with pytest.raises(BadSignature):
            tool.verify(example(name), secrets, SENT_AT)


@pytest.mark.parametrize("name", sorted(VECTORS))
@pytest.mark.parametrize(
    "value",
    [
        None, "", "  ", "ü", "sha256=ü", "v0=", "sha1=", "sha256=", "=", "====", "\x00", "\n",
        "\ud800", "sha256=zz", "sha1=abc", "v0=0", "Basic", "Basic ü", "Basic =", "Basic !!!!",
        "Bearer x", "A" * 9000,
    ],
)  # fmt: skip
def test_a_signature_that_is_none_is_refused(name: str, value: str | None) -> None:
    with pytest.raises(BadSignature):
        prove(name, example(name, **{signature_of(name): value}))


@pytest.mark.parametrize("name", SIGNED)
def test_a_signature_with_one_letter_changed_is_refused(name: str) -> None:
    right = example(name).headers[signature_of(name)]
    for position in range(len(right) - 2):
        letter = "1" if right[position] != "1" else "2"
        wrong = right[:position] + letter + right[position + 1 :]
        with pytest.raises(BadSignature):
            prove(name, example(name, **{signature_of(name): wrong}))


@pytest.mark.parametrize("name", TIMED)
def test_an_old_or_future_timestamp_is_refused(name: str) -> None:
    for late in (timedelta(minutes=4, seconds=59), timedelta(minutes=-4, seconds=-59)):
        assert prove(name, example(name), late=late)
    for late in (timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)):
        with pytest.raises(BadSignature, match=r"too old|future"):
            prove(name, example(name), late=late)


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize(
    "stamp",
    [None, "", "x", "-1", "1e9", "٣", "9" * 40, "2026-11-21", "0", "\ud800", "1795252530.5"],
)
def test_a_timestamp_that_is_none_is_refused(name: str, stamp: str | None) -> None:
    header = next(key for key in example(name).headers if "timestamp" in key)
    with pytest.raises(BadSignature):
        prove(name, example(name, **{header: stamp}))


@pytest.mark.parametrize("name", TIMED)
def test_the_timestamp_stands_under_the_signature(name: str) -> None:
    header = next(key for key in example(name).headers if "timestamp" in key)
    stamp = example(name).headers[header]
    moved = stamp.replace("30Z", "31Z") if stamp.endswith("Z") else str(int(stamp) + 1)
    with pytest.raises(BadSignature):
        prove(name, example(name, **{header: moved}))


@pytest.mark.parametrize(
    ("name", "header"),
    [("jira", "x-atlassian-webhook-identifier"), ("zammad", "x-zammad-delivery")],
)
def test_what_was_overheard_is_no_new_delivery_under_another_id(name: str, header: str) -> None:
    first = prove(name, example(name))
    assert prove(name, example(name, **{header: "another"})) == first
    assert prove(name, example(name, **{header: None})) == first


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zendesk", "8350205582"),
        ("chatwoot", "0d3f6f3c-7f0e-4a52-9b57-2f0f5b1c9a01"),
        ("slack", "Ev0123456"),
        ("intercom", "notif_2c71fff0-65ef-46be-bbfe-dbf637bbff15"),
        ("front-application", "evt_28duo2q"),
        ("front-rule", "evt_28duo2q"),
    ],
)
def test_the_tools_own_id_names_the_delivery(name: str, expected: str) -> None:
    assert prove(name, example(name)).delivery_id == expected


def test_an_id_that_cannot_be_stored_is_refused() -> None:
    for odd in ("x" * 201, "a b", "ü", "\x01"):
        with pytest.raises(BadSignature):
            prove("chatwoot", example("chatwoot", **{"x-chatwoot-delivery": odd}))
    assert prove("chatwoot", example("chatwoot", **{"x-chatwoot-delivery": None})).delivery_id


def test_help_scouts_events_with_one_body_are_two_deliveries() -> None:
    one = prove("helpscout", example("helpscout"))
    other = prove("helpscout", example("helpscout", **{"x-helpscout-event": "convo.status"}))
    assert one.delivery_id != other.delivery_id


def test_an_applications_signature_is_none_of_a_rule() -> None:
    call = example("front-application", **{"x-front-request-timestamp": None})
    with pytest.raises(BadSignature):
        prove("front-application", call)


@pytest.mark.parametrize(("tool", "secret"), [("jira", "a shared secret"), ("freshdesk", "u:pass")])
def test_a_tool_that_signs_nothing_may_send_the_secret_in_a_header_of_ours(
    tool: str, secret: str
) -> None:
    verify, given = TOOLS[tool].verify, secret.rpartition(":")[2]
    proved = ToolCall(headers={"x-sivo-secret": given}, body=b"{}")
    assert verify(proved, ["other:one", secret], SENT_AT).delivery_id
    for wrong in ("", "x", given + "x", "ü", "\ud800", secret + ":"):
        with pytest.raises(BadSignature):
            verify(ToolCall(headers={"x-sivo-secret": wrong}, body=b"{}"), [secret], SENT_AT)


def test_whatever_the_headers_hold_nothing_but_a_refusal_comes_out() -> None:
    chance = random.Random(7)
    odd: list[Any] = [None, 1, b"x", "", "ü", "\x00", "v0=" + "a" * 64, "sha1=" + "0" * 40, []]
    for name in SIGNED:
        for _ in range(200):
            headers = dict(example(name).headers)
            for key in headers:
                if chance.random() < 0.5:
                    headers[key] = chance.choice(odd)
            call = ToolCall(headers=headers, body=chance.randbytes(chance.randrange(40)))
            with pytest.raises(BadSignature):
                prove(name, call)


def test_a_challenge_is_answered_and_nothing_else_is_one() -> None:
    body = (PAYLOADS / "slack" / "challenge.json").read_bytes()
    slack = TOOLS["slack"].handshake(ToolCall(headers={}, body=body))
    assert slack is not None
    assert slack.body.startswith(b"3eZbrw1a")
    assert slack.content_type == "text/plain"
    front = TOOLS["front"].handshake(
        ToolCall(headers={"x-front-challenge": "abc"}, body=b'{"type":"sync"}')
    )
    assert front is not None
    assert front.body == b"abc"
    for name, tool in TOOLS.items():
        for other in (b"", b"x", b"[]", b'{"type":"url_verification"}', b'{"challenge":"x"}'):
            assert tool.handshake(ToolCall(headers={}, body=other)) is None, name
