"""One webhook call or raw e-mail as received: kept first, understood later, replayable."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.domain.words import MailRole
from tickets.models.source import Source

# How a delivery came that we asked the tool itself for: no caller can say so of its own.
TOOL_API = "tool_api"


class DeliveryState(models.TextChoices):
    """Where a delivery stands; only `waiting` is unfinished."""

    WAITING = "waiting", _("Waiting")
    PROCESSED = "processed", _("Processed")
    IGNORED = "ignored", _("Ignored")
    QUARANTINED = "quarantined", _("Quarantined")


class Outcome(models.TextChoices):
    """What became of a delivery, in the words of the `ingest_email` command."""

    OPENED = "opened", _("Opened a ticket")
    APPENDED = "appended", _("Added to a ticket")
    IGNORED = "ignored", _("Ignored")
    DUPLICATE = "duplicate", _("Duplicate")
    QUARANTINED = "quarantined", _("Quarantined")


class Delivery(models.Model):
    """The raw bytes with their fate. `body` can be erased; the hash stays."""

    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="deliveries"
    )
    external_id = models.CharField(_("delivery id"), max_length=255)
    body = models.BinaryField(_("raw body"), editable=False)
    body_sha256 = models.CharField(_("SHA-256"), max_length=64, editable=False)
    size = models.PositiveIntegerField(_("size in bytes"))
    headers = models.JSONField(_("headers"), default=dict)
    received_at = models.DateTimeField(
        _("received at"),
        help_text=_("When the delivery reached us; starts a clock at the earliest."),
    )
    arrived_by = models.CharField(_("how the time was found"), max_length=40, default="arrival")
    mail_id = models.CharField(_("Message-ID"), max_length=255, blank=True, editable=False)
    role = models.CharField(
        _("found in"),
        max_length=8,
        default=MailRole.RECEIVED,
        choices=[
            (MailRole.RECEIVED, _("received mail")),
            (MailRole.SENT, _("sent mail")),
        ],
    )
    times = models.JSONField(
        _("candidate times"),
        default=dict,
        blank=True,
        help_text=_("Every instant that could have counted as the receipt, by its origin."),
    )
    stored_at = models.DateTimeField(_("stored at"))
    state = models.CharField(
        _("state"), max_length=12, choices=DeliveryState, default=DeliveryState.WAITING
    )
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    conflict = models.BooleanField(_("same id, other body"), default=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    ticket = models.ForeignKey(
        "tickets.Ticket",
        verbose_name=_("ticket"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deliveries",
    )
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-stored_at"]
        permissions = [("replay_delivery", _("Can process a delivery again"))]
        constraints = [
            models.UniqueConstraint(
                "source",
                "external_id",
                condition=models.Q(conflict=False),
                name="one_delivery_per_source_and_id",
            ),
            models.UniqueConstraint(
                "source",
                "external_id",
                "body_sha256",
                condition=models.Q(conflict=True),
                name="one_conflict_per_source_id_and_body",
            ),
            models.CheckConstraint(
                condition=models.Q(state=DeliveryState.WAITING, next_attempt_at__isnull=False)
                | (~models.Q(state=DeliveryState.WAITING) & models.Q(next_attempt_at__isnull=True)),
                name="only_waiting_deliveries_have_a_next_attempt",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(state=DeliveryState.WAITING),
                name="deliveries_that_wait",
            ),
            models.Index(
                fields=["mail_id"],
                condition=models.Q(state=DeliveryState.WAITING) & ~models.Q(mail_id=""),
                name="mails_that_wait_by_message_id",
            ),
            models.Index(fields=["state", "-stored_at"], name="deliveries_by_state"),
            models.Index(fields=["source", "stored_at"], name="deliveries_of_a_source"),
            models.Index(
                fields=["stored_at"],
                condition=models.Q(erased_at__isnull=True),
                name="deliveries_to_erase",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id[:40]}"

    @property
    def is_confirmed(self) -> bool:
        """Whether we asked the tool's API for it: its times are believed whole."""
        return self.arrived_by == TOOL_API
