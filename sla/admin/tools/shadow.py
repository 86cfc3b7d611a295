"""Shadow runs: begin one, see what differs and why, and end it once a team may switch."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sla.admin.tools.schedule_words import schedule_views
from sla.admin.tools.shadow_rows import csv_of, figure_views
from sla.admin.tools.shadow_words import CAUSE_HINTS, CAUSE_WORDS, MISSING_WORDS
from sla.admin.words import percent
from sla.domain.tools.shadow_records import ShadowCause, Verdict
from sla.models import ShadowFigure, ShadowRun
from sla.operations.tools.shadow_runs import (
    AlreadyInShadow,
    NoFiguresThere,
    begin_shadow_run,
    end_shadow_run,
)
from sla.queries.tools.shadow import SHADOW_KINDS, counted_runs, readiness_of, tally_of
from tickets.admin.bases import UnscopedReadOnlyAdmin
from tickets.admin.labels import in_words
from tickets.admin.sources.tool_words import trouble_text
from tickets.models import Source

_PAGE = 50


class ShadowRunAdmin(UnscopedReadOnlyAdmin):
    """Two pages: the sources that can run in the shadow, and one run."""

    def get_urls(self) -> list[URLPattern]:
        """The pages, the two buttons, and the CSV."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="sla_shadowrun_changelist"),
            path("begin/", wrap(require_POST(self.begin_view)), name="sla_shadowrun_begin"),
            path("<int:run_id>/", wrap(self.run_view), name="sla_shadowrun_change"),
            path("<int:run_id>/csv/", wrap(self.csv_view), name="sla_shadowrun_csv"),
            path("<int:run_id>/end/", wrap(require_POST(self.end_view)), name="sla_shadowrun_end"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The runs, and the sources for which one can be begun."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        runs = counted_runs()
        running = {run.source_id for run in runs if run.ended_at is None}
        sources = Source.objects.filter(kind__in=SHADOW_KINDS).select_related("tool_access")
        context = {
            **self._frame(request, _("Shadow runs")),
            "runs": runs,
            "sources": [source for source in sources if source.pk not in running],
            "may_begin": request.user.has_perm("sla.add_shadowrun"),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "sla/shadow_runs.html", context)

    def begin_view(self, request: HttpRequest) -> HttpResponse:
        """Begins a run of one source."""
        if not request.user.has_perm("sla.add_shadowrun"):
            raise PermissionDenied
        source = get_object_or_404(
            Source.objects.filter(kind__in=SHADOW_KINDS), pk=_uuid(request.POST.get("source"))
        )
        assert isinstance(request.user, User)  # noqa: S101 - anonymous ones have no rights
        try:
            run = begin_shadow_run(source=source, user=request.user, now=timezone.now())
        except (AlreadyInShadow, NoFiguresThere) as refused:
            messages.warning(request, in_words(refused))
            return HttpResponseRedirect(reverse("admin:sla_shadowrun_changelist"))
        messages.success(
            request,
            _("%(source)s runs in the shadow: nobody is told of its escalations until you end it.")
            % {"source": source.name},
        )
        return HttpResponseRedirect(reverse("admin:sla_shadowrun_change", args=[run.pk]))

    def end_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Ends a run: people are told again."""
        if not request.user.has_perm("sla.change_shadowrun"):
            raise PermissionDenied
        run = get_object_or_404(ShadowRun, pk=run_id)
        assert isinstance(request.user, User)  # noqa: S101 - anonymous ones have no rights
        if end_shadow_run(run_id=run.pk, user=request.user, now=timezone.now()):
            messages.success(request, _("The run has ended: people are told of escalations again."))
        return HttpResponseRedirect(reverse("admin:sla_shadowrun_change", args=[run.pk]))

    def run_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """How many agree, what differs by cause, and whether the team may switch."""
        run = self._run(request, run_id)
        tally = tally_of(run)
        ready = readiness_of(run, timezone.now())
        chosen = _cause(request)
        page = Paginator(_rows(run, chosen), _PAGE).get_page(request.GET.get("page"))
        context = {
            **self._frame(request, _("Shadow run of %(source)s") % {"source": run.source.name}),
            "run": run,
            "trouble": trouble_text(run.trouble),
            "schedules": schedule_views(run),
            "schedules_trouble": trouble_text(run.schedules_trouble),
            "tally": tally,
            "share": percent(tally.ratio),
            "is_ready": ready.is_ready,
            "missing": [MISSING_WORDS[code] for code in ready.missing],
            "causes": [
                (code.value, CAUSE_WORDS[code], number, CAUSE_HINTS[code])
                for code, number in tally.by_cause
            ],
            "chosen": chosen,
            "page": page,
            "rows": figure_views(page),
            "may_end": run.ended_at is None and request.user.has_perm("sla.change_shadowrun"),
        }
        return TemplateResponse(request, "sla/shadow_run.html", context)

    def csv_view(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """The differences that the page shows, all of them."""
        run = self._run(request, run_id)
        response = HttpResponse(
            csv_of(_rows(run, _cause(request)).iterator(500)),
            content_type="text/csv; charset=utf-8; header=present",
        )
        response["Content-Disposition"] = f'attachment; filename="shadow-run-{run.pk}.csv"'
        response["Cache-Control"] = "private, no-store"
        return response

    def _run(self, request: HttpRequest, run_id: int) -> ShadowRun:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(ShadowRun.objects.select_related("source"), pk=run_id)

    def _frame(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "is_nav_sidebar_enabled": False,
            "opts": self.opts,
        }


def _rows(run: ShadowRun, cause: str) -> QuerySet[ShadowFigure]:
    rows = run.figures.filter(verdict=Verdict.DIFFERS).select_related("ticket")
    if cause:
        rows = rows.filter(differences__contains=[{"causes": [cause]}])
    return rows


def _cause(request: HttpRequest) -> str:
    asked = request.GET.get("cause", "")
    return asked if asked in tuple(ShadowCause) else ""


def _uuid(text: str | None) -> str:
    try:
        return str(uuid.UUID(text or ""))
    except ValueError:
        raise Http404 from None
