"""One agreement per customer at a time, on the terms of its signature."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from sla.models import Agreement, Plan, Terms
from sla.operations.terms.load_terms import TermsChanged, load_terms
from tests.sla.world import contract_clock, customer, madrid, ticket_by_mail
from tickets.queries import database_now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]


def agree(code: str, who: object, starts: str, ends: str | None = None) -> Agreement:
    """An agreement of a period in Madrid's time."""
    return Agreement.objects.create(
        customer=who,
        plan=Plan.objects.get(code=code, terms__version="2026-11"),
        starts_at=madrid(starts),
        ends_at=madrid(ends) if ends else None,
        signed_on=madrid(starts).date(),
    )


def test_two_agreements_of_one_customer_cannot_overlap() -> None:
    acme = customer("pro")
    overlap = pytest.raises(IntegrityError, match="one_agreement_per_customer_at_a_time")
    with overlap, transaction.atomic():
        agree("enterprise", acme, "2026-06-01 00:00")


def test_the_next_agreement_may_begin_when_the_last_one_ends() -> None:
    acme = customer("pro")
    Agreement.objects.filter(customer=acme).update(ends_at=madrid("2026-06-01 00:00"))
    agree("enterprise", acme, "2026-06-01 00:00")
    other = customer("pro", domain="other.example")
    assert Agreement.objects.filter(customer__in=[acme, other]).count() == 3


def test_an_overlap_is_said_in_words_in_a_form() -> None:
    acme = customer("pro")
    plan = Plan.objects.get(code="pro")
    second = Agreement(
        customer=acme, plan=plan, starts_at=madrid("2026-06-01 00:00"), signed_on="2026-06-01"
    )
    with pytest.raises(ValidationError, match="end that one first"):
        second.full_clean()


def test_an_upgrade_applies_to_open_tickets_from_its_instant() -> None:
    acme = customer("pro")
    # Friday evening: Pro is due on Monday, Enterprise eight hours after the upgrade.
    ticket = ticket_by_mail(
        madrid("2026-11-20 17:00"), body="¿Cómo exporto un informe?", subject="Consulta"
    )
    assert contract_clock(ticket).due_at == madrid("2026-11-23 12:00")
    Agreement.objects.filter(customer=acme).update(ends_at=madrid("2026-11-21 10:00"))
    agree("enterprise", acme, "2026-11-21 10:00")
    reread(ticket)
    assert contract_clock(ticket).due_at == madrid("2026-11-21 18:00")


def test_a_downgrade_does_not_touch_an_open_ticket() -> None:
    acme = customer("enterprise")
    ticket = ticket_by_mail(madrid("2026-11-20 17:00"))
    due = contract_clock(ticket).due_at
    Agreement.objects.filter(customer=acme).update(ends_at=madrid("2026-11-20 17:05"))
    agree("starter", acme, "2026-11-20 17:05")
    reread(ticket)
    assert contract_clock(ticket).due_at == due


def test_loading_the_terms_twice_changes_nothing() -> None:
    loaded = load_terms(now=database_now())
    assert (loaded.terms, loaded.objectives, loaded.calendars) == ([], [], [])
    assert Terms.objects.count() == 1


def test_terms_that_were_loaded_cannot_be_edited_in_their_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sla.domain.terms.document.TermsDocument.sha256", "0" * 64)
    with pytest.raises(TermsChanged, match="publish a new version"):
        load_terms(now=database_now())


def test_a_regional_calendar_never_moves_the_deadline_of_a_running_clock() -> None:
    customer("pro")
    # Monday 7 December 2026 is closed in Madrid alone, Tuesday the 8th everywhere.
    before = ticket_by_mail(madrid("2026-12-04 17:00"))
    load_terms(now=database_now(), region="MD")
    after = ticket_by_mail(madrid("2026-12-04 17:00"))
    reread(before)
    assert contract_clock(before).due_at == madrid("2026-12-07 12:00")
    assert contract_clock(after).due_at == madrid("2026-12-09 12:00")


def test_an_upgrade_agreed_for_later_is_looked_at_when_it_comes() -> None:
    acme = customer("pro")
    Agreement.objects.filter(customer=acme).update(ends_at=madrid("2036-11-22 10:00"))
    agree("enterprise", acme, "2036-11-22 10:00")
    ticket = ticket_by_mail(
        madrid("2036-11-21 17:00"), body="¿Cómo exporto un informe?", subject="Consulta"
    )
    clock = contract_clock(ticket)
    assert clock.due_at == madrid("2036-11-24 12:00")
    assert clock.next_check_at == madrid("2036-11-22 10:00")


def reread(ticket: object) -> None:
    """Reads the clocks as the next event of the ticket would."""
    from sla.operations.clocks.read_clocks import read_clocks

    with transaction.atomic():
        read_clocks(ticket=ticket, now=database_now())
