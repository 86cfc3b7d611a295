"""Plain functions that make the people, contracts and mails of a test."""

from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import count
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group, User

from sla.models import Agreement, Basis, Clock, Plan
from sla.operations.clocks.sweep import sweep  # noqa: F401  (tests import it from one place)
from tickets.domain.words import MailRole
from tickets.models import Customer, CustomerDomain, Delivery, Message, Ticket
from tickets.operations.incoming.ingest_mail import mailbox
from tickets.operations.incoming.process import process_delivery
from tickets.operations.incoming.receive import receive_delivery
from tickets.operations.outgoing.answer import answer_ticket
from tickets.operations.outgoing.outbox import send_waiting

MADRID = ZoneInfo("Europe/Madrid")
_numbers = count(1)


def madrid(text: str) -> datetime:
    """A local time in Madrid, such as "2026-12-04 16:40", as an aware instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=MADRID).astimezone(UTC)


def person(name: str, group: str = "agents") -> User:
    """Alice is the agent, Carla the CSM."""
    user = User.objects.create_user(
        username=name.lower(),
        email=f"{name.lower()}@sivocenter.example",
        first_name=name,
        is_staff=True,
        password="test-only",
    )
    user.groups.add(Group.objects.get(name=group))
    return user


def customer(
    plan: str, *, domain: str = "acme.example", since: str = "2026-01-01 00:00"
) -> Customer:
    """A company on a plan, known by its e-mail domain."""
    made = Customer.objects.create(
        name=domain.partition(".")[0].title(), code=domain.replace(".", "-")
    )
    CustomerDomain.objects.create(customer=made, domain=domain)
    Agreement.objects.create(
        customer=made,
        plan=Plan.objects.get(code=plan, terms__version="2026-11"),
        starts_at=madrid(since),
        signed_on=madrid(since).date(),
    )
    return made


def raw_mail(
    body: str = "No podemos recibir llamadas. No funciona nada.",
    *,
    subject: str = "Centralita",
    sender: str = "Bob <bob@acme.example>",
    **headers: str,
) -> bytes:
    """A mail as it comes over the wire."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "support@sivocenter.com", subject
    mail["Message-ID"] = headers.pop("message_id", f"<{next(_numbers)}@mail.example>")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail.as_bytes()


def deliver(
    raw: bytes, at: datetime, *, now: datetime | None = None, role: MailRole = MailRole.RECEIVED
) -> Delivery:
    """The mail reached our server at `at` and is processed at `now`."""
    now = now or at
    received = receive_delivery(
        source=mailbox(),
        external_id=f"test:{next(_numbers)}",
        body=raw,
        headers={},
        received_at=at,
        now=now,
    )
    if role is not MailRole.RECEIVED:
        Delivery.objects.filter(pk=received.delivery.pk).update(role=role)
    process_delivery(delivery_id=received.delivery.pk, now=now)
    return Delivery.objects.get(pk=received.delivery.pk)


def answer(ticket: Ticket, user: User, at: datetime, text: str = "Lo miramos.") -> Message:
    """An answer that our mail server took at `at`, the instant that counts."""
    made = answer_ticket(ticket_id=ticket.pk, text=text, user=user, now=at)
    send_waiting(clock=lambda: at)
    return Message.objects.get(pk=made.pk)


def ticket_by_mail(at: datetime, **mail: str) -> Ticket:
    """The ticket that a mail at `at` opens."""
    ticket = deliver(raw_mail(**mail), at).ticket
    assert ticket is not None
    return ticket


def contract_clock(ticket: Ticket) -> Clock:
    """The contractual first response of a ticket."""
    return Clock.objects.get(ticket=ticket, basis=Basis.CONTRACT)
