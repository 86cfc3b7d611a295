"""What the helpdesk and the customer say of the priority: kept, shown, and binding if wanted."""

from typing import Any

import pytest
from django.test import Client

from sla.models import Clock
from sla.operations.clocks.audit import Audited, audit_clocks
from tests.sla.world import contract_clock, customer, madrid, person
from tests.tickets.hooks import arrive, created, helpdesk, minutes, priority, said
from tickets.domain.words import Severity
from tickets.models import Source, Ticket
from tickets.operations.retention import erase_contact
from tickets.operations.severity.change import change_severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]

AT = madrid("2026-11-18 10:00")
QUESTION = "¿Cómo exporto un informe?"
DOWN = "No podemos recibir llamadas: no funciona nada, nadie puede trabajar."
MAP = {"urgent": "S1", "high": "S2", "whenever": "S4"}
CUSTOMER = {"kind": "customer", "email": "bob@acme.example"}
ROBOT = {"kind": "automation"}


def opened(body: str = QUESTION, word: str = "Urgent", **source: Any) -> Ticket:
    customer("enterprise")
    person("Alice")
    delivery = arrive(helpdesk(**source), created("T-1", AT, body, priority=word), AT)
    assert delivery.ticket is not None
    return delivery.ticket


def tell(word: str, minute: int, **more: Any) -> Ticket:
    at = AT + minutes(minute)
    arrive(Source.objects.get(name="Helpdesk"), priority("T-1", at, word, **more), at)
    return Ticket.objects.get()


def words(ticket: Ticket) -> dict[str, str]:
    return {who: said["word"] for who, said in ticket.stated_priorities.items()}


def test_a_customers_own_priority_is_kept_and_obeyed_by_nobody() -> None:
    ticket = opened()
    assert words(ticket) == {"customer": "Urgent"}
    assert (ticket.severity, ticket.severity_origin, ticket.needs_triage) == ("S4", "rules", False)


def test_a_word_that_nobody_knows_is_kept_too() -> None:
    assert words(opened(word="Hair on fire")) == {"customer": "Hair on fire"}


def test_a_tool_may_call_it_severity() -> None:
    customer("enterprise")
    arrive(helpdesk(), created("T-1", AT, QUESTION, severity="major"), AT)
    assert words(Ticket.objects.get()) == {"customer": "major"}


def test_far_above_the_text_it_calls_for_a_look() -> None:
    ticket = opened(priority_map=MAP)
    assert (ticket.severity, ticket.needs_triage) == ("S4", True)


def test_one_level_above_the_text_it_does_not() -> None:
    ticket = opened("El logo de la factura sale pixelado, no molesta.", "high", priority_map=MAP)
    assert (ticket.severity, ticket.needs_triage) == ("S3", False)


def test_a_machine_of_the_helpdesk_decides_nothing_and_is_quoted() -> None:
    opened()
    ticket = tell("High", 5, author=ROBOT)
    assert words(ticket) == {"customer": "Urgent", "helpdesk": "High"}
    assert (ticket.severity, ticket.severity_origin) == ("S4", "rules")


def test_an_agents_choice_in_the_tool_stays_a_persons_choice_by_the_sources_table() -> None:
    opened(priority_map={"urgent": "S2", "blocker": "S1"})
    assert (tell("urgent", 5).severity, Ticket.objects.get().severity_origin) == ("S2", "person")
    ticket = tell("Blocker", 6)
    assert (ticket.severity, words(ticket)["helpdesk"]) == ("S1", "Blocker")


def test_the_newest_word_is_shown_whatever_came_last() -> None:
    opened()
    tell("low", 10, author=ROBOT)
    at = AT + minutes(20)
    arrive(Source.objects.get(name="Helpdesk"), priority("T-1", AT, "high", author=ROBOT), at)
    assert words(Ticket.objects.get())["helpdesk"] == "low"


def test_a_binding_priority_is_the_severity_and_the_verdict_stands_beside_it() -> None:
    ticket = opened(priority_map=MAP, priority_binding=True)
    assert (ticket.severity, ticket.severity_origin) == ("S1", "source")
    assert ticket.triages.get().severity == "S4"
    event = ticket.events.get(kind="severity_changed")
    assert (event.at, event.actor) == (AT, None)
    assert event.details == {"from": "S4", "to": "S1", "mode": "misjudged", "by": "source"}
    assert contract_clock(ticket).due_at == AT + minutes(30)
    assert list(audit_clocks(Audited(), now=AT + minutes(60))) == []


def test_a_binding_priority_may_be_lower_than_the_text() -> None:
    ticket = opened(DOWN, "high", priority_map=MAP, priority_binding=True)
    assert (ticket.triages.get().severity, ticket.severity) == ("S1", "S2")
    assert contract_clock(ticket).due_at == AT + minutes(120)


def test_where_it_binds_a_later_message_asks_instead_of_raising() -> None:
    opened(word="high", priority_map=MAP, priority_binding=True)
    at = AT + minutes(10)
    arrive(Source.objects.get(name="Helpdesk"), said("T-1", at, "m1", body=DOWN), at)
    ticket = Ticket.objects.get()
    assert (ticket.severity, ticket.severity_origin, ticket.needs_triage) == ("S2", "source", True)


def test_a_word_without_a_meaning_binds_nothing() -> None:
    ticket = opened(word="normal", priority_map=MAP, priority_binding=True)
    assert (ticket.severity, ticket.severity_origin) == ("S4", "rules")


def test_a_person_outweighs_a_binding_priority() -> None:
    ticket = opened(priority_map=MAP, priority_binding=True)
    change_severity(
        ticket_id=ticket.pk,
        severity=Severity.S3,
        got_worse=False,
        reason="Only a question.",
        user=person("Carla"),
        now=AT + minutes(5),
    )
    ticket = tell("high", 6, author=CUSTOMER)
    assert (ticket.severity, ticket.severity_origin, ticket.needs_triage) == ("S3", "person", True)
    assert list(audit_clocks(Audited(), now=AT + minutes(60))) == []
    assert Clock.objects.filter(ticket=ticket, severity="S2").count() == 0


def test_what_somebody_chose_is_forgotten_with_them() -> None:
    ticket = opened(word="Tell Bob at 600 000 000")
    assert ticket.requester is not None
    erase_contact(contact=ticket.requester, now=AT + minutes(60))
    ticket.refresh_from_db()
    assert ticket.stated_priorities == {}


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(person("Olga", "operators"))
    return client


def save(client: Client, source: Source, **data: str) -> str:
    form = {
        "name": source.name,
        "channel": "helpdesk",
        "is_active": "on",
        "stop_tolerance_seconds": "900",
        **data,
    }
    answer = client.post(f"/admin/tickets/source/{source.pk}/change/", form)
    source.refresh_from_db()
    return answer.content.decode()


def test_an_operator_says_what_their_words_mean(olga: Client) -> None:
    source = helpdesk()
    save(olga, source, priority_map='{"Very High": "S1", "low": "S4"}', priority_binding="on")
    assert source.priority_map == {"very_high": "S1", "low": "S4"}
    assert source.priority_binding


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('{"urgent": "P1"}', "“urgent” must mean one of S1, S2, S3, S4."),
        ('{"urgent": 1}', "“urgent” must mean one of S1, S2, S3, S4."),
        ('{"urgent": ["S1"]}', "“urgent” must mean one of S1, S2, S3, S4."),
        ('["S1"]', "Write an object"),
        ('{"": "S1"}', "A word has 1 to 40 characters."),
        ('{"Top": "S1", "top": "S2"}', "“top” stands there twice."),
        ("{", "Enter a valid JSON."),
    ],
)
def test_a_table_that_means_nothing_is_refused_in_words(
    olga: Client, given: str, said: str
) -> None:
    source = helpdesk()
    assert said in save(olga, source, priority_map=given)
    assert source.priority_map == {}


def test_nothing_binds_without_a_table(olga: Client) -> None:
    source = helpdesk()
    page = save(olga, source, priority_map="{}", priority_binding="on")
    assert "Say first what their priorities mean here." in page
    assert not source.priority_binding


def test_an_old_lowering_that_comes_late_does_not_overrule_a_newer_word() -> None:
    opened(word="Urgent", priority_map=MAP, priority_binding=True)
    source = Source.objects.get(name="Helpdesk")
    late = priority("T-1", AT + minutes(10), "whenever", author=ROBOT)
    assert tell("Urgent", 20, author=ROBOT).severity == "S1"
    done = arrive(source, late, AT + minutes(40))
    assert (done.outcome, done.reason) == ("ignored", "an older priority than the one that holds")
    assert Ticket.objects.get().severity == "S1"


def test_a_binding_priority_that_rises_later_counts_from_then() -> None:
    ticket = opened(word="whenever", priority_map=MAP, priority_binding=True)
    tell("Urgent", 60, author=ROBOT)
    clock = contract_clock(ticket)
    assert (clock.severity, clock.due_at) == ("S1", AT + minutes(90))


def test_a_word_of_the_sources_own_waits_for_its_ticket() -> None:
    customer("enterprise")
    source = helpdesk(priority_map={"blocker": "S1"}, priority_binding=True)
    early = arrive(
        source, priority("T-1", AT + minutes(1), "blocker", author=ROBOT), AT + minutes(1)
    )
    assert early.state == "waiting"
    nothing = arrive(source, priority("T-1", AT + minutes(1), "odd", author=ROBOT), AT + minutes(1))
    assert nothing.outcome == "ignored"
