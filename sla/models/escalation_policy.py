"""Who hears when: escalation policies, version by version, and the roles that they name."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sla.domain.clocks.target import Metric
from sla.domain.escalation.words import REPEATS_MOST, StepKind
from tickets.domain.words import Severity
from tickets.models.append_only import append_only_triggers, unchanging_triggers


class EscalationPolicy(models.Model):
    """One version of a policy; an edit is a new row, in force from `made_at` to the next version.

    An empty plan or severity stands for any. `is_retired`: from this version on the policy
    governs nothing, and a less exact one may.
    """

    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=100)
    plan_code = models.CharField(_("plan"), max_length=20, blank=True)
    severity = models.CharField(
        _("severity"),
        max_length=2,
        blank=True,
        choices=[(value.value, value.value) for value in Severity],
    )
    metric = models.CharField(
        _("metric"),
        max_length=16,
        choices=[
            (Metric.FIRST_RESPONSE, _("First response")),
            (Metric.NEXT_RESPONSE, _("Next response")),
            (Metric.RESOLUTION, _("Resolution")),
        ],
    )
    bases = models.JSONField(_("kinds of clock"), default=list)
    version = models.PositiveIntegerField(_("version"))
    is_current = models.BooleanField(_("in force"), default=True)
    is_retired = models.BooleanField(_("ended"), default=False)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("escalation policy")
        verbose_name_plural = _("escalation policies")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint("code", "version", name="one_row_per_policy_and_version"),
            models.UniqueConstraint(
                "plan_code",
                "severity",
                "metric",
                condition=Q(is_current=True),
                name="one_current_policy_per_plan_severity_and_metric",
            ),
            models.UniqueConstraint(
                "code", condition=Q(is_current=True), name="one_current_version_per_policy"
            ),
            models.CheckConstraint(
                condition=Q(is_current=False) | Q(is_retired=False),
                name="an_ended_policy_is_not_in_force",
            ),
        ]
        triggers = unchanging_triggers("is_current")

    def __str__(self) -> str:
        return f"{self.name} ({self.version})"


class EscalationStep(models.Model):
    """When somebody hears, and who; all of it in the clock's own time.

    `recipients`: assignee, csm, on_duty, source, role:<code>, user:<id>, channel:<id>.
    """

    policy = models.ForeignKey(
        EscalationPolicy,
        verbose_name=_("policy"),
        on_delete=models.PROTECT,
        related_name="steps",
    )
    code = models.SlugField(_("code"), max_length=40)
    kind = models.CharField(
        _("when"),
        max_length=10,
        choices=[
            (StepKind.FRACTION, _("At a share of the allowance")),
            (StepKind.BEFORE_DUE, _("Before the deadline")),
            (StepKind.AFTER_DUE, _("At or after the deadline")),
        ],
    )
    fraction = models.DecimalField(
        _("share of the allowance"), max_digits=6, decimal_places=4, null=True, blank=True
    )
    offset_us = models.BigIntegerField(_("offset in microseconds"), default=0)
    repeat_every_us = models.BigIntegerField(
        _("repeated every (microseconds)"), null=True, blank=True
    )
    repeat_at_most = models.PositiveSmallIntegerField(_("repeated at most"), default=0)
    recipients = models.JSONField(_("recipients"), default=list)

    append_only = True

    class Meta:
        verbose_name = _("escalation step")
        verbose_name_plural = _("escalation steps")
        ordering = ["policy", "id"]
        constraints = [
            models.UniqueConstraint("policy", "code", name="one_step_per_policy_and_code"),
            models.CheckConstraint(
                condition=Q(kind=StepKind.FRACTION, fraction__gte=0, offset_us=0)
                | Q(
                    kind__in=[StepKind.BEFORE_DUE, StepKind.AFTER_DUE],
                    fraction__isnull=True,
                    offset_us__gte=0,
                ),
                name="a_step_stands_at_a_share_or_at_an_offset",
            ),
            models.CheckConstraint(
                condition=Q(repeat_every_us__isnull=True, repeat_at_most=0)
                | Q(
                    repeat_every_us__gte=60_000_000,
                    repeat_at_most__gte=1,
                    repeat_at_most__lte=REPEATS_MOST,
                ),
                name="a_step_repeats_each_minute_at_most_and_not_for_ever",
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return self.code


class ContactRole(models.Model):
    """A task that people of ours hold, such as head of support; steps name it by its code."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("people"), blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
