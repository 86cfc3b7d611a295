"""What the rules said about a ticket's severity; quotes the customer, so it can be erased."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.message import Message
from tickets.models.ticket import Ticket


class Triage(models.Model):
    """One verdict of the classifier, kept to explain it and to learn from corrections."""

    ticket = models.ForeignKey(
        Ticket, verbose_name=_("ticket"), on_delete=models.CASCADE, related_name="triages"
    )
    # The message that was judged; unknown for the verdicts of older versions.
    message = models.ForeignKey(
        Message,
        verbose_name=_("message"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="triages",
    )
    severity = models.CharField(_("severity"), max_length=2)
    confidence = models.FloatField(_("confidence"))
    needs_triage = models.BooleanField(_("needs triage"))
    language = models.CharField(_("language"), max_length=8, blank=True)
    reasons = models.JSONField(_("reasons"), default=list)
    version = models.CharField(_("version"), max_length=40)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("severity verdict")
        verbose_name_plural = _("severity verdicts")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.severity} ({self.confidence:.2f})"
