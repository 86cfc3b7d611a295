"""The roles that steps name, and who holds them."""

from typing import Any

from django import forms
from django.db.models import ManyToManyField
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sla.models import ContactRole
from tickets.admin.bases import UnscopedAdmin
from tickets.queries import agents, person_name


class ContactRoleAdmin(UnscopedAdmin):
    """Who holds a role that steps name, such as head of support."""

    list_display = ["name", "code", "holders"]
    search_fields = ["name", "code"]
    actions = None

    def get_readonly_fields(
        self, request: HttpRequest, obj: ContactRole | None = None
    ) -> list[str]:
        """Steps point to the code: it stays."""
        return ["code"] if obj else []

    def get_queryset(self, request: HttpRequest) -> Any:
        """With their people."""
        return super().get_queryset(request).prefetch_related("people")

    def holders(self, row: ContactRole) -> str:
        """The people, or that there is nobody."""
        return ", ".join(person_name(each) for each in row.people.all()) or _("nobody")

    holders.short_description = gettext_lazy("people")  # type: ignore[attr-defined]

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        """One box for each person of ours."""
        kwargs["queryset"] = agents()
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)
