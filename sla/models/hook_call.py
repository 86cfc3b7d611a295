"""What hooks are told: the events, the outbox of their calls, and the log of the attempts."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sla.models.hook import Hook
from tickets.models import Ticket


class HookEvent(models.Model):
    """One thing that happened, told to hooks: codes, ids, instants and names of companies.

    `id` follows from `key`, which names the entry of a log: making it twice is making it once.
    Nothing that a customer wrote is in it; it goes after its time and is never changed before.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    key = models.CharField(_("key"), max_length=80, unique=True)
    type = models.CharField(_("type"), max_length=24)
    at = models.DateTimeField(_("happened at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    ticket = models.ForeignKey(
        Ticket,
        verbose_name=_("ticket"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    data = models.JSONField(_("data"))

    class Meta:
        verbose_name = _("event for webhooks")
        verbose_name_plural = _("events for webhooks")
        ordering = ["-recorded_at"]
        indexes = [models.Index(fields=["recorded_at"], name="hook_events_by_recording")]
        triggers = [pgtrigger.Protect(name="refuse_update", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.type} {self.at:%Y-%m-%d %H:%M:%S}"


class CallState(models.TextChoices):
    """Where a call is on its way."""

    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Taken")
    GIVEN_UP = "given_up", _("Given up")


class HookCall(models.Model):
    """One event for one hook, kept until the other side took it or the attempts are used up."""

    event = models.ForeignKey(
        HookEvent, verbose_name=_("event"), on_delete=models.PROTECT, related_name="calls"
    )
    hook = models.ForeignKey(
        Hook,
        verbose_name=_("webhook"),
        on_delete=models.PROTECT,
        related_name="calls",
        db_index=False,
    )
    state = models.CharField(_("state"), max_length=9, choices=CallState, default=CallState.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    created_at = models.DateTimeField(_("made at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    last_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    last_error = models.CharField(_("trouble"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("webhook call")
        verbose_name_plural = _("webhook calls")
        ordering = ["-created_at", "-id"]
        permissions = [("replay_hookcall", _("Can send calls of webhooks again"))]
        constraints = [
            models.UniqueConstraint("event", "hook", name="one_call_per_event_and_hook"),
            models.CheckConstraint(
                condition=Q(state__in=CallState.values), name="hook_call_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    state=CallState.WAITING, next_attempt_at__isnull=False, ended_at__isnull=True
                )
                | (
                    ~Q(state=CallState.WAITING)
                    & Q(next_attempt_at__isnull=True, ended_at__isnull=False)
                ),
                name="waiting_hook_calls_have_a_next_attempt",
            ),
        ]
        indexes = [
            models.Index(
                fields=["hook", "next_attempt_at"],
                condition=Q(state=CallState.WAITING),
                name="hook_calls_to_make",
            ),
            models.Index(
                fields=["hook"],
                condition=Q(state=CallState.GIVEN_UP),
                name="hook_calls_given_up",
            ),
            models.Index(fields=["hook", "-created_at", "-id"], name="newest_calls_of_a_hook"),
            models.Index(fields=["-created_at", "-id"], name="newest_hook_calls"),
        ]

    def __str__(self) -> str:
        return f"{self.event.type} → {self.hook}"


class HookAttempt(models.Model):
    """One try of a call: what the other side answered, or why it did not, and how long it took."""

    call = models.ForeignKey(
        HookCall, verbose_name=_("call"), on_delete=models.CASCADE, related_name="tries"
    )
    at = models.DateTimeField(_("at"))
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    error = models.CharField(_("trouble"), max_length=300, blank=True)
    duration_ms = models.PositiveIntegerField(_("took (milliseconds)"))

    class Meta:
        verbose_name = _("attempt of a call")
        verbose_name_plural = _("attempts of calls")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["at"], name="hook_attempts_by_time")]

    def __str__(self) -> str:
        return f"{self.status or self.error} {self.at:%Y-%m-%d %H:%M:%S}"
