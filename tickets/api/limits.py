"""How often somebody may call: counted in Redis for all processes, else in this one alone.

Without Redis the API goes on, and each process counts for itself: the limit is then as many times
as high as there are processes. That is better than refusing everybody, or than no limit.
"""

import hashlib
import ipaddress
import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import redis
from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

if TYPE_CHECKING:
    Redis = redis.Redis[bytes]
else:
    # Generic for the type checker only.
    Redis = redis.Redis

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
# A call never waits longer than this for a counter, and after a failure nobody asks for a while.
_TIMEOUT_SECONDS = 0.1
_PAUSE_SECONDS = 5.0


@dataclass
class _Here:
    """The counts of this process, for one window."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    window: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    asks_again_at: float = 0.0

    def count(self, name: str, window: int) -> int:
        with self.lock:
            if window != self.window:
                self.window, self.counts = window, Counter()
            self.counts[name] += 1
            return self.counts[name]


_here = _Here()


def take(name: str, *, limit: int, now: datetime) -> None:
    """Counts one call. Raises Throttled with the seconds after which the next window begins."""
    window, passed = divmod(int(now.timestamp()), WINDOW_SECONDS)
    # An address or a key is no name for a log of a server's.
    short = hashlib.sha256(name.encode()).hexdigest()[:32]
    if _count(short, window) > limit:
        raise Throttled(wait=WINDOW_SECONDS - passed)


def address_of(request: HttpRequest) -> str:
    """The caller's address; an IPv6 network counts as one."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_PROXY:
        # The last one was added by our own proxy, the rest can be made up.
        text = request.headers.get("X-Forwarded-For", text).rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text[:100]
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def forget_counts() -> None:
    """Begins anew in this process."""
    _here.window, _here.asks_again_at = 0, 0.0
    _client.cache_clear()


def _count(name: str, window: int) -> int:
    if time.monotonic() < _here.asks_again_at:
        return _here.count(name, window)
    key = f"sivo:calls:{name}:{window}"
    try:
        with _client(settings.REDIS_URL).pipeline(transaction=True) as pipe:
            pipe.incr(key)
            pipe.expire(key, 2 * WINDOW_SECONDS)
            return int(pipe.execute()[0])
    except (redis.RedisError, OSError) as error:
        _here.asks_again_at = time.monotonic() + _PAUSE_SECONDS
        logger.warning(
            "Redis does not count calls (%s): each process counts its own", type(error).__name__
        )
        return _here.count(name, window)


@lru_cache(maxsize=2)
def _client(url: str) -> Redis:
    return Redis.from_url(
        url.replace("redis+socket://", "unix://", 1),
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
    )
