"""The outbox of notices, and the channels by which they leave."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sla.models.escalation import Escalation
from tickets.models import Source
from tickets.models.encrypted import EncryptedTextField

LANGUAGES = [("es", _("Spanish")), ("en", _("English"))]


class ChannelKind(models.TextChoices):
    """How a channel is reached."""

    EMAIL = "email", _("E-mail")
    APPRISE = "apprise", _("Apprise URL (chat, SMS, phone, paging)")
    WEBHOOK = "webhook", _("Signed webhook")


class NoticeKind(models.TextChoices):
    """What a notice is about."""

    ESCALATION = "escalation", _("Escalation")
    DIGEST = "digest", _("Several escalations in one")
    COVERAGE = "coverage", _("Nobody on duty")
    HOOK = "hook", _("A webhook fails")
    TEST = "test", _("Test")


class NoticeState(models.TextChoices):
    """Where a notice is on its way."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    DEAD = "dead", _("Given up")
    JOINED = "joined", _("Joined into a digest")


class NoticeChannel(models.Model):
    """Where notices go: a person's own one (`owner`), or one that steps name by channel:<id>.

    `url` is a mail address, an Apprise URL or the address of a webhook; it may hold a secret.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=ChannelKind)
    url = EncryptedTextField(_("address"))
    secret = EncryptedTextField(_("signing secret"), blank=True)
    language = models.CharField(_("language"), max_length=2, default="es", choices=LANGUAGES)
    is_active = models.BooleanField(_("active"), default=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Whose channel it is; empty: a shared one."),
    )
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    open_until = models.DateTimeField(_("left alone until"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("notice channel")
        verbose_name_plural = _("notice channels")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SourceRecipient(models.Model):
    """An address that hears of a source's tickets: the `source` of a step's recipients."""

    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.CASCADE, related_name="+"
    )
    address = models.EmailField(_("mail address"), max_length=320)
    language = models.CharField(_("language"), max_length=2, default="es", choices=LANGUAGES)

    class Meta:
        verbose_name = _("address that hears of a source")
        verbose_name_plural = _("addresses that hear of a source")
        ordering = ["source", "address"]
        constraints = [
            models.UniqueConstraint("source", "address", name="one_row_per_source_and_address"),
        ]

    def __str__(self) -> str:
        return self.address

    def clean(self) -> None:
        """Not an address that we read mail at: each notice would become a ticket."""
        self.address = self.address.strip().lower()
        if Source.objects.filter(address__iexact=self.address).exists():
            raise ValidationError(
                {"address": _("Customers write to this address: notices would become tickets.")}
            )


class Notice(models.Model):
    """One message to one recipient, kept until delivered; `key` is stable, so that a repeat shows.

    Without a channel it is an e-mail to the recipient, or to `address`. `fallback_of`: the notice
    that was given up on another way, which this one replaces, once. `payload` holds ids and
    instants only, never a customer's text.
    """

    key = models.CharField(_("key"), max_length=200, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=NoticeKind)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recipient"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    channel = models.ForeignKey(
        NoticeChannel,
        verbose_name=_("channel"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="notices",
    )
    address = models.CharField(_("mail address"), max_length=320, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    state = models.CharField(
        _("state"), max_length=8, choices=NoticeState, default=NoticeState.WAITING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    last_error = models.CharField(_("trouble"), max_length=300, blank=True)
    fallback_of = models.OneToOneField(
        "self",
        verbose_name=_("sent by mail instead of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="fallback",
    )
    payload = models.JSONField(_("payload"), default=dict)
    escalations = models.ManyToManyField(
        Escalation, verbose_name=_("escalations"), through="NoticeItem", related_name="notices"
    )

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-id"]
        permissions = [("replay_notice", _("Can send a notice again that was given up"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=NoticeState.values), name="notice_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=NoticeState.WAITING, next_attempt_at__isnull=False)
                | (~Q(state=NoticeState.WAITING) & Q(next_attempt_at__isnull=True)),
                name="waiting_notices_have_a_next_attempt",
            ),
            models.CheckConstraint(
                condition=Q(state=NoticeState.SENT, sent_at__isnull=False)
                | ~Q(state=NoticeState.SENT),
                name="sent_notices_say_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=NoticeState.WAITING)
                | Q(recipient__isnull=False)
                | Q(channel__isnull=False)
                | ~Q(address=""),
                name="waiting_notices_have_a_recipient",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state=NoticeState.WAITING),
                name="notices_to_send",
            ),
            models.Index(
                fields=["-created_at"],
                condition=Q(state=NoticeState.DEAD),
                name="notices_given_up",
            ),
            models.Index(fields=["recipient", "-created_at"], name="notices_of_a_person"),
            models.Index(fields=["-created_at", "-id"], name="newest_notices"),
        ]

    def __str__(self) -> str:
        return self.key


class NoticeItem(models.Model):
    """Which escalations a notice tells of."""

    notice = models.ForeignKey(
        Notice, verbose_name=_("notice"), on_delete=models.CASCADE, related_name="items"
    )
    escalation = models.ForeignKey(
        Escalation, verbose_name=_("escalation"), on_delete=models.PROTECT, related_name="items"
    )

    class Meta:
        verbose_name = _("escalation in a notice")
        verbose_name_plural = _("escalations in notices")
        constraints = [
            models.UniqueConstraint(
                "notice", "escalation", name="a_notice_tells_of_an_escalation_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.escalation_id}"


class NoticePreference(models.Model):
    """In which language and time zone a person is told; without a row, those of the service."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    language = models.CharField(_("language"), max_length=2, default="es", choices=LANGUAGES)
    zone = models.CharField(_("time zone"), max_length=64, default="Europe/Madrid")

    class Meta:
        verbose_name = _("how a person is told")
        verbose_name_plural = _("how people are told")

    def __str__(self) -> str:
        return f"{self.person}: {self.language}, {self.zone}"
