"""One ticket's conversation, led through the real doors and operations at instants in the past."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from sivo_support.demo import letters
from sivo_support.demo.people import Person
from sla.domain.clocks.target import Metric
from sla.models import Basis, Clock
from sla.queries.terms.calendars import hours_of
from tickets.domain.instants import format_instant, from_microseconds, to_microseconds
from tickets.domain.words import Severity, WaitCause
from tickets.models import Message, Source, Ticket
from tickets.operations.desk.actions import (
    assign_ticket,
    mark_spam,
    solve_ticket,
    start_waiting,
    stop_waiting,
)
from tickets.operations.incoming.ingest_mail import keep_mail, mailbox, understand_mail
from tickets.operations.incoming.process import process_delivery
from tickets.operations.incoming.receive import receive_delivery
from tickets.operations.outgoing.answer import NewFile, answer_ticket
from tickets.operations.outgoing.outbox import send_waiting
from tickets.operations.severity.change import change_severity
from tickets.operations.ticket.notes import add_note

_HELLO = {"es": "Hola, {name}:", "en": "Hi {name},"}
_BYE = {"es": "Un saludo,\n{agent}\nSoporte SIVO", "en": "Kind regards,\n{agent}\nSIVO Support"}
_MICROSECOND = timedelta(microseconds=1)


@dataclass(slots=True, kw_only=True)
class Talk:
    """By e-mail. Every method says when it happens (aware); `ticket_id` is set by `open`."""

    person: Person
    language: str
    agent: User
    subject: str
    ticket_id: int = 0
    answered: Message | None = field(default=None, init=False)

    @property
    def ticket(self) -> Ticket:
        """As it is now."""
        return Ticket.objects.get(pk=self.ticket_id)

    def open(self, at: datetime, text: str) -> None:
        """The customer's first message."""
        self.ticket_id = self._receive(at, text, self.subject).pk

    def open_with(self, at: datetime, raw: bytes) -> None:
        """The customer's first message, written by another program."""
        self.ticket_id = self._keep(raw, at).pk

    def write(self, at: datetime, text: str) -> None:
        """The customer answers our last answer."""
        self._receive(at, text, f"Re: {self.subject}")

    def echo(self, at: datetime, text: str) -> None:
        """The customer's machine answers our last answer."""
        raw = self._letter(at, text, f"Re: {self.subject}", automatic=True)
        kept = keep_mail(raw=raw, source=mailbox(), now=at)
        understand_mail(delivery=kept.delivery, now=at)

    def take(self, at: datetime) -> None:
        """The agent makes the ticket theirs."""
        assign_ticket(ticket_id=self.ticket_id, assignee=self.agent, user=self.agent, now=at)

    def answer(self, at: datetime, text: str) -> None:
        """The agent answers, and the answer leaves the house."""
        self.answer_with(at, text, ())

    def answer_with(self, at: datetime, text: str, files: Sequence[NewFile]) -> None:
        """The agent answers by e-mail, with files."""
        self.answered = answer_ticket(
            ticket_id=self.ticket_id, text=self._signed(text), user=self.agent, now=at, files=files
        )
        send_waiting(clock=lambda: at)

    def wait(self, at: datetime, cause: WaitCause = WaitCause.CUSTOMER) -> None:
        """The ticket waits."""
        start_waiting(ticket_id=self.ticket_id, cause=cause, user=self.agent, now=at)

    def resume(self, at: datetime) -> None:
        """The wait is over."""
        stop_waiting(ticket_id=self.ticket_id, user=self.agent, now=at)

    def solve(self, at: datetime) -> None:
        """The agent solves the ticket."""
        solve_ticket(ticket_id=self.ticket_id, user=self.agent, now=at)

    def note(self, at: datetime, text: str) -> None:
        """An internal note."""
        add_note(ticket_id=self.ticket_id, text=text, user=self.agent, now=at)

    def judge(self, at: datetime, severity: Severity, reason: str = "") -> None:
        """The severity was misjudged from the start."""
        change_severity(
            ticket_id=self.ticket_id,
            severity=severity,
            got_worse=False,
            reason=reason,
            user=self.agent,
            now=at,
        )

    def refuse(self, at: datetime) -> None:
        """It is spam."""
        mark_spam(ticket_id=self.ticket_id, user=self.agent, now=at)

    def bounce(self, at: datetime) -> None:
        """Our last answer comes back."""
        if self.answered is None:
            raise RuntimeError("only an answer can come back")
        raw = letters.returned(person=self.person, message_id=self.answered.message_id, at=at)
        self._keep(raw, at)

    def due(self, share: float) -> datetime:
        """The instant at which this share of the first response's allowance is used up."""
        clock = self._clock()
        hours = hours_of(clock.calendar_version.sha256)
        used = round(clock.allowance_us * share)
        return from_microseconds(hours.add_us(to_microseconds(clock.started_at), used))

    def later(self, at: datetime, delay: timedelta) -> datetime:
        """After this much of the contract's open time."""
        hours = hours_of(self._clock().calendar_version.sha256)
        return from_microseconds(hours.add_us(to_microseconds(at), delay // _MICROSECOND))

    def _clock(self) -> Clock:
        return Clock.objects.select_related("calendar_version").get(
            ticket_id=self.ticket_id,
            basis=Basis.CONTRACT,
            metric=Metric.FIRST_RESPONSE,
            void=False,
        )

    def _signed(self, text: str) -> str:
        hello = _HELLO[self.language].format(name=self.person.first_name)
        bye = _BYE[self.language].format(agent=self.agent.first_name)
        return f"{hello}\n\n{text}\n\n{bye}"

    def _receive(self, at: datetime, text: str, subject: str) -> Ticket:
        return self._keep(self._letter(at, text, subject), at)

    def _letter(self, at: datetime, text: str, subject: str, *, automatic: bool = False) -> bytes:
        last = self.answered
        return letters.letter(
            person=self.person,
            subject=subject,
            text=text,
            at=at,
            language=self.language,
            answers=(last.message_id, last.body, last.at) if last else None,
            automatic=automatic,
        )

    def _keep(self, raw: bytes, at: datetime) -> Ticket:
        kept = keep_mail(raw=raw, source=mailbox(), now=at)
        delivery = understand_mail(delivery=kept.delivery, now=at)
        if delivery.ticket is None:
            raise RuntimeError(f"A mail of the sample world was not understood: {delivery.reason}")
        return delivery.ticket


@dataclass(slots=True, kw_only=True)
class ChatTalk(Talk):
    """In the customers' chat tool, which tells us by signed webhooks."""

    source: Source
    thread: str
    _count: int = field(default=0, init=False)

    def answer(self, at: datetime, text: str) -> None:
        """The agent answers in the tool, not here."""
        self._say(at, "agent", self.agent.email, self.agent.get_full_name(), text)

    def wait(self, at: datetime, cause: WaitCause = WaitCause.CUSTOMER) -> None:
        """The tool's own word for it."""
        word = "pending" if cause is WaitCause.CUSTOMER else "on_hold"
        self._send(at, "ticket.status.changed", {"status": word})

    def resume(self, at: datetime) -> None:
        """Open again in the tool."""
        self._send(at, "ticket.status.changed", {"status": "open"})

    def solve(self, at: datetime) -> None:
        """Closed in the tool."""
        self._send(at, "ticket.status.changed", {"status": "solved"})

    def _receive(self, at: datetime, text: str, subject: str) -> Ticket:
        if self.ticket_id:
            return self._say(at, "customer", self.person.email, self.person.name, text)
        return self._send(
            at,
            "ticket.created",
            {
                "subject": subject,
                "requester": {"email": self.person.email, "name": self.person.name},
                "description": text,
                "channel": "chat",
            },
        )

    def _say(self, at: datetime, kind: str, email: str, name: str, text: str) -> Ticket:
        return self._send(
            at,
            "ticket.message.created",
            {
                "message_id": f"{self.thread}-{self._count + 1}",
                "author": {"kind": kind, "email": email, "name": name},
                "public": True,
                "body": text,
                "channel": "chat",
            },
        )

    def _send(self, at: datetime, kind: str, data: dict[str, Any]) -> Ticket:
        self._count += 1
        body = event(at, kind, {"ticket_id": self.thread, **data})
        received = receive_delivery(
            source=self.source,
            external_id=f"{self.thread}-{self._count}",
            body=body,
            headers={"content-type": "application/json"},
            received_at=at,
            now=at,
        )
        done = process_delivery(delivery_id=received.delivery.pk, now=at)
        if done.ticket is None:
            raise RuntimeError(f"A webhook of the sample world failed: {done.delivery.reason}")
        return done.ticket


def event(at: datetime, kind: str, data: dict[str, Any]) -> bytes:
    """The body of a Standard Webhook of this project."""
    content = {"type": kind, "timestamp": format_instant(at), "data": data}
    return json.dumps(content, ensure_ascii=False).encode()
