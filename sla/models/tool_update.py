"""The outbox of what is written into tools: how each ticket's promise stands, and its notes."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sla.models.clock import Clock
from tickets.models import Source, Ticket


class UpdateKind(models.TextChoices):
    """What is written."""

    STATE = "state", _("Deadline and state")
    AT_RISK = "at_risk", _("Note: at risk")
    MISSED = "missed", _("Note: missed")


class UpdateState(models.TextChoices):
    """Where it is on its way."""

    WAITING = "waiting", _("Waiting")
    WRITTEN = "written", _("Written")
    GIVEN_UP = "given_up", _("Given up")
    GONE = "gone", _("Not there any more")
    OVERTAKEN = "past", _("Overtaken")


class ToolUpdate(models.Model):
    """One row for how a ticket's promise stands, and one for each note about one of its clocks.

    `wanted` holds codes and instants only, never a customer's text. A row that is being written
    has its lease as `next_attempt_at`; `claim` counts the claims, so that who comes back after its
    lease sees that another one was faster.
    """

    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ticket = models.ForeignKey(
        Ticket, verbose_name=_("ticket"), on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=UpdateKind)
    clock = models.ForeignKey(
        Clock,
        verbose_name=_("clock"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    wanted = models.JSONField(_("what is to be shown"))
    wanted_sha = models.CharField(max_length=64)
    written_sha = models.CharField(max_length=64, blank=True)
    state = models.CharField(
        _("state"), max_length=8, choices=UpdateState, default=UpdateState.WAITING
    )
    claim = models.BigIntegerField(default=0, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    trouble = models.CharField(_("trouble"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("wanted since"))
    written_at = models.DateTimeField(_("written at"), null=True, blank=True)

    class Meta:
        verbose_name = _("update in a tool")
        verbose_name_plural = _("updates in tools")
        ordering = ["-made_at", "-id"]
        permissions = [("replay_toolupdate", _("Can have an update written again"))]
        constraints = [
            models.UniqueConstraint(
                "ticket", condition=Q(kind=UpdateKind.STATE), name="one_shown_state_per_ticket"
            ),
            models.UniqueConstraint("clock", "kind", name="one_note_per_clock_and_kind"),
            models.CheckConstraint(
                condition=Q(kind=UpdateKind.STATE, clock__isnull=True)
                | (Q(kind__in=[UpdateKind.AT_RISK, UpdateKind.MISSED]) & Q(clock__isnull=False)),
                name="notes_name_their_clock",
            ),
            models.CheckConstraint(
                condition=Q(state=UpdateState.WAITING, next_attempt_at__isnull=False)
                | (~Q(state=UpdateState.WAITING) & Q(next_attempt_at__isnull=True)),
                name="waiting_updates_have_a_next_attempt",
            ),
        ]
        indexes = [
            models.Index(
                fields=["source", "next_attempt_at"],
                condition=Q(state=UpdateState.WAITING),
                name="updates_to_write",
            ),
            models.Index(fields=["source", "state"], name="updates_of_a_source"),
            models.Index(fields=["-made_at", "-id"], name="newest_updates"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.state}"
