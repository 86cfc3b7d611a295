"""How late the service itself was: a page with the last 30 days."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from sla.admin.escalation.lag_chart import HEIGHT, WIDTH, Chart, chart_of, lag_words
from sla.admin.words import percent
from sla.domain.escalation.lag import GOAL_MS, Histogram
from sla.models import Heartbeat, LagKind
from sla.operations.escalation.watchdog import MOST_AGE, WATCHDOG
from sla.queries.escalation.lag import HOUR, Measured, lag_hours
from tickets.admin.bases import UnscopedReadOnlyAdmin
from tickets.queries import database_now

DAYS = 30
_ORDER = (LagKind.FIRING, LagKind.DETECTION)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """One day in words."""

    day: date
    measured: int
    in_time: str
    worst: str
    longest: str
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LagView:
    """One kind of lag: its drawing, and the same in words."""

    kind: str
    title: str
    text: str
    chart: Chart
    in_time: str
    days: Sequence[DayView]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchView:
    """What the watchdog said last."""

    mark: str
    shape: str
    text: str


class LagAdmin(UnscopedReadOnlyAdmin):
    """One page: detection and firing, hour by hour."""

    def get_urls(self) -> list[URLPattern]:
        """The page alone."""
        wrap = self.admin_site.admin_view
        return [path("", wrap(self.changelist_view), name="sla_laghour_changelist")]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = database_now()
        until = now.replace(minute=0, second=0, microsecond=0) + HOUR
        since = until - timedelta(days=DAYS)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Lag of the service"),
            "is_nav_sidebar_enabled": False,
            "opts": self.opts,
            "goal": lag_words(GOAL_MS),
            "width": WIDTH,
            "height": HEIGHT,
            "watch": watch_view(now),
            "kinds": [_view(kind, since=since, until=until, now=now) for kind in _ORDER],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "sla/lag.html", context)


def watch_view(now: datetime) -> WatchView:
    """Whether the escalations agree with the log, and how old that answer is."""
    beat = Heartbeat.objects.filter(name=WATCHDOG).first()
    if beat is None:
        text = _("The watchdog has not run yet.")
        return WatchView(mark="at_risk", shape="▲", text=text)
    if now - beat.at > MOST_AGE:
        text = _("The watchdog has not run for %(long)s.") % {"long": _since(beat.at, now)}
        return WatchView(mark="missed", shape="■", text=text)
    if beat.detail.get("agrees"):
        text = _("The escalations agree with the log; looked at %(long)s ago.")
        return WatchView(mark="met", shape="●", text=text % {"long": _since(beat.at, now)})
    words = {
        "escalations": _("The escalations and the log disagree: run audit_escalations."),
        "sweep": _("No sweep has run for a minute: steps fire late."),
        "notices": _("A notice has been waiting for more than 15 minutes."),
        "stale": _("The clocks of a ticket cannot be read for more than 5 minutes."),
        "given up": _("A notice of the last day was given up: mend its channel, send it again."),
    }
    troubles = beat.detail.get("troubles", ())
    text = " ".join(words[code] for code in troubles if code in words)
    return WatchView(mark="missed", shape="■", text=text)


def _since(at: datetime, now: datetime) -> str:
    return lag_words(max(0, (now - at) // timedelta(seconds=1)) * 1_000)


def _view(kind: LagKind, *, since: datetime, until: datetime, now: datetime) -> LagView:
    hours = lag_hours(kind, since=since, now=now)
    total = sum((hour.histogram for hour in hours), Histogram())
    titles = {
        LagKind.FIRING: (
            _("Firing"),
            _("From the instant at which an escalation should have fired to that at which it did."),
        ),
        LagKind.DETECTION: (
            _("Detection"),
            _("From the instant at which a clock was at risk or late to the sweep that noticed."),
        ),
    }
    title, text = titles[kind]
    return LagView(
        kind=kind.value,
        title=title,
        text=text,
        chart=chart_of(hours, since=since, until=until),
        in_time=share(total),
        days=_days(hours),
    )


def _days(hours: Sequence[Measured]) -> list[DayView]:
    """Newest first; days on which nothing was measured are left out."""
    by_day: dict[date, list[Measured]] = defaultdict(list)
    for hour in hours:
        if hour.histogram.measured:
            by_day[timezone.localtime(hour.hour).date()].append(hour)
    found = []
    for day, mine in sorted(by_day.items(), reverse=True):
        total = sum((hour.histogram for hour in mine), Histogram())
        worst = max(hour.p99_ms for hour in mine)
        found.append(
            DayView(
                day=day,
                measured=total.measured,
                in_time=share(total),
                worst=lag_words(worst),
                longest=lag_words(max(hour.most_ms for hour in mine)),
                is_late=worst > GOAL_MS,
            )
        )
    return found


def share(found: Histogram) -> str:
    """The share in time, `99.9 %`; never rounded up to 100."""
    return percent(found.within_goal / found.measured if found.measured else None)
