"""Words for the codes of the conversation, and the sentences of refused changes, translatable."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets.domain.words import Channel, EventKind

EVENT_LABELS: Mapping[str, Promise] = {
    EventKind.OPENED: _("Opened"),
    EventKind.CUSTOMER_WROTE: _("Customer wrote"),
    EventKind.AGENT_REPLIED: _("We answered"),
    EventKind.AUTO_REPLIED: _("Automatic message"),
    EventKind.NOTE_ADDED: _("Internal note"),
    EventKind.REPLY_BOUNCED: _("Our answer came back"),
    EventKind.WAITING_STARTED: _("Waiting began"),
    EventKind.WAITING_ENDED: _("Waiting ended"),
    EventKind.SOLVED: _("Solved"),
    EventKind.REOPENED: _("Reopened"),
    EventKind.SEVERITY_CHANGED: _("Severity changed"),
    EventKind.SEVERITY_CONFIRMED: _("Lower severity confirmed"),
    EventKind.CUSTOMER_SET: _("Triaged"),
    EventKind.ASSIGNED: _("Assigned"),
    EventKind.MARKED_SPAM: _("Marked as spam"),
    EventKind.UNMARKED_SPAM: _("Not spam after all"),
    EventKind.TIME_CONFIRMED: _("True time confirmed"),
}

CHANNEL_LABELS: Mapping[str, Promise] = {
    Channel.EMAIL: _("e-mail"),
    Channel.CHAT: _("chat"),
    Channel.PHONE: _("phone"),
    Channel.HELPDESK: _("helpdesk"),
    Channel.VISIT: _("visit"),
}

SEVERITY_NAMES: Mapping[str, Promise] = {
    "S1": _("critical"),
    "S2": _("high"),
    "S3": _("normal"),
    "S4": _("low"),
}

# Sentences that plain Python says in English: listed so that the translators see them.
_SENTENCES = (
    _("The files are too many or too large for one answer: send fewer or smaller ones."),
    _("Only an answer that could not be sent can be sent again."),
    _("There is no text: write something first."),
    _("Lowering an S1 or S2 needs a reason: say in one sentence what changed."),
    _("There is no lowered severity that waits for a second person."),
    _("What got worse is more severe than before: to lower it, say that it was misjudged."),
    _("Somebody else must confirm: you lowered it yourself."),
    _("Only an open ticket can wait."),
    _("This ticket is not waiting."),
    _("Only an open or waiting ticket can be solved."),
    _("Only a solved ticket can be reopened."),
    _("This ticket is not marked as spam."),
    _("This ticket is marked as spam: take the mark away first."),
    _("There is no address to answer to."),
    _("Nobody has answered this customer yet: answer first, then solve."),
    _("arrival"),
    _("signed event time"),
    _("confirmed by the tool's API"),
    _("arrival: the stated time lies in the future"),
    _("kept within 24 hours before arrival"),
    _("arrival: the stated time is too old to be trusted"),
)


def in_words(sentence: object) -> str:
    """A sentence of plain Python in the reader's language, as it is when nobody translated it."""
    text = str(sentence)
    return gettext(text) if text else ""
