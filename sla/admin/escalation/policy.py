"""Escalation policies: which are in force, their time line, a dry run, and the next version."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sla.admin.escalation.forms import (
    BaseStepForms,
    DryRunForm,
    PolicyForm,
    StepForms,
    draft_of,
    policy_initial,
    steps_initial,
)
from sla.admin.escalation.timeline import Timeline, draw
from sla.admin.escalation.words import refusal_words
from sla.domain.clocks.target import Metric
from sla.domain.escalation.draft import PolicyDraft, PolicyRefused, check_draft, in_order
from sla.domain.escalation.policy import Step
from sla.models import EscalationPolicy
from sla.operations.escalation.policies import end_policy, save_policy
from sla.queries.escalation.dry_run import dry_run, target_of
from sla.queries.escalation.policies import pure_step
from tickets.admin.bases import UnscopedAdmin
from tickets.queries import database_now

_HOUR_US = 3_600_000_000


class EscalationPolicyAdmin(UnscopedAdmin):
    """The policies in force; a page for each, where an edit makes the next version."""

    list_display = ["name", "about_plan", "about_severity", "metric", "version", "made_at"]
    list_filter = ["metric"]
    search_fields = ["name", "code"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[EscalationPolicy]:
        """Those in force: older versions stand on the pages of their successors."""
        return super().get_queryset(request).filter(is_current=True)

    def about_plan(self, row: EscalationPolicy) -> str:
        """The plan, or any."""
        return row.plan_code or _("any")

    about_plan.short_description = gettext_lazy("plan")  # type: ignore[attr-defined]

    def about_severity(self, row: EscalationPolicy) -> str:
        """The severity, or any."""
        return row.severity or _("any")

    about_severity.short_description = gettext_lazy("severity")  # type: ignore[attr-defined]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A policy that is not there yet."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._page(request, None)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A policy with its time line; what is posted becomes the next version."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return self._page(request, row)

    def _page(self, request: HttpRequest, row: EscalationPolicy | None) -> HttpResponse:
        stored = [pure_step(step) for step in row.steps.order_by("pk")] if row else []
        initial = policy_initial(row) if row else {"bases": ["contract", "watch", "catch_up"]}
        posted = request.POST if request.method == "POST" else None
        form = PolicyForm(posted, initial=initial, is_new=row is None)
        steps = StepForms(posted, initial=steps_initial(stored), prefix="steps")
        asked = DryRunForm(posted, initial=_asked(row))
        may_change = self.has_change_permission(request, row)
        timeline: Timeline | None = None
        if posted is None:
            if row:
                timeline = _timeline(_draft_of_row(row, stored), _asked(row), steps)
        elif not may_change:
            raise PermissionDenied
        elif "_end" in posted and row:
            return self._end(request, row)
        elif form.is_valid() and steps.is_valid() and asked.is_valid():
            try:
                draft = draft_of(form, steps.steps(_HOUR_US))
                check_draft(draft)
                timeline = _timeline(draft, asked.cleaned_data, steps)
                if "_save" in posted:
                    return self._save(request, row, draft)
            except PolicyRefused as refused:
                form.add_error(None, refusal_words(refused))
        return self._render(
            request,
            row=row,
            form=form,
            steps=steps,
            asked=asked,
            timeline=timeline,
            may_change=may_change,
        )

    def _save(
        self, request: HttpRequest, row: EscalationPolicy | None, draft: PolicyDraft
    ) -> HttpResponse:
        if row is None and EscalationPolicy.objects.filter(code=draft.code).exists():
            known = EscalationPolicy.objects.filter(code=draft.code, is_current=True).exists()
            if known:
                raise PolicyRefused("A policy with this code is in force already: change that one.")
        made = save_policy(draft=draft, user=_user(request), now=database_now())
        messages.success(
            request,
            _("Version %(version)d is in force. Running clocks follow within seconds.")
            % {"version": made.version},
        )
        return HttpResponseRedirect(self._address(made))

    def _end(self, request: HttpRequest, row: EscalationPolicy) -> HttpResponse:
        try:
            end_policy(code=row.code, user=_user(request), now=database_now())
        except PolicyRefused as refused:
            messages.error(request, refusal_words(refused))
        else:
            messages.success(request, _("The policy has ended; a less exact one governs now."))
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:sla_escalationpolicy_changelist")
        )

    def _address(self, row: EscalationPolicy) -> str:
        return reverse(f"{self.admin_site.name}:sla_escalationpolicy_change", args=[row.pk])

    def _render(
        self, request: HttpRequest, *, row: EscalationPolicy | None, **context: Any
    ) -> HttpResponse:
        versions = (
            EscalationPolicy.objects.filter(code=row.code)
            .select_related("made_by")
            .order_by("-version")[:20]
            if row
            else []
        )
        return TemplateResponse(
            request,
            "sla/escalation_policy.html",
            {
                **self.admin_site.each_context(request),
                "title": row.name if row else _("New escalation policy"),
                "is_nav_sidebar_enabled": False,
                "opts": self.opts,
                "row": row,
                "versions": versions,
                **context,
            },
        )


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _asked(row: EscalationPolicy | None) -> dict[str, Any]:
    now = timezone.localtime().replace(second=0, microsecond=0)
    return {
        "opened_at": now,
        "of_plan": (row.plan_code if row else "") or "enterprise",
        "of_severity": (row.severity if row else "") or "S1",
    }


def _draft_of_row(row: EscalationPolicy, steps: list[Step]) -> PolicyDraft:
    return PolicyDraft(
        code=row.code,
        name=row.name,
        metric=Metric(row.metric),
        bases=tuple(row.bases),
        steps=tuple(steps),
        plan=row.plan_code,
        severity=row.severity,
    )


def _timeline(draft: PolicyDraft, asked: dict[str, Any], steps: BaseStepForms) -> Timeline | None:
    plan, severity, opened_at = asked["of_plan"], asked["of_severity"], asked["opened_at"]
    target = target_of(draft.metric, plan, severity, opened_at)
    if target is None:
        return None
    ordered = replace(draft, steps=tuple(in_order(draft.steps, target.allowance_us)))
    run = dry_run(
        ordered.as_policy(made_at=0),
        plan=plan,
        severity=severity,
        target=target,
        opened_at=opened_at,
    )
    return draw(run, steps.word_names())
