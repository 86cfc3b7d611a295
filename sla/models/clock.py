"""One target running on one ticket: the stored answer of a replay (decision D1)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.target import Metric
from sla.models.agreement import Agreement
from sla.models.calendar import CalendarVersion
from tickets.models import Ticket


class Basis(models.TextChoices):
    """Why a clock runs; only `contract` is a promise, reports never mix it with the rest."""

    CONTRACT = "contract", _("Contract")
    OBJECTIVE = "objective", _("Internal objective")
    WATCH = "watch", _("Watched until triaged")
    CATCH_UP = "catch_up", _("Catch-up after late triage")


class ClockCause(models.TextChoices):
    """What made a breach, where we know it."""

    UNKNOWN = "", _("Not known")
    LATE_TRIAGE = "late_triage", _("Late triage")


class Clock(models.Model):
    """Recomputing it from the log and its pins is always safe and gives the same row."""

    ticket = models.ForeignKey(
        Ticket, verbose_name=_("ticket"), on_delete=models.PROTECT, related_name="+"
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
    basis = models.CharField(_("basis"), max_length=10, choices=Basis)
    run_key = models.CharField(
        _("run"), max_length=40, help_text=_("The log entry that started this run.")
    )
    agreement = models.ForeignKey(
        Agreement,
        verbose_name=_("agreement"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    plan_code = models.CharField(_("plan"), max_length=20)
    severity = models.CharField(_("severity"), max_length=2)
    terms_version = models.CharField(_("terms"), max_length=20)
    clause = models.CharField(_("clause"), max_length=20, blank=True)
    calendar_version = models.ForeignKey(
        CalendarVersion,
        verbose_name=_("calendar"),
        to_field="sha256",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    allowance_us = models.BigIntegerField(_("allowance in microseconds"))
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[
            (ClockState.RUNNING, _("Running")),
            (ClockState.PAUSED, _("Paused")),
            (ClockState.STOPPED, _("Stopped")),
            (ClockState.CANCELLED, _("Cancelled")),
        ],
    )
    started_at = models.DateTimeField(_("started at"))
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    at_risk_at = models.DateTimeField(_("at risk from"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    breached_at = models.DateTimeField(_("breached at"), null=True, blank=True)
    met = models.BooleanField(_("met"), null=True, blank=True)
    elapsed_us = models.BigIntegerField(_("elapsed microseconds"), default=0)
    cause = models.CharField(_("cause"), max_length=16, choices=ClockCause, blank=True, default="")
    pins = models.JSONField(_("pins"))
    read_at = models.DateTimeField(_("read at"))
    next_check_at = models.DateTimeField(_("next check at"), null=True, blank=True)
    void = models.BooleanField(_("void"), default=False)
    policies_read = models.BigIntegerField(
        _("newest escalation policy read"),
        default=0,
        db_default=0,
        editable=False,
        help_text=_("Its steps are planned anew once there is a newer one."),
    )

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        ordering = ["ticket", "started_at", "id"]
        permissions = [("view_breach_report", _("Can see the report of missed targets"))]
        constraints = [
            models.UniqueConstraint(
                "ticket", "metric", "basis", "run_key", name="one_clock_per_ticket_target_and_run"
            ),
            models.CheckConstraint(
                condition=models.Q(breached_at__isnull=True)
                | models.Q(breached_at=models.F("due_at")),
                name="a_breach_is_dated_at_its_due_instant",
            ),
            models.CheckConstraint(
                condition=models.Q(next_check_at__isnull=True)
                | models.Q(state=ClockState.RUNNING, void=False),
                name="only_running_clocks_are_watched",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=models.Q(next_check_at__isnull=False),
                name="clocks_to_check",
            ),
            models.Index(
                fields=["policies_read"],
                condition=models.Q(state=ClockState.RUNNING, void=False),
                name="clocks_to_plan",
            ),
            models.Index(fields=["ticket"], name="clocks_of_a_ticket"),
            models.Index(
                fields=["due_at"],
                condition=models.Q(state=ClockState.RUNNING, void=False),
                name="running_clocks_by_due",
            ),
            models.Index(
                fields=["basis", "due_at"], condition=models.Q(void=False), name="clocks_by_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.metric} {self.state}"
