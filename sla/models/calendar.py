"""Business calendars and their content-addressed versions, which clocks pin."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.append_only import append_only_triggers


class BusinessCalendar(models.Model):
    """A named calendar; new tickets start on its current version."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    region = models.CharField(
        _("region"), max_length=10, blank=True, help_text=_("Whose holidays are kept: MD, CT, …")
    )
    current = models.ForeignKey(
        "CalendarVersion",
        verbose_name=_("current version"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    covered_to_year = models.PositiveSmallIntegerField(
        _("holidays known up to"), null=True, blank=True
    )

    class Meta:
        verbose_name = _("business calendar")
        verbose_name_plural = _("business calendars")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class CalendarVersion(models.Model):
    """Hours, holiday dates with names, zone and tzdata version; its hash is its identity."""

    sha256 = models.CharField(_("SHA-256"), max_length=64, unique=True)
    code = models.SlugField(_("code"), max_length=40)
    definition = models.JSONField(_("definition"))
    tzdata_version = models.CharField(_("tzdata version"), max_length=20)
    created_at = models.DateTimeField(_("created at"))

    append_only = True

    class Meta:
        verbose_name = _("calendar version")
        verbose_name_plural = _("calendar versions")
        ordering = ["-created_at"]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.code} {self.sha256[:12]}"
