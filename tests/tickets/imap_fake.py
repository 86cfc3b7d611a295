"""A mail server that misbehaves in ways that no real one can be made to."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_FETCH = re.compile(r"UID FETCH ([0-9,]+) \((.*)\)")
_SEARCH = re.compile(r"UID SEARCH UID ([0-9,]+)(:(\*|[0-9]+))?")


@dataclass
class FakeMailServer:
    """Its mails by UID, and what it does wrong."""

    mails: dict[int, bytes] = field(default_factory=dict)
    # Listed, but never handed out; and those that make it refuse a whole FETCH.
    withheld: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    # Make it hang up when they are fetched.
    hanging_up: set[int] = field(default_factory=set)
    # Vanish between being listed and being fetched.
    vanishing: set[int] = field(default_factory=set)
    capabilities: str = "IMAP4rev1 AUTH=PLAIN"
    greeting: str = "* OK ready"
    login_answer: str = "OK in"
    internaldate: str = '"25-Nov-2026 10:00:00 +0000"'
    size_factor: float = 1.0
    uidvalidity: int = 1
    said: list[str] = field(default_factory=list)
    port: int = 0

    def answer(self, tag: str, command: str) -> Iterator[bytes]:
        """The lines after a command of the client's."""
        upper = command.upper()
        if upper.startswith("CAPABILITY"):
            yield f"* CAPABILITY {self.capabilities}\r\n".encode()
        elif upper.startswith(("LOGIN", "AUTHENTICATE")):
            yield f"{tag} {self.login_answer}\r\n".encode()
            return
        elif upper.startswith("EXAMINE"):
            top = max(self.mails, default=0)
            yield f"* {len(self.mails)} EXISTS\r\n* 0 RECENT\r\n".encode()
            yield f"* OK [UIDVALIDITY {self.uidvalidity}] x\r\n".encode()
            yield f"* OK [UIDNEXT {top + 1}] x\r\n".encode()
        elif match := _SEARCH.match(upper):
            yield self._search(match).encode()
        elif match := _FETCH.match(upper):
            uids = {int(uid) for uid in match.group(1).split(",")}
            if "BODY" in match.group(2) and self._misbehaves(uids):
                yield f"{tag} NO [SERVERBUG] cannot fetch\r\n".encode()
                return
            yield from self._fetch(uids, match.group(2))
        elif upper.startswith("LOGOUT"):
            yield b"* BYE bye\r\n"
        yield f"{tag} OK done\r\n".encode()

    def _misbehaves(self, uids: set[int]) -> bool:
        for uid in self.vanishing & uids:
            self.mails.pop(uid, None)
        if self.hanging_up & uids:
            raise ConnectionAbortedError
        return bool(self.refused & uids)

    def _search(self, match: Any) -> str:
        first, ranged, last = match.groups()
        if not ranged:
            found = [uid for uid in map(int, first.split(",")) if uid in self.mails]
        else:
            top = max(self.mails, default=0)
            low, high = sorted([int(first), top if last == "*" else int(last)])
            found = [uid for uid in sorted(self.mails) if low <= uid <= high]
        return f"* SEARCH {' '.join(map(str, found))}".rstrip() + "\r\n"

    def _fetch(self, uids: set[int], items: str) -> Iterator[bytes]:
        for sequence, (uid, raw) in enumerate(sorted(self.mails.items()), 1):
            if uid not in uids:
                continue
            if "BODY" in items and uid in self.withheld:
                yield f"* {sequence} FETCH (UID {uid} FLAGS (\\Seen))\r\n".encode()
                continue
            size = int(len(raw) * self.size_factor)
            head = f"* {sequence} FETCH (UID {uid} RFC822.SIZE {size} "
            head += f"INTERNALDATE {self.internaldate}"
            if "BODY" in items:
                part = "BODY[HEADER]<0>" if "HEADER" in items else "BODY[]"
                body = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if "HEADER" in items else raw
                yield f"{head} {part} {{{len(body)}}}\r\n".encode() + body + b")\r\n"
            else:
                yield f"{head})\r\n".encode()


@contextmanager
def fake_mail_server(**how: Any) -> Iterator[FakeMailServer]:
    """It listens on loopback; its threads are gone afterwards."""
    fake = FakeMailServer(**how)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(f"{fake.greeting}\r\n".encode())
            while line := self.rfile.readline():
                fake.said.append(line.decode(errors="replace").strip())
                tag, _, command = fake.said[-1].partition(" ")
                if command.upper().startswith("AUTHENTICATE"):
                    self.wfile.write(b"+ \r\n")
                    fake.said.append(self.rfile.readline().decode().strip())
                try:
                    for answer in fake.answer(tag, command):
                        self.wfile.write(answer)
                except ConnectionAbortedError:
                    return
                if command.upper().startswith("LOGOUT"):
                    return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        fake.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()
