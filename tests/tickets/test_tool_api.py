"""Asking a tool's API: who we say we are, and what its answers mean."""

import base64
import json
from collections.abc import Iterator

import pytest

from tests.fakes.tool_server import Asked, Reply, ToolServer
from tickets.domain.tool_request import NotThere, ToolAccount, ToolAway, ToolRefused, ToolRequest
from tickets.outbound import tool_api
from tickets.outbound.reach import Reach
from tickets.outbound.tool_api import API_KINDS, ToolApi

LOOPBACK = Reach(private_hosts=frozenset({"127.0.0.1"}))
QUESTION = ToolRequest(method="GET", path="/api/v2/tickets.json", query={"page": "2", "q": "a b"})


class Anything(ToolServer):
    """Takes whatever comes."""

    def __post_init__(self) -> None:
        self.route("GET", r".*", lambda *_: Reply(json={"ok": True}))
        self.route("PUT", r".*", lambda *_: Reply(json={"ok": True}))

    def is_known(self, asked: Asked) -> bool:
        return bool(asked.path)


@pytest.fixture
def tool() -> Iterator[Anything]:
    server = Anything()
    with server.running():
        yield server


def api(tool: ToolServer, kind: str = "zendesk", token: str = "s3cret") -> ToolApi:
    account = ToolAccount(kind=kind, base_url=tool.url, token=token, login="ana@acme.example")
    return ToolApi(account, reach=LOOPBACK)


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("kind", "header", "value"),
    [
        ("zendesk", "authorization", basic("ana@acme.example/token:s3cret")),
        ("jira", "authorization", basic("ana@acme.example:s3cret")),
        ("chatwoot", "api_access_token", "s3cret"),
        ("zammad", "authorization", "Token token=s3cret"),
        ("slack", "authorization", "Bearer s3cret"),
    ],
)
def test_each_tool_is_told_who_asks_in_its_own_way(
    tool: Anything, kind: str, header: str, value: str
) -> None:
    api(tool, kind).ask(QUESTION)
    assert tool.asked[0].headers[header] == value


def test_every_kind_is_in_the_table_above() -> None:
    assert {"zendesk", "jira", "chatwoot", "zammad", "slack"} == API_KINDS


def test_a_question_goes_to_its_path_with_its_query_and_body(tool: Anything) -> None:
    answer = api(tool).ask(QUESTION)
    assert json.loads(answer.body) == {"ok": True}
    assert (tool.asked[0].path, tool.asked[0].query) == (
        "/api/v2/tickets.json",
        {"page": "2", "q": "a b"},
    )
    api(tool).ask(ToolRequest(method="PUT", path="/x", json={"name": "Jürgen"}))
    assert tool.written[0].json == {"name": "Jürgen"}


@pytest.mark.parametrize("status", [408, 409, 423, 425, 429, 500, 502, 503, 504])
def test_a_tool_that_says_not_now_may_be_asked_again(tool: Anything, status: int) -> None:
    tool.failures = [Reply(status=status, headers={"Retry-After": "7.5"})]
    with pytest.raises(ToolAway, match=str(status)) as caught:
        api(tool).ask(QUESTION)
    assert caught.value.after == 7.5


@pytest.mark.parametrize(
    ("said", "meant"),
    [("", None), ("soon", None), ("-3", None), ("nan", None), ("1e9", 3600.0), ("0", 0.0)],
)
def test_a_retry_after_is_believed_within_an_hour(
    tool: Anything, said: str, meant: float | None
) -> None:
    tool.failures = [Reply(status=429, headers={"Retry-After": said})]
    with pytest.raises(ToolAway) as caught:
        api(tool).ask(QUESTION)
    assert caught.value.after == meant


@pytest.mark.parametrize("status", [400, 401, 403, 405, 422, 301, 307])
def test_a_tool_that_refuses_is_not_asked_the_same_again(tool: Anything, status: int) -> None:
    tool.failures = [Reply(status=status)]
    with pytest.raises(ToolRefused, match=str(status)) as caught:
        api(tool).ask(QUESTION)
    assert caught.value.status == status


@pytest.mark.parametrize("status", [404, 410])
def test_what_does_not_exist_there_is_told_apart(tool: Anything, status: int) -> None:
    tool.failures = [Reply(status=status)]
    with pytest.raises(NotThere):
        api(tool).ask(QUESTION)


def test_a_line_that_breaks_is_trouble_of_the_moment(tool: Anything) -> None:
    tool.failures = [None]
    with pytest.raises(ToolAway):
        api(tool).ask(QUESTION)


def test_nobody_is_asked_in_our_own_network_unless_an_operator_named_it(tool: Anything) -> None:
    account = ToolAccount(kind="zammad", base_url=tool.url, token="t")
    with pytest.raises(ToolRefused, match="may not be called"):
        ToolApi(account, reach=Reach()).ask(QUESTION)
    assert not tool.asked


def test_a_page_that_is_too_large_is_refused_whole(
    tool: Anything, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool_api, "MOST_BYTES", 5)
    with pytest.raises(ToolRefused, match="larger"):
        api(tool).ask(QUESTION)


@pytest.mark.parametrize("token", ["line\r\nbreak", "tökén", "\x00"])
def test_a_token_that_is_none_is_refused_before_anybody_is_called(
    tool: Anything, token: str
) -> None:
    with pytest.raises(ToolRefused, match="copy it again"):
        api(tool, token=token).ask(QUESTION)
    assert not tool.asked


def test_a_token_is_never_shown() -> None:
    account = ToolAccount(kind="zammad", base_url="https://z.example", token="s3cret")
    assert "s3cret" not in repr(account)
