"""Calls to addresses that somebody typed in: never into our own network."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sla.hook_server import Hooks, hook_server
from tickets.domain.public_address import is_public
from tickets.outbound.reach import CallRefused, Reach, check_address
from tickets.outbound.safe_http import CallFailed, post

NOBODY = Reach()


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with hook_server() as server:
        yield server


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::a00:1"),
        *("2002:7f00:1::", "2001::7f00:1"),
    ],
)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111"])
def test_an_address_outside_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example/", "ftp://hooks.example/", "file:///etc/passwd", "hooks.example"),
        *("https://", "https:///x", "https://user:pw@hooks.example/", "https://u@hooks.example/"),
        *(
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest",
            "https://10.0.0.1",
        ),
        *("https://hooks.example:0/", "https://hooks.example:99999/", "https://hooks.example/a b"),
        *("https://hooks.example/\r\nx: y", "https://hoöks.example/", "https://[::ffff:10.0.0.1]/"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_before_anything_is_looked_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up"))
    with pytest.raises(CallRefused):
        post(url, body=b"{}", headers={}, reach=NOBODY)


@pytest.mark.parametrize(
    "url", ["https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://localhost/"]
)
def test_a_name_that_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(CallRefused, match="private network"):
        post(url, body=b"{}", headers={}, reach=NOBODY)


def answers_of(*addresses: str) -> Any:
    return lambda _, port, **__: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses
    ]


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers_of("1.1.1.1", "10.0.0.1"))
    with pytest.raises(CallRefused, match="private network"):
        post("https://hooks.example/", body=b"{}", headers={}, reach=NOBODY)


def test_the_connection_goes_to_the_address_that_was_judged(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []

    def once(host: str, port: int, **more: Any) -> Any:
        looked_up.append(host)
        return answers_of("127.0.0.1")(host, port)

    # The real one would look "hooks.example" up a second time; a literal address needs no look-up.
    real = socket.create_connection
    went_to: list[Any] = []

    def connect(address: Any, **more: Any) -> socket.socket:
        went_to.append(address)
        monkeypatch.undo()
        return real(address, **more)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    monkeypatch.setattr(socket, "create_connection", connect)
    reach = Reach(private_hosts=frozenset({"hooks.example"}))
    answer = post(f"http://hooks.example:{hooks.port}/x", body=b"{}", headers={}, reach=reach)
    assert answer.status == 204
    assert looked_up == ["hooks.example"]
    assert went_to == [("127.0.0.1", hooks.port)]
    assert hooks.calls[0].headers["host"] == f"hooks.example:{hooks.port}"


@pytest.mark.parametrize("named", ["127.0.0.1", "127.0.0.0/8"])
def test_an_operator_may_name_hosts_inside(hooks: Hooks, named: str) -> None:
    reach = Reach(private_hosts=frozenset({named}))
    assert post(hooks.url, body=b"{}", headers={}, reach=reach).status == 204
    with pytest.raises(CallRefused):
        check_address("http://10.0.0.1/", reach)


def test_a_proxy_of_the_environment_is_not_used(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    reach = Reach(private_hosts=frozenset({"127.0.0.1"}))
    assert post(hooks.url, body=b"{}", headers={}, reach=reach).status == 204


@pytest.mark.parametrize("url", ["https://nowhere.invalid/", "http://127.0.0.1:1/"])
def test_trouble_is_told_without_the_address(url: str) -> None:
    reach = Reach(private_hosts=frozenset({"127.0.0.1"}))
    with pytest.raises(CallFailed) as trouble:
        post(url, body=b"{}", headers={}, reach=reach)
    assert "127.0.0.1" not in str(trouble.value)
    assert "nowhere" not in str(trouble.value)


def test_a_server_without_a_certificate_is_not_spoken_to(hooks: Hooks) -> None:
    reach = Reach(private_hosts=frozenset({"127.0.0.1"}))
    with pytest.raises(CallFailed):
        post(hooks.url.replace("http:", "https:"), body=b"{}", headers={}, reach=reach)
    assert hooks.calls == []


def test_a_huge_answer_is_not_read_to_its_end(hooks: Hooks) -> None:
    hooks.answers = [(200, {"Content-Length": str(10**9)})]
    hooks.flood = True
    reach = Reach(private_hosts=frozenset({"127.0.0.1"}))
    assert len(post(hooks.url, body=b"{}", headers={}, reach=reach).body) == 64 * 1024
