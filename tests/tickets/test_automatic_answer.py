"""Who gets no automatic answer (RFC 3834): a table of mails, from the wire to the reason."""

from datetime import timedelta
from typing import Any

import pytest

from tests.sla.world import customer, deliver, madrid, raw_mail
from tests.tickets.receipts import acknowledging, receive, send
from tests.tickets.smtp_sink import Sink
from tickets.domain.words import MailRole
from tickets.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

START = madrid("2026-11-18 10:00")
PASSED = {"Authentication_Results": "mx.sivo.example; dmarc=pass header.from=acme.example"}
BOB = {"Return_Path": "<bob@acme.example>"}


@pytest.fixture(autouse=True)
def _source(terms: None) -> None:
    customer("pro")
    acknowledging()


ANSWERED: list[dict[str, str]] = [
    {},
    BOB,
    {"Return_Path": "<BOB@ACME.example>"},
    {"Return_Path": "<bob+tag@mail.acme.example>"},
    {"Return_Path": "<prvs=12ab34=bob@acme.example>"},
    {"Auto_Submitted": "no"},
    {"Date": "Wed, 18 Nov 2026 09:59:00 +0100"},
    {"X_SIVO_Loop": "sivo.aaaaaaaaaaaaaaaaaaaaaaaa"},
]


@pytest.mark.parametrize("headers", ANSWERED)
def test_a_persons_mail_is_acknowledged_to_its_return_path(
    smtp: Sink, headers: dict[str, str]
) -> None:
    assert receive(raw_mail(**headers), START).reason == ""
    send(START)
    path = headers.get("Return_Path", "<bob@acme.example>").strip("<>").lower()
    assert smtp.envelopes == [("", [path])]


NOT_ANSWERED: list[tuple[dict[str, str], str]] = [
    ({"Return_Path": "<>"}, "asks for no"),
    ({"Return_Path": "<bob@victim.example>"}, "another house"),
    ({"Return_Path": "<berta@acme.example>"}, "another person"),
    ({"Return_Path": "<bounces+12@acme.example>"}, "machine"),
    ({"Return_Path": "<support@sivocenter.com>"}, "our own"),
    ({"X_Auto_Response_Suppress": "All"}, "asks for no"),
    ({"X_Auto_Response_Suppress": "OOF, AutoReply"}, "asks for no"),
    ({"List_Id": "<users.acme.example>", "List_Post": "<mailto:u@acme.example>"}, "asks for no"),
    ({"Precedence": "list"}, "asks for no"),
    ({"Date": "Sat, 14 Nov 2026 09:00:00 +0100"}, "three days"),
    ({"sender": "postmaster@acme.example"}, ""),
    ({"sender": "No Reply <no-reply@acme.example>"}, "asks for no"),
    ({"sender": "noreply-crm@acme.example"}, ""),
    ({"sender": "notifications@acme.example"}, "machine"),
    ({"sender": "owner-users@acme.example"}, "machine"),
    ({"sender": "users-request@acme.example"}, "machine"),
    ({"sender": "Support <support+x@sivocenter.com>"}, "our own"),
    ({"sender": "root@acme.example"}, "machine"),
]


@pytest.mark.parametrize(("headers", "words"), NOT_ANSWERED)
def test_nothing_follows(smtp: Sink, headers: dict[str, str], words: str) -> None:
    reason = receive(raw_mail(**headers), START).reason
    assert reason
    assert words in reason
    assert send(START) == 0
    assert not Message.objects.filter(author_kind="bot").exists()


DELIVERIES: list[tuple[dict[str, Any], str]] = [
    ({"arrived_by": "first_import"}, "before we read this mailbox"),
    ({"received_at": START - timedelta(days=4)}, "three days"),
]


@pytest.mark.parametrize(("changed", "words"), DELIVERIES)
def test_nothing_follows_a_mail_that_came_in_another_way(
    changed: dict[str, Any], words: str
) -> None:
    assert words in receive(raw_mail(), START, **changed).reason


def test_nothing_follows_a_mail_that_one_of_ours_sent(smtp: Sink) -> None:
    delivery = deliver(raw_mail(), START, role=MailRole.SENT)
    assert delivery.outcome == "ignored"
    assert not Message.objects.exists()


DMARC = [
    (PASSED, ""),
    ({}, "not proven"),
    ({"Authentication_Results": "mx.sivo.example; dmarc=fail header.from=acme.example"}, "not"),
    ({"Authentication_Results": "mx.sivo.example; dmarc=none header.from=acme.example"}, "not"),
    ({"Authentication_Results": "mx.evil.example; dmarc=pass header.from=acme.example"}, "not"),
]


@pytest.mark.parametrize(("headers", "words"), DMARC)
def test_where_our_servers_check_only_a_proven_sender_is_answered(
    settings: Any, headers: dict[str, str], words: str
) -> None:
    settings.OWN_MX_HOSTS = ["mx.sivo.example"]
    reason = receive(raw_mail(**headers), START).reason
    assert bool(reason) == bool(words)
    assert words in reason
