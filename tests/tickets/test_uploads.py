"""Bodies in parts through the guarded client: one file at a time, refusals, limits of time."""

import json
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes.answered import AnsweredServer
from tests.fakes.chatwoot_answers import ChatwootAnswers
from tests.tickets.test_safe_http_limits import HERE, listening
from tickets.domain.tool_request import (
    ToolAccount,
    ToolAnswer,
    ToolAway,
    ToolBody,
    ToolRefused,
    ToolRequest,
)
from tickets.outbound import tool_uploads
from tickets.outbound.reach import Reach
from tickets.outbound.safe_http import CallFailed, request
from tickets.outbound.tool_api import ToolApi
from tickets.outbound.tools.bodies import form_body, multipart_body
from tickets.outbound.tools.table import ANSWER_WAYS
from tickets.outbound.tools.way import Answer, OutFile

MEGABYTE = 1024 * 1024
LOOPBACK = Reach(private_hosts=frozenset({"127.0.0.1"}))


def out_file(name: str = "a.txt", content: bytes = b"abc", kind: str = "text/plain") -> OutFile:
    return OutFile(name=name, media_type=kind, size=len(content), content=lambda: content)


def put(port: int, parts: Callable[[], Iterator[bytes]], length: int, seconds: float = 5) -> Any:
    return request(
        "POST",
        f"http://localhost:{port}/",
        body=parts(),
        headers={"content-length": str(length)},
        reach=HERE,
        seconds=seconds,
        most_bytes=1_000,
    )


def endless(number: int = 64) -> Iterator[bytes]:
    for _ in range(number):
        yield b"x" * MEGABYTE


def refuse(line: socket.socket, status: bytes) -> None:
    """Answers as soon as it has seen the head, and reads no further."""
    line.recv(100)
    line.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
    line.shutdown(socket.SHUT_WR)
    time.sleep(0.3)


def test_who_takes_no_body_that_large_is_heard_before_it_is_all_sent() -> None:
    with listening(lambda line: refuse(line, b"413 Too Large")) as port:
        answer = put(port, endless, 64 * MEGABYTE)
    assert answer.status == 413


def test_a_yes_to_half_a_body_is_no_yes() -> None:
    with listening(lambda line: refuse(line, b"200 OK")) as port, pytest.raises(CallFailed):
        put(port, endless, 64 * MEGABYTE)


def test_a_server_that_reads_too_slowly_is_cut_off() -> None:
    began = time.monotonic()
    with listening(lambda _: time.sleep(4)) as port, pytest.raises(CallFailed, match="in time"):
        put(port, endless, 64 * MEGABYTE, seconds=0.5)
    assert time.monotonic() - began < 2


def test_one_file_after_the_other_is_in_memory() -> None:
    read: list[int] = []

    def content(number: int) -> Callable[[], bytes]:
        def fresh() -> bytes:
            read.append(number)
            return bytes([number]) * (8 * MEGABYTE)

        return fresh

    files = [
        OutFile(name=f"{each}", media_type="", size=8 * MEGABYTE, content=content(each))
        for each in range(8)
    ]
    tracemalloc.start()
    try:
        body = multipart_body({"content": "Hola"}, "attachments[]", files)
        assert read == []
        length = 0
        for part in body.parts():
            length += len(part)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length == body.length
    assert read == list(range(8))
    assert peak < 20 * MEGABYTE, "not the 64 of them all"


def test_no_name_and_no_type_breaks_out_of_its_place() -> None:
    odd = out_file('a"; name="private"\r\nX: y.txt', kind="text/plain\r\nX-Evil: 1")
    sent = b"".join(multipart_body({"content": "Hola"}, "attachments[]", [odd]).parts())
    assert b'filename="a%22; name=%22private%22%0D%0AX: y.txt"\r\n' in sent
    assert b"Content-Type: application/octet-stream\r\n" in sent
    assert b"\r\nX" not in sent


def test_a_form_is_encoded() -> None:
    body = form_body({"filename": "a & b ñ.txt", "length": "3"})
    assert b"".join(body.parts()) == b"filename=a+%26+b+%C3%B1.txt&length=3"
    assert body.length == 36


def test_a_whole_address_is_asked_without_the_token() -> None:
    class Open(ChatwootAnswers):
        def is_known(self, _: Any) -> bool:
            return True

    server = Open()
    with server.running():
        account = ToolAccount(kind="slack", base_url="https://slack.com", token="xoxb-1")
        body = ToolBody(media_type="text/plain", length=3, parts=lambda: [b"abc"])
        question = ToolRequest(method="POST", address=f"{server.url}/upload/v1/F1", body=body)
        with pytest.raises(ToolRefused, match="404"):
            ToolApi(account, reach=LOOPBACK).ask(question)
        with pytest.raises(ToolRefused, match="only https"):
            ToolApi(account, reach=Reach()).ask(question)
    (asked,) = server.asked
    assert (asked.body, asked.headers["content-type"]) == (b"abc", "text/plain")
    assert "xoxb-1" not in str(asked.headers)


def test_all_files_together_have_one_limit_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(AnsweredServer):
        def is_known(self, _: Any) -> bool:
            time.sleep(0.3)
            return False

    monkeypatch.setattr(tool_uploads, "_SECONDS", 0.1)
    server = Slow()
    with server.running():
        account = ToolAccount(kind="zendesk", base_url=server.url, token="t", login="a@b.example")
        with pytest.raises(ToolAway, match="in time"):
            tool_uploads.upload_files(
                ToolApi(account, reach=LOOPBACK), ANSWER_WAYS["zendesk"].files, [out_file()] * 3
            )
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", ["zendesk", "slack"])
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"ok": true}', b'{"upload": 1}'])
def test_what_is_no_answer_of_the_tool_took_no_file(kind: str, body: bytes) -> None:
    account = ToolAccount(kind=kind, base_url="https://tool.example", token="t")
    upload = ANSWER_WAYS[kind].files.upload
    assert upload is not None
    steps = upload(account, out_file())
    next(steps)
    with pytest.raises(ToolAway):
        steps.send(ToolAnswer(status=200, body=body))


ANSWER = Answer(
    thread="C0ACME:1795420800.000200",
    text="Hola",
    marks=("sivo.new",),
    written_at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
    uploads=("F1", "F2"),
)


def told(*files: Any) -> ToolAnswer:
    return ToolAnswer(status=200, body=json.dumps({"ok": True, "files": files}).encode())


@pytest.mark.parametrize("odd", [None, 7, {}, {"id": ["F1"]}, {"id": "F9"}, ["F1"]])
def test_a_completion_that_names_none_of_our_files_is_looked_for_before_it_counts(odd: Any) -> None:
    with pytest.raises(ToolAway):
        ANSWER_WAYS["slack"].read(ANSWER, told(odd))


@pytest.mark.parametrize(
    ("shares", "key"),
    [
        ({"public": {"C0ACME": [{"ts": "1795421000.000300"}]}}, "C0ACME:1795421000.000300"),
        ({"private": {"C0ACME": [{"ts": "1795421000.000300"}]}}, "C0ACME:1795421000.000300"),
        ({"public": {"C0OTHER": [{"ts": "1795421000.000300"}]}}, ""),
        *[
            (odd, "")
            for odd in (None, [], {}, {"public": [1]}, {"public": {"C0ACME": [{"ts": 7}]}})
        ],
    ],
)
def test_the_message_is_known_where_the_completion_names_it(shares: Any, key: str) -> None:
    written = ANSWER_WAYS["slack"].read(ANSWER, told({"id": "F2", "shares": shares}))
    assert written.key == key


def test_a_message_is_found_by_a_file_of_any_try() -> None:
    found = [
        {"ts": "1795421000.000100", "files": [{"id": "F9"}, "F1"]},
        {"ts": "1795421000.000300", "files": [{"id": "F2"}]},
    ]
    body = json.dumps({"ok": True, "messages": found}).encode()
    written = ANSWER_WAYS["slack"].find(ANSWER, ToolAnswer(status=200, body=body))
    assert written is not None
    assert written.key == "C0ACME:1795421000.000300"
