"""Giving notices up: a person hears by mail instead, where another way than mail has failed."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from sla.models import ChannelKind, Notice, NoticeItem, NoticeKind, NoticeState
from sla.queries.duty.ways import mail_way_of

_BY_MAIL = Q(channel__isnull=True) | Q(channel__kind=ChannelKind.EMAIL)
_ALIVE = (NoticeState.WAITING, NoticeState.SENT)


@transaction.atomic
def give_up(notices: QuerySet[Notice], *, words: str, now: datetime) -> None:
    """Gives these notices up and says why, in words without secrets.

    The notice that replaces one is made in the same transaction: whoever dies on the way leaves
    the first one waiting, or both as they should be.
    """
    given_up = list(notices.select_for_update(of=("self",)).select_related("channel"))
    Notice.objects.filter(pk__in=[notice.pk for notice in given_up]).update(
        state=NoticeState.DEAD, next_attempt_at=None, last_error=words
    )
    for notice in given_up:
        _tell_by_mail(notice, now)


def _tell_by_mail(notice: Notice, now: datetime) -> None:
    """Once for each notice, however often it is sent again; nothing that a mail tells already."""
    channel = notice.channel
    if channel is None or channel.kind == ChannelKind.EMAIL or notice.kind == NoticeKind.TEST:
        return
    if notice.recipient_id is None or Notice.objects.filter(fallback_of=notice).exists():
        return
    way = mail_way_of(notice.recipient_id)
    untold = _untold_escalations(notice)
    if way is None or not (untold or _is_untold_warning(notice)):
        return
    made = Notice.objects.create(
        key=f"fallback:{notice.pk}",
        kind=notice.kind,
        fallback_of=notice,
        recipient_id=way.user_id,
        channel_id=way.channel_id,
        language=way.language,
        created_at=now,
        next_attempt_at=now,
        payload=notice.payload,
    )
    NoticeItem.objects.bulk_create(
        NoticeItem(notice=made, escalation_id=escalation) for escalation in untold
    )


def _untold_escalations(notice: Notice) -> Sequence[int]:
    """Those of a notice that no mail to the same person tells of."""
    mails = Notice.objects.filter(_BY_MAIL, recipient=notice.recipient_id, state__in=_ALIVE)
    told = NoticeItem.objects.filter(notice__in=mails, escalation__items__notice=notice)
    items = NoticeItem.objects.filter(notice=notice).order_by("pk")
    escalations = items.values_list("escalation", flat=True)
    return list(escalations.exclude(escalation__in=told.values("escalation")))


def _is_untold_warning(notice: Notice) -> bool:
    """Whether it warns of hours without anybody, and no mail to the same person does."""
    mails = Notice.objects.filter(
        _BY_MAIL,
        kind=NoticeKind.COVERAGE,
        recipient=notice.recipient_id,
        payload=notice.payload,
        state__in=_ALIVE,
    )
    return notice.kind == NoticeKind.COVERAGE and not mails.exists()
