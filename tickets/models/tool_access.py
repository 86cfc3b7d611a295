"""With what we ask a source's tool, write into it, and how far its changes have been read."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tickets.domain.tool_request import ToolAccount
from tickets.models.encrypted import EncryptedTextField
from tickets.models.source import Source


class ToolAccess(models.Model):
    """The API of one source's tool; the token is encrypted at rest and never shown again.

    `looked_until`: every change at the tool before this instant has been seen; null: never looked.
    `looks_from`: conversations that began before it are left out when we do not know them.
    `progress`: where an unfinished look goes on, and which conversations it has seen.
    `open_until`: the tool asked to be left alone, or failed, until then: nothing calls it before.
    """

    source = models.OneToOneField(
        Source, verbose_name=_("source"), on_delete=models.CASCADE, related_name="tool_access"
    )
    base_url = models.CharField(
        _("address of the tool"),
        max_length=300,
        help_text=_("Such as https://acme.zendesk.com: without a path of its own, by https."),
    )
    login = models.CharField(
        _("user of the token"),
        max_length=320,
        blank=True,
        help_text=_("The e-mail address that the token belongs to (Zendesk, Jira)."),
    )
    account = models.CharField(
        _("account in the tool"),
        max_length=100,
        blank=True,
        help_text=_("Chatwoot: the number of the account. Jira: the key of the project."),
    )
    token = EncryptedTextField(_("API token"))
    reads = models.BooleanField(
        _("look for what webhooks lost"),
        default=True,
        help_text=_("Changes at the tool are looked up, and what is missing here is taken in."),
    )
    answers = models.BooleanField(
        _("send answers through the tool"),
        default=False,
        help_text=_("Answers on our ticket page are written into the conversation there."),
    )
    writes = models.BooleanField(
        _("show deadlines in the tool"),
        default=False,
        help_text=_("Due time and state of the promise are written into the ticket there."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    poll_seconds = models.PositiveIntegerField(_("look every (seconds)"), default=120)
    looked_until = models.DateTimeField(_("looked until"), null=True, blank=True, editable=False)
    looks_from = models.DateTimeField(_("looks from"), null=True, blank=True, editable=False)
    progress = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True, editable=False
    )
    looked_at = models.DateTimeField(_("looked at"), null=True, blank=True, editable=False)
    next_look_at = models.DateTimeField(_("next look at"), null=True, blank=True, editable=False)
    open_until = models.DateTimeField(_("left alone until"), null=True, blank=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    trouble = models.CharField(_("trouble"), max_length=300, blank=True, editable=False)
    trouble_since = models.DateTimeField(_("trouble since"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("access to a tool")
        verbose_name_plural = _("access to tools")
        constraints = [
            models.CheckConstraint(
                condition=Q(poll_seconds__gte=15), name="a_tool_is_not_asked_all_the_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_look_at"],
                condition=Q(is_active=True, reads=True),
                name="tools_to_look_at",
            ),
        ]

    def __str__(self) -> str:
        return self.base_url

    def clean(self) -> None:
        """The address without what follows it when it is copied from a browser."""
        self.base_url = self.base_url.strip().rstrip("/")
        if self.poll_seconds is not None and self.poll_seconds < 15:
            raise ValidationError({"poll_seconds": _("At least 15 seconds.")})

    def credentials(self) -> ToolAccount:
        """With what the tool is asked."""
        return ToolAccount(
            kind=self.source.kind,
            base_url=self.base_url,
            login=self.login,
            account=self.account,
            token=self.token,
        )
