"""One call has one time limit, whatever the other side does with it; with real sockets and TLS."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.certificates import make_certificate
from tickets.outbound.reach import Reach
from tickets.outbound.safe_http import CallFailed, post

HERE = Reach(private_hosts=frozenset({"localhost"}))
Behaviour = Callable[[socket.socket], None]


@contextmanager
def listening(behave: Behaviour) -> Iterator[int]:
    """A server that does one thing with each connection; its port."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _ = door.accept()
                    threading.Thread(target=served, args=[line], daemon=True).start()

        def served(line: socket.socket) -> None:
            with suppress(OSError), line:
                behave(line)

        threading.Thread(target=serve, daemon=True).start()
        yield door.getsockname()[1]


def take_in(line: socket.socket) -> None:
    """Reads the call to its end: who closes before that takes his answer back."""
    seen = b""
    while not seen.endswith(b"{}") and (more := line.recv(4096)):
        seen += more


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The other side's half of a TLS that our side trusts."""
    made = tmp_path / "certificate.pem", tmp_path / "key.pem"
    make_certificate(*made)
    monkeypatch.setenv("SSL_CERT_FILE", str(made[0]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made)
    return context


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickets.outbound.safe_http.TOTAL_SECONDS", 0.6)


def times_out(url: str) -> None:
    began = time.monotonic()
    with pytest.raises(CallFailed, match="no answer in time"):
        post(url, body=b"{}", headers={}, reach=HERE)
    assert time.monotonic() - began < 2


def drip(line: socket.socket, start: bytes) -> None:
    line.sendall(start)
    for _ in range(80):
        line.sendall(b"\x01")
        time.sleep(0.05)


def test_an_answer_that_drips_through_tls_is_cut_off(
    trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    unwrapped: list[object] = []
    # It takes the keys from under the thread that reads, which then fails in odd ways.
    monkeypatch.setattr(ssl.SSLSocket, "shutdown", lambda sock, _: unwrapped.append(sock))

    def behave(line: socket.socket) -> None:
        with trusted.wrap_socket(line, server_side=True) as secure:
            take_in(secure)
            drip(secure, b"HTTP/1.1 200 OK\r\nx-slow: ")

    with listening(behave) as port:
        times_out(f"https://localhost:{port}/")
    assert unwrapped == []


def test_a_handshake_that_drips_is_cut_off() -> None:
    with listening(lambda line: drip(line, b"\x16\x03\x03\x20\x00")) as port:
        times_out(f"https://localhost:{port}/")


def test_a_handshake_that_never_begins_is_cut_off() -> None:
    with listening(lambda _: time.sleep(4)) as port:
        times_out(f"https://localhost:{port}/")


def test_the_handshake_and_the_answer_share_the_limit(trusted: ssl.SSLContext) -> None:
    def behave(line: socket.socket) -> None:
        time.sleep(0.4)
        with trusted.wrap_socket(line, server_side=True) as secure:
            take_in(secure)
            time.sleep(0.4)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with listening(behave) as port:
        times_out(f"https://localhost:{port}/")


def test_a_name_that_is_looked_up_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(4) or [])
    times_out("https://hooks.example/")


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    def behave(line: socket.socket) -> None:
        take_in(line)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    with listening(behave) as port, pytest.raises(CallFailed):
        post(f"http://localhost:{port}/", body=b"{}", headers={}, reach=HERE)


def test_a_call_through_tls_is_answered(trusted: ssl.SSLContext) -> None:
    def behave(line: socket.socket) -> None:
        with trusted.wrap_socket(line, server_side=True) as secure:
            take_in(secure)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")

    with listening(behave) as port:
        answer = post(f"https://localhost:{port}/", body=b"{}", headers={}, reach=HERE)
    assert (answer.status, answer.body) == (200, b"done")
