"""What our record and the tool's own did not agree in, with the reason: codes and instants only."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.models.append_only import unchanging_triggers
from tickets.models.delivery import Delivery
from tickets.models.source import Source
from tickets.models.ticket import Ticket


class Differs(models.TextChoices):
    """What of a conversation is not the same on both sides."""

    TICKET = "ticket", _("ticket")
    MESSAGE = "message", _("message")
    STATUS = "status", _("status")
    PRIORITY = "priority", _("priority")
    TAG = "tag", _("tag")
    ASSIGNEE = "assignee", _("assignee")
    TIME = "time", _("time")
    REQUESTER = "requester", _("requester")


class Because(models.TextChoices):
    """Why it differs, and what came of it."""

    NEVER_CAME = "never_came", _("the webhook never came: taken in")
    CAME_LATE = (
        "came_late",
        _("the webhook came too late to be believed: its true time counts now"),
    )
    UNNAMED = "unnamed", _("the webhook named nobody: whose ticket it is, is known now")
    OWN_STATUS = "own_status", _("the status here is the desk's own: it differs on purpose")
    OWN_ASSIGNEE = (
        "own_assignee",
        _("it was given to somebody at the desk here: it differs on purpose"),
    )
    NOBODY_HERE = (
        "nobody_here",
        _("their assignee is nobody we know: add the id to the people of ours of the source"),
    )
    NO_COUNTERPART = (
        "no_counterpart",
        _("their word has no counterpart here: add it to the table of the source"),
    )
    BEGAN_BEFORE = (
        "began_before",
        _("the conversation began before we looked for the first time: it is left out"),
    )
    DELETED_THERE = "deleted_there", _("deleted there: the ticket stays here as it is")
    UNREADABLE = (
        "unreadable",
        _("what the tool tells of it could not be read: look into the delivery"),
    )
    NOT_TOLD = (
        "not_told",
        _("the tool does not tell us of it: does the account of the token see it?"),
    )


class SettledHow(models.TextChoices):
    """How a difference came to its end."""

    TAKEN_IN = "taken_in", _("taken in")
    SAME_AGAIN = "same_again", _("the same again")
    LEFT = "left", _("left as it is")


class ToolDifference(models.Model):
    """One difference; `ours` and `theirs` are codes, words of a fixed list, or instants.

    `key` names what differs within the conversation, so that it is noted once.
    """

    source = models.ForeignKey(
        Source, verbose_name=_("source"), on_delete=models.PROTECT, related_name="differences"
    )
    ticket = models.ForeignKey(
        Ticket,
        verbose_name=_("ticket"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="differences",
    )
    thread = models.CharField(_("ticket id at the source"), max_length=255)
    what = models.CharField(_("what"), max_length=10, choices=Differs)
    because = models.CharField(_("reason"), max_length=16, choices=Because)
    key = models.CharField(max_length=255, editable=False)
    ours = models.CharField(_("here"), max_length=100, blank=True)
    theirs = models.CharField(_("there"), max_length=100, blank=True)
    delivery = models.ForeignKey(
        Delivery,
        verbose_name=_("delivery"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="differences",
    )
    found_at = models.DateTimeField(_("found at"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_how = models.CharField(_("how"), max_length=12, choices=SettledHow, blank=True)

    class Meta:
        verbose_name = _("difference to a tool")
        verbose_name_plural = _("differences to tools")
        ordering = ["-found_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                "source",
                "thread",
                "what",
                "because",
                "key",
                name="one_difference_per_conversation_and_key",
            ),
            models.CheckConstraint(
                condition=models.Q(settled_at__isnull=True, settled_how="")
                | (models.Q(settled_at__isnull=False) & ~models.Q(settled_how="")),
                name="a_settled_difference_says_how",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "-found_at"], name="differences_of_a_source"),
            models.Index(
                fields=["source", "thread"],
                condition=models.Q(settled_at__isnull=True),
                name="differences_that_are_open",
            ),
        ]
        triggers = unchanging_triggers("ticket", "settled_at", "settled_how")

    def __str__(self) -> str:
        return f"{self.thread}: {self.what}"
