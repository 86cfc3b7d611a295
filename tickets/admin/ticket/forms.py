"""The small forms of the ticket page; the operations judge, the forms only read."""

from typing import TYPE_CHECKING

from django import forms
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from tickets.admin.labels import SEVERITY_NAMES
from tickets.domain.words import Severity, WaitCause
from tickets.models import Customer, Ticket
from tickets.queries import agents, person_name

if TYPE_CHECKING:
    UserChoice = forms.ModelChoiceField[User]
    CustomerChoice = forms.ModelChoiceField[Customer]
else:
    # Generic for the type checker only.
    UserChoice = CustomerChoice = forms.ModelChoiceField


class TicketForm(forms.Form):
    """A form about one ticket."""

    def __init__(
        self, ticket: Ticket, site: AdminSite, data: object = None, files: object = None
    ) -> None:
        self.ticket = ticket
        super().__init__(
            data,  # type: ignore[arg-type]
            files,  # type: ignore[arg-type]
            initial=self.initial_of(ticket),
            auto_id=f"{self.prefix_of()}-%s",
        )
        self.prepare(site)

    @classmethod
    def prefix_of(cls) -> str:
        """Keeps the ids of several forms on one page apart."""
        return cls.__name__.removesuffix("Form").lower()

    def initial_of(self, ticket: Ticket) -> dict[str, object]:
        """What the form shows at first."""
        return {}

    def prepare(self, site: AdminSite) -> None:
        """Choices that depend on the ticket."""


class PersonField(UserChoice):
    """Shows people by their names."""

    def label_from_instance(self, obj: User) -> str:
        """The full name, else the user name."""
        return person_name(obj)


class PlainForm(TicketForm):
    """Nothing but a button."""


class ResendForm(TicketForm):
    """Which answer of this ticket."""

    message = forms.IntegerField(widget=forms.HiddenInput)

    def clean_message(self) -> int:
        """An answer of this very ticket."""
        number = int(self.cleaned_data["message"])
        if not self.ticket.messages.filter(pk=number).exists():
            raise forms.ValidationError(_("There is no such answer in this ticket."))
        return number


class NoteForm(TicketForm):
    """Text for us."""

    note = forms.CharField(
        label=_("Internal note"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-submit-keys": ""}),
    )


class SeverityForm(TicketForm):
    """Which severity, since when, and why."""

    severity = forms.ChoiceField(
        label=_("Severity"),
        choices=[(value.value, f"{value.value}") for value in Severity],
    )
    mode = forms.ChoiceField(
        label=_("Why it changes"),
        choices=[
            ("misjudged", _("it was misjudged (counts from the start)")),
            ("worse", _("it got worse now (counts from now)")),
        ],
        initial="misjudged",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def initial_of(self, ticket: Ticket) -> dict[str, object]:
        """The present severity."""
        return {"severity": ticket.severity, "mode": "misjudged"}

    def prepare(self, site: AdminSite) -> None:
        """Severities with their names."""
        field = self.fields["severity"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [
                (code, f"{code} · {SEVERITY_NAMES[code]}") for code in map(str, Severity)
            ]


class WaitForm(TicketForm):
    """On whom the ticket waits."""

    cause = forms.ChoiceField(
        label=_("Wait for"),
        choices=[
            (WaitCause.CUSTOMER.value, _("the customer (pauses the resolution)")),
            (WaitCause.THIRD_PARTY.value, _("a third party")),
            (WaitCause.INTERNAL.value, _("us")),
        ],
    )

    def initial_of(self, ticket: Ticket) -> dict[str, object]:
        """The customer, unless it waits for somebody already."""
        return {"cause": ticket.wait_cause or WaitCause.CUSTOMER.value}


class AssignForm(TicketForm):
    """Who takes it; empty is nobody."""

    assignee = PersonField(
        label=_("Assignee"), queryset=User.objects.none(), required=False, empty_label=_("nobody")
    )

    def initial_of(self, ticket: Ticket) -> dict[str, object]:
        """The present assignee."""
        return {"assignee": ticket.assignee_id}

    def prepare(self, site: AdminSite) -> None:
        """Those a ticket can be given to."""
        field = self.fields["assignee"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = agents()


class CustomerForm(TicketForm):
    """Whose ticket it is."""

    customer = CustomerChoice(label=_("Customer"), queryset=Customer.objects.all())

    def initial_of(self, ticket: Ticket) -> dict[str, object]:
        """The present customer."""
        return {"customer": ticket.customer_id}

    def prepare(self, site: AdminSite) -> None:
        """A field that searches: there may be thousands of customers."""
        field = Ticket._meta.get_field("customer")  # noqa: SLF001  (Django documents _meta)
        self.fields["customer"].widget = AutocompleteSelect(
            field,
            site,
            choices=self.fields["customer"].choices,  # type: ignore[attr-defined]
        )
