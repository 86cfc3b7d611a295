"""Links to the panel that were made void before they expire; append-only."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models import Source, Ticket
from tickets.models.append_only import append_only_triggers


class PanelRevocation(models.Model):
    """From now on no link opens that was made before: of one ticket, else of the whole source."""

    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="+"
    )
    ticket = models.ForeignKey(
        Ticket,
        verbose_name=_("ticket"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="+",
    )

    append_only = True

    class Meta:
        verbose_name = _("revocation of panel links")
        verbose_name_plural = _("revocations of panel links")
        ordering = ["-at", "-id"]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.ticket or self.source} {self.at:%Y-%m-%d %H:%M:%S}"
