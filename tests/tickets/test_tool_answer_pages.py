"""Answering through a tool from the ticket page and by the API: where it goes, how it fared."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.api.world import program
from tests.fakes.tool_server import Reply
from tests.sla.world import contract_clock, person
from tests.tickets.answer_tools import KINDS, WRITTEN, Place, alice, place, send
from tickets.models import Message, SendState, Ticket, ToolAccess

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
GOES = {
    "zendesk": "goes to Zendesk: ticket 5158",
    "chatwoot": "goes to Chatwoot: conversation 71",
    "slack": "goes to Slack: channel C0ACME, the thread of Mon 23 Nov 09:00",
}

MOST = {"zendesk": 20, "chatwoot": 15, "slack": 10}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(WRITTEN, tick=False):
        yield


@pytest.fixture(params=KINDS)
def tool(request: pytest.FixtureRequest, settings: Any) -> Iterator[Place]:
    with place(request.param, settings) as found:
        yield found


def page(ticket: Ticket) -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/change/"


def logged_in() -> Client:
    client = Client()
    client.force_login(alice())
    return client


def shown(tool: Place) -> str:
    return " ".join(logged_in().get(page(tool.ticket)).content.decode().split())


def post(tool: Place, **form: Any) -> Any:
    return logged_in().post(page(tool.ticket), {"action": "answer", **form}, follow=True)


def test_the_page_says_where_the_answer_goes_and_how_it_fared(tool: Place) -> None:
    before = shown(tool)
    assert GOES[tool.kind] in before
    assert 'type="file"' in before
    assert f"up to {MOST[tool.kind]} files, 9.0 MB each, 18.0 MB together" in before
    assert "to bob@acme.example" not in before
    done = post(tool, text="Lo miramos ahora.").content.decode()
    assert "It is on its way to the customer" in done
    assert "on its way" in shown(tool)
    assert send(WRITTEN) == 1
    after = shown(tool)
    assert "sent Mon 23 Nov 09:30" in after
    assert f"Taken by {tool.source.name}" in after
    assert contract_clock(tool.ticket).stopped_at == WRITTEN


def test_what_could_not_be_sent_says_why_and_is_sent_again_by_a_click(tool: Place) -> None:
    post(tool, text="Lo miramos ahora.")
    tool.server.failures = [Reply(status=503)]
    send(WRITTEN)
    assert "Sending failed and is tried again: HTTP status 503" in shown(tool)
    tool.server.failures = [Reply(status=422)]
    ToolAccess.objects.update(open_until=None)
    Message.objects.update(send_after=WRITTEN, send_attempts=0)
    send(WRITTEN)
    assert "This answer could not be sent:" in shown(tool)
    answer = Message.objects.get(send_state=SendState.FAILED)
    logged_in().post(page(tool.ticket), {"action": "resend", "message": answer.pk})
    assert send(WRITTEN) == 1
    assert "could not be sent" not in shown(tool)


def test_too_many_files_are_refused_in_words_and_the_text_is_kept(tool: Place) -> None:
    most = MOST[tool.kind]
    files = [SimpleUploadedFile(f"{each}.txt", b"x", "text/plain") for each in range(most + 1)]
    answer = post(tool, text="Mira los archivos.", attachments=files).content.decode()
    assert f"At most {most} files go with one answer: put them into an archive." in answer
    assert "Mira los archivos." in answer
    assert tool.ours() == []


@pytest.mark.parametrize("fields", [{"answers": False}, {"is_active": False}])
def test_where_answers_do_not_leave_the_page_says_where_to_answer_and_who_can_help(
    tool: Place, fields: dict[str, bool]
) -> None:
    ToolAccess.objects.update(**fields)
    said = shown(tool)
    assert f"This conversation lives in {tool.source.name}: answer it there." in said
    assert "An operator can have answers sent from here" in said
    assert 'name="text"' not in said
    post(tool, text="Hola")
    assert tool.ours() == []


def test_without_the_number_of_the_account_chatwoot_is_not_answered_from_here(
    settings: Any,
) -> None:
    with place("chatwoot", settings, account="") as tool:
        assert "The number of the Chatwoot account is missing" in shown(tool)


def test_a_message_that_came_meanwhile_stops_the_answer_here_too(tool: Place) -> None:
    assert "Another message came" in post(tool, text="Hola", seen=1).content.decode()
    assert tool.ours() == []


def test_the_api_answers_through_the_tool(tool: Place) -> None:
    api = program(alice())
    made = api.post(f"tickets/{tool.ticket.pk}/replies/", {"text": "Lo miramos ahora."})
    assert (made.status_code, made.json()["sending"]) == (201, "waiting")
    assert send(WRITTEN) == 1
    (event,) = tool.replies()
    assert event.actor == alice()
    (row,) = [
        each
        for each in api.get(f"tickets/{tool.ticket.pk}/messages/").json()["results"]
        if each["author_kind"] == "agent"
    ]
    assert row["sending"] == "sent"


def test_the_api_refuses_what_the_tool_would_not_take(tool: Place) -> None:
    api = program(alice())
    path = f"tickets/{tool.ticket.pk}/replies/"
    long = api.post(path, {"text": "a" * 100_001})
    assert long.status_code == 400
    ToolAccess.objects.update(answers=False)
    refused = api.post(path, {"text": "Hola"})
    assert refused.status_code == 409, refused.content
    assert "An operator can have answers sent" in refused.json()["detail"]


def test_a_csm_of_others_answers_nothing(tool: Place) -> None:
    client = Client()
    client.force_login(person("Carla", "csms"))
    found = client.post(page(tool.ticket), {"action": "answer", "text": "Hola"})
    assert found.status_code in {302, 403, 404}
    assert tool.ours() == []


def test_the_answer_comes_before_a_ticket_that_is_solved(tool: Place) -> None:
    post(tool, text="Arreglado.")
    solved = logged_in().post(page(tool.ticket), {"action": "solve"}, follow=True)
    assert "Ticket solved" in solved.content.decode()
    later = WRITTEN + timedelta(seconds=5)
    assert send(later) == 1
    assert contract_clock(tool.ticket).stopped_at == later
