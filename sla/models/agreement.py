"""The contract: one customer on one plan for a period, with the terms of its signature."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from sla.models.plan import Plan
from tickets.models import Customer


class TstzRange(Func):
    """`tstzrange(from, to, '[)')`."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class SameInteger(Func):
    """An integer as a one-element range: GiST can compare it without an extension."""

    template = "int8range(%(expressions)s, %(expressions)s, '[]')"


class Agreement(models.Model):
    """Half-open period in UTC; `plan` belongs to the terms in force at signature."""

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="+"
    )
    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="agreements"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"), null=True, blank=True)
    signed_on = models.DateField(_("signed on"))

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ["customer", "-starts_at"]
        constraints = [
            ExclusionConstraint(
                name="one_agreement_per_customer_at_a_time",
                expressions=[
                    (SameInteger(F("customer_id")), RangeOperators.OVERLAPS),
                    (
                        TstzRange("starts_at", "ends_at", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_(
                    "This customer has another agreement in this period: end that one first."
                ),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="agreement_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-starts_at"], name="agreements_of_a_customer")]

    def __str__(self) -> str:
        return f"{self.customer}: {self.plan}"

    def clean(self) -> None:
        """An end after the start, said in words before the database says it."""
        if self.ends_at and self.starts_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("The end must lie after the start.")})
