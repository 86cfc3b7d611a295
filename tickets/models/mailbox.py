"""A mailbox that we read by IMAP, and how far each of its folders has been read."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.domain.words import MailRole
from tickets.models.encrypted import EncryptedTextField
from tickets.models.source import Source


class Security(models.TextChoices):
    """How the connection is protected."""

    TLS = "tls", _("TLS from the start (port 993)")
    STARTTLS = "starttls", _("STARTTLS (port 143)")
    NONE = "none", _("none: only for a server on this machine")


class LoginKind(models.TextChoices):
    """How we prove who we are."""

    PASSWORD = "password", _("Password")
    XOAUTH2 = "xoauth2", "OAuth 2 (XOAUTH2)"


class OAuthProvider(models.TextChoices):
    """Who gives out access tokens; the address of each is known, never typed in."""

    MICROSOFT = "microsoft", "Microsoft 365"
    GOOGLE = "google", "Google Workspace"


class Mailbox(models.Model):
    """How one e-mail source is read; the secrets are encrypted at rest."""

    source = models.OneToOneField(
        Source, verbose_name=_("source"), on_delete=models.CASCADE, related_name="mailbox"
    )
    host = models.CharField(_("IMAP server"), max_length=253)
    port = models.PositiveIntegerField(
        _("port"), default=993, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    security = models.CharField(_("security"), max_length=8, choices=Security, default=Security.TLS)
    username = models.CharField(_("user name"), max_length=320)
    login_kind = models.CharField(
        _("log in with"), max_length=8, choices=LoginKind, default=LoginKind.PASSWORD
    )
    password = EncryptedTextField(_("password"), blank=True)
    oauth_provider = models.CharField(
        _("OAuth provider"), max_length=10, choices=OAuthProvider, blank=True
    )
    oauth_tenant = models.CharField(_("OAuth tenant"), max_length=100, blank=True)
    oauth_client_id = models.CharField(_("OAuth client id"), max_length=200, blank=True)
    oauth_client_secret = EncryptedTextField(_("OAuth client secret"), blank=True)
    oauth_refresh_token = EncryptedTextField(_("OAuth refresh token"), blank=True)
    folder = models.CharField(_("folder"), max_length=200, default="INBOX")
    sent_folder = models.CharField(
        _("folder of sent mail"),
        max_length=200,
        blank=True,
        help_text=_("Answers that agents send from their own mail program stop the clock."),
    )
    starts_at = models.DateTimeField(
        _("take in mail from"),
        help_text=_("Mail that reached the mailbox before this moment is left alone."),
    )
    poll_seconds = models.PositiveIntegerField(
        _("look every (seconds)"), default=60, validators=[MinValueValidator(5)]
    )

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")

    def __str__(self) -> str:
        return f"{self.username} ({self.host})"


class MailFolder(models.Model):
    """How far a folder has been read: everything up to `last_uid` under this UIDVALIDITY."""

    mailbox = models.ForeignKey(
        Mailbox, verbose_name=_("mailbox"), on_delete=models.CASCADE, related_name="folders"
    )
    name = models.CharField(_("folder"), max_length=200)
    role = models.CharField(max_length=8, choices=[(role.value, role.value) for role in MailRole])
    uidvalidity = models.PositiveBigIntegerField(null=True, blank=True)
    last_uid = models.PositiveBigIntegerField(_("read up to"), default=0)
    # The end of what was read, one by one, so that a UID that shows up late is noticed.
    recent_uids = models.JSONField(default=list, blank=True, editable=False)
    # Up to here the mails were there before us: only among them old mail is left alone.
    stock_uid = models.PositiveBigIntegerField(default=0, editable=False)
    # Whose folder it was when it was read: another server may well use the same UIDVALIDITY.
    account = models.CharField(max_length=600, blank=True, editable=False)
    imported_at = models.DateTimeField(_("first import finished at"), null=True, blank=True)
    polled_at = models.DateTimeField(_("looked at last"), null=True, blank=True)
    left_alone = models.PositiveIntegerField(_("older mail left alone"), default=0)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    error = models.TextField(_("trouble"), blank=True)
    retry_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)

    class Meta:
        verbose_name = _("mail folder")
        verbose_name_plural = _("mail folders")
        constraints = [
            models.UniqueConstraint("mailbox", "name", name="one_checkpoint_per_folder"),
        ]

    def __str__(self) -> str:
        return self.name
