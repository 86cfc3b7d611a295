"""How late the service was: stored hour by hour, and from the logs for what is not stored yet."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection

from sla.domain.escalation.lag import BOUNDS_MS, Histogram
from sla.models import LagHour, LagKind

HOUR: Final = timedelta(hours=1)
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Per kind: its rows with `at` (when it was noticed or done), `lag` and `label`.
_ROWS: Final = {
    LagKind.DETECTION: """
        SELECT e.recorded_at AS at, e.lag_ms AS lag, e.kind || ' ' || c.basis AS label
        FROM sla_clockentry e JOIN sla_clock c ON c.id = e.clock_id
        WHERE e.kind IN ('at_risk', 'breached')
            AND e.recorded_at >= %(since)s AND e.recorded_at < %(until)s
    """,
    LagKind.FIRING: """
        SELECT fired_at AS at, outcome AS label,
            CASE WHEN outcome <> 'not_applicable' THEN lag_ms END AS lag
        FROM sla_escalation
        WHERE fired_at >= %(since)s AND fired_at < %(until)s
    """,
}
_UP_TO: Final = ", ".join(f"count(*) FILTER (WHERE lag <= {bound})" for bound in BOUNDS_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All of one kind in one hour; lags in milliseconds."""

    hour: datetime
    histogram: Histogram
    p50_ms: int
    p95_ms: int
    p99_ms: int
    most_ms: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """All of one kind, ever."""

    histogram: Histogram
    counts: dict[str, int]


def measure(kind: LagKind, *, since: datetime | None, until: datetime) -> list[Measured]:
    """Each hour with a row in [since, until), oldest first, from the logs themselves."""
    given = {"since": since or _EVER, "until": until}
    found = {row.hour: row for row in _hours(kind, given)}
    for hour, label, number in _ask(
        f"""
        SELECT date_trunc('hour', at, 'UTC'), label, count(*) FROM ({_ROWS[kind]}) AS r
        GROUP BY 1, 2 ORDER BY 1, 2
        """,  # noqa: S608 - constants
        given,
    ):
        found[hour] = replace(found[hour], counts={**found[hour].counts, label: number})
    return list(found.values())


def _hours(kind: LagKind, given: dict[str, datetime]) -> Iterator[Measured]:
    for hour, measured, total, p50, p95, p99, most, *up_to in _ask(
        f"""
        SELECT date_trunc('hour', at, 'UTC'), count(lag), coalesce(sum(lag), 0),
            coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY lag), 0),
            coalesce(percentile_disc(0.95) WITHIN GROUP (ORDER BY lag), 0),
            coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY lag), 0),
            coalesce(max(lag), 0), {_UP_TO}
        FROM ({_ROWS[kind]}) AS r GROUP BY 1 ORDER BY 1
        """,  # noqa: S608 - constants
        given,
    ):
        yield Measured(
            hour=hour,
            histogram=Histogram(up_to=tuple(up_to), measured=measured, total_ms=int(total)),
            p50_ms=p50,
            p95_ms=p95,
            p99_ms=p99,
            most_ms=most,
            counts={},
        )


def _ask(sql: str, given: dict[str, datetime]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def stored_until(kind: LagKind) -> datetime | None:
    """The start of the newest hour that is stored."""
    newest = LagHour.objects.filter(kind=kind, hour__isnull=False).order_by("-hour")
    return newest.values_list("hour", flat=True).first()


def lag_hours(kind: LagKind, *, since: datetime, now: datetime) -> list[Measured]:
    """The hours from `since` on, oldest first, those of the present hour included."""
    stored = LagHour.objects.filter(kind=kind, hour__gte=since).order_by("hour")
    found = [
        Measured(
            hour=row.hour,
            histogram=row.histogram,
            p50_ms=row.p50_ms,
            p95_ms=row.p95_ms,
            p99_ms=row.p99_ms,
            most_ms=row.most_ms,
            counts=row.counts,
        )
        for row in stored
        if row.hour is not None
    ]
    return found + measure(kind, since=_after(found, since), until=now)


def total_lag(kind: LagKind, *, now: datetime) -> Total:
    """Everything since the first day; never less than before."""
    rows = list(LagHour.objects.filter(kind=kind).order_by())
    last = max((row.hour for row in rows if row.hour is not None), default=None)
    open_hours = measure(kind, since=last + HOUR if last else None, until=now)
    parts = [(row.histogram, row.counts) for row in rows]
    parts += [(hour.histogram, hour.counts) for hour in open_hours]
    histogram, counts = Histogram(), Counter[str]()
    for each, numbers in parts:
        histogram += each
        counts.update(numbers)
    return Total(histogram=histogram, counts=dict(counts))


def _after(found: Sequence[Measured], since: datetime) -> datetime:
    return found[-1].hour + HOUR if found else since
