"""A configured origin of deliveries, with its secrets."""

import uuid
from collections.abc import Mapping
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.domain.words import Channel, Severity, Status, WaitCause
from tickets.models.encrypted import EncryptedTextField


class SourceKind(models.TextChoices):
    """Which adapter reads the deliveries of a source."""

    EMAIL = "email", _("E-mail")
    STANDARD = "standard", _("Standard Webhooks")
    MAILGUN = "mailgun", "Mailgun"
    POSTMARK = "postmark", "Postmark"
    SENDGRID = "sendgrid", "SendGrid"
    SPARKPOST = "sparkpost", "SparkPost"
    MANDRILL = "mandrill", "Mandrill"
    MAILJET = "mailjet", "Mailjet"
    MAILERSEND = "mailersend", "MailerSend"
    POSTAL = "postal", "Postal"
    ZENDESK = "zendesk", "Zendesk"
    JIRA = "jira", "Jira Service Management"
    CHATWOOT = "chatwoot", "Chatwoot"
    ZAMMAD = "zammad", "Zammad"
    SLACK = "slack", "Slack"
    FRESHDESK = "freshdesk", "Freshdesk"
    INTERCOM = "intercom", "Intercom"
    HELPSCOUT = "helpscout", "Help Scout"
    FRONT = "front", "Front"


# Each tool with a format of its own.
TOOL_KINDS = frozenset(
    {
        SourceKind.ZENDESK,
        SourceKind.JIRA,
        SourceKind.CHATWOOT,
        SourceKind.ZAMMAD,
        SourceKind.SLACK,
        SourceKind.FRESHDESK,
        SourceKind.INTERCOM,
        SourceKind.HELPSCOUT,
        SourceKind.FRONT,
    }
)
# Their deliveries are e-mails, whichever way they come.
MAIL_KINDS = frozenset(SourceKind) - TOOL_KINDS - {SourceKind.STANDARD}

# What a word of theirs for a status may mean here, with the cause of a wait.
STATUS_MEANINGS: Final[Mapping[str, tuple[Status, str]]] = {
    "open": (Status.OPEN, ""),
    "waiting_on_customer": (Status.WAITING, WaitCause.CUSTOMER),
    "waiting_on_third_party": (Status.WAITING, WaitCause.THIRD_PARTY),
    "waiting_on_us": (Status.WAITING, WaitCause.INTERNAL),
    "solved": (Status.SOLVED, ""),
}


class Source(models.Model):
    """This mailbox, that helpdesk; the id is unguessable because it stands in a public URL."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=SourceKind)
    name = models.CharField(_("name"), max_length=100, unique=True)
    channel = models.CharField(
        _("channel"),
        max_length=20,
        default=Channel.HELPDESK,
        choices=[(channel.value, channel.value) for channel in Channel],
    )
    secrets = EncryptedTextField(
        _("signing secrets"),
        blank=True,
        help_text=_("One per line, newest first; all of them are accepted while you rotate."),
    )
    address = models.EmailField(
        _("mail address"),
        max_length=320,
        blank=True,
        help_text=_("Customers write to it; answers leave from it. Empty: the general address."),
    )
    acknowledges = models.BooleanField(
        _("acknowledge new tickets"),
        default=False,
        help_text=_("A new ticket's sender gets a mail that says when we answer at the latest."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    stop_tolerance_seconds = models.PositiveIntegerField(
        _("trusted age of an answer (seconds)"),
        default=900,
        help_text=_("A signed answer older than this on arrival counts from its arrival."),
    )
    priority_map = models.JSONField(
        _("what their priorities mean here"),
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text=_(
            'Their words and our severities as JSON, such as {"urgent": "S1", "high": "S2"}; '
            'a tag of theirs as "tag:outage".'
        ),
    )
    priority_binding = models.BooleanField(
        _("their priority is binding"),
        default=False,
        db_default=False,
        help_text=_(
            "The severity is then the one that their priority means here. Otherwise the text of "
            "the message decides, and a much higher priority calls for a look."
        ),
    )
    status_map = models.JSONField(
        _("what their statuses mean here"),
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        blank=True,
        help_text=_(
            'Only words that the table below lacks or has wrong, as JSON, such as {"parked": '
            '"waiting_on_customer"}. They may mean: open, waiting_on_customer, '
            "waiting_on_third_party, waiting_on_us, solved."
        ),
    )
    agent_ids = models.JSONField(
        _("people of ours in the tool"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text=_(
            "Their ids or e-mail addresses in the tool, one per line; “id = user name” also says "
            "who it is here, so that tickets assigned there are theirs."
        ),
    )
    bot_ids = models.JSONField(
        _("machines in the tool"),
        default=list,
        db_default=models.Value([], models.JSONField()),
        blank=True,
        help_text=_(
            "Ids or e-mail addresses of bots, automations and of the account that writes for us, "
            "one per line: what they write never counts as an answer."
        ),
    )
    refused_at = models.DateTimeField(_("refused a call at"), null=True, blank=True, editable=False)
    refused_reason = models.CharField(
        _("why it was refused"), max_length=300, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_tool(self) -> bool:
        """Whether its deliveries come in a tool's own format."""
        return self.kind in TOOL_KINDS

    @property
    def is_mail(self) -> bool:
        """Whether its deliveries are e-mails, so that answers leave as e-mail too."""
        return self.kind in MAIL_KINDS

    def severity_of(self, priority: str) -> Severity | None:
        """What a priority, as a key of this source's own table, means here."""
        found = self.priority_map.get(priority)
        return Severity(found) if found in tuple(Severity) else None

    def status_of(self, word: str) -> tuple[Status, str] | None:
        """What a status, as a key of this source's own table, means here."""
        return STATUS_MEANINGS.get(str(self.status_map.get(word)))

    def people_of_ours(self) -> dict[str, str]:
        """Ids and addresses of people of ours in the tool (lower case), each with our user name.

        "" where the line names none: a line is an id, or an id, " = " and a user name.
        """
        parted = [str(line).partition(" = ") for line in self.agent_ids]
        return {name.strip().casefold(): user.strip() for name, _equals, user in parted}

    @property
    def secret_list(self) -> list[str]:
        """The accepted secrets, newest first."""
        return [line.strip() for line in self.secrets.splitlines() if line.strip()]
