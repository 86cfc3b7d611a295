"""Contracts: which customer is on which plan since when; history is ended, never rewritten."""

from typing import Any

from django.contrib.admin.options import InlineModelAdmin
from django.db import transaction
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sla.models import Agreement
from tickets.admin.bases import BaseInline, ScopedAdmin
from tickets.admin.customer import CustomerAdmin as PlainCustomerAdmin
from tickets.domain.words import Status
from tickets.models import Ticket


class AgreementAdmin(ScopedAdmin):
    """A change of plan is a new agreement: end the present one first."""

    customer_path = "customer"
    list_display = ["customer", "plan", "starts_at", "ends_at", "signed_on"]
    list_filter = ["plan"]
    list_select_related = ["customer", "plan__terms"]
    search_fields = ["customer__name", "customer__code"]
    autocomplete_fields = ["customer", "plan"]
    fields = ["customer", "plan", "starts_at", "ends_at", "signed_on"]
    date_hierarchy = "starts_at"
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Agreement | None = None) -> list[str]:
        """Only the end of a signed agreement can still be said."""
        return ["customer", "plan", "starts_at", "signed_on"] if obj is not None else []

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Agreement, form: Any, change: bool) -> None:
        """Stores it, and has the clocks of the customer's unfinished tickets read again."""
        super().save_model(request, obj, form, change)
        now = timezone.now()
        # The sweep reads them within seconds; until then the desk shows them as being read.
        Ticket.objects.filter(
            customer=obj.customer, status__in=[Status.OPEN, Status.WAITING]
        ).update(clocks_stale_since=now, clocks_retry_at=now)


class AgreementFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Its relation has no name backwards (`related_name="+"`), so its fields need one."""

    @classmethod
    def get_default_prefix(cls) -> str:
        """What the names of the fields begin with."""
        return "agreements"


class AgreementInline(BaseInline):
    """The contracts of a customer, to see."""

    model = Agreement
    formset = AgreementFormSet
    fields = ["plan", "starts_at", "ends_at", "signed_on"]
    readonly_fields = ["plan", "starts_at", "ends_at", "signed_on"]
    extra = 0
    can_delete = False
    ordering = ["-starts_at"]
    show_change_link = True
    verbose_name_plural = _("agreements")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Agreements have a page of their own."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Agreements have a page of their own."""
        return False


class CustomerAdmin(PlainCustomerAdmin):
    """The final page of a customer: with what was signed."""

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[type[InlineModelAdmin]]:  # type: ignore[type-arg]
        """A new customer has signed nothing yet."""
        return [*self.inlines, AgreementInline] if obj is not None else [*self.inlines]
