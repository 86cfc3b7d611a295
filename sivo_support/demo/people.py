"""Who is in the sample world: our people with their groups, and the customers with contracts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr
from typing import Any
from unicodedata import normalize

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

from sivo_support.demo import texts
from sla.models import Agreement, Plan
from tickets.models import Customer, CustomerDomain

# Printed on the screen, for a service that listens to this machine alone.
PASSWORD = "demo"  # noqa: S105
STAFF_DOMAIN = "sivo.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who writes mails."""

    name: str
    email: str

    @property
    def first_name(self) -> str:
        """How an agent addresses them."""
        return self.name.split()[0]

    @property
    def address(self) -> str:
        """For a From header; the name may have accents."""
        return formataddr((self.name, self.email))


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A customer with the people who write for it."""

    customer: Customer
    plan: str
    language: str
    weight: int
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody; staff by user name, clients by code."""

    staff: Mapping[str, User]
    clients: Mapping[str, Client]

    @property
    def agents(self) -> list[User]:
        """Those who answer."""
        return [user for user in self.staff.values() if user.groups.filter(name="agents").exists()]


def make_people(*, now: datetime) -> People:
    """Adds staff, customers, domains and agreements; the terms are loaded already."""
    known = texts.people()
    # One hash for all: it takes a third of a second, and the password is public anyway.
    password = make_password(PASSWORD)
    staff = {entry["username"]: _make_user(entry, password) for entry in known["staff"]}
    clients = {
        entry["code"]: _make_client(entry, staff=staff, now=now) for entry in known["customer"]
    }
    return People(staff=staff, clients=clients)


def _make_user(entry: Mapping[str, str], password: str) -> User:
    first, _, last = entry["name"].partition(" ")
    # Somebody of this name may be there already: then that password stays.
    user, _ = User.objects.get_or_create(
        username=entry["username"],
        defaults={
            "first_name": first,
            "last_name": last,
            "email": f"{entry['username']}@{STAFF_DOMAIN}",
            "password": password,
            "is_staff": True,
        },
    )
    user.groups.add(Group.objects.get(name=entry["group"]))
    return user


def _make_client(entry: Mapping[str, Any], *, staff: Mapping[str, User], now: datetime) -> Client:
    customer = Customer.objects.create(
        name=entry["name"],
        code=entry["code"],
        csm=staff.get(entry.get("csm", "")),
        language=entry["language"],
    )
    domain = entry["domain"]
    CustomerDomain.objects.create(customer=customer, domain=domain)
    _sign(customer, entry, now)
    return Client(
        customer=customer,
        plan=entry["plan"],
        language=entry["language"],
        weight=entry["weight"],
        people=tuple(_person(name, domain) for name in entry["people"]),
    )


def _sign(customer: Customer, entry: Mapping[str, Any], now: datetime) -> None:
    starts_at = _midnight(now - timedelta(days=entry["signed_days_ago"]))
    plans = {plan.code: plan for plan in Plan.objects.order_by("terms__effective_from")}
    if "upgraded_from" in entry:
        upgraded_at = _midnight(now - timedelta(days=entry["upgraded_days_ago"]))
        before = plans[entry["upgraded_from"]]
        _agree(customer, before, starts_at, upgraded_at)
        starts_at = upgraded_at
    _agree(customer, plans[entry["plan"]], starts_at, None)


def _agree(customer: Customer, plan: Plan, starts_at: datetime, ends_at: datetime | None) -> None:
    Agreement.objects.create(
        customer=customer,
        plan=plan,
        starts_at=starts_at,
        ends_at=ends_at,
        signed_on=(starts_at - timedelta(days=6)).date(),
    )


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _plain(name: str) -> str:
    """`Bárbara León` as `barbara.leon`."""
    bare = normalize("NFKD", name).encode("ascii", "ignore").decode()
    return bare.lower().replace(" ", ".")


def person_of(code: str, number: int) -> Person:
    """One of a customer's people, by the customer's code."""
    entry = next(entry for entry in texts.people()["customer"] if entry["code"] == code)
    return _person(entry["people"][number], entry["domain"])


def _person(name: str, domain: str) -> Person:
    return Person(name=name, email=f"{_plain(name)}@{domain}")
