"""Who may see and do what: groups, and the customers of each CSM."""

from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client

from sla.models import Agreement, Clock
from tests.sla import world
from tests.sla.desk_world import NOW, Desk, make_desk, make_person
from tickets.models import Contact, Customer, Delivery, Ticket

pytestmark = pytest.mark.django_db
MINE = {"missed", "solved", "late"}


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield make_desk()


def as_user(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def change(ticket: Ticket) -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/change/"


def test_a_csm_sees_only_the_tickets_of_their_customers(client: Client, desk: Desk) -> None:
    carla = as_user(client, desk.carla)
    rows = carla.get("/admin/tickets/ticket/?show=all").context["rows"]
    assert {row.ticket.pk for row in rows} == {desk.tickets[key].pk for key in MINE}
    tabs = {tab.code: tab.count for tab in carla.get("/admin/tickets/ticket/").context["tabs"]}
    assert tabs["todo"] == 2


@pytest.mark.parametrize("key", ["missed", "at_risk", "pro", "unknown"])
def test_a_ticket_of_somebody_elses_customer_does_not_exist_for_a_csm(
    client: Client, desk: Desk, key: str
) -> None:
    expected = 200 if key in MINE else 404
    ticket = desk.tickets[key]
    carla = as_user(client, desk.carla)
    assert carla.get(change(ticket)).status_code == expected
    assert carla.get(f"/admin/tickets/ticket/{ticket.pk}/history/").status_code in {200, 302}
    if expected == 404:
        assert carla.get(f"{change(ticket)}").status_code == 404
        url = f"/admin/tickets/ticket/{ticket.pk}/attachment/1/"
        assert carla.get(url).status_code == 404


def test_a_csm_reads_and_does_not_work_tickets(client: Client, desk: Desk) -> None:
    carla = as_user(client, desk.carla)
    page = carla.get(change(desk.tickets["missed"])).content.decode()
    assert "Send answer" not in page
    assert '<form method="post" class="one-button"' not in page
    response = carla.post(change(desk.tickets["missed"]), {"action": "note", "note": "x"})
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("model", "path", "own"),
    [
        (Customer, "tickets/customer", {"name": "Acme"}),
        (Contact, "tickets/contact", {"customer__name": "Acme"}),
        (Agreement, "sla/agreement", {"customer__name": "Acme"}),
        (Clock, "sla/clock", {"ticket__customer__name": "Acme"}),
    ],
)
def test_a_csm_sees_only_what_belongs_to_their_customers(
    client: Client, desk: Desk, model: type, path: str, own: dict[str, str]
) -> None:
    carla = as_user(client, desk.carla)
    listed = carla.get(f"/admin/{path}/").context["cl"].result_list
    mine = model.objects.filter(**own)  # type: ignore[attr-defined]
    assert {row.pk for row in listed} == {row.pk for row in mine}
    other = model.objects.exclude(**own).first()  # type: ignore[attr-defined]
    assert carla.get(f"/admin/{path}/{mine.first().pk}/change/").status_code == 200
    # Django answers an object outside the queryset with a redirect to the index.
    assert carla.get(f"/admin/{path}/{other.pk}/change/").status_code in {302, 404}


def test_a_csm_does_not_find_other_customers_by_completion(client: Client, desk: Desk) -> None:
    query = {"app_label": "tickets", "model_name": "ticket", "field_name": "customer", "term": ""}
    found = as_user(client, desk.carla).get("/admin/autocomplete/", query).json()
    assert [row["text"] for row in found["results"]] == ["Acme"]
    found = as_user(client, desk.alice).get("/admin/autocomplete/", query).json()
    assert len(found["results"]) == 4


@pytest.mark.parametrize("name", ["alice", "olga"])
def test_agents_and_operators_see_every_ticket(client: Client, desk: Desk, name: str) -> None:
    rows = as_user(client, getattr(desk, name)).get("/admin/tickets/ticket/?show=all")
    assert len(rows.context["rows"]) == len(desk.tickets)


def test_a_csm_who_is_an_agent_too_sees_everything(client: Client, desk: Desk) -> None:
    from django.contrib.auth.models import Group

    desk.carla.groups.add(Group.objects.get(name="agents"))
    rows = as_user(client, desk.carla).get("/admin/tickets/ticket/?show=all").context["rows"]
    assert len(rows) == len(desk.tickets)


def test_a_right_without_a_group_shows_nobodys_tickets(client: Client, desk: Desk) -> None:
    erin = User.objects.create(username="erin", is_staff=True)
    erin.user_permissions.add(Permission.objects.get(codename="view_ticket"))
    rows = as_user(client, erin).get("/admin/tickets/ticket/?show=all").context["rows"]
    assert rows == []


OPERATORS_ONLY = ("tickets/source", "tickets/delivery", "sla/heartbeat", "sla/objectives")


@pytest.mark.parametrize("path", OPERATORS_ONLY)
def test_sources_and_deliveries_are_for_operators(client: Client, desk: Desk, path: str) -> None:
    assert as_user(client, desk.olga).get(f"/admin/{path}/").status_code == 200
    for user in (desk.alice, desk.carla):
        assert as_user(client, user).get(f"/admin/{path}/").status_code == 403


@pytest.mark.parametrize("path", ["auth/user", "auth/group"])
def test_only_superusers_hand_out_rights(client: Client, desk: Desk, path: str) -> None:
    desk.olga.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    assert as_user(client, desk.olga).get(f"/admin/{path}/").status_code == 403
    root = make_person("Root")
    assert as_user(client, root).get(f"/admin/{path}/").status_code == 200
    assert as_user(client, root).get(f"/admin/{path}/1/delete/").status_code in {302, 403}


def test_operators_do_not_answer_customers(client: Client, desk: Desk) -> None:
    olga = as_user(client, desk.olga)
    response = olga.post(change(desk.tickets["pro"]), {"action": "answer", "text": "Hi"})
    assert response.status_code == 403


LOGS = (
    "tickets/ticket",
    "tickets/delivery",
    "tickets/customer",
    "tickets/contact",
    "tickets/source",
    "sla/clock",
    "sla/agreement",
    "sla/terms",
    "sla/plan",
    "sla/objectives",
    "sla/businesscalendar",
    "sla/calendarversion",
    "sla/heartbeat",
)
READ_ONLY = {path for path in LOGS if path.startswith("sla/")} - {"sla/agreement"}
READ_ONLY |= {"tickets/ticket", "tickets/delivery"}


@pytest.mark.parametrize("path", LOGS)
def test_nobody_deletes_anything_by_hand(client: Client, desk: Desk, path: str) -> None:
    root = as_user(client, make_person("Root"))
    listed = root.get(f"/admin/{path}/").context["cl"].result_list
    for row in listed[:1]:
        assert root.post(f"/admin/{path}/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    if path in READ_ONLY:
        assert root.get(f"/admin/{path}/add/").status_code == 403


@pytest.mark.parametrize("path", sorted(READ_ONLY - {"tickets/ticket"}))
def test_what_is_read_only_cannot_be_posted_to(client: Client, desk: Desk, path: str) -> None:
    from django.utils import timezone

    from sla.operations.heartbeat import beat

    beat(name="sweep", now=timezone.now(), detail={})
    root = as_user(client, make_person("Root"))
    row = root.get(f"/admin/{path}/").context["cl"].result_list[0]
    assert root.post(f"/admin/{path}/{row.pk}/change/", {}).status_code == 403


@pytest.mark.parametrize("path", LOGS)
def test_every_page_opens_under_the_content_security_policy(
    client: Client, desk: Desk, path: str
) -> None:
    from django.utils import timezone

    from sla.operations.heartbeat import beat

    beat(name="sweep", now=timezone.now(), detail={})
    root = as_user(client, make_person("Root"))
    listed = root.get(f"/admin/{path}/")
    row = listed.context["cl"].result_list[0]
    page = root.get(f"/admin/{path}/{row.pk}/change/")
    for response in (listed, page):
        assert response.status_code == 200
        text = response.content.decode()
        assert "<script>" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert "default-src 'self'" in response["Content-Security-Policy"]
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "").replace(
            "http://localhost:8000/hooks/", ""
        )


def test_strangers_are_asked_to_log_in(client: Client, desk: Desk) -> None:
    for path in (change(desk.tickets["pro"]), "/admin/sla/clock/missed-targets.csv"):
        assert client.get(path).status_code == 302
    assert client.get("/admin/login/").status_code == 200


def test_a_delivery_of_a_ticket_keeps_its_source(client: Client, desk: Desk) -> None:
    delivery = Delivery.objects.filter(ticket=desk.tickets["pro"]).first()
    assert delivery is not None
    page = as_user(client, desk.olga).get(f"/admin/tickets/delivery/{delivery.pk}/change/")
    assert desk.tickets["pro"].reference in page.content.decode()
    assert world.contract_clock(desk.tickets["pro"]).ticket_id == desk.tickets["pro"].pk
