"""One conversation about one thing that a customer needs."""

import re

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.domain.words import Attention, Channel, Severity, SeverityBy, Status, WaitCause
from tickets.models.contact import Contact
from tickets.models.customer import Customer
from tickets.models.source import Source

# The number part is bounded so that no text can overflow the database's integer.
REFERENCE = re.compile(r"\bSIVO-([1-9][0-9]{0,17})\b", re.IGNORECASE | re.ASCII)


class SeverityOrigin(models.TextChoices):
    """Who set the severity; a person's choice is never overwritten by a rule."""

    RULES = SeverityBy.RULES.value, _("Rules")
    PERSON = SeverityBy.PERSON.value, _("A person")
    SOURCE = SeverityBy.SOURCE.value, _("The source's priority")


class Ticket(models.Model):
    """The present state, derived from the log; every operation locks this row first (D4)."""

    subject = models.CharField(_("subject"), max_length=500, blank=True)
    channel = models.CharField(
        _("channel"), max_length=20, choices=[(value.value, value.value) for value in Channel]
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        default=Status.OPEN,
        choices=[
            (Status.OPEN, _("Open")),
            (Status.WAITING, _("Waiting")),
            (Status.SOLVED, _("Solved")),
            (Status.SPAM, _("Spam")),
        ],
    )
    wait_cause = models.CharField(
        _("waits for"),
        max_length=12,
        blank=True,
        choices=[
            (WaitCause.CUSTOMER, _("the customer")),
            (WaitCause.THIRD_PARTY, _("a third party")),
            (WaitCause.INTERNAL, _("us")),
        ],
    )
    severity = models.CharField(
        _("severity"), max_length=2, choices=[(value.value, value.value) for value in Severity]
    )
    severity_origin = models.CharField(
        _("severity set by"), max_length=8, choices=SeverityOrigin, default=SeverityOrigin.RULES
    )
    needs_triage = models.BooleanField(_("needs triage"), default=False)
    stated_priorities = models.JSONField(
        _("priorities as stated"),
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        editable=False,
        help_text=_("The origin's own words: what the customer chose, and what the helpdesk says."),
    )
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
    )
    requester = models.ForeignKey(
        Contact,
        verbose_name=_("requester"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assignee"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="tickets",
    )
    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="tickets"
    )
    thread = models.CharField(_("ticket id at the source"), max_length=255, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    last_customer_message_at = models.DateTimeField(_("customer wrote last"), null=True, blank=True)
    answered_at = models.DateTimeField(_("first answered at"), null=True, blank=True)
    solved_at = models.DateTimeField(_("solved at"), null=True, blank=True)
    attention = models.CharField(
        _("needs attention"),
        max_length=10,
        blank=True,
        choices=[
            (Attention.BOUNCED, _("An answer came back undelivered")),
            (Attention.UNSENT, _("An answer could not be sent")),
            (Attention.LOOP, _("Machines may be writing to each other")),
            (Attention.RECOVERED, _("The customer says that it works again")),
        ],
    )
    attention_at = models.DateTimeField(_("needs attention since"), null=True, blank=True)
    parked_at = models.DateTimeField(
        _("automatic mail stopped at"),
        null=True,
        blank=True,
        help_text=_("Nothing automatic is sent in this conversation until a person says so."),
    )
    clocks_stale_since = models.DateTimeField(_("clocks stale since"), null=True, blank=True)
    clocks_retry_at = models.DateTimeField(_("clocks read again at"), null=True, blank=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-opened_at"]
        constraints = [
            models.UniqueConstraint(
                "source",
                "thread",
                condition=~models.Q(thread=""),
                name="one_ticket_per_source_and_thread",
            ),
            models.CheckConstraint(
                condition=models.Q(severity__in=[value.value for value in Severity]),
                name="severity_is_s1_to_s4",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=[value.value for value in Status]),
                name="ticket_status_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-opened_at"], name="tickets_of_a_customer"),
            models.Index(fields=["status", "-opened_at"], name="tickets_by_status"),
            models.Index(
                fields=["attention_at"],
                condition=~models.Q(attention=""),
                name="tickets_that_need_attention",
            ),
            models.Index(
                fields=["clocks_retry_at"],
                condition=models.Q(clocks_retry_at__isnull=False),
                name="tickets_with_stale_clocks",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.subject}"

    @property
    def reference(self) -> str:
        """What customers and agents call this ticket, such as SIVO-1042."""
        return f"SIVO-{self.pk}"
