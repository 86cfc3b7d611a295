"""Storing how late each hour was: computed from the logs, bounded, safe to repeat."""

from datetime import datetime, timedelta

from django.db import transaction

from sla.domain.escalation.lag import Histogram
from sla.models import LagHour, LagKind
from sla.queries.escalation.lag import HOUR, Measured, measure, stored_until

# A sweep that began within an hour may be written down a little after it.
_SETTLES = timedelta(minutes=10)
KEPT = timedelta(days=90)


def store_lag(*, now: datetime) -> int:
    """Stores the hours that are over, and folds those of 90 days ago into one row; how many."""
    settled = (now - _SETTLES).replace(minute=0, second=0, microsecond=0)
    stored = 0
    for kind in LagKind:
        last = stored_until(kind)
        since = last + HOUR if last else None
        hours = measure(kind, since=since, until=settled)
        LagHour.objects.bulk_create(
            [_row(kind, each) for each in hours], ignore_conflicts=True, batch_size=1_000
        )
        _fold(kind, settled - KEPT)
        stored += len(hours)
    return stored


def _row(kind: LagKind, hour: Measured) -> LagHour:
    return LagHour(
        kind=kind,
        hour=hour.hour,
        measured=hour.histogram.measured,
        total_ms=hour.histogram.total_ms,
        p50_ms=hour.p50_ms,
        p95_ms=hour.p95_ms,
        p99_ms=hour.p99_ms,
        most_ms=hour.most_ms,
        up_to=list(hour.histogram.up_to),
        counts=hour.counts,
    )


@transaction.atomic
def _fold(kind: LagKind, before: datetime) -> None:
    """Old hours leave, their sums stay: a counter that fell would look like a restart."""
    newest = stored_until(kind)
    old = LagHour.objects.filter(kind=kind, hour__lt=before).exclude(hour=newest)
    if not old.exists():
        return
    LagHour.objects.get_or_create(kind=kind, hour=None, defaults={"up_to": list(Histogram().up_to)})
    kept = LagHour.objects.select_for_update().get(kind=kind, hour=None)
    histogram, counts = kept.histogram, dict(kept.counts)
    rows = list(old.select_for_update())
    for row in rows:
        histogram += row.histogram
        for label, number in row.counts.items():
            counts[label] = counts.get(label, 0) + number
    kept.up_to, kept.counts = list(histogram.up_to), counts
    kept.measured, kept.total_ms = histogram.measured, histogram.total_ms
    kept.save(update_fields=["up_to", "counts", "measured", "total_ms"])
    LagHour.objects.filter(pk__in=[row.pk for row in rows]).delete()
