"""What the ticket page tells of each message, its files, and of long conversations."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from tests.sla.desk_world import NOW, Desk, make_desk
from tests.tickets.message_pages import add_file, attachment, first_message, page, view_of
from tests.tickets.pictures import GIF, SVG, png
from tickets.admin.ticket.message_page import SHOWN_MESSAGES
from tickets.admin.ticket.page import SHOWN_FACTS
from tickets.models import Delivery, Message, SendState, Ticket, TicketEvent

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


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "media_type", "shown"),
    [
        (png(), "image/png", True),
        (png(), "image/gif", True),
        (GIF, "application/pdf", False),
        (SVG, "image/svg+xml", False),
        (png() + b"x" * 3_000_000, "image/png", False),
    ],
)
def test_small_images_of_safe_types_are_shown(
    alice: Client, desk: Desk, content: bytes, media_type: str, shown: bool
) -> None:
    file = add_file(first_message(desk.tickets["pro"]), content, media_type)
    view = view_of(alice, file.message)
    assert [each.pk for each in view.pictures] == ([file.pk] if shown else [])
    assert [each.pk for each in view.files] == ([] if shown else [file.pk])


def test_an_image_is_served_as_what_it_is_and_nothing_else(alice: Client, desk: Desk) -> None:
    message = first_message(desk.tickets["pro"])
    answer = alice.get(attachment(add_file(message, png(), "text/html"), "image/"))
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Content-Disposition"].startswith("inline")
    for content in (SVG, b"<script>alert(1)</script>", b"\x89PNG", b""):
        lying = add_file(message, content, "image/png")
        assert alice.get(attachment(lying, "image/")).status_code == 404
        assert alice.get(attachment(lying)).status_code == 200


def test_images_of_the_formatting_are_folded_away_and_not_lost(alice: Client, desk: Desk) -> None:
    message = first_message(desk.tickets["pro"], html=HTML)
    file = add_file(message, png(), "image/png", content_id="shot", is_inline=True)
    view = view_of(alice, message)
    assert [each.pk for each in view.inline] == [file.pk]
    assert (list(view.pictures), list(view.files)) == ([], [])
    assert "1 image in the formatting" in alice.get(page(message.ticket)).content.decode()


# --- details ----------------------------------------------------------------------------------


def test_details_tell_how_a_mail_came(alice: Client, desk: Desk) -> None:
    message = first_message(
        desk.tickets["pro"],
        subject="Re: something else",
        recipients=["support@sivocenter.com", "ana@beta.example"],
        authenticated=False,
        sent_at=NOW - timedelta(hours=7),
    )
    assert message.delivery is not None
    Delivery.objects.filter(pk=message.delivery.pk).update(
        arrived_by="late_arrival",
        times={
            "sent_at": NOW.isoformat(),
            "internaldate": NOW.isoformat(),
            "savedate": None,
            "odd": "nonsense",
        },
    )
    view = view_of(alice, message)
    assert view.late == "late arrival"
    assert view.facts.subject == "Re: something else"
    assert view.facts.difference.replace("\xa0", " ") == "5 hours, 30 minutes before it reached us"
    assert [(one.label, one.at) for one in view.facts.candidates] == [
        ("received by the mailbox's server", NOW)
    ]
    text = alice.get(page(message.ticket)).content.decode()
    for words in ("ana@beta.example", "more than a day back", "<dt>DMARC</dt><dd>failed</dd>"):
        assert words in text
    assert message.message_id in text


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("Re: Invoice", ""),
        ("RV: RE: invoice [SIVO-1003]", ""),
        ("AW: [SIVO-1003] Invoice", ""),
        ("", ""),
        ("Another thing", "Another thing"),
    ],
)
def test_a_subject_is_told_only_when_it_changed(
    alice: Client, desk: Desk, subject: str, said: str
) -> None:
    view = view_of(alice, first_message(desk.tickets["pro"], subject=subject))
    assert view.facts.subject == said


def test_a_senders_clock_that_is_nearly_right_is_not_worth_a_word(
    alice: Client, desk: Desk
) -> None:
    message = first_message(desk.tickets["pro"])
    at = message.at + timedelta(minutes=59)
    assert view_of(alice, first_message(desk.tickets["pro"], sent_at=at)).facts.difference == ""
    later = message.at + timedelta(hours=2)
    facts = view_of(alice, first_message(desk.tickets["pro"], sent_at=later)).facts
    assert "after it reached us" in facts.difference


def test_raw_deliveries_are_linked_for_operators_alone(client: Client, desk: Desk) -> None:
    message = first_message(desk.tickets["pro"])
    assert message.delivery is not None
    raw = f"/admin/tickets/delivery/{message.delivery.pk}/raw/"
    for user, linked in ((desk.alice, False), (desk.olga, True)):
        client.force_login(user)
        assert (raw in client.get(page(message.ticket)).content.decode()) is linked


@pytest.mark.parametrize(
    ("state", "accepted", "said"),
    [
        (SendState.WAITING, None, "on its way"),
        (SendState.SENT, None, "· sent"),
        (SendState.SENT, NOW, "sent Tue 1 Dec 11:00"),
        (SendState.FAILED, None, "This answer could not be sent: 550 no such user"),
    ],
)
def test_an_answer_says_where_it_stands(
    alice: Client, desk: Desk, state: str, accepted: object, said: str
) -> None:
    message = desk.tickets["waiting"].messages.get(author_kind="agent")
    error = "550 no such user" if state == SendState.FAILED else ""
    Message.objects.filter(pk=message.pk).update(
        send_state=state, accepted_at=accepted, send_error=error
    )
    assert said in alice.get(page(desk.tickets["waiting"])).content.decode()


def test_an_answer_that_could_not_be_sent_is_sent_again_by_one_click(
    alice: Client, desk: Desk
) -> None:
    ticket = desk.tickets["waiting"]
    message = ticket.messages.get(author_kind="agent")
    Message.objects.filter(pk=message.pk).update(send_state=SendState.FAILED, send_error="550")
    Ticket.objects.filter(pk=ticket.pk).update(attention="unsent", attention_at=NOW)
    assert "Send again" in alice.get(page(ticket)).content.decode()
    elsewhere = page(desk.tickets["pro"])
    alice.post(elsewhere, {"action": "resend", "message": message.pk})
    message.refresh_from_db()
    assert message.send_state == SendState.FAILED, "not from another ticket's page"
    assert alice.post(page(ticket), {"action": "resend", "message": message.pk}).status_code == 302
    message.refresh_from_db()
    ticket.refresh_from_db()
    assert (message.send_state, message.send_error) == (SendState.WAITING, "")
    assert (ticket.attention, ticket.attention_at) == ("", None)
    alice.post(page(ticket), {"action": "resend", "message": message.pk})
    said = alice.get(page(ticket)).content.decode()
    assert "Send again" not in said


# --- long conversations -----------------------------------------------------------------------


def fill(ticket: Ticket, count: int) -> list[Message]:
    """Messages of one instant, so that only their ids tell them apart."""
    return Message.objects.bulk_create(
        Message(
            ticket=ticket,
            author_kind="customer",
            channel="email",
            body=f"Number {number}.",
            reply=f"Number {number}.",
            at=NOW,
            body_sha256="0" * 64,
        )
        for number in range(count)
    )


def test_a_long_conversation_comes_in_pieces_and_none_is_lost(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    fill(ticket, 130)
    query, seen, pieces = "", [], 0
    while True:
        context = alice.get(page(ticket, query)).context
        seen = [view.message.pk for view in context["conversation"]] + seen
        pieces += 1
        if not context["piece"].earlier:
            break
        assert context["piece"].earlier == 131 - len(seen)
        query = f"?until={context['piece'].until}"
    assert seen == list(ticket.messages.values_list("pk", flat=True))
    assert pieces == 3


def test_the_newest_messages_stand_on_the_page_at_first(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    rows = fill(ticket, 200)
    response = alice.get(page(ticket))
    views = response.context["conversation"]
    assert [view.message.pk for view in views] == [row.pk for row in rows[-SHOWN_MESSAGES:]]
    assert "Show earlier messages (151 more)" in response.content.decode()
    assert len(response.content) < 250_000


def test_older_pages_have_no_field_for_an_answer(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    rows = fill(ticket, 60)
    text = alice.get(page(ticket, f"?until={rows[5].pk}")).content.decode()
    assert "Send answer" not in text
    assert "Back to the newest messages" in text


@pytest.mark.parametrize("query", ["?until=0", "?until=x", "?until=-1", "?until=%D9%A1", "?until="])
def test_a_piece_that_is_not_there_is_the_newest(alice: Client, desk: Desk, query: str) -> None:
    assert alice.get(page(desk.tickets["pro"], query)).context["piece"].is_newest
    foreign = desk.tickets["missed"].messages.earliest("pk").pk
    assert alice.get(page(desk.tickets["pro"], f"?until={foreign}")).context["piece"].is_newest


def test_a_long_log_comes_in_pieces(alice: Client, desk: Desk) -> None:
    ticket = desk.tickets["pro"]
    TicketEvent.objects.bulk_create(
        TicketEvent(ticket=ticket, kind="note_added", at=NOW, recorded_at=NOW, key=f"n{number}")
        for number in range(SHOWN_FACTS + 20)
    )
    context = alice.get(page(ticket)).context
    assert len(context["events"]) == SHOWN_FACTS
    older = alice.get(page(ticket, f"?facts={context['log_piece'].until}"))
    assert len(older.context["events"]) == ticket.events.count() - SHOWN_FACTS
    assert '<details class="log" id="log" open>' in older.content.decode()
