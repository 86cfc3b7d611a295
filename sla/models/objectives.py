"""Internal objectives: next response and resolution, changeable without notice."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.append_only import append_only_triggers


class Objectives(models.Model):
    """One version of the internal objectives; never shown to a customer as a promise."""

    version = models.CharField(_("version"), max_length=20, unique=True)
    effective_from = models.DateTimeField(_("in force from"))
    document = models.TextField(_("document (TOML)"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    loaded_at = models.DateTimeField(_("loaded at"))

    append_only = True

    class Meta:
        verbose_name = _("internal objectives")
        verbose_name_plural = _("internal objectives")
        ordering = ["effective_from"]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return self.version
