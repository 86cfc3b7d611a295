"""Escalated clocks, the notices that tell of them, and the outbox emptied at a given instant."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from sla.models import (
    ChannelKind,
    Clock,
    Escalation,
    EscalationPolicy,
    Notice,
    NoticeChannel,
    NoticeItem,
)
from sla.operations.escalation.send_notices import send_notices
from tests.sla import world
from tickets.models import Ticket

START = world.madrid("2026-11-18 10:00")
DUE = world.madrid("2026-11-18 10:30")
FIRED = world.madrid("2026-11-18 10:15")
SECRET = "whsec_c2l2by1zdXBwb3J0LWV4YW1wbGUtc2VjcmV0LTMyYg=="


def outage(domain: str = "acme.example", at: datetime = START) -> Ticket:
    """An Enterprise S1 that nobody has answered."""
    world.customer("enterprise", domain=domain)
    return world.ticket_by_mail(at, sender=f"Bob <bob@{domain}>")


def policy() -> EscalationPolicy:
    """One policy for all."""
    found = EscalationPolicy.objects.first()
    return found or EscalationPolicy.objects.create(
        code="any", name="Any", metric="first_response", version=1, made_at=START
    )


def escalation(
    clock: Clock, *, due_at: datetime = FIRED, fired_at: datetime | None = None, **more: Any
) -> Escalation:
    """A step of a clock that has fired."""
    number = Escalation.objects.filter(clock=clock).count()
    values = {"step_code": f"any/step{number}", "outcome": "fired", **more}
    return Escalation.objects.create(
        clock=clock, policy=policy(), due_at=due_at, fired_at=fired_at or due_at, **values
    )


def notice(*escalations: Escalation, at: datetime = FIRED, **more: Any) -> Notice:
    """A notice that waits and tells of these."""
    made = Notice.objects.create(
        **{
            "key": f"escalation:{Notice.objects.count()}",
            "kind": "escalation" if len(escalations) < 2 else "digest",
            "language": "en",
            "created_at": at,
            "next_attempt_at": at,
            **more,
        }
    )
    NoticeItem.objects.bulk_create(NoticeItem(notice=made, escalation=each) for each in escalations)
    return made


def told(user: User, ticket: Ticket | None = None, **more: Any) -> Notice:
    """A notice to a person about the promise of a ticket, by mail unless it says otherwise."""
    ticket = ticket or outage()
    return notice(escalation(world.contract_clock(ticket)), recipient=user, **more)


def webhook(url: str, name: str = "Pager", **more: Any) -> NoticeChannel:
    """A channel that calls a webhook."""
    return NoticeChannel.objects.create(
        **{
            "name": name,
            "kind": ChannelKind.WEBHOOK,
            "url": url,
            "secret": SECRET,
            "language": "en",
            **more,
        }
    )


def send(at: datetime = FIRED, **options: Any) -> int:
    """The number of notices that left, at an instant that stands still."""
    return send_notices(clock=lambda: at, **options)


def next_try(made: Notice) -> timedelta:
    """How long after the sending of this notice it is tried again."""
    made.refresh_from_db()
    assert made.next_attempt_at is not None
    return made.next_attempt_at - FIRED
