"""Fetches an iCalendar feed from the public network and from nowhere else."""

import base64
import time
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from django.conf import settings

from sla.domain.duty.feed import FeedFault, FeedTrouble
from tickets.outbound.reach import CallRefused, LeadsInside, Reach, check_address
from tickets.outbound.safe_http import Answer, CallFailed, request

_MAX_BYTES: Final = 2 * 1024 * 1024
_ALL_SECONDS: Final = 20.0
_REDIRECTS_MOST: Final = 3
_MOVED: Final = frozenset({301, 302, 303, 307, 308})


def fetch_feed(url: str) -> bytes:
    """The bytes of a feed, at most 2 MiB, within 20 seconds. Raises FeedTrouble.

    https only, except on what SIVO_DUTY_FEED_PRIVATE_HOSTS names (hosts by name, address or
    network), which may also lie in a private network. Redirects are followed three times, and
    each is checked again; one that leaves the host may only lead into the public network.
    """
    ends_at = time.monotonic() + _ALL_SECONDS
    parts, reach = _parts(url), _named_reach()
    host = parts.hostname
    for _ in range(_REDIRECTS_MOST + 1):
        if parts.hostname != host:
            # Somebody else leads on from here: to where anybody may go, and never back inside.
            reach = Reach()
        answer = _ask(parts, reach, ends_at - time.monotonic())
        if answer.status in _MOVED:
            parts = _moved_to(parts, answer)
            continue
        if answer.status != HTTPStatus.OK:
            raise FeedTrouble(FeedFault.STATUS, str(answer.status))
        return _body(answer)
    raise FeedTrouble(FeedFault.STATUS, "302")


def check_feed_address(url: str) -> None:
    """Whether an address may be fetched, as far as it alone can tell. Raises FeedTrouble."""
    try:
        check_address(_without_login(_parts(url)), _named_reach())
    except CallRefused as error:
        raise _refusal(error) from None


def _named_reach() -> Reach:
    return Reach(private_hosts=frozenset(settings.DUTY_FEED_PRIVATE_HOSTS))


def _parts(url: str) -> SplitResult:
    if url[:9].lower() == "webcal://":
        url = f"https://{url[9:]}"
    try:
        parts = urlsplit(url)
    except ValueError:
        raise FeedTrouble(FeedFault.ADDRESS) from None
    # Splitting drops line breaks, which no address has.
    if not url.isprintable():
        raise FeedTrouble(FeedFault.ADDRESS)
    return parts


def _moved_to(parts: SplitResult, answer: Answer) -> SplitResult:
    try:
        url = urljoin(parts.geturl(), answer.headers.get("location") or "")
    except ValueError:
        raise FeedTrouble(FeedFault.ADDRESS) from None
    return _parts(url)


def _without_login(parts: SplitResult) -> str:
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _ask(parts: SplitResult, reach: Reach, seconds: float) -> Answer:
    headers = {
        "Accept": "text/calendar",
        # A small answer must not be able to become a large one.
        "Accept-Encoding": "identity",
        "User-Agent": "sivo-support",
    }
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    try:
        return request(
            "GET",
            _without_login(parts),
            headers=headers,
            reach=reach,
            seconds=seconds,
            most_bytes=_MAX_BYTES + 1,
        )
    except CallRefused as error:
        raise _refusal(error) from None
    except CallFailed:
        raise FeedTrouble(FeedFault.AWAY) from None


def _refusal(error: CallRefused) -> FeedTrouble:
    is_inside = isinstance(error, LeadsInside)
    return FeedTrouble(FeedFault.PRIVATE if is_inside else FeedFault.ADDRESS)


def _body(answer: Answer) -> bytes:
    if (answer.headers.get("content-encoding") or "identity").lower() != "identity":
        raise FeedTrouble(FeedFault.UNREADABLE)
    if len(answer.body) > _MAX_BYTES:
        raise FeedTrouble(FeedFault.TOO_LARGE)
    return answer.body
