"""Whether each mail became what it must: its delivery, its ticket, its message and its facts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from sla.models import Clock
from sla.operations.clocks.audit import Audited, audit_clocks
from tests.journeys.shapes.shaped import Shaped
from tests.journeys.shapes.writer import ALICE
from tickets.models import Delivery, Message, Ticket, TicketEvent

_STORED = ("opened", "appended")
_STATES = {"opened": "processed", "appended": "processed", "quarantined": "quarantined"}
_FACTS = {"human": "customer_wrote", "auto": "auto_replied", "bounce": "reply_bounced"}


def check_fates(mails: Sequence[Shaped], deliveries: Sequence[Delivery]) -> None:
    """The deliveries, in the order of the mails, have the fates that the mails must have.

    Nothing else is stored: no delivery, ticket, message or fact more; and the clocks of all
    tickets are as a replay of the log says.
    """
    assert len(deliveries) == len(mails) == Delivery.objects.count()
    tickets = _tickets_by_label(mails, deliveries)
    found = [_found(delivery, tickets) for delivery in deliveries]
    wanted = [_wanted(mail) for mail in mails]
    wrong = [
        (place, mails[place].shape, found[place], wanted[place])
        for place in range(len(mails))
        if found[place] != wanted[place]
    ]
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(map(str, wrong[:10]))
    _check_counts(mails)
    audited = Audited()
    assert list(audit_clocks(audited, now=timezone.now() + timedelta(minutes=5))) == []
    assert audited.tickets == Ticket.objects.count()
    assert audited.clocks == Clock.objects.count() >= audited.tickets


def _tickets_by_label(
    mails: Sequence[Shaped], deliveries: Sequence[Delivery]
) -> dict[int | None, str]:
    """The label of each ticket: every opening has one of its own."""
    tickets: dict[int | None, str] = {
        delivery.ticket_id: mail.fate.ticket or "?"
        for mail, delivery in zip(mails, deliveries, strict=True)
        if delivery.outcome == "opened"
    }
    assert len(tickets) == Ticket.objects.count()
    return tickets


def _found(delivery: Delivery, tickets: Mapping[int | None, str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "state": delivery.state,
        "outcome": delivery.outcome,
        "ticket": tickets.get(delivery.ticket_id),
        "explained": bool(delivery.reason) or delivery.state == "processed",
    }
    messages = list(delivery.messages.select_related("contact", "user"))
    if not messages:
        return found
    message = messages[0]
    sender = message.contact.email if message.contact else message.user and message.user.email
    return found | {
        "messages": len(messages),
        "label": tickets.get(message.ticket_id),
        "kind": message.mail_kind,
        "subject": message.subject,
        "sender": sender or "",
        "attachments": message.attachments.count(),
        "body": message.body,
    }


def _wanted(mail: Shaped) -> dict[str, Any]:
    fate = mail.fate
    wanted: dict[str, Any] = {
        "state": _STATES.get(fate.outcome, "ignored"),
        "outcome": fate.outcome,
        "ticket": fate.ticket,
        "explained": True,
    }
    if fate.outcome not in _STORED:
        return wanted
    return wanted | {
        "messages": 1,
        "label": fate.ticket,
        "kind": fate.kind,
        "subject": Subject(fate.subject or ""),
        # A failed delivery is written by nobody.
        "sender": "" if fate.kind == "bounce" else (fate.sender or "").lower(),
        "attachments": fate.attachments,
        "body": Holding(fate.says),
    }


class Holding(str):
    """Equal to every text that it stands in."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and str(self) in other

    def __ne__(self, other: object) -> bool:
        return not self == other


class Subject(str):
    """Equal to the same subject with any reference of a ticket in the place of its mark."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        head, mark, rest = str(self).partition("{{reference of ")
        tail = rest.partition("}}")[2]
        if not isinstance(other, str) or not mark:
            return str(self) == str(other)
        return other.startswith(f"{head}SIVO-") and other.endswith(tail)

    def __ne__(self, other: object) -> bool:
        return not self == other


def _check_counts(mails: Sequence[Shaped]) -> None:
    """Each message once in its ticket, and one fact for each; a worse one may raise besides."""
    stored = [mail.fate for mail in mails if mail.fate.outcome in _STORED]
    assert Message.objects.count() == len(stored)
    facts = Counter(
        "opened"
        if fate.outcome == "opened"
        else "agent_replied"
        if fate.sender == ALICE.address
        else _FACTS[fate.kind or ""]
        for fate in stored
    )
    kinds = dict(TicketEvent.objects.values_list("kind").annotate(times=Count("pk")))
    raises = TicketEvent.objects.filter(kind="severity_changed").select_related("message")
    assert len(raises) == kinds.pop("severity_changed", 0)
    assert kinds == facts
    assert len({each.message_id for each in raises}) == len(raises)
    for each in raises:
        _check_raise(each)
    assert not Ticket.objects.filter(clocks_stale_since__isnull=False).exists()


def _check_raise(event: TicketEvent) -> None:
    """Only a later message of the customer's, by a sure verdict of its own, and only upwards."""
    assert event.message is not None
    assert event.message.events.filter(kind="customer_wrote", at=event.at).count() == 1
    verdict = event.message.triages.get()
    assert not verdict.needs_triage
    assert verdict.severity == event.details["to"] < event.details["from"]
    assert (event.details["by"], event.details["mode"], event.actor) == ("rules", "got_worse", None)


def in_order_of(raws: Sequence[bytes], deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The delivery of each mail; of the same bytes twice, the earlier delivery first.

    Servers store mails with line breaks of their own, and have their own way with NUL bytes.
    """
    by_bytes: defaultdict[bytes, list[Delivery]] = defaultdict(list)
    for delivery in sorted(deliveries, key=lambda each: -each.pk):
        by_bytes[_plain(bytes(delivery.body))].append(delivery)
    return [by_bytes[_plain(raw)].pop() for raw in raws]


def _plain(raw: bytes) -> bytes:
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return lines.replace(b"\x00", b"\x80").strip()
