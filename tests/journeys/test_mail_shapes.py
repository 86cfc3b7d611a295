"""A thousand mails of every shape become exactly the tickets and messages that they must."""

import hashlib
import os
import time
from collections import defaultdict
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.journeys.mutations import spoil_bytes
from tests.journeys.shapes import world
from tests.journeys.shapes.conversation import BEGINS_AT, conversation
from tests.journeys.shapes.fates import Subject, check_fates
from tests.journeys.shapes.shaped import SHAPES
from tests.journeys.shapes.writer import OWN_MX
from tickets.domain.incoming import Unreadable
from tickets.inbound.email import parse_mail
from tickets.models import Delivery
from tickets.operations.process import process_delivery
from tickets.operations.receive import receive_delivery

SEED = int(os.environ.get("SIVO_MAIL_SEED", "2026"))
COUNT = 1000 if os.environ.get("SIVO_CHAOS") == "1" else 400
MARKED = conversation(SEED, 300, has_plus_addresses=True)


def test_the_conversation_has_every_shape_and_is_the_same_each_time() -> None:
    mails = conversation(SEED, COUNT)
    assert conversation(SEED, COUNT) == mails
    assert conversation(SEED + 1, COUNT) != mails
    assert len(SHAPES) >= 60
    assert {mail.shape for mail in mails} == set(SHAPES) - {"by_the_plus_address"}
    short = conversation(SEED, 150, has_plus_addresses=True)
    assert {mail.shape for mail in short} == set(SHAPES)
    assert all(mail.after is None or mail.after < place for place, mail in enumerate(mails))


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_shape_is_read_as_it_must(shape: str) -> None:
    names = defaultdict(lambda: "SIVO-1042")
    mails = [mail for mail in MARKED if mail.shape == shape]
    assert mails
    for mail in mails:
        raw = mail.addressed(names, names)
        if mail.fate.outcome == "quarantined":
            with pytest.raises(Unreadable):
                parse_mail(raw, own_mx_hosts=[OWN_MX])
            continue
        parsed = parse_mail(raw, own_mx_hosts=[OWN_MX])
        assert (parsed.kind, parsed.sender, parsed.subject, len(parsed.attachments)) == (
            mail.fate.kind,
            mail.fate.sender,
            Subject(mail.fate.subject or ""),
            mail.fate.attachments,
        )
        assert mail.fate.says in parsed.body


@pytest.mark.parametrize("part", range(4))
def test_a_spoilt_shape_is_read_or_refused_with_a_reason(part: int) -> None:
    chance, refused = Random(f"{SEED} {part}"), list[str]()
    for mail in MARKED:
        raw = spoil_bytes(chance, mail.raw)
        try:
            parsed = parse_mail(raw, own_mx_hosts=[OWN_MX])
        except Unreadable as error:
            refused.append(str(error))
            continue
        shown = f"{parsed.subject}{parsed.sender}{parsed.body}{parsed.reply}{parsed.html}"
        assert "\x00" not in shown
        shown.encode()  # no lone surrogate, which no database takes
    assert [reason for reason in refused if "could not be understood" in reason] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
def test_many_mails_become_exactly_their_tickets_and_messages(
    settings: Any,
) -> None:
    settings.OWN_MX_HOSTS = [OWN_MX]
    world.people()
    sources = world.mailboxes()
    names: dict[str, str] = {}
    addresses: dict[str, str] = {}
    plus_address_of = world.plus_address_of
    mails = conversation(SEED, COUNT, has_plus_addresses=plus_address_of is not None)
    deliveries: list[Delivery] = []
    began = time.perf_counter()
    for place, mail in enumerate(mails):
        now = BEGINS_AT + timedelta(seconds=place)
        raw = mail.addressed(names, addresses)
        kept = receive_delivery(
            source=sources[mail.mailbox],
            external_id=f"{place}:{hashlib.sha256(raw).hexdigest()}",
            body=raw,
            headers={},
            received_at=now,
            now=now,
        )
        process_delivery(delivery_id=kept.delivery.pk, now=now)
        delivery = Delivery.objects.select_related("ticket").get(pk=kept.delivery.pk)
        deliveries.append(delivery)
        if delivery.ticket and mail.fate.ticket and mail.fate.ticket not in names:
            names[mail.fate.ticket] = delivery.ticket.reference
            if plus_address_of is not None:
                addresses[mail.fate.ticket] = plus_address_of(delivery.ticket)
    print(f"{COUNT} mails in {time.perf_counter() - began:.1f} s")
    check_fates(mails, deliveries)
