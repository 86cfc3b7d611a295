"""A key with which a program calls the API as one of our people, or as a machine of its own."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

# No person's user name can begin so: it has a colon.
MACHINE = "machine:"


class ApiKey(models.Model):
    """Only its hash is kept. What it may do: its scopes, and never more than its user."""

    name = models.CharField(_("name"), max_length=100, help_text=_("Which program uses it."))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acts as"),
        on_delete=models.PROTECT,
        related_name="api_keys",
    )
    prefix = models.CharField(_("begins with"), max_length=16, editable=False)
    key_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("allowed to"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    made_at = models.DateTimeField(_("made at"), editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("revoked by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    last_used_at = models.DateTimeField(
        _("last used at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("To the minute."),
    )

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("made_at")),
                name="api_key_expires_after_it_was_made",
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__len__gt=0), name="api_key_has_a_scope"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_machine(self) -> bool:
        """Whether it acts as a machine of its own, which is no person and cannot log in."""
        return self.user.username.startswith(MACHINE)

    def is_usable(self, now: datetime) -> bool:
        """Whether a call with it is let in: neither revoked nor expired, its user still here."""
        return self.revoked_at is None and self.expires_at > now and self.is_held

    @property
    def is_held(self) -> bool:
        """Whether its machine, or its person as one of ours, is still here."""
        return self.user.is_active and (self.user.is_staff or self.is_machine)
