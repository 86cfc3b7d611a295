"""Steps that fired, and who acknowledged: two logs that only grow."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sla.domain.escalation.words import Outcome
from sla.models.clock import Clock
from sla.models.escalation_policy import EscalationPolicy
from tickets.models.append_only import append_only_triggers


class Escalation(models.Model):
    """One step of one clock: `due_at` is when it should have fired, `fired_at` when it did.

    `step_code` is `<policy code>/<step code>`, the same in every version of the policy; repeat 0
    is the step itself. `detail` holds ids, codes and instants only.
    """

    clock = models.ForeignKey(
        Clock, verbose_name=_("clock"), on_delete=models.PROTECT, related_name="escalations"
    )
    policy = models.ForeignKey(
        EscalationPolicy,
        verbose_name=_("policy"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    step_code = models.CharField(_("step"), max_length=81)
    repeat = models.PositiveSmallIntegerField(_("repeat"), default=0)
    due_at = models.DateTimeField(_("should have fired at"))
    fired_at = models.DateTimeField(_("fired at"))
    lag_ms = models.BigIntegerField(
        _("firing lag in milliseconds"),
        null=True,
        blank=True,
        help_text=_("How long after the instant it fired; empty where the log told it only later."),
    )
    outcome = models.CharField(
        _("outcome"),
        max_length=14,
        choices=[
            (Outcome.FIRED, _("Fired")),
            (Outcome.NOT_APPLICABLE, _("Not applicable: passed before the policy was made")),
            (Outcome.EMPTY, _("Nobody to tell")),
        ],
    )
    detail = models.JSONField(_("detail"), default=dict)

    append_only = True

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        ordering = ["-fired_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                "clock", "step_code", "repeat", name="one_escalation_per_clock_and_step"
            ),
            models.CheckConstraint(
                condition=Q(fired_at__gte=models.F("due_at")),
                name="an_escalation_never_fires_early",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=[outcome.value for outcome in Outcome]),
                name="escalation_outcome_is_known",
            ),
        ]
        indexes = [models.Index(fields=["-fired_at", "-id"], name="newest_escalations")]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.step_code} {self.repeat} {self.due_at:%Y-%m-%d %H:%M:%S}"


class AcknowledgedVia(models.TextChoices):
    """How somebody said that they are on it."""

    ADMIN = "admin", _("Desk")
    LINK = "link", _("Link in a notice")


class Acknowledgement(models.Model):
    """Somebody is on it: stops the repeats of the steps before it, never the next steps."""

    clock = models.ForeignKey(
        Clock, verbose_name=_("clock"), on_delete=models.PROTECT, related_name="acknowledgements"
    )
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    via = models.CharField(_("by way of"), max_length=5, choices=AcknowledgedVia)
    notice = models.ForeignKey(
        "Notice",
        verbose_name=_("notice"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="acknowledgements",
    )

    append_only = True

    class Meta:
        verbose_name = _("escalation acknowledgement")
        verbose_name_plural = _("escalation acknowledgements")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                "clock",
                "notice",
                condition=Q(notice__isnull=False),
                name="a_notice_acknowledges_a_clock_once",
            ),
            models.CheckConstraint(
                condition=Q(via__in=AcknowledgedVia.values), name="acknowledged_by_a_known_way"
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.clock_id} {self.at:%Y-%m-%d %H:%M:%S}"
