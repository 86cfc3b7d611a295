"""A webhook that a program subscribed to: where it is called, what for, and how it does."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sla.domain.hooks.limits import HookType
from tickets.models import Customer
from tickets.models.encrypted import EncryptedTextField

HOOK_TYPE_LABELS = {
    HookType.OPENED: _("A ticket was opened"),
    HookType.WARNED: _("A clock is at risk: 75 % of its time has passed"),
    HookType.MISSED: _("A target was missed, dated at the instant it was due"),
    HookType.ANSWERED: _("A person of ours answered: the first answer, or a next one"),
    HookType.CORRECTED: _("What was said of a target no longer holds: a miss or an answer is void"),
    HookType.SEVERITY_CHANGED: _("The severity of a ticket changed"),
}


class DisabledReason(models.TextChoices):
    """Why we stopped calling a hook ourselves."""

    FAILING = "failing", _("nothing was taken for three days")
    GONE = "gone", _("the other side wants no more calls (410)")


class Hook(models.Model):
    """One subscription. `revision` grows with each change of what it hears of.

    `disabled_at`: we gave up calling it; what happens meanwhile waits until it is switched on
    again. `open_until`: it failed, or asked to be left alone, until then.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    url = EncryptedTextField(_("address"))
    secrets = EncryptedTextField(_("signing secrets"))
    old_secret_until = models.DateTimeField(
        _("old secret signs until"), null=True, blank=True, editable=False
    )
    types = models.JSONField(_("events"), default=list)
    customers = models.ManyToManyField(
        Customer,
        verbose_name=_("customers"),
        blank=True,
        related_name="+",
        help_text=_("Only what concerns these; none chosen: what concerns any."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Hears by mail when it fails."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    revision = models.PositiveBigIntegerField(default=1, editable=False)
    made_at = models.DateTimeField(_("made at"), editable=False)
    delivered_at = models.DateTimeField(_("last taken at"), null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True, editable=False)
    warned_at = models.DateTimeField(_("owner warned at"), null=True, blank=True, editable=False)
    open_until = models.DateTimeField(_("left alone until"), null=True, blank=True, editable=False)
    disabled_at = models.DateTimeField(_("disabled at"), null=True, blank=True, editable=False)
    disabled_reason = models.CharField(
        _("why it was disabled"),
        max_length=8,
        choices=DisabledReason,
        blank=True,
        editable=False,
    )

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True, disabled_reason="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_reason="")),
                name="a_disabled_hook_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def live_secrets(self, now: datetime) -> list[str]:
        """What signs at `now`: the newest secret, and for a while the one before it."""
        newest, *older = self.secrets.split()
        is_old_live = self.old_secret_until is not None and now < self.old_secret_until
        return [newest, *(older[:1] if is_old_live else [])]
