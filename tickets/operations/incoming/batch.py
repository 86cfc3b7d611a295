"""Messages that are stored together: staged one by one, written in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.contrib.auth.models import User

from tickets.domain.facts import Fact
from tickets.domain.incoming import IncomingMessage
from tickets.domain.lifecycle import read_standing
from tickets.domain.severity import Verdict, Weights
from tickets.domain.severity_log import SEVERE
from tickets.domain.wake_ups import wake_outbox
from tickets.domain.words import AuthorKind, EventKind, MailKind
from tickets.models import Attachment, Contact, Delivery, Message, Ticket, TicketEvent, Triage
from tickets.operations.incoming.known import Arrival, Held, HeldMessage, Known
from tickets.operations.incoming.later_messages import (
    forget_recoveries,
    is_recovery,
    note_recoveries,
)
from tickets.operations.outgoing import acknowledge
from tickets.operations.outgoing.breakers import FEWEST, check_flood
from tickets.operations.severity.models import weights_in_use
from tickets.operations.ticket.log import Entry, Growth, record_all, set_standing
from tickets.operations.ticket.open_ticket import new_triage
from tickets.operations.ticket.write_message import new_attachments

_LATELY = timedelta(hours=1)


class Overtaken(Exception):
    """A concurrent delivery opened the same thread meanwhile: look everything up again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A message to store, and the facts that it adds to its ticket's log."""

    held: Held
    message: Message
    facts: Mapping[EventKind, Mapping[str, object]]
    actor: User | None
    delivery: Delivery
    verdict: Verdict | None = None


class Batch:
    """What some deliveries add, seen by those that follow before anything is written."""

    def __init__(self, known: Known, *, now: datetime, alone: bool) -> None:
        self.known = known
        self.now = now
        # Whether what is not looked up may be asked of the database: nothing is staged before.
        self.alone = alone
        self._new: list[Held] = []
        self._triages: list[Triage] = []
        self._recovered: list[Message] = []
        self._severe: list[Message] = []
        self._staged: list[Staged] = []
        self._attachments: list[Attachment] = []
        self._acknowledged: list[tuple[Arrival, Held, Contact]] = []
        self._watched: list[tuple[Arrival, Held, Contact | None]] = []

    @cached_property
    def weights(self) -> Weights | None:
        """What weighs the wording of messages: looked up once, by the first that is judged."""
        return weights_in_use()

    def open(self, ticket: Ticket) -> Held:
        """Stages a new ticket; the first message is added next."""
        held = Held(ticket=ticket, is_new=True)
        self._new.append(held)
        if ticket.thread:
            self.known.threads[(ticket.source, ticket.thread)] = held
        return held

    def add(self, staged: Staged, incoming: IncomingMessage) -> None:
        """Stages a message; from now on replies find it."""
        self._staged.append(staged)
        message, held = staged.message, staged.held
        self._attachments += new_attachments(message, incoming)
        if staged.verdict is not None:
            self._triages.append(new_triage(message, staged.verdict, self.now))
            if EventKind.OPENED not in staged.facts:
                if is_recovery(staged.verdict):
                    self._recovered.append(message)
                elif staged.verdict.severity in SEVERE:
                    self._severe.append(message)
        if message.contact_id is not None:
            held.people.add(message.contact_id)
        if message.key:
            held.keys.add(message.key)
        if message.message_id:
            self.known.messages.setdefault(message.message_id, []).append(
                HeldMessage(
                    message_id=message.message_id,
                    body_sha256=message.body_sha256,
                    contact_id=message.contact_id,
                    is_ours=message.author_kind != AuthorKind.CUSTOMER,
                    at=message.at,
                    held=held,
                )
            )

    def acknowledge(self, arrival: Arrival, held: Held, contact: Contact | None) -> None:
        """Stages an acknowledgement of a new ticket, where the source and the mail want one."""
        delivery = arrival.delivery
        if contact is not None and not acknowledge.wanted(
            source=delivery.source, incoming=arrival.incoming, delivery=delivery, now=self.now
        ):
            self._acknowledged.append((arrival, held, contact))

    def watch(self, arrival: Arrival, held: Held, contact: Contact | None) -> None:
        """Has the breakers look at a mail once it is stored, if its ticket is busy."""
        lately = sum(fact.at > self.now - _LATELY for fact in held.facts)
        staged = sum(other.held is held for other in self._staged)
        busy = lately + staged >= FEWEST or arrival.incoming.kind is MailKind.AUTO
        if arrival.delivery.source.is_mail and busy:
            self._watched.append((arrival, held, contact))

    def write(self) -> None:
        """Stores what is staged. Raises Overtaken; the caller's transaction must then be undone."""
        self._write_tickets()
        Message.objects.bulk_create(staged.message for staged in self._staged)
        Triage.objects.bulk_create(self._triages)
        Attachment.objects.bulk_create(self._attachments)
        growths: dict[int, Growth] = {}
        for held, entries in self._entries().items():
            growths[held.ticket.pk] = Growth(
                ticket=held.ticket, entries=entries, facts=held.facts, is_new=held.is_new
            )
        if growths:
            record_all(list(growths.values()), now=self.now)
        if self._severe:
            forget_recoveries(self._severe)
        if self._recovered:
            note_recoveries(self._recovered, now=self.now)
        for arrival, held, contact in self._watched:
            check_flood(
                ticket=held.ticket, contact=contact, incoming=arrival.incoming, now=self.now
            )
        if self._acknowledged:
            self._write_acknowledgements()

    def _write_acknowledgements(self) -> None:
        free = acknowledge.claim_senders(
            {contact.pk for _, _, contact in self._acknowledged}, self.now
        )
        rows = []
        for arrival, held, contact in self._acknowledged:
            if contact.pk in free:
                free.discard(contact.pk)
                rows.append(
                    acknowledge.stage(ticket=held.ticket, incoming=arrival.incoming, now=self.now)
                )
        Message.objects.bulk_create(rows, ignore_conflicts=True)
        wake_outbox()

    def _write_tickets(self) -> None:
        first_facts: dict[Held, list[Fact]] = {held: [] for held in self._new}
        for number, staged in enumerate(self._staged):
            if staged.held.is_new:
                first_facts[staged.held] += [
                    Fact(key=str(number), kind=kind, at=staged.message.at, details=details)
                    for kind, details in staged.facts.items()
                ]
        for held, facts in first_facts.items():
            # Stored once, as it will stand when the log is written.
            set_standing(held.ticket, read_standing(facts))
        Ticket.objects.bulk_create(held.ticket for held in self._new if not held.ticket.thread)
        threaded = [held.ticket for held in self._new if held.ticket.thread]
        if threaded:
            self._insert_threaded(threaded)

    def _insert_threaded(self, tickets: Sequence[Ticket]) -> None:
        """Waits for a concurrent insert of the same thread to commit or to roll back."""
        tickets = sorted(tickets, key=lambda ticket: (str(ticket.source_id), ticket.thread))
        Ticket.objects.bulk_create(tickets, ignore_conflicts=True)
        rows = Ticket.objects.select_for_update(of=("self",)).filter(
            source__in={ticket.source_id for ticket in tickets},
            thread__in=[ticket.thread for ticket in tickets],
        )
        stored = {(row.source_id, row.thread): row for row in rows.order_by("pk")}
        for ticket in tickets:
            ticket.pk = stored[(ticket.source_id, ticket.thread)].pk
        if TicketEvent.objects.filter(ticket_id__in=[ticket.pk for ticket in tickets]).exists():
            raise Overtaken

    def _entries(self) -> Mapping[Held, list[Entry]]:
        found: dict[Held, list[Entry]] = {}
        for staged in self._staged:
            entries = found.setdefault(staged.held, [])
            entries += [
                Entry(
                    kind=kind,
                    at=staged.message.at,
                    key=f"{kind}:{staged.message.pk}",
                    actor=staged.actor,
                    message=staged.message,
                    delivery=staged.delivery,
                    details=details,
                )
                for kind, details in staged.facts.items()
            ]
        return found
