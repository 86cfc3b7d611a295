"""Thousands of spoilt mails and webhooks: none breaks anything, each one is accounted for."""

import logging
import os
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sla.operations.clocks.audit import Audited, audit_clocks
from tests.chaos import CHAOS
from tests.journeys.mutations import sample_mails, spoil_bytes, spoil_json
from tests.journeys.shapes import world
from tests.journeys.shapes.conversation import conversation
from tests.journeys.shapes.writer import OWN_MX
from tests.sla.world import customer, deliver, person, raw_mail
from tests.tickets.hooks import created, headers, helpdesk, priority, said, status
from tickets.models import Delivery, DeliveryState, Source, Ticket
from tickets.operations.incoming.ingest_mail import keep_mail, mailbox, understand_mail
from tickets.operations.incoming.process import process_deliveries, process_delivery

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

# In parts, so that two processes share them; all but the first are understood in batches, as the
# workers do it. A part is a multiple of a batch.
PART = 500 if CHAOS else 200
BATCH = 25
# As few as have every shape.
SHAPES_PART = 200 if CHAOS else 150
SEED = int(os.environ.get("SIVO_BAD_SEED", "20261123"))


@pytest.mark.parametrize("part", range(4))
def test_spoilt_mails_are_each_accounted_for(caplog: pytest.LogCaptureFixture, part: int) -> None:
    customer("enterprise")
    person("Alice")
    source, chance, samples = mailbox(), Random(f"mails {SEED} {part}"), sample_mails()
    now = timezone.now()
    deliver(raw_mail(), now)
    before = Delivery.objects.count()
    seen: set[bytes] = set()
    batch, size = list[Delivery](), _size(part)
    with caplog.at_level(logging.ERROR):
        for _ in range(PART):
            raw = spoil_bytes(chance, chance.choice(samples))
            seen.add(raw)
            now += timedelta(milliseconds=10)
            kept = keep_mail(raw=raw, source=source, now=now)
            batch.append(kept.delivery)
            if len(batch) == size:
                _understand(batch, now)
    assert _errors(caplog) == []
    assert Delivery.objects.count() - before == len(seen)
    _each_is_accounted_for(source)


@pytest.mark.parametrize("part", range(2))
def test_spoilt_shapes_of_mail_are_each_accounted_for(
    caplog: pytest.LogCaptureFixture, settings: Any, part: int
) -> None:
    settings.OWN_MX_HOSTS = [OWN_MX]
    world.people()
    source, chance, now = mailbox(), Random(f"shapes {SEED} {part}"), timezone.now()
    names = defaultdict(lambda: "SIVO-1001")
    mails = [mail.addressed(names, names) for mail in conversation(SEED + part, SHAPES_PART)]
    seen: set[bytes] = set()
    with caplog.at_level(logging.ERROR):
        for number, mail in enumerate(mails):
            # Whole ones among them: the spoilt replies have something to belong to.
            raw = spoil_bytes(chance, mail) if number % 4 else mail
            seen.add(raw)
            now += timedelta(milliseconds=10)
            kept = keep_mail(raw=raw, source=source, now=now)
            understand_mail(delivery=kept.delivery, now=now)
    assert _errors(caplog) == []
    assert Delivery.objects.count() == len(seen)
    _each_is_accounted_for(source)


@pytest.mark.parametrize("part", range(6))
def test_spoilt_webhooks_are_each_accounted_for(
    caplog: pytest.LogCaptureFixture, client: Client, part: int
) -> None:
    customer("enterprise")
    person("Alice")
    source, chance = helpdesk(), Random(f"webhooks {SEED} {part}")
    path, codes = f"/hooks/standard/{source.pk}/", Counter[int]()
    batch, size = list[Delivery](), _size(part)
    with caplog.at_level(logging.ERROR):
        for number in range(PART):
            body = spoil_json(chance, _sample(chance, number))
            signed = headers(body, external_id=f"hook-{number}")
            answer = client.post(path, body, content_type="application/json", headers=signed)
            codes[answer.status_code] += 1
            batch.append(Delivery(pk=answer.json()["delivery"]))
            if len(batch) == size:
                _understand(batch, timezone.now())
    assert _errors(caplog) == []
    assert codes == {202: PART}
    assert Delivery.objects.filter(source=source).count() == PART
    _each_is_accounted_for(source)


def _size(part: int) -> int:
    return BATCH if part else 1


def _understand(batch: list[Delivery], now: datetime) -> None:
    """Understands and forgets the deliveries of a batch, or the only one."""
    ids = [delivery.pk for delivery in batch]
    if len(ids) == 1:
        process_delivery(delivery_id=ids[0], now=now)
    else:
        process_deliveries(delivery_ids=ids, now=now)
    batch.clear()


def _sample(chance: Random, number: int) -> bytes:
    thread, at = f"T-{number // 8}", timezone.now() - timedelta(seconds=chance.randrange(900))
    match number % 8:
        case 0:
            return created(thread, at, priority=chance.choice(["urgent", "low"]))
        case 1 | 2:
            return said(thread, at, f"m{number}")
        case 3 | 4:
            return said(thread, at, f"m{number}", "agent", html="<p>Hola</p>")
        case 5:
            return said(thread, at, f"m{number}", "bot")
        case 6:
            return status(thread, at, chance.choice(["pending", "open", "solved"]))
        case _:
            return priority(thread, at, chance.choice(["urgent", "low"]))


def _each_is_accounted_for(source: Source) -> None:
    """A ticket, or a reason that a person can read; never trouble of our own."""
    deliveries = Delivery.objects.filter(source=source)
    assert not deliveries.filter(reason__contains="our own trouble").exists()
    assert not deliveries.filter(state=DeliveryState.PROCESSED, ticket=None).exists()
    unfinished = deliveries.exclude(state=DeliveryState.PROCESSED)
    assert not unfinished.filter(reason="").exists()
    # Only what waits for its ticket to come may wait.
    waiting = unfinished.filter(state=DeliveryState.WAITING)
    assert not waiting.exclude(reason__startswith="no ticket with the id").exists()
    states = Counter(deliveries.values_list("state", flat=True))
    assert states["processed"] > states.total() / 4, "spoilt too much to try anything"
    print(dict(states), Counter(deliveries.values_list("outcome", flat=True)))
    assert not Ticket.objects.filter(clocks_stale_since__isnull=False).exists()
    audited = Audited()
    assert list(audit_clocks(audited, now=timezone.now() + timedelta(minutes=5))) == []
    assert audited.tickets == Ticket.objects.count()


def _errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        f"{record.getMessage()}: {record.exc_info and record.exc_info[1]!r}"
        for record in caplog.records
        if record.levelno >= logging.ERROR
    ][:5]
