"""Whatever a proved call holds, it is kept and ends as mails, as ignored, or as unreadable."""

import json
import random
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tickets.mail_calls import (
    BASIC,
    FORM,
    PDF,
    PNG,
    basic,
    multipart,
    payload,
    raw_payload,
    urlencoded,
)
from tickets.domain.incoming import Ignored, IncomingMessage, Unreadable
from tickets.providers.call import Call
from tickets.providers.credentials import Credential
from tickets.providers.read import prove_call, read_call
from tickets.providers.table import PROVIDERS

NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
JSON = "application/json"
PLAIN = "application/x-www-form-urlencoded"
ROUNDS = 60
FILES = [
    ("attachment-1", "a.pdf", "application/pdf", PDF),
    ("attachment1", "b.png", "image/png", PNG),
]
SEEDS: dict[str, list[tuple[str, bytes]]] = {
    "mailgun": [
        (FORM, multipart({"body-mime": raw_payload("mailgun/mime.eml")})),
        (FORM, multipart(payload("mailgun/parsed.json"), FILES)),
        (JSON, raw_payload("mailgun/event.json")),
    ],
    "postmark": [
        (JSON, raw_payload("postmark/inbound.json")),
        (JSON, raw_payload("postmark/raw.json")),
    ],
    "sendgrid": [
        (FORM, multipart({"email": raw_payload("mailgun/mime.eml")})),
        (FORM, multipart({**payload("sendgrid/parsed.json"), "text": "x"}, FILES)),
    ],
    "sparkpost": [(JSON, raw_payload("sparkpost/batch.json"))],
    "mandrill": [
        (PLAIN, urlencoded({"mandrill_events": json.dumps(payload("mandrill/events.json"))}))
    ],
    "mailjet": [(JSON, raw_payload("mailjet/inbound.json"))],
    "mailersend": [(JSON, raw_payload("mailersend/inbound.json"))],
    "postal": [
        (JSON, raw_payload("postal/raw.json")),
        (JSON, raw_payload("postal/processed.json")),
    ],
}
ODD: list[Any] = [
    None, True, -1, 10**400, 1.5, "", "x", "\ud83d", "\x00", "a\r\nB: c", [], {}, [None], {"x": []},
    "=?utf-8?b?AA==?=", "multipart/mixed; boundary=", "message/rfc822", [["a", "b"]], "9" * 500,
]  # fmt: skip


def read(kind: str, content_type: str, body: bytes) -> None:
    """Reads the call as the worker does; anything but Unreadable is a failure of this test."""
    with suppress(Unreadable):
        records = read_call(
            kind=kind, headers={"content-type": content_type}, body=body, own_mx_hosts=[]
        )
        assert records
        for record in records:
            assert isinstance(record, Ignored | IncomingMessage)


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
def test_bytes_that_were_changed_anywhere(kind: str) -> None:
    chance = random.Random(kind)
    for content_type, seed in SEEDS[kind]:
        for _ in range(ROUNDS):
            body = bytearray(seed)
            for _ in range(chance.choice([1, 3, 30])):
                at = chance.randrange(len(body))
                how = chance.randrange(4)
                if how == 0:
                    body[at] = chance.randrange(256)
                elif how == 1:
                    del body[at : at + chance.choice([1, 10, 500])]
                elif how == 2:
                    body[at:at] = bytes(chance.randrange(256) for _ in range(chance.choice([1, 9])))
                else:
                    body[at:at] = body[at : at + 40]
                body = body or bytearray(b" ")
            read(kind, content_type, bytes(body))
        read(kind, content_type, seed[: len(seed) // 2])
        read(kind, JSON if content_type != JSON else FORM, seed)
        read(kind, "", seed)


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
def test_values_that_are_something_else(kind: str) -> None:
    chance = random.Random(kind)
    for content_type, seed in SEEDS[kind]:
        for _ in range(ROUNDS):
            read(kind, content_type, _changed(content_type, seed, chance))


def _changed(content_type: str, seed: bytes, chance: random.Random) -> bytes:
    if content_type == JSON:
        return json.dumps(_odd(json.loads(seed), chance)).encode()
    if content_type == PLAIN:
        events = json.loads(json.dumps(payload("mandrill/events.json")))
        return urlencoded({"mandrill_events": json.dumps(_odd(events, chance))})
    name = chance.choice(["mailgun/parsed.json", "sendgrid/parsed.json"])
    fields = payload(name)
    chosen = chance.choice(sorted(fields))
    odd = chance.choice(ODD)
    fields[chosen] = odd.encode("utf-8", "replace") if isinstance(odd, str) else json.dumps(odd)
    return multipart(fields, FILES)


def _odd(value: Any, chance: random.Random) -> Any:
    """The value with one of its leaves, or itself, replaced."""
    if isinstance(value, dict) and value and chance.random() > 0.1:
        key = chance.choice(sorted(value))
        return {**value, key: _odd(value[key], chance)}
    if isinstance(value, list) and value and chance.random() > 0.1:
        at = chance.randrange(len(value))
        return [*value[:at], _odd(value[at], chance), *value[at + 1 :]]
    return chance.choice(ODD)


@pytest.mark.parametrize("kind", sorted(PROVIDERS))
def test_a_proved_call_is_always_named(kind: str) -> None:
    if PROVIDERS[kind].credential is not Credential.BASIC:
        pytest.skip("its signature covers the body: changed bytes are refused")
    chance = random.Random(kind)
    for content_type, seed in SEEDS[kind]:
        for _ in range(20):
            body = _changed(content_type, seed, chance)
            call = Call(headers={**basic(), "content-type": content_type}, body=body)
            proved = prove_call(kind=kind, call=call, credentials=[BASIC], now=NOW)
            assert 0 < len(proved.call_id) <= 255
            assert proved.call_id.isprintable()
            assert "authorization" not in proved.kept_headers
