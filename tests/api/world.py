"""Keys of the API, and calls with them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from tests.sla.desk_world import make_person
from tickets.domain.scopes import all_scopes
from tickets.operations.api.keys import make_key

EVERYTHING = [scope.code for scope in all_scopes()]


@dataclass(frozen=True)
class Program:
    """A program that calls with a key."""

    secret: str
    client: Client

    def get(self, path: str, query: Mapping[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(address(path), query or {}, headers=self.headers(headers))

    def post(self, path: str, body: object, **headers: str) -> Any:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(
            address(path), text, content_type="application/json", headers=self.headers(headers)
        )

    def headers(self, more: Mapping[str, str]) -> dict[str, str]:
        own = {"authorization": f"Bearer {self.secret}"} if self.secret else {}
        return own | {name.replace("_", "-"): value for name, value in more.items()}


def address(path: str) -> str:
    return path if path.startswith("http") else f"/api/v1/{path}"


def root() -> User:
    return User.objects.filter(username="root").first() or make_person("Root")


def secret_of(person: User, scopes: Sequence[str] = EVERYTHING) -> str:
    """The secret of a new key that acts as a person."""
    now = timezone.now()
    _, secret = make_key(
        name=f"{person.first_name}'s program",
        person=person,
        scopes=scopes,
        expires_at=now + timedelta(days=30),
        made_by=root(),
        now=now,
    )
    return secret


def machine_secret(group: str, scopes: Sequence[str] = EVERYTHING) -> str:
    """The secret of a new key that acts as a machine."""
    now = timezone.now()
    _, secret = make_key(
        name="Night job",
        group=Group.objects.get(name=group),
        scopes=scopes,
        expires_at=now + timedelta(days=30),
        made_by=root(),
        now=now,
    )
    return secret


def program(person: User, scopes: Sequence[str] = EVERYTHING) -> Program:
    """A program that acts as a person."""
    return Program(secret_of(person, scopes), Client())


def machine(group: str, scopes: Sequence[str] = EVERYTHING) -> Program:
    """A program that acts as itself."""
    return Program(machine_secret(group, scopes), Client())


def nobody() -> Program:
    """A program without a key."""
    return Program("", Client())
