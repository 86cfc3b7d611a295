"""A real HTTP server on this machine that keeps what is posted to it, and answers as it is told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Call:
    """One call as it came; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Hooks:
    """`answers` are used up one by one: a status, with headers; afterwards every call is taken.

    `pause`: seconds before each answer; `drip`: the answer comes byte by byte, without an end;
    `flood`: after the headers come bytes as long as somebody reads them; `refuses`: what holds
    these bytes is never taken.
    """

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    pause: float = 0.0
    drip: bool = False
    flood: bool = False
    refuses: bytes = b""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?for=sivo"


class _Handler(BaseHTTPRequestHandler):
    hooks: Hooks

    def do_POST(self) -> None:
        hooks = self.hooks
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        hooks.calls.append(Call(self.path, headers, body))
        time.sleep(hooks.pause)
        with suppress(OSError):
            if hooks.drip:
                self._drip()
            else:
                self._answer(body)

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(200):
            self.wfile.write(b"x-slow: 1\r\n")
            time.sleep(0.05)

    def _answer(self, body: bytes) -> None:
        status, more = self.hooks.answers.pop(0) if self.hooks.answers else (204, {})
        if self.hooks.refuses and self.hooks.refuses in body:
            status = 500
        self.send_response(status)
        for name, value in {"Content-Length": "0", **more}.items():
            self.send_header(name, value)
        self.end_headers()
        while self.hooks.flood:
            self.wfile.write(b"x" * 4096)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def hook_server() -> Iterator[Hooks]:
    """It listens on loopback, by plain HTTP."""
    hooks = Hooks()
    handler = type("Handler", (_Handler,), {"hooks": hooks})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hooks.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hooks
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
