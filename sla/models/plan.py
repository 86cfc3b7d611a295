"""Starter, Pro, Enterprise: one plan within one version of the terms."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sla.models.terms import Terms
from tickets.models.append_only import append_only_triggers


class Plan(models.Model):
    """A plan as published; its targets are read from the terms' document (clause 7)."""

    terms = models.ForeignKey(
        Terms, verbose_name=_("terms"), on_delete=models.PROTECT, related_name="plans"
    )
    code = models.SlugField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    strictness = models.PositiveSmallIntegerField(
        _("strictness"), help_text=_("A higher number is a better plan for the customer.")
    )

    append_only = True

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["terms", "strictness"]
        constraints = [
            models.UniqueConstraint("terms", "code", name="one_plan_per_terms_and_code"),
        ]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.name} ({self.terms.version})"
