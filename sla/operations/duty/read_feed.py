"""Imports the shifts of a rota's iCalendar feed; what was read last stays until a better one."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.db.models import Q

from sla.domain.duty.feed import Feed, FeedFault, FeedTrouble, feed_from_json
from sla.domain.duty.names import Colleague, Roll
from sla.models import DutyShift, Rota, ShiftLayer
from sla.operations.duty.fetch_feed import fetch_feed
from tickets.domain.instants import format_instant, to_microseconds

logger = logging.getLogger(__name__)

# What is over stays as it was; some feeds drop it, some do not.
_BEHIND: Final = timedelta(days=1)
_AHEAD_DAYS: Final = 60
_READ_SECONDS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRead:
    """What a reading changed; `error` as it is stored, "" when all went well."""

    added: int = 0
    removed: int = 0
    kept: int = 0
    error: str = ""


class FeedMissing(LookupError):
    """This rota has no feed."""


_Key = tuple[str, datetime, int]


def read_rota_feed(
    *, rota_id: int, now: datetime, fetch: Callable[[str], bytes] = fetch_feed
) -> FeedRead:
    """Fetches and stores one rota's feed. Raises FeedMissing.

    In trouble nothing is changed but the line that says so: the shifts of the last good reading
    hold. Shifts and overrides that were made by hand are never touched.
    """
    rota = Rota.objects.filter(pk=rota_id).first()
    if rota is None or not rota.ical_url:
        raise FeedMissing(str(FeedMissing.__doc__))
    url = rota.ical_url
    try:
        feed = expand_feed(fetch(url), zone_name=rota.zone, starts_at=now - _BEHIND)
        return _store(rota_id, url, feed, now=now)
    except FeedTrouble as found:
        trouble = found
    except (ValueError, DatabaseError):
        # What the reader lets through and the database does not take.
        logger.exception("the feed of rota %s cannot be stored", rota_id)
        trouble = FeedTrouble(FeedFault.UNREADABLE)
    Rota.objects.filter(pk=rota_id).update(ical_error=str(trouble)[:300])
    return FeedRead(error=str(trouble))


def expand_feed(raw: bytes, *, zone_name: str, starts_at: datetime) -> Feed:
    """The shifts of a feed for the next 60 days. Raises FeedTrouble.

    In a process of its own: a hostile rule of recurrence can make the reader run for ever.
    """
    command = [
        *(sys.executable, "-m", "sla.domain.duty.feed"),
        *(zone_name, str(to_microseconds(starts_at)), str(_AHEAD_DAYS)),
    ]
    try:
        done = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            # Without our secrets, which stand in the environment.
            env={
                name: value
                for name, value in os.environ.items()
                if name in {"PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "HOME"}
            },
            input=raw,
            capture_output=True,
            check=False,
            timeout=_READ_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise FeedTrouble(FeedFault.TOO_MUCH) from None
    if done.returncode:
        raise FeedTrouble(FeedFault.UNREADABLE)
    return feed_from_json(done.stdout)


def _store(rota_id: int, url: str, feed: Feed, *, now: datetime) -> FeedRead:
    roll = _roll()
    wanted: dict[_Key, datetime] = {}
    unknown: list[datetime] = []
    for shift in feed.shifts:
        people = roll.named(shift.text, shift.addresses)
        if not people:
            unknown.append(shift.starts_at)
        for person in people:
            wanted[shift.uid, shift.starts_at, person] = shift.ends_at
    with transaction.atomic():
        rota = Rota.objects.select_for_update().get(pk=rota_id)
        if rota.ical_url != url:
            # Somebody gave it another feed while this one was read.
            return FeedRead()
        # Those to come, and those that were cut and may be back in the feed.
        some = Q(ends_at__gt=now) | Q(starts_at__in={starts_at for _, starts_at, _ in wanted})
        imported = DutyShift.objects.filter(some, rota=rota).exclude(uid="")
        rows = {(row.uid, row.starts_at, row.person_id): row for row in imported}
        if any(row.ends_at > now for row in rows.values()) and not any(
            ends_at > now for ends_at in wanted.values()
        ):
            # An answer without a shift is more often a mistake than a rota that was given up.
            raise FeedTrouble(FeedFault.EMPTY)
        read = _apply(rota, rows, wanted, now)
        rota.ical_read_at = now
        rota.ical_error = _notes(unknown, feed.bad_events)[:300]
        rota.save(update_fields=["ical_read_at", "ical_error"])
    return FeedRead(added=read.added, removed=read.removed, kept=read.kept, error=rota.ical_error)


def _apply(
    rota: Rota, rows: dict[_Key, DutyShift], wanted: dict[_Key, datetime], now: datetime
) -> FeedRead:
    gone = [row for key, row in rows.items() if key not in wanted and row.ends_at > now]
    DutyShift.objects.filter(pk__in=[row.pk for row in gone if row.starts_at >= now]).delete()
    # Up to now it was held: that stays on record.
    begun = [row.pk for row in gone if row.starts_at < now]
    DutyShift.objects.filter(pk__in=begun).update(ends_at=now)
    moved = [row for key, row in rows.items() if key in wanted and wanted[key] != row.ends_at]
    for row in moved:
        row.ends_at = wanted[row.uid, row.starts_at, row.person_id]
    DutyShift.objects.bulk_update(moved, ["ends_at"])
    made = [
        DutyShift(
            rota=rota,
            person_id=person,
            uid=uid,
            starts_at=starts_at,
            ends_at=ends_at,
            layer=ShiftLayer.SHIFT,
        )
        for (uid, starts_at, person), ends_at in wanted.items()
        if (uid, starts_at, person) not in rows and ends_at > now
    ]
    DutyShift.objects.bulk_create(made)
    kept = sum(key in wanted for key in rows)
    return FeedRead(added=len(made), removed=len(gone), kept=kept)


def _notes(unknown: list[datetime], bad_events: int) -> str:
    """What is not as it should be in a feed that was read."""
    if unknown:
        first = format_instant(unknown[0])
        return str(FeedTrouble(FeedFault.UNKNOWN_PEOPLE, f"{len(unknown)} {first}"))
    return str(FeedTrouble(FeedFault.BAD_EVENTS, str(bad_events))) if bad_events else ""


def _roll() -> Roll:
    people = User.objects.filter(is_active=True).order_by("pk")
    columns = ("pk", "username", "email", "first_name", "last_name")
    return Roll(
        [
            Colleague(
                id=pk, username=username, email=email, first_name=first_name, last_name=last_name
            )
            for pk, username, email, first_name, last_name in people.values_list(*columns)
        ]
    )
