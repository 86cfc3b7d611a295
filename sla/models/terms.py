"""One published version of the SLA document, immutable once loaded."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.append_only import append_only_triggers


class Terms(models.Model):
    """The whole document as data, with its hash; plans and calendars hang on it as rows."""

    version = models.CharField(_("version"), max_length=20, unique=True)
    announced_on = models.DateField(_("announced on"))
    effective_from = models.DateTimeField(_("in force from"))
    document = models.TextField(_("document (TOML)"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    loaded_at = models.DateTimeField(_("loaded at"))

    append_only = True

    class Meta:
        verbose_name = _("terms")
        verbose_name_plural = _("terms")
        ordering = ["effective_from"]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return self.version
