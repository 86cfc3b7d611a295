"""Notices that were given up, sent again; and the test of a channel."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from sla.models import Notice, NoticeChannel, NoticeKind, NoticeState


@transaction.atomic
def replay_notices(*, notice_ids: Collection[int], now: datetime) -> int:
    """Puts notices that were given up back into the outbox, under their key; how many.

    Their channels are asked at once: whoever replays has mended them. One whose recipient was
    erased stays.
    """
    dead = Notice.objects.select_for_update(of=("self",)).filter(
        pk__in=notice_ids, state=NoticeState.DEAD
    )
    chosen = [row for row in dead if row.recipient_id or row.channel_id or row.address]
    channels = {row.channel_id for row in chosen if row.channel_id}
    NoticeChannel.objects.filter(pk__in=channels).update(failures=0, open_until=None)
    return Notice.objects.filter(pk__in=[row.pk for row in chosen]).update(
        state=NoticeState.WAITING, attempts=0, next_attempt_at=now, last_error=""
    )


def queue_test(*, channel: NoticeChannel, user: User, now: datetime) -> Notice:
    """A notice that leaves by a channel as any other does, to see that it arrives."""
    NoticeChannel.objects.filter(pk=channel.pk).update(failures=0, open_until=None)
    return Notice.objects.create(
        key=f"test:{channel.pk}:{user.pk}:{now.isoformat()}",
        kind=NoticeKind.TEST,
        recipient=channel.owner,
        channel=channel,
        language=channel.language,
        created_at=now,
        next_attempt_at=now,
    )
