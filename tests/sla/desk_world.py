"""A desk full of work: tickets of every state, and the people who look at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Group, User

from sla.operations.terms.load_terms import load_terms
from tests.sla import world
from tests.snapshots import remembered
from tickets.domain.words import Severity, WaitCause
from tickets.models import Customer, Ticket
from tickets.operations.desk import actions as desk
from tickets.operations.severity import change as severity
from tickets.operations.ticket import notes

# A Tuesday in winter.
NOW = world.madrid("2026-12-01 11:00")
OUTAGE = "No funciona nada: no podemos recibir llamadas desde las 9.\nUrgente, por favor."
QUESTION = "Could you send me the invoice of October? Thanks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Alice and Dave are agents, Carla owns Acme, Olga operates."""

    alice: User
    dave: User
    carla: User
    olga: User
    customers: Mapping[str, Customer]
    tickets: Mapping[str, Ticket]


def make_people() -> dict[str, User]:
    """One person of each kind; the groups were made by the migrations."""
    return {
        "alice": make_person("Alice", "agents"),
        "dave": make_person("Dave", "agents"),
        "carla": make_person("Carla", "csms"),
        "olga": make_person("Olga", "operators"),
    }


def make_person(name: str, group: str = "") -> User:
    """Without a password: hashing one takes longer than most tests."""
    person = User.objects.create(
        username=name.lower(),
        email=f"{name.lower()}@sivocenter.example",
        first_name=name,
        is_staff=True,
        is_superuser=not group,
    )
    if group:
        person.groups.add(Group.objects.get(name=group))
    return person


def make_desk(now: datetime = NOW) -> Desk:
    """Tickets in the states that the desk must tell apart."""
    made = remembered(("desk", now), lambda: _numbers_of(_make_desk(now)))
    return Desk(
        customers={key: Customer.objects.get(pk=pk) for key, pk in made["customers"].items()},
        tickets={key: Ticket.objects.get(pk=pk) for key, pk in made["tickets"].items()},
        **{name: User.objects.get(pk=pk) for name, pk in made["people"].items()},
    )


def _numbers_of(desk: Desk) -> dict[str, dict[str, int]]:
    people = {"alice": desk.alice, "dave": desk.dave, "carla": desk.carla, "olga": desk.olga}
    return {
        "customers": {key: row.pk for key, row in desk.customers.items()},
        "tickets": {key: row.pk for key, row in desk.tickets.items()},
        "people": {key: row.pk for key, row in people.items()},
    }


def _make_desk(now: datetime) -> Desk:
    load_terms(now=now)
    people = make_people()
    customers = {
        "acme": world.customer("enterprise", domain="acme.example"),
        "beta": world.customer("pro", domain="beta.example"),
        "gamma": world.customer("starter", domain="gamma.example"),
        "delta": world.customer("enterprise", domain="delta.example"),
    }
    Customer.objects.filter(pk=customers["acme"].pk).update(csm=people["carla"])

    def mail(key: str, subject: str, body: str, ago: timedelta, who: str = "Bob") -> Ticket:
        sender = f"{who} <{who.lower()}@{key}.example>"
        return world.ticket_by_mail(now - ago, subject=subject, body=body, sender=sender)

    tickets = {
        "missed": mail("acme", "Centralita caída", OUTAGE, timedelta(minutes=50)),
        "at_risk": mail("delta", "Calls drop", OUTAGE, timedelta(minutes=25)),
        "pro": mail("beta", "Invoice", QUESTION, timedelta(minutes=90)),
        "starter": mail("gamma", "Una duda sobre extensiones", QUESTION, timedelta(days=3)),
        "unknown": mail("private", "It is all down", "Nothing works!", timedelta(minutes=10)),
        "waiting": mail("beta", "Export does not finish", QUESTION, timedelta(hours=3)),
        "solved": mail("acme", "Old question", QUESTION, timedelta(days=4)),
        "late": mail("acme", "Answered late", OUTAGE, timedelta(days=2)),
    }
    agent = {"user": people["alice"]}
    # Facts of the present instant would tie with what a test does next.
    earlier = now - timedelta(minutes=5)
    for key, ago in {"waiting": 150, "solved": 5_700, "late": 2_760}.items():
        world.answer(
            tickets[key],
            people["alice"],
            now - timedelta(minutes=ago),
            "Hola Bob:\nlo estamos mirando.\n\nAlice",
        )
    desk.start_waiting(
        ticket_id=tickets["waiting"].pk, cause=WaitCause.CUSTOMER, now=earlier, **agent
    )
    desk.solve_ticket(
        ticket_id=tickets["solved"].pk, now=now - timedelta(days=3, hours=20), **agent
    )
    desk.assign_ticket(ticket_id=tickets["pro"].pk, assignee=people["alice"], now=now, **agent)
    notes.add_note(
        ticket_id=tickets["missed"].pk,
        text="The carrier confirms a fault in Madrid.",
        user=people["dave"],
        now=now - timedelta(minutes=20),
    )
    severity.change_severity(
        ticket_id=tickets["pro"].pk,
        severity=Severity.S3,
        got_worse=False,
        reason="",
        now=earlier,
        **agent,
    )
    return Desk(customers=customers, tickets=tickets, **people)
