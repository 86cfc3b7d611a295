"""A source that runs in the shadow: the tool's own SLA figures are kept beside ours, per ticket."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sla.domain.clocks.target import Metric
from sla.domain.tools.shadow_records import Verdict
from tickets.models import Source, Ticket


class ShadowRun(models.Model):
    """While it runs, escalations of the source's tickets are recorded and nobody is told.

    `cursor` is how far the tool has been read, in its own terms.
    """

    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="+"
    )
    began_at = models.DateTimeField(_("began at"))
    begun_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("begun by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("ended by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    cursor = models.CharField(_("read up to"), max_length=200, blank=True, editable=False)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True, editable=False)
    next_read_at = models.DateTimeField(_("next reading at"), null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    trouble = models.CharField(_("trouble"), max_length=300, blank=True, editable=False)
    schedules = models.JSONField(
        _("business hours of the tool"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        editable=False,
    )
    schedules_read_at = models.DateTimeField(
        _("business hours read at"), null=True, blank=True, editable=False
    )
    schedules_trouble = models.CharField(
        _("why business hours are not known"),
        max_length=300,
        default="",
        db_default="",
        blank=True,
        editable=False,
    )

    class Meta:
        verbose_name = _("shadow run")
        verbose_name_plural = _("shadow runs")
        ordering = ["-began_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                "source", condition=Q(ended_at__isnull=True), name="one_open_shadow_run_per_source"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
                name="a_shadow_run_ends_after_it_began",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_read_at"],
                condition=Q(ended_at__isnull=True),
                name="shadow_runs_to_read",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.began_at:%Y-%m-%d}"


class ShadowFigure(models.Model):
    """One ticket's metric as the tool counts it, and how ours stands beside it. Instants and codes.

    `differences`: what, theirs, ours and causes of each, as compared at `compared_at`.
    """

    run = models.ForeignKey(
        ShadowRun, verbose_name=_("shadow run"), on_delete=models.CASCADE, related_name="figures"
    )
    thread = models.CharField(_("ticket id at the source"), max_length=255)
    ticket = models.ForeignKey(
        Ticket,
        verbose_name=_("ticket"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    metric = models.CharField(
        _("metric"),
        max_length=16,
        default=Metric.FIRST_RESPONSE,
        choices=[(Metric.FIRST_RESPONSE, _("First response"))],
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    missed = models.BooleanField(_("missed"), null=True, blank=True)
    target_us = models.BigIntegerField(_("target in microseconds"), null=True, blank=True)
    in_business_hours = models.BooleanField(_("in business hours"), null=True, blank=True)
    has_target = models.BooleanField(_("has a target there"), default=False)
    is_gone = models.BooleanField(_("deleted or merged there"), default=False)
    read_at = models.DateTimeField(_("read at"))
    compared_at = models.DateTimeField(_("compared at"), null=True, blank=True)
    verdict = models.CharField(
        _("result"),
        max_length=7,
        default=Verdict.OPEN,
        choices=[
            (Verdict.OPEN, _("Not decided yet")),
            (Verdict.AGREES, _("Agrees")),
            (Verdict.DIFFERS, _("Differs")),
        ],
    )
    is_unexplained = models.BooleanField(_("not explained"), default=False)
    differences = models.JSONField(_("differences"), default=list)

    class Meta:
        verbose_name = _("figure of a shadow run")
        verbose_name_plural = _("figures of shadow runs")
        ordering = ["-is_unexplained", "-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                "run", "thread", "metric", name="one_shadow_figure_per_ticket_and_metric"
            ),
            models.CheckConstraint(
                condition=Q(is_unexplained=False) | Q(verdict=Verdict.DIFFERS),
                name="only_a_difference_is_unexplained",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "verdict"], name="shadow_figures_by_verdict"),
            models.Index(
                fields=["run", "-started_at"],
                condition=Q(is_unexplained=True),
                name="unexplained_shadow_figures",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.thread} {self.verdict}"
