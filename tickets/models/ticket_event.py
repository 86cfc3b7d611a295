"""The append-only log of a ticket: ids, kinds and instants, never text or addresses (D5)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.domain.words import EventKind
from tickets.models.append_only import append_only_triggers
from tickets.models.delivery import Delivery
from tickets.models.message import Message
from tickets.models.ticket import Ticket


class TicketEvent(models.Model):
    """One fact: `at` is when it happened (UTC), `recorded_at` when we learnt of it."""

    ticket = models.ForeignKey(
        Ticket, verbose_name=_("ticket"), on_delete=models.PROTECT, related_name="events"
    )
    kind = models.CharField(
        _("kind"), max_length=20, choices=[(kind.value, kind.value) for kind in EventKind]
    )
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    message = models.ForeignKey(
        Message, null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    delivery = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )
    details = models.JSONField(_("details"), default=dict)
    key = models.CharField(_("idempotency key"), max_length=100)

    append_only = True

    class Meta:
        verbose_name = _("log entry")
        verbose_name_plural = _("log entries")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint("ticket", "key", name="one_event_per_ticket_and_key"),
        ]
        indexes = [
            models.Index(fields=["ticket", "at", "id"], name="events_of_a_ticket_in_order"),
            # What the API looks through for the tickets that changed since an instant.
            models.Index(fields=["recorded_at", "ticket"], name="events_by_recording"),
        ]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"
