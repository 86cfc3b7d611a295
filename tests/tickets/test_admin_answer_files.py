"""Files on an answer: stored with it, cleaned, and refused in words that cost no text."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.sla import world
from tests.sla.desk_world import NOW, Desk, make_desk
from tests.tickets.pictures import png
from tickets.admin.ticket.answer_form import safe_name
from tickets.models import Attachment, Message, Ticket
from tickets.operations.outgoing.outbox import send_waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield make_desk()


@pytest.fixture
def alice(client: Client, desk: Desk) -> Client:
    client.force_login(desk.alice)
    return client


def upload(name: str, content: bytes = b"x", media_type: str = "text/plain") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, media_type)


def answer(client: Client, ticket: Ticket, *files: object, **data: Any) -> HttpResponse:
    """Posts the answer form with files."""
    form = {"action": "answer", "text": "See the files.", "attachments": list(files), **data}
    return client.post(f"/admin/tickets/ticket/{ticket.pk}/change/", form)  # type: ignore[return-value]


def test_files_go_with_the_answer(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    picture = upload("capture.png", png(), "image/png")
    assert answer(alice, ticket, picture, upload("log.txt", b"a log")).status_code == 302
    message = Message.objects.get(body="See the files.")
    stored = {file.name: file for file in message.attachments.all()}
    assert set(stored) == {"capture.png", "log.txt"}
    assert bytes(stored["capture.png"].content) == png()
    assert (stored["log.txt"].media_type, stored["log.txt"].size) == ("text/plain", 5)
    assert len(stored["log.txt"].sha256) == 64
    page = alice.get(f"/admin/tickets/ticket/{ticket.pk}/change/")
    view = page.context["conversation"][-1]
    assert [file.name for file in view.pictures] == ["capture.png"]
    assert [file.name for file in view.files] == ["log.txt"]
    send_waiting(clock=timezone.now)
    assert world.contract_clock(ticket).state == "stopped"


def test_an_answer_needs_no_files(alice: Client, desk: Desk) -> None:
    assert answer(alice, desk.tickets["pro"]).status_code == 302
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ([600], "0.txt has 600\xa0bytes; one file may have 500\xa0bytes. Send a link"),
        ([400, 400, 400], "have 1.2\xa0KB together; one answer may carry 1000\xa0bytes"),
        ([0], "0.txt is empty: choose another file."),
        ([1] * (21), "At most 20 files go with one answer"),
    ],
)
def test_what_is_too_much_is_refused_in_words(
    alice: Client, desk: Desk, settings: Any, sizes: list[int], said: str
) -> None:
    settings.ANSWER_MAX_BYTES = 1_000
    files = [upload(f"{number}.txt", b"x" * size) for number, size in enumerate(sizes)]
    response = answer(alice, desk.tickets["pro"], *files)
    page = response.content.decode()
    assert response.status_code == 200
    assert said in page
    assert "See the files." in page
    assert "Choose these files again" in page
    assert not Message.objects.filter(body="See the files.").exists()
    assert not Attachment.objects.exists()


def test_a_refused_answer_names_the_files_to_choose_again(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    page = alice.get(f"/admin/tickets/ticket/{ticket.pk}/change/")
    seen = page.context["forms"]["answer"].initial["seen"]
    world.deliver(
        world.raw_mail(
            "Solved it.", subject=f"Re: [{ticket.reference}]", sender="Bob <bob@beta.example>"
        ),
        NOW,
    )
    response = answer(alice, ticket, upload("a <b>.txt"), upload("c.txt"), seen=seen)
    text = response.content.decode()
    assert "Another message came while you were writing" in text
    assert "the browser has not kept them: a &lt;b&gt;.txt, c.txt" in text
    assert not Attachment.objects.exists()
    again = response.context["forms"]["answer"].data["seen"]
    assert answer(alice, ticket, upload("c.txt"), seen=again).status_code == 302
    assert Attachment.objects.get().name == "c.txt"


def test_files_alone_are_no_answer(alice: Client, desk: Desk) -> None:
    response = answer(alice, desk.tickets["pro"], upload("a.txt"), text=" ")
    assert "There is no text: write something first." in response.content.decode()
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\alice\\ñandú.pdf", "ñandú.pdf"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie: x=1.txt"),
        ("..", "file"),
        ("", "file"),
        ("x" * 300 + ".docx", "x" * 100 + ".docx"),
        ("y" * 300, "y" * 150),
    ],
)
def test_names_are_safe_to_show_and_to_send(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    ("name", "declared", "stored"),
    [
        ("a.png", "image/png", "image/png"),
        ("a.pdf", "", "application/pdf"),
        ("a.unheard-of", "nonsense", "application/octet-stream"),
    ],
)
def test_types_are_types(alice: Client, desk: Desk, name: str, declared: str, stored: str) -> None:
    assert answer(alice, desk.tickets["pro"], upload(name, b"x", declared)).status_code == 302
    assert Attachment.objects.get().media_type == stored


def test_a_flood_is_refused_before_it_is_read(client: Client, settings: Any) -> None:
    settings.ANSWER_MAX_BYTES = 1_000
    for address in ("/admin/login/", "/admin/tickets/ticket/1001/change/"):
        response = client.post(address, {"text": "x" * 5_000})
        assert response.status_code == 413
    assert client.post("/admin/login/", {"text": "x" * 3_000}).status_code == 200
    # A mail that a provider hands over has limits of its own.
    assert client.post("/hooks/standard/nowhere/", {"text": "x" * 5_000}).status_code == 404


def test_a_csm_and_an_operator_send_no_files(client: Client, desk: Desk) -> None:
    for user in (desk.carla, desk.olga):
        client.force_login(user)
        assert answer(client, desk.tickets["missed"], upload("a.txt")).status_code == 403
    assert not Attachment.objects.exists()
