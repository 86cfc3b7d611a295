"""Notices on a bad day: lines that break in the middle, and rounds that are too short."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from sla.models import Escalation, Notice
from sla.operations.escalation import send_notices
from sla.operations.escalation.notice_parcels import pack
from sla.operations.escalation.queue_notices import Told, queue_notices
from sla.queries.duty.ways import Addressee
from tests.sla import world
from tests.sla.notice_world import FIRED, escalation, notice, outage, send
from tests.tickets.smtp_sink import Sink, no_server

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


@pytest.fixture
def alice() -> User:
    return world.person("Alice")


def digest(alice: User) -> Notice:
    """It waits, with two steps of one clock."""
    clock = world.contract_clock(outage())
    return notice(escalation(clock), escalation(clock), recipient=alice)


def one_more(alice: User, made: Notice) -> Escalation:
    """Fired late, so that it joins a digest where one waits."""
    clock = made.escalations.all()[0].clock
    late = escalation(clock, due_at=FIRED - timedelta(minutes=5), fired_at=FIRED)
    alices = Addressee(user_id=alice.pk, language="en")
    queue_notices([Told(addressee=alices, escalation=late)], now=FIRED + timedelta(seconds=5))
    return late


def test_a_digest_that_may_have_arrived_is_told_nothing_more(smtp: Sink, alice: User) -> None:
    """Under a key that the other side knows nobody would read it."""
    made = digest(alice)
    smtp.faults.append("drop")  # taken, and then the line breaks
    assert send() == 0
    late = one_more(alice, made)
    assert made.items.count() == 2
    assert late.notices.get() != made
    assert send(FIRED + timedelta(minutes=2)) == 2
    first, *later = [mail["Message-ID"] for mail in smtp.mails]
    assert sorted(later) != [first, first]
    assert first in later, "it leaves again, under its key"


def test_a_digest_that_met_no_mail_server_still_takes_what_comes(
    settings: Any, alice: User
) -> None:
    """A long outage of the mail server ends with one digest, not with a storm."""
    no_server(settings)
    made = digest(alice)
    assert send() == 0
    assert one_more(alice, made).notices.get() == made


def test_what_takes_longer_to_read_than_a_round_lasts_leaves_all_the_same(
    smtp: Sink, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be given back untried by each round, for ever."""

    def slowly(*args: Any, **more: Any) -> Any:
        time.sleep(0.3)
        return pack(*args, **more)

    monkeypatch.setattr(send_notices, "pack", slowly)
    digest(alice)
    assert send(seconds=0.2) == 1
    assert len(smtp.mails) == 1
