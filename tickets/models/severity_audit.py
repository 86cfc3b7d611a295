"""The weekly random audit: which tickets nobody took for S1 a person looks at, and the answers."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.append_only import append_only_triggers
from tickets.models.severity_correction import SEVERITIES
from tickets.models.ticket import Ticket


class SeverityAudit(models.Model):
    """One draw; `week_from` is its Monday, in the time zone of the service."""

    week_from = models.DateField(_("week from"), unique=True)
    seed = models.BigIntegerField(_("seed"))
    unseen = models.PositiveIntegerField(_("tickets that nobody took for S1"))
    found = models.PositiveIntegerField(_("S1 that were found"))
    missed = models.PositiveIntegerField(_("S1 that a person had to find"))
    drawn_at = models.DateTimeField(_("drawn at"))

    append_only = True

    class Meta:
        verbose_name = _("severity audit")
        verbose_name_plural = _("severity audit")
        ordering = ["-week_from"]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.week_from:%G-W%V}"


class SeverityAuditTicket(models.Model):
    """A ticket that was drawn, in the order of the draw."""

    audit = models.ForeignKey(
        SeverityAudit, verbose_name=_("audit"), on_delete=models.PROTECT, related_name="tickets"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    ticket = models.ForeignKey(
        Ticket, verbose_name=_("ticket"), on_delete=models.PROTECT, related_name="+"
    )
    verdict = models.CharField(_("judged as"), max_length=2, choices=SEVERITIES)
    model_version = models.CharField(_("version that judged"), max_length=40)

    append_only = True

    class Meta:
        verbose_name = _("ticket of an audit")
        verbose_name_plural = _("tickets of audits")
        ordering = ["audit", "position"]
        constraints = [
            models.UniqueConstraint("audit", "position", name="one_ticket_per_audit_and_position"),
            models.UniqueConstraint("audit", "ticket", name="a_ticket_is_drawn_once_per_audit"),
        ]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.audit} {self.position}"


class SeverityAuditAnswer(models.Model):
    """What a person reads in the first message of a drawn ticket; it changes no ticket."""

    drawn = models.OneToOneField(
        SeverityAuditTicket,
        verbose_name=_("ticket of an audit"),
        on_delete=models.PROTECT,
        related_name="answer",
    )
    severity = models.CharField(_("severity"), max_length=2, choices=SEVERITIES)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("at"))

    append_only = True

    class Meta:
        verbose_name = _("audit answer")
        verbose_name_plural = _("audit answers")
        ordering = ["at", "id"]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return self.severity
