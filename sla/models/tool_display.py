"""How deadlines are shown in the tool of one source; whether they are is said by its access."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from sla.domain.tools.display import Display
from sla.models.notice import LANGUAGES
from tickets.models import Source


class ToolDisplay(models.Model):
    """What an operator wants, and how writing does.

    `shows_since`: facts before this instant get no note; null: nothing has been shown yet.
    `settings_seen` tells when access or display were edited; `catch_up_at`: then every ticket of
    the source is looked through. `held_until`: the tool refuses us, and is not asked before.
    """

    source = models.OneToOneField(
        Source, verbose_name=_("source"), on_delete=models.CASCADE, related_name="+"
    )
    fields = models.JSONField(_("fields of the tool"), default=dict, blank=True)
    tags = models.BooleanField(
        _("set tags"),
        default=True,
        help_text=_("sivo_at_risk and sivo_missed; they are taken away when the answer is given."),
    )
    due_tag = models.BooleanField(
        _("set a tag with the deadline"),
        default=True,
        help_text=_("Such as sivo_due_2026-11-26_1405, for tools in which no field was made."),
    )
    note_at_risk = models.BooleanField(
        _("note when a promise is at risk"),
        default=True,
        help_text=_("An internal note: customers do not see it."),
    )
    note_missed = models.BooleanField(
        _("note when a promise is missed"),
        default=True,
        help_text=_("An internal note: customers do not see it."),
    )
    language = models.CharField(_("language"), max_length=2, default="es", choices=LANGUAGES)
    zone = models.CharField(_("time zone"), max_length=64, default="Europe/Madrid")
    shows_since = models.DateTimeField(_("shown since"), null=True, blank=True, editable=False)
    settings_seen = models.CharField(max_length=64, blank=True, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    catch_up_at = models.DateTimeField(null=True, blank=True, editable=False)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True, editable=False)
    trouble = models.CharField(_("trouble"), max_length=300, blank=True, editable=False)
    trouble_since = models.DateTimeField(_("trouble since"), null=True, blank=True, editable=False)
    written_at = models.DateTimeField(_("written last"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("display in a tool")
        verbose_name_plural = _("displays in tools")

    def __str__(self) -> str:
        return str(self.source)

    def clean(self) -> None:
        """A zone that exists."""
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, LookupError):
            raise ValidationError({"zone": _("Enter a zone such as Europe/Madrid.")}) from None

    def value(self) -> Display:
        """As a pure value."""
        return Display(
            source_id=self.source_id,
            kind=self.source.kind,
            fields={str(code): str(name) for code, name in self.fields.items()},
            tags=self.tags,
            due_tag=self.due_tag,
            note_at_risk=self.note_at_risk,
            note_missed=self.note_missed,
            language=self.language,
            zone=self.zone,
            since=self.shows_since,
        )

    def is_held(self, now: datetime) -> bool:
        """Whether the tool is left alone because it refuses us."""
        return self.held_until is not None and self.held_until > now
