"""A house with a rota, a promise by night, and one gap on a Friday."""

from typing import Any

from django.test import Client

from tests.sla.desk_world import make_people
from tests.sla.duty_world import rota, shift
from tests.sla.world import customer, madrid
from tickets.models import Customer

# A Tuesday in winter.
NOW = madrid("2026-12-01 11:00")
COVERAGE = "/admin/sla/rota/coverage/"


class House:
    """Alice and Dave take turns; Acme, whom Carla owns, is promised the nights."""

    def __init__(self) -> None:
        self.people = make_people()
        self.acme = customer("enterprise", domain="acme.example")
        self.beta = customer("pro", domain="beta.example")
        Customer.objects.filter(pk=self.acme.pk).update(csm=self.people["carla"])
        self.support = rota()
        alice, dave = self.people["alice"], self.people["dave"]
        shift(self.support, alice, "2026-11-23 09:00", "2026-11-30 09:00")
        self.present = shift(self.support, alice, "2026-11-30 09:00", "2026-12-04 09:00")
        self.next = shift(self.support, dave, "2026-12-04 19:00", "2026-12-18 09:00")
        self.override = shift(
            self.support, dave, "2026-12-02 18:00", "2026-12-03 09:00", layer="override"
        )
        self.page = f"/admin/sla/rota/{self.support.pk}/"

    def client(self, name: str) -> Client:
        client = Client()
        client.force_login(self.people[name])
        return client


def text(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())
