"""The clocks' append-only ledger: a change of state is a row."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from sla.domain.clocks.ledger import EntryKind
from sla.models.clock import Clock
from tickets.models.append_only import append_only_triggers

ENTRY_LABELS = {
    EntryKind.STARTED: _("Started"),
    EntryKind.DUE_MOVED: _("Deadline moved"),
    EntryKind.PAUSED: _("Paused"),
    EntryKind.RESUMED: _("Resumed"),
    EntryKind.AT_RISK: _("At risk"),
    EntryKind.MET: _("Target met"),
    EntryKind.BREACHED: _("Target missed"),
    EntryKind.CORRECTED: _("Breach corrected"),
    EntryKind.STOPPED_LATE: _("Answered late"),
    EntryKind.CANCELLED: _("Cancelled"),
    EntryKind.REOPENED: _("Running again"),
    EntryKind.VOIDED: _("Void: its start is no longer in the log"),
    EntryKind.RESTORED: _("No longer void"),
    EntryKind.REPINNED: _("Read with other terms"),
}


class ClockEntry(models.Model):
    """`at` is when it became so, `recorded_at` when we wrote it down; codes and instants only."""

    clock = models.ForeignKey(
        Clock, verbose_name=_("clock"), on_delete=models.PROTECT, related_name="entries"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=list(ENTRY_LABELS.items()))
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    lag_ms = models.BigIntegerField(
        _("detection lag in milliseconds"),
        null=True,
        blank=True,
        help_text=_("How long after the instant the sweep noticed; empty where nothing was swept."),
    )
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"))

    append_only = True

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["recorded_at", "id"]
        indexes = [
            models.Index(fields=["clock", "recorded_at", "id"], name="entries_of_a_clock"),
            models.Index(fields=["kind", "-at"], name="entries_by_kind"),
            models.Index(
                fields=["recorded_at"],
                condition=models.Q(kind__in=[EntryKind.BREACHED, EntryKind.AT_RISK]),
                name="detections_by_time",
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"
