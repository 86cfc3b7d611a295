"""The coverage of the promises in force by the people on duty, from what is stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q

from sla.domain.duty.coverage import Promised, Stretch, coverage
from sla.models import Agreement
from sla.queries.duty.turns import duty_between
from sla.queries.duty.ways import ways_of
from sla.queries.terms.calendars import current_calendars, hours_of
from sla.queries.terms.contracts import signed_terms
from sla.queries.terms.terms import Version, loaded_versions, terms_in_force
from tickets.domain.instants import to_microseconds
from tickets.models import Customer
from tickets.queries import person_name

DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What is not covered in [starts_at, ends_at), with the names that it speaks of."""

    starts_at: datetime
    ends_at: datetime
    stretches: Sequence[Stretch]
    customers: Mapping[int, str]
    people: Mapping[int, str]


def read_coverage(
    *, now: datetime, days: int = DAYS, looking_back: timedelta = timedelta(0)
) -> Coverage:
    """What is not covered in the next days, and before them as far as `looking_back` says."""
    return coverage_between(now - looking_back, now + timedelta(days=days))


def coverage_between(starts_at: datetime, ends_at: datetime) -> Coverage:
    """What is not covered in [starts_at, ends_at), in a fixed number of queries."""
    on_duty = duty_between(starts_at, ends_at)
    everybody = {person for span in on_duty.spans for person in span.people}
    found = coverage(promises_between(starts_at, ends_at), on_duty, ways_of(everybody).keys())
    gaps = [gap for stretch in found for gap in stretch.gaps]
    return Coverage(
        starts_at=starts_at,
        ends_at=ends_at,
        stretches=found,
        customers=_customers({customer for gap in gaps for customer in gap.customers}),
        people=people_names({person for gap in gaps for person in gap.people}),
    )


def promises_between(starts_at: datetime, ends_at: datetime) -> list[Promised]:
    """The hours promised to each customer: by the terms of the signature and those in force.

    Without terms or calendars nothing is promised yet.
    """
    versions, calendars = loaded_versions()[0], current_calendars()
    if not versions or not calendars:
        return []
    held = Agreement.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=starts_at), starts_at__lt=ends_at
    ).select_related("plan__terms")
    promises: list[Promised] = []
    periods = _periods(versions, starts_at, ends_at)
    for agreement in held.defer("plan__terms__document").order_by():
        since = max(agreement.starts_at, starts_at)
        until = min(agreement.ends_at or ends_at, ends_at)
        code = agreement.plan.code
        spans = {(signed_terms(agreement).plan(code).calendar, since, until)}
        for begins, ends, sha256 in periods:
            calendar = terms_in_force([Version(sha256, begins)], begins).plan(code).calendar
            spans.add((calendar, max(since, begins), min(until, ends)))
        promises += [
            Promised(
                customer=agreement.customer_id,
                plan=code,
                hours=hours_of(calendars[calendar]),
                since=to_microseconds(begins),
                until=to_microseconds(ends),
            )
            for calendar, begins, ends in spans
            if begins < ends
        ]
    return promises


def _periods(
    versions: Sequence[Version], starts_at: datetime, ends_at: datetime
) -> list[tuple[datetime, datetime, str]]:
    """Which version is in force from when to when; before the first one, the first."""
    found = []
    for number, version in enumerate(versions):
        begins = starts_at if number == 0 else max(version.effective_from, starts_at)
        ends = ends_at
        if number + 1 < len(versions):
            ends = min(versions[number + 1].effective_from, ends_at)
        if begins < ends:
            found.append((begins, ends, version.sha256))
    return found


def _customers(ids: Collection[int]) -> dict[int, str]:
    rows = Customer.objects.filter(pk__in=ids).order_by("name").values_list("pk", "name")
    return dict(rows) if ids else {}


def people_names(ids: Collection[int]) -> dict[int, str]:
    """How people are called, by name."""
    if not ids:
        return {}
    return {
        person.pk: person_name(person)
        for person in User.objects.filter(pk__in=ids).order_by("username")
    }
