"""Sixty random mails and hooks: in batches of any size they end as they do one by one."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import unified_diff
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from sla.models import Clock
from sla.operations.clocks.audit import Audited, audit_clocks
from tests.sla.world import customer, madrid, person
from tests.tickets.hooks import created, helpdesk, priority, said, status
from tickets.domain.words import MailRole
from tickets.models import Delivery, DeliveryState, Source, Ticket
from tickets.operations.incoming.applied import MAX_ATTEMPTS
from tickets.operations.incoming.ingest_mail import mailbox
from tickets.operations.incoming.process import process_deliveries, process_delivery
from tickets.operations.incoming.receive import receive_delivery

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

AT = madrid("2026-11-18 10:00")
END = AT + timedelta(hours=9)
COUNT = 60
THREADS = ("T-1", "T-2", "T-3", "T-4")
PEOPLE = ("bob@acme.example", "berta@acme.example", "eve@big.example", "nadia@nobody.example")
# An id of ours, and what the severity was when the delivery was understood, whichever came first.
_OF_THE_ORDER = frozenset({"of_event", "from"})
TEXTS = ("No funciona nada.", "¿Cómo cambio la música?", "Sigue igual.", "", "Gracias.")


@dataclass(slots=True)
class Story:
    """What was written so far, so that the next can answer it, repeat it or come back."""

    chance: random.Random
    hook: Source
    mails: list[tuple[str, EmailMessage]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    number: int = 0

    def next(self, at: datetime) -> tuple[bytes, bool, MailRole]:
        """A body, whether it is a mail, and the folder in which it was found."""
        self.number += 1
        kinds = (self.opening, self.reply, self.reply, self.repeat, self.automatic, self.bounce)
        if self.chance.random() < 0.3 or self.number > COUNT - len(THREADS):
            return self.call(at), False, MailRole.RECEIVED
        if self.mails and self.chance.random() < 0.2:
            return self.from_alice(), True, MailRole.SENT
        return self.chance.choice(kinds)().as_bytes(), True, MailRole.RECEIVED

    def mail(self, sender: str, **headers: str) -> EmailMessage:
        """A mail with a text of the few."""
        made = EmailMessage()
        made["From"], made["To"] = sender, "support@sivocenter.com"
        made["Subject"], made["Message-ID"] = "Centralita", f"<{self.number}@mail.example>"
        for name, value in headers.items():
            made[name.replace("_", "-")] = value
        made.set_content(self.chance.choice(TEXTS))
        return made

    def opening(self) -> EmailMessage:
        """Somebody begins a conversation."""
        made = self.mail(self.chance.choice(PEOPLE))
        self.mails.append((made["Message-ID"], made))
        return made

    def reply(self) -> EmailMessage:
        """Anybody answers anything, or what is still to come."""
        known = [name for name, _ in self.mails] + self.sent
        later = f"<{self.number + self.chance.randint(1, 3)}@mail.example>"
        made = self.mail(self.chance.choice(PEOPLE), References=self.chance.choice([*known, later]))
        self.mails.append((made["Message-ID"], made))
        return made

    def repeat(self) -> EmailMessage:
        """The same mail by another way, or another text under its Message-ID."""
        if not self.mails:
            return self.opening()
        _, first = self.chance.choice(self.mails)
        made = self.mail(first["From"], X_Way=str(self.number))
        made.replace_header("Message-ID", first["Message-ID"])
        if self.chance.random() < 0.7:
            made.set_content(first.get_content())
        if first["References"]:
            made["References"] = first["References"]
        return made

    def automatic(self) -> EmailMessage:
        """A machine writes, with or without a conversation."""
        made = self.reply() if self.chance.random() < 0.5 else self.opening()
        made["Auto-Submitted"] = "auto-replied"
        return made

    def bounce(self) -> EmailMessage:
        """A mail of Alice's comes back."""
        if not self.sent:
            return self.opening()
        made = self.mail("MAILER-DAEMON@mx.acme.example", X_Failed_Recipients=PEOPLE[0])
        made["In-Reply-To"] = self.chance.choice(self.sent)
        return made

    def from_alice(self) -> bytes:
        """Alice answers somebody from her mail program."""
        name, first = self.chance.choice(self.mails)
        made = self.mail("Alice <alice@sivocenter.example>", In_Reply_To=name)
        made.replace_header("To", first["From"])
        self.sent.append(made["Message-ID"])
        return made.as_bytes()

    def call(self, at: datetime) -> bytes:
        """A helpdesk tells of one of its four tickets, in any order."""
        stated = at - timedelta(minutes=self.chance.randint(0, 20))
        if self.number > COUNT - len(THREADS):
            # What is told of a ticket that never comes is given up at last.
            return created(THREADS[self.number - COUNT - 1], stated)
        thread = self.chance.choice(THREADS)
        kinds: Sequence[Callable[[], bytes]] = (
            lambda: created(thread, stated),
            lambda: said(thread, stated, f"m-{self.chance.randint(1, 12)}"),
            lambda: said(thread, stated, f"m-{self.chance.randint(1, 12)}", "agent"),
            lambda: status(thread, stated, self.chance.choice(["solved", "open", "pending"])),
            lambda: priority(thread, stated, self.chance.choice(["urgent", "low"])),
        )
        return self.chance.choice(kinds)()


def arrivals(seed: int) -> list[int]:
    """Sixty deliveries that are kept and not understood yet, in the order in which they came."""
    story = Story(random.Random(seed), helpdesk())
    kept = []
    for number in range(COUNT):
        at = AT + timedelta(minutes=number)
        body, is_mail, role = story.next(at)
        kept.append(
            receive_delivery(
                source=mailbox() if is_mail else story.hook,
                external_id=f"property:{number}",
                body=body,
                headers={},
                received_at=at,
                now=at,
            ).delivery.pk
        )
        Delivery.objects.filter(pk=kept[-1]).update(role=role)
    return kept


def one_by_one(waiting: list[int], _chance: random.Random) -> None:
    """As a lonely worker does it."""
    for pk in waiting:
        process_delivery(delivery_id=pk, now=END)


def in_batches(waiting: list[int], chance: random.Random) -> None:
    """As a worker does it that finds many."""
    rest = list(waiting)
    while rest:
        size = chance.randint(1, 25)
        process_deliveries(delivery_ids=rest[:size], now=END)
        rest = rest[size:]


def drained(how: Callable[[list[int], random.Random], None], ids: list[int], seed: int) -> Any:
    """What the world looks like when nothing waits any more; the world itself is undone."""
    with transaction.atomic():
        for _ in range(MAX_ATTEMPTS + 1):
            waiting = Delivery.objects.filter(state=DeliveryState.WAITING, pk__in=ids)
            waiting.update(attempts=F("attempts") + 1)
            how(list(waiting.order_by("pk").values_list("pk", flat=True)), random.Random(seed))
        assert list(audit_clocks(Audited(), now=END)) == []
        seen = sorted(tickets()), fates(ids)
        transaction.set_rollback(True)
    return seen


def tickets() -> Iterator[str]:
    """Each ticket with its messages, its log and its clocks, without any id of ours."""
    for ticket in Ticket.objects.select_related("requester", "customer"):
        columns = (
            *(ticket.subject, ticket.thread, ticket.status, ticket.wait_cause, ticket.severity),
            *(ticket.needs_triage, ticket.opened_at, ticket.answered_at, ticket.solved_at),
            *(ticket.last_customer_message_at, ticket.attention, str(ticket.requester)),
            str(ticket.customer),
        )
        messages = sorted(
            map(
                str,
                ticket.messages.values_list(
                    *("at", "author_kind", "contact__email", "user__email", "mail_kind"),
                    *("is_public", "body_sha256", "message_id", "key", "delivery__external_id"),
                ),
            )
        )
        log = sorted(
            str((event.at, event.kind, event.delivery and event.delivery.external_id, told))
            for event in ticket.events.select_related("delivery")
            for told in [{k: v for k, v in event.details.items() if k not in _OF_THE_ORDER}]
        )
        clocks = sorted(
            map(
                str,
                Clock.objects.filter(ticket=ticket, void=False).values_list(
                    *("basis", "metric", "state", "severity", "plan_code", "started_at", "due_at"),
                    *("stopped_at", "met", "breached_at", "elapsed_us"),
                ),
            )
        )
        yield "\n".join(map(str, [columns, *messages, *log, *clocks]))


def differences(one: Any, other: Any) -> list[str]:
    """The lines that differ, for whoever has to find out why."""
    left, right = (["\n".join(each[0]), *map(str, each[1])] for each in (one, other))
    lines = unified_diff("\n".join(left).splitlines(), "\n".join(right).splitlines(), lineterm="")
    return list(lines)


def fates(ids: list[int]) -> list[tuple[str, str]]:
    """What became of each delivery."""
    rows = Delivery.objects.filter(pk__in=ids).order_by("pk")
    return list(rows.values_list("state", "outcome"))


@pytest.mark.parametrize("seed", range(3))
def test_batches_of_any_size_end_as_one_by_one(seed: int) -> None:
    customer("pro")
    customer("enterprise", domain="big.example")
    person("Alice")
    ids = arrivals(seed)
    alone = drained(one_by_one, ids, seed)
    for order in (seed, seed + 1000):
        found = differences(alone, drained(in_batches, ids, order))
        assert not found, "\n".join(found)
