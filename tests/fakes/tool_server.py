"""A tool's API on loopback: real HTTP, with the limits and failures that the real one has."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question as it came; header names in lower case, the last value of each query key.

    `json`: what the body says when it is JSON, `body`: its bytes.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    json: Any
    body: bytes = b""

    @property
    def writes(self) -> bool:
        """Whether it changes something there."""
        return self.method not in {"GET", "HEAD"}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A status with a JSON body; `headers` besides the usual ones."""

    status: int = 200
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Route = Callable[..., Reply]


@dataclass
class ToolServer:
    """Subclasses add their routes in `__post_init__`; a route is handed the pattern's groups.

    `failures` are used up one by one before any route is asked: a Reply, or None for a line that
    breaks without an answer. `limit_every`: each n-th question is answered 429 with `retry_after`.
    """

    failures: list[Reply | None] = field(default_factory=list)
    limit_every: int = 0
    retry_after: str = "1"
    asked: list[Asked] = field(default_factory=list)
    routes: list[tuple[str, re.Pattern[str], Route]] = field(default_factory=list)
    url: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Where a subclass adds its routes."""

    def route(self, method: str, pattern: str, handler: Route) -> None:
        """Adds what answers to a path (without its query)."""
        self.routes.append((method, re.compile(pattern), handler))

    def is_known(self, asked: Asked) -> bool:
        """Whether the question proves who asks."""
        raise NotImplementedError

    def answer(self, asked: Asked) -> Reply | None:
        """What this question gets; None breaks the line."""
        with self.lock:
            self.asked.append(asked)
            if self.failures:
                return self.failures.pop(0)
            if self.limit_every and len(self.asked) % self.limit_every == 0:
                return Reply(status=429, headers={"Retry-After": self.retry_after})
            if not self.is_known(asked):
                return Reply(status=401, json={"error": "Couldn't authenticate you"})
            for method, pattern, handler in self.routes:
                found = pattern.fullmatch(asked.path)
                if found and method == asked.method:
                    return handler(asked, *found.groups())
            return Reply(status=404, json={"error": "RecordNotFound"})

    @property
    def written(self) -> list[Asked]:
        """What changed something there, in its order."""
        return [each for each in self.asked if each.writes]

    @contextmanager
    def running(self) -> Iterator[None]:
        """It listens on a free port of loopback, by plain HTTP; `url` is its address."""
        handler = type("Handler", (_Handler,), {"tool": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    tool: ToolServer
    protocol_version = "HTTP/1.1"

    def _do(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        assert len(body) == length, "less came than was said"
        kind = self.headers.get("Content-Type") or ""
        asked = Asked(
            method=self.command,
            path=parts.path,
            query={key: values[-1] for key, values in parse_qs(parts.query).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            json=json.loads(body) if body and "json" in kind else None,
            body=body,
        )
        reply = self.tool.answer(asked)
        self.close_connection = True
        if reply is None:
            return
        content = b"" if reply.json is None else json.dumps(reply.json).encode()
        with suppress(OSError):
            self.send_response(reply.status)
            more = {"Content-Type": "application/json", "Content-Length": str(len(content))}
            for name, value in {**more, **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815  (the library's names)

    def log_message(self, *_: object) -> None:
        pass
