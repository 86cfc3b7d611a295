"""Why a ticket is as severe as it is, on its page; and the buttons that correct it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from tests.sla import world
from tests.sla.desk_world import NOW, Desk, make_desk
from tests.tickets.hooks import arrive, created, helpdesk, said
from tickets.domain.words import EventKind
from tickets.models import Ticket, Triage

pytestmark = pytest.mark.django_db

DOWN = "Ahora no funciona nada: no entra ninguna llamada y nadie puede trabajar."
QUESTION = "¿Cómo exporto un informe?"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield make_desk()


@pytest.fixture
def alice(client: Client, desk: Desk) -> Client:
    client.force_login(desk.alice)
    return client


def address(ticket: Ticket) -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/change/"


def page_of(client: Client, ticket: Ticket) -> str:
    response = client.get(address(ticket))
    assert response.status_code == 200
    return response.content.decode()


def press(client: Client, ticket: Ticket, severity: str, mode: str = "misjudged") -> HttpResponse:
    """One of the buttons: no reason, no form."""
    return client.post(  # type: ignore[return-value]
        address(ticket), {"action": "severity", "severity": severity, "mode": mode}, follow=True
    )


def opened(body: str = DOWN, **more: str) -> Ticket:
    ticket = arrive(helpdesk(), created("T-1", NOW, body, **more), NOW).ticket
    assert ticket is not None
    return ticket


def changes(ticket: Ticket) -> int:
    return ticket.events.filter(kind=EventKind.SEVERITY_CHANGED).count()


def test_the_words_that_decided_are_marked_where_the_customer_wrote_them(alice: Client) -> None:
    ticket = opened("<b>Hola</b> & no funciona\nnada: no entra ninguna llamada.")
    page = page_of(alice, ticket)
    assert "&lt;b&gt;Hola&lt;/b&gt; &amp; " in page
    assert "<b>Hola" not in page
    assert page.count('<mark class="heard"') >= 1
    assert 'title="something is down' in page


def test_what_did_not_count_is_marked_as_set_aside(alice: Client) -> None:
    ticket = opened("Si no funciona nada, ¿qué hacemos? Es para el plan de emergencia.")
    page = page_of(alice, ticket)
    assert 'class="heard heard-aside"' in page
    assert "set aside: only supposed" in page


def test_a_sentence_a_confidence_and_what_would_have_changed_it(alice: Client) -> None:
    page = page_of(alice, opened())
    assert "Read as S1 (critical), because of: " in page
    triage = Triage.objects.latest("pk")
    assert f"Confidence {triage.confidence:.0%}".replace("%", " %") in page
    assert "if a working way around were in use" in page
    assert f"Rules and words: {triage.version}" in page


def test_the_page_says_who_raised_it_and_when(alice: Client) -> None:
    ticket = opened(QUESTION)
    at = NOW + timedelta(minutes=10)
    arrive(ticket.source, said("T-1", at, "m1", body=DOWN), at)
    page = page_of(alice, ticket)
    assert "A later message raised it on Tue 1 Dec 11:10" in page
    assert "S4 → S1 (got worse)" in page
    assert "the rules" in page
    assert page.index('<mark class="heard"') > page.index(QUESTION)


def test_why_somebody_must_look_stands_there_in_sentences(alice: Client, desk: Desk) -> None:
    ticket = opened(QUESTION)
    press(alice, ticket, "S3")
    at = NOW + timedelta(minutes=10)
    arrive(ticket.source, said("T-1", at, "m1", body=DOWN), at)
    page = page_of(alice, ticket)
    assert "The newest message sounds like S1." in page
    assert "What the rules heard: S1" in page
    assert '<mark class="heard"' in page
    assert "A person set it." in page
    assert "The sender belongs to no known customer." in page_of(alice, desk.tickets["unknown"])


def test_what_the_customer_chose_is_quoted_and_escaped(alice: Client) -> None:
    source = helpdesk(priority_map={"urgent": "S1"})
    ticket = arrive(source, created("T-2", NOW, QUESTION, priority="URGENT"), NOW).ticket
    assert ticket is not None
    page = page_of(alice, ticket)
    assert "Customer chose:" in page
    assert '<strong dir="auto">URGENT</strong>' in page
    assert "means S1 here" in page
    assert "The customer chose “URGENT”, which means S1 here." in page
    other = arrive(source, created("T-3", NOW, QUESTION, priority="<i>top</i>"), NOW).ticket
    assert other is not None
    assert "&lt;i&gt;top&lt;/i&gt;" in page_of(alice, other)


def test_a_mark_whose_cause_is_gone_says_so(alice: Client) -> None:
    source = helpdesk(priority_map={"urgent": "S1"})
    ticket = arrive(source, created("T-2", NOW, QUESTION, priority="urgent"), NOW).ticket
    assert ticket is not None
    at = NOW + timedelta(minutes=10)
    arrive(source, said("T-2", at, "m1", body=DOWN), at)
    page = page_of(alice, ticket)
    assert "Something spoke for more before; nothing does now." in page


def test_a_person_who_lowered_a_raise_sees_what_had_raised_it(alice: Client) -> None:
    at = NOW - timedelta(minutes=30)
    ticket = arrive(helpdesk(), created("T-1", at, QUESTION), at).ticket
    assert ticket is not None
    at = NOW - timedelta(minutes=10)
    arrive(ticket.source, said("T-1", at, "m1", body=DOWN), at)
    data = {"action": "severity", "severity": "S3", "mode": "misjudged", "reason": "One phone."}
    alice.post(address(ticket), data)
    page = page_of(alice, ticket)
    assert "A person set it." in page
    assert "What the rules heard: S1" in page
    assert "needs triage" not in page


def test_a_binding_priority_says_so(alice: Client) -> None:
    source = helpdesk(priority_map={"urgent": "S1"}, priority_binding=True)
    ticket = arrive(source, created("T-2", NOW, QUESTION, priority="urgent"), NOW).ticket
    assert ticket is not None
    page = page_of(alice, ticket)
    assert "The priority at Helpdesk set it: it is binding there." in page
    assert "What the rules heard: S4" in page
    # In the log as well.
    assert "<td>the source&#x27;s priority</td>" in page


def test_raising_is_one_click_and_the_answer_says_what_it_did_to_the_deadline(
    alice: Client, desk: Desk
) -> None:
    ticket = desk.tickets["pro"]
    answer = press(alice, ticket, "S1").content.decode()
    assert "Severity set: S1." in answer
    assert "The first answer is still due" in answer
    ticket.refresh_from_db()
    assert (ticket.severity, ticket.severity_origin) == ("S1", "person")


def test_the_deadline_that_moved_is_told(alice: Client, desk: Desk) -> None:
    mail = world.raw_mail(QUESTION, sender="Bob <bob@acme.example>", subject="Duda")
    ticket = world.deliver(mail, NOW - timedelta(minutes=5)).ticket
    assert ticket is not None
    assert ticket.severity == "S4"
    answer = press(alice, ticket, "S2").content.decode()
    due = world.contract_clock(ticket).due_at
    assert due == NOW - timedelta(minutes=5) + timedelta(hours=2)
    assert "The first answer is due " in answer
    assert " now, instead of " in answer


def test_a_double_click_is_one_correction(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    before = changes(ticket)
    press(alice, ticket, "S1", "worse")
    again = press(alice, ticket, "S1", "worse").content.decode()
    assert "It is S1 already: nothing was changed." in again
    assert changes(ticket) == before + 1


def test_the_one_in_force_is_no_button_and_worse_offers_only_what_is_worse(
    alice: Client,
) -> None:
    ticket = opened("Desde ayer algunas llamadas se cortan a los dos minutos.")
    assert ticket.severity == "S2"
    page = page_of(alice, ticket)
    assert 'value="S2" title="high" disabled>' in page
    worse = page[page.index("Got worse:") : page.index("Change severity")]
    assert 'value="S1"' in worse
    assert 'value="S3"' not in worse


def test_lowering_an_s1_by_a_button_asks_for_the_reason(alice: Client) -> None:
    ticket = opened()
    answer = press(alice, ticket, "S3")
    page = answer.content.decode()
    assert "Lowering an S1 or S2 needs a reason" in page
    assert '<details class="fold" id="fold-severity" open>' in page
    assert '<option value="S3" selected>' in page
    assert changes(ticket) == 0


def test_what_got_worse_cannot_be_lower(alice: Client) -> None:
    ticket = opened("Desde ayer algunas llamadas se cortan a los dos minutos.")
    page = press(alice, ticket, "S4", "worse").content.decode()
    assert "What got worse is more severe than before" in page
    assert changes(ticket) == 0


def test_who_may_not_work_tickets_reads_and_presses_nothing(client: Client, desk: Desk) -> None:
    client.force_login(desk.olga)
    page = page_of(client, desk.tickets["pro"])
    assert "Was misjudged:" not in page
    assert "Why S" in page
    assert press(client, desk.tickets["pro"], "S1").status_code == 403


def test_the_card_of_an_erased_or_older_ticket_does_not_cost_the_page(
    alice: Client, desk: Desk
) -> None:
    ticket = desk.tickets["pro"]
    Triage.objects.filter(ticket=ticket).update(message=None)
    assert "Rules and words:" in page_of(alice, ticket)
    Triage.objects.filter(ticket=ticket).update(reasons=[])
    page_of(alice, ticket)
    Triage.objects.filter(ticket=ticket).delete()
    assert "Rules and words:" not in page_of(alice, ticket)


def test_a_recovery_is_told_above_the_conversation(alice: Client) -> None:
    ticket = opened()
    at = NOW + timedelta(minutes=10)
    arrive(ticket.source, said("T-1", at, "m1", body="Ya funciona todo otra vez, gracias."), at)
    page = page_of(alice, ticket)
    assert "attention attention-recovered" in page
    assert "The customer says that it works again. Nothing was lowered" in page
