"""Queueing notices: one for each recipient, and one for many where they would be a storm."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from sla.models import Escalation, Notice, NoticeItem, NoticeKind, NoticeState
from sla.queries.duty.ways import Addressee

# More than so many to one recipient within a minute are joined.
BURST = 5
# A digest of more than so many is followed by another one.
MOST_ITEMS = 200
_MINUTE = timedelta(minutes=1)
# Fired so long after its instant, nothing was running: more of them will come.
_DOWNTIME = timedelta(minutes=1)
# A digest waits for the rest of what it is about.
_HOLD = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Somebody to tell of an escalation that has just been recorded."""

    addressee: Addressee
    escalation: Escalation


_Queued = tuple[Notice, list[Escalation]]


def queue_notices(told: Sequence[Told], *, now: datetime) -> None:
    """Writes the notices in the caller's transaction, in a fixed number of statements."""
    if not told:
        return
    by_addressee: dict[str, list[Told]] = defaultdict(list)
    for each in told:
        by_addressee[each.addressee.key].append(each)
    recent = _recent(told, now)
    joined = {
        key
        for key, mine in by_addressee.items()
        if recent[key] + len(mine) > BURST or _is_late(mine)
    }
    singles = [each for key, mine in by_addressee.items() if key not in joined for each in mine]
    queued: list[_Queued] = [(_single(each, now), [each.escalation]) for each in singles]
    if joined:
        queued += _join([by_addressee[key] for key in by_addressee if key in joined], now)
    Notice.objects.bulk_create(notice for notice, _ in queued if notice.pk is None)
    NoticeItem.objects.bulk_create(
        NoticeItem(notice=notice, escalation=escalation)
        for notice, escalations in queued
        for escalation in escalations
    )


def _is_late(told: Sequence[Told]) -> bool:
    return any(each.escalation.fired_at - each.escalation.due_at > _DOWNTIME for each in told)


def _single(each: Told, now: datetime) -> Notice:
    escalation = each.escalation
    return _notice(
        each.addressee,
        kind=NoticeKind.ESCALATION,
        key=f"escalation:{escalation.clock_id}:{escalation.step_code}:{escalation.repeat}"
        f":{each.addressee.key}",
        now=now,
        next_attempt_at=now,
    )


def _join(groups: Sequence[Sequence[Told]], now: datetime) -> list[_Queued]:
    """Digests for each recipient, with the notices to them that nobody has tried to send yet."""
    waiting = _waiting([each for told in groups for each in told])
    # The one that was begun last; those before it are full.
    last = {
        key: notice
        for key, mine in waiting.items()
        for notice in mine
        if notice.kind == NoticeKind.DIGEST
    }
    telling: dict[str, list[Escalation]] = {
        told[0].addressee.key: [each.escalation for each in told] for told in groups
    }
    folded: dict[int, str] = {
        each.pk: key
        for key in telling
        for each in waiting[key]
        if each.kind == NoticeKind.ESCALATION
    }
    if folded:
        items = NoticeItem.objects.filter(notice__in=folded).select_related("escalation")
        for item in items.order_by("pk"):
            telling[folded[item.notice_id]].append(item.escalation)
        Notice.objects.filter(pk__in=folded).update(state=NoticeState.JOINED, next_attempt_at=None)
    sizes = _sizes(notice.pk for notice in last.values())
    queued: list[_Queued] = []
    held: list[int] = []
    for told in groups:
        key = told[0].addressee.key
        digest, rest = last.get(key), telling[key]
        if digest is not None:
            room = max(MOST_ITEMS - sizes[digest.pk], 0)
            queued.append((digest, rest[:room]))
            rest = rest[room:]
            if _is_late(told) and digest.created_at > now - _MINUTE:
                held.append(digest.pk)
        for first in range(0, len(rest), MOST_ITEMS):
            some = rest[first : first + MOST_ITEMS]
            queued.append((_digest(told[0].addressee, some[0], now), some))
    if held:
        # The rest of what was missed is still coming in.
        Notice.objects.filter(pk__in=held).update(next_attempt_at=now + _HOLD)
    return queued


def _sizes(digest_ids: Iterable[int]) -> dict[int, int]:
    """Of how many escalations each digest tells."""
    sizes: dict[int, int] = defaultdict(int)
    rows = NoticeItem.objects.filter(notice__in=list(digest_ids)).order_by()
    sizes.update(rows.values_list("notice").annotate(number=Count("pk")))
    return sizes


def _digest(addressee: Addressee, first: Escalation, now: datetime) -> Notice:
    return _notice(
        addressee,
        kind=NoticeKind.DIGEST,
        key=f"digest:{first.pk}:{addressee.key}",
        now=now,
        next_attempt_at=now + _HOLD,
    )


def _notice(
    addressee: Addressee, *, kind: NoticeKind, key: str, now: datetime, next_attempt_at: datetime
) -> Notice:
    return Notice(
        key=key,
        kind=kind,
        recipient_id=addressee.user_id,
        channel_id=addressee.channel_id,
        address=addressee.address,
        language=addressee.language,
        created_at=now,
        next_attempt_at=next_attempt_at,
    )


def _to(told: Iterable[Told]) -> Q:
    ways = Q()
    addressees = [each.addressee for each in told]
    people = {a.user_id for a in addressees if a.user_id}
    channels = {a.channel_id for a in addressees if a.channel_id}
    addresses = {a.address for a in addressees if a.address}
    ways |= Q(recipient__in=people) | Q(channel__in=channels) | Q(address__in=addresses)
    return ways


def _key(notice: Notice) -> str:
    return Addressee(
        user_id=notice.recipient_id, channel_id=notice.channel_id, address=notice.address
    ).key


def _recent(told: Sequence[Told], now: datetime) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    rows = Notice.objects.filter(
        _to(told), created_at__gt=now - _MINUTE, kind__in=[NoticeKind.ESCALATION, NoticeKind.DIGEST]
    )
    for notice in rows.only("recipient_id", "channel_id", "address").order_by():
        found[_key(notice)] += 1
    return found


def _waiting(told: Sequence[Told]) -> dict[str, list[Notice]]:
    """Notices that nobody has tried to send yet; one that is being sent is left alone."""
    found: dict[str, list[Notice]] = defaultdict(list)
    rows = Notice.objects.select_for_update(skip_locked=True).filter(
        _to(told),
        state=NoticeState.WAITING,
        attempts=0,
        kind__in=[NoticeKind.ESCALATION, NoticeKind.DIGEST],
        # Each of these replaces one notice, and says so.
        fallback_of__isnull=True,
    )
    for notice in rows.order_by("pk"):
        found[_key(notice)].append(notice)
    return found
