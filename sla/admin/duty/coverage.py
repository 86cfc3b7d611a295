"""The coverage of the next 14 days: a page, and the same rows as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from sla.admin import words
from sla.admin.csv_cells import guarded
from sla.domain.duty.coverage import Gap, GapReason
from sla.queries.duty.coverage import DAYS, Coverage, read_coverage
from tickets.domain.instants import from_microseconds
from tickets.models import Customer
from tickets.rights import restrict

RIGHT = "sla.view_rota"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapView:
    """One gap in words."""

    starts_at: datetime
    ends_at: datetime
    lasts: str
    why: str
    is_nobody: bool
    plans: str
    customers: Sequence[str]


def coverage_view(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """What nobody covers, with the customers that it touches."""
    found = _coverage(request)
    gaps = [gap for stretch in found.stretches for gap in stretch.gaps]
    context = {
        **site.each_context(request),
        "title": _("Coverage of the next %(days)d days") % {"days": DAYS},
        "is_nav_sidebar_enabled": False,
        "is_duty": True,
        "coverage": found,
        "gaps": [_view(gap, found) for gap in gaps],
        "lasts": words.duration(sum(gap.lasts for gap in gaps)),
        "may_change": request.user.has_perm("sla.change_rota"),
    }
    return TemplateResponse(request, "sla/coverage.html", context)


def coverage_csv(request: HttpRequest) -> HttpResponse:
    """The gaps, one line for each customer, as RFC 4180 text with a mark for spreadsheets."""
    found = _coverage(request)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        [_("from"), _("to"), _("minutes"), _("why"), _("on duty without address"), _("customer")]
    )
    for gap in (gap for stretch in found.stretches for gap in stretch.gaps):
        for customer in gap.customers:
            cells = [
                _stamp(gap.starts),
                _stamp(gap.ends),
                gap.lasts // 60_000_000,
                _why(gap),
                ", ".join(found.people.get(pk, "") for pk in gap.people),
                found.customers.get(customer, ""),
            ]
            writer.writerow([guarded(cell) for cell in cells])
    response = HttpResponse(
        "\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8; header=present"
    )
    response["Content-Disposition"] = 'attachment; filename="coverage.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _coverage(request: HttpRequest) -> Coverage:
    """Of the customers that a person may see; a gap that touches none of them is not theirs."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    found = read_coverage(now=timezone.now())
    named = Customer.objects.filter(pk__in=found.customers)
    mine = set(restrict(named, request.user, "").values_list("pk", flat=True))
    stretches = []
    for stretch in found.stretches:
        gaps = [
            replace(gap, customers=tuple(pk for pk in gap.customers if pk in mine))
            for gap in stretch.gaps
        ]
        kept = tuple(gap for gap in gaps if gap.customers)
        if kept:
            stretches.append(replace(stretch, gaps=kept))
    return replace(
        found,
        stretches=stretches,
        customers={pk: name for pk, name in found.customers.items() if pk in mine},
    )


def _view(gap: Gap, found: Coverage) -> GapView:
    return GapView(
        starts_at=from_microseconds(gap.starts),
        ends_at=from_microseconds(gap.ends),
        lasts=words.duration(gap.lasts),
        why=_why(gap, ", ".join(found.people.get(pk, "?") for pk in gap.people)),
        is_nobody=gap.reason is GapReason.NOBODY,
        plans=", ".join(words.plan_name(code) for code in gap.plans),
        customers=sorted(found.customers.get(pk, "?") for pk in gap.customers),
    )


def _why(gap: Gap, names: str = "") -> str:
    if gap.reason is GapReason.NOBODY:
        return _("nobody is on duty")
    if names:
        return _("no address of %(names)s") % {"names": names}
    return _("whoever is on duty has no address")


def _stamp(at: int) -> str:
    return timezone.localtime(from_microseconds(at)).strftime("%Y-%m-%d %H:%M:%S%z")
