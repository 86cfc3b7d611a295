"""A local stand-in for the token servers of the providers, and for Dovecot's token inspection."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from tickets.outbound.oauth import Provider


@dataclass
class FakeProvider:
    """Rotates the refresh token at each request when `rotates`; `answer` overrides the rest."""

    port: int = 0
    rotates: bool = True
    expires_in: object = 3600
    status: int = 200
    answer: bytes | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    refresh_token: str = "refresh-0"
    # Which token logs in as whom.
    users: dict[str, str] = field(default_factory=dict)

    @property
    def providers(self) -> dict[str, Provider]:
        """The table of the real providers, with our address."""
        base = f"http://127.0.0.1:{self.port}"
        return {
            "microsoft": Provider(address=base + "/{tenant}/token", scope="imap offline_access"),
            "google": Provider(address=base + "/token"),
        }

    def token(self, form: dict[str, str]) -> tuple[int, bytes]:
        """The answer to a request for a token."""
        self.asked.append(form)
        if self.answer is not None or self.status != 200:
            return self.status, self.answer or b""
        if form["refresh_token"] != self.refresh_token:
            return 400, json.dumps({"error": "invalid_grant"}).encode()
        given: dict[str, object] = {
            "access_token": f"access-{len(self.asked)}",
            "expires_in": self.expires_in,
        }
        if self.rotates:
            self.refresh_token = given["refresh_token"] = f"refresh-{len(self.asked)}"  # type: ignore[assignment]
        return 200, json.dumps(given).encode()

    def inspection(self, token: str) -> bytes:
        """What a mail server is told about a token."""
        user = self.users.get(token)
        return json.dumps({"active": "true" if user else "false", "email": user or ""}).encode()


@contextmanager
def fake_provider() -> Iterator[FakeProvider]:
    """It listens on loopback."""
    fake = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fake.paths.append(self.path)
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            self.reply(*fake.token(form))

        def do_GET(self) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self.reply(200, fake.inspection(token))

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
