"""What people said of the verdicts on severity: append-only, and without any text (D5)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.domain.severity_evidence import CorrectionMode
from tickets.domain.words import Severity
from tickets.models.append_only import append_only_triggers
from tickets.models.message import Message
from tickets.models.ticket import Ticket

SEVERITIES = [(value.value, value.value) for value in Severity]


class SeverityCorrection(models.Model):
    """One correction or confirmation; the text it is about is the judged message's own."""

    ticket = models.ForeignKey(
        Ticket, verbose_name=_("ticket"), on_delete=models.PROTECT, related_name="corrections"
    )
    message = models.ForeignKey(
        Message,
        verbose_name=_("message that was judged"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    verdict = models.CharField(_("judged as"), max_length=2, choices=SEVERITIES)
    from_severity = models.CharField(_("from"), max_length=2, choices=SEVERITIES)
    to_severity = models.CharField(_("to"), max_length=2, choices=SEVERITIES)
    mode = models.CharField(
        _("what was said"),
        max_length=10,
        choices=[
            (CorrectionMode.MISJUDGED.value, _("was misjudged")),
            (CorrectionMode.GOT_WORSE.value, _("got worse")),
            (CorrectionMode.IS_OVER.value, _("is over")),
            (CorrectionMode.CONFIRMED.value, _("confirmed")),
        ],
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    # A note of the ticket, where an erasure reaches what it may quote.
    reason = models.ForeignKey(
        Message,
        verbose_name=_("reason"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    model_version = models.CharField(_("version that judged"), max_length=40)
    at = models.DateTimeField(_("at"))

    append_only = True

    class Meta:
        verbose_name = _("severity correction")
        verbose_name_plural = _("severity corrections")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(mode__in=[mode.value for mode in CorrectionMode]),
                name="correction_mode_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "-at", "-id"], name="corrections_of_a_ticket"),
            models.Index(fields=["-at", "-id"], name="newest_corrections"),
        ]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.from_severity} → {self.to_severity} ({self.mode})"
