"""Files of answers through tools: what is refused, what is tried again, and what never leaves."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from tests.fakes.slack import refusal
from tests.fakes.tool_server import Reply
from tests.journeys.tool_stories import Told, bring
from tests.sla.world import contract_clock, person
from tests.tickets.answer_tools import KINDS, WRITTEN, Place, alice, place, send
from tickets.admin.ticket.message_words import trouble_words
from tickets.models import Message, SendState, Ticket, ToolAccess
from tickets.operations.outgoing.answer import FilesTooLarge, NewFile, resend_answer
from tickets.outbound.tools.slack_files import is_theirs

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
LATER = WRITTEN + timedelta(hours=1)


@pytest.fixture(params=KINDS)
def tool(request: pytest.FixtureRequest, settings: Any) -> Iterator[Place]:
    with place(request.param, settings) as found:
        yield found


@pytest.fixture
def slack(settings: Any) -> Iterator[Place]:
    with place("slack", settings) as found:
        yield found


def file(name: str = "log.txt", content: bytes = b"a log") -> NewFile:
    return NewFile(name=name, media_type="text/plain", content=content)


def again(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def refused(tool: Place, answer: Message) -> str:
    """Nothing of it is there, a person is told, and its words are these."""
    assert send(WRITTEN) == 0
    assert (again(answer).send_state, tool.server.kept) == (SendState.FAILED, [])
    assert Ticket.objects.get(pk=tool.ticket.pk).attention == "unsent"
    assert contract_clock(tool.ticket).state == "running"
    return trouble_words(again(answer))


def resend(tool: Place, answer: Message) -> None:
    resend_answer(message_id=answer.pk, user=person("Carla"), now=LATER)
    assert send(LATER) == 1
    (kept,) = tool.server.kept
    assert kept.files
    assert len(tool.replies()) == 1


def test_a_file_that_is_too_large_there_says_so_and_which_and_is_sent_when_it_may_be(
    tool: Place,
) -> None:
    answer = tool.write(files=[file("a.txt"), file("grande.zip", b"x" * 2_000)])
    largest, tool.server.largest = tool.server.largest, 1_000
    said = refused(tool, answer)
    assert "too large" in said
    assert "rite a new answer with a link" in said
    if tool.kind != "chatwoot":
        assert said.endswith("(grande.zip)"), "it came with the message there, all together"
    tool.server.largest = largest
    resend(tool, answer)


def test_too_much_for_the_server_before_chatwoot_says_so(settings: Any) -> None:
    with place("chatwoot", settings) as tool:
        tool.server.most_bytes = 1_000
        said = refused(tool, tool.write(files=[file("b.bin", b"x" * 2_000)]))
    assert "too large for Chatwoot" in said


@pytest.mark.parametrize("kind", ["zendesk", "slack"])
def test_a_type_that_is_not_taken_there_says_so_and_which(kind: str, settings: Any) -> None:
    with place(kind, settings) as tool:
        answer = tool.write(files=[file(), file("tool.exe")])
        said = refused(tool, answer)
        assert "type" in said
        assert said.endswith("(tool.exe)")
        client = Client()
        client.force_login(alice())
        page = client.get(f"/admin/tickets/ticket/{tool.ticket.pk}/change/").content.decode()
        assert "(tool.exe)" in page
        assert "Send again" in page


def test_a_missing_scope_is_told_to_the_agent_and_at_the_source_without_names(
    slack: Place,
) -> None:
    slack.server.may_send_files = False
    answer = slack.write(files=[file("secreto.pdf")])
    said = refused(slack, answer)
    assert "add the scope files:write" in said
    assert "secreto" not in said
    assert ToolAccess.objects.get().trouble == again(answer).send_error
    slack.server.may_send_files = True
    resend(slack, answer)
    assert ToolAccess.objects.get().trouble == ""


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("file_uploads_disabled", "takes no files"),
        ("file_uploads_except_images_disabled", "files of this type"),
        ("storage_limit_reached", "no room left"),
        ("not_in_channel", "invite the app"),
        ("invalid_auth", "does not accept the token"),
        ("something_new", "something_new"),
    ],
)
def test_each_refusal_of_slack_says_what_to_do(slack: Place, word: str, said: str) -> None:
    answer = slack.write(files=[file()])
    slack.server.failures = [refusal(word)]
    assert said in refused(slack, answer)


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "does not accept the token"), (403, "may not attach files"), (415, "HTTP status 415")],
)
def test_each_refusal_of_a_file_by_status_says_what_to_do(
    settings: Any, status: int, said: str
) -> None:
    with place("zendesk", settings) as tool:
        answer = tool.write(files=[file()])
        tool.server.failures = [Reply(status=status)]
        assert said in refused(tool, answer)


def test_a_closed_ticket_is_not_blamed_on_the_files(settings: Any) -> None:
    with place("zendesk", settings) as tool:
        tool.server.closed.add(tool.ticket.thread)
        assert "follow-up" in refused(tool, tool.write(files=[file()]))


@pytest.mark.parametrize(
    "trouble", [Reply(status=503), None, Reply(json={"welcome": "to the hotel's network"})]
)
def test_a_failure_before_the_message_is_tried_again_and_nothing_stands_there_meanwhile(
    tool: Place, trouble: Reply | None
) -> None:
    answer = tool.write(files=[file(), file("b.txt", b"b")])
    tool.server.failures = [trouble]
    assert send(WRITTEN) == 0
    assert (again(answer).send_state, tool.server.kept) == (SendState.WAITING, [])
    assert send(LATER) == 1
    (kept,) = tool.server.kept
    assert kept.files == {"log.txt": b"a log", "b.txt": b"b"}
    assert [each.at for each in tool.replies()] == [LATER]


def test_a_tool_that_names_a_wait_in_the_middle_of_the_files_is_left_alone_for_it(
    tool: Place,
) -> None:
    tool.write(files=[file(f"{number}.txt") for number in range(5)])
    tool.server.limit_every, tool.server.retry_after = 1, "93"
    assert send(WRITTEN) == 0
    assert ToolAccess.objects.get().open_until == WRITTEN + timedelta(seconds=93)
    tool.server.limit_every = 0
    assert send(WRITTEN + timedelta(seconds=93)) == 1
    assert len(tool.server.kept) == 1


def test_an_address_for_a_file_that_is_too_old_is_asked_for_anew(slack: Place) -> None:
    answer = slack.write(files=[file()])
    slack.server.expires = 1
    assert send(WRITTEN) == 0
    assert again(answer).send_state == SendState.WAITING
    assert send(LATER) == 1
    assert len(slack.server.kept) == 1


def test_files_that_slack_lost_meanwhile_are_handed_over_anew(slack: Place) -> None:
    answer = slack.write(files=[file()])
    complete = slack.server.complete

    def lose(asked: Any) -> Reply:
        slack.server.uploads.clear()
        return complete(asked)

    routes = slack.server.routes
    slack.server.routes = [(m, p, lose if h == complete else h) for m, p, h in routes]
    assert send(WRITTEN) == 0
    assert again(answer).send_state == SendState.WAITING
    slack.server.routes = routes
    assert send(LATER) == 1
    assert len(slack.server.kept) == 1


@pytest.mark.parametrize("elsewhere", ["http://127.0.0.1:1", "https://evil.example", "file:///etc"])
def test_no_byte_goes_to_an_address_outside_the_tool(slack: Place, elsewhere: str) -> None:
    slack.server.elsewhere = elsewhere
    said = refused(slack, slack.write(files=[file()]))
    assert "outside Slack" in said
    assert [each.path for each in slack.server.asked] == ["/api/files.getUploadURLExternal"]


@pytest.mark.parametrize(
    ("address", "base", "is_so"),
    [
        ("https://files.slack.com/upload/v1/A", "https://slack.com", True),
        ("https://files.slack.com/upload/v1/A", "https://acme.slack.com", True),
        ("https://FILES.slack.com/x", "https://www.slack.com", True),
        ("https://files.slack-gov.com/x", "https://slack-gov.com", True),
        ("https://files.slack.com/x", "https://slack-gov.com", False),
        ("http://files.slack.com/x", "https://slack.com", False),
        ("https://files.slack.com:8443/x", "https://slack.com", False),
        ("https://slack.com.evil.example/x", "https://slack.com", False),
        ("https://evilslack.com/x", "https://slack.com", False),
        ("https://files.slack.com@evil.example/x", "https://slack.com", False),
        ("https://169.254.169.254/x", "https://slack.com", False),
        ("https://sub.proxy.example/x", "https://proxy.example", False),
        ("https://[::1", "https://slack.com", False),
        ("", "https://slack.com", False),
    ],
)
def test_an_address_is_theirs_or_not(address: str, base: str, is_so: bool) -> None:
    assert is_theirs(address, base) is is_so


def test_too_many_files_are_refused_before_anything_is_stored(tool: Place) -> None:
    with pytest.raises(FilesTooLarge, match="fewer or smaller"):
        tool.write(files=[file(f"{number}.txt") for number in range(21)])
    assert tool.ours() == []


def test_a_webhook_that_names_the_files_below_the_text_is_no_second_message(
    settings: Any,
) -> None:
    with place("chatwoot", settings) as tool:
        answer = tool.write(files=[file("a.txt"), file("b.txt")])
        tool.server.loses = 1
        assert send(WRITTEN) == 0
        told = json.loads(tool.told(replace(tool.server.kept[0], mark=""), WRITTEN))
        told["attachments"] = [
            {"id": number, "data_url": f"https://chat.example/rails/blobs/{name}"}
            for number, name in enumerate(["a.txt", "b.txt"])
        ]
        bring(tool.source, Told(name="echo", at=WRITTEN, body=json.dumps(told).encode()), WRITTEN)
    assert (again(answer).send_state, tool.ours()) == (SendState.SENT, [answer])
    assert len(tool.replies()) == 1


def test_a_person_who_is_erased_meanwhile_gets_no_file(tool: Place) -> None:
    answer = tool.write(files=[file()])
    answer.attachments.update(content=b"", name="")
    assert send(WRITTEN) == 0
    assert (again(answer).send_state, tool.server.kept) == (SendState.FAILED, [])
    assert "erased" in again(answer).send_error


def test_the_name_of_a_file_stays_out_of_the_words_that_are_translated(tool: Place) -> None:
    answer = tool.write()
    sentence = "Only an answer that could not be sent can be sent again."
    Message.objects.filter(pk=answer.pk).update(
        send_state=SendState.FAILED, send_error=f"{sentence}\nñandú.pdf"
    )
    with translation.override("es"):
        said = trouble_words(again(answer))
    assert sentence not in said
    assert said.endswith("(ñandú.pdf)")
