"""Words for where an answer goes, and what tools say when they do not take one."""

from datetime import UTC, datetime

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.models import SourceKind, Ticket

# What plain Python says in English: listed so that the translators see it.
_SENTENCES = (
    gettext_lazy("An operator can have answers sent from here: on the page of the source."),
    gettext_lazy("The answer is too long for this tool: send it in parts."),
    gettext_lazy(
        "Answers no longer leave through this tool: an operator must switch them on again on the "
        "page of the source."
    ),
    gettext_lazy("The id of this conversation is none that the tool's API knows: answer it there."),
    gettext_lazy("Zendesk does not accept the token: an operator must enter a new one."),
    gettext_lazy(
        "The user of the token may not answer in this ticket: an operator must give it that right "
        "in Zendesk."
    ),
    gettext_lazy("The ticket no longer exists in Zendesk: it was deleted there."),
    gettext_lazy(
        "Zendesk does not take an answer in this ticket: it may be closed there. Open a follow-up "
        "of it in Zendesk."
    ),
    gettext_lazy(
        "The number of the Chatwoot account is missing: an operator must enter it on the page of "
        "the source."
    ),
    gettext_lazy("Chatwoot does not accept the token: an operator must enter a new one."),
    gettext_lazy(
        "The user of the token may not write in this inbox: an operator must add it there in "
        "Chatwoot."
    ),
    gettext_lazy("The conversation no longer exists in Chatwoot: it was deleted there."),
    gettext_lazy(
        "Chatwoot does not take an answer in this conversation: look there for the reason."
    ),
    gettext_lazy("Slack does not accept the token: an operator must enter a new one."),
    gettext_lazy(
        "The Slack app may not write there: add the scope chat:write to it and install it again."
    ),
    gettext_lazy(
        "Slack knows no such channel, or the app is not in it: invite the app to the channel."
    ),
    gettext_lazy(
        "The settings of the Slack workspace forbid the app to write there: ask its administrator."
    ),
    gettext_lazy("The thread no longer exists in Slack: its first message was deleted."),
    gettext_lazy("The channel is archived: unarchive it in Slack, then send again."),
    gettext_lazy(
        "The user of the token may not attach files: an operator must give it that right in "
        "Zendesk."
    ),
    gettext_lazy("A file is too large for Zendesk: write a new answer with a link to it."),
    gettext_lazy(
        "Zendesk does not take a file, perhaps because of its type: write a new answer with a link "
        "to it, or have its type allowed in Zendesk."
    ),
    gettext_lazy("A file is too large for Chatwoot: write a new answer with a link to it."),
    gettext_lazy(
        "Chatwoot does not take this answer with its files: one may be too large, or of a type "
        "that this inbox does not allow. Write a new answer with a link."
    ),
    gettext_lazy(
        "Slack named an address outside Slack for the file: nothing was sent there. An operator "
        "must check the address of the tool."
    ),
    gettext_lazy(
        "The Slack app may not send files: add the scope files:write to it and install it again."
    ),
    gettext_lazy("A file is too large for this Slack workspace: write a new answer with a link."),
    gettext_lazy(
        "This Slack workspace does not take files of this type: write a new answer with a link."
    ),
    gettext_lazy(
        "This Slack workspace takes no files: write a new answer with a link, or ask its "
        "administrator."
    ),
    gettext_lazy(
        "The Slack workspace has no room left for files: write a new answer with a link, or ask "
        "its administrator."
    ),
)


def destination_of(ticket: Ticket) -> str:
    """Where an answer from the page goes, such as "to bob@acme.example"; "" when unknown."""
    match ticket.source.kind:
        case SourceKind.ZENDESK:
            return _("goes to Zendesk: ticket %(number)s") % {"number": ticket.thread}
        case SourceKind.CHATWOOT:
            return _("goes to Chatwoot: conversation %(number)s") % {"number": ticket.thread}
        case SourceKind.SLACK:
            channel, _colon, stamp = ticket.thread.partition(":")
            return _("goes to Slack: channel %(channel)s, the thread of %(at)s") % {
                "channel": channel,
                "at": _local(stamp),
            }
    if ticket.requester is None:
        return ""
    return _("to %(address)s") % {"address": ticket.requester.email}


def _local(stamp: str) -> str:
    seconds = stamp.partition(".")[0]
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11):
        return stamp
    local = timezone.localtime(datetime.fromtimestamp(int(seconds), UTC))
    return formats.date_format(local, "D j M H:i")
