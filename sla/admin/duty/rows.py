"""Shifts, overrides and absences; what is over stays as it was."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sla.models import DutyShift, Rota, ShiftLayer
from tickets.admin.bases import TitledAdmin
from tickets.admin.marks import mark_html
from tickets.admin.ticket.forms import PersonField
from tickets.queries import agents, person_name


class PeriodForm(ModelForm):  # type: ignore[type-arg]
    """An end after the start, said in words before the database says it."""

    def clean(self) -> dict[str, Any] | None:
        """Compares both."""
        cleaned = super().clean()
        starts_at = self.cleaned_data.get("starts_at") or self.instance.starts_at
        ends_at = self.cleaned_data.get("ends_at") or self.instance.ends_at
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", ValidationError(_("The end must lie after the start.")))
        return cleaned


class PeriodAdmin(TitledAdmin):
    """Rows of a time: what has begun can only be ended, what is over stays on record."""

    form = PeriodForm
    date_hierarchy = "starts_at"
    ordering = ["-starts_at", "-id"]
    list_select_related = ["person"]
    list_per_page = 50
    actions = None
    kept_fields: tuple[str, ...] = ("person", "starts_at")

    @admin.display(description=gettext_lazy("person"), ordering="person__first_name")
    def who(self, row: Any) -> str:
        """As people call them."""
        return person_name(row.person)

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Our people by name; rotas that are in use."""
        if db_field.name == "person":
            kwargs["queryset"] = agents()
            kwargs["form_class"] = PersonField
        elif db_field.name == "rota":
            kwargs["queryset"] = Rota.objects.filter(is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The beginning of what has begun is history."""
        return [*self.kept_fields] if _has_begun(obj) else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until it is over."""
        return super().has_change_permission(request, obj) and not _is_over(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Before it has begun; later it is ended instead."""
        return super().has_delete_permission(request, obj) and not _has_begun(obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What a link has filled in; instants as instants."""
        given: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        for name in ("starts_at", "ends_at"):
            if name in given:
                given[name] = _instant(str(given[name]))
        return given


class DutyShiftAdmin(PeriodAdmin):
    """Shifts made by hand and imported ones; an imported one is changed by an override."""

    list_display = ["who", "rota", "starts_at", "ends_at", "kind"]
    list_filter = ["layer", "rota"]
    list_select_related = ["person", "rota"]
    search_fields = ["person__username", "person__first_name", "person__last_name"]
    fields = ["rota", "person", "layer", "starts_at", "ends_at"]
    kept_fields = ("rota", "person", "layer", "starts_at")

    @admin.display(description=gettext_lazy("kind"), ordering="layer")
    def kind(self, row: DutyShift) -> SafeString:
        """Shape and word."""
        return kind_mark(row.layer, is_feed=bool(row.uid))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The feed would change an imported one back."""
        return super().has_change_permission(request, obj) and not _is_imported(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The feed would bring an imported one back."""
        return super().has_delete_permission(request, obj) and not _is_imported(obj)

    def save_model(self, request: HttpRequest, obj: DutyShift, form: Any, change: bool) -> None:
        """With who made it."""
        if not change and isinstance(request.user, User):
            obj.made_by = request.user
        super().save_model(request, obj, form, change)


class AbsenceAdmin(PeriodAdmin):
    """When a person is not there, whatever any rota says."""

    list_display = ["who", "starts_at", "ends_at"]
    search_fields = ["person__username", "person__first_name", "person__last_name"]
    fields = ["person", "starts_at", "ends_at"]


def kind_mark(layer: str, *, is_feed: bool) -> SafeString:
    """A shift, an override or an imported shift."""
    if layer == ShiftLayer.OVERRIDE:
        kind, shape, word = "at_risk", "◆", _("Override")
    elif is_feed:
        kind, shape, word = "none", "⇣", _("From the feed")
    else:
        kind, shape, word = "none", "●", _("Shift")
    return mark_html(kind, shape, word)


def _is_over(row: Any) -> bool:
    return row is not None and row.ends_at is not None and row.ends_at <= timezone.now()


def _has_begun(row: Any) -> bool:
    return row is not None and row.pk is not None and row.starts_at <= timezone.now()


def _is_imported(row: Any) -> bool:
    """As long as the feed is there to bring it back."""
    return row is not None and bool(row.uid) and bool(row.rota.ical_url)


def _instant(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at is not None and timezone.is_aware(at) else None
