"""A sender: as fast as the answers come, or at a rate whatever the answers do."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

CONNECTIONS = 16


@dataclass(slots=True)
class Sent:
    """What came of some calls: statuses, seconds of each, and of all."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    took: float = 0.0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.seconds) / self.took if self.took else 0.0

    def within(self, share: float) -> float:
        """The time within which this share of the answers came."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """The bytes of one call."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    # TLS ends in a proxy in front, as in production.
    lines += ["X-Forwarded-Proto: https", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def send_all(port: int, calls: Sequence[bytes], *, seconds: float) -> Sent:
    """Over so many connections, each sending its next call when it is answered."""
    return asyncio.run(_send(port, calls, None, seconds))


def send_at(port: int, calls: Sequence[bytes], rate: float, *, seconds: float) -> Sent:
    """One call each 1/rate s. Counted from when it was due: a wait for a connection counts."""
    return asyncio.run(_send(port, calls, rate, seconds))


async def _send(port: int, calls: Sequence[bytes], rate: float | None, seconds: float) -> Sent:
    sent, waiting = Sent(), deque(enumerate(calls))
    began = time.perf_counter()

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting and time.perf_counter() - began < seconds:
            number, call = waiting.popleft()
            due = time.perf_counter()
            if rate is not None:
                due = began + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(call)
            status, is_open = await _answer(reader)
            sent.statuses[status] += 1
            sent.seconds.append(time.perf_counter() - due)
            if not is_open:
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(CONNECTIONS)))
    sent.took = time.perf_counter() - began
    return sent


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head[9:12]), b"connection: close" not in head
