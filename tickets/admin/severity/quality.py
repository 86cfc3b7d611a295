"""Severity quality: how often the verdicts are right, which models there are, and the roll-back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.admin.bases import UnscopedReadOnlyAdmin
from tickets.admin.labels import in_words
from tickets.domain.severity.weights import shipped
from tickets.domain.severity_score import Interval
from tickets.models import ModelState, SeverityModel, SeverityModelChange
from tickets.operations.severity.models import CannotActivate, activate_model, version_in_use
from tickets.operations.severity.quality import WEEKS, WeekScore, severity_quality
from tickets.queries import person_name

RIGHT = "tickets.activate_severitymodel"
SHOWN_MODELS = 20
_VERSION = re.compile(r"[\w.+-]{1,40}", re.ASCII)
_MARKS = {ModelState.ACTIVE: "met", ModelState.KEPT: "none", ModelState.REFUSED: "missed"}
# Sentences that plain Python says in English: listed so that the translators see them.
_SENTENCES = (
    gettext_lazy("A critical case of the regression set that was found before would be missed."),
    gettext_lazy("The score on the regression set would fall by more than 0.01."),
    gettext_lazy(
        "This model cannot judge: it was refused, or it was made beside other shipped weights."
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """One line of the list of models; the shipped weights have no row and no scores."""

    version: str
    is_shipped: bool
    is_in_use: bool
    may_be_used: bool
    mark: str
    state: str
    row: SeverityModel | None = None
    why: str = ""
    by: str = ""
    scores: tuple[tuple[str, str, str], ...] = ()
    languages: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """One week in words; `bar` is the share that was right in whole per cent."""

    week: WeekScore
    right: str
    bar: int


class SeverityModelAdmin(UnscopedReadOnlyAdmin):
    """One page: the scores, the models, and which of them judges."""

    def get_urls(self) -> list[URLPattern]:
        """The page, and the roll-back."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="tickets_severitymodel_changelist"),
            path("activate/", wrap(self.activate_view), name="tickets_severitymodel_activate"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        quality = severity_quality(now=now)
        recall = quality.audit.recall
        context = {
            **self.admin_site.each_context(request),
            "title": _("Severity quality"),
            "is_nav_sidebar_enabled": False,
            "opts": self.opts,
            "now": now,
            "most_weeks": WEEKS,
            "quality": quality,
            "weeks": [_week(week) for week in quality.weeks],
            "total": _week(quality.total),
            "recall": share(recall.value if recall else None),
            "recall_range": _range(recall),
            "false_s1": _number(quality.false_s1_per_1000),
            "models": _models(may_change=request.user.has_perm(RIGHT)),
            "changes": SeverityModelChange.objects.select_related("by").order_by("-at", "-pk")[:10],
            "may_change": request.user.has_perm(RIGHT),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "tickets/severity_quality.html", context)

    def activate_view(self, request: HttpRequest) -> HttpResponse:
        """Asks first; then the chosen weights judge."""
        if not isinstance(request.user, User) or not request.user.has_perm(RIGHT):
            raise PermissionDenied
        asked = (request.POST if request.method == "POST" else request.GET).get("version", "")
        model = _asked_model(asked)
        page = reverse(f"{self.admin_site.name}:tickets_severitymodel_changelist")
        if request.method == "POST":
            try:
                activate_model(
                    version=model.version if model else "", user=request.user, now=timezone.now()
                )
            except CannotActivate as error:
                messages.error(request, in_words(error))
            else:
                messages.success(request, _("%(version)s judges from now on.") % {"version": asked})
            return HttpResponseRedirect(page)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change the severity model"),
            "is_nav_sidebar_enabled": False,
            "opts": self.opts,
            "version": asked,
            "is_shipped": model is None,
            "present": version_in_use() or shipped().version,
            "page": page,
        }
        return TemplateResponse(request, "tickets/severity_activate.html", context)


def share(value: float | None) -> str:
    """`97.5 %`, or a dash when nothing is known; never rounded up to 100."""
    if value is None:
        return "–"
    return formats.number_format(int(value * 1000) / 10, decimal_pos=1) + " %"


def _asked_model(version: str) -> SeverityModel | None:
    """None for the shipped weights. Raises Http404."""
    if version == shipped().version:
        return None
    found = _VERSION.fullmatch(version) and SeverityModel.objects.filter(version=version).first()
    if not found:
        raise Http404(_("There is no such model."))
    return found


def _week(week: WeekScore) -> WeekView:
    return WeekView(week=week, right=share(week.right), bar=int(100 * (week.right or 0)))


def _range(interval: Interval | None) -> str:
    return f"{share(interval.low)} – {share(interval.high)}" if interval else ""


def _number(value: float | None, places: int = 1) -> str:
    return "–" if value is None else formats.number_format(value, decimal_pos=places)


def _models(*, may_change: bool) -> list[ModelView]:
    """The shipped weights and the newest models; the one in use even when it is old."""
    in_use = version_in_use()
    newest = SeverityModel.objects.defer("weights").select_related("activated_by")
    rows = list(newest[:SHOWN_MODELS])
    if in_use and in_use not in {row.version for row in rows}:
        rows.append(newest.get(version=in_use))
    return [
        ModelView(
            version=shipped().version,
            is_shipped=True,
            is_in_use=not in_use,
            may_be_used=may_change and bool(in_use),
            mark="none" if in_use else "met",
            state=_("Always there") if in_use else _("In use"),
        ),
        *(_model(row, in_use=in_use, may_change=may_change) for row in rows),
    ]


def _model(row: SeverityModel, *, in_use: str, may_change: bool) -> ModelView:
    fits = row.base == shipped().version
    is_in_use = row.version == in_use
    why = in_words(row.refusal)
    if not fits and row.state != ModelState.REFUSED:
        why = _("It was made beside other shipped weights: the next training replaces it.")
    state = ModelState(row.state) if fits or row.state != ModelState.ACTIVE else ModelState.KEPT
    by = row.activated_by
    return ModelView(
        version=row.version,
        is_shipped=False,
        is_in_use=is_in_use,
        may_be_used=may_change and fits and not is_in_use and row.state == ModelState.KEPT,
        mark=_MARKS[state],
        state=str(state.label),
        row=row,
        why=why,
        by=person_name(by),
        scores=_scores(row.scores),
        languages=_languages(row.scores),
    )


def _scores(scores: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    before, after = scores.get("before", {}), scores.get("after", {})
    return (
        ("F1", _number(before.get("macro_f1"), 3), _number(after.get("macro_f1"), 3)),
        (_("S1 found"), share(before.get("s1_recall")), share(after.get("s1_recall"))),
        (
            _("false S1 per 1,000"),
            _number(before.get("false_s1_per_1000")),
            _number(after.get("false_s1_per_1000")),
        ),
    )


def _languages(scores: Mapping[str, Any]) -> str:
    found = scores.get("after", {}).get("languages", {})
    return ", ".join(
        f"{language} {_number(score.get('macro_f1'), 3)}" for language, score in found.items()
    )
