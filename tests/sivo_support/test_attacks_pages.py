"""Attacks on the pages: by strangers, by people without the right, and by what customers write."""

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from sla.models import Agreement, Clock
from tests.sla import world
from tests.sla.desk_world import NOW, Desk, make_desk, make_person
from tests.tickets.hooks import arrive, helpdesk
from tickets.admin.ticket.actions import ACTIONS
from tickets.models import Attachment, Contact, Delivery, Message, Source, Ticket, TicketEvent

pytestmark = pytest.mark.django_db
DATA = {
    "text": "Hi",
    "note": "x",
    "severity": "S4",
    "mode": "misjudged",
    "reason": "x",
    "cause": "customer",
}


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield make_desk()


def logged_in(user: User | None, **options: Any) -> Client:
    client = Client(**options)
    if user is not None:
        client.force_login(user)
    return client


def ticket_page(ticket: Ticket) -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/change/"


def intruders(desk: Desk) -> dict[str, User | None]:
    nobody = User.objects.create(username="nobody", is_staff=True)
    outsider = User.objects.create(username="outsider", is_staff=False)
    gone = make_person("Gone", "agents")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    return {
        "a stranger": None,
        "a CSM": desk.carla,
        "an operator": desk.olga,
        "staff without a group": nobody,
        "a user who is no staff": outsider,
        "an agent who left": gone,
    }


def state_of_everything() -> list[Any]:
    return [
        TicketEvent.objects.count(),
        Message.objects.count(),
        *(list(model.objects.order_by("pk").values()) for model in (Ticket, Source, Contact)),
        list(Agreement.objects.order_by("pk").values()),
        list(Delivery.objects.order_by("pk").values("pk", "state", "attempts")),
        list(User.objects.order_by("pk").values("pk", "is_superuser", "password")),
    ]


def test_nobody_but_agents_works_a_ticket(desk: Desk) -> None:
    people = intruders(desk)
    data = DATA | {"assignee": desk.dave.pk, "customer": desk.customers["gamma"].pk}
    before = state_of_everything()
    for name, user in people.items():
        client = logged_in(user)
        for code in [*ACTIONS, "", "delete"]:
            for ticket in (desk.tickets["missed"], desk.tickets["pro"]):
                answer = client.post(ticket_page(ticket), {"action": code, **data})
                assert answer.status_code in {302, 403, 404}, (name, code)
                if answer.status_code == 302:
                    assert answer["Location"].startswith("/admin/login/"), (name, code)
    assert state_of_everything() == before


def test_every_other_change_asks_for_its_own_right(desk: Desk) -> None:
    source = helpdesk()
    ignored = arrive(source, b"no json", NOW)
    people = intruders(desk) | {"an agent": desk.alice}
    del people["an operator"]
    agreement = Agreement.objects.first()
    assert agreement is not None
    attempts = [
        (f"/admin/tickets/source/{source.pk}/new-secret/", {}),
        (f"/admin/tickets/source/{source.pk}/drop-old-secrets/", {}),
        (f"/admin/tickets/source/{source.pk}/change/", {"name": "Mine", "channel": "chat"}),
        ("/admin/tickets/source/add/", {"name": "Mine", "kind": "standard", "channel": "chat"}),
        (f"/admin/tickets/delivery/{ignored.pk}/replay/", {}),
        ("/admin/tickets/delivery/", {"action": "process_again", "_selected_action": ignored.pk}),
        ("/admin/tickets/customer/add/", {"name": "X", "code": "x"}),
        (f"/admin/tickets/customer/{desk.customers['acme'].pk}/change/", {"csm": desk.carla.pk}),
        ("/admin/tickets/contact/add/", {"email": "x@x.example"}),
        (f"/admin/sla/agreement/{agreement.pk}/change/", {"ends_at_0": "2026-01-02"}),
        ("/admin/sla/agreement/add/", {"customer": desk.customers["acme"].pk}),
        ("/admin/auth/user/add/", {"username": "x", "password1": "x", "password2": "x"}),
        (f"/admin/auth/user/{desk.carla.pk}/change/", {"is_superuser": "on"}),
        (f"/admin/auth/user/{desk.alice.pk}/password/", {"password1": "x", "password2": "x"}),
        ("/admin/auth/group/add/", {"name": "x"}),
    ]
    before = state_of_everything()
    for name, user in people.items():
        client = logged_in(user)
        for address, data in attempts:
            status = client.post(address, data).status_code
            assert status in {302, 403, 404}, (name, address)
    assert state_of_everything() == before


@pytest.mark.parametrize("address", ["user/add/", "user/{}/change/", "user/{}/password/", "group/"])
def test_an_operator_raises_nobodys_rights(desk: Desk, address: str) -> None:
    client = logged_in(desk.olga)
    full = f"/admin/auth/{address.format(desk.olga.pk)}"
    assert client.get(full).status_code == 403
    assert client.post(full, {"is_superuser": "on", "password1": "x"}).status_code == 403


def test_a_csm_reads_nothing_of_somebody_elses_customer(desk: Desk) -> None:
    carla, foreign = logged_in(desk.carla), desk.tickets["pro"]
    clock = Clock.objects.filter(ticket=foreign).earliest("pk")
    agreement = Agreement.objects.get(customer=desk.customers["beta"])
    message = foreign.messages.earliest("pk")
    file = Attachment.objects.create(message=message, name="a", size=1, content=b"x")
    addresses = [
        ticket_page(foreign),
        f"/admin/tickets/ticket/{foreign.pk}/history/",
        f"/admin/tickets/ticket/{foreign.pk}/attachment/{file.pk}/",
        # Somebody else's file by way of a ticket of one's own.
        f"/admin/tickets/ticket/{desk.tickets['missed'].pk}/attachment/{file.pk}/",
        f"/admin/sla/clock/{clock.pk}/change/",
        f"/admin/sla/agreement/{agreement.pk}/change/",
        f"/admin/tickets/customer/{desk.customers['beta'].pk}/change/",
        f"/admin/tickets/contact/{foreign.requester_id}/change/",
        f"/admin/tickets/delivery/{Delivery.objects.filter(ticket=foreign).get().pk}/raw/",
    ]
    for address in addresses:
        answer = carla.get(address)
        text = answer.content.decode()
        assert answer.status_code in {302, 403, 404}, address
        assert "Beta" not in text
        assert foreign.subject not in text
    for model, field in (("ticket", "customer"), ("contact", "customer")):
        names = carla.get(
            "/admin/autocomplete/",
            {"app_label": "tickets", "model_name": model, "field_name": field, "term": ""},
        )
        assert "Beta" not in names.content.decode()
    for query in ("?q=Invoice&show=all", f"?q={foreign.reference}", "?q=beta.example&show=all"):
        assert carla.get(f"/admin/tickets/ticket/{query}").context["rows"] == []
    csv = carla.get("/admin/sla/clock/missed-targets.csv").content.decode()
    assert "Delta" not in csv


EVIL = "\"><img src=x onerror=alert(1)></script><script>alert(2)</script>'{{7*7}}{% now %}"


def test_nothing_that_a_customer_writes_is_markup_on_a_page(desk: Desk) -> None:
    mail = EmailMessage()
    mail["From"] = '"><b onmouseover=alert(3)> <x@acme.example>'
    mail["To"], mail["Subject"] = "support@sivocenter.com", EVIL
    mail["Message-ID"] = "<evil@x>"
    mail.set_content(f"No funciona nada. {EVIL}\n" * 3)
    mail.add_alternative(f"<p onclick=alert(4)>{EVIL}</p>", subtype="html")
    mail.add_attachment(b"x", maintype="text", subtype="html", filename=f"{EVIL}.html")
    delivery = world.deliver(mail.as_bytes(), NOW)
    assert delivery.ticket is not None
    world.deliver(b"From: <script>alert(5)</script>\n\n", NOW)
    logged_in(desk.alice).post(
        ticket_page(delivery.ticket), {"action": "severity", **DATA, "reason": EVIL}
    )
    root = logged_in(make_person("Root"))
    pages = [
        ticket_page(delivery.ticket),
        "/admin/",
        "/admin/tickets/ticket/?show=all",
        "/admin/tickets/ticket/?q=%3Cscript%3Ealert(9)%3C/script%3E",
        "/admin/tickets/delivery/",
        f"/admin/tickets/delivery/{delivery.pk}/change/",
        "/admin/tickets/contact/",
        "/admin/sla/clock/missed-targets/",
    ]
    for address in pages:
        text = root.get(address).content.decode()
        for mark in ("<script>alert", "<img src=x", "<b onmouseover", "<p onclick", "{{49"):
            assert mark not in text, (address, mark)
    assert "&lt;script&gt;alert(2)" in root.get(pages[0]).content.decode()


@pytest.mark.parametrize(
    "name",
    [
        'a"; filename="b.html',
        "a\r\nSet-Cookie: x=1",
        "../../etc/passwd",
        "..\\..\\x",
        "a\x00.html",
        "ü\u202egpj.exe",
        ".",
        "",
        "x" * 255,
    ],
)
def test_a_file_of_a_stranger_is_only_ever_a_download(desk: Desk, name: str) -> None:
    ticket = desk.tickets["pro"]
    message = ticket.messages.earliest("pk")
    file = Attachment.objects.create(
        message=message, name=name.replace("\x00", ""), media_type="text/html", size=1, content=b"x"
    )
    answer = logged_in(desk.alice).get(f"/admin/tickets/ticket/{ticket.pk}/attachment/{file.pk}/")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("attachment")
    assert not {"/", "\\", "\r", "\n"} & set(answer["Content-Disposition"].replace("\\\\", "\\"))
    assert "Set-Cookie" not in answer


NUL = ["q=%00", "state__exact=%00", "severity__exact=%00", "show=%00", "after=%00", "term=%00"]
ODD = [
    *("p=abc", "p=99999999999999999999", "q=SIVO-99999999999999999999", "q=" + "9" * 300),
    *("after=" + "9" * 40, "after=%D9%A1", "after=%C2%B2", "o=99.-x", "month=9999-99", "e=1"),
    *("source__id__exact=x", "plan__id__exact=99999999999999999999", "starts_at__year=99999"),
    *("_to_field=password", "password__startswith=a", "show=" + "x" * 5000),
    *("page=99999999999999999999", "_changelist_filters=%3Cscript%3E"),
]
LISTS = [
    *("tickets/ticket/", "tickets/ticket/next/", "tickets/delivery/", "tickets/contact/"),
    *("tickets/severitymodel/", "tickets/severityaudit/"),
    *("sla/clock/", "sla/agreement/", "sla/clock/missed-targets/", "sla/clock/missed-targets.csv"),
]


def test_no_address_makes_a_page_fail(desk: Desk) -> None:
    root = logged_in(make_person("Root"), raise_request_exception=False)
    complete = "app_label=tickets&model_name=ticket&field_name=customer&"
    addresses = [f"/admin/{path}?{query}" for path in LISTS for query in [*NUL, *ODD]]
    addresses += [f"/admin/autocomplete/?{complete}{query}" for query in [*NUL, *ODD]]
    odd_ids = ("9" * 30, "-1", "abc", "%00", "1_0A", "%F0%9F%98%80")
    addresses += [f"/admin/tickets/ticket/{each}/change/" for each in odd_ids]
    addresses += [f"/admin/tickets/source/{each}/change/" for each in odd_ids]
    failed = [each for each in addresses if root.get(each).status_code >= 500]
    assert failed == []


def test_a_form_without_its_token_changes_nothing(desk: Desk) -> None:
    strict = logged_in(desk.alice, enforce_csrf_checks=True)
    answer = strict.post(ticket_page(desk.tickets["pro"]), {"action": "note", "note": "x"})
    assert answer.status_code == 403
    secret = f"/admin/tickets/source/{helpdesk().pk}/new-secret/"
    assert logged_in(desk.olga, enforce_csrf_checks=True).post(secret).status_code == 403


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_nobody_is_led_elsewhere(desk: Desk, target: str) -> None:
    desk.alice.set_password("a long enough one")
    desk.alice.save()
    form = {"username": "alice", "password": "a long enough one", "next": target}
    answer = Client().post("/admin/login/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    language = Client().post("/i18n/setlang/", {"language": "es", "next": target})
    assert "evil" not in language["Location"]
    assert "javascript" not in language["Location"]


def test_a_session_ends_with_the_working_day(desk: Desk) -> None:
    client = logged_in(desk.alice)
    client.get("/admin/")
    ends = Session.objects.get().expire_date
    assert (ends - NOW).total_seconds() <= 12 * 3600
    with time_machine.travel(ends, tick=False):
        assert client.get("/admin/").status_code == 302
