"""The report of missed Enterprise targets: a page, and the same rows as CSV."""

import csv
import io
import re
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from sla.admin import words
from sla.admin.csv_cells import guarded
from sla.admin.words import percent
from sla.models import Clock
from sla.reports.missed_targets import (
    MissedRow,
    Month,
    Tally,
    by_month,
    missed_targets,
    month_of,
)
from tickets.queries import person_name
from tickets.rights import restrict

RIGHT = "sla.view_breach_report"
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One missed target in words."""

    row: MissedRow
    late_wall: str
    late_own: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TallyView:
    """One line of counts; `ratio` is text because it may not exist."""

    label: str
    code: str
    tally: Tally
    ratio: str
    is_chosen: bool = False


def report_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """One month with its missed targets, beside the last twelve."""
    clocks = _clocks(request)
    now = timezone.now()
    month = _month(request, now)
    report = missed_targets(clocks, month, now=now)
    context = {
        **site.each_context(request),
        "title": _("Missed Enterprise targets"),
        "is_nav_sidebar_enabled": False,
        "is_report": True,
        "month": month,
        "month_name": month_name(month),
        "report": report,
        "severities": [
            TallyView(label=severity, code=severity, tally=tally, ratio=percent(tally.ratio))
            for severity, tally in report.by_severity
        ],
        "total": TallyView(
            label=_("Total"), code="", tally=report.total, ratio=percent(report.total.ratio)
        ),
        "months": [
            TallyView(
                label=month_name(each),
                code=each.code,
                tally=tally,
                ratio=percent(tally.ratio),
                is_chosen=each == month,
            )
            for each, tally in by_month(clocks, now=now, last=max(month, month_of(now)))
        ],
        "missed": [
            RowView(
                row=row,
                late_wall=words.wall_duration(row.late_wall_us),
                late_own=words.duration(row.late_own_us),
            )
            for row in report.missed
        ],
        "now": now,
    }
    return TemplateResponse(request, "sla/missed_targets.html", context)


def csv_view(request: HttpRequest) -> HttpResponse:
    """The missed targets of one month as RFC 4180 text, in UTF-8 with a mark for spreadsheets."""
    clocks = _clocks(request)
    now = timezone.now()
    month = _month(request, now)
    report = missed_targets(clocks, month, now=now)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        [
            _("month"),
            _("ticket"),
            _("customer"),
            _("subject"),
            _("severity"),
            _("opened at"),
            _("due at"),
            _("answered at"),
            _("late (minutes, real time)"),
            _("late (minutes, clock time)"),
            _("cause"),
            _("customer success manager"),
        ]
    )
    for row in report.missed:
        writer.writerow([guarded(cell) for cell in _cells(month, row)])
    response = HttpResponse(
        "\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8; header=present"
    )
    response["Content-Disposition"] = (
        f'attachment; filename="missed-enterprise-targets-{month.code}.csv"'
    )
    response["Cache-Control"] = "private, no-store"
    return response


def month_name(month: Month) -> str:
    """`December 2026` in the reader's language."""
    return formats.date_format(month.begins_at, "F Y")


def _cells(month: Month, row: MissedRow) -> list[object]:
    clock, ticket = row.clock, row.clock.ticket
    customer = ticket.customer
    csm = customer.csm if customer else None
    return [
        month.code,
        ticket.reference,
        customer.name if customer else "",
        ticket.subject,
        clock.severity,
        _stamp(clock.started_at),
        _stamp(clock.due_at),
        _stamp(clock.stopped_at),
        row.late_wall_us // 60_000_000,
        row.late_own_us // 60_000_000,
        clock.get_cause_display(),
        person_name(csm),
    ]


def _stamp(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S%z") if at else ""


def _clocks(request: HttpRequest) -> QuerySet[Clock]:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    return restrict(Clock.objects.all(), request.user, "ticket__customer")


def _month(request: HttpRequest, now: datetime) -> Month:
    asked = request.GET.get("month", "")
    found = _MONTH.fullmatch(asked)
    if found is not None:
        year, month = int(found.group(1)), int(found.group(2))
        if _FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12:
            return Month(year, month)
    if asked:
        messages.warning(request, _("There is no such month: this is the present one."))
    return month_of(now)
