"""One public reply or internal note of a ticket; its text can be erased, its hash stays."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.domain.words import AuthorKind, Channel, MailKind
from tickets.models.contact import Contact
from tickets.models.delivery import Delivery
from tickets.models.ticket import Ticket


class SendState(models.TextChoices):
    """Whether an answer of ours still has to leave the house."""

    NOT_OURS = "", _("Nothing to send")
    WAITING = "waiting", _("Waiting to be sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Could not be sent")


class Message(models.Model):
    """A message as it was written; `reply` is `body` without quotes and signature."""

    ticket = models.ForeignKey(
        Ticket, verbose_name=_("ticket"), on_delete=models.PROTECT, related_name="messages"
    )
    is_public = models.BooleanField(_("public"), default=True)
    author_kind = models.CharField(
        _("written by"),
        max_length=8,
        choices=[
            (AuthorKind.CUSTOMER, _("customer")),
            (AuthorKind.AGENT, _("agent")),
            (AuthorKind.BOT, _("machine")),
        ],
    )
    contact = models.ForeignKey(
        Contact,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="messages",
    )
    author_name = models.CharField(_("author"), max_length=200, blank=True)
    channel = models.CharField(
        _("channel"), max_length=20, choices=[(value.value, value.value) for value in Channel]
    )
    mail_kind = models.CharField(
        max_length=8,
        default=MailKind.HUMAN,
        choices=[(value.value, value.value) for value in MailKind],
    )
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    body = models.TextField(_("text"), blank=True)
    reply = models.TextField(_("text without quotes"), blank=True)
    html = models.TextField(blank=True)
    body_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(_("at"))
    sent_at = models.DateTimeField(_("date claimed by the sender"), null=True, blank=True)
    recipients = models.JSONField(
        _("sent to"),
        default=list,
        blank=True,
        help_text=_("The addresses in To and Cc, in lower case."),
    )
    authenticated = models.BooleanField(
        _("DMARC passed"),
        null=True,
        blank=True,
        help_text=_("What our own mail server said of the sender; unknown when it said nothing."),
    )
    message_id = models.CharField(max_length=998, blank=True)
    key = models.CharField(_("message id at the source"), max_length=255, blank=True)
    delivery = models.ForeignKey(
        Delivery, null=True, blank=True, on_delete=models.PROTECT, related_name="messages"
    )
    send_state = models.CharField(
        _("sending"), max_length=8, choices=SendState, default=SendState.NOT_OURS, blank=True
    )
    # Kept with the mail: the requester may have another address later.
    send_to = models.EmailField(max_length=320, blank=True, editable=False)
    send_after = models.DateTimeField(null=True, blank=True)
    send_attempts = models.PositiveSmallIntegerField(default=0)
    send_error = models.TextField(blank=True)
    accepted_at = models.DateTimeField(
        _("taken by our mail server at"), null=True, blank=True, editable=False
    )
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                "ticket", "key", condition=~models.Q(key=""), name="one_message_per_ticket_and_key"
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "at"], name="messages_of_a_ticket"),
            models.Index(
                fields=["message_id"],
                condition=~models.Q(message_id=""),
                name="messages_by_message_id",
            ),
            models.Index(
                fields=["send_after"],
                condition=models.Q(send_state=SendState.WAITING),
                name="messages_to_send",
            ),
            models.Index(
                fields=["accepted_at"],
                condition=models.Q(author_kind=AuthorKind.BOT, accepted_at__isnull=False),
                name="automatic_messages_sent",
            ),
            # Also what tells how much one sender has written lately.
            models.Index(fields=["contact", "at"], name="messages_of_a_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket.reference}: {self.author_kind} {self.at:%Y-%m-%d %H:%M}"
