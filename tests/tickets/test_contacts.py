"""Whose person wrote: by the address, then by the company's domains, and by nothing open to all."""

import pytest

from tests.sla.world import customer, deliver, madrid, raw_mail
from tickets.domain.freemail import is_freemail
from tickets.models import Contact, CustomerDomain
from tickets.operations.ticket.contacts import customers_of_domains

AT = madrid("2026-11-18 10:00")


@pytest.mark.parametrize(
    ("domain", "is_open"),
    [
        ("gmail.com", True),
        ("hotmail.es", True),
        ("yahoo.com.br", True),
        ("web.de", True),
        ("acme.example", False),
        ("yahoo.acme.example", False),
        ("outlook.acme", False),
        ("gmail.com.acme.example", False),
        ("", False),
    ],
)
def test_domains_at_which_anybody_has_an_address_are_known(domain: str, *, is_open: bool) -> None:
    assert is_freemail(domain) is is_open


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
def test_a_freemail_domain_matches_no_company_even_when_it_was_typed_in() -> None:
    acme = customer("pro")
    CustomerDomain.objects.create(customer=acme, domain="gmail.com")
    found = customers_of_domains({"gmail.com", "acme.example", "elsewhere.example"})
    assert found == {"acme.example": acme}


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
def test_all_domains_of_a_company_are_its_own_and_a_known_person_is_found_anywhere() -> None:
    acme = customer("pro")
    CustomerDomain.objects.create(customer=acme, domain="acme-group.example")
    Contact.objects.create(email="bob@gmail.com", customer=acme, email_sha256="x")
    for sender in ("eva@acme.example", "eva@acme-group.example", "bob@gmail.com"):
        ticket = deliver(raw_mail("Hola", sender=f"E <{sender}>"), AT).ticket
        assert ticket is not None
        assert ticket.customer == acme, sender
    stranger = deliver(raw_mail("Hola", sender="M <mal@gmail.com>"), AT).ticket
    assert stranger is not None
    assert (stranger.customer, stranger.needs_triage) == (None, True)
