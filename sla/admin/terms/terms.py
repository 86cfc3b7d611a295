"""The terms with their clauses, the objectives and the calendars: to read, never to edit."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sla.admin.terms.terms_page import calendar_context, terms_context
from sla.models import BusinessCalendar, CalendarVersion, Plan, Terms
from tickets.admin.bases import UnscopedReadOnlyAdmin


class DocumentAdmin(UnscopedReadOnlyAdmin):
    """An immutable document, shown as it was loaded."""

    actions = None
    exclude = ["document"]
    readonly_fields = ["text"]

    @admin.display(description=_("document (TOML)"))
    def text(self, row: Any) -> SafeString:
        """The whole document, escaped."""
        return format_html('<pre class="document">{}</pre>', row.document)


class TermsAdmin(DocumentAdmin):
    """Versions of the public text; each shows its clauses as data."""

    list_display = ["version", "announced_on", "effective_from", "loaded_at"]
    change_form_template = "sla/terms.html"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The version with what it promises, clause by clause."""
        row: Terms | None = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if row is not None and self.has_view_permission(request, row):
            more = terms_context(row, _language())
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})


class ObjectivesAdmin(DocumentAdmin):
    """Versions of the internal objectives."""

    list_display = ["version", "effective_from", "loaded_at"]


class PlanAdmin(UnscopedReadOnlyAdmin):
    """Plans as published; an agreement chooses one."""

    list_display = ["name", "terms", "code", "strictness"]
    list_filter = ["terms"]
    list_select_related = ["terms"]
    search_fields = ["name", "code"]
    actions = None

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """With their terms, which their names show."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        return found.select_related("terms"), may_repeat

    def has_view_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:
        """Also for those who write agreements."""
        return super().has_view_permission(request, obj) or request.user.has_perm(
            "sla.add_agreement"
        )


class BusinessCalendarAdmin(UnscopedReadOnlyAdmin):
    """Named calendars with their hours and holidays."""

    list_display = ["name", "code", "region", "current", "covered_to_year"]
    list_select_related = ["current"]
    change_form_template = "sla/calendar.html"
    actions = None

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The calendar with its hours and holidays."""
        row: BusinessCalendar | None = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if row is not None and self.has_view_permission(request, row):
            more = calendar_context(row.current, _language())
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})


class CalendarVersionAdmin(UnscopedReadOnlyAdmin):
    """What clocks pin: content-addressed, never changed."""

    list_display = ["__str__", "tzdata_version", "created_at"]
    list_filter = ["code"]
    change_form_template = "sla/calendar.html"
    actions = None

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The version with its hours and holidays."""
        row: CalendarVersion | None = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if row is not None and self.has_view_permission(request, row):
            more = calendar_context(row, _language())
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})


def _language() -> str:
    return "es" if (get_language() or "").startswith("es") else "en"
