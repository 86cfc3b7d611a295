"""An agent answers with two files on the ticket page: they arrive in each tool, once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.sla.world import contract_clock
from tests.tickets.answer_tools import KINDS, WRITTEN, Place, alice, place, send
from tests.tickets.pictures import png
from tickets.models import Message, SendState
from tickets.operations.outgoing import outbox, tool_outbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
FILES = {"captura «ñ».png": png(), "log.json": b'{"a": "\x00\xff\r\n--b"}\r\n' * 5_000}
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture(params=KINDS)
def tool(request: pytest.FixtureRequest, settings: Any) -> Iterator[Place]:
    with time_machine.travel(WRITTEN, tick=False), place(request.param, settings) as found:
        yield found


def page(tool: Place) -> str:
    return f"/admin/tickets/ticket/{tool.ticket.pk}/change/"


def answer(tool: Place) -> Message:
    """Alice chooses two files in her browser and sends."""
    client = Client()
    client.force_login(alice())
    types = ["image/png", "application/json"]
    files = [
        SimpleUploadedFile(name, content, kind)
        for (name, content), kind in zip(FILES.items(), types, strict=True)
    ]
    form = {"action": "answer", "text": "Mira los dos archivos.", "attachments": files}
    assert client.post(page(tool), form).status_code == 302
    (message,) = tool.ours()
    shown = client.get(page(tool)).content.decode()
    assert "log.json" in shown
    return message


def arrived_once(tool: Place, message: Message) -> None:
    (kept,) = tool.server.kept
    assert kept.text == "Mira los dos archivos."
    assert kept.files == FILES, "the same bytes under the same names"
    message.refresh_from_db()
    assert (message.send_state, tool.ours()) == (SendState.SENT, [message])
    (event,) = tool.replies()
    assert (event.actor, event.message) == (message.user, message)
    assert contract_clock(tool.ticket).state == "stopped"


def die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_both_arrive_with_their_bytes_and_the_webhook_changes_nothing(tool: Place) -> None:
    message = answer(tool)
    assert send(WRITTEN) == 1
    tool.echo(tool.server.kept[0], WRITTEN + SECOND)
    arrived_once(tool, message)
    assert send(WRITTEN + MINUTE) == 0


def test_the_webhook_before_the_write_down_is_the_same_message(
    tool: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = answer(tool)
    write_down = outbox._record_acceptance

    def hear_first(*given: Any) -> None:
        tool.echo(tool.server.kept[0], WRITTEN + SECOND)
        write_down(*given)

    monkeypatch.setattr(outbox, "_record_acceptance", hear_first)
    assert send(WRITTEN + SECOND) == 1
    arrived_once(tool, message)


def test_a_death_between_the_files_and_the_message_leaves_one_message(
    tool: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = answer(tool)
    with monkeypatch.context() as patch:
        upload = tool_outbox.upload_files

        def upload_and_die(*given: Any) -> None:
            upload(*given)
            die()

        patch.setattr(tool_outbox, "upload_files", upload_and_die)
        with pytest.raises(KeyboardInterrupt):
            send(WRITTEN)
    assert tool.server.kept == []
    assert send(WRITTEN + 2 * MINUTE) == 1
    arrived_once(tool, message)


def test_a_death_after_the_message_writes_nothing_twice(
    tool: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = answer(tool)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_record_acceptance", die)
        with pytest.raises(KeyboardInterrupt):
            send(WRITTEN)
    assert tool.replies() == []
    assert send(WRITTEN + 2 * MINUTE) == 1
    arrived_once(tool, message)
    assert message.key == tool.server.kept[0].id


def test_a_line_that_breaks_again_and_again_costs_no_second_message(tool: Place) -> None:
    message = answer(tool)
    tool.server.loses = 1
    now = WRITTEN
    tool.server.failures = [None]
    while Message.objects.get(pk=message.pk).send_state == SendState.WAITING:
        send(now)
        now += MINUTE
        assert now < WRITTEN + timedelta(hours=1)
    arrived_once(tool, message)
