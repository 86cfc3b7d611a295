"""The original formatting of a mail: caged, complete, and only for who may see the ticket."""

from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from tests.sla.desk_world import NOW, Desk, make_desk
from tests.tickets.message_pages import add_file, attachment, first_message, original, page, view_of
from tests.tickets.pictures import GIF, SVG, png
from tickets.models import Attachment, Ticket

pytestmark = pytest.mark.django_db
HTML = '<p>Look: <b>this</b> <img src="cid:shot"> <img src="https://t.example/a.gif"></p>'


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        yield make_desk()


@pytest.fixture
def alice(client: Client, desk: Desk) -> Client:
    client.force_login(desk.alice)
    return client


# --- the original formatting ------------------------------------------------------------------


def test_the_original_is_caged(alice: Client, desk: Desk) -> None:
    message = first_message(desk.tickets["pro"], html=HTML)
    answer = alice.get(original(message))
    policy = answer["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "img-src data:;",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    ):
        assert rule in policy
    assert "script-src" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"].startswith("private, no-store")
    assert "t.example" not in answer.content.decode()
    framed = alice.get(page(message.ticket)).content.decode()
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in framed
    assert "allow-same-origin" not in framed
    assert "allow-scripts" not in framed


def test_remote_images_are_allowed_for_the_one_answer_that_was_asked_for(
    alice: Client, desk: Desk
) -> None:
    message = first_message(desk.tickets["pro"], html=HTML)
    asked = alice.get(original(message, "?remote=1"))
    assert "img-src data: https:;" in asked["Content-Security-Policy"]
    assert "https://t.example/a.gif" in asked.content.decode()
    assert "t.example" not in alice.get(original(message)).content.decode()


def test_images_of_the_mail_are_put_into_the_page(alice: Client, desk: Desk) -> None:
    message = first_message(desk.tickets["pro"], html=HTML)
    file = add_file(message, GIF, "image/gif", content_id="shot", is_inline=True)
    assert "data:image/gif;base64," in alice.get(original(message)).content.decode()
    Attachment.objects.filter(pk=file.pk).update(erased_at=NOW, content=b"")
    assert "data:image" not in alice.get(original(message)).content.decode()


@pytest.mark.parametrize("content", [SVG, b"<html>", b"", b"GIF8"])
def test_what_is_no_safe_image_is_never_put_into_the_page(
    alice: Client, desk: Desk, content: bytes
) -> None:
    message = first_message(desk.tickets["pro"], html=HTML)
    add_file(message, content, "image/gif", content_id="shot", is_inline=True)
    assert "data:image" not in alice.get(original(message)).content.decode()


def test_images_of_another_message_do_not_show(alice: Client, desk: Desk) -> None:
    message = first_message(desk.tickets["pro"], html=HTML)
    add_file(first_message(desk.tickets["missed"]), GIF, "image/gif", content_id="shot")
    assert "data:image" not in alice.get(original(message)).content.decode()


def test_a_mail_that_cannot_be_shown_says_so(alice: Client, desk: Desk) -> None:
    message = first_message(desk.tickets["pro"], html="<b>" + "<div>" * 5_000)
    answer = alice.get(original(message))
    assert answer.status_code == 200
    assert "cannot be shown" in answer.content.decode()


@pytest.mark.parametrize(
    ("html", "offered", "remote"),
    [
        ("", False, False),
        ("<div dir=ltr><p>Only text.<br>Really</p></div>", False, False),
        ("<div>On Tue <a href='mailto:a@b.example'>A</a>:<blockquote>x</blockquote></div>", 0, 0),
        ("<p>see <a href='https://acme.example/'>here</a></p>", True, False),
        ("<table><tr><td>1</td></tr></table>", True, False),
        ("<P STYLE='font-weight: bold'>x</P>", True, False),
        ("<img src='cid:shot'>", True, False),
        ("<img alt=x src=http://t.example/a.gif>", True, True),
        ("<img src='//t.example/a.gif'>", True, True),
    ],
)
def test_formatting_is_offered_where_there_is_some(
    alice: Client, desk: Desk, html: str, offered: bool, remote: bool
) -> None:
    view = view_of(alice, first_message(desk.tickets["pro"], html=html))
    assert (view.has_original, view.has_remote) == (bool(offered), bool(remote))


# --- rights -----------------------------------------------------------------------------------


def carried(ticket: Ticket) -> list[str]:
    """Every address of what a message of the ticket carries."""
    message = first_message(ticket, html=HTML)
    file = add_file(message, png(), "image/png")
    return [original(message), attachment(file), attachment(file, "image/")]


@pytest.mark.parametrize(
    ("who", "key", "status"),
    [
        ("alice", "pro", 200),
        ("olga", "pro", 200),
        ("carla", "missed", 200),
        ("carla", "pro", 404),
        ("carla", "unknown", 404),
    ],
)
def test_who_sees_the_ticket_sees_what_its_messages_carry(
    client: Client, desk: Desk, who: str, key: str, status: int
) -> None:
    client.force_login(getattr(desk, who))
    for address in carried(desk.tickets[key]):
        assert client.get(address).status_code == status, address


def test_strangers_are_asked_to_log_in_and_staff_without_rights_are_refused(
    client: Client, desk: Desk
) -> None:
    addresses = carried(desk.tickets["pro"])
    assert {client.get(address).status_code for address in addresses} == {302}
    client.force_login(User.objects.create(username="erin", is_staff=True))
    assert {client.get(address).status_code for address in addresses} == {403}


def test_a_foreign_id_by_way_of_ones_own_ticket_does_not_exist(client: Client, desk: Desk) -> None:
    client.force_login(desk.carla)
    own, foreign = desk.tickets["missed"], first_message(desk.tickets["pro"], html=HTML)
    file = add_file(foreign, png(), "image/png")
    for address in (
        attachment(file, ticket=own),
        attachment(file, "image/", ticket=own),
        f"/admin/tickets/ticket/{own.pk}/message/{foreign.pk}/original/",
    ):
        assert client.get(address).status_code == 404


def test_an_erased_message_has_no_original(alice: Client, desk: Desk) -> None:
    message = first_message(desk.tickets["pro"], html=HTML, erased_at=NOW)
    assert alice.get(original(message)).status_code == 404
