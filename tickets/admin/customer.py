"""Customers with their e-mail domains, and the people who write."""

import hashlib
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tickets.admin.bases import BaseInline, ScopedAdmin
from tickets.domain.words import Status
from tickets.models import Contact, Customer, CustomerDomain
from tickets.queries import agents, person_name


class DomainInline(BaseInline):
    """The domains by which a customer's people are recognised."""

    model = CustomerDomain
    extra = 0
    # A wrong domain hands one company's mail to another: it can be taken away.
    can_delete = True


class CustomerAdmin(ScopedAdmin):
    """The companies that bought."""

    list_display = ["name", "code", "csm_name", "open_tickets", "language"]
    ordering = ["name"]
    list_select_related = ["csm"]
    search_fields = ["name", "code", "domains__domain"]
    prepopulated_fields = {"code": ["name"]}
    inlines = [DomainInline]
    list_per_page = 50
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of unfinished tickets."""
        unfinished = Q(tickets__status__in=[Status.OPEN, Status.WAITING])
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(
            open_tickets=Count("tickets", filter=unfinished, distinct=True)
        )
        return counted

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """Only while the code can still be chosen."""
        may_edit = self.has_change_permission(request, obj) if obj else True
        return {"code": ["name"]} if may_edit and obj is None else {}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A manager is an active person of ours."""
        if db_field.name == "csm":
            kwargs["queryset"] = agents()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("customer success manager"), ordering="csm__first_name")
    def csm_name(self, customer: Customer) -> str:
        """Who owns the customer."""
        csm = customer.csm
        return person_name(csm) or "–"

    @admin.display(description=_("unfinished tickets"), ordering="open_tickets")
    def open_tickets(self, customer: Any) -> int:
        """How many tickets are not solved."""
        return int(customer.open_tickets)


class ContactForm(forms.ModelForm):  # type: ignore[type-arg]
    """Addresses are kept in lower case."""

    def clean_email(self) -> str:
        """The address as it is compared."""
        return str(self.cleaned_data.get("email") or "").strip().lower()


class ContactAdmin(ScopedAdmin):
    """The people who write; whoever asks to be forgotten is erased by `erase_contact`."""

    customer_path = "customer"
    form = ContactForm
    list_display = ["__str__", "email", "customer"]
    list_select_related = ["customer"]
    search_fields = ["name", "email", "customer__name"]
    autocomplete_fields = ["customer"]
    fields = ["name", "email", "customer", "created_at", "erased_at"]
    readonly_fields = ["created_at", "erased_at"]
    list_per_page = 50
    show_full_result_count = False
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Contact | None = None) -> bool:
        """An erased person stays erased."""
        if obj is not None and obj.erased_at is not None:
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        """Keeps the hash of the address in step with it."""
        obj.email_sha256 = hashlib.sha256(obj.email.encode()).hexdigest() if obj.email else ""
        super().save_model(request, obj, form, change)
