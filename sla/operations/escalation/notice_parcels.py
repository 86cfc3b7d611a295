"""From a waiting notice to what goes over the wire: plain values, for threads without database."""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings

from sla.domain.escalation.notice import NoticeFacts
from sla.models import ChannelKind, Notice, NoticeKind
from sla.notifiers import apprise_url, mail, webhook
from sla.notifiers.outcomes import NotDelivered, RefusedForGood
from sla.notifiers.wording import write_text
from sla.queries.escalation.notices import reader_of
from tickets.outbound.reach import Reach
from tickets.outbound.server import MailServer

logger = logging.getLogger(__name__)

# The lane of all mails, whichever channel they belong to: they share our mail server.
MAIL = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One notice, ready to leave; `send` raises NotDelivered. `lane`: MAIL, or the channel's id.

    `error`: why it cannot even be written; then it is not sent.
    """

    notice: Notice
    lane: int
    send: Callable[[MailServer], None] = field(repr=False)
    luck: float
    error: Exception | None = None


def lane_of(notice: Notice) -> int:
    """Notices of one lane leave one after the other, or wait together."""
    channel = notice.channel
    if channel is None or channel.kind == ChannelKind.EMAIL:
        return MAIL
    return channel.pk


def pack(notices: Sequence[Notice], *, now: datetime) -> list[Parcel]:
    """A parcel for each notice; one that cannot be written does not stop the others."""
    read = reader_of(notices)
    return [_parcel(notice, read, now) for notice in notices]


def _parcel(notice: Notice, read: Callable[[Notice], NoticeFacts], now: datetime) -> Parcel:
    error: Exception | None = None
    send: Callable[[MailServer], None] = _nothing
    try:
        send = _way_of(notice, read(notice), now)
    except NotDelivered as refused:
        error = refused
    except Exception as trouble:
        logger.exception("notice %s cannot be written", notice.pk)
        error = trouble
    # Spreads the attempts of many in time; no secret.
    luck = random.random()  # noqa: S311
    return Parcel(notice=notice, lane=lane_of(notice), send=send, luck=luck, error=error)


def _nothing(_: MailServer) -> None:
    """There is nothing to send."""


def _way_of(notice: Notice, facts: NoticeFacts, now: datetime) -> Callable[[MailServer], None]:
    text, channel = write_text(facts, now=now), notice.channel
    if channel is not None and not channel.is_active and notice.kind != NoticeKind.TEST:
        raise RefusedForGood("the channel is switched off")
    if channel is None or channel.kind == ChannelKind.EMAIL:
        letter = mail.write_notice(
            facts=facts,
            text=text,
            to=address_of(notice),
            sender=settings.SUPPORT_ADDRESSES[0],
            now=now,
        )
        return lambda server: mail.send_notice(server, letter)
    url, secrets, key = channel.url, channel.secret.split(), notice.key
    if channel.kind == ChannelKind.WEBHOOK:
        body = webhook.body_of(facts, text)
        reach = Reach(private_hosts=frozenset(settings.NOTICE_PRIVATE_HOSTS))
        return lambda _: webhook.call_webhook(
            url=url, secrets=secrets, key=key, body=body, at=now, reach=reach
        )
    urgent, extra = notice.kind != NoticeKind.TEST, frozenset(settings.NOTICE_APPRISE_SCHEMES)
    once = webhook.message_id_of(key)
    return lambda _: apprise_url.notify(url=url, text=text, urgent=urgent, key=once, extra=extra)


def address_of(notice: Notice) -> str:
    """Where a mail goes: the channel's address, the one that is named, or the person's."""
    if notice.channel is not None:
        return notice.channel.url
    if notice.address:
        return notice.address
    return notice.recipient.email if notice.recipient else ""
