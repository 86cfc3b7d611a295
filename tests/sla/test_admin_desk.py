"""The desk: what is due next, how long is left, and for whom."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from sla.operations.heartbeat import beat
from tests.sla import world
from tests.sla.desk_world import NOW, Desk, make_desk
from tickets.models import Ticket

pytestmark = pytest.mark.django_db
LIST = "/admin/tickets/ticket/"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield make_desk()


@pytest.fixture
def alice(client: Client, desk: Desk) -> Client:
    client.force_login(desk.alice)
    return client


def shown(client: Client, query: str = "") -> list[str]:
    """The keys of the tickets in the order of the page."""
    response = client.get(LIST + query)
    assert response.status_code == 200
    return [row.ticket.subject for row in response.context["rows"]]


def test_the_first_ticket_is_the_one_that_is_due_first(alice: Client) -> None:
    assert shown(alice) == [
        "Centralita caída",  # promised, late by 20 min
        "Calls drop",  # promised, 5 min left
        "It is all down",  # watched until triaged, 20 min left
        "Invoice",  # promised at 13:30
        "Una duda sobre extensiones",  # promised on Monday
        "Answered late",  # an internal objective that is missed never hides a promise
        "Export does not finish",  # paused: nothing is due
    ]


def test_a_row_says_how_long_is_left_in_the_clocks_own_time_and_as_a_local_date(
    alice: Client,
) -> None:
    rows = {row.ticket.subject: row for row in alice.get(LIST).context["rows"]}
    assert rows["Centralita caída"].due.left == "late by 20 min"
    assert rows["Calls drop"].due.left == "5 min"
    pro = rows["Invoice"].due
    assert (pro.left, pro.unit) == ("2 h 30 min", "of business time")
    page = alice.get(LIST).content.decode()
    assert "Tue 1 Dec 13:30" in page
    assert "Mon 7 Dec 12:00" in page


@pytest.mark.parametrize(
    ("subject", "mark", "text"),
    [
        ("Centralita caída", "missed", "missed"),
        ("Calls drop", "at_risk", "at risk"),
        ("Invoice", "on_track", "on track"),
        ("Export does not finish", "paused", "paused"),
    ],
)
def test_a_state_is_said_by_shape_and_word_and_never_by_colour_alone(
    alice: Client, subject: str, mark: str, text: str
) -> None:
    response = alice.get(LIST)
    row = next(row for row in response.context["rows"] if row.ticket.subject == subject)
    assert (row.due.mark, row.due.mark_text) == (mark, text)
    shape = {"missed": "■", "at_risk": "▲", "on_track": "●", "paused": "❚❚"}[mark]
    assert f'<span aria-hidden="true">{shape}</span> {text}' in response.content.decode()


def test_internal_objectives_are_marked_as_such(alice: Client) -> None:
    rows = {row.ticket.subject: row.due for row in alice.get(LIST).context["rows"]}
    assert rows["Answered late"].internal
    assert rows["Answered late"].what == "Resolution · internal"
    assert not rows["Calls drop"].internal
    assert rows["It is all down"].what == "First response · watched until triaged"


@pytest.mark.parametrize(
    ("tab", "subjects"),
    [
        ("missed", {"Centralita caída"}),
        ("at_risk", {"Calls drop"}),
        ("mine", {"Invoice"}),
        ("triage", {"It is all down"}),
        ("waiting", {"Export does not finish"}),
    ],
)
def test_a_tab_shows_what_it_names(alice: Client, tab: str, subjects: set[str]) -> None:
    assert set(shown(alice, f"?show={tab}")) == subjects


def test_tabs_carry_their_counts(alice: Client) -> None:
    tabs = {tab.code: tab.count for tab in alice.get(LIST).context["tabs"]}
    assert tabs == {
        "todo": 7,
        "missed": 1,
        "at_risk": 1,
        "attention": 0,
        "mine": 1,
        "unassigned": 6,
        "triage": 1,
        "waiting": 1,
        "all": None,
    }


def test_solved_tickets_are_only_among_all(alice: Client) -> None:
    assert "Old question" not in shown(alice)
    assert "Old question" in shown(alice, "?show=all")


def test_an_unknown_tab_is_the_usual_one(alice: Client) -> None:
    assert shown(alice, "?show=nonsense") == shown(alice)


@pytest.mark.parametrize("form", ["SIVO-{}", "sivo-{}", " {} "])
def test_a_reference_or_a_number_finds_its_ticket(alice: Client, desk: Desk, form: str) -> None:
    query = form.format(desk.tickets["solved"].pk)
    response = alice.get(LIST, {"q": query})
    assert [row.ticket.subject for row in response.context["rows"]] == ["Old question"]


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("centralita", "Centralita caída"),
        ("bob@gamma.example", "Una duda sobre extensiones"),
        ("delta", "Calls drop"),
        ("old question", "Old question"),
    ],
)
def test_a_search_reads_subjects_addresses_and_customers(
    alice: Client, words: str, subject: str
) -> None:
    found = [row.ticket.subject for row in alice.get(LIST, {"q": words}).context["rows"]]
    assert subject in found


@pytest.mark.parametrize("query", ["SIVO-999999", "9" * 40, "'; --", "%", "٣"])
def test_a_search_that_finds_nothing_says_so(alice: Client, query: str) -> None:
    response = alice.get(LIST, {"q": query})
    assert response.status_code == 200
    if not response.context["rows"]:
        assert "No ticket matches" in response.content.decode()


def test_the_desk_needs_a_fixed_number_of_queries(
    alice: Client, desk: Desk, django_assert_max_num_queries: object
) -> None:
    alice.get(LIST)
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        alice.get(LIST)
    for number in range(12):
        world.ticket_by_mail(NOW, subject=f"More {number}", sender=f"x{number}@acme.example")
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        assert len(shown(alice)) == 19


def test_pages_hold_fifty_tickets(alice: Client) -> None:
    Ticket.objects.bulk_create(
        Ticket(
            subject=f"Bulk {number}",
            channel="email",
            severity="S3",
            source=Ticket.objects.first().source,  # type: ignore[union-attr]
            opened_at=NOW,
        )
        for number in range(60)
    )
    assert len(shown(alice)) == 50
    assert len(shown(alice, "?p=2")) == 17
    # Tickets on which nothing runs stand at the end.
    assert shown(alice)[0] == "Centralita caída"


def test_the_next_ticket_is_the_first_of_mine_or_of_nobody(alice: Client, desk: Desk) -> None:
    def target(query: str = "") -> str:
        return str(alice.get(reverse("admin:tickets_ticket_next") + query)["Location"])

    assert f"/{desk.tickets['missed'].pk}/" in target()
    assert f"/{desk.tickets['at_risk'].pk}/" in target(f"?after={desk.tickets['missed'].pk}")
    assert "/change/" in target("?after=nonsense")
    Ticket.objects.update(assignee=desk.dave)
    assert target() == LIST


def test_a_clock_that_stands_still_says_until_when(client: Client) -> None:
    saturday = world.madrid("2026-12-05 12:00")
    with time_machine.travel(saturday, tick=False):
        desk = make_desk(saturday)
        client.force_login(desk.alice)
        rows = {row.ticket.subject: row.due for row in client.get(LIST).context["rows"]}
    # The Monday is open, the Tuesday is the feast of the Immaculate Conception.
    assert rows["Invoice"].aside == "stands still until Mon 7 Dec 09:00"
    assert (rows["Invoice"].left, rows["Invoice"].unit) == ("4 h", "of business time")


def test_the_desk_says_when_nobody_watches_the_clocks(alice: Client) -> None:
    assert "is the worker running?" in alice.get(LIST).content.decode()
    beat(name="sweep", now=NOW - timedelta(minutes=10), detail={})
    assert "since Tue 1 Dec 10:50" in alice.get(LIST).content.decode()
    beat(name="sweep", now=NOW, detail={})
    assert "is the worker running?" not in alice.get(LIST).content.decode()


def test_the_desk_speaks_spanish(alice: Client) -> None:
    alice.post(reverse("set_language"), {"language": "es", "next": LIST})
    page = alice.get(LIST).content.decode()
    assert "Mesa de trabajo" in page
    assert "20 min de retraso" in page
    assert "en riesgo" in page
    with translation.override("en"):
        assert "Desk" not in page


def test_the_overview_counts_what_needs_somebody(alice: Client, desk: Desk) -> None:
    tiles = {tile.label: tile for tile in alice.get("/admin/").context["overview"].tiles}
    assert tiles["missed and open"].count == 1
    assert tiles["at risk"].count == 1
    assert tiles["need triage"].count == 1
    assert "deliveries in quarantine" not in tiles
    for tile in tiles.values():
        assert alice.get(tile.address).status_code == 200


def test_the_overview_tells_of_clocks_that_could_not_be_read(alice: Client, desk: Desk) -> None:
    Ticket.objects.filter(pk=desk.tickets["pro"].pk).update(clocks_stale_since=timezone.now())
    assert "could not be read" in alice.get("/admin/").content.decode()
    page = alice.get(f"{LIST}{desk.tickets['pro'].pk}/change/").content.decode()
    assert "are being read again since" in page
