"""How late the service itself was, hour by hour: a few numbers for each, kept for a while."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sla.domain.escalation.lag import Histogram


class LagKind(models.TextChoices):
    """What was late."""

    DETECTION = "detection", _("Detection")
    FIRING = "firing", _("Firing")


class LagHour(models.Model):
    """One hour (UTC) of one kind, computed from the logs; without an hour: all that was dropped.

    `counts` says how many rows of the log there were, by kind or outcome, measured or not.
    """

    kind = models.CharField(_("kind"), max_length=9, choices=LagKind)
    hour = models.DateTimeField(_("hour"), null=True, blank=True)
    measured = models.BigIntegerField(_("measured"), default=0)
    total_ms = models.BigIntegerField(_("sum in milliseconds"), default=0)
    p50_ms = models.BigIntegerField(_("median in milliseconds"), default=0)
    p95_ms = models.BigIntegerField(_("95 of 100 within (milliseconds)"), default=0)
    p99_ms = models.BigIntegerField(_("99 of 100 within (milliseconds)"), default=0)
    most_ms = models.BigIntegerField(_("longest in milliseconds"), default=0)
    up_to = ArrayField(models.BigIntegerField(), verbose_name=_("at most each bound"))
    counts = models.JSONField(_("counts"), default=dict)

    class Meta:
        verbose_name = _("lag of the service")
        verbose_name_plural = _("lag of the service")
        ordering = ["kind", "-hour"]
        constraints = [
            models.UniqueConstraint(
                "kind", "hour", nulls_distinct=False, name="one_lag_per_kind_and_hour"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=LagKind.values), name="lag_is_of_a_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.hour:%Y-%m-%d %H:%M}" if self.hour else f"{self.kind} before"

    @property
    def histogram(self) -> Histogram:
        """Its part that can be added up."""
        return Histogram(up_to=tuple(self.up_to), measured=self.measured, total_ms=self.total_ms)
